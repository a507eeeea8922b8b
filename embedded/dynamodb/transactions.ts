import {
  type DynaliteFault,
  dynamoDbFault,
  type Item,
  internals,
  isFault,
  type RequestData,
  type TableDescription,
} from './dynalite.ts';

/** All items of one transaction together (API reference, TransactWriteItems and TransactGetItems). */
const LARGEST_BYTES = 4 * 2 ** 20;
/** DynamoDB reads or writes each item twice: once to prepare, once to commit (Developer Guide, "Transactions: how it works"). */
export const TRANSACTION_FACTOR = 2;

export const RETURN_CAPACITY = { ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] } };

/** What became of one action of a cancelled transaction. */
interface CancellationReason {
  Code: string;
  Message?: string;
  Item?: Item | undefined;
}

/** The member TransactItems: 1 to 100 structures, each of the members given. */
export function transactItemsType(structure: string, members: Record<string, unknown>): Record<string, unknown> {
  const children = { type: `ValueStruct<${structure}>`, children: members };
  return {
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      children,
    },
  };
}

/** Throws a ValidationException when two actions are for one item. Keys that are no keys of their table are passed over. */
export function checkDistinct(targets: { table: TableDescription; key: Item }[]): void {
  const seen = new Set<string>();
  for (const { table, key } of targets) {
    if (internals.validateKey(key, table) != null) continue;
    const target = `${table.TableName} ${internals.createKey(key, table)}`;
    if (seen.has(target)) {
      throw internals.validationError('Transaction request cannot include multiple operations on one item');
    }
    seen.add(target);
  }
}

/** Throws a ValidationException when the items of a transaction are too large together. */
export function checkSize(items: (Item | undefined)[]): void {
  const bytes = items.reduce((total, item) => total + (item ? internals.itemSize(item) : 0), 0);
  if (bytes <= LARGEST_BYTES) return;
  throw internals.validationError(
    `The aggregate size of the items in the transaction cannot exceed 4 MB; it is ${bytes} bytes`,
  );
}

/**
 * What all actions of a transaction came to, in their order. Throws TransactionCanceledException, with a reason for each
 * action, when DynamoDB has refused one of them; and any other failure as it is.
 */
export async function allOrNone<T>(actions: Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(actions);
  const reasons = results.map((result) => (result.status === 'rejected' ? reasonOf(result.reason) : { Code: 'None' }));
  if (reasons.every(({ Code }) => Code === 'None')) {
    return results.map((result) => (result as PromiseFulfilledResult<T>).value);
  }
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw dynamoDbFault('TransactionCanceledException', {
    CancellationReasons: reasons,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
  });
}

function reasonOf(error: unknown): CancellationReason {
  const told = (Code: string, { body }: DynaliteFault) => ({ Code, Message: body.message as string });
  if (isFault(error, 'ConditionalCheckFailedException')) {
    return { ...told('ConditionalCheckFailed', error), Item: error.body.Item as Item | undefined };
  }
  if (isFault(error, 'ValidationException')) return told('ValidationError', error);
  throw error;
}

/** What one action took of its table, and of the indexes of that table. */
export interface Units {
  table: string;
  tableUnits: number;
  indexUnits?: number;
}

/** The member ConsumedCapacity of an answer, one entry per table; undefined where the request does not ask for it. */
export function consumedCapacity(
  { ReturnConsumedCapacity }: RequestData,
  kind: 'Read' | 'Write',
  actions: Units[],
): object[] | undefined {
  if (ReturnConsumedCapacity !== 'TOTAL' && ReturnConsumedCapacity !== 'INDEXES') return undefined;
  return [...Map.groupBy(actions, ({ table }) => table)].map(([TableName, ofTable]) => {
    const sum = (units: (action: Units) => number) => ofTable.reduce((total, action) => total + units(action), 0);
    const tableUnits = sum((action) => action.tableUnits) * TRANSACTION_FACTOR;
    const units = tableUnits + sum(({ indexUnits = 0 }) => indexUnits);
    const Table = { CapacityUnits: tableUnits, [`${kind}CapacityUnits`]: tableUnits };
    return {
      TableName,
      CapacityUnits: units,
      [`${kind}CapacityUnits`]: units,
      ...(ReturnConsumedCapacity === 'INDEXES' && { Table }),
    };
  });
}
