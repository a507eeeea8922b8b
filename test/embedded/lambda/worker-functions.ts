/** Functions that the tests run in worker threads. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { FunctionContext } from '../../../embedded/lambda/types.ts';
import { transport } from './worker-prepare.ts';

const options = () => ({
  region: 'us-east-1',
  endpoint: 'http://engine.invalid',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
  requestHandler: transport(),
});

let calls = 0;

export const echo = async (event: unknown, context: FunctionContext) => {
  calls += 1;
  return {
    event,
    context,
    calls,
    remainingMs: context.getRemainingTimeInMillis(),
    variable: process.env.NOCTURNE_TEST,
  };
};

export const store = async ({ bucket, sizeBytes }: { bucket: string; sizeBytes: number }) => {
  const s3 = new S3Client({ ...options(), forcePathStyle: true });
  const body = new Uint8Array(sizeBytes).map((_, at) => at % 251);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'frame', Body: body }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'frame' }));
  const read = await Body!.transformToByteArray();
  return { kept: body.length, same: Buffer.compare(body, read) === 0 };
};

export const refused = async () =>
  new DynamoDBClient(options()).send(new DescribeTableCommand({ TableName: 'absent' }));

class SlewFailed extends Error {
  override name = 'SlewFailed';
}
export const fail = async () => {
  throw new SlewFailed('drive stalled at 12.5 deg');
};

export const spin = async ({ ms }: { ms: number }) => {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
  return 'spun';
};

/** Keeps its thread busy; gives when it began and ended, on the clock that all threads share. */
export const span = async ({ ms }: { ms: number }) => {
  const beganMs = Date.now();
  while (Date.now() < beganMs + ms);
  return [beganMs, Date.now()];
};

export const forever = async () => {
  for (;;);
};

export const leave = async ({ code }: { code: number }) => process.exit(code);

export const late = () => {
  setTimeout(() => {
    throw new RangeError('thrown outside of the handler');
  }, 1);
  return new Promise(() => {});
};

export const fill = async () => {
  const kept: object[] = [];
  for (;;) kept.push({ at: kept.length });
};

export const fillBuffers = async () => {
  const kept: Buffer[] = [];
  for (;;) kept.push(Buffer.alloc(2 ** 20, 1));
};
