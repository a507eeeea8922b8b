import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ServiceError } from './errors.ts';

/** The disk took no more (full, read-only, broken); what was stored before stays. */
export class StorageFailed extends ServiceError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // 507: SDK clients do not try again what a full disk has refused.
    super('InsufficientStorage', `The engine cannot write: ${reason}. What was stored stays.`, 507);
  }
}

/** Keys of a page: those that begin with `prefix`, in order, after `afterKey`. */
export interface Page {
  prefix?: string;
  afterKey?: string;
  limit?: number;
}

/** JSON values of one kind by their keys. What writes throws StorageFailed. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  /** False when there was none. */
  delete(key: string): boolean;
  list(page?: Page): T[];
}

export interface Documents {
  collection<T>(kind: string): Collection<T>;
  /** Runs changes as one: all are on the disk on return, or none. Throws StorageFailed, or what `work` throws. */
  change<T>(work: () => T): T;
  close(): void;
}

// synchronous = full: what was acknowledged is on the disk, even when the power fails a moment later.
const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists documents (
    kind text not null,
    key text not null,
    value text not null,
    primary key (kind, key)
  ) strict, without rowid;
`;

/** Opens (or creates) a file of documents; its folder must exist. Throws SQLite's error when it cannot be used. */
export function openDocuments(file: string): Documents {
  const database = new DatabaseSync(file);
  database.exec(SCHEMA);
  const one = database.prepare('select value from documents where kind = ? and key = ?');
  const some = database.prepare(
    'select value from documents where kind = ? and key > ? and substr(key, 1, length(?)) = ? order by key limit ?',
  );
  const put = database.prepare('insert or replace into documents values (?, ?, ?)');
  const drop = database.prepare('delete from documents where kind = ? and key = ?');

  /** Runs what writes; a refusal of the disk becomes StorageFailed. */
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw cause instanceof ServiceError ? cause : new StorageFailed(cause);
    }
  };
  const write = (statement: StatementSync, ...values: SQLInputValue[]) => guarded(() => statement.run(...values));

  return {
    collection: <T>(kind: string) => ({
      get(key) {
        const row = one.get(kind, key);
        return row && (JSON.parse(row.value as string) as T);
      },
      put: (key, value) => void write(put, kind, key, JSON.stringify(value)),
      delete: (key) => Number(write(drop, kind, key).changes) > 0,
      list: ({ prefix = '', afterKey = '', limit = -1 } = {}) =>
        some.all(kind, afterKey, prefix, prefix, limit).map(({ value }) => JSON.parse(value as string) as T),
    }),
    change(work) {
      guarded(() => database.exec('begin immediate'));
      try {
        const result = work();
        guarded(() => database.exec('commit'));
        return result;
      } catch (cause) {
        // A full disk may have ended the transaction already.
        if (database.isTransaction) database.exec('rollback');
        throw cause;
      }
    },
    close: () => database.close(),
  };
}
