import { createHash } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { BUS, EMBEDDED_BUCKET, ENVIRONMENT, type FunctionName } from '../../core/names.ts';
import { functionUsage } from '../../core/records/usage.ts';
import { createTables, type Item } from './tables.ts';

export const BUCKET = EMBEDDED_BUCKET;

Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  [ENVIRONMENT.bucket]: BUCKET,
  [ENVIRONMENT.bus]: BUS,
  POWERTOOLS_LOG_LEVEL: 'SILENT',
});

export type World = ReturnType<typeof createWorld>;

/** S3, DynamoDB and Step Functions in memory, behind the SDK's own clients; a new one replaces the one before. */
export function createWorld() {
  const tables = createTables();
  const objects = new Map<string, Uint8Array>();
  const executions = new Map<string, string>();
  /** Every write in its order: `S3 <key>`, `<table> <key>`. */
  const { puts: writes } = tables;
  const refusal: { objects?: RegExp | undefined; events?: boolean } = {};
  const rangesRead = new Set<string>();

  const dynamo = mockClient(DynamoDBDocumentClient);
  const s3 = mockClient(S3Client);
  const sfn = mockClient(SFNClient);
  const eventBridge = mockClient(EventBridgeClient);
  const published: { bus: string; source: string; type: string; detail: any }[] = [];
  dynamo.on(PutCommand).callsFake(tables.put);
  dynamo.on(GetCommand).callsFake(tables.get);
  dynamo.on(BatchGetCommand).callsFake(tables.batchGet);
  dynamo.on(BatchWriteCommand).callsFake(tables.batchWrite);
  dynamo.on(QueryCommand).callsFake(tables.query);
  dynamo.on(TransactWriteCommand).callsFake(tables.transactWrite);

  s3.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }: Item) => {
    checkBucket(Bucket);
    if (refusal.objects?.test(Key)) {
      throw Object.assign(new Error('no space is left'), { name: 'InsufficientStorage' });
    }
    objects.set(Key, typeof Body === 'string' ? Buffer.from(Body) : Uint8Array.from(Body));
    writes.push(`S3 ${Key}`);
    return {};
  });
  s3.on(GetObjectCommand).callsFake(({ Bucket, Key, Range }: Item) => {
    checkBucket(Bucket);
    const bytes = objects.get(Key);
    if (!bytes) throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} });
    if (Range) rangesRead.add(Key);
    const [first, last] = Range ? /^bytes=(\d+)-(\d+)$/.exec(Range)!.slice(1).map(Number) : [0, bytes.length - 1];
    const asked = bytes.slice(first, last + 1);
    return {
      Body: {
        transformToString: async () => Buffer.from(asked).toString('utf8'),
        transformToByteArray: async () => asked,
      },
    };
  });
  sfn.on(DescribeExecutionCommand).callsFake(({ executionArn }: Item) => {
    const status = executions.get(executionArn);
    if (!status) throw new ExecutionDoesNotExist({ message: executionArn, $metadata: {} });
    return { executionArn, status };
  });
  eventBridge.on(PutEventsCommand).callsFake(({ Entries }: Item) => {
    if (refusal.events) throw new Error('the bus is gone');
    for (const { EventBusName: bus, Source: source, DetailType: type, Detail } of Entries) {
      published.push({ bus, source, type, detail: JSON.parse(Detail) });
    }
    return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) };
  });

  return {
    tables,
    objects,
    /** Events on the bus, in order. */
    published,
    /** Status of an execution by its ARN; one that is not here does not exist. */
    executions,
    writes,
    /** Keys of objects that were read in parts. */
    rangesRead,
    /** Keys that S3 refuses to store, and whether the bus takes no events. */
    refusal,
    json: (key: string): any => JSON.parse(Buffer.from(objects.get(key)!).toString('utf8')),
    /** Everything that is stored: equal before and after a step that changes nothing. */
    snapshot: () => ({
      tables: tables.snapshot(),
      objects: Object.fromEntries([...objects].map(([key, bytes]) => [key, sha256(bytes)])),
    }),
    /** How many calls of AWS were made. */
    calls: (): number => [dynamo, s3, sfn].reduce((sum, client) => sum + client.calls().length, 0),
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function checkBucket(bucket: string): void {
  if (bucket !== BUCKET) throw new Error(`there is no bucket ${bucket}`);
}

/**
 * Calls a function as Lambda does: JSON in, JSON out. Imported here, after the environment is set up. Gives what the function
 * found; what it used, which is never the same twice, is checked to be there and left out.
 */
export async function invoke(name: FunctionName, payload: unknown): Promise<any> {
  const { handler } = await import(`../../functions/${name}/handler.ts`);
  const { usage, ...output } = JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(payload)))));
  functionUsage.parse(usage);
  return output;
}

/** The error that a call ends in. Fails when it does not. */
export async function errorOf(call: Promise<unknown>): Promise<Error & { faults?: string[] }> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: Error) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`no error, but ${JSON.stringify(outcome.value)}`);
  return outcome.error;
}
