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
  TableName: string;
  KeySchema: { AttributeName: string }[];
}

export interface ItemDb {
  lock: Lock;
  get(key: string, callback: Callback<Item>): void;
}

export interface Store {
  db: CallbackLevel;
  tableDb: { awsAccountId: string; awsRegion: string; lock: Lock };
  getItemDb(table: string): ItemDb;
  getTagDb(table: string): { put(key: string, value: string): void };
  getTable(name: string, checkStatus: boolean, callback: Callback<TableDescription>): void;
}

/** An item: each attribute is an object of one member, its type. */
export type Item = Record<string, unknown>;
export type RequestData = Record<string, unknown>;
export type Action = (store: Store, data: RequestData, callback: Callback) => void;

/** A fault that dynalite answers with; anything else it throws is a defect. */
export interface DynaliteFault {
  statusCode: number;
  body: Record<string, unknown>;
}

/** What a failure of dynalite's own database functions is: the fault, or nothing. */
type Refusal = Error | null | undefined;

/** The functions of dynalite's database that are used beside its actions. */
interface Internals {
  createKey(item: Item, table: TableDescription): string;
  validateKey(key: Item, table: TableDescription): Refusal;
  validateItem(item: Item, table: TableDescription): Refusal;
  /** A ConditionalCheckFailedException where an item does not meet the condition of a checked request. */
  checkConditional(data: RequestData, item: Item | undefined): Refusal;
  /** In bytes. */
  itemSize(item: Item): number;
  capacityUnits(item: Item | undefined, isRead: boolean, isConsistent: boolean): number;
  validationError(message: string): Error & DynaliteFault;
}

/** What a request of an operation may hold, and what is refused beyond that: the words of the refusal, or nothing. */
export interface Validation {
  types: Record<string, unknown>;
  custom?: (data: RequestData, store: Store) => string | null | undefined;
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
export const internals: Internals = require('dynalite/db');
const validations: Validations = require('dynalite/validations');

const fileName = (operation: string) => operation.charAt(0).toLowerCase() + operation.slice(1);

/** What a write may ask for when its condition fails; dynalite does not know it. */
const onConditionFailure = { ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] } };

/** dynalite's checks of one of its operations. */
export function validationOf(operation: string): Validation {
  const { types, custom }: Validation = require(`dynalite/validations/${fileName(operation)}`);
  const more = ['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation) ? onConditionFailure : {};
  return { types: { ...types, ...more }, ...(custom && { custom }) };
}

/** dynalite's action of one of its operations. */
export const actionOf = (operation: string): Action => require(`dynalite/actions/${fileName(operation)}`);

/** Gives a request's data in the form that actions take. Throws a DynaliteFault for what DynamoDB would refuse. */
export function checkRequest({ types, custom }: Validation, data: unknown, store: Store): RequestData {
  const checked = validations.checkTypes(data, types);
  validations.checkValidations(checked, types, custom, store);
  return checked;
}

/** A DynaliteFault of DynamoDB's own vocabulary. */
export function dynamoDbFault(name: string, members: Record<string, unknown>): Error & DynaliteFault {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, ...members };
  return Object.assign(new Error(name), { statusCode: 400, body });
}

export function isDynaliteFault(error: unknown): error is DynaliteFault {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
}

/** Whether a failure is the fault of one name, such as `ConditionalCheckFailedException`. */
export function isFault(error: unknown, name: string): error is DynaliteFault {
  return isDynaliteFault(error) && String(error.body.__type).endsWith(`#${name}`);
}
