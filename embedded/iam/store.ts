import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ServiceError } from '../errors.ts';

export interface RoleRecord {
  name: string;
  path: string;
  roleId: string;
  createdMs: number;
  /** JSON as it came. */
  trustPolicy: string;
  description?: string;
  maxSessionDurationS: number;
  tags: { Key: string; Value: string }[];
  /** Documents of inline policies by their names. */
  inlinePolicies: Record<string, string>;
  attachedPolicyArns: string[];
}

export interface RoleStore {
  /** Writes a role, in place of one of its name. Throws ServiceError `InsufficientStorage`. */
  save(role: RoleRecord): void;
  /** Names of roles are the same in small letters and in capitals. */
  find(name: string): RoleRecord | undefined;
  /** All roles, by name. */
  all(): RoleRecord[];
  /** Throws ServiceError `InsufficientStorage`. */
  delete(name: string): void;
  close(): void;
}

const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists roles (name text primary key collate nocase, role text not null) strict, without rowid;
`;

/** Opens (or creates) `<directory>/iam.sqlite`; the folder must exist. Throws SQLite's error when it cannot be used. */
export function openRoleStore(directory: string): RoleStore {
  const database = new DatabaseSync(join(directory, 'iam.sqlite'));
  database.exec(SCHEMA);
  const put = database.prepare('insert or replace into roles values (?, ?)');
  const one = database.prepare('select role from roles where name = ?');
  const every = database.prepare('select role from roles order by name');
  const drop = database.prepare('delete from roles where name = ?');
  const write = (statement: StatementSync, ...values: string[]) => {
    try {
      statement.run(...values);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      // 507: SDK clients do not try again what a full disk has refused.
      throw new ServiceError(
        'InsufficientStorage',
        `The engine cannot write its roles: ${reason}. What was stored stays.`,
        507,
      );
    }
  };
  const parse = (row: Record<string, unknown>): RoleRecord => JSON.parse(row.role as string);
  return {
    save: (role) => write(put, role.name, JSON.stringify(role)),
    find(name) {
      const row = one.get(name);
      return row && parse(row);
    },
    all: () => every.all().map(parse),
    delete: (name) => write(drop, name),
    close: () => database.close(),
  };
}
