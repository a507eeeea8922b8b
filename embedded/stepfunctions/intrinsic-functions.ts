import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parseJson } from '../json.ts';
import { EvaluationError, STATES_INTRINSIC_FAILURE } from './failures.ts';
import { copyOf, isObject, setMember } from './values.ts';

/** One intrinsic function: how many arguments it takes, and what it does with them. */
export interface IntrinsicFunction {
  minArguments: number;
  maxArguments: number;
  /** @param random uniform in [0, 1) */
  apply(args: unknown[], random: () => number): unknown;
}

function fail(name: string, problem: string): never {
  throw new EvaluationError(`The function States.${name} failed: ${problem}`, STATES_INTRINSIC_FAILURE);
}

const show = (value: unknown) => JSON.stringify(value);

function array(name: string, value: unknown): unknown[] {
  return Array.isArray(value) ? value : fail(name, `expected an array but got ${show(value)}`);
}

function text(name: string, value: unknown): string {
  return typeof value === 'string' ? value : fail(name, `expected a string but got ${show(value)}`);
}

/** A number rounded half up, as Java's Math.round does for AWS. */
function integer(name: string, value: unknown): number {
  return typeof value === 'number' ? Math.round(value) : fail(name, `expected a number but got ${show(value)}`);
}

/** A text within the 10,000 characters that the encoding functions accept. */
function shortText(name: string, value: unknown): string {
  const characters = text(name, value);
  return characters.length <= 10_000
    ? characters
    : fail(name, `the string has ${characters.length} characters, the most allowed is 10000`);
}

/** How AWS prints a value inside States.Format: strings bare, objects and arrays in Java's notation. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([member, inner]) => `${member}=${printed(inner)}`);
    return `{${members.join(', ')}}`;
  }
  return String(value);
}

/**
 * Replaces each `{}` of a template with the next value; `\{`, `\}`, `\'` and `\\` stand for the bare characters.
 * Throws States.IntrinsicFailure when the number of placeholders and of values differ.
 */
export function formatTemplate(template: string, values: unknown[]): string {
  let used = 0;
  const result = template.replace(/\\([{}'\\])|\{\}/g, (_found, escaped?: string) => {
    if (escaped !== undefined) return escaped;
    used += 1;
    return used <= values.length ? printed(values[used - 1]) : '';
  });
  if (used !== values.length) fail('Format', `${used} placeholders but ${values.length} values`);
  return result;
}

const HASHES: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const INT_MIN = -2_147_483_648;
const INT_MAX = 2_147_483_647;

function mathAdd([first, second]: unknown[]): number {
  const sum = integer('MathAdd', first) + integer('MathAdd', second);
  if (sum < INT_MIN || sum > INT_MAX) fail('MathAdd', `the result ${sum} is not in [${INT_MIN}, ${INT_MAX}]`);
  // Adding 0 turns -0 into 0.
  return sum + 0;
}

function mathRandom([start, end, seed]: unknown[], random: () => number): number {
  const from = integer('MathRandom', start);
  const to = integer('MathRandom', end);
  if (to <= from) fail('MathRandom', `the end ${to} must be greater than the start ${from}`);
  const uniform = seed === undefined ? random() : seededUniform(integer('MathRandom', seed));
  return from + Math.floor(uniform * (to - from));
}

/** The first number of the generator mulberry32 (T. Ettinger, public domain): the same seed gives the same number. */
export function seededUniform(seed: number): number {
  const state = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

function arrayPartition([items, size]: unknown[]): unknown[][] {
  const all = array('ArrayPartition', items);
  const chunk = integer('ArrayPartition', size);
  if (chunk < 1) fail('ArrayPartition', `the chunk size must be a positive integer but is ${chunk}`);
  const chunks: unknown[][] = [];
  for (let at = 0; at < all.length; at += chunk) chunks.push(all.slice(at, at + chunk));
  return chunks;
}

function arrayRange(args: unknown[]): number[] {
  const [first, last, step] = args.map((value) => integer('ArrayRange', value)) as [number, number, number];
  if (step === 0) fail('ArrayRange', 'the step must not be 0');
  const count = Math.floor((last - first) / step) + 1;
  if (count > 1000) fail('ArrayRange', `the range has ${count} items, the most allowed is 1000`);
  return Array.from({ length: Math.max(count, 0) }, (_, position) => first + position * step);
}

function arrayGetItem([items, position]: unknown[]): unknown {
  const all = array('ArrayGetItem', items);
  const index = integer('ArrayGetItem', position);
  return index >= 0 && index < all.length
    ? all[index]
    : fail('ArrayGetItem', `the index ${index} is not in an array of ${all.length} items`);
}

function arrayUnique([items]: unknown[]): unknown[] {
  const unique: unknown[] = [];
  for (const item of array('ArrayUnique', items)) {
    if (!unique.some((seen) => isDeepStrictEqual(seen, item))) unique.push(item);
  }
  return unique;
}

function hash([data, algorithm]: unknown[]): string {
  const name = HASHES[text('Hash', algorithm)];
  if (!name) fail('Hash', `the algorithm must be one of ${Object.keys(HASHES).join(', ')} but is ${show(algorithm)}`);
  const source = typeof data === 'string' ? data : JSON.stringify(data);
  return createHash(name).update(shortText('Hash', source)).digest('hex');
}

function jsonMerge([first, second, deep]: unknown[]): unknown {
  if (deep !== false) fail('JsonMerge', `only the shallow merging mode, false, is supported but got ${show(deep)}`);
  if (!isObject(first) || !isObject(second))
    fail('JsonMerge', `expected two objects but got ${show(first)}, ${show(second)}`);
  const merged = copyOf(first);
  for (const name of Object.keys(second)) setMember(merged, name, second[name]);
  return merged;
}

function stringToJson([source]: unknown[]): unknown {
  const json = text('StringToJson', source);
  if (json.trim() === '') return null;
  try {
    return parseJson(json);
  } catch (cause) {
    return fail('StringToJson', `${show(json)} is not JSON: ${(cause as Error).message}`);
  }
}

function stringSplit([source, separators]: unknown[]): string[] {
  const delimiters = new Set(text('StringSplit', separators));
  const parts: string[] = [];
  let part = '';
  for (const character of text('StringSplit', source)) {
    if (!delimiters.has(character)) part += character;
    else if (part) {
      parts.push(part);
      part = '';
    }
  }
  if (part) parts.push(part);
  return parts;
}

const of = (minArguments: number, maxArguments: number, apply: IntrinsicFunction['apply']): IntrinsicFunction => ({
  minArguments,
  maxArguments,
  apply,
});

/**
 * All intrinsic functions of the Amazon States Language (AWS Step Functions developer guide, "Intrinsic functions for
 * JSONPath states"), by their name without `States.`. Each throws States.IntrinsicFailure for arguments it cannot take.
 */
export const INTRINSIC_FUNCTIONS: Record<string, IntrinsicFunction> = {
  Format: of(1, Number.POSITIVE_INFINITY, ([template, ...values]) => formatTemplate(text('Format', template), values)),
  StringToJson: of(1, 1, stringToJson),
  JsonToString: of(1, 1, ([value]) => JSON.stringify(value)),
  Array: of(0, Number.POSITIVE_INFINITY, (args) => args),
  ArrayPartition: of(2, 2, arrayPartition),
  ArrayContains: of(2, 2, ([items, wanted]) =>
    array('ArrayContains', items).some((item) => isDeepStrictEqual(item, wanted)),
  ),
  ArrayRange: of(3, 3, arrayRange),
  ArrayGetItem: of(2, 2, arrayGetItem),
  ArrayLength: of(1, 1, ([items]) => array('ArrayLength', items).length),
  ArrayUnique: of(1, 1, arrayUnique),
  Base64Encode: of(1, 1, ([source]) => Buffer.from(shortText('Base64Encode', source)).toString('base64')),
  Base64Decode: of(1, 1, ([source]) => Buffer.from(shortText('Base64Decode', source), 'base64').toString()),
  Hash: of(2, 2, hash),
  JsonMerge: of(3, 3, jsonMerge),
  MathRandom: of(2, 3, mathRandom),
  MathAdd: of(2, 2, mathAdd),
  StringSplit: of(2, 2, stringSplit),
  UUID: of(0, 0, () => randomUUID()),
};
