/** Something that is not as AWS has it. */
export interface Difference {
  /** Where, as `key.events[3].type`. */
  path: string;
  aws: unknown;
  engine: unknown;
}

/** What stands for the placeholders of a case: `<name>` is the same text wherever it occurs. */
export type Bindings = Map<string, string>;

const placeholder = /<(\*?)([A-Za-z][\w:. /{}()-]*)?>/g;
/** What the recordings have in place of a moment. */
const moments = new Set(['timestamp', 'datetime', 'date', '<datetime>', '<timestamp>', '<*>']);

/** Any text with a time of day: some recordings hold malformed ones on purpose. */
const looksLikeMoment = /\d\d:\d\d/;
const isoMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Compares an answer with the recorded one; binds placeholders. Gives every difference. */
export function compare(expected: unknown, actual: unknown, bindings: Bindings, path: string): Difference[] {
  if (typeof expected === 'string' && /^<\*[\w-]*>$/.test(expected) && actual !== undefined) return [];
  if (actual instanceof Date) {
    return typeof expected === 'string' && (moments.has(expected) || isoMoment.test(expected))
      ? []
      : [{ path, aws: expected, engine: actual }];
  }
  if (typeof expected === 'string') {
    if (typeof actual === 'string' && matches(expected, actual, bindings)) return [];
    if (typeof actual === 'string' && moments.has(expected) && looksLikeMoment.test(actual)) return [];
    // A text of JSON within one: the spaces in it are those of the SDK that sent it.
    const inner = parsedOr(expected);
    if (inner !== undefined && typeof inner !== 'number' && inner !== expected && typeof actual === 'string') {
      return compare(inner, parsedOr(actual) ?? actual, bindings, path);
    }
    return [{ path, aws: expected, engine: actual }];
  }
  // The recordings hold objects, which AWS gives as texts of JSON, parsed.
  const text = typeof expected === 'object' || /\.(input|output)$/.test(path);
  const whole = typeof actual === 'string' && text ? parsedOr(actual) : undefined;
  if (whole !== undefined) return compare(expected, whole, bindings, path);
  if (expected === null || typeof expected !== 'object' || actual === null || typeof actual !== 'object') {
    return Object.is(expected, actual) || expected === actual ? [] : [{ path, aws: expected, engine: actual }];
  }
  if (Array.isArray(expected) !== Array.isArray(actual)) return [{ path, aws: expected, engine: actual }];
  if (Array.isArray(expected)) return compareLists(expected, actual as unknown[], bindings, path);
  return compareObjects(
    withoutTrace(expected as Record<string, unknown>),
    withoutTrace(actual as Record<string, unknown>),
    bindings,
    path,
  );
}

function compareLists(expected: unknown[], actual: unknown[], bindings: Bindings, path: string): Difference[] {
  const differences: Difference[] = [];
  for (let index = 0; index < Math.max(expected.length, actual.length); index += 1) {
    const at = `${path}[${index}]`;
    if (index >= actual.length) differences.push({ path: at, aws: expected[index], engine: undefined });
    else if (index >= expected.length) differences.push({ path: at, aws: undefined, engine: actual[index] });
    else differences.push(...compare(expected[index], actual[index], bindings, at));
  }
  return differences;
}

function compareObjects(
  expected: Record<string, unknown>,
  actual: Record<string, unknown>,
  bindings: Bindings,
  path: string,
): Difference[] {
  const differences: Difference[] = [];
  const left = new Set(Object.keys(actual).filter((name) => actual[name] !== undefined));
  for (const [name, value] of Object.entries(expected)) {
    // A name may itself hold a placeholder; names of headers come in either case.
    const own = left.has(name)
      ? name
      : [...left].find((other) => matches(name, other, bindings) || sameHeader(name, other));
    if (own === undefined) {
      differences.push({ path: `${path}.${name}`, aws: value, engine: undefined });
      continue;
    }
    left.delete(own);
    const at = `${path}.${name}`;
    // AWS gives the names of variables in no order.
    differences.push(
      ...(path.endsWith('.variableReferences')
        ? compare(sorted(value), sorted(actual[own]), bindings, at)
        : compare(value, actual[own], bindings, at)),
    );
  }
  for (const name of left) differences.push({ path: `${path}.${name}`, aws: undefined, engine: actual[name] });
  return differences;
}

/** An error of a Lambda function without what its runtime adds: the recorded functions are in Python, ours in JavaScript. */
function withoutTrace(value: Record<string, unknown>): Record<string, unknown> {
  if (!('errorMessage' in value && 'errorType' in value)) return value;
  const { stackTrace: _python, trace: _node, requestId: _id, ...rest } = value;
  return rest;
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value;
}

function sameHeader(a: string, b: string): boolean {
  return /^x-am/i.test(a) && a.toLowerCase() === b.toLowerCase();
}

/** Whether a text is as recorded; binds the placeholders in it if so. */
function matches(expected: string, actual: string, bindings: Bindings): boolean {
  if (expected === actual) return true;
  if (!expected.includes('<')) return false;
  const names: string[] = [];
  let pattern = '';
  let end = 0;
  for (const found of expected.matchAll(placeholder)) {
    pattern += escaped(expected.slice(end, found.index));
    end = found.index + found[0].length;
    const [whole, free] = found;
    if (free) {
      pattern += '[\\s\\S]*?';
    } else if (bindings.has(whole)) {
      pattern += escaped(bindings.get(whole)!);
    } else if (names.includes(whole)) {
      pattern += `\\${names.indexOf(whole) + 1}`;
    } else {
      names.push(whole);
      pattern += '([\\s\\S]+?)';
    }
  }
  const match = new RegExp(`^${pattern}${escaped(expected.slice(end))}$`).exec(actual);
  if (!match) return false;
  for (const [index, name] of names.entries()) bindings.set(name, match[index + 1]!);
  return true;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
