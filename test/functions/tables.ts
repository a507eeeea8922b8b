import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS, TABLES } from '../../core/names.ts';

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
    const { TableName, IndexName, KeyConditionExpression, ScanIndexForward, Limit, ExclusiveStartKey } = input;
    const table = TABLE_KEYS[plainName(TableName)];
    const keys = IndexName ? table.indexes[IndexName] : table;
    const [ofPartition, ...ofSort] = KeyConditionExpression.split(/ AND (?!:)/);
    const names = [ofPartition, ...ofSort].map((each: string) => {
      const name = /^(?:begins_with\()?([#\w]+)/.exec(each)![1];
      return name.startsWith('#') ? input.ExpressionAttributeNames[name] : name;
    });
    if (names[0] !== keys.partition || names.length > 2 || (names.length > 1 && names[1] !== keys.sort)) {
      throw new Error(`a query by what is no key: ${KeyConditionExpression} on ${IndexName ?? TableName}`);
    }
    const { sort = keys.partition } = keys;
    const order = ScanIndexForward === false ? -1 : 1;
    const matching = [...itemsOf(TableName).values()]
      // An index has only the items with its keys.
      .filter((item) => item[keys.partition] !== undefined && item[sort] !== undefined)
      .filter((item) => [ofPartition, ...ofSort].every((each) => holds(each, item, input)))
      .sort((a, b) => (a[sort] < b[sort] ? -order : order));
    const from = ExclusiveStartKey?.at ?? 0;
    const end = from + Math.min(PAGE_ITEMS, Limit ?? PAGE_ITEMS);
    return {
      Items: structuredClone(matching.slice(from, end)),
      ...(end < matching.length && { LastEvaluatedKey: { at: end } }),
    };
  }

  /** All of it or nothing: the conditions are judged first. */
  function transactWrite({ TransactItems }: Item): Item {
    const failed = TransactItems.map(({ Put }: Item) => {
      if (!Put?.ConditionExpression) return false;
      return !holds(Put.ConditionExpression, itemsOf(Put.TableName).get(keyOf(Put.TableName, Put.Item)), Put);
    });
    if (failed.some(Boolean)) {
      const CancellationReasons = failed.map((each: boolean) => ({ Code: each ? 'ConditionalCheckFailed' : 'None' }));
      throw new TransactionCanceledException({ message: 'Transaction cancelled', CancellationReasons, $metadata: {} });
    }
    for (const { Put, Delete } of TransactItems) {
      if (Put) put(Put);
      else itemsOf(Delete.TableName).delete(keyOf(Delete.TableName, Delete.Key));
    }
    return {};
  }

  return {
    put,
    get,
    batchGet,
    transactWrite,
    batchWrite,
    query,
    puts,
    hooks,
    /** What stands in a table, by key; changing it changes the table. */
    item: (table: keyof typeof TABLES, ...key: string[]): any => itemsOf(TABLES[table]).get(key.join(' ')),
    items: (table: keyof typeof TABLES): any[] => [...itemsOf(TABLES[table]).values()],
    /** Takes an item away, as if it had never been written. */
    remove: (table: keyof typeof TABLES, ...key: string[]): boolean => itemsOf(TABLES[table]).delete(key.join(' ')),
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
  const prefixed = /^begins_with\((\S+), (\S+)\)$/.exec(expression);
  if (prefixed) return String(operandOf(prefixed[1])).startsWith(String(operandOf(prefixed[2])));
  const between = /^(\S+) BETWEEN (\S+) AND (\S+)$/.exec(expression);
  if (between) {
    const [value, low, high] = between.slice(1).map(operandOf) as any[];
    return value >= low && value <= high;
  }
  const compared = /^(\S+) (=|<=|<) (\S+)$/.exec(expression);
  if (!compared) throw new Error(`a condition that is not understood: ${expression}`);
  const [left, right] = [operandOf(compared[1]), operandOf(compared[3])] as [any, any];
  // A comparison with an attribute that is not there is false, whatever it is.
  if (left === undefined || right === undefined) return false;
  if (compared[2] === '=') return left === right;
  return compared[2] === '<' ? left < right : left <= right;
}
