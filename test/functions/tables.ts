import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { INDEXES, TABLE_KEYS, TABLES } from '../../core/names.ts';

/** One item of a table, as DynamoDB keeps it: no undefined, no NaN. */
export type Item = Record<string, any>;

/** Small, so that every caller meets a second page and a batch that was answered in part. */
const PAGE_ITEMS = 2;
const BATCH_ANSWERED = 3;
/** DynamoDB's own limits. */
const BATCH_GET_ITEMS = 100;
const BATCH_WRITE_ITEMS = 25;

/** A few of DynamoDB's operations on tables in memory. Conditions are evaluated; one that is not understood is an error. */
export function createTables() {
  const tables = new Map<string, Map<string, Item>>(Object.values(TABLES).map((name) => [name, new Map()]));
  /** Every put that was let through: `<table> <key>`. */
  const puts: string[] = [];
  /** Called before each put: throws to refuse it, or changes the world as another process would. */
  const hooks: { beforePut?: ((table: string, item: Item) => void) | undefined } = {};

  const itemsOf = (table: string): Map<string, Item> => {
    const items = tables.get(table);
    if (!items) throw new Error(`there is no table ${table}`);
    return items;
  };

  function put(input: Item): Item {
    const { TableName, Item: item, ConditionExpression } = input;
    const next = stored(item) as Item;
    hooks.beforePut?.(TableName, next);
    const key = keyOf(TableName, next);
    const old = itemsOf(TableName).get(key);
    if (ConditionExpression && !holds(ConditionExpression, old, input)) {
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    }
    itemsOf(TableName).set(key, next);
    puts.push(`${TableName} ${key}`);
    return {};
  }

  function get({ TableName, Key, ConsistentRead }: Item): Item {
    if (!ConsistentRead)
      throw new Error(`${TableName} is read without ConsistentRead: a step may miss what the last wrote`);
    const item = itemsOf(TableName).get(keyOf(TableName, Key));
    return item ? { Item: structuredClone(item) } : {};
  }

  function batchGet({ RequestItems }: Item): Item {
    const [[table, { Keys }]] = Object.entries<any>(RequestItems);
    checkBatch(Keys, BATCH_GET_ITEMS);
    const found = Keys.slice(0, BATCH_ANSWERED).flatMap((key: Item) => itemsOf(table).get(keyOf(table, key)) ?? []);
    const left = Keys.slice(BATCH_ANSWERED);
    return {
      // In no order of the caller's.
      Responses: { [table]: structuredClone(found).reverse() },
      UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left, ConsistentRead: true } } : {},
    };
  }

  function batchWrite({ RequestItems }: Item): Item {
    const [[table, requests]] = Object.entries<any>(RequestItems);
    checkBatch(requests, BATCH_WRITE_ITEMS);
    for (const { PutRequest } of requests.slice(0, BATCH_ANSWERED)) put({ TableName: table, Item: PutRequest.Item });
    const left = requests.slice(BATCH_ANSWERED);
    return { UnprocessedItems: left.length > 0 ? { [table]: left } : {} };
  }

  function query(input: Item): Item {
    const { TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues, ExclusiveStartKey } = input;
    const keys = TABLE_KEYS[plainName(TableName)];
    const sort = IndexName ? keys.indexes[IndexName].sort : keys.sort;
    const condition = /^nightId = :night(?: AND begins_with\(#item, :prefix\))?$/.exec(KeyConditionExpression);
    if (!condition || !sort || (IndexName && IndexName !== INDEXES.exposuresByNight)) {
      throw new Error(`a query that is not understood: ${KeyConditionExpression} on ${IndexName ?? TableName}`);
    }
    const matching = [...itemsOf(TableName).values()]
      .filter((item) => item.nightId === ExpressionAttributeValues[':night'])
      .filter((item) => String(item[sort]).startsWith(ExpressionAttributeValues[':prefix'] ?? ''))
      .sort((a, b) => (a[sort] < b[sort] ? -1 : 1));
    const from = ExclusiveStartKey?.at ?? 0;
    const end = from + PAGE_ITEMS;
    return {
      Items: structuredClone(matching.slice(from, end)),
      ...(end < matching.length && { LastEvaluatedKey: { at: end } }),
    };
  }

  return {
    put,
    get,
    batchGet,
    batchWrite,
    query,
    puts,
    hooks,
    /** What stands in a table, by key; changing it changes the table. */
    item: (table: keyof typeof TABLES, ...key: string[]): any => itemsOf(TABLES[table]).get(key.join(' ')),
    items: (table: keyof typeof TABLES): any[] => [...itemsOf(TABLES[table]).values()],
    /** A copy of all tables. */
    snapshot: () =>
      Object.fromEntries([...tables].map(([name, items]) => [name, structuredClone(Object.fromEntries(items))])),
  };
}

/** The item as the marshaller of the SDK leaves it: undefined is dropped, what DynamoDB has no number for is refused. */
function stored(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`DynamoDB has no number ${value}`);
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [name, stored(each)]),
  );
}

const plainName = (table: string) =>
  (Object.keys(TABLES) as (keyof typeof TABLES)[]).find((name) => TABLES[name] === table)!;

function keyOf(table: string, item: Item): string {
  const { partition, sort } = TABLE_KEYS[plainName(table)];
  return [partition, ...(sort ? [sort] : [])]
    .map((name) => {
      if (typeof item[name] !== 'string' || item[name] === '') throw new Error(`${table}: no key ${name}`);
      return item[name];
    })
    .join(' ');
}

function checkBatch(entries: unknown[], max: number): void {
  if (entries.length === 0 || entries.length > max)
    throw new Error(`a batch of ${entries.length}, allowed 1 to ${max}`);
}

/** Whether a condition holds for the item that stands, which may be none. */
function holds(expression: string, item: Item | undefined, input: Item): boolean {
  const operandOf = (operand: string): unknown => {
    const size = /^size\((.+)\)$/.exec(operand);
    if (size) return (operandOf(size[1]) as unknown[] | undefined)?.length;
    if (operand.startsWith(':')) {
      if (!(operand in (input.ExpressionAttributeValues ?? {}))) throw new Error(`no value for ${operand}`);
      return input.ExpressionAttributeValues[operand];
    }
    const name = operand.startsWith('#') ? input.ExpressionAttributeNames?.[operand] : operand;
    if (!name) throw new Error(`no name for ${operand}`);
    return item?.[name];
  };
  const absent = /^attribute_not_exists\((\S+)\)$/.exec(expression);
  if (absent) return operandOf(absent[1]) === undefined;
  const compared = /^(\S+) (=|<) (\S+)$/.exec(expression);
  if (!compared) throw new Error(`a condition that is not understood: ${expression}`);
  const [left, right] = [operandOf(compared[1]), operandOf(compared[3])] as [any, any];
  // A comparison with an attribute that is not there is false, whatever it is.
  if (left === undefined || right === undefined) return false;
  return compared[2] === '=' ? left === right : left < right;
}
