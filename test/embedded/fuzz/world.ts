import * as Db from '@aws-sdk/client-dynamodb';
import * as Events from '@aws-sdk/client-eventbridge';
import * as Lambda from '@aws-sdk/client-lambda';
import * as S3 from '@aws-sdk/client-s3';
import * as Scheduler from '@aws-sdk/client-scheduler';
import * as Sfn from '@aws-sdk/client-sfn';
import * as Sns from '@aws-sdk/client-sns';
import * as Sts from '@aws-sdk/client-sts';
import type { HttpHandler } from '@smithy/protocol-http';
import type { ServiceRequest } from '../../../embedded/http.ts';
import { createRequestHandler } from '../../../embedded/request-handler.ts';

const roleArn = 'arn:aws:iam::000000000000:role/role';
const machineArn = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
const executionArn = (name: string) => `arn:aws:states:us-east-1:000000000000:execution:${name}:${name}`;
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
const topicArn = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;
const definition = JSON.stringify({
  StartAt: 'Double',
  States: {
    Double: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: { StartAt: 'Same', States: { Same: { Type: 'Pass', End: true } } },
      Next: 'Ask',
    },
    Ask: {
      Type: 'Task',
      Resource: functionArn,
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 }],
      Next: 'Which',
    },
    Which: { Type: 'Choice', Choices: [{ Variable: '$[0]', NumericEquals: 1, Next: 'Done' }], Default: 'Done' },
    Done: { Type: 'Pass', Parameters: { 'all.$': '$', 'text.$': "States.Format('{}', $[0])" }, End: true },
  },
});

export const functions = [{ name: 'echo', handler: async (event: unknown) => event, timeoutS: 5, memoryMb: 128 }];

function clientsOf(requestHandler: HttpHandler) {
  const config = {
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler,
  };
  return {
    sfn: new Sfn.SFNClient(config),
    db: new Db.DynamoDBClient(config),
    s3: new S3.S3Client({ ...config, forcePathStyle: true }),
    events: new Events.EventBridgeClient(config),
    scheduler: new Scheduler.SchedulerClient(config),
    lambda: new Lambda.LambdaClient(config),
    sns: new Sns.SNSClient(config),
    sts: new Sts.STSClient(config),
  };
}

type Send = () => Promise<unknown>;

/** What a client may ask of every service, on things of the given name, in an order in which it succeeds. */
function asking(requestHandler: HttpHandler, name: string): { making: Send[]; using: Send[]; removing: Send[] } {
  const { sfn, db, s3, events, scheduler, lambda, sns, sts } = clientsOf(requestHandler);
  const Bucket = name;
  const Key = 'folder/object';
  const TableName = name;
  const item = { id: { S: 'a' }, n: { N: '1' }, list: { L: [{ B: new Uint8Array([1, 2]) }, { NULL: true }] } };
  const target = { Arn: machineArn(name), RoleArn: roleArn };
  const making: Send[] = [
    () => sfn.send(new Sfn.CreateStateMachineCommand({ name, definition, roleArn })),
    () =>
      sfn.send(new Sfn.StartExecutionCommand({ stateMachineArn: machineArn(name), name, input: '{"items":[1,2]}' })),
    () =>
      db.send(
        new Db.CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      ),
    () =>
      Db.waitUntilTableExists({ client: db, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 } as never, { TableName }),
    () => db.send(new Db.PutItemCommand({ TableName, Item: item })),
    () => s3.send(new S3.CreateBucketCommand({ Bucket })),
    () =>
      s3.send(
        new S3.PutObjectCommand({ Bucket, Key, Body: 'SIMPLE', Metadata: { a: '1' }, ContentType: 'image/fits' }),
      ),
    () => events.send(new Events.PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: [name] }) })),
    () =>
      events.send(
        new Events.PutTargetsCommand({
          Rule: name,
          Targets: [
            {
              Id: '1',
              ...target,
              InputTransformer: { InputPathsMap: { a: '$.detail' }, InputTemplate: '{"items":[<a>]}' },
            },
          ],
        }),
      ),
    () =>
      scheduler.send(
        new Scheduler.CreateScheduleCommand({
          Name: name,
          ScheduleExpression: 'rate(1 day)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { ...target, Input: '{"items":[]}' },
        }),
      ),
    () => sns.send(new Sns.CreateTopicCommand({ Name: name })),
  ];
  const using: Send[] = [
    () => sfn.send(new Sfn.DescribeStateMachineCommand({ stateMachineArn: machineArn(name) })),
    () => sfn.send(new Sfn.ListStateMachinesCommand({ maxResults: 10 })),
    () => sfn.send(new Sfn.ListExecutionsCommand({ stateMachineArn: machineArn(name), maxResults: 10 })),
    () => sfn.send(new Sfn.DescribeExecutionCommand({ executionArn: executionArn(name) })),
    () => sfn.send(new Sfn.GetExecutionHistoryCommand({ executionArn: executionArn(name), maxResults: 5 })),
    () => sfn.send(new Sfn.UpdateStateMachineCommand({ stateMachineArn: machineArn(name), definition })),
    () => sfn.send(new Sfn.StartExecutionCommand({ stateMachineArn: machineArn(name), input: '{"items":[1]}' })),
    () => sfn.send(new Sfn.StopExecutionCommand({ executionArn: executionArn(name), error: 'E', cause: 'C' })),
    () => sfn.send(new Sfn.ValidateStateMachineDefinitionCommand({ definition })),
    () => sfn.send(new Sfn.SendTaskSuccessCommand({ taskToken: 'token', output: '{}' })),
    () => sfn.send(new Sfn.TagResourceCommand({ resourceArn: machineArn(name), tags: [{ key: 'a', value: 'b' }] })),
    () =>
      db.send(
        new Db.GetItemCommand({
          TableName,
          Key: { id: item.id },
          ProjectionExpression: '#n, #l[0]',
          ExpressionAttributeNames: { '#n': 'n', '#l': 'list' },
        }),
      ),
    () =>
      db.send(
        new Db.ScanCommand({
          TableName,
          Limit: 1,
          FilterExpression: 'n > :n',
          ExpressionAttributeValues: { ':n': { N: '0' } },
        }),
      ),
    () =>
      db.send(
        new Db.QueryCommand({
          TableName,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': item.id },
        }),
      ),
    () =>
      db.send(
        new Db.UpdateItemCommand({
          TableName,
          Key: { id: item.id },
          UpdateExpression: 'SET n = if_not_exists(n, :n) + :n REMOVE other',
          ConditionExpression: 'attribute_exists(id)',
          ExpressionAttributeValues: { ':n': { N: '1' } },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    () =>
      db.send(
        new Db.BatchWriteItemCommand({
          RequestItems: {
            [TableName]: [{ PutRequest: { Item: { id: { S: 'b' } } } }, { DeleteRequest: { Key: { id: { S: 'c' } } } }],
          },
        }),
      ),
    () => db.send(new Db.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [{ id: item.id }] } } })),
    () =>
      db.send(
        new Db.TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName, Item: { id: { S: 'd' } } } },
            { ConditionCheck: { TableName, Key: { id: item.id }, ConditionExpression: 'attribute_exists(id)' } },
          ],
        }),
      ),
    () => db.send(new Db.TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: { id: item.id } } }] })),
    () => db.send(new Db.DescribeTableCommand({ TableName })),
    () => db.send(new Db.ListTablesCommand({ Limit: 10 })),
    () => s3.send(new S3.GetObjectCommand({ Bucket, Key, Range: 'bytes=1-3' })),
    () => s3.send(new S3.HeadObjectCommand({ Bucket, Key })),
    () => s3.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'folder/', Delimiter: '/', MaxKeys: 3 })),
    () => s3.send(new S3.ListBucketsCommand({})),
    () => s3.send(new S3.PutObjectCommand({ Bucket, Key: 'other', Body: 'abc', ChecksumAlgorithm: 'SHA256' })),
    () => s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` })),
    () => s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'parts' })),
    () => s3.send(new S3.UploadPartCommand({ Bucket, Key: 'parts', UploadId: 'unknown', PartNumber: 1, Body: 'abc' })),
    () =>
      s3.send(
        new S3.CompleteMultipartUploadCommand({
          Bucket,
          Key: 'parts',
          UploadId: 'unknown',
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: '"a"' }] },
        }),
      ),
    () => s3.send(new S3.ListMultipartUploadsCommand({ Bucket })),
    () =>
      s3.send(
        new S3.PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: { EventBridgeConfiguration: {} },
        }),
      ),
    () => s3.send(new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'other' }, { Key: 'none' }] } })),
    () => events.send(new Events.PutEventsCommand({ Entries: [{ Source: name, DetailType: 'd', Detail: '{"a":1}' }] })),
    () =>
      events.send(
        new Events.TestEventPatternCommand({
          EventPattern: '{"source":["a"]}',
          Event:
            '{"id":"1","account":"1","source":"a","time":"2026-01-01T00:00:00Z","region":"r","detail-type":"d","detail":{}}',
        }),
      ),
    () => events.send(new Events.ListRulesCommand({ NamePrefix: name })),
    () => events.send(new Events.ListTargetsByRuleCommand({ Rule: name })),
    () => events.send(new Events.ListEventBusesCommand({ Limit: 5 })),
    () => scheduler.send(new Scheduler.GetScheduleCommand({ Name: name })),
    () => scheduler.send(new Scheduler.ListSchedulesCommand({ MaxResults: 5 })),
    () => lambda.send(new Lambda.InvokeCommand({ FunctionName: 'echo', Payload: Buffer.from('{"a":[1]}') })),
    () => lambda.send(new Lambda.GetFunctionCommand({ FunctionName: 'echo' })),
    () => lambda.send(new Lambda.ListFunctionsCommand({ MaxItems: 5 })),
    () =>
      lambda.send(
        new Lambda.CreateFunctionCommand({
          FunctionName: name,
          Role: roleArn,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Code: { ZipFile: Buffer.from('PK no zip') },
        }),
      ),
    () => sns.send(new Sns.PublishCommand({ TopicArn: topicArn(name), Message: 'm', Subject: 's' })),
    () => sns.send(new Sns.ListTopicsCommand({})),
    () => sts.send(new Sts.GetCallerIdentityCommand({})),
  ];
  const removing: Send[] = [
    () => s3.send(new S3.DeleteObjectCommand({ Bucket, Key })),
    () => s3.send(new S3.DeleteBucketCommand({ Bucket })),
    () => db.send(new Db.DeleteItemCommand({ TableName, Key: { id: item.id }, ReturnValues: 'ALL_OLD' })),
    () => events.send(new Events.RemoveTargetsCommand({ Rule: name, Ids: ['1'] })),
    () => events.send(new Events.DeleteRuleCommand({ Name: name })),
    () => scheduler.send(new Scheduler.DeleteScheduleCommand({ Name: name })),
    () => sns.send(new Sns.DeleteTopicCommand({ TopicArn: topicArn(name) })),
    () => sfn.send(new Sfn.DeleteStateMachineCommand({ stateMachineArn: machineArn(name) })),
  ];
  return { making, using, removing };
}

/** The name of what must be the same afterwards, and of what is asked for meanwhile. */
const kept = 'kept-world';
const scratch = 'scratch-world';

/** Makes the world that must last. */
export async function makeWorld(requestHandler: HttpHandler): Promise<void> {
  for (const send of asking(requestHandler, kept).making) await send();
  const { sfn } = clientsOf(requestHandler);
  for (;;) {
    const { status } = await sfn.send(new Sfn.DescribeExecutionCommand({ executionArn: executionArn(kept) }));
    if (status === 'SUCCEEDED') return;
    if (status !== 'RUNNING') throw new Error(`The execution of the world is ${status}`);
    await new Promise(setImmediate);
  }
}

/** Everything that a client can see of that world. */
export async function lookAtWorld(requestHandler: HttpHandler): Promise<unknown> {
  const { sfn, db, s3, events, scheduler, sns } = clientsOf(requestHandler);
  const seen = await Promise.all([
    sfn.send(new Sfn.DescribeStateMachineCommand({ stateMachineArn: machineArn(kept) })),
    sfn.send(new Sfn.ListExecutionsCommand({ stateMachineArn: machineArn(kept) })),
    sfn.send(new Sfn.DescribeExecutionCommand({ executionArn: executionArn(kept) })),
    sfn.send(new Sfn.GetExecutionHistoryCommand({ executionArn: executionArn(kept), maxResults: 1000 })),
    db.send(new Db.ScanCommand({ TableName: kept })),
    s3.send(new S3.ListObjectsV2Command({ Bucket: kept })),
    events.send(new Events.DescribeRuleCommand({ Name: kept })),
    events.send(new Events.ListTargetsByRuleCommand({ Rule: kept })),
    scheduler.send(new Scheduler.GetScheduleCommand({ Name: kept })),
    sns.send(new Sns.GetTopicAttributesCommand({ TopicArn: topicArn(kept) })),
  ]);
  const { Body, Metadata, ContentType, ETag } = await s3.send(
    new S3.GetObjectCommand({ Bucket: kept, Key: 'folder/object' }),
  );
  const object = { text: await Body?.transformToString(), Metadata, ContentType, ETag };
  return [...seen.map((answer) => ({ ...answer, $metadata: undefined })), object];
}

/** Valid requests of all services, on other things than that world. They have not been served. */
export async function validRequests(): Promise<ServiceRequest[]> {
  const requests: ServiceRequest[] = [];
  const recorder = createRequestHandler(async (request) => {
    requests.push(request);
    return { status: 200, headers: {}, body: '' };
  });
  const { making, using, removing } = asking(recorder, scratch);
  // Clients find no answer in an empty one, and the waiter is no request.
  const isWaiter = (send: Send) => String(send).includes('waitUntil');
  for (const send of [...making.filter((send) => !isWaiter(send)), ...using, ...removing]) await send().catch(() => {});
  return requests;
}
