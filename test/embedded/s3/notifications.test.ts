import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as S3 from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faultOf, knownFunction, newS3, type TestS3 } from './support.ts';

// Expected answers were recorded from AWS: localstack/localstack, tests/aws/services/s3/,
// test_s3_notifications_{eventbridge,lambda,sqs}.snapshot.json and test_s3_api.snapshot.json.

const Bucket = 'frames';
let test: TestS3;
let s3: S3.S3Client;
beforeEach(async () => {
  test = await newS3();
  s3 = test.client;
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
});
afterEach(() => test.discard());

const configure = (NotificationConfiguration: S3.NotificationConfiguration, SkipDestinationValidation?: boolean) =>
  s3.send(
    new S3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, SkipDestinationValidation }),
  );
const configured = async () => {
  const { $metadata, ...configuration } = await s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket }));
  return configuration;
};
const put = (Key: string, Body = 'data') => s3.send(new S3.PutObjectCommand({ Bucket, Key, Body }));
const remove = (Key: string) => s3.send(new S3.DeleteObjectCommand({ Bucket, Key }));
const reduce = (more: Partial<S3.LambdaFunctionConfiguration>): S3.LambdaFunctionConfiguration => ({
  LambdaFunctionArn: knownFunction,
  Events: ['s3:ObjectCreated:*'],
  ...more,
});

it('tells EventBridge what was created and removed (test_object_created_put)', async () => {
  await put('before', 'nobody hears of it');
  await configure({ EventBridgeConfiguration: {} });
  expect(await configured()).toEqual({ EventBridgeConfiguration: {} });
  test.setTime(Date.parse('2026-11-21T18:00:00.250Z'));
  const { $metadata } = await put('raw/a b.fits');
  await remove('raw/a b.fits');
  const about = {
    version: '0',
    bucket: { name: Bucket },
    requester: '000000000000',
    'source-ip-address': '127.0.0.1',
  };
  const envelope = {
    source: 'aws.s3',
    timeMs: Date.parse('2026-11-21T18:00:00.250Z'),
    resources: ['arn:aws:s3:::frames'],
  };
  const sequencer = expect.stringMatching(/^[0-9A-F]{16}$/);
  expect(test.events).toEqual([
    {
      ...envelope,
      detailType: 'Object Created',
      detail: {
        ...about,
        object: { key: 'raw/a b.fits', size: 4, etag: '8d777f385d3dfec8815d20f7496026dc', sequencer },
        'request-id': $metadata.requestId,
        reason: 'PutObject',
      },
    },
    {
      ...envelope,
      detailType: 'Object Deleted',
      detail: {
        ...about,
        object: { key: 'raw/a b.fits', sequencer },
        'request-id': expect.any(String),
        reason: 'DeleteObject',
        'deletion-type': 'Permanently Deleted',
      },
    },
  ]);
  const [first, second] = test.events.map(({ detail }) => (detail as any).object.sequencer);
  expect(first < second).toBe(true);
});

it('names the way an object came', async () => {
  await configure({ EventBridgeConfiguration: {} });
  await put('a');
  await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }));
  const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'c' }));
  const target = { Bucket, Key: 'c', UploadId };
  const { ETag } = await s3.send(new S3.UploadPartCommand({ ...target, PartNumber: 1, Body: 'part' }));
  const Parts = [{ PartNumber: 1, ETag }];
  const done = await s3.send(new S3.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));
  const told = test.events
    .map(({ detail }) => detail as any)
    .map(({ reason, object: { key, etag } }) => [reason, key, etag]);
  expect(told).toEqual([
    ['PutObject', 'a', '8d777f385d3dfec8815d20f7496026dc'],
    ['CopyObject', 'b', '8d777f385d3dfec8815d20f7496026dc'],
    ['CompleteMultipartUpload', 'c', done.ETag?.replaceAll('"', '')],
  ]);
});

it('invokes functions for the keys that they want (test_create_object_put_via_dynamodb, test_notifications_with_filter)', async () => {
  const Filter = {
    Key: {
      FilterRules: [
        { Name: 'prefix' as const, Value: 'raw/' },
        { Name: 'Suffix' as 'suffix', Value: '.fits' },
      ],
    },
  };
  await configure({ LambdaFunctionConfigurations: [reduce({ Id: 'reduce-raw', Filter })] });
  // test_filter_rules_case_insensitive: names come back with a capital.
  expect(await configured()).toEqual({
    LambdaFunctionConfigurations: [
      {
        Id: 'reduce-raw',
        LambdaFunctionArn: knownFunction,
        Events: ['s3:ObjectCreated:*'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'Prefix', Value: 'raw/' },
              { Name: 'Suffix', Value: '.fits' },
            ],
          },
        },
      },
    ],
  });
  test.setTime(Date.parse('2026-11-21T18:00:00.250Z'));
  for (const key of ['raw/a.txt', 'other/a.fits', 'raw/a@b c.fits']) await put(key);
  await remove('raw/a@b c.fits');
  expect(test.events).toEqual([]);
  expect(test.invocations).toEqual([
    {
      functionArn: knownFunction,
      event: {
        Records: [
          {
            eventVersion: '2.1',
            eventSource: 'aws:s3',
            awsRegion: 'us-east-1',
            eventTime: '2026-11-21T18:00:00.250Z',
            eventName: 'ObjectCreated:Put',
            userIdentity: { principalId: '000000000000' },
            requestParameters: { sourceIPAddress: '127.0.0.1' },
            responseElements: { 'x-amz-request-id': expect.any(String), 'x-amz-id-2': expect.any(String) },
            s3: {
              s3SchemaVersion: '1.0',
              configurationId: 'reduce-raw',
              bucket: { name: Bucket, ownerIdentity: { principalId: '000000000000' }, arn: 'arn:aws:s3:::frames' },
              object: {
                // test_key_encoding: "a@b" is told as "a%40b".
                key: 'raw/a%40b+c.fits',
                size: 4,
                eTag: '8d777f385d3dfec8815d20f7496026dc',
                sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
              },
            },
          },
        ],
      },
    },
  ]);
});

it('tells every key of a batch, also those that were not there (test_delete_objects)', async () => {
  await configure({ LambdaFunctionConfigurations: [reduce({ Events: ['s3:ObjectRemoved:*'] })] });
  await put('key');
  const Objects = [{ Key: 'key' }, { Key: 'dummy1' }, { Key: 'dummy2' }];
  await s3.send(new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const records = test.invocations.map(({ event }) => event.Records[0]);
  expect(records.map(({ eventName, s3: { object } }) => [eventName, object.key])).toEqual([
    ['ObjectRemoved:Delete', 'key'],
    ['ObjectRemoved:Delete', 'dummy1'],
    ['ObjectRemoved:Delete', 'dummy2'],
  ]);
  expect(Object.keys(records[0].s3.object)).toEqual(['key', 'sequencer']);
});

it('tells nothing of what failed', async () => {
  await configure({ EventBridgeConfiguration: {} });
  await put('a');
  await faultOf(s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'x', IfNoneMatch: '*' })));
  await faultOf(s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'a', IfMatch: '"no"' })));
  await faultOf(s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/none` })));
  expect(test.events).toHaveLength(1);
});

it('stores an object although its event cannot be told', async () => {
  await test.discard();
  test = await newS3({
    publish: () => {
      throw new Error('the bus is closed');
    },
  });
  s3 = test.client;
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
  await configure({ EventBridgeConfiguration: {} });
  await put('a');
  expect(readFileSync(join(test.directory, 's3', Bucket, 'a'), 'utf8')).toBe('data');
});

it('keeps a configuration over a restart, replaces it, and forgets it', async () => {
  await configure({ EventBridgeConfiguration: {}, LambdaFunctionConfigurations: [reduce({ Id: 'one' })] });
  await test.reopen();
  expect(Object.keys(await configured())).toEqual(['LambdaFunctionConfigurations', 'EventBridgeConfiguration']);
  await configure({ LambdaFunctionConfigurations: [reduce({ Id: 'two' })] });
  expect((await configured()).LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual(['two']);
  await configure({});
  expect(await configured()).toEqual({});
  await put('a');
  expect([test.events, test.invocations]).toEqual([[], []]);
});

it('refuses destinations that are not there (test_invalid_lambda_arn)', async () => {
  for (const skip of [false, true]) {
    expect(
      await faultOf(
        configure({ LambdaFunctionConfigurations: [reduce({ LambdaFunctionArn: 'invalid-queue' })] }, skip),
      ),
    ).toMatchObject({
      Code: 'InvalidArgument',
      Message: 'The ARN could not be parsed',
      ArgumentName: 'CloudFunction',
      ArgumentValue: 'invalid-queue',
      status: 400,
    });
  }
  const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:111111111111:function:my-lambda';
  const unknown = { LambdaFunctionConfigurations: [reduce({ Id: 'id123', LambdaFunctionArn })] };
  expect(await faultOf(configure(unknown))).toMatchObject({
    Code: 'InvalidArgument',
    Message: 'Unable to validate the following destination configurations',
    ArgumentName1: `${LambdaFunctionArn}, null`,
    ArgumentValue1: `Not authorized to invoke function [${LambdaFunctionArn}]`,
    status: 400,
  });
  await configure(unknown, true);
  expect(await configured()).toEqual({
    LambdaFunctionConfigurations: [{ Events: ['s3:ObjectCreated:*'], Id: 'id123', LambdaFunctionArn }],
  });
});

it('refuses what it cannot tell', async () => {
  const code = async (configuration: S3.NotificationConfiguration) => {
    const { Code, Message, ArgumentName, ArgumentValue } = await faultOf(configure(configuration));
    return [Code, Message, ArgumentName, ArgumentValue];
  };
  const QueueArn = 'arn:aws:sqs:us-east-1:000000000000:queue';
  expect((await code({ QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*'] }] })).slice(0, 2)).toEqual([
    'NotImplemented',
    expect.stringContaining('QueueConfiguration'),
  ]);
  expect((await code({ TopicConfigurations: [{ TopicArn: QueueArn, Events: ['s3:ObjectCreated:*'] }] }))[1]).toContain(
    'TopicConfiguration',
  );
  const one = (more: Partial<S3.LambdaFunctionConfiguration>) => code({ LambdaFunctionConfigurations: [reduce(more)] });
  // test_bucket_notification_with_invalid_filter_rules and ..._with_missing_values_in_rule
  expect(await one({ Filter: { Key: { FilterRules: [{ Name: 'INVALID' as 'prefix', Value: 'x' }] } } })).toEqual([
    'InvalidArgument',
    'filter rule name must be either prefix or suffix',
    'FilterRule.Name',
    'INVALID',
  ]);
  for (const rule of [{}, { Name: 'prefix' as const }, { Value: 'x' }]) {
    expect((await one({ Filter: { Key: { FilterRules: [rule] } } }))[0]).toBe('MalformedXML');
  }
  expect((await one({ Events: ['s3:Everything' as S3.Event] }))[0]).toBe('InvalidArgument');
  expect((await one({ Events: ['s3:ObjectRestore:Post'] }))[0]).toBe('InvalidArgument');
  const overlapping = (prefixes: string[], events: S3.Event[]) =>
    code({
      LambdaFunctionConfigurations: prefixes.map((Value, i) =>
        reduce({ Events: [events[i]!], Filter: { Key: { FilterRules: [{ Name: 'prefix', Value }] } } }),
      ),
    });
  expect((await overlapping(['raw/', 'raw/a'], ['s3:ObjectCreated:*', 's3:ObjectCreated:Put']))[0]).toBe(
    'InvalidArgument',
  );
  await configure({
    LambdaFunctionConfigurations: [
      reduce({ Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'raw/' }] } } }),
      reduce({ Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'reduced/' }] } } }),
      reduce({ Events: ['s3:ObjectRemoved:Delete'] }),
    ],
  });
  expect((await configured()).LambdaFunctionConfigurations).toHaveLength(3);
  const other = s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket: 'none' }));
  expect((await faultOf(other)).Code).toBe('NoSuchBucket');
});
