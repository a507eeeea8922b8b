import { parseJson } from '../json.ts';
import { compileMatcher, type Leaf, type Matcher, PatternFault } from './pattern-values.ts';
import { checkWildcards } from './wildcard-complexity.ts';

/** A compiled event pattern: whether an event, as parsed JSON, is one that the rule wants. */
export type Pattern = (event: unknown) => boolean;

/** A pattern whose `$or`s make more alternatives than this is refused (EventBridge User Guide, "Or matching"). */
const MOST_ALTERNATIVES = 1000;

/** A field of a pattern by its path, such as `detail.state`, with what it accepts. */
interface Condition {
  path: string;
  matchers: Matcher[];
}

/** A leaf of an event, with the index in each array on its way: conditions on one array must meet in one element. */
interface EventField {
  value: Leaf;
  indexes: ReadonlyMap<string, number>;
}

/**
 * Compiles the JSON text of an event pattern. As EventBridge does, fields are known by their path with dots, so that
 * `{"a": {"b": [1]}}` and `{"a.b": [1]}` are the same.
 * Throws PatternFault.
 */
export function compilePattern(text: string): Pattern {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    throw new PatternFault((cause as Error).message);
  }
  if (!isObject(json)) throw new PatternFault('Filter is not an object');
  const alternatives = alternativesOf(json, '');
  return (event) => {
    const fields = new Map<string, EventField[]>();
    collectFields(event, '', new Map(), fields);
    return alternatives.some((conditions) => allMet(conditions, 0, fields, new Map()));
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const joined = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** The pattern as a list of alternatives; each is a list of conditions that must all be met. */
function alternativesOf(pattern: Record<string, unknown>, path: string): Condition[][] {
  const members = Object.entries(pattern);
  if (members.length === 0) throw new PatternFault('Empty objects are not allowed');
  let alternatives: Condition[][] = [[]];
  for (const [name, value] of members) {
    const choices = isOr(name, value)
      ? value.flatMap((branch) => alternativesOf(branch, path))
      : memberAlternatives(name, value, path);
    if (alternatives.length * choices.length > MOST_ALTERNATIVES) {
      throw new PatternFault(`Rule is too complex - $or makes more than ${MOST_ALTERNATIVES} combinations`);
    }
    alternatives = alternatives.flatMap((conditions) => choices.map((choice) => [...conditions, ...choice]));
  }
  return alternatives;
}

/** `$or` is a field like others unless it holds two objects or more. */
function isOr(name: string, value: unknown): value is Record<string, unknown>[] {
  return name === '$or' && Array.isArray(value) && value.length >= 2 && value.every(isObject);
}

function memberAlternatives(name: string, value: unknown, parent: string): Condition[][] {
  const path = joined(parent, name);
  if (isObject(value)) return alternativesOf(value, path);
  if (!Array.isArray(value)) throw new PatternFault(`"${name}" must be an object or an array`);
  if (value.length === 0) throw new PatternFault('Empty arrays are not allowed');
  const matchers = value.map(compileMatcher);
  checkWildcards(value);
  return [[{ path, matchers }]];
}

function collectFields(
  value: unknown,
  path: string,
  indexes: ReadonlyMap<string, number>,
  fields: Map<string, EventField[]>,
  // An array in an array has the path of the outer one; brackets tell them apart.
  arrayName = path,
): void {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      collectFields(element, path, new Map(indexes).set(arrayName, index), fields, `${arrayName}[]`);
    }
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) collectFields(member, joined(path, name), indexes, fields);
  } else {
    const known = fields.get(path) ?? [];
    known.push({ value: value as Leaf, indexes });
    fields.set(path, known);
  }
}

/** Whether the conditions from `at` on can be met together with the array elements chosen so far. */
function allMet(
  conditions: Condition[],
  at: number,
  fields: Map<string, EventField[]>,
  chosen: ReadonlyMap<string, number>,
): boolean {
  const condition = conditions[at];
  if (condition === undefined) return true;
  const candidates = fields.get(condition.path) ?? [];
  if (candidates.length === 0) {
    return condition.matchers.some(({ kind }) => kind === 'absent') && allMet(conditions, at + 1, fields, chosen);
  }
  return candidates.some(({ value, indexes }) => {
    for (const [array, index] of indexes) if ((chosen.get(array) ?? index) !== index) return false;
    if (!condition.matchers.some((matcher) => matcher.kind === 'test' && matcher.test(value))) return false;
    return allMet(conditions, at + 1, fields, indexes.size === 0 ? chosen : new Map([...chosen, ...indexes]));
  });
}
