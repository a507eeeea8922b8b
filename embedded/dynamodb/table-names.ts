import type { RequestData } from './dynalite.ts';

const isObject = (value: unknown): value is RequestData =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A request in which tables of this account go by their names: DynamoDB takes their ARNs as well, dynalite does not. Of
 * RequestItems the keys are left as they are.
 * @param ownTables such as `arn:aws:dynamodb:us-east-1:000000000000:table/`
 */
export function withTableNames(data: RequestData, ownTables: string): RequestData {
  const { TableName, TransactItems } = data;
  return {
    ...data,
    ...(typeof TableName === 'string' &&
      TableName.startsWith(ownTables) && { TableName: TableName.slice(ownTables.length) }),
    ...(Array.isArray(TransactItems) && {
      TransactItems: TransactItems.map((item) =>
        isObject(item)
          ? Object.fromEntries(
              Object.entries(item).map(([kind, action]) => [
                kind,
                isObject(action) ? withTableNames(action, ownTables) : action,
              ]),
            )
          : item,
      ),
    }),
  };
}
