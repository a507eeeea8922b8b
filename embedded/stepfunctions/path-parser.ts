import { compileFilter, type Filter } from './path-filters.ts';
import { aggregate, child, isDefinite, PATH_FUNCTIONS, type Step, selectNodes } from './path-steps.ts';

/** The steps of a path below its root, and what they amount to. */
export interface PathShape {
  steps: Step[];
  /** Whether the path gives one value (or none), not a list: no wildcards, slices, filters, unions, descents. */
  definite: boolean;
  /** Whether the path names one place in the data, so that something can be written there: members and indexes only. */
  reference: boolean;
  /** The function that takes all nodes of a path that begins with `..`. */
  aggregate: string | undefined;
}

/** A text that is not a JSONPath that this engine can evaluate. */
export class PathSyntaxError extends Error {
  constructor(source: string, problem: string) {
    super(`'${source}' is not a supported JSONPath: ${problem}`);
    this.name = 'PathSyntaxError';
  }
}

const MEMBER = /[^\s.[\]()'"?*,:]+/uy;
const CALL = /([a-z]+)\(\s*\)$/y;
const INDEXES = /\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]/y;
const SLICE = /\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*\]/y;
const WILDCARD = /\[\s*\*\s*\]/y;
const QUOTED = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*([,\]])/sy;

/** Parses the steps of a path from a character on; throws PathSyntaxError. */
export function parseShape(source: string, start: number): PathShape {
  return shapeOf(parseSteps(source, start));
}

function shapeOf(all: Step[]): PathShape {
  const tail = all.at(-1);
  // As in AWS's library: a function behind a scan takes all nodes at once; behind other steps it takes each by itself.
  if (all[0]?.kind === 'scan' && tail?.kind === 'function') {
    return { steps: all.slice(0, -1), definite: true, reference: false, aggregate: tail.name };
  }
  const definite = all.every((step, at) => isDefinite(step, at === all.length - 1));
  const reference = all.every(({ kind }) => kind === 'member' || kind === 'index');
  return { steps: all, definite, reference, aggregate: undefined };
}

function parseSteps(source: string, start: number): Step[] {
  const steps: Step[] = [];
  let at = start;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < source.length) {
    if (source[at] === '[') {
      const { step, end } = parseBracket(source, at, match);
      steps.push(step);
      at = end;
      continue;
    }
    if (source[at] !== '.') throw new PathSyntaxError(source, `unexpected '${source[at]}' at character ${at + 1}`);
    at += 1;
    if (source[at] === '.') {
      at += 1;
      steps.push({ kind: 'scan' });
    }
    // As in AWS's library, a dot may stand before a bracket.
    if (source[at] === '[') continue;
    const name = source[at] === '*' ? undefined : match(CALL)?.[1];
    if (source[at] === '*') {
      at += 1;
      steps.push({ kind: 'wildcard' });
    } else if (name !== undefined) {
      if (!PATH_FUNCTIONS.has(name)) throw unknownFunction(source, name);
      steps.push({ kind: 'function', name });
    } else {
      const member = match(MEMBER)?.[0];
      if (member === undefined) throw new PathSyntaxError(source, `a member name is missing at character ${at + 1}`);
      if (source[at] === '(') throw unknownFunction(source, member);
      steps.push({ kind: 'member', name: member });
    }
  }
  if (steps.at(-1)?.kind === 'scan') throw new PathSyntaxError(source, "it must not end with '..'");
  return steps;
}

function unknownFunction(source: string, name: string): PathSyntaxError {
  const known = [...PATH_FUNCTIONS].map((function_) => `${function_}()`).join(', ');
  return new PathSyntaxError(source, `${name}() is none of the functions that a path can end in: ${known}`);
}

function parseBracket(
  source: string,
  start: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): { step: Step; end: number } {
  const done = (step: Step, length: number) => ({ step, end: start + length });
  const indexes = match(INDEXES);
  if (indexes) {
    const numbers = indexes[1]!.split(',').map((text) => indexOf(source, text));
    const step: Step =
      numbers.length === 1 ? { kind: 'index', index: numbers[0]! } : { kind: 'indexes', indexes: numbers };
    return done(step, indexes[0].length);
  }
  const slice = match(SLICE);
  if (slice && (slice[1] !== undefined || slice[2] !== undefined)) {
    const [from, to] = [slice[1], slice[2]].map((text) => (text === undefined ? undefined : indexOf(source, text)));
    return done({ kind: 'slice', from, to }, slice[0].length);
  }
  const wildcard = match(WILDCARD);
  if (wildcard) return done({ kind: 'wildcard' }, wildcard[0].length);
  const question = /\[\s*\?\s*(?=\()/y;
  question.lastIndex = start;
  if (question.test(source)) {
    const { inner, end } = closeFilter(source, question.lastIndex);
    return { step: { kind: 'filter', filter: filterOf(source, inner) }, end };
  }
  return parseNames(source, start);
}

function indexOf(source: string, text: string): number {
  const index = Number(text);
  if (Math.abs(index) <= 0x7fffffff) return index;
  throw new PathSyntaxError(source, `the index ${text} is not an integer of 32 bits`);
}

function parseNames(source: string, start: number): { step: Step; end: number } {
  const names: string[] = [];
  for (let at = start + 1; ; ) {
    QUOTED.lastIndex = at;
    const quoted = QUOTED.exec(source);
    if (!quoted) throw new PathSyntaxError(source, `unexpected text at character ${at + 1}`);
    at = QUOTED.lastIndex;
    // A backslash stands for itself unless it hides the quote around the name or another one, as recorded on AWS.
    const name = quoted[1]?.replace(/\\(['\\])/g, '$1') ?? quoted[2]!.replace(/\\(["\\])/g, '$1');
    names.push(name);
    if (quoted[3] !== ']') continue;
    return { step: names.length === 1 ? { kind: 'member', name } : { kind: 'members', names }, end: at };
  }
}

const FILTER_END = /\s*\]/y;

/** What stands in a filter whose parenthesis opens at `from`, and where the path goes on behind its bracket. */
function closeFilter(source: string, from: number): { inner: string; end: number } {
  let depth = 0;
  let quote = '';
  for (let at = from; at < source.length; at += 1) {
    const character = source[at]!;
    if (quote) {
      if (character === '\\') at += 1;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') {
      depth -= 1;
      FILTER_END.lastIndex = at + 1;
      if (depth === 0 && FILTER_END.test(source)) {
        return { inner: source.slice(from + 1, at), end: FILTER_END.lastIndex };
      }
    }
  }
  throw new PathSyntaxError(source, 'a filter is not closed');
}

function filterOf(source: string, text: string): Filter {
  try {
    return compileFilter(text, (path) => {
      const shape = parseShape(path, 1);
      return { definite: shape.definite, read: (root) => evaluate(shape, root) };
    });
  } catch (cause) {
    if (cause instanceof PathSyntaxError) throw cause;
    throw new PathSyntaxError(source, (cause as Error).message);
  }
}

/** What steps find below a root: undefined for nothing, an array for steps that can select several nodes. */
export function evaluate(path: PathShape, root: unknown): unknown {
  if (path.reference) {
    let value = root;
    for (const step of path.steps) {
      value = child(value, step);
      if (value === undefined) return undefined;
    }
    return value;
  }
  if (root === undefined) return undefined;
  const nodes = selectNodes(path.steps, root);
  if (path.aggregate !== undefined) return aggregate(path.aggregate, nodes);
  return path.definite ? nodes[0] : nodes;
}
