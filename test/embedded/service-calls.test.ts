import { describe, expect, it } from 'vitest';
import type { Service, ServiceRequest } from '../../embedded/http.ts';
import { ServiceCallFailed } from '../../embedded/service-calls/types.ts';
import { newServiceCalls } from '../../embedded/service-calls.ts';
import { failureOf } from './support.ts';

const asked: ServiceRequest[] = [];

/** Answers every request in one way. */
function answering(status: number, body: string): Service {
  return async (request) => {
    asked.push(request);
    return { status, headers: { 'content-type': 'text/xml' }, body };
  };
}

// Answers as in the Amazon SNS API reference, "Publish".
const published = `<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult>
<ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishResponse>`;
const refused = `<ErrorResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>
<Code>NotFound</Code><Message>Topic &quot;night&quot; does not exist</Message></Error>
<RequestId>e1</RequestId></ErrorResponse>`;

describe('sns', () => {
  it('publishes as a form, with JSON as text', async () => {
    const calls = newServiceCalls(answering(200, published), 'us-east-1');
    const answer = await calls('sns', 'publish', {
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:night',
      Message: { Message: 'HelloWorld!' },
      MessageAttributes: { first: { DataType: 'String', StringValue: 'Hello' } },
    });
    expect(answer).toMatchObject({
      output: { MessageId: '567910cd-659e-55d4-8ccb-5aaf14679dc0' },
      requestId: 'd74b8436-ae13-5ab4-a9ff-ce54dfea72a0',
    });
    expect(Object.fromEntries(new URLSearchParams(asked.at(-1)!.body.toString()))).toEqual({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: 'arn:aws:sns:us-east-1:000000000000:night',
      Message: '{"Message":"HelloWorld!"}',
      'MessageAttributes.entry.1.Name': 'first',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'Hello',
    });
  });

  it('tells what was refused', async () => {
    const calls = newServiceCalls(answering(404, refused), 'us-east-1');
    const failure = await failureOf(calls('sns', 'publish', { TopicArn: 'none', Message: 'm' }));
    expect(failure).toBeInstanceOf(ServiceCallFailed);
    expect((failure as ServiceCallFailed).fault).toEqual({
      code: 'NotFound',
      message: 'Topic "night" does not exist',
      modelName: 'NotFoundException',
      status: 404,
      requestId: 'e1',
    });
  });
});

describe('a call through the SDK', () => {
  it('gives an error that the model does not have as such', async () => {
    const body = '<Error><Code>NotImplemented</Code><Message>Not served.</Message></Error>';
    const calls = newServiceCalls(answering(501, body), 'us-east-1');
    const failure = await failureOf(calls('s3', 'getObject', { Bucket: 'bucket', Key: 'key' }));
    expect((failure as ServiceCallFailed).fault).toMatchObject({
      code: 'NotImplemented',
      message: 'Not served.',
      modelName: undefined,
      status: 501,
    });
  });
});
