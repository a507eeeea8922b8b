import type { Action, Item, RequestData, Store, TableDescription } from './dynalite.ts';
import { internals, isFault } from './dynalite.ts';

/** Runs one of dynalite's actions. Rejects with the DynaliteFault that it answers with. */
export function perform(action: Action, store: Store, data: RequestData): Promise<RequestData> {
  return new Promise((resolve, reject) => {
    action(store, data, (error, value) => (error ? reject(error) : resolve((value ?? {}) as RequestData)));
  });
}

/** An action in dynalite's form of one that gives its answer as a promise. */
export function toAction(work: (store: Store, data: RequestData) => Promise<unknown>): Action {
  return (store, data, callback) => {
    work(store, data).then((value) => callback(null, value), callback);
  };
}

/** The description of a table. Rejects with ResourceNotFoundException as a DynaliteFault. */
export function tableOf(store: Store, name: string): Promise<TableDescription> {
  return new Promise((resolve, reject) => {
    store.getTable(name, true, (error, table) => (table ? resolve(table) : reject(error)));
  });
}

/** The key within the item of a put. */
export function keyWithin(item: Item, { KeySchema }: TableDescription): Item {
  return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
}

/** The item at a valid key; undefined when there is none. */
export function itemAt(store: Store, table: TableDescription, key: Item): Promise<Item | undefined> {
  return new Promise((resolve, reject) => {
    store.getItemDb(table.TableName).get(internals.createKey(key, table), (error, item) => {
      if (error && (error as Error).name !== 'NotFoundError') reject(error);
      else resolve(item);
    });
  });
}

/** A write whose failed condition also tells the item that it was measured against, if there is one. */
export function withOldItem(write: Action): Action {
  return toAction(async (store, data) => {
    const wanted = data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    try {
      return await perform(write, store, data);
    } catch (error) {
      if (!wanted || !isFault(error, 'ConditionalCheckFailedException')) throw error;
      const table = await tableOf(store, data.TableName as string);
      const key = (data.Key as Item | undefined) ?? keyWithin(data.Item as Item, table);
      error.body.Item = await itemAt(store, table, key);
      throw error;
    }
  });
}
