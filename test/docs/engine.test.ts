import { readFileSync } from 'node:fs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as events from '@aws-sdk/client-eventbridge';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as sts from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPTIMISED } from '../../embedded/stepfunctions/integrations/catalogue.ts';
import { newEngine, type TestEngine } from '../embedded/support.ts';

const text = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');

/** The lines below a heading, up to the next of any level. */
function section(heading: string): string[] {
  const [, after = ''] = text.split(`\n### ${heading}\n`);
  return after.split(/\n#+ /, 1)[0]!.split('\n');
}

/** Names in code within one column of the tables among some lines. */
function namesIn(lines: string[], column: number): string[] {
  const cells = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|')[column + 1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w:]+)`/g)].map(([, name]) => name!)).sort();
}

/** Enough for a client to send any of its requests, and for a service to know what is asked. */
const anything = {
  ...{ Bucket: 'bucket', Key: 'key', CopySource: 'bucket/key', UploadId: 'u', PartNumber: 1, Delete: { Objects: [] } },
  ...{
    FunctionName: 'f',
    Name: 'n',
    ResourceArn: 'arn:aws:x',
    Resource: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  },
  ...{
    UUID: 'u',
    LayerName: 'l',
    VersionNumber: 1,
    CodeSigningConfigArn: 'arn',
    StatementId: 's',
    Principal: 'p',
    Action: 'a',
  },
  ...{
    TagKeys: ['a'],
    Id: 'i',
    Qualifier: 'q',
    EventSourceArn: 'a',
    Arn: 'arn',
    CapacityProviderName: 'c',
    AuthType: 'NONE',
  },
  ...{ Body: 'x', ProvisionedConcurrentExecutions: 1, GroupName: 'default' },
};

const unserved = ['UnknownOperationException', 'InvalidAction', 'NotImplemented'];

type Sdk = Record<string, unknown>;
const services: [string, Sdk, string][] = [
  ['Step Functions', sfn, 'SFNClient'],
  ['S3', s3, 'S3Client'],
  ['DynamoDB', dynamodb, 'DynamoDBClient'],
  ['Lambda', lambda, 'LambdaClient'],
  ['EventBridge', events, 'EventBridgeClient'],
  ['EventBridge Scheduler', scheduler, 'SchedulerClient'],
  ['SNS', sns, 'SNSClient'],
  ['IAM', iam, 'IAMClient'],
  ['STS', sts, 'STSClient'],
];

let test: TestEngine;
beforeAll(async () => {
  test = await newEngine();
});
afterAll(() => test.discard());

/** The operations that a client knows and the engine does not refuse as unknown. */
async function servedOf(sdk: Sdk, clientName: string): Promise<string[]> {
  const Client = sdk[clientName] as new (config: object) => { send(command: unknown): Promise<unknown> };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const { requestHandler } = test.engine;
  const client = new Client({
    region: 'us-east-1',
    endpoint: 'http://localhost',
    credentials,
    requestHandler,
    maxAttempts: 1,
    forcePathStyle: true,
  });
  const commands = Object.keys(sdk).filter((name) => name.endsWith('Command') && name !== '$Command');
  const served: string[] = [];
  for (const name of commands) {
    const Command = sdk[name] as new (input: object) => unknown;
    const failure = await client.send(new Command({ ...anything })).then(
      () => undefined,
      (error) => error,
    );
    // Some operations of other endpoints cannot be asked for here at all.
    const reached = failure === undefined || failure.$metadata !== undefined;
    if (reached && !unserved.includes(failure?.name)) served.push(name.slice(0, -'Command'.length));
  }
  return served.sort();
}

describe('docs/engine.md', () => {
  it.each(services)('names the operations of %s that are served, and no others', async (heading, sdk, clientName) => {
    expect(namesIn(section(heading), 0)).toEqual(await servedOf(sdk, clientName));
  });

  it('names the integrations of tasks', () => {
    const rows = section('Step Functions').filter((line) => line.startsWith('| `'));
    const row = (start: string) => rows.filter((line) => line.startsWith(`| \`${start}`));
    expect(namesIn(row('arn:aws:states:::<service>'), 1)).toEqual(Object.keys(OPTIMISED).sort());
    const withToken = Object.keys(OPTIMISED).filter((name) => OPTIMISED[name]!.patterns.includes('waitForTaskToken'));
    expect(namesIn(row('.waitForTaskToken'), 1)).toEqual(withToken.sort());
  });
});
