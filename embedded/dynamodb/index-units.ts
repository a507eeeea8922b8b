import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import type { Callback, Store } from './dynalite.ts';

/**
 * dynalite says what a write takes of the table alone; DynamoDB counts what it takes of the indexes too. This adds them: one
 * write for an entry that comes, goes or changes, two for one that moves to another key.
 */

type Item = Record<string, unknown>;

interface Index {
  IndexName: string;
}

interface Table {
  LocalSecondaryIndexes?: Index[];
  GlobalSecondaryIndexes?: Index[];
}

interface Consumed {
  CapacityUnits: number;
}

/** The functions of dynalite's database that its actions call, one after the other, in every write. */
interface Internals {
  addConsumedCapacity(data: object, isRead: boolean, a?: Item, b?: Item): Consumed | undefined;
  updateIndexes(store: Store, table: Table, before: Item | undefined, after: Item | null, callback: Callback): void;
  getIndexActions(
    indexes: Index[],
    before: Item | undefined,
    after: Item | null,
    table: Table,
  ): { puts: { item: Item }[]; deletes: unknown[] };
  capacityUnits(item: Item | undefined, isRead: boolean, isConsistent: boolean): number;
}

const internals: Internals = createRequire(import.meta.url)('dynalite/db');
const { addConsumedCapacity, updateIndexes } = internals;

/** Units that the indexes of a table take when an item becomes another. */
function indexUnits(table: Table, before: Item | undefined, after: Item | null): number {
  const unitsOf = (item: Item): number => internals.capacityUnits(item, false, false);
  let units = 0;
  for (const index of [...(table.LocalSecondaryIndexes ?? []), ...(table.GlobalSecondaryIndexes ?? [])]) {
    const { puts, deletes } = internals.getIndexActions([index], before, after, table);
    if (deletes.length === 0 && isDeepStrictEqual(before, after)) continue;
    const replaced = before && deletes.length === 0 ? unitsOf(before) : 0;
    for (const { item } of puts) units += Math.max(unitsOf(item), replaced);
    if (before) units += deletes.length * unitsOf(before);
  }
  return units;
}

/** Lets dynalite's answers count indexes from now on. */
export function countIndexUnits(): void {
  // Both are called in the same turn, so the one answer is that of the other.
  let consumed: Consumed | undefined;
  internals.addConsumedCapacity = (data, isRead, ...items) => {
    consumed = addConsumedCapacity(data, isRead, ...items);
    return consumed;
  };
  internals.updateIndexes = (store, table, before, after, callback) => {
    if (consumed) consumed.CapacityUnits += indexUnits(table, before, after);
    consumed = undefined;
    updateIndexes(store, table, before, after, callback);
  };
}
