import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import type { Service } from '../../embedded/http.ts';
import { createRequestHandler } from '../../embedded/request-handler.ts';
import { createRouter } from '../../embedded/router.ts';
import { failureOf } from './support.ts';

const names = ['states', 'dynamodb', 'events', 'scheduler', 'lambda', 's3', 'sts', 'iam', 'sns'];

/** A router whose services refuse everything with their own name, in every form at once. */
function router(served: readonly string[] = names) {
  const reached: string[] = [];
  const service =
    (name: string): Service =>
    async () => {
      reached.push(name);
      return { status: 200, headers: {}, body: '' };
    };
  const services = Object.fromEntries(served.map((name) => [name, service(name)]));
  const route = createRouter({ services, health: () => ({ engine: 'embedded' }) });
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
    route({ method, path, query: new URLSearchParams(), headers, body: Buffer.from(body) });
  const config = {
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: createRequestHandler(route),
    maxAttempts: 1,
  };
  return { route, ask, reached, config };
}

/** What a client of each service sends. */
const asking: [string, (config: ReturnType<typeof router>['config']) => Promise<unknown>][] = [
  ['states', (config) => new SFNClient(config).send(new ListStateMachinesCommand({}))],
  ['dynamodb', (config) => new DynamoDBClient(config).send(new ListTablesCommand({}))],
  ['events', (config) => new EventBridgeClient(config).send(new ListEventBusesCommand({}))],
  ['scheduler', (config) => new SchedulerClient(config).send(new ListSchedulesCommand({}))],
  ['lambda', (config) => new LambdaClient(config).send(new ListFunctionsCommand({}))],
  ['s3', (config) => new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}))],
  ['sts', (config) => new STSClient(config).send(new GetCallerIdentityCommand({}))],
  ['iam', (config) => new IAMClient(config).send(new ListRolesCommand({}))],
  ['sns', (config) => new SNSClient(config).send(new ListTopicsCommand({}))],
];

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const target = (name: string) => ({ 'x-amz-target': name, 'content-type': 'application/x-amz-json-1.0' });

describe('the router', () => {
  it.each(asking)('brings what a client of %s sends there', async (name, send) => {
    const { config, reached } = router();
    // An empty answer pleases not every client.
    await send(config).catch(() => {});
    expect(reached).toEqual([name]);
  });

  it.each(asking.filter(([name]) => name !== 's3'))(
    'refuses for a client of %s where that is not served',
    async (name, send) => {
      const { config, reached } = router(['s3']);
      const failure = await failureOf(send(config));
      expect(failure.name).toMatch(/^(UnknownOperationException|InvalidAction)$/);
      expect(failure.message).toMatch(/is not served by the embedded engine/);
      expect(failure.$metadata?.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect([name, reached]).toEqual([name, []]);
    },
  );

  it.each([
    ['2011-06-15', 'sts'],
    ['2010-05-08', 'iam'],
    ['2010-03-31', 'sns'],
  ])('knows a form of version %s without a signature', async (version, name) => {
    const { ask, reached } = router();
    await ask('POST', '/', form, `Action=Anything&Version=${version}`);
    expect(reached).toEqual([name]);
  });

  it('leaves what is for no other service to S3', async () => {
    const { ask, reached } = router();
    for (const path of ['/', '/bucket', '/bucket/key', '/2015-03-31', '/schedules', '/_localstack/health'])
      await ask('GET', path);
    await ask('POST', '/', form, 'a=1');
    expect(reached).toEqual(Array(7).fill('s3'));
  });

  it('names an operation that no service has, and what is served', async () => {
    const { ask, reached } = router();
    const answer = await ask('POST', '/', target('Kinesis_20131202.ListStreams'));
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([400, 'UnknownOperationException']);
    const { __type, message } = JSON.parse(String(answer.body));
    expect(__type).toBe('UnknownOperationException');
    expect(message).toContain('Kinesis_20131202.ListStreams');
    expect(message).toContain('AWSStepFunctions, DynamoDB_20120810, AWSEvents');
    for (const name of ['', '.', 'constructor.x', '__proto__.x', 'toString']) {
      expect((await ask('POST', '/', target(name))).status).toBe(400);
    }
    expect(reached).toEqual([]);
  });

  it('refuses a service that it has not, by the name that it is signed for', async () => {
    const { ask, reached } = router();
    const signed = (service: string) => ({
      authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    });
    const answer = await ask('GET', '/v1/apis', signed('appsync'));
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([404, 'UnknownOperationException']);
    expect(String(answer.body)).toContain('appsync is not served');
    const query = await ask('POST', '/', { ...signed('ec2'), ...form }, 'Action=DescribeInstances&Version=2016-11-15');
    expect(String(query.body)).toMatch(
      /<ErrorResponse>.*<Code>InvalidAction<\/Code>.*ec2 \(DescribeInstances\) is not served/s,
    );
    for (const name of ['constructor', '__proto__']) expect((await ask('GET', '/', signed(name))).status).toBe(404);
    const nothing = await ask('POST', '/', signed('states'));
    expect(JSON.parse(String(nothing.body)).message).toContain('x-amz-target is missing');
    expect(reached).toEqual([]);
  });

  // AWS answers a JSON service's request of another content type with 404 and UnknownOperationException.
  it('refuses JSON operations in another form', async () => {
    const { ask, reached } = router();
    const name = 'AWSStepFunctions.ListStateMachines';
    const wrong = [
      await ask('GET', '/', target(name)),
      await ask('POST', '/', { 'x-amz-target': name, 'content-type': 'text/plain' }),
      await ask('POST', '/', { 'x-amz-target': name, ...form }),
    ];
    for (const { status, headers } of wrong) {
      expect([status, headers['x-amzn-errortype']]).toEqual([404, 'UnknownOperationException']);
    }
    expect(reached).toEqual([]);
    for (const type of [
      'application/x-amz-json-1.0',
      'application/x-amz-json-1.1',
      'application/json; charset=utf-8',
    ]) {
      await ask('POST', '/', { 'x-amz-target': name, 'content-type': type });
    }
    expect(reached).toEqual(['states', 'states', 'states']);
  });

  it("refuses paths of Lambda's that are no functions", async () => {
    const { config, reached } = router();
    const failure = await failureOf(new LambdaClient(config).send(new ListEventSourceMappingsCommand({})));
    expect([failure.name, failure.$metadata?.httpStatusCode]).toEqual(['UnknownOperationException', 404]);
    expect(failure.message).toContain('GET /2015-03-31/event-source-mappings');
    expect(reached).toEqual([]);
  });

  it('answers for a service that throws', async () => {
    const broken: Service = async () => {
      throw new Error('broken');
    };
    const route = createRouter({ services: { s3: broken, states: broken }, health: () => ({}) });
    const request = { method: 'POST', path: '/', query: new URLSearchParams(), body: Buffer.alloc(0) };
    const written = process.stderr.write;
    process.stderr.write = () => true;
    try {
      const json = await route({ ...request, headers: target('AWSStepFunctions.A') });
      expect([json.status, JSON.parse(String(json.body))]).toEqual([
        500,
        { __type: 'InternalFailure', message: 'broken' },
      ]);
      const xml = await route({ ...request, headers: {} });
      expect([xml.status, String(xml.body)]).toEqual([500, expect.stringContaining('<Code>InternalError</Code>')]);
    } finally {
      process.stderr.write = written;
    }
  });
});

describe('the health page', () => {
  it('is there for GET and HEAD', async () => {
    const { ask } = router();
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await ask(method, '/_nocturne/health');
      expect([status, headers['content-type'], JSON.parse(String(body))]).toEqual([
        200,
        'application/json',
        { engine: 'embedded' },
      ]);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await ask(method, '/_nocturne/health');
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('is the only page', async () => {
    const { ask, reached } = router();
    for (const path of ['/_nocturne', '/_nocturne/', '/_nocturne/healthy', '/_nocturne/../health']) {
      expect((await ask('GET', path)).status).toBe(404);
    }
    expect(reached).toEqual([]);
  });
});
