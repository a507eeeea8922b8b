import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';
import { type Database, openDatabase } from './database.ts';
import {
  type Action,
  type Callback,
  type DynaliteFault,
  getItem,
  operations,
  type RequestData,
  type Store,
} from './dynalite.ts';
import { countIndexUnits } from './index-units.ts';

export interface DynamoDbOptions {
  /** Tables live in `<directory>/dynamodb`; the folder must exist. */
  directory: string;
  region: string;
  /** Twelve digits, for the ARNs of tables. */
  accountId: string;
}

countIndexUnits();

/** DynamoDB refuses larger requests (Developer Guide, "Quotas"). */
const largestRequestBytes = 16 * 2 ** 20;

/** Opens DynamoDB on dynalite's tables. Rejects with LevelDB's error when the folder cannot be used. */
export async function openDynamoDb({
  directory,
  region,
  accountId,
}: DynamoDbOptions): Promise<{ service: Service; close(): Promise<void> }> {
  const database = await openDatabase(join(directory, 'dynamodb'), region, accountId);
  return { service: (request) => serve(database, request), close: () => database.close() };
}

async function serve(database: Database, request: ServiceRequest): Promise<ServiceResponse> {
  const [version, name = ''] = (request.headers['x-amz-target'] ?? '').split('.');
  const operation = version === 'DynamoDB_20120810' ? operations.get(name) : undefined;
  if (operation === undefined || request.method !== 'POST') {
    return fault(400, 'com.amazon.coral.service#UnknownOperationException', {
      message: `The operation ${JSON.stringify(name)} is not served by the embedded DynamoDB.`,
    });
  }
  if (request.body.length > largestRequestBytes) {
    return fault(413, 'com.amazon.coral.service#RequestEntityTooLargeException', {
      message: `The request has ${request.body.length} bytes; ${largestRequestBytes} are allowed.`,
    });
  }
  const data = parseObject(request.body);
  if (data === undefined) return fault(400, 'com.amazon.coral.service#SerializationException', {});
  const wantsOldItem = data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  try {
    const checked = operation.check(data, database.store);
    return answer(200, await database.run(wantsOldItem ? withOldItem(operation.run) : operation.run, checked));
  } catch (error) {
    if (isDynaliteFault(error)) return answer(error.statusCode, JSON.stringify(error.body));
    const message = error instanceof Error ? error.message : String(error);
    return fault(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError', { message });
  }
}

function parseObject(body: Buffer): RequestData | undefined {
  try {
    const data = JSON.parse(body.toString('utf8'));
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function isDynaliteFault(error: unknown): error is DynaliteFault {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
}

function isConditionalCheckFailed(error: unknown): error is DynaliteFault {
  return isDynaliteFault(error) && String(error.body.__type).endsWith('#ConditionalCheckFailedException');
}

/** An action whose failed condition also tells the item that it was measured against, if there is one. */
function withOldItem(run: Action): Action {
  return (store, data, callback) =>
    run(store, data, (error, value) => {
      if (!isConditionalCheckFailed(error)) return callback(error, value);
      readItem(store, data, (readError, answer) => {
        error.body.Item = (answer as { Item?: unknown } | undefined)?.Item;
        callback(readError ?? error);
      });
    });
}

/** Reads the item that a write addresses: by its key, or by the key within the item of a PutItem. */
function readItem(store: Store, { TableName, Key, Item }: RequestData, callback: Callback): void {
  if (Key !== undefined) {
    getItem(store, { TableName, Key }, callback);
    return;
  }
  store.getTable(String(TableName), true, (error, table) => {
    if (table === undefined) {
      callback(error);
      return;
    }
    const names = table.KeySchema.map(({ AttributeName }) => AttributeName);
    const key = Object.fromEntries(names.map((name) => [name, (Item as RequestData)[name]]));
    getItem(store, { TableName, Key: key }, callback);
  });
}

function answer(status: number, json: string): ServiceResponse {
  // Some SDKs check the sum and read the answer again when it does not fit.
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': String(crc32(json)) };
  return { status, headers, body: json };
}

function fault(status: number, type: string, fields: Record<string, string>): ServiceResponse {
  return answer(status, JSON.stringify({ __type: type, ...fields }));
}
