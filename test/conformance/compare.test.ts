import { expect, it } from 'vitest';
import { compare } from './compare.ts';
import { compareHistory } from './history.ts';

const differing = (expected: unknown, actual: unknown) =>
  compare(expected, actual, new Map(), 'answer').map(({ path }) => path);

it('notices a value, a member too few, one too many, and another type', () => {
  expect(differing({ a: [1, 2] }, { a: [1, 3] })).toEqual(['answer.a[1]']);
  expect(differing({ a: 1, b: 2 }, { a: 1 })).toEqual(['answer.b']);
  expect(differing({ a: 1 }, { a: 1, b: null })).toEqual(['answer.b']);
  expect(differing({ a: 1 }, { a: '1' })).toEqual(['answer.a']);
  expect(differing({ a: null }, {})).toEqual(['answer.a']);
});

it('takes a placeholder for one text, and a free one for any', () => {
  expect(differing({ a: 'x <id>', b: '<id>' }, { a: 'x 7', b: '7' })).toEqual([]);
  expect(differing({ a: 'x <id>', b: '<id>' }, { a: 'x 7', b: '8' })).toEqual(['answer.b']);
  expect(differing({ a: '<*id>', b: '<*id>' }, { a: '7', b: 8 })).toEqual([]);
});

it('compares texts of JSON by what they say', () => {
  expect(differing({ output: { a: 1 } }, { output: '{ "a": 1 }' })).toEqual([]);
  expect(differing({ output: '[1, {"a": 2}]' }, { output: '[1,{"a":3}]' })).toEqual(['answer.output[1].a']);
});

const entered = (id: number, previousEventId: number, name: string) => ({
  id,
  previousEventId,
  type: 'PassStateEntered',
  timestamp: new Date(0),
  stateEnteredEventDetails: { name },
});
const event = (id: number, previousEventId: number, type: string) => ({
  id,
  previousEventId,
  type,
  timestamp: new Date(0),
});
const paths = (recorded: object[], actual: object[]) =>
  compareHistory(recorded as any[], actual as any[], new Map(), 'events').map(({ path }) => path);

it('lets branches of a Parallel state write in either order, and nothing else', () => {
  const started = event(1, 0, 'ParallelStateStarted');
  const recorded = [started, entered(2, 1, 'A'), entered(3, 1, 'B'), event(4, 3, 'ParallelStateSucceeded')];
  expect(
    paths(recorded, [started, entered(2, 1, 'B'), entered(3, 1, 'A'), event(4, 3, 'ParallelStateSucceeded')]),
  ).toEqual([]);
  const chained = [started, entered(2, 1, 'B'), entered(3, 2, 'A'), event(4, 3, 'ParallelStateSucceeded')];
  expect(paths(recorded, chained)).toContain('events[2].previousEventId');
});

it('notices that states in a row are in another order', () => {
  const recorded = [entered(1, 0, 'A'), entered(2, 1, 'B')];
  expect(paths(recorded, [entered(1, 0, 'B'), entered(2, 1, 'A')])).toHaveLength(2);
});
