import { JSONPath } from 'jsonpath-plus';
import { isObject, type JsonObject } from './values.ts';

/** Workflow variables of one scope; inner scopes (Map iterations, Parallel branches) read through to the outer ones. */
export interface Variables {
  values: Map<string, unknown>;
  outer: Variables | undefined;
}

/** What a path or an intrinsic function can see. */
export interface Scope {
  /** The value that `$` stands for. */
  input: unknown;
  /** The context object, `$$`. */
  context: JsonObject;
  variables: Variables;
  /** Uniform in [0, 1). */
  random: () => number;
}

type Step =
  | { kind: 'member'; name: string }
  | { kind: 'index'; index: number }
  /** Anything that can select several nodes, as jsonpath-plus writes it. */
  | { kind: 'several'; token: string };

/** A JSONPath, parsed once. */
export interface CompiledPath {
  source: string;
  root: 'input' | 'context' | 'variable';
  /** Name of the variable when the root is one. */
  variable: string;
  steps: Step[];
  /** Whether the path selects exactly one node (or none): no wildcards, slices, filters, unions, descents. */
  definite: boolean;
  /** The path below its root as jsonpath-plus reads it; only for indefinite paths. */
  library: string;
}

/** A text that is not a JSONPath that this engine can evaluate. */
export class PathSyntaxError extends Error {
  constructor(source: string, problem: string) {
    super(`'${source}' is not a supported JSONPath: ${problem}`);
    this.name = 'PathSyntaxError';
  }
}

const VARIABLE_ROOT = /^\$(\p{ID_Start}[\p{ID_Continue}]*)/u;
const MEMBER = /[\p{L}\p{N}_@$-]+/uy;
const INDEX = /\[\s*(-?\d+)\s*\]/y;
const INDEX_UNION = /\[\s*(-?\d+(?:\s*,\s*-?\d+)+)\s*\]/y;
const SLICE = /\[\s*(-?\d*\s*:\s*-?\d*(?:\s*:\s*-?\d*)?)\s*\]/y;
const WILDCARD = /\[\s*\*\s*\]/y;
const QUOTED = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*([,\]])/sy;

const cache = new Map<string, CompiledPath>();

/**
 * Parses a JSONPath with root `$` (the input), `$$` (the context object) or `$name` (a variable).
 * Throws PathSyntaxError for a text that is none, or that uses path functions or operators that this engine lacks.
 */
export function compilePath(source: string): CompiledPath {
  let path = cache.get(source);
  if (!path) {
    path = parsePath(source);
    cache.set(source, path);
  }
  return path;
}

function parsePath(source: string): CompiledPath {
  if (!source.startsWith('$')) throw new PathSyntaxError(source, 'it must begin with $');
  const variable = source.startsWith('$$') ? undefined : VARIABLE_ROOT.exec(source)?.[1];
  const root = source.startsWith('$$') ? 'context' : variable ? 'variable' : 'input';
  const start = root === 'context' ? 2 : 1 + (variable?.length ?? 0);
  const steps = parseSteps(source, start);
  const definite = steps.every((step) => step.kind !== 'several');
  const library = definite ? '' : `$${steps.map((step) => tokenOf(source, step)).join('')}`;
  return { source, root, variable: variable ?? '', steps, definite, library };
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
    if (source[at] === '.') {
      at += 1;
      if (source[at] === '.') {
        at += 1;
        steps.push({ kind: 'several', token: '..' });
        if (source[at] === '[') continue;
      }
      if (source[at] === '*') {
        at += 1;
        steps.push({ kind: 'several', token: '[*]' });
        continue;
      }
      const member = match(MEMBER);
      if (!member) throw new PathSyntaxError(source, `a member name is missing at character ${at + 1}`);
      if (source[at] === '(') throw new PathSyntaxError(source, `the path function ${member[0]}() is not supported`);
      steps.push({ kind: 'member', name: member[0] });
    } else if (source[at] === '[') {
      at = parseBracket(source, at, steps, match);
    } else {
      throw new PathSyntaxError(source, `unexpected '${source[at]}' at character ${at + 1}`);
    }
  }
  return steps;
}

function parseBracket(
  source: string,
  bracketAt: number,
  steps: Step[],
  match: (p: RegExp) => RegExpExecArray | null,
): number {
  let at = bracketAt;
  for (const [pattern, toStep] of BRACKETS) {
    const found = match(pattern);
    if (found) {
      steps.push(toStep(found[1] ?? ''));
      return at + found[0].length;
    }
  }
  if (source.startsWith('?(', at + 1)) {
    const end = endOfFilter(source, at + 2);
    const expression = source.slice(at + 2, end);
    checkFilter(source, expression);
    steps.push({ kind: 'several', token: `[?${expression}]` });
    return end + 1;
  }
  const names: string[] = [];
  for (at += 1; ; ) {
    QUOTED.lastIndex = at;
    const quoted = QUOTED.exec(source);
    if (!quoted) throw new PathSyntaxError(source, `unexpected text at character ${at + 1}`);
    at = QUOTED.lastIndex;
    names.push((quoted[1] ?? quoted[2] ?? '').replace(/\\(['\\])/g, '$1'));
    if (quoted[3] === ']') break;
  }
  if (names.length === 1) {
    steps.push({ kind: 'member', name: names[0]! });
  } else {
    steps.push({ kind: 'several', token: `[${names.map((name) => quotedName(source, name)).join(',')}]` });
  }
  return at;
}

const BRACKETS: [RegExp, (inner: string) => Step][] = [
  [INDEX, (inner) => ({ kind: 'index', index: Number(inner) })],
  [INDEX_UNION, (inner) => ({ kind: 'several', token: `[${inner.replace(/\s/g, '')}]` })],
  [SLICE, (inner) => ({ kind: 'several', token: `[${inner.replace(/\s/g, '')}]` })],
  [WILDCARD, () => ({ kind: 'several', token: '[*]' })],
];

/** Position of the bracket that closes a filter whose parenthesis opens at `from`. */
function endOfFilter(source: string, from: number): number {
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
      if (depth === 0 && source[at + 1] === ']') return at + 1;
    }
  }
  throw new PathSyntaxError(source, 'a filter is not closed');
}

/** Refuses what AWS's JSONPath has and jsonpath-plus lacks, and the reverse: such a filter would select other nodes here than there. */
function checkFilter(source: string, expression: string): void {
  const bare = expression.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''");
  const found = /=~|===|!==|\b(?:in|nin|subsetof|anyof|noneof|size|empty|contains)\b|@[\p{L}]|\$|[\^`]/u.exec(bare);
  if (found) throw new PathSyntaxError(source, `'${found[0]}' is not supported in a filter`);
  try {
    // jsonpath-plus parses a filter when it meets the first node.
    JSONPath({ path: `$[?${expression}]`, json: [{}], eval: 'safe', ignoreEvalErrors: true });
  } catch (cause) {
    throw new PathSyntaxError(source, (cause as Error).message);
  }
}

function tokenOf(source: string, step: Step): string {
  if (step.kind === 'several') return step.token;
  if (step.kind === 'index') return step.index < 0 ? `[${step.index}:${step.index + 1 || ''}]` : `[${step.index}]`;
  return `[${quotedName(source, step.name)}]`;
}

/** A name between quotes. Names in which jsonpath-plus sees operators are refused where it evaluates the path. */
function quotedName(source: string, name: string): string {
  if (/^[\p{L}\p{N}_ -]+$/u.test(name)) return `'${name}'`;
  throw new PathSyntaxError(source, `the name '${name}' is not supported in a path that can select several nodes`);
}

/**
 * Evaluates a path. Returns undefined when a definite path finds nothing; an indefinite path gives an array, possibly empty.
 */
export function readPath(path: CompiledPath, scope: Scope): unknown {
  const root = rootOf(path, scope);
  if (!path.definite) {
    if (root === undefined) return undefined;
    if (typeof root !== 'object' || root === null) return [];
    return JSONPath({
      path: path.library,
      json: root as JsonObject,
      wrap: true,
      eval: 'safe',
      ignoreEvalErrors: true,
    });
  }
  let value = root;
  for (const step of path.steps) {
    value = child(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

function rootOf(path: CompiledPath, scope: Scope): unknown {
  if (path.root === 'input') return scope.input;
  if (path.root === 'context') return scope.context;
  for (let variables: Variables | undefined = scope.variables; variables; variables = variables.outer) {
    if (variables.values.has(path.variable)) return variables.values.get(path.variable);
  }
  return undefined;
}

function child(value: unknown, step: Step): unknown {
  if (step.kind === 'member') {
    return isObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
  }
  if (step.kind !== 'index' || !Array.isArray(value)) return undefined;
  return value[step.index < 0 ? value.length + step.index : step.index];
}

/** Why a definite path found nothing, in the words of AWS's path library. */
export function missingReason(path: CompiledPath, scope: Scope): string {
  let value = rootOf(path, scope);
  let walked = '$';
  for (const [position, step] of path.steps.entries()) {
    if (value === undefined) break;
    walked += step.kind === 'member' ? `['${step.name}']` : `[${step.kind === 'index' ? step.index : step.token}]`;
    value = child(value, step);
    if (value === undefined && position < path.steps.length - 1) return `Missing property in path ${walked}`;
  }
  return `No results for path: ${walked}`;
}
