import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../clock.ts';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';
import { type Database, openDatabase } from './database.ts';
import { isDynaliteFault } from './dynalite.ts';
import { countIndexUnits } from './index-units.ts';
import { newOperations, type Operation } from './operations.ts';
import { digestible, parseRequest } from './request.ts';
import { withTableNames } from './table-names.ts';

export interface DynamoDbOptions {
  /** Tables live in `<directory>/dynamodb`; the folder must exist. */
  directory: string;
  clock: Clock;
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
  clock,
  region,
  accountId,
}: DynamoDbOptions): Promise<{ service: Service; tableCount(): Promise<number>; close(): Promise<void> }> {
  const database = await openDatabase(join(directory, 'dynamodb'), region, accountId);
  const operations = newOperations(clock);
  const listTables = operations.get('ListTables')!.run;
  return {
    service: (request) => serve(database, operations, request),
    async tableCount() {
      let count = 0;
      let last: string | undefined;
      do {
        const page = JSON.parse(
          await database.run(listTables, last === undefined ? {} : { ExclusiveStartTableName: last }),
        );
        count += page.TableNames.length;
        last = page.LastEvaluatedTableName;
      } while (last !== undefined);
      return count;
    },
    close: () => database.close(),
  };
}

async function serve(
  database: Database,
  operations: ReadonlyMap<string, Operation>,
  request: ServiceRequest,
): Promise<ServiceResponse> {
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
  const data = parseRequest(request.body);
  if (data === undefined) return fault(400, 'com.amazon.coral.service#SerializationException', {});
  try {
    const { awsRegion, awsAccountId } = database.store.tableDb;
    const ownTables = `arn:aws:dynamodb:${awsRegion}:${awsAccountId}:table/`;
    const checked = operation.check(withTableNames(digestible(data), ownTables), database.store);
    return answer(200, await database.run(operation.run, checked));
  } catch (error) {
    if (isDynaliteFault(error)) return answer(error.statusCode, JSON.stringify(error.body));
    const message = error instanceof Error ? error.message : String(error);
    return fault(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError', { message });
  }
}

function answer(status: number, json: string): ServiceResponse {
  // Some SDKs check the sum and read the answer again when it does not fit.
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': String(crc32(json)) };
  return { status, headers, body: json };
}

function fault(status: number, type: string, fields: Record<string, string>): ServiceResponse {
  return answer(status, JSON.stringify({ __type: type, ...fields }));
}
