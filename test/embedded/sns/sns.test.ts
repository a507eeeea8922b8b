import { rm } from 'node:fs/promises';
import * as Sns from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRequestHandler } from '../../../embedded/request-handler.ts';
import { openSns } from '../../../embedded/sns/service.ts';
import { discardAll, functionArn, openBench } from '../events/bench.ts';
import { manualClock, settle } from '../stepfunctions/helpers.ts';
import { clients, failureOf, newDirectory } from '../support.ts';

// Expected answers: recordings of AWS (localstack/localstack, tests/aws/services/sns/test_sns.snapshot.json), and the Lambda
// Developer Guide ("Invoking Lambda functions with Amazon SNS notifications").

const own = 'us-east-1:000000000000';
const TopicArn = `arn:aws:sns:${own}:alerts`;

let sns: Sns.SNSClient;
let delivered: { arn: string; payload: any }[];
let directory: string;
let close: () => void;

function open() {
  const opened = openSns({
    directory,
    clock: manualClock(),
    region: 'us-east-1',
    accountId: '000000000000',
    invokeLater: (arn, payload) => void delivered.push({ arn, payload: JSON.parse(payload) }),
  });
  close = opened.close;
  ({ sns } = clients({ requestHandler: createRequestHandler(opened.service) }));
}

beforeEach(async () => {
  delivered = [];
  directory = await newDirectory();
  open();
});
afterEach(async () => {
  close();
  await rm(directory, { recursive: true, force: true });
  await discardAll();
});

const topic = (Name = 'alerts', Attributes?: Record<string, string>) =>
  sns.send(new Sns.CreateTopicCommand({ Name, Attributes }));
const subscribe = (more: Partial<Sns.SubscribeCommandInput> = {}) =>
  sns.send(new Sns.SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: functionArn('record'), ...more }));
const publish = (more: Partial<Sns.PublishCommandInput> = {}) =>
  sns.send(new Sns.PublishCommand({ TopicArn, Message: 'Hello world.', ...more }));
const told = async (promise: Promise<unknown>) => {
  const failure = await failureOf(promise);
  return [failure.$metadata?.httpStatusCode, (failure as { Code?: string }).Code ?? failure.name, failure.message];
};

describe('topics', () => {
  it('are made once, listed, described and deleted', async () => {
    expect((await topic('alerts', { DisplayName: 'Value1' })).TopicArn).toBe(TopicArn);
    expect((await topic()).TopicArn).toBe(TopicArn);
    expect((await topic('alerts', { FifoTopic: 'false' })).TopicArn).toBe(TopicArn);
    await topic('more');
    const { Topics } = await sns.send(new Sns.ListTopicsCommand({}));
    expect(Topics).toEqual([{ TopicArn }, { TopicArn: `arn:aws:sns:${own}:more` }]);
    const { Attributes } = await sns.send(new Sns.GetTopicAttributesCommand({ TopicArn }));
    expect({
      ...Attributes,
      Policy: JSON.parse(Attributes!.Policy!),
      EffectiveDeliveryPolicy: JSON.parse(Attributes!.EffectiveDeliveryPolicy!),
    }).toEqual({
      DisplayName: 'Value1',
      EffectiveDeliveryPolicy: {
        http: {
          defaultHealthyRetryPolicy: {
            minDelayTarget: 20,
            maxDelayTarget: 20,
            numRetries: 3,
            numMaxDelayRetries: 0,
            numNoDelayRetries: 0,
            numMinDelayRetries: 0,
            backoffFunction: 'linear',
          },
          disableSubscriptionOverrides: false,
          defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
        },
      },
      Owner: '000000000000',
      Policy: {
        Version: '2008-10-17',
        Id: '__default_policy_ID',
        Statement: [
          {
            Sid: '__default_statement_ID',
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: [
              'SNS:GetTopicAttributes',
              'SNS:SetTopicAttributes',
              'SNS:AddPermission',
              'SNS:RemovePermission',
              'SNS:DeleteTopic',
              'SNS:Subscribe',
              'SNS:ListSubscriptionsByTopic',
              'SNS:Publish',
            ],
            Resource: TopicArn,
            Condition: { StringEquals: { 'AWS:SourceOwner': '000000000000' } },
          },
        ],
      },
      SubscriptionsConfirmed: '0',
      SubscriptionsDeleted: '0',
      SubscriptionsPending: '0',
      TopicArn,
    });
    await sns.send(new Sns.DeleteTopicCommand({ TopicArn }));
    await sns.send(new Sns.DeleteTopicCommand({ TopicArn }));
    const gone = sns.send(new Sns.GetTopicAttributesCommand({ TopicArn }));
    expect(await failureOf(gone)).toBeInstanceOf(Sns.NotFoundException);
  });

  it('have names as AWS allows them', async () => {
    expect((await topic('a'.repeat(256))).TopicArn).toContain('a'.repeat(256));
    const bad = ['', 'a'.repeat(257), 'test.fifo', ...[...':;!@|^% '].map((char) => `bad${char}name`)];
    for (const name of bad)
      expect(await told(topic(name))).toEqual([400, 'InvalidParameter', 'Invalid parameter: Topic Name']);
    expect((await told(topic('test', { FifoTopic: 'true' })))[2]).toBe('Invalid parameter: Topic Name');
    expect((await told(topic('test.fifo', { FifoTopic: 'true' })))[2]).toContain('FIFO topics are not served');
  });

  it('keep the attributes that they were made with', async () => {
    await topic('alerts', { DisplayName: 'Value1' });
    const different = [
      400,
      'InvalidParameter',
      'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    ];
    expect(await told(topic('alerts', { DisplayName: 'Value2' }))).toEqual(different);
    expect(await told(topic('alerts', { SignatureVersion: '2', DisplayName: 'Value1' }))).toEqual(different);
    expect((await told(topic('new', { KmsMasterKeyId: 'k' })))[2]).toContain('KmsMasterKeyId is not served');
  });

  it('come in pages, and stay over a close', async () => {
    for (let i = 0; i < 103; i++) await topic(`t${String(i).padStart(3, '0')}`);
    close();
    open();
    const arns: string[] = [];
    for await (const { Topics } of Sns.paginateListTopics({ client: sns }, {})) {
      expect(Topics!.length).toBeLessThanOrEqual(100);
      arns.push(...Topics!.map((one) => one.TopicArn!));
    }
    expect(arns).toHaveLength(103);
    expect(new Set(arns).size).toBe(103);
  });
});

describe('subscriptions', () => {
  it('of one function are one, until it is taken back', async () => {
    await topic();
    const { SubscriptionArn } = await subscribe();
    expect(SubscriptionArn).toMatch(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    expect((await subscribe({ ReturnSubscriptionArn: true })).SubscriptionArn).toBe(SubscriptionArn);
    const listed = {
      SubscriptionArn,
      Owner: '000000000000',
      Protocol: 'lambda',
      Endpoint: functionArn('record'),
      TopicArn,
    };
    const byTopic = async () => (await sns.send(new Sns.ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions;
    expect(await byTopic()).toEqual([listed]);
    expect((await sns.send(new Sns.ListSubscriptionsCommand({}))).Subscriptions).toEqual([listed]);
    for (let again = 0; again < 2; again++) await sns.send(new Sns.UnsubscribeCommand({ SubscriptionArn }));
    expect(await byTopic()).toEqual([]);
    await subscribe();
    await sns.send(new Sns.DeleteTopicCommand({ TopicArn }));
    expect((await sns.send(new Sns.ListSubscriptionsCommand({}))).Subscriptions).toEqual([]);
  });

  it.each([
    [
      'protocols that there are not',
      { Protocol: 'test-protocol' },
      'Amazon SNS does not support this protocol string: test-protocol',
    ],
    ['what is no ARN', { TopicArn: 'randomstring' }, 'TopicArn Reason: An ARN must have at least 6 elements, not 1'],
    [
      'a short ARN',
      { TopicArn: 'arn:aws:sns:us-east-1:random' },
      'TopicArn Reason: An ARN must have at least 6 elements, not 5',
    ],
    // Not recorded: what this engine does not serve.
    [
      'queues',
      { Protocol: 'sqs', Endpoint: 'arn:aws:sqs:us-east-1:000000000000:q' },
      'the protocol sqs is not served by the embedded SNS',
    ],
    ['filters', { Attributes: { FilterPolicy: '{}' } }, 'the attribute FilterPolicy is not served by the embedded SNS'],
  ])('refuse %s', async (_what, more, message) => {
    await topic();
    const [status, code, said] = await told(subscribe(more));
    expect([status, code]).toEqual([400, 'InvalidParameter']);
    expect(said).toContain(message);
  });

  it('end only by their ARNs', async () => {
    const unsubscribe = (SubscriptionArn: string) => told(sns.send(new Sns.UnsubscribeCommand({ SubscriptionArn })));
    const reason = (count: number) =>
      `Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not ${count}`;
    expect(await unsubscribe('randomstring')).toEqual([400, 'InvalidParameter', reason(1)]);
    expect(await unsubscribe('arn:aws:sns:us-east-1:random')).toEqual([400, 'InvalidParameter', reason(5)]);
    expect((await unsubscribe('arn:aws:sns:us-east-1:111111111111:random'))[2]).toBe(
      'Invalid parameter: SubscriptionId',
    );
    expect(await told(subscribe())).toEqual([404, 'NotFound', 'Topic does not exist']);
  });
});

describe('Publish', () => {
  it('invokes functions with the event that Lambda gets from SNS', async () => {
    await topic();
    const { SubscriptionArn } = await subscribe();
    const { MessageId } = await publish({
      Subject: '[Subject] Test subject',
      MessageAttributes: {
        'an-attribute-key': { DataType: 'String', StringValue: 'an-attribute-value' },
        'binary-attribute': { DataType: 'Binary', BinaryValue: Buffer.from([2, 3, 4]) },
      },
    });
    expect(delivered).toEqual([
      {
        arn: functionArn('record'),
        payload: {
          Records: [
            {
              EventSource: 'aws:sns',
              EventVersion: '1.0',
              EventSubscriptionArn: SubscriptionArn,
              Sns: {
                Type: 'Notification',
                MessageId,
                TopicArn,
                Subject: '[Subject] Test subject',
                Message: 'Hello world.',
                Timestamp: '2026-11-21T18:00:00.000Z',
                SignatureVersion: '1',
                Signature: expect.any(String),
                SigningCertUrl: expect.stringMatching(/SimpleNotificationService.*\.pem$/),
                UnsubscribeUrl: expect.stringContaining(`?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`),
                MessageAttributes: {
                  'an-attribute-key': { Type: 'String', Value: 'an-attribute-value' },
                  'binary-attribute': { Type: 'Binary', Value: 'AgME' },
                },
              },
            },
          ],
        },
      },
    ]);
  });

  it('takes the text for functions out of a message of several', async () => {
    await topic();
    await subscribe();
    const send = (texts: object) => publish({ Message: JSON.stringify(texts), MessageStructure: 'json' });
    await send({ default: 'for all', sqs: 'for queues' });
    await send({ default: 'for all', lambda: 'for functions' });
    await publish({ TopicArn: undefined, TargetArn: TopicArn });
    const sent = delivered.map(({ payload }) => payload.Records[0].Sns);
    expect(sent.map(({ Message }) => Message)).toEqual(['for all', 'for functions', 'Hello world.']);
    expect(sent[0]).toMatchObject({ Subject: null, MessageAttributes: {} });
    const refusal = (why: string) => [400, 'InvalidParameter', `Invalid parameter: Message Structure - ${why}`];
    const none = refusal('No default entry in JSON message body');
    expect(await told(send({ sqs: 'Test message' }))).toEqual(none);
    expect(await told(send({ default: { object: 'test' } }))).toEqual(none);
    expect(await told(publish({ Message: '{"default": ""} }', MessageStructure: 'json' }))).toEqual(
      refusal('JSON message body failed to parse'),
    );
  });

  it.each([
    ['no message', { Message: '' }, 'Empty message'],
    ['an empty subject', { Subject: '' }, 'Subject'],
    ['a long subject', { Subject: 'x'.repeat(101) }, 'Subject'],
    ['a long message', { Message: 'This is a test message'.repeat(12_000) }, 'Message too long'],
    [
      'a long message with its attributes',
      {
        Message: 'a'.repeat(262_144 - 'attr1Number1'.length + 1),
        MessageAttributes: { attr1: { DataType: 'Number', StringValue: '1' } },
      },
      'Message too long',
    ],
    ['another region', { TopicArn: 'arn:aws:sns:eu-west-1:000000000000:alerts' }, 'TopicArn'],
    ['no ARN', { TopicArn: 'randomstring:1' }, 'TopicArn Reason: An ARN must have at least 6 elements, not 2'],
    ['an empty ARN', { TopicArn: '' }, 'TopicArn Reason: An ARN must have at least 6 elements, not 1'],
    [
      'an endpoint that is not there',
      { TopicArn: undefined, TargetArn: `arn:aws:sns:${own}:endpoint/APNS/abcdef/f7d5aa50` },
      'TargetArn Reason: No endpoint found for the target arn specified',
    ],
  ] as [string, Partial<Sns.PublishCommandInput>, string][])('refuses %s', async (_what, more, message) => {
    await topic();
    expect(await told(publish(more))).toEqual([400, 'InvalidParameter', `Invalid parameter: ${message}`]);
  });

  it('takes a message that is just as long as it may be', async () => {
    await topic();
    const MessageAttributes = { attr1: { DataType: 'Number', StringValue: '1' } };
    await publish({ Message: 'a'.repeat(262_144 - 'attr1Number1'.length), MessageAttributes });
    expect(await told(publish({ TopicArn: `${TopicArn}-fake` }))).toEqual([404, 'NotFound', 'Topic does not exist']);
    expect((await told(publish({ TopicArn: undefined, PhoneNumber: '+34' })))[2]).toContain('PhoneNumber');
  });

  const wrongType =
    "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.";
  const empty = (type: string) =>
    `The message attribute 'attr1' must contain non-empty message attribute value for message attribute type '${type}'.`;
  const value = { DataType: 'String', StringValue: '123' };
  it.each([
    ['attr1', { DataType: 'String', StringValue: '' }, empty('String')],
    ['attr1', { DataType: 'String' }, empty('String')],
    ['attr1', { DataType: 'Binary', BinaryValue: Buffer.alloc(0) }, empty('Binary')],
    [
      'attr1',
      { DataType: 'String', BinaryValue: Buffer.from('123') },
      "The message attribute 'attr1' with type 'String' must use field 'String'.",
    ],
    [
      'attr1',
      { DataType: 'Number', BinaryValue: Buffer.from('123') },
      "The message attribute 'attr1' with type 'Number' must use field 'String'.",
    ],
    [
      'attr1',
      { DataType: 'Binary', StringValue: '123' },
      "The message attribute 'attr1' with type 'Binary' must use field 'Binary'.",
    ],
    ['attr1', { DataType: 'InvalidType', StringValue: '123' }, wrongType],
    ['attr1', { DataType: 'String.', StringValue: '123' }, wrongType],
    ['attr1', { DataType: 'Stringprefixed', StringValue: '123' }, wrongType],
    ['a'.repeat(257), value, 'Length of message attribute name must be less than 256 bytes.'],
    [
      'a^*?',
      value,
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ],
    ['.abc', value, "Invalid message attribute name starting with character '.' was found."],
    ['abc.', value, "Invalid message attribute name ending with character '.' was found."],
    ['a..bc', value, "Message attribute name can not have successive '.' character."],
  ] as [string, Sns.MessageAttributeValue, string][])(
    'refuses the attribute %s of %o',
    async (name, attribute, message) => {
      await topic();
      expect(await told(publish({ MessageAttributes: { [name]: attribute } }))).toEqual([
        400,
        'ParameterValueInvalid',
        message,
      ]);
    },
  );

  it('misses the type of an attribute, and names an action that is not served', async () => {
    await topic();
    const without = { StringValue: 'value' } as Sns.MessageAttributeValue;
    expect(await told(publish({ MessageAttributes: { attr1: without } }))).toEqual([
      400,
      'ValidationError',
      "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
    ]);
    const [status, code, message] = await told(sns.send(new Sns.GetSMSAttributesCommand({})));
    expect([status, code]).toEqual([400, 'InvalidAction']);
    expect(message).toContain('GetSMSAttributes');
  });
});

it('is one of the services of the engine, over a port too', async () => {
  const bench = await openBench();
  const { url } = await bench.engine.listen(0);
  const remote = clients({ endpoint: url }).sns;
  await remote.send(new Sns.CreateTopicCommand({ Name: 'alerts' }));
  await remote.send(new Sns.SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: functionArn('record') }));
  await remote.send(new Sns.PublishCommand({ TopicArn, Message: 'Clouds & rain <soon> – "10 %"' }));
  await settle();
  expect(bench.recorded.map(({ Records }) => Records[0].Sns.Message)).toEqual(['Clouds & rain <soon> – "10 %"']);
  remote.destroy();
});
