import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { ClassicLevel } from 'classic-level';

/**
 * The parts of dynalite 4.0.0 that are used, with the types it lacks: the checks of a request, the actions and the
 * store beneath them. Its HTTP server is left out; there a fault inside an action would end the process.
 */

export type Callback<T = unknown> = (error: unknown, value?: T) => void;

/** dynalite's lock of a key: `run` is given a function that makes a callback release the lock. */
export type Lock = (key: string, run: (release: <F>(callback: F) => F) => void) => void;

export interface WriteOperation {
  type: 'put' | 'del';
  key: string;
  value?: unknown;
}

/** The LevelDB database with dynalite's callback methods laid over it. */
export interface CallbackLevel {
  status: string;
  open(): Promise<void>;
  /** dynalite's own closing, after which nothing opens again; `_original` is LevelDB's, after which `open` may follow. */
  close: { _original(): Promise<void> };
  getSync(key: string): unknown;
  keys: ClassicLevel['keys'];
  values: ClassicLevel['values'];
  get(key: string, callback: Callback): void;
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
  batch(operations: WriteOperation[], callback?: Callback): Promise<void> | undefined;
  createKeyStream(options?: object): EventEmitter;
  createValueStream(options?: object): EventEmitter;
}

export interface TableDescription {
  KeySchema: { AttributeName: string }[];
}

export interface Store {
  db: CallbackLevel;
  tableDb: { awsAccountId: string; awsRegion: string; lock: Lock };
  getItemDb(table: string): { lock: Lock };
  getTable(name: string, checkStatus: boolean, callback: Callback<TableDescription>): void;
}

export type RequestData = Record<string, unknown>;
export type Action = (store: Store, data: RequestData, callback: Callback) => void;

/** A fault that dynalite answers with; anything else it throws is a defect. */
export interface DynaliteFault {
  statusCode: number;
  body: Record<string, unknown>;
}

interface Validation {
  types: object;
  custom?: unknown;
}

interface Validations {
  checkTypes(data: unknown, types: object): RequestData;
  checkValidations(data: RequestData, types: object, custom: unknown, store: Store): void;
}

interface StoreOptions {
  path: string;
  createTableMs: number;
  updateTableMs: number;
  deleteTableMs: number;
}

const require = createRequire(import.meta.url);

export const createStore: (options: StoreOptions) => Store = require('dynalite/db').create;
export const getItem: Action = require('dynalite/actions/getItem');
const validations: Validations = require('dynalite/validations');

const operationNames = [
  ...['BatchGetItem', 'BatchWriteItem', 'CreateTable', 'DeleteItem', 'DeleteTable', 'DescribeTable'],
  ...['DescribeTimeToLive', 'GetItem', 'ListTables', 'ListTagsOfResource', 'PutItem', 'Query', 'Scan', 'TagResource'],
  ...['UntagResource', 'UpdateItem', 'UpdateTable'],
];

export interface Operation {
  /** Gives the data in the form that actions take. Throws a DynaliteFault for what DynamoDB would refuse. */
  check(data: unknown, store: Store): RequestData;
  run: Action;
}

export const operations = new Map<string, Operation>(
  operationNames.map((name) => {
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    const { types, custom }: Validation = require(`dynalite/validations/${file}`);
    const run: Action = require(`dynalite/actions/${file}`);
    const check = (data: unknown, store: Store) => {
      const checked = validations.checkTypes(data, types);
      validations.checkValidations(checked, types, custom, store);
      return checked;
    };
    return [name, { check, run }];
  }),
);
