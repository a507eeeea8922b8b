import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import { perform, toAction, withOldItem } from './actions.ts';
import {
  type Action,
  actionOf,
  checkRequest,
  internals,
  type RequestData,
  type Store,
  type Validation,
  validationOf,
} from './dynalite.ts';
import { checkTransactGet, transactGet } from './transact-get.ts';
import { checkTransactWrite, transactWrite } from './transact-write.ts';

const dynaliteOperations = [
  ...['BatchGetItem', 'BatchWriteItem', 'CreateTable', 'DeleteItem', 'DeleteTable', 'DescribeTable'],
  ...['DescribeTimeToLive', 'GetItem', 'ListTables', 'ListTagsOfResource', 'PutItem', 'Query', 'Scan', 'TagResource'],
  ...['UntagResource', 'UpdateItem', 'UpdateTable'],
];

export interface Operation {
  /** Gives the data in the form that actions take. Throws a DynaliteFault for what DynamoDB would refuse. */
  check(data: RequestData, store: Store): RequestData;
  run: Action;
}

/** All operations that are served, by name: dynalite's, and the transactions built on them. */
export function newOperations(clock: Clock): ReadonlyMap<string, Operation> {
  return new Map<string, Operation>([
    ...dynaliteOperations.map((name) => [name, dynaliteOperation(name)] as const),
    ['TransactGetItems', { check: checkTransactGet, run: transactGet }],
    ['TransactWriteItems', { check: checkTransactWrite, run: transactWrite(clock) }],
  ]);
}

function dynaliteOperation(name: string): Operation {
  const validation = completed(name);
  return {
    check(data, store) {
      refuseUnserved(name, data, validation);
      return checkRequest(validation, data, store);
    },
    run: runOf(name),
  };
}

function runOf(name: string): Action {
  if (name === 'CreateTable') return createTable;
  return 'ReturnValuesOnConditionCheckFailure' in validationOf(name).types
    ? withOldItem(actionOf(name))
    : actionOf(name);
}

/** What dynalite's CreateTable does not take, and tables of this engine never have: only the values that ask for nothing pass. */
const ASKS_FOR_NOTHING: Record<string, unknown> = {
  DeletionProtectionEnabled: false,
  SSESpecification: { Enabled: false },
  StreamSpecification: { StreamEnabled: false },
  TableClass: 'STANDARD',
};

/** Throws a ValidationException that names a member which dynalite would drop. */
function refuseUnserved(operation: string, data: RequestData, { types }: Validation): void {
  const unserved = Object.keys(data).find(
    (name) =>
      !Object.hasOwn(types, name) && data[name] != null && !isDeepStrictEqual(data[name], ASKS_FOR_NOTHING[name]),
  );
  if (unserved === undefined) return;
  throw internals.validationError(
    `The member ${unserved} of ${operation} is not served by the embedded DynamoDB; it serves ${Object.keys(types).join(', ')}.`,
  );
}

/** dynalite's checks of an operation, with members that they lack: its Scan reads ConsistentRead all the same, tags are kept by this adapter. */
function completed(operation: string): Validation {
  const validation = validationOf(operation);
  const { ConsistentRead } = validationOf('Query').types;
  const { Tags } = validationOf('TagResource').types;
  const missing = { Scan: { ConsistentRead }, CreateTable: { Tags } }[operation];
  return { ...validation, types: { ...validation.types, ...missing } };
}

/** dynalite's CreateTable, which knows no tags. */
const createTable = toAction(async (store, { Tags = [], ...data }) => {
  const answer = await perform(actionOf('CreateTable'), store, data);
  const tagDb = store.getTagDb(data.TableName as string);
  for (const { Key, Value } of Tags as { Key: string; Value: string }[]) tagDb.put(Key, Value);
  return answer;
});
