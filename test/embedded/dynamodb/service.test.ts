import * as Db from '@aws-sdk/client-dynamodb';
import * as Doc from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, failureOf, newEngine, type TestEngine } from '../support.ts';

const TableName = 'Nights';

let test: TestEngine;
let dynamodb: Db.DynamoDBClient;
let documents: Doc.DynamoDBDocumentClient;

beforeAll(async () => {
  test = await newEngine();
  ({ dynamodb } = clients({ requestHandler: test.engine.requestHandler }));
  documents = Doc.DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } });
  await createTable(TableName);
});
afterAll(() => test.discard());

function createTable(name: string) {
  return dynamodb.send(
    new Db.CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['nightId', 'item', 'site'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'nightId', KeyType: 'HASH' },
        { AttributeName: 'item', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'bySite',
          KeySchema: [
            { AttributeName: 'site', KeyType: 'HASH' },
            { AttributeName: 'item', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
}

const put = (Item: Record<string, unknown>, more: Partial<Doc.PutCommandInput> = {}) =>
  documents.send(new Doc.PutCommand({ TableName, Item, ...more }));
const get = async (nightId: string, item: string) =>
  (await documents.send(new Doc.GetCommand({ TableName, Key: { nightId, item } }))).Item;
const query = async (nightId: string, more: Partial<Doc.QueryCommandInput> = {}) =>
  documents.send(
    new Doc.QueryCommand({
      TableName,
      KeyConditionExpression: 'nightId = :n',
      ExpressionAttributeValues: { ':n': nightId },
      ...more,
    }),
  );
const bySite = async (site: string) =>
  (
    await query('', {
      IndexName: 'bySite',
      KeyConditionExpression: 'site = :s',
      ExpressionAttributeValues: { ':s': site },
    })
  ).Items;

/** Sends a body that no SDK would make. */
async function raw(operation: string, body: string) {
  const response = await test.engine.route({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(body),
  });
  const { __type, message } = JSON.parse(String(response.body));
  return { status: response.status, type: __type, message };
}

describe('tables', () => {
  it('are there as soon as they are made, and gone as soon as they are deleted', async () => {
    const made = await createTable('Short');
    expect(made.TableDescription).toMatchObject({
      TableStatus: 'CREATING',
      TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Short',
    });
    const described = await dynamodb.send(new Db.DescribeTableCommand({ TableName: 'Short' }));
    expect(described.Table).toMatchObject({
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: [{ IndexName: 'bySite', IndexStatus: 'ACTIVE' }],
    });
    expect(await failureOf(createTable('Short'))).toBeInstanceOf(Db.ResourceInUseException);
    await documents.send(new Doc.PutCommand({ TableName: 'Short', Item: { nightId: 'n', item: 'i', site: 's' } }));
    await dynamodb.send(new Db.DeleteTableCommand({ TableName: 'Short' }));
    const gone = dynamodb.send(new Db.DescribeTableCommand({ TableName: 'Short' }));
    expect(await failureOf(gone)).toBeInstanceOf(Db.ResourceNotFoundException);
    await createTable('Short');
    expect((await documents.send(new Doc.ScanCommand({ TableName: 'Short' }))).Count).toBe(0);
  });
});

describe('tables with more', () => {
  const minimal = {
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  };

  it('have the tags that they are made with', async () => {
    const Tags = [{ Key: 'site', Value: 'la-palma' }];
    const made = await dynamodb.send(new Db.CreateTableCommand({ TableName: 'Tagged', ...minimal, Tags }));
    const ResourceArn = made.TableDescription!.TableArn!;
    expect((await dynamodb.send(new Db.ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual(Tags);
  });

  it('are refused for what they would not have, by name', async () => {
    const create = (more: Partial<Db.CreateTableCommandInput>) =>
      dynamodb.send(new Db.CreateTableCommand({ TableName: 'Streamed', ...minimal, ...more }));
    const failure = await failureOf(
      create({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } }),
    );
    expect([failure.name, failure.message]).toEqual([
      'ValidationException',
      expect.stringContaining('StreamSpecification of CreateTable is not served'),
    ]);
    const nothing = { StreamSpecification: { StreamEnabled: false }, DeletionProtectionEnabled: false };
    expect((await create(nothing)).TableDescription?.TableName).toBe('Streamed');
  });

  it('go by their ARNs too', async () => {
    const TableName = 'arn:aws:dynamodb:us-east-1:000000000000:table/Nights';
    await put({ nightId: 'arn', item: 'a' }, { TableName });
    expect(await get('arn', 'a')).toEqual({ nightId: 'arn', item: 'a' });
  });
});

describe('items', () => {
  it('come back as they were put', async () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc
          .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
          .map((x) => (Math.abs(x) < 1e-100 ? 0 : x)),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), value, async (item, content) => {
        await put({ nightId: 'round trip', item, content });
        expect(await get('round trip', item)).toEqual({ nightId: 'round trip', item, content });
      }),
      { numRuns: 60 },
    );
  });

  it('are written on conditions', async () => {
    const once = { ConditionExpression: 'attribute_not_exists(nightId)' };
    await put({ nightId: 'cond', item: 'a', n: 1 }, once);
    const failure = await failureOf(
      put({ nightId: 'cond', item: 'a', n: 2 }, { ...once, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    );
    expect(failure).toBeInstanceOf(Db.ConditionalCheckFailedException);
    expect(failure.$metadata?.httpStatusCode).toBe(400);
    expect((failure as Db.ConditionalCheckFailedException).Item).toMatchObject({ n: { N: '1' } });
    expect((await get('cond', 'a'))?.n).toBe(1);
    const silent = await failureOf(put({ nightId: 'cond', item: 'a', n: 2 }, once));
    expect((silent as Db.ConditionalCheckFailedException).Item).toBeUndefined();
    const wrong = await failureOf(
      put({ nightId: 'cond', item: 'a' }, { ReturnValuesOnConditionCheckFailure: 'ALL_NEW' as 'ALL_OLD' }),
    );
    expect(wrong.message).toBe(
      "1 validation error detected: Value 'ALL_NEW' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]",
    );
    const remove = new Doc.DeleteCommand({
      TableName,
      Key: { nightId: 'cond', item: 'a' },
      ConditionExpression: 'n > :n',
      ExpressionAttributeValues: { ':n': 1 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const kept = await failureOf(documents.send(remove));
    expect((kept as Db.ConditionalCheckFailedException).Item).toMatchObject({ n: { N: '1' } });
    const update = new Doc.UpdateCommand({
      TableName,
      Key: { nightId: 'cond', item: 'a' },
      UpdateExpression: 'SET n = n + :one, #s = :s REMOVE absent',
      ConditionExpression: 'n = :one',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':one': 1, ':s': 'QUEUED' },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect((await documents.send(update)).Attributes).toEqual({ nightId: 'cond', item: 'a', n: 2, status: 'QUEUED' });
    const second = await failureOf(documents.send(update));
    expect((second as Db.ConditionalCheckFailedException).Item).toMatchObject({ n: { N: '2' } });
  });

  it('survive many writers at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, writer) =>
        put({ nightId: 'race', item: 'lock', writer }, { ConditionExpression: 'attribute_not_exists(nightId)' }),
      ),
    );
    const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(winners).toHaveLength(1);
    expect((await get('race', 'lock'))?.writer).toBe(winners[0]);
    await Promise.all(
      Array.from({ length: 100 }, () =>
        documents.send(
          new Doc.UpdateCommand({
            TableName,
            Key: { nightId: 'race', item: 'counter' },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': 1 },
          }),
        ),
      ),
    );
    expect((await get('race', 'counter'))?.n).toBe(100);
  });
});

describe('queries', () => {
  it('give 600 items in order, forwards, backwards, in ranges and in pages', async () => {
    const items = Array.from({ length: 600 }, (_, i) => ({
      nightId: 'many',
      item: `e#${String(i).padStart(4, '0')}`,
      i,
    }));
    for (let at = 0; at < items.length; at += 25) {
      const writes = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
      await documents.send(new Doc.BatchWriteCommand({ RequestItems: { [TableName]: writes } }));
    }
    expect((await query('many')).Items).toEqual(items);
    expect((await query('many', { ScanIndexForward: false, Limit: 2 })).Items).toEqual([items[599], items[598]]);
    const between = await query('many', {
      KeyConditionExpression: 'nightId = :n AND #i BETWEEN :a AND :b',
      ExpressionAttributeNames: { '#i': 'item' },
      ExpressionAttributeValues: { ':n': 'many', ':a': 'e#0100', ':b': 'e#0249' },
    });
    expect(between.Items).toEqual(items.slice(100, 250));
    const begins = await query('many', {
      KeyConditionExpression: 'nightId = :n AND begins_with(#i, :p)',
      ExpressionAttributeNames: { '#i': 'item' },
      ExpressionAttributeValues: { ':n': 'many', ':p': 'e#05' },
    });
    expect(begins.Items).toEqual(items.slice(500));
    const paged: unknown[] = [];
    for await (const page of Doc.paginateQuery(
      { client: documents, pageSize: 70 },
      { TableName, KeyConditionExpression: 'nightId = :n', ExpressionAttributeValues: { ':n': 'many' } },
    )) {
      paged.push(...(page.Items ?? []));
    }
    expect(paged).toEqual(items);
  });

  it('see an index that follows the items', async () => {
    await put({ nightId: 'index', item: 'a', site: 'tenerife' });
    await put({ nightId: 'index', item: 'b', site: 'tenerife' });
    await put({ nightId: 'index', item: 'c' });
    expect((await bySite('tenerife'))?.map(({ item }) => item)).toEqual(['a', 'b']);
    await put({ nightId: 'index', item: 'a', site: 'la-palma' });
    await documents.send(new Doc.DeleteCommand({ TableName, Key: { nightId: 'index', item: 'b' } }));
    expect(await bySite('tenerife')).toEqual([]);
    expect(await bySite('la-palma')).toEqual([{ nightId: 'index', item: 'a', site: 'la-palma' }]);
  });
});

describe('refusals', () => {
  it('come as DynamoDB words them', async () => {
    const missing = await failureOf(put({ nightId: 'no item' }));
    expect([missing.name, missing.message]).toEqual([
      'ValidationException',
      'One or more parameter values were invalid: Missing the key item in the item',
    ]);
    const other = await failureOf(put({ nightId: 'a', item: 'b' }, { TableName: 'Absent' }));
    expect([other.name, other.message]).toEqual(['ResourceNotFoundException', 'Requested resource not found']);
    const large = await failureOf(put({ nightId: 'a', item: 'b', text: 'x'.repeat(400 * 1024) }));
    expect([large.name, large.message]).toEqual([
      'ValidationException',
      'Item size has exceeded the maximum allowed size',
    ]);
    const reserved = await failureOf(
      documents.send(
        new Doc.UpdateCommand({
          TableName,
          Key: { nightId: 'a', item: 'b' },
          UpdateExpression: 'SET status = :s',
          ExpressionAttributeValues: { ':s': 1 },
        }),
      ),
    );
    expect(reserved.message).toBe(
      'Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status',
    );
  });

  it.each([
    ['PutItem', '{', 400, 'com.amazon.coral.service#SerializationException'],
    ['PutItem', '', 400, 'com.amazon.coral.service#SerializationException'],
    ['PutItem', '[]', 400, 'com.amazon.coral.service#SerializationException'],
    ['PutItem', 'null', 400, 'com.amazon.coral.service#SerializationException'],
    ['PutItem', '{"TableName":5}', 400, 'com.amazon.coral.service#SerializationException'],
    ['PutItem', '{"TableName":"Nights","Item":{"a":{"N":"x"}}}', 400, 'com.amazon.coral.validate#ValidationException'],
    ['ExecuteTransaction', '{}', 400, 'com.amazon.coral.service#UnknownOperationException'],
    ['toString', '{}', 400, 'com.amazon.coral.service#UnknownOperationException'],
  ])('%s %s: %i %s', async (operation, body, status, type) => {
    expect(await raw(operation, body)).toMatchObject({ status, type });
  });

  it('names an operation that is not served', async () => {
    expect((await raw('ExecuteTransaction', '{}')).message).toContain('ExecuteTransaction');
  });

  it('leave the tables in order: odd requests neither hang nor stop the engine', async () => {
    const json = fc.json({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('PutItem', 'UpdateItem', 'Query', 'BatchWriteItem'),
        json,
        json,
        async (op, item, key) => {
          const body = `{"TableName":"Nights","Item":${item},"Key":${key},"RequestItems":{"Nights":[{"PutRequest":${item}}]},"KeyConditions":${item}}`;
          expect([200, 400, 500]).toContain((await raw(op, body)).status);
        },
      ),
      { numRuns: 150 },
    );
    await put({ nightId: 'after', item: 'all' });
    expect(await get('after', 'all')).toBeDefined();
  });
});
