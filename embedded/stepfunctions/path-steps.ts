import type { Filter } from './path-filters.ts';
import { isObject, type JsonObject, setMember } from './values.ts';

/** One step of a JSONPath, with the meaning it has in Jayway JsonPath, which AWS uses. */
export type Step =
  | { kind: 'member'; name: string }
  | { kind: 'members'; names: string[] }
  | { kind: 'index'; index: number }
  | { kind: 'indexes'; indexes: number[] }
  | { kind: 'slice'; from: number | undefined; to: number | undefined }
  | { kind: 'wildcard' }
  | { kind: 'scan' }
  | { kind: 'filter'; filter: Filter }
  | { kind: 'function'; name: string };

/** Whether a step selects exactly one node; several members become one object when nothing follows them. */
export function isDefinite(step: Step, last: boolean): boolean {
  if (step.kind === 'members') return last;
  return step.kind === 'member' || step.kind === 'index' || step.kind === 'function';
}

/** What a member or index step selects; undefined for nothing. */
export function child(value: unknown, step: Step): unknown {
  if (step.kind === 'member') {
    return isObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
  }
  if (step.kind !== 'index' || !Array.isArray(value)) return undefined;
  return value[step.index < 0 ? value.length + step.index : step.index];
}

/** The nodes that the steps of a path select, in order; what does not fit the data selects nothing. */
export function selectNodes(steps: readonly Step[], root: unknown): unknown[] {
  const nodes: unknown[] = [];

  const follow = (node: unknown, at: number): void => {
    const step = steps[at];
    if (!step) nodes.push(node);
    else if (step.kind === 'scan') {
      for (const inner of withDescendants(node)) {
        if (isTarget(inner, steps[at + 1]!, at + 2 === steps.length)) follow(inner, at + 1);
      }
    } else {
      for (const selected of selectFrom(node, step, at === steps.length - 1, root)) follow(selected, at + 1);
    }
  };

  follow(root, 0);
  return nodes;
}

function selectFrom(node: unknown, step: Exclude<Step, { kind: 'scan' }>, last: boolean, root: unknown): unknown[] {
  switch (step.kind) {
    case 'member':
    case 'index':
      return some(child(node, step));
    case 'members':
      if (!isObject(node)) return [];
      if (last) return [picked(node, step.names)];
      return step.names.flatMap((name) => some(child(node, { kind: 'member', name })));
    case 'indexes':
    case 'slice':
      return Array.isArray(node) ? indexesOf(step, node.length).map((index) => node.at(index)) : [];
    case 'wildcard':
      return childrenOf(node);
    case 'filter':
      if (isObject(node)) return step.filter(node, root) ? [node] : [];
      return Array.isArray(node) ? node.filter((item) => step.filter(item, root)) : [];
    case 'function':
      return some(applyFunction(step.name, node));
  }
}

const some = (value: unknown) => (value === undefined ? [] : [value]);

function picked(source: JsonObject, names: string[]): JsonObject {
  const result: JsonObject = {};
  for (const name of names) if (Object.hasOwn(source, name)) setMember(result, name, source[name]);
  return result;
}

/** Indexes within an array; a slice from a negative index to a given end goes on over the beginning, as in AWS's library. */
function indexesOf(step: Extract<Step, { kind: 'indexes' | 'slice' }>, length: number): number[] {
  const inRange = (index: number) => index >= -length && index < length;
  if (step.kind === 'indexes') return step.indexes.filter(inRange);
  const { from, to } = step;
  let start = Math.max(from ?? 0, -length);
  if (start < 0 && to === undefined) start += length;
  const end = to === undefined ? length : Math.min(length, from === undefined && to < 0 ? length + to : to);
  return Array.from({ length: Math.max(0, end - start) }, (_, offset) => start + offset).filter(inRange);
}

function childrenOf(node: unknown): unknown[] {
  if (Array.isArray(node)) return node;
  return isObject(node) ? Object.values(node) : [];
}

function* withDescendants(node: unknown): Generator<unknown> {
  if (typeof node !== 'object' || node === null) return;
  yield node;
  for (const inner of childrenOf(node)) yield* withDescendants(inner);
}

/** Whether a scan applies the step after it to a container that it comes to. */
function isTarget(node: unknown, step: Step, last: boolean): boolean {
  switch (step.kind) {
    case 'member':
      return isObject(node) && Object.hasOwn(node, step.name);
    case 'members':
      return isObject(node) && (!last || step.names.every((name) => Object.hasOwn(node, name)));
    case 'index':
    case 'indexes':
    case 'slice':
      return Array.isArray(node);
    case 'filter':
      // Every object is tested when the scan comes to it, so the items of an array are not tested once more.
      return isObject(node);
    default:
      return step.kind === 'wildcard';
  }
}

const AGGREGATES: Record<string, (numbers: number[]) => number> = {
  min: (numbers) => Math.min(...numbers),
  max: (numbers) => Math.max(...numbers),
  sum: (numbers) => numbers.reduce((total, number) => total + number, 0),
  avg: (numbers) => numbers.reduce((total, number) => total + number, 0) / numbers.length,
  stddev: (numbers) => {
    const sum = numbers.reduce((total, number) => total + number, 0);
    const squares = numbers.reduce((total, number) => total + number * number, 0);
    return Math.sqrt(squares / numbers.length - (sum / numbers.length) ** 2);
  },
};

/** Functions that a path can end in, without arguments. */
export const PATH_FUNCTIONS: ReadonlySet<string> = new Set([
  ...Object.keys(AGGREGATES),
  'length',
  'size',
  'keys',
  'first',
  'last',
]);

/** What a function makes of a value; undefined when the value has not the type for it, or no numbers. */
function applyFunction(name: string, value: unknown): unknown {
  if (name === 'keys') return isObject(value) ? Object.keys(value) : undefined;
  if (name === 'length' || name === 'size') {
    return typeof value === 'object' && value !== null ? childrenOf(value).length : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (name === 'first' || name === 'last') return value.at(name === 'first' ? 0 : -1);
  const numbers = value.filter((item): item is number => typeof item === 'number');
  return numbers.length > 0 ? AGGREGATES[name]!(numbers) : undefined;
}

/** Applies a function to all nodes of a path that begins with `..`; its length is that of all of them together. */
export function aggregate(name: string, nodes: unknown[]): unknown {
  if (name === 'length' || name === 'size')
    return nodes.reduce<number>((sum, node) => sum + childrenOf(node).length, 0);
  return applyFunction(name, nodes);
}
