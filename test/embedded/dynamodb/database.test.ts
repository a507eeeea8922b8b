import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../embedded/dynamodb/database.ts';
import type { Action } from '../../../embedded/dynamodb/dynalite.ts';
import { newDirectory } from '../support.ts';

let directory: string;
let database: Database;
beforeEach(async () => {
  directory = await newDirectory();
  database = await openDatabase(directory, 'us-east-1', '000000000000');
});
afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

/** Writes an item and its index entry as dynalite does, one after the other, and then answers or fails. */
const writeBoth =
  (value: number, end: 'answer' | 'refuse' | 'throw', seen: unknown[] = []): Action =>
  (store, _data, callback) =>
    store.db.put('index', value, () =>
      store.db.put('item', value, () => {
        seen.push(store.db.getSync('index'));
        if (end === 'throw') throw new Error('a defect');
        callback(end === 'refuse' ? new Error('refused') : null, { value });
      }),
    );

const stored = () => ['index', 'item'].map((key) => database.store.db.getSync(key));

describe('Database.run', () => {
  it('writes all of an action at its end', async () => {
    const seen: unknown[] = [];
    expect(await database.run(writeBoth(1, 'answer', seen), {})).toBe('{"value":1}');
    expect(seen).toEqual([undefined]);
    expect(stored()).toEqual([1, 1]);
  });

  it('writes nothing of an action that fails or breaks, and goes on with the next', async () => {
    const refused = database.run(writeBoth(1, 'refuse'), {});
    const broken = database.run(writeBoth(2, 'throw'), {});
    await expect(refused).rejects.toThrow('refused');
    await expect(broken).rejects.toThrow('a defect');
    expect(stored()).toEqual([undefined, undefined]);
    await database.run(writeBoth(3, 'answer'), {});
    expect(stored()).toEqual([3, 3]);
  });

  it('runs actions in the order in which they were asked for', async () => {
    const order: number[] = [];
    const slow: Action = (_store, _data, callback) => setTimeout(() => callback(null, order.push(1)), 20);
    const quick: Action = (_store, _data, callback) => callback(null, order.push(2));
    await Promise.all([database.run(slow, {}), database.run(quick, {})]);
    expect(order).toEqual([1, 2]);
  });
});
