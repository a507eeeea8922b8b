import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ServiceError } from '../errors.ts';

/** A statement of a function's policy, as Lambda tells it. */
export interface Permission {
  Sid: string;
  Effect: 'Allow';
  Principal: '*' | { Service: string } | { AWS: string };
  Action: string;
  Resource: string;
  Condition?: object;
}

/** A function that was made from a zip file. */
export interface FunctionRecord {
  name: string;
  runtime: string;
  handler: string;
  roleArn: string;
  description: string;
  timeoutS: number;
  memoryMb: number;
  architecture: string;
  environment?: Record<string, string>;
  tags?: Record<string, string>;
  permissions?: Permission[];
  /** Folder of its code, within the folder of all codes. */
  codeId: string;
  codeSha256: string;
  codeSizeBytes: number;
  revisionId: string;
  modifiedMs: number;
}

export interface FunctionStore {
  /** Writes a function, in place of one of its name. Throws ServiceError `InsufficientStorage`. */
  save(record: FunctionRecord): void;
  find(name: string): FunctionRecord | undefined;
  /** All functions, by name. */
  all(): FunctionRecord[];
  /** Throws ServiceError `InsufficientStorage`. */
  delete(name: string): void;
  close(): void;
}

const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists functions (name text primary key, record text not null) strict, without rowid;
`;

/** Opens (or creates) `<directory>/lambda.sqlite`; the folder must exist. Throws SQLite's error when it cannot be used. */
export function openFunctionStore(directory: string): FunctionStore {
  const database = new DatabaseSync(join(directory, 'lambda.sqlite'));
  database.exec(SCHEMA);
  const put = database.prepare('insert or replace into functions values (?, ?)');
  const one = database.prepare('select record from functions where name = ?');
  const every = database.prepare('select record from functions order by name');
  const drop = database.prepare('delete from functions where name = ?');
  const write = (statement: StatementSync, ...values: string[]) => {
    try {
      statement.run(...values);
    } catch (cause) {
      throw diskRefused(cause);
    }
  };
  const parse = (row: Record<string, unknown>): FunctionRecord => JSON.parse(row.record as string);
  return {
    save: (record) => write(put, record.name, JSON.stringify(record)),
    find(name) {
      const row = one.get(name);
      return row && parse(row);
    },
    all: () => every.all().map(parse),
    delete: (name) => write(drop, name),
    close: () => database.close(),
  };
}

/** The refusal of a disk that takes no more; what was stored before stays. */
export function diskRefused(cause: unknown): ServiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // 507: SDK clients do not try again what a full disk has refused.
  return new ServiceError(
    'InsufficientStorage',
    `The engine cannot write its functions: ${reason}. What was stored stays.`,
    507,
  );
}
