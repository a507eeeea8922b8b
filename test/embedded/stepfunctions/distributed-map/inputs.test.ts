/** Shapes of batches: AWS Step Functions Developer Guide, "ItemBatcher (Map)". */
import { expect, test } from 'vitest';
import {
  type Batching,
  inBatches,
  itemsOfValue,
  plainInput,
  singly,
} from '../../../../embedded/stepfunctions/distributed-map/inputs.ts';
import { collect } from './bench.ts';

async function* from(items: unknown[]): AsyncGenerator<unknown> {
  yield* items;
}

async function batches(items: unknown[], limits: Partial<Batching>) {
  const inputs = inBatches(from(items), { maxItems: undefined, maxBytes: undefined, batchInput: undefined, ...limits });
  return (await collect(inputs)).map(({ input, itemCount }) => [JSON.parse(input), itemCount]);
}

test('batches take at most so many items; the last takes the rest', async () => {
  expect(await batches([1, 2, 3, 4, 5], { maxItems: 2 })).toEqual([
    [{ Items: [1, 2] }, 2],
    [{ Items: [3, 4] }, 2],
    [{ Items: [5] }, 1],
  ]);
  expect(await batches([], { maxItems: 2 })).toEqual([]);
});

test('every batch has the BatchInput', async () => {
  expect(await batches(['a'], { maxItems: 2, batchInput: { tag: 'csv' } })).toEqual([
    [{ BatchInput: { tag: 'csv' }, Items: ['a'] }, 1],
  ]);
});

test('no batch is longer in bytes than allowed', async () => {
  // {"Items":["ü","ü"]} has 21 bytes in UTF-8.
  expect(await batches(['ü', 'ü', 'ü'], { maxBytes: 21 })).toEqual([
    [{ Items: ['ü', 'ü'] }, 2],
    [{ Items: ['ü'] }, 1],
  ]);
  expect(await batches(['ü', 'ü'], { maxBytes: 20 })).toHaveLength(2);
  expect(await batches(['ü', 'ü', 'ü'], { maxBytes: 21, maxItems: 1 })).toHaveLength(3);
  await expect(batches(['a long item'], { maxBytes: 20 })).rejects.toMatchObject({ error: 'States.DataLimitExceeded' });
});

test('an item larger than an input may be fails', async () => {
  const large = 'x'.repeat(262_144);
  await expect(collect(singly(from([large])))).rejects.toMatchObject({ error: 'States.DataLimitExceeded' });
});

test('members of an object are items with their keys', () => {
  const items = itemsOfValue({ a: 1, b: { x: 2 } })!;
  expect(items).toEqual([
    { Index: 0, Key: 'a', Value: 1 },
    { Index: 1, Key: 'b', Value: { x: 2 } },
  ]);
  expect(plainInput({ ...items[1]!, Source: 'STATE_DATA' })).toEqual({ Key: 'b', Value: { x: 2 } });
  expect(itemsOfValue('text')).toBeUndefined();
});
