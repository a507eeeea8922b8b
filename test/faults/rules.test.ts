import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultProxy, openFaultProxy } from '../../localstack/faults/proxy.ts';
import { createInjector, FAULTS, type Rule, type Seen } from '../../localstack/faults/rules.ts';

const seen: Seen = { service: 's3', operation: 'PutObject', subject: 'raw/a.fits' };
const rule = (when: Rule['when'], more: Partial<Rule> = {}): Rule => ({
  service: 's3',
  when,
  fault: FAULTS.reset,
  ...more,
});
/** Which of the first requests, from 1, have a fault. */
const struck = (rules: Rule[], requests: Seen[]): number[] => {
  const { decide } = createInjector(rules);
  return requests.flatMap((request, at) => (decide(request) ? [at + 1] : []));
};
const times = (count: number, request = seen): Seen[] => Array.from({ length: count }, () => request);

describe('rules', () => {
  it('strike the n-th, or the first n, of the requests that match', () => {
    expect(struck([rule({ nth: 3 })], times(5))).toEqual([3]);
    expect(struck([rule({ first: 2 })], times(5))).toEqual([1, 2]);
  });

  it('count only what matches service, operation and subject', () => {
    const other: Seen = { ...seen, subject: 'nights/a' };
    expect(struck([rule({ nth: 1 }, { subject: /^raw\// })], [other, seen])).toEqual([2]);
    expect(struck([rule({ nth: 1 }, { operation: 'GetObject' })], times(3))).toEqual([]);
    expect(struck([rule({ nth: 1 }, { service: 'lambda' })], times(3))).toEqual([]);
  });

  it('strike a share of many, the same ones for the same seed', () => {
    const some = struck([rule({ share: 0.3, seed: 1 })], times(1000));
    // Five standard deviations of a binomial distribution.
    expect(Math.abs(some.length - 300)).toBeLessThan(5 * Math.sqrt(1000 * 0.3 * 0.7));
    expect(struck([rule({ share: 0.3, seed: 1 })], times(1000))).toEqual(some);
    expect(struck([rule({ share: 0.3, seed: 2 })], times(1000))).not.toEqual(some);
  });
});

describe('the proxy', () => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.end(request.headers['x-amz-target'] ? '{"TableNames":[]}' : '{}'));
  });
  let proxy: FaultProxy;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy = await openFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await proxy.close();
    server.close();
  });
  const options = () => ({
    endpoint: proxy.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  const putObject = () =>
    new S3Client(options()).send(new PutObjectCommand({ Bucket: 'b', Key: 'raw/a b.fits', Body: 'x' }));

  it.each([
    ['s3SlowDown', 'SlowDown', 503],
    ['s3InternalError', 'InternalError', 500],
    ['s3AccessDenied', 'AccessDenied', 403],
  ] as const)('answers as S3 does: %s', async (fault, name, httpStatusCode) => {
    proxy.use([
      { service: 's3', operation: 'PutObject', subject: /^raw\/a b/, when: { nth: 1 }, fault: FAULTS[fault] },
    ]);
    await expect(putObject()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    await expect(putObject()).resolves.toBeDefined();
  });

  it.each([
    ['dynamodbThrottled', 'ProvisionedThroughputExceededException', 400],
    ['dynamodbInternalError', 'InternalServerError', 500],
    ['dynamodbAccessDenied', 'AccessDeniedException', 400],
  ] as const)('answers as DynamoDB does: %s', async (fault, name, httpStatusCode) => {
    proxy.use([{ service: 'dynamodb', operation: 'ListTables', when: { nth: 1 }, fault: FAULTS[fault] }]);
    const list = () => new DynamoDBClient(options()).send(new ListTablesCommand({}));
    await expect(list()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    await expect(list()).resolves.toMatchObject({ TableNames: [] });
  });

  it.each([
    ['lambdaThrottled', 'TooManyRequestsException', 429],
    ['lambdaInternalError', 'ServiceException', 500],
  ] as const)('answers as Lambda does: %s', async (fault, name, httpStatusCode) => {
    proxy.use([{ service: 'lambda', subject: /^close-night$/, when: { nth: 1 }, fault: FAULTS[fault] }]);
    const invoke = () => new LambdaClient(options()).send(new InvokeCommand({ FunctionName: 'close-night' }));
    await expect(invoke()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    await expect(invoke()).resolves.toMatchObject({ StatusCode: 200 });
  });

  it('breaks connections', async () => {
    proxy.use([rule({ nth: 1 })]);
    await expect(putObject()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('passes all else on as it came, and tells of it', async () => {
    const log = proxy.use([rule({ nth: 1 }, { operation: 'HeadObject' })]);
    requests.length = 0;
    await new S3Client(options()).send(new GetObjectCommand({ Bucket: 'b', Key: 'raw/x.fits' }));
    expect(requests).toEqual(['GET /b/raw/x.fits?x-id=GetObject']);
    expect(log).toEqual([]);
    expect(proxy.seen()).toEqual([{ service: 's3', operation: 'GetObject', subject: 'raw/x.fits' }]);
  });
});
