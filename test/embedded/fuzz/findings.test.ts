import * as Db from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketMetadataConfigurationCommand,
  HeadObjectCommand,
  PutObjectCommand,
  RenameObjectCommand,
} from '@aws-sdk/client-s3';
import * as Sfn from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, failureOf, newEngine, type TestEngine } from '../support.ts';

/** What fuzzing has found, each kept as a test of its own. */

let test: TestEngine;
beforeAll(async () => {
  test = await newEngine({
    functions: [{ name: 'echo', handler: async (event) => event, timeoutS: 5, memoryMb: 128 }],
  });
  const { dynamodb } = clients({ requestHandler: test.engine.requestHandler });
  await dynamodb.send(
    new Db.CreateTableCommand({
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
});
afterAll(() => test.discard());

async function post(target: string, body: string): Promise<{ status: number; body: any }> {
  const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' };
  const answer = await test.engine.route({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(body),
  });
  return { status: answer.status, body: JSON.parse(answer.body.toString()) };
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const roleArn = 'arn:aws:iam::000000000000:role/role';

describe('nulls', () => {
  it.each([
    ['TransactGetItems', '{"TransactItems":[null]}'],
    ['TransactWriteItems', '{"TransactItems":[null]}'],
    ['BatchGetItem', '{"RequestItems":{"items":{"Keys":[null]}}}'],
    ['BatchWriteItem', '{"RequestItems":{"items":[null]}}'],
    ['PutItem', '{"TableName":"items","Item":{"id":{"S":"a"},"list":{"L":[null]}}}'],
    ['GetItem', '{"TableName":"items","Key":{"id":null}}'],
    [
      'CreateTable',
      '{"TableName":"other","AttributeDefinitions":[null],"KeySchema":[],"BillingMode":"PAY_PER_REQUEST"}',
    ],
  ])('within %s are refused by DynamoDB: %s', async (operation, body) => {
    const answer = await post(`DynamoDB_20120810.${operation}`, body);
    expect([answer.status, answer.body.__type]).toEqual([400, expect.stringMatching(/#ValidationException$/)]);
  });

  it('are absent members for EventBridge', async () => {
    const { body } = await post(
      'AWSEvents.PutEvents',
      '{"Entries":[{"Source":"a","DetailType":"b","Detail":null,"Time":null}]}',
    );
    expect(body).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InvalidArgument' }] });
  });
});

describe('JSON nested without end', () => {
  it.each([1_001, 100_000])('is refused everywhere: %d levels', async (levels) => {
    const deep = nested(levels);
    const machine = {
      name: 'deep',
      roleArn,
      definition: `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":${deep},"End":true}}}`,
    };
    expect((await post('AWSStepFunctions.CreateStateMachine', JSON.stringify(machine))).body.__type).toBe(
      'InvalidDefinition',
    );
    const entry = { Source: 'a', DetailType: 'b', Detail: `{"a":${deep}}` };
    const told = await post('AWSEvents.PutEvents', JSON.stringify({ Entries: [entry] }));
    expect(told.body.Entries).toMatchObject([{ ErrorCode: 'MalformedDetail' }]);
    const item = `{"TableName":"items","Item":{"id":{"S":"a"},"a":${'{"L":['.repeat(levels)}${']}'.repeat(levels)}}}`;
    expect((await post('DynamoDB_20120810.PutItem', item)).body.__type).toMatch(/#SerializationException$/);
    const invoked = await test.engine.route({
      method: 'POST',
      path: '/2015-03-31/functions/echo/invocations',
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from(deep),
    });
    expect([invoked.status, invoked.headers['x-amzn-errortype']]).toEqual([400, 'InvalidRequestContentException']);
    const { sfn } = clients({ requestHandler: test.engine.requestHandler });
    const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
    const { stateMachineArn } = await sfn.send(
      new Sfn.CreateStateMachineCommand({ name: 'same', roleArn, definition }),
    );
    const refused = await failureOf(sfn.send(new Sfn.StartExecutionCommand({ stateMachineArn, input: deep })));
    expect(refused.name).toBe('InvalidExecutionInput');
  });
});

describe('what takes for ever', () => {
  it.each(['FilterExpression', 'KeyConditionExpression'])('is no %s', async (name) => {
    const expression = `${'a = b AND ('.repeat(100)}a = b${')'.repeat(100)}`;
    const operation = name === 'FilterExpression' ? 'Scan' : 'Query';
    const { body } = await post(
      `DynamoDB_20120810.${operation}`,
      JSON.stringify({ TableName: 'items', [name]: expression }),
    );
    expect(body.message).toContain(`Invalid ${name}`);
  });

  it('is no expression that is longer than DynamoDB takes', async () => {
    const { body } = await post(
      'DynamoDB_20120810.Scan',
      JSON.stringify({ TableName: 'items', FilterExpression: 'a'.repeat(4_097) }),
    );
    expect(body.message).toBe(
      'Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4097',
    );
  });

  it.each([
    [
      'StringMatches',
      {
        Type: 'Choice',
        Choices: [{ Variable: '$.text', StringMatches: `${'*a'.repeat(12)}*c`, Next: 'B' }],
        Default: 'B',
      },
      'SUCCEEDED',
    ],
    ['a filter', { Type: 'Pass', InputPath: '$..[?(@.text =~ /(a+)+$/)]', Next: 'B' }, 'FAILED'],
  ])('is no %s', async (name, state, status) => {
    const { sfn } = clients({ requestHandler: test.engine.requestHandler });
    const definition = JSON.stringify({ StartAt: 'A', States: { A: state, B: { Type: 'Succeed' } } });
    const machine = await sfn.send(
      new Sfn.CreateStateMachineCommand({ name: name.replace(' ', '-'), roleArn, definition }),
    );
    const input = JSON.stringify({ text: `${'a'.repeat(60)}b`, inner: { text: `${'a'.repeat(60)}b` } });
    const { executionArn } = await sfn.send(
      new Sfn.StartExecutionCommand({ ...machine, stateMachineArn: machine.stateMachineArn, input }),
    );
    for (;;) {
      const execution = await sfn.send(new Sfn.DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') {
        expect(execution.status).toBe(status);
        return;
      }
      await new Promise(setImmediate);
    }
  });
});

describe('a sub-resource that is not known', () => {
  // Taken for the plain operation, these would overwrite an object and remove a bucket.
  it('is refused by S3', async () => {
    const { s3 } = clients({ requestHandler: test.engine.requestHandler });
    const Bucket = 'sub-resources';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'abc' }));
    const rename = new RenameObjectCommand({ Bucket, Key: 'a', RenameSource: `${Bucket}/b` });
    expect((await failureOf(s3.send(rename))).name).toBe('NotImplemented');
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ContentLength).toBe(3);
    const remove = new DeleteBucketMetadataConfigurationCommand({ Bucket });
    expect((await failureOf(s3.send(remove))).name).toBe('NotImplemented');
  });
});
