import { Stream } from 'node:stream';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Action, Callback, Lock, RequestData, Store, WriteOperation } from './dynalite.ts';
import { createStore } from './dynalite.ts';

/** Values that a query fetches at once. */
const valuesPerFetch = 256;

export interface Database {
  store: Store;
  /**
   * Runs one action after those asked for before it and gives its answer as JSON. All that it writes becomes durable
   * and visible in one LevelDB batch, so an item and its index entries never disagree, and what was answered stays,
   * whenever the process dies or the power fails; an action that fails writes nothing. Rejects with what the action
   * answered or threw.
   */
  run(action: Action, data: RequestData): Promise<string>;
  /** Runs the actions still waiting, then closes the files. */
  close(): Promise<void>;
}

/**
 * Opens dynalite's tables in `directory` (created when missing). Rejects with LevelDB's error when the folder cannot
 * be used or another process has it open.
 */
export async function openDatabase(directory: string, region: string, accountId: string): Promise<Database> {
  const store = createStore({ path: directory, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  store.tableDb.awsRegion = region;
  store.tableDb.awsAccountId = accountId;
  await store.db.open();
  // LevelDB's own `batch`: dynalite's, which lies over it, takes no options.
  const { batch }: SyncingLevel = Object.getPrototypeOf(store.db);
  const writeBatch = (operations: WriteOperation[]) => batch.call(store.db, operations, { sync: true });

  let damaged = false;

  /**
   * LevelDB goes on appending behind a record that a full disk cut short, and on the next opening drops everything
   * from there on. So after a failed write nothing is appended: the files are opened anew, which begins a new log.
   */
  async function commit(operations: WriteOperation[]): Promise<void> {
    if (damaged) {
      await store.db.close._original();
      await store.db.open();
      damaged = false;
    }
    try {
      await writeBatch(operations);
    } catch (error) {
      damaged = true;
      throw error;
    }
  }

  let writes: WriteOperation[] = [];
  let failCurrent: (error: unknown) => void = () => undefined;
  let lastRun: Promise<unknown> = Promise.resolve();

  /** Calls back in a later microtask; what the callback throws is the current action's failure. */
  function answer(callback: Callback | undefined, error: unknown, value?: unknown): void {
    queueMicrotask(() => {
      try {
        callback?.(error, value);
      } catch (thrown) {
        failCurrent(thrown);
      }
    });
  }

  function collect(operations: WriteOperation[], callback: Callback | undefined): void {
    writes.push(...operations);
    answer(callback, null);
  }

  // Actions run one at a time, so their writes can be gathered and their locks of single keys are not needed.
  const noLock: Lock = (_key, run) => run((callback) => callback);
  const itemDb = store.getItemDb;
  store.tableDb.lock = noLock;
  store.getItemDb = (table) => Object.assign(itemDb(table), { lock: noLock });
  store.db.put = (key, value, callback) => collect([{ type: 'put', key, value }], callback);
  store.db.del = (key, callback) => collect([{ type: 'del', key }], callback);
  store.db.batch = (operations, callback) => {
    collect(operations, callback);
    return undefined;
  };
  // A synchronous look-up takes microseconds, where a trip through the thread pool takes tens of them.
  store.db.get = (key, callback) => {
    try {
      answer(callback, null, store.db.getSync(key));
    } catch (error) {
      answer(callback, error);
    }
  };
  store.db.createKeyStream = (options = {}) => streamOf(() => store.db.keys(options));
  store.db.createValueStream = (options = {}) => streamOf(() => store.db.values(options));

  async function runNow(action: Action, data: RequestData): Promise<string> {
    writes = [];
    try {
      // Closed only where the opening anew in `commit` failed.
      if (store.db.status !== 'open') await store.db.open();
      const json = await new Promise<string>((resolve, reject) => {
        failCurrent = reject;
        // Text from here on: dynalite goes on changing the object behind a table's description.
        action(store, data, (error, value) => (error ? reject(error) : resolve(JSON.stringify(value ?? ''))));
      });
      // A table becomes ACTIVE, or goes, in a timer of dynalite's that is due before this one: one batch holds both.
      if (writes.some(({ key }) => key.startsWith('table~'))) await delay(1);
      if (writes.length > 0) await commit(writes);
      return json;
    } catch (error) {
      // What other branches of the failed action still write ends here, not in the next action's batch.
      await nextTurn();
      throw error;
    }
  }

  return {
    store,
    run(action, data) {
      const result = lastRun.then(() => runNow(action, data));
      lastRun = result.catch(() => undefined);
      return result;
    },
    async close() {
      await lastRun;
      await store.db.close._original();
    },
  };
}

interface SyncingLevel {
  batch(operations: WriteOperation[], options: { sync: boolean }): Promise<void>;
}

interface LevelIterator {
  nextv(count: number): Promise<unknown[]>;
  close(): Promise<void>;
}

/**
 * A flowing stream in the old style, as dynalite reads them. Its own streams leave the LevelDB iterator open after
 * each query, and with it a snapshot that keeps old data alive.
 */
function streamOf(openIterator: () => LevelIterator): Stream {
  let stopped = false;
  const stream = Object.assign(new Stream(), {
    destroy: () => {
      stopped = true;
    },
  });
  async function flow(): Promise<void> {
    const iterator = openIterator();
    try {
      while (!stopped) {
        const values = await iterator.nextv(valuesPerFetch);
        if (values.length === 0) break;
        for (const value of values) {
          if (stopped) break;
          stream.emit('data', value);
        }
      }
    } finally {
      await iterator.close();
    }
    if (!stopped) stream.emit('end');
  }
  flow().catch((error) => stream.emit('error', error));
  return stream;
}
