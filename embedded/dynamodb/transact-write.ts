import type { Clock } from '../clock.ts';
import { itemAt, keyWithin, perform, tableOf, toAction, withOldItem } from './actions.ts';
import {
  type Action,
  actionOf,
  checkRequest,
  dynamoDbFault,
  type Item,
  internals,
  type RequestData,
  type Store,
  type TableDescription,
  type Validation,
  validationOf,
} from './dynalite.ts';
import { digestOf, digestOfToken, rememberToken } from './request-tokens.ts';
import {
  allOrNone,
  checkDistinct,
  checkSize,
  consumedCapacity,
  RETURN_CAPACITY,
  transactItemsType,
  type Units,
} from './transactions.ts';

type Kind = 'ConditionCheck' | 'Put' | 'Delete' | 'Update';

interface Write extends RequestData {
  TableName: string;
  Key?: Item;
  Item?: Item;
}

/** One action of the transaction, with the table and the key that it is for. */
interface Part {
  kind: Kind;
  data: Write;
  table: TableDescription;
  key: Item;
}

/** Checks the condition of a ConditionCheck as those of writes are checked; writes nothing. */
const conditionCheck = toAction(async (store, data) => {
  const table = await tableOf(store, data.TableName as string);
  const key = data.Key as Item;
  const refusal =
    internals.validateKey(key, table) ?? internals.checkConditional(data, await itemAt(store, table, key));
  if (refusal != null) throw refusal;
});

const OPERATIONS: Record<Kind, string> = {
  ConditionCheck: 'DeleteItem',
  Put: 'PutItem',
  Delete: 'DeleteItem',
  Update: 'UpdateItem',
};
const MEMBERS: Record<Kind, string[]> = {
  ConditionCheck: ['Key'],
  Put: ['Item'],
  Delete: ['Key'],
  Update: ['Key', 'UpdateExpression'],
};
const COMMON = [
  ...['TableName', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'],
  'ReturnValuesOnConditionCheckFailure',
];
const REQUIRED: Record<Kind, string[]> = {
  ConditionCheck: ['ConditionExpression'],
  Put: [],
  Delete: [],
  Update: ['UpdateExpression'],
};
const KINDS = Object.keys(OPERATIONS) as Kind[];

function typeOf(kind: Kind): Record<string, unknown> {
  const { types } = validationOf(OPERATIONS[kind]);
  const children = [...COMMON, ...MEMBERS[kind]].map((name) => {
    const type = types[name] as object;
    return [name, REQUIRED[kind].includes(name) ? { ...type, notNull: true } : type];
  });
  return { type: `FieldStruct<${kind}>`, children: Object.fromEntries(children) };
}

const validation: Validation = {
  types: {
    ...RETURN_CAPACITY,
    ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
    ...transactItemsType('TransactWriteItem', Object.fromEntries(KINDS.map((kind) => [kind, typeOf(kind)]))),
  },
  custom(data, store) {
    for (const item of data.TransactItems as Partial<Record<Kind, Write>>[]) {
      const [kind, ...more] = KINDS.filter((name) => item[name] !== undefined);
      if (kind === undefined || more.length > 0) {
        return 'TransactItems can only contain one of Check, Put, Update or Delete';
      }
      const refusal = validationOf(OPERATIONS[kind]).custom?.(item[kind]!, store);
      if (refusal) return refusal;
    }
    return undefined;
  },
};

/** Checks a TransactWriteItems, and lays the digest of its actions beside them. Throws a DynaliteFault. */
export function checkTransactWrite(data: unknown, store: Store): RequestData {
  // Before the checks, which put what they have parsed beside what they were given.
  const digest = digestOf((data as RequestData).TransactItems);
  return { ...checkRequest(validation, data, store), digest };
}

const actions: Record<Kind, Action> = {
  ConditionCheck: withOldItem(conditionCheck),
  Put: withOldItem(actionOf('PutItem')),
  Delete: withOldItem(actionOf('DeleteItem')),
  Update: withOldItem(actionOf('UpdateItem')),
};

/**
 * TransactWriteItems. As no two actions are for one item, none sees what another has written; all that they write is in one
 * batch. A token is remembered in the same batch.
 */
export function transactWrite(clock: Clock): Action {
  return toAction(async (store, data) => {
    const parts = await partsOf(store, data);
    const token = data.ClientRequestToken as string | undefined;
    const nowMs = clock.now();
    const known = token === undefined ? undefined : digestOfToken(store.db, token, nowMs);
    if (known !== undefined && known !== data.digest) {
      throw dynamoDbFault('IdempotentParameterMismatchException', {
        Message:
          'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
      });
    }
    if (known !== undefined) {
      const items = await Promise.all(parts.map(({ table, key }) => itemAt(store, table, key)));
      const units = parts.map((part, index) => ({
        table: part.data.TableName,
        tableUnits: internals.capacityUnits(items[index], true, true),
      }));
      return { ConsumedCapacity: consumedCapacity(data, 'Read', units) };
    }
    checkDistinct(parts);
    const done = await allOrNone(parts.map((part) => write(store, part)));
    checkSize(done.map(({ item }) => item));
    if (token !== undefined) await rememberToken(store.db, token, data.digest as string, nowMs);
    const units = done.map((action) => action.units);
    return { ConsumedCapacity: consumedCapacity(data, 'Write', units) };
  });
}

function partsOf(store: Store, { TransactItems }: RequestData): Promise<Part[]> {
  return Promise.all(
    (TransactItems as Partial<Record<Kind, Write>>[]).map(async (item) => {
      const kind = KINDS.find((name) => item[name] !== undefined)!;
      const data = item[kind]!;
      const table = await tableOf(store, data.TableName);
      return { kind, data, table, key: data.Key ?? keyWithin(data.Item!, table) };
    }),
  );
}

/** Gives the item that the action was about, and what it took. */
async function write(
  store: Store,
  { kind, data, table, key }: Part,
): Promise<{ item?: Item | undefined; units: Units }> {
  const ReturnValues = kind === 'Update' ? 'ALL_NEW' : 'ALL_OLD';
  const answer = await perform(actions[kind], store, { ...data, ReturnValues, ReturnConsumedCapacity: 'INDEXES' });
  const attributes = answer.Attributes as Item | undefined;
  if (kind === 'ConditionCheck') {
    const item = await itemAt(store, table, key);
    return { item, units: { table: data.TableName, tableUnits: internals.capacityUnits(item, false, true) } };
  }
  const consumed = answer.ConsumedCapacity as { CapacityUnits: number; Table: { CapacityUnits: number } };
  const tableUnits = consumed.Table.CapacityUnits;
  const units = { table: data.TableName, tableUnits, indexUnits: consumed.CapacityUnits - tableUnits };
  return { item: kind === 'Put' ? data.Item : attributes, units };
}
