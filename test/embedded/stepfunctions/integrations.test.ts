import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceCallFailed } from '../../../embedded/service-calls/types.ts';
import { newServiceCalls } from '../../../embedded/service-calls.ts';
import { AWS_SDK } from '../../../embedded/stepfunctions/integrations/catalogue.ts';
import { clients, newEngine, type TestEngine } from '../support.ts';
import { chain, single } from './helpers.ts';
import { detailsOf, runMachine } from './machines.ts';

// Expected histories are LocalStack's recordings of AWS (localstack/localstack, tests/aws/services/stepfunctions/v2), by test.

let test: TestEngine;
let api: ReturnType<typeof clients>;
let topicArn: string;

beforeAll(async () => {
  const functions = {
    echo: async (event: unknown) => event,
    fails: async () => {
      throw new Error('Some exception was raised.');
    },
  };
  test = await newEngine({
    functions: Object.entries(functions).map(([name, handler]) => ({ name, handler, timeoutS: 3, memoryMb: 128 })),
  });
  api = clients({ requestHandler: test.engine.requestHandler });
  const sns = new SNSClient({
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: test.engine.requestHandler,
  });
  topicArn = (await sns.send(new CreateTopicCommand({ Name: 'night' }))).TopicArn!;
  await api.dynamodb.send(
    new CreateTableCommand({
      TableName: 'table',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await api.s3.send(new CreateBucketCommand({ Bucket: 'bucket-name' }));
  await api.s3.send(new PutObjectCommand({ Bucket: 'bucket-name', Key: 'file_key', Body: 'text data' }));
});
afterAll(() => test.discard());

const run = (definition: object, input?: unknown) => runMachine(api.sfn, definition, input);
const task = (integration: string, Parameters: object, fields: object = {}) => ({
  Type: 'Task',
  Resource: `arn:aws:states:::${integration}`,
  Parameters,
  End: true,
  ...fields,
});

const metadata = {
  SdkHttpMetadata: expect.objectContaining({ HttpStatusCode: 200 }),
  SdkResponseMetadata: { RequestId: expect.any(String) },
};
const item = { data: { S: 'HelloWorld' }, id: { S: 'id1' } };

describe('dynamodb', () => {
  it('puts, updates and gets an item (test_base_integrations[DYNAMODB_PUT_UPDATE_GET_ITEM])', async () => {
    const Key = { id: { S: 'id1' } };
    const { events, output } = await run(
      {
        StartAt: 'PutItem',
        States: {
          PutItem: {
            ...task('dynamodb:putItem', { TableName: 'table', 'Item.$': '$.Item' }),
            ResultPath: '$.put',
            End: undefined,
            Next: 'UpdateItem',
          },
          UpdateItem: {
            ...task('dynamodb:updateItem', {
              TableName: 'table',
              Key,
              UpdateExpression: 'set S=:r',
              ExpressionAttributeValues: { ':r': { S: 'HelloWorldUpdated' } },
              ReturnValues: 'UPDATED_NEW',
            }),
            End: undefined,
            Next: 'GetItem',
          },
          GetItem: task('dynamodb:getItem', { TableName: 'table', Key }),
        },
      },
      { Item: item },
    );
    expect(output).toEqual({ Item: { S: { S: 'HelloWorldUpdated' }, ...item }, ...metadata });
    const [put, update] = detailsOf(events, 'TaskSucceeded');
    const names = { resourceType: 'dynamodb', outputDetails: { truncated: false } };
    expect(put).toEqual({ ...names, resource: 'putItem', output: metadata });
    expect(update).toEqual({
      ...names,
      resource: 'updateItem',
      output: { Attributes: { S: { S: 'HelloWorldUpdated' } }, ...metadata },
    });
    expect(detailsOf(events, 'TaskScheduled')[0]).toEqual({
      parameters: { TableName: 'table', Item: item },
      region: 'us-east-1',
      resource: 'putItem',
      resourceType: 'dynamodb',
    });
    const { HttpHeaders: headers } = (put!.output as { SdkHttpMetadata: { HttpHeaders: object } }).SdkHttpMetadata;
    expect(headers).toEqual({
      Connection: 'keep-alive',
      'Content-Length': '2',
      'Content-Type': 'application/x-amz-json-1.0',
      Date: expect.any(String),
      Server: 'Server',
      'x-amz-crc32': '2745614147',
      'x-amzn-RequestId': expect.any(String),
    });
  });

  it.each([
    [
      'a table that is not there (test_put_item_no_such_table)',
      'dynamodb:putItem',
      { TableName: 'nothing', Item: item },
      'DynamoDB.ResourceNotFoundException',
      /^Requested resource not found \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: [\w-]+; Proxy: null\)$/,
    ],
    [
      'a name that cannot be (test_put_item_invalid_table_name)',
      'dynamodb:putItem',
      { TableName: '/table', Item: item },
      'DynamoDB.AmazonDynamoDBException',
      /'\/table'.* \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: [\w-]+; Proxy: null\)$/,
    ],
    [
      'the same through the SDK (test_dynamodb_put_item_no_such_table)',
      'aws-sdk:dynamodb:putItem',
      { TableName: 'nothing', Item: item },
      'DynamoDb.ResourceNotFoundException',
      /^Requested resource not found \(Service: DynamoDb, Status Code: 400, Request ID: [\w-]+\) \(SDK Attempt Count: 1\)$/,
    ],
    [
      'an invalid request through the SDK (test_dynamodb_invalid_param)',
      'aws-sdk:dynamodb:putItem',
      { TableName: '/table', Item: item },
      'DynamoDb.DynamoDbException',
      /\(Service: DynamoDb, Status Code: 400, Request ID: [\w-]+\) \(SDK Attempt Count: 1\)$/,
    ],
  ])('names %s', async (_case, integration, parameters, error, cause) => {
    const ended = await run(single(task(integration, parameters)));
    expect(chain(ended.events).slice(3)).toEqual(['4 3 TaskStarted', '5 4 TaskFailed', '6 5 ExecutionFailed']);
    expect(ended).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
  });

  it('fails a condition by its name', async () => {
    await run(single(task('dynamodb:putItem', { TableName: 'table', Item: item })));
    const parameters = { TableName: 'table', Item: item, ConditionExpression: 'attribute_not_exists(id)' };
    expect((await run(single(task('dynamodb:putItem', parameters)))).error).toBe(
      'DynamoDB.ConditionalCheckFailedException',
    );
    expect((await run(single(task('aws-sdk:dynamodb:putItem', parameters)))).error).toBe(
      'DynamoDb.ConditionalCheckFailedException',
    );
  });

  it('has bytes as Base64, as the JSON of DynamoDB has them', async () => {
    const Item = { id: { S: 'bytes' }, data: { B: 'aGVsbG8=' } };
    await run(single(task('dynamodb:putItem', { TableName: 'table', Item })));
    const { output } = await run(single(task('dynamodb:getItem', { TableName: 'table', Key: { id: { S: 'bytes' } } })));
    expect(output).toMatchObject({ Item });
    const stored = await api.dynamodb.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: 'bytes' } } }));
    expect(Buffer.from(stored.Item!.data!.B!).toString()).toBe('hello');
  });

  it('queries through the SDK (test_base_integrations[DYNAMODB_PUT_QUERY])', async () => {
    await run(single(task('dynamodb:putItem', { TableName: 'table', Item: item })));
    const { events } = await run(
      single(
        task('aws-sdk:dynamodb:query', {
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': { S: 'id1' } },
          TableName: 'table',
        }),
      ),
    );
    expect(detailsOf(events, 'TaskSucceeded')).toEqual([
      {
        output: { Count: 1, Items: [item], ScannedCount: 1 },
        outputDetails: { truncated: false },
        resource: 'query',
        resourceType: 'aws-sdk:dynamodb',
      },
    ]);
  });
});

describe('aws-sdk:s3', () => {
  it('gets an object as text (test_s3_get_object[str])', async () => {
    const { output } = await run(single(task('aws-sdk:s3:getObject', { Bucket: 'bucket-name', Key: 'file_key' })));
    const recorded = {
      AcceptRanges: 'bytes',
      ContentLength: 9,
      ContentType: expect.any(String),
      ETag: '"332eec544317a6d340b8e77da7fe54ad"',
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      Metadata: {},
      Body: 'text data',
    };
    expect(output).toMatchObject(recorded);
    expect(Object.keys(output as object).at(-1)).toBe('Body');
  });

  it.each([
    ['str', 'text data', '"text data"', '"2b5df3712557f503a9977a8ea893b2c9"', 'KUmHvQ=='],
    ['dict', { Dict: 'Value' }, '{"Dict":"Value"}', '"49e31cee5aec8faf3345893addb14346"', 'hnEfWw=='],
    ['list', ['List', 'Data'], '["List","Data"]', '"6b23860357f6e63a0272b7f1143a663a"', '1F2MPA=='],
    ['bool', false, 'false', '"68934a3e9455fa72420237eb05902327"', 'K81oMA=='],
    ['num', 0, '0', '"cfcd208495d565ef66e7dff9f98764da"', '9NvfIQ=='],
  ])('puts JSON as an object (test_s3_put_object[%s])', async (_case, Body, stored, ETag, ChecksumCRC32) => {
    const { output } = await run(
      single(task('aws-sdk:s3:putObject', { Bucket: 'bucket-name', Key: 'file-key', Body })),
    );
    expect(output).toMatchObject({ ETag, ChecksumCRC32 });
    const object = await api.s3.send(new GetObjectCommand({ Bucket: 'bucket-name', Key: 'file-key' }));
    expect(await object.Body!.transformToString()).toBe(stored);
    expect(object.ContentType).toBe('text/plain; charset=UTF-8');
  });

  it.each([
    [
      'test_s3_no_such_key',
      'getObject',
      { Bucket: 'bucket-name', Key: 'no_such_key.json' },
      'S3.NoSuchKeyException',
      /^The specified key does not exist\. \(Service: S3, Status Code: 404, Request ID: \S+, Extended Request ID: \S+\)/,
    ],
    [
      'test_no_such_bucket',
      'listObjects',
      { Bucket: 'some-nonexistent-bucket-name' },
      'S3.NoSuchBucketException',
      /^The specified bucket does not exist \(Service: S3, Status Code: 404, Request ID: \S+, Extended Request ID: \S+\)/,
    ],
    ['of a HEAD', 'headObject', { Bucket: 'bucket-name', Key: 'none' }, 'S3.NoSuchKeyException', /Status Code: 404/],
  ])('names errors (%s)', async (_case, action, parameters, error, cause) => {
    const ended = await run(single(task(`aws-sdk:s3:${action}`, parameters)));
    expect(ended).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
  });

  it('refuses a parameter that the operation does not have', async () => {
    const ended = await run(single(task('aws-sdk:s3:getObject', { Bucket: 'b', Key: 'k', Keey: 'k' })));
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('[The field "Keey" is not supported by Step Functions]'),
    });
  });
});

describe('lambda', () => {
  it.each([
    ['null', null],
    ['"HelloWorld"', 'HelloWorld'],
    ['0', 0],
    ['true', true],
    ['{}', {}],
    ['[]', []],
    ['no JSON', 'no JSON'],
  ])('sends a payload that is a text as it stands: %s (test_invoke_json_values)', async (Payload, result) => {
    const { output } = await run(single(task('lambda:invoke', { FunctionName: 'echo', Payload })));
    expect(output).toEqual({ ExecutedVersion: '$LATEST', Payload: result, ...metadata, StatusCode: 200 });
  });

  it('sends an empty object for no payload (test_invoke)', async () => {
    const { output } = await run(single(task('lambda:invoke', { FunctionName: 'echo', Payload: null })));
    expect((output as { Payload: unknown }).Payload).toEqual({});
  });

  it.each([
    'echo',
    '000000000000:function:echo',
    'arn:aws:lambda:us-east-1:000000000000:function:echo',
    'echo:$LATEST',
  ])('takes %s for a function', async (FunctionName) => {
    const { output } = await run(single(task('lambda:invoke', { FunctionName, Payload: { a: 1 } })));
    expect((output as { Payload: unknown }).Payload).toEqual({ a: 1 });
  });

  it('begins an asynchronous invocation', async () => {
    const parameters = { FunctionName: 'echo', InvocationType: 'Event', Payload: {} };
    const { output } = await run(single(task('lambda:invoke', parameters)));
    expect(output).toMatchObject({ Payload: '', StatusCode: 202, SdkHttpMetadata: { HttpStatusCode: 202 } });
  });

  it('names a function that is not there (test_no_such_function)', async () => {
    const ended = await run(single(task('lambda:invoke', { FunctionName: 'no_such' })));
    expect(ended.error).toBe('Lambda.ResourceNotFoundException');
    expect(ended.cause).toMatch(
      /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:no_such:\$LATEST \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [\w-]+; Proxy: null\)$/,
    );
  });

  it('shows what a function threw (test_raise_exception)', async () => {
    const ended = await run(single(task('lambda:invoke', { FunctionName: 'fails' })));
    expect(chain(ended.events).slice(4)).toEqual(['5 4 TaskFailed', '6 5 ExecutionFailed']);
    expect(ended.error).toBe('Error');
    expect(JSON.parse(ended.cause!)).toMatchObject({ errorType: 'Error', errorMessage: 'Some exception was raised.' });
  });

  it('reads parameters from the input when the state has none, and refuses others in words of AWS', async () => {
    const state = { ...task('lambda:invoke', {}), Parameters: undefined };
    const known = await run(single(state), { FunctionName: 'echo', Payload: { a: 1 } });
    expect((known.output as { Payload: unknown }).Payload).toEqual({ a: 1 });
    const unknown = await run(single(state), { FunctionName: 'echo', Function: 1 });
    expect(unknown.cause).toBe(
      `An error occurred while executing the state 'Only' (entered at the event id #2). The Parameters '{"FunctionName":"echo","Function":1}' could not be used to start the Task: [The field "Function" is not supported by Step Functions]`,
    );
    expect(chain(unknown.events).slice(1)).toEqual(['2 0 TaskStateEntered', '3 2 ExecutionFailed']);
  });
});

describe('events', () => {
  it('puts events of which the machine and the execution are resources (test_put_events_base)', async () => {
    const entry = { DetailType: 'night', Source: 'some.source' };
    const { events, output } = await run(
      single(
        task('events:putEvents', {
          Entries: [
            { ...entry, Detail: '{"Message": "HelloWorld0"}' },
            { ...entry, Detail: { Message: 'HelloWorld1' }, Resources: ['arn:aws:s3:::b'] },
          ],
        }),
      ),
    );
    expect(chain(events).slice(3)).toEqual([
      '4 3 TaskStarted',
      '5 4 TaskSucceeded',
      '6 5 TaskStateExited',
      '7 6 ExecutionSucceeded',
    ]);
    expect(output).toEqual({
      Entries: [{ EventId: expect.any(String) }, { EventId: expect.any(String) }],
      FailedEntryCount: 0,
    });
  });

  it('fails when one was not taken (test_put_events_no_source)', async () => {
    const Entries = [
      { Detail: { Message: 'HelloWorld1' }, DetailType: 'night', Source: 'some.source' },
      { Detail: { Message: 'HelloWorld' }, DetailType: 'night' },
    ];
    const ended = await run(single(task('events:putEvents', { Entries })));
    expect(ended.error).toBe('EventBridge.FailedEntry');
    expect(JSON.parse(ended.cause!)).toEqual({
      Entries: [
        { EventId: expect.any(String) },
        {
          ErrorCode: 'InvalidArgument',
          ErrorMessage: 'Parameter Source is not valid. Reason: Source is a required argument.',
        },
      ],
      FailedEntryCount: 1,
    });
  });
});

describe('sns', () => {
  it.each([['HelloWorld'], [{ message: 'HelloWorld!' }], [1], [true], ['']])(
    'publishes %j (test_publish_base)',
    async (Message) => {
      const { events } = await run(single(task('sns:publish', { TopicArn: topicArn, Message: { Message } })));
      expect(detailsOf(events, 'TaskSucceeded')).toEqual([
        {
          output: { MessageId: expect.any(String), ...metadata },
          outputDetails: { truncated: false },
          resource: 'publish',
          resourceType: 'sns',
        },
      ]);
    },
  );

  it('names a topic that is not there (test_publish_base_error_topic_arn)', async () => {
    const ended = await run(single(task('sns:publish', { TopicArn: `${topicArn}-none`, Message: 'HelloWorld!' })));
    expect(chain(ended.events).slice(4)).toEqual(['5 4 TaskFailed', '6 5 ExecutionFailed']);
    expect(ended.error).toBe('SNS.NotFoundException');
    expect(ended.cause).toMatch(
      /^Topic does not exist \(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: [\w-]+; Proxy: null\)$/,
    );
  });
});

describe('aws-sdk:sfn', () => {
  it.each(['sendTaskSuccess', 'sendTaskFailure'])(
    'refuses a token that is none (test_sfn_send_task_outcome_with_no_such_token: %s)',
    async (action) => {
      const parameters = {
        TaskToken: 'NoSuchTaskToken',
        ...(action === 'sendTaskSuccess' && { Output: 'ParameterOutput' }),
      };
      const ended = await run(single(task(`aws-sdk:sfn:${action}`, parameters)));
      expect(ended.error).toBe('Sfn.InvalidTokenException');
      expect(ended.cause).toMatch(
        /^Invalid Token: 'Invalid token' \(Service: Sfn, Status Code: 400, Request ID: [\w-]+\) \(SDK Attempt Count: 1\)$/,
      );
    },
  );

  it('starts an execution (test_sfn_start_execution_implicit_json_serialisation)', async () => {
    const child = await run(single({ Type: 'Pass', End: true }));
    const { output, events } = await run(
      single(task('aws-sdk:sfn:startExecution', { StateMachineArn: child.machineArn, Input: { key: 'value' } })),
    );
    expect(output).toEqual({
      ExecutionArn: expect.stringContaining(':execution:'),
      StartDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(detailsOf(events, 'TaskScheduled')[0]).toMatchObject({
      resource: 'startExecution',
      resourceType: 'aws-sdk:sfn',
      parameters: { StateMachineArn: child.machineArn, Input: { key: 'value' } },
    });
  });
});

/** Members without which the SDK does not send a request. */
const requests: Record<string, Record<string, unknown>> = {
  createBucket: { Bucket: 'bucket-name' },
  headBucket: { Bucket: 'bucket-name' },
  getBucketLocation: { Bucket: 'bucket-name' },
  deleteBucket: { Bucket: 'bucket-name' },
  listObjects: { Bucket: 'bucket-name' },
  listObjectsV2: { Bucket: 'bucket-name' },
  getObject: { Bucket: 'bucket-name', Key: 'none' },
  headObject: { Bucket: 'bucket-name', Key: 'none' },
  putObject: { Bucket: 'bucket-name', Key: 'put', Body: 1 },
  copyObject: { Bucket: 'bucket-name', Key: 'copy', CopySource: 'bucket-name/none' },
  deleteObject: { Bucket: 'bucket-name', Key: 'none' },
  deleteObjects: { Bucket: 'bucket-name', Delete: { Objects: [{ Key: 'none' }] } },
  createMultipartUpload: { Bucket: 'bucket-name', Key: 'parts' },
  uploadPart: { Bucket: 'bucket-name', Key: 'parts', UploadId: 'none', PartNumber: 1, Body: 1 },
  uploadPartCopy: {
    Bucket: 'bucket-name',
    Key: 'parts',
    UploadId: 'none',
    PartNumber: 1,
    CopySource: 'bucket-name/file_key',
  },
  completeMultipartUpload: { Bucket: 'bucket-name', Key: 'parts', UploadId: 'none', MultipartUpload: { Parts: [] } },
  abortMultipartUpload: { Bucket: 'bucket-name', Key: 'parts', UploadId: 'none' },
  listParts: { Bucket: 'bucket-name', Key: 'parts', UploadId: 'none' },
  listMultipartUploads: { Bucket: 'bucket-name' },
  invoke: { FunctionName: 'echo' },
  getFunction: { FunctionName: 'echo' },
  getFunctionConfiguration: { FunctionName: 'echo' },
};

describe('states:startExecution.sync', () => {
  // The type of the event is the API reference's (HistoryEvent, TaskSubmitFailed); no recording has one.
  it('tells that the call itself was refused', async () => {
    const StateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:none';
    const ended = await run(single(task('states:startExecution.sync', { StateMachineArn })));
    expect(chain(ended.events).slice(2)).toEqual([
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitFailed',
      '6 5 ExecutionFailed',
    ]);
    expect(ended.events[4]!.taskSubmitFailedEventDetails).toMatchObject({
      resource: 'startExecution.sync',
      resourceType: 'states',
      error: 'StepFunctions.StateMachineDoesNotExistException',
    });
  });

  it('gives the description of the child (credentials, test_cross_account_states_start_sync_execution)', async () => {
    const child = await run(single({ Type: 'Pass', Result: { Arg1: 'argument1' }, End: true }));
    const parameters = { StateMachineArn: child.machineArn, Name: 'first', Input: { a: 1 } };
    const { output, events } = await run(single(task('states:startExecution.sync', parameters)));
    expect(Object.entries(output as object)).toEqual([
      ['ExecutionArn', expect.stringMatching(/:first$/)],
      ['Input', '{"a":1}'],
      ['InputDetails', { Included: true }],
      ['Name', 'first'],
      ['Output', '{"Arg1":"argument1"}'],
      ['OutputDetails', { Included: true }],
      ['RedriveCount', 0],
      ['RedriveStatus', 'NOT_REDRIVABLE'],
      ['RedriveStatusReason', 'Execution is SUCCEEDED and cannot be redriven'],
      ['StartDate', expect.any(Number)],
      ['StateMachineArn', child.machineArn],
      ['Status', 'SUCCEEDED'],
      ['StopDate', expect.any(Number)],
    ]);
    const [submitted] = detailsOf(events, 'TaskSubmitted');
    expect(Object.keys(submitted!.output as object)).toEqual([
      'ExecutionArn',
      'SdkHttpMetadata',
      'SdkResponseMetadata',
      'StartDate',
    ]);
  });
});

describe('what the catalogue has', () => {
  const operations = Object.entries(AWS_SDK).flatMap(([service, actions]) =>
    [...actions].map((action) => [`aws-sdk:${service}:${action}`, service, action] as const),
  );
  it.each(operations)('%s is served', async (_name, service, action) => {
    const calls = newServiceCalls(test.engine.route, 'us-east-1');
    const refused = await calls(service, action, requests[action] ?? {}).then(
      () => undefined,
      (cause) => cause,
    );
    // A request that lacks members is refused for that, by the service or before it is sent.
    const code = refused instanceof ServiceCallFailed ? refused.fault.code : '';
    expect(code).not.toMatch(/NotImplemented|UnknownOperation/);
  });
});
