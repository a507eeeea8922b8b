import { isDeepStrictEqual } from 'node:util';
import { createContext, Script } from 'node:vm';
import { EvaluationError } from './failures.ts';
import { isObject } from './values.ts';

/** Whether a node passes; `root` is what `$` stands for inside the filter. */
export type Filter = (node: unknown, root: unknown) => boolean;

/** Gives the value of a path inside a filter, undefined when it finds nothing. */
type Operand = (node: unknown, root: unknown) => unknown;

/** Compiles a path inside a filter, which begins with `@` or `$`. */
export type CompileFilterPath = (text: string) => { definite: boolean; read: (root: unknown) => unknown };

type Test = (left: unknown, right: unknown) => boolean;

/** Strings and numbers are equal when they read the same; nothing is equal to a missing value. */
function equal(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  const types = `${typeof left} ${typeof right}`;
  if (types === 'string number') return left === String(right);
  if (types === 'number string') return left === Number(right);
  if (types === 'number number') return left === right;
  return isDeepStrictEqual(left, right);
}

function order(left: unknown, right: unknown): number {
  const comparable =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string');
  if (!comparable) return Number.NaN;
  return left < right ? -1 : left > right ? 1 : 0;
}

const contains = (list: unknown, wanted: unknown) => Array.isArray(list) && list.some((item) => equal(item, wanted));
const everyIn = (left: unknown, right: unknown) => Array.isArray(left) && left.every((item) => contains(right, item));
const anyIn = (left: unknown, right: unknown) => Array.isArray(left) && left.some((item) => contains(right, item));

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

function matches(left: unknown, right: unknown): boolean {
  if (left instanceof RegExp === right instanceof RegExp) return false;
  const [pattern, value] = left instanceof RegExp ? [left, right] : [right as RegExp, left];
  const input = (item: unknown) => (['string', 'number', 'boolean'].includes(typeof item) ? String(item) : '');
  return Array.isArray(value) ? value.some((item) => found(pattern, input(item))) : found(pattern, input(value));
}

const MAX_MATCHING_MS = 1_000;
const matching = createContext({ pattern: /./, text: '' });
const match = new Script('pattern.test(text)');

/** A regular expression may take for ever; what runs in a context of its own can be given a time. */
function found(pattern: RegExp, text: string): boolean {
  Object.assign(matching, { pattern, text });
  try {
    return match.runInContext(matching, { timeout: MAX_MATCHING_MS });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw new EvaluationError(`The regular expression ${pattern} takes longer than ${MAX_MATCHING_MS} ms`);
  }
}

/** The operators of a filter, as Jayway JsonPath has them, which AWS uses. */
const OPERATORS: Record<string, Test> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
  '=~': matches,
  IN: (left, right) => contains(right, left),
  NIN: (left, right) => !contains(right, left),
  CONTAINS: (left, right) =>
    typeof left === 'string' && typeof right === 'string' ? left.includes(right) : contains(left, right),
  ALL: (left, right) => everyIn(right, left),
  SUBSETOF: everyIn,
  ANYOF: anyIn,
  NONEOF: (left, right) => !anyIn(left, right),
  SIZE: (left, right) => typeof right === 'number' && sizeOf(left) === Math.trunc(right),
  EMPTY: (left, right) => sizeOf(left) !== undefined && (sizeOf(left) === 0) === right,
};

const LITERAL = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/sy;
const PATTERN = /\/((?:[^/\\]|\\.)*)\/([imsu]*)/sy;
const OPERATOR = /\s*([=!<>~]+|[a-zA-Z]+)\s*/y;

/**
 * Compiles what stands between the parentheses of `[?( … )]`.
 * @param compilePath compiles a path inside the filter
 * Throws Error with the problem.
 */
export function compileFilter(text: string, compilePath: CompileFilterPath): Filter {
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const fail = (problem: string): never => {
    throw new Error(`${problem} at '${text.slice(at, at + 20)}' of the filter '${text}'`);
  };

  const either = (): Filter => {
    const parts = [both()];
    while (take(/\s*\|\|/y)) parts.push(both());
    return parts.length === 1 ? parts[0]! : (node, root) => parts.some((part) => part(node, root));
  };
  const both = (): Filter => {
    const parts = [single()];
    while (take(/\s*&&/y)) parts.push(single());
    return parts.length === 1 ? parts[0]! : (node, root) => parts.every((part) => part(node, root));
  };
  const single = (): Filter => {
    if (take(/\s*!/y)) {
      const inner = single();
      return (node, root) => !inner(node, root);
    }
    if (!take(/\s*\(/y)) return relation();
    const inner = either();
    if (!take(/\s*\)/y)) fail('a ) is missing');
    return inner;
  };
  const relation = (): Filter => {
    const left = operand();
    const before = at;
    const name = take(OPERATOR)?.[1];
    if (name === undefined) {
      at = before;
      if (!left.path) fail('an operator is expected');
      const { definite, read } = left.path!;
      // A path that can select several nodes gives a list, which is there even when it is empty.
      return (node, root) => !definite || read(node, root) !== undefined;
    }
    const test = Object.hasOwn(OPERATORS, name.toUpperCase()) ? OPERATORS[name.toUpperCase()]! : undefined;
    if (!test) return fail(`the operator '${name}' is not supported`);
    const right = operand();
    return (node, root) => test(left.value(node, root), right.value(node, root));
  };

  const operand = (): { value: Operand; path?: { definite: boolean; read: Operand } } => {
    take(/\s*/y);
    const start = text[at];
    if (start === '@' || start === '$') {
      const { definite, read } = compilePath(takePath());
      const value: Operand = start === '@' ? (node) => read(node) : (_node, root) => read(root);
      return { value, path: { definite, read: value } };
    }
    const literal = take(LITERAL);
    if (literal) {
      const [, single, double, word, number] = literal;
      const quoted = (single ?? double)?.replace(/\\(.)/gs, '$1');
      const constant = quoted ?? JSON.parse(word ?? number!);
      return { value: () => constant };
    }
    const pattern = take(PATTERN);
    if (pattern) {
      const compiled = new RegExp(`^(?:${pattern[1]})$`, pattern[2]);
      return { value: () => compiled };
    }
    if (start === '[' || start === '{') {
      const constant = JSON.parse(jsonText(takeBracketed()));
      return { value: () => constant };
    }
    return fail('a value is expected');
  };

  /** A path goes on to the next operator, space or parenthesis outside its brackets. */
  const takePath = (): string => {
    const start = at;
    at += 1;
    while (at < text.length) {
      if (text[at] === '[') takeBracketed();
      else if (text.startsWith('()', at)) at += 2;
      else if (/[\s=!<>~)&|,]/.test(text[at]!)) break;
      else at += 1;
    }
    return text.slice(start, at);
  };
  const takeBracketed = (): string => {
    const start = at;
    let depth = 0;
    let quote = '';
    for (; at < text.length; at += 1) {
      const character = text[at]!;
      if (quote) {
        if (character === '\\') at += 1;
        else if (character === quote) quote = '';
      } else if (character === "'" || character === '"') quote = character;
      else if ('[{'.includes(character)) depth += 1;
      else if (']}'.includes(character)) {
        depth -= 1;
        if (depth === 0) {
          at += 1;
          return text.slice(start, at);
        }
      }
    }
    return fail('a bracket is not closed');
  };

  const filter = either();
  take(/\s*/y);
  if (at < text.length) fail('unexpected text');
  return filter;
}

/** JSON as it may stand in a filter: with strings in single quotes too. */
function jsonText(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'/gs, (found, single?: string) =>
    single === undefined ? found : JSON.stringify(single.replace(/\\(.)/gs, '$1')),
  );
}
