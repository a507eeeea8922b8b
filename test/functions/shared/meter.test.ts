import {
  CreateTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documents, events, s3, stepFunctions, useTransport } from '../../../functions/shared/clients.ts';
import { metered } from '../../../functions/shared/meter.ts';
import { clients, newEngine, type TestEngine } from '../../embedded/support.ts';

Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: 'http://embedded.localhost',
});

let engine: TestEngine;
const TableName = 'Metered';

beforeAll(async () => {
  engine = await newEngine();
  useTransport(engine.engine.requestHandler);
  const { dynamodb, s3: storage } = clients({ requestHandler: engine.engine.requestHandler });
  await createTable(dynamodb);
  await storage.send(new CreateBucketCommand({ Bucket: 'metered' }));
});
afterAll(async () => {
  useTransport(undefined);
  await engine.discard();
});

/** A table with two indexes, of which the second one holds only items that have its keys. */
async function createTable(dynamodb: DynamoDBClient): Promise<void> {
  const keys = (partition: string): KeySchemaElement[] => [{ AttributeName: partition, KeyType: 'HASH' }];
  const index = (partition: string): GlobalSecondaryIndex => ({
    IndexName: `by-${partition}`,
    KeySchema: keys(partition),
    Projection: { ProjectionType: 'ALL' },
  });
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['id', 'night', 'target'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys('id'),
      GlobalSecondaryIndexes: [index('night'), index('target')],
    }),
  );
}

/** An item of about so many bytes: names and values count (Developer Guide, "DynamoDB item sizes and formats"). */
const item = (id: string, bytes: number, more: Record<string, string> = {}) => ({
  id,
  ...more,
  filler: 'x'.repeat(bytes - 20),
});
const put = (Item: Record<string, unknown>, more = {}) =>
  documents().send(new PutCommand({ TableName, Item, ...more }));
const usageOf = async (work: () => Promise<unknown>) => (await metered(work)).usage;

describe('units of DynamoDB', () => {
  it('a strongly consistent read takes one for each 4 KB begun, any other half of that', async () => {
    await put(item('read', 5000));
    const get = (ConsistentRead: boolean) =>
      usageOf(() => documents().send(new GetCommand({ TableName, Key: { id: 'read' }, ConsistentRead })));
    expect((await get(true)).dynamodbReadUnits).toBe(2);
    expect((await get(false)).dynamodbReadUnits).toBe(1);
  });

  it('a write takes one for each KB begun, and as much again for each index that holds the item', async () => {
    expect((await usageOf(() => put(item('none', 2500)))).dynamodbWriteUnits).toBe(3);
    expect((await usageOf(() => put(item('one', 2500, { night: 'n' })))).dynamodbWriteUnits).toBe(6);
    expect((await usageOf(() => put(item('two', 2500, { night: 'n', target: 't' })))).dynamodbWriteUnits).toBe(9);
  });

  it('an index takes two writes when the item moves to another key, one when it leaves, none when nothing changed', async () => {
    await put(item('moving', 500, { night: 'a' }));
    expect((await usageOf(() => put(item('moving', 500, { night: 'b' })))).dynamodbWriteUnits).toBe(1 + 2);
    expect((await usageOf(() => put(item('moving', 500, { night: 'b' })))).dynamodbWriteUnits).toBe(1);
    expect((await usageOf(() => put(item('moving', 500)))).dynamodbWriteUnits).toBe(1 + 1);
    const remove = () => documents().send(new DeleteCommand({ TableName, Key: { id: 'moving' } }));
    expect((await usageOf(remove)).dynamodbWriteUnits).toBe(1);
  });

  it('of a batch and of a query are added up', async () => {
    const write = () =>
      documents().send(
        new BatchWriteCommand({
          RequestItems: { [TableName]: ['b1', 'b2', 'b3'].map((id) => ({ PutRequest: { Item: item(id, 1500) } })) },
        }),
      );
    expect((await usageOf(write)).dynamodbWriteUnits).toBe(3 * 2);
    const read = () =>
      documents().send(
        new BatchGetCommand({
          RequestItems: { [TableName]: { Keys: ['b1', 'b2', 'b3'].map((id) => ({ id })), ConsistentRead: true } },
        }),
      );
    expect((await usageOf(read)).dynamodbReadUnits).toBe(3);
    // A query is billed by the sum of what it reads.
    await put(item('q', 9000));
    const query = () =>
      documents().send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': 'q' },
          ConsistentRead: true,
        }),
      );
    expect((await usageOf(query)).dynamodbReadUnits).toBe(3);
  });

  it('a write whose condition does not hold is billed as well', async () => {
    await put(item('taken', 100));
    const again = () => put(item('taken', 100), { ConditionExpression: 'attribute_not_exists(id)' }).catch(() => {});
    expect((await usageOf(again)).dynamodbWriteUnits).toBe(1);
  });

  it('answers are as they were without a meter', async () => {
    const Item = item('same', 100);
    const measured = await metered(async () => {
      await put(Item);
      return documents().send(new GetCommand({ TableName, Key: { id: 'same' }, ConsistentRead: true }));
    });
    expect(measured.output.Item).toEqual(Item);
  });
});

describe('requests', () => {
  it('of S3 are counted by their class, those that fail too', async () => {
    const usage = await usageOf(async () => {
      await s3().send(new PutObjectCommand({ Bucket: 'metered', Key: 'a', Body: 'text' }));
      await s3().send(new ListObjectsV2Command({ Bucket: 'metered' }));
      await s3().send(new GetObjectCommand({ Bucket: 'metered', Key: 'a' }));
      await s3()
        .send(new GetObjectCommand({ Bucket: 'metered', Key: 'missing' }))
        .catch(() => {});
    });
    expect(usage).toMatchObject({ s3Puts: 2, s3Gets: 2, dynamodbReadUnits: 0, dynamodbWriteUnits: 0 });
  });

  it('of Step Functions are counted, and events one by one', async () => {
    const usage = await usageOf(async () => {
      await stepFunctions().send(new ListStateMachinesCommand({}));
      const entry = { EventBusName: 'default', Source: 'test', DetailType: 'x', Detail: '{}' };
      await events().send(new PutEventsCommand({ Entries: [entry, entry] }));
    });
    expect(usage).toMatchObject({ stepFunctionsRequests: 1, eventsPuts: 2 });
  });
});

describe('an invocation', () => {
  it('has its own account, however many are under way', async () => {
    const store = (times: number) =>
      usageOf(async () => {
        for (let n = 0; n < times; n++) {
          await s3().send(new PutObjectCommand({ Bucket: 'metered', Key: `own-${times}`, Body: 'x' }));
        }
      });
    const usages = await Promise.all([3, 1, 2].map(store));
    expect(usages.map(({ s3Puts }) => s3Puts)).toEqual([3, 1, 2]);
  });

  it('that fails fails as it did', async () => {
    await expect(metered(() => Promise.reject(new TypeError('broken')))).rejects.toThrow(TypeError);
  });

  it('knows that it took time', async () => {
    expect((await usageOf(async () => {})).durationMs).toBeGreaterThan(0);
  });
});
