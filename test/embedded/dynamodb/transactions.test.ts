import { rm } from 'node:fs/promises';
import * as Db from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoDb } from '../../../embedded/dynamodb/service.ts';
import { createRequestHandler } from '../../../embedded/request-handler.ts';
import { manualClock } from '../stepfunctions/helpers.ts';
import { clients, failureOf, newDirectory } from '../support.ts';

// Expected answers: the API reference ("TransactWriteItems", "TransactGetItems"), the Developer Guide ("DynamoDB transactions:
// how it works") and recordings of AWS (localstack/localstack, tests/aws/services/dynamodb/test_dynamodb.snapshot.json).

const TableName = 'Nights';
const MINUTE_MS = 60_000;

const clock = manualClock();
let directory: string;
let close: () => Promise<void>;
let dynamodb: Db.DynamoDBClient;

beforeAll(async () => {
  directory = await newDirectory();
  const opened = await openDynamoDb({ directory, clock, region: 'us-east-1', accountId: '000000000000' });
  close = opened.close;
  ({ dynamodb } = clients({ requestHandler: createRequestHandler(opened.service) }));
  await dynamodb.send(
    new Db.CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['id', 'site'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'bySite',
          KeySchema: [{ AttributeName: 'site', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
});
afterAll(async () => {
  await close();
  await rm(directory, { recursive: true, force: true });
});

type Write = Db.TransactWriteItem;
const key = (id: string) => ({ id: { S: id } });
const put = (id: string, more: Record<string, Db.AttributeValue> = {}): Write => ({
  Put: { TableName, Item: { ...key(id), ...more } },
});
const transact = (TransactItems: Write[], more: Partial<Db.TransactWriteItemsCommandInput> = {}) =>
  dynamodb.send(new Db.TransactWriteItemsCommand({ TransactItems, ...more }));
const getAll = (ids: string[], more: Partial<Db.TransactGetItemsCommandInput> = {}) =>
  dynamodb.send(
    new Db.TransactGetItemsCommand({ TransactItems: ids.map((id) => ({ Get: { TableName, Key: key(id) } })), ...more }),
  );
const itemOf = async (id: string) => (await getAll([id])).Responses![0]!.Item;
const cancelled = async (items: Write[]) => (await failureOf(transact(items))) as Db.TransactionCanceledException;
const without = { ConditionExpression: 'attribute_not_exists(id)' };

describe('TransactWriteItems', () => {
  it('does all four actions', async () => {
    await transact([put('old')]);
    const answer = await transact([
      { ConditionCheck: { TableName, Key: key('absent'), ...without } },
      put('new', { site: { S: 'teide' } }),
      {
        Update: {
          TableName,
          Key: key('updated'),
          UpdateExpression: 'SET attr1 = :v1',
          ExpressionAttributeValues: { ':v1': { S: 'value1' } },
        },
      },
      { Delete: { TableName, Key: key('old') } },
    ]);
    expect({ ...answer, $metadata: undefined }).toEqual({});
    const { Responses } = await getAll(['absent', 'new', 'updated', 'old']);
    expect(Responses).toEqual([
      {},
      { Item: { ...key('new'), site: { S: 'teide' } } },
      { Item: { ...key('updated'), attr1: { S: 'value1' } } },
      {},
    ]);
    const bySite = new Db.QueryCommand({
      TableName,
      IndexName: 'bySite',
      KeyConditionExpression: 'site = :s',
      ExpressionAttributeValues: { ':s': { S: 'teide' } },
    });
    expect((await dynamodb.send(bySite)).Count).toBe(1);
  });

  it('does nothing when one condition fails, and gives a reason for each action', async () => {
    await transact([put('Fred', { price: { N: '650' } })]);
    const failure = await cancelled([
      { ConditionCheck: { TableName, Key: key('Fred'), ...without } },
      { Delete: { TableName, Key: key('Bert') } },
    ]);
    expect(failure).toBeInstanceOf(Db.TransactionCanceledException);
    expect(failure.$metadata.httpStatusCode).toBe(400);
    expect(failure.message).toBe(
      'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]',
    );
    expect(failure.CancellationReasons).toEqual([
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      { Code: 'None' },
    ]);
    const second = await cancelled([
      put('Ann'),
      {
        Put: {
          TableName,
          Item: key('Fred'),
          ...without,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ]);
    expect(second.CancellationReasons?.[1]).toEqual({
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      Item: { ...key('Fred'), price: { N: '650' } },
    });
    expect(await itemOf('Ann')).toBeUndefined();
  });

  it.each([
    [
      'Missing the key id in the item',
      { Put: { TableName, Item: { other: { S: 'x' } } } },
      'One or more parameter values were invalid: Missing the key id in the item',
    ],
    [
      'a key of another schema',
      { Delete: { TableName, Key: { other: { S: 'x' } } } },
      'The provided key element does not match the schema',
    ],
    [
      'an operand of a wrong type',
      {
        Update: {
          TableName,
          Key: key('operand'),
          UpdateExpression: 'SET n = absent + :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
      'The provided expression refers to an attribute that does not exist in the item',
    ],
  ] satisfies [string, Write, string][])(
    'is cancelled with a ValidationError for %s',
    async (_what, write, Message) => {
      const failure = await cancelled([put('beside'), write]);
      expect(failure.name).toBe('TransactionCanceledException');
      expect(failure.CancellationReasons).toEqual([{ Code: 'None' }, { Code: 'ValidationError', Message }]);
      expect(await itemOf('beside')).toBeUndefined();
    },
  );

  it.each([
    [
      'no action',
      [],
      "Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      '101 actions',
      Array.from({ length: 101 }, (_, i) => put(`many ${i}`)),
      'Member must have length less than or equal to 100',
    ],
    [
      'one item twice',
      [put('twice'), { Delete: { TableName, Key: key('twice') } }],
      'Transaction request cannot include multiple operations on one item',
    ],
    ['an empty action', [{}], 'TransactItems can only contain one of Check, Put, Update or Delete'],
    [
      'two actions in one',
      [{ ...put('a'), Delete: { TableName, Key: key('b') } }],
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    [
      'a check without condition',
      [{ ConditionCheck: { TableName, Key: key('a'), ConditionExpression: undefined } }],
      "Value null at 'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null",
    ],
    [
      'a wrong expression',
      [{ ConditionCheck: { TableName, Key: key('a'), ConditionExpression: 'nonsense(' } }],
      'Invalid ConditionExpression: Syntax error',
    ],
    [
      'more than 4 MB',
      Array.from({ length: 11 }, (_, i) => put(`large ${i}`, { text: { S: 'x'.repeat(390_000) } })),
      'The aggregate size of the items in the transaction cannot exceed 4 MB',
    ],
  ] as [string, Write[], string][])('refuses %s', async (_what, items, message) => {
    const failure = await failureOf(transact(items));
    expect(failure.name).toBe('ValidationException');
    expect(failure.message).toContain(message);
    expect(await itemOf('large 0')).toBeUndefined();
  });

  it('says that a table is not there', async () => {
    const failure = await failureOf(transact([put('a'), { Put: { TableName: 'Absent', Item: {} } }]));
    expect([failure.name, failure.message]).toEqual(['ResourceNotFoundException', 'Requested resource not found']);
  });

  it('takes the ARN of a table', async () => {
    const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/Nights';
    await transact([{ Put: { TableName: arn, Item: key('by arn') } }]);
    const { Responses } = await dynamodb.send(
      new Db.TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: arn, Key: key('by arn') } }] }),
    );
    expect(Responses).toEqual([{ Item: key('by arn') }]);
  });

  it('survives many writers at once: one wins', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        transact([{ Put: { TableName, Item: { ...key('lock'), n: { N: `${n}` } }, ...without } }, put(`writer ${n}`)]),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { Responses } = await getAll(Array.from({ length: 30 }, (_, n) => `writer ${n}`));
    expect(Responses!.filter(({ Item }) => Item !== undefined)).toHaveLength(1);
  });
});

describe('ClientRequestToken', () => {
  const count: Write = {
    Update: {
      TableName,
      Key: key('counter'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  };
  const counted = async () => (await itemOf('counter'))?.n?.N;

  it('does a request once, refuses it for another, and is forgotten after ten minutes', async () => {
    await transact([count], { ClientRequestToken: 'first' });
    await transact([count], { ClientRequestToken: 'first' });
    expect(await counted()).toBe('1');
    const failure = await failureOf(transact([put('other')], { ClientRequestToken: 'first' }));
    expect(failure).toBeInstanceOf(Db.IdempotentParameterMismatchException);
    await transact([count], { ClientRequestToken: 'second' });
    expect(await counted()).toBe('2');
    await clock.advance(10 * MINUTE_MS);
    await transact([count], { ClientRequestToken: 'first' });
    expect(await counted()).toBe('3');
  });

  it('takes an item whose attributes come in another order as the same', async () => {
    const Item = (entries: [string, Db.AttributeValue][]) =>
      Object.fromEntries(entries) as Record<string, Db.AttributeValue>;
    const entries: [string, Db.AttributeValue][] = [
      ['id', { S: 'id1' }],
      ['name', { S: 'name1' }],
    ];
    const send = (order: [string, Db.AttributeValue][]) =>
      transact([{ Put: { TableName, Item: Item(order) } }], { ClientRequestToken: 'dedupe_token' });
    await send(entries);
    expect((await send(entries.toReversed())).$metadata.httpStatusCode).toBe(200);
  });

  it('is not used up by a transaction that was cancelled', async () => {
    const once = { Put: { TableName, Item: key('once'), ConditionExpression: 'attribute_exists(id)' } };
    await failureOf(transact([once], { ClientRequestToken: 'again' }));
    await transact([put('once')]);
    expect((await transact([once], { ClientRequestToken: 'again' })).$metadata.httpStatusCode).toBe(200);
  });
});

describe('TransactGetItems', () => {
  it('projects, and refuses as the API reference says', async () => {
    await transact([put('projected', { a: { S: '1' }, b: { S: '2' } })]);
    const Get = {
      TableName,
      Key: key('projected'),
      ProjectionExpression: '#a',
      ExpressionAttributeNames: { '#a': 'a' },
    };
    const { Responses } = await dynamodb.send(new Db.TransactGetItemsCommand({ TransactItems: [{ Get }] }));
    expect(Responses).toEqual([{ Item: { a: { S: '1' } } }]);
    expect((await failureOf(getAll(['a', 'a']))).message).toBe(
      'Transaction request cannot include multiple operations on one item',
    );
    const wrongKey = new Db.TransactGetItemsCommand({
      TransactItems: [{ Get: { TableName, Key: { x: { S: '1' } } } }],
    });
    const failure = (await failureOf(dynamodb.send(wrongKey))) as Db.TransactionCanceledException;
    expect(failure.CancellationReasons).toEqual([
      { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
    ]);
    for (let i = 0; i < 11; i++) {
      await dynamodb.send(
        new Db.PutItemCommand({ TableName, Item: { ...key(`big ${i}`), text: { S: 'x'.repeat(390_000) } } }),
      );
    }
    const large = await failureOf(getAll(Array.from({ length: 11 }, (_, i) => `big ${i}`)));
    expect([large.name, large.message]).toEqual(['ValidationException', expect.stringContaining('4 MB')]);
  });
});

describe('consumed capacity', () => {
  it('is twice that of a single write or read, and that of reads for a token that comes again', async () => {
    const more = { ReturnConsumedCapacity: 'TOTAL', ClientRequestToken: 'capacity' } as const;
    const items = [put('c1', { text: { S: 'x'.repeat(1500) } }), put('c2')];
    const { ConsumedCapacity } = await transact(items, more);
    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 6, WriteCapacityUnits: 6 }]);
    expect((await transact(items, more)).ConsumedCapacity).toEqual([
      { TableName, CapacityUnits: 4, ReadCapacityUnits: 4 },
    ]);
    const read = await getAll(['c1', 'c2', 'nothing'], { ReturnConsumedCapacity: 'INDEXES' });
    expect(read.ConsumedCapacity).toEqual([
      { TableName, CapacityUnits: 6, ReadCapacityUnits: 6, Table: { CapacityUnits: 6, ReadCapacityUnits: 6 } },
    ]);
  });
});
