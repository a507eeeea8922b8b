import { randomUUID } from 'node:crypto';
import { faults } from './faults.ts';
import type { Form } from './form.ts';
import { type Notification, notificationOf } from './publish.ts';
import { checkArn, type TopicRecord, type Topics, topicAttributes } from './topics.ts';

/** One action of the API. `run` gives the members of the result, none for an action that has no result. Throws ServiceError. */
export interface Action {
  parameters: string[];
  run(form: Form): object | undefined;
}

export interface ActionOptions {
  topics: Topics;
  now: () => number;
  /** Hands a message to a function. Must not throw. */
  deliver(subscription: { arn: string; endpoint: string }, notification: Notification): void;
}

/** Protocols of SNS (API reference, Subscribe); of these `lambda` is served. */
const PROTOCOLS = ['http', 'https', 'email', 'email-json', 'sms', 'sqs', 'application', 'lambda', 'firehose'];
const PER_PAGE = 100;

export function newActions({ topics, now, deliver }: ActionOptions): Record<string, Action> {
  return {
    CreateTopic: {
      parameters: ['Name', 'Attributes.'],
      run: (form) => ({ TopicArn: createTopic(form, topics).arn }),
    },

    DeleteTopic: {
      parameters: ['TopicArn'],
      run(form) {
        const arn = form.required('TopicArn');
        checkArn(arn, 'TopicArn');
        topics.documents.change(() => {
          topics.topics.delete(arn.slice(topics.topicArn('').length));
          for (const subscription of topics.subscriptionsOf(arn)) topics.subscriptions.delete(subscription.arn);
        });
        return undefined;
      },
    },

    ListTopics: {
      parameters: ['NextToken'],
      run(form) {
        const found = topics.topics.list({ afterKey: form.text('NextToken') ?? '', limit: PER_PAGE + 1 });
        const { items, ...token } = page(found, ({ name }) => name);
        return { Topics: { member: items.map(({ arn }) => ({ TopicArn: arn })) }, ...token };
      },
    },

    GetTopicAttributes: {
      parameters: ['TopicArn'],
      run(form) {
        const attributes = topicAttributes(topics.require(form.required('TopicArn')), topics);
        return { Attributes: { entry: Object.entries(attributes).map(([key, value]) => ({ key, value })) } };
      },
    },

    Subscribe: {
      parameters: ['TopicArn', 'Protocol', 'Endpoint', 'Attributes.', 'ReturnSubscriptionArn'],
      run: (form) => ({ SubscriptionArn: subscribe(form, topics) }),
    },

    Unsubscribe: {
      parameters: ['SubscriptionArn'],
      run(form) {
        const arn = form.required('SubscriptionArn');
        checkArn(arn, 'SubscriptionArn');
        if (arn.split(':').length < 7) throw faults.invalid('SubscriptionId');
        topics.subscriptions.delete(arn);
        return undefined;
      },
    },

    ListSubscriptions: {
      parameters: ['NextToken'],
      run: (form) => listSubscriptions(form, topics, ''),
    },

    ListSubscriptionsByTopic: {
      parameters: ['TopicArn', 'NextToken'],
      run: (form) => listSubscriptions(form, topics, `${topics.require(form.required('TopicArn')).arn}:`),
    },

    Publish: {
      parameters: ['TopicArn', 'TargetArn', 'Message', 'Subject', 'MessageStructure', 'MessageAttributes.'],
      run(form) {
        const notification = notificationOf(form, topics, now());
        for (const subscription of topics.subscriptionsOf(notification.TopicArn)) deliver(subscription, notification);
        return { MessageId: notification.MessageId };
      },
    },
  };
}

/** Makes a topic, or gives the one of its name: a request that says the same may be sent again. */
function createTopic(form: Form, { topics, topicArn }: Topics): TopicRecord {
  const name = form.required('Name');
  const { FifoTopic = 'false', ...attributes } = attributesOf(form);
  const isFifo = FifoTopic.toLowerCase() === 'true';
  const plain = isFifo ? name.replace(/\.fifo$/, '') : name;
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(plain) || name.length > 256 || (isFifo && plain === name)) {
    throw faults.invalid('Topic Name');
  }
  if (isFifo) throw faults.notServed('FifoTopic', 'FIFO topics are');
  const known = topics.get(name);
  const { DisplayName, ...others } = attributes;
  const [other] = Object.keys(others);
  if (known !== undefined) {
    if (other !== undefined || (DisplayName ?? known.displayName) !== known.displayName) {
      throw faults.invalid('Attributes Reason: Topic already exists with different attributes');
    }
    return known;
  }
  if (other !== undefined) throw faults.notServed('Attributes', `the attribute ${other} is`);
  const topic = { arn: topicArn(name), name, displayName: DisplayName ?? '' };
  topics.put(name, topic);
  return topic;
}

/** Subscribes a function, which needs no confirmation; gives the ARN of a subscription that is there already. */
function subscribe(form: Form, topics: Topics): string {
  const arn = form.required('TopicArn');
  checkArn(arn, 'TopicArn');
  const protocol = form.required('Protocol');
  if (!PROTOCOLS.includes(protocol)) {
    throw faults.invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  }
  const topic = topics.require(arn);
  if (protocol !== 'lambda') throw faults.notServed('Protocol', `the protocol ${protocol} is`);
  const [attribute] = Object.keys(attributesOf(form));
  if (attribute !== undefined) throw faults.notServed('Attributes', `the attribute ${attribute} is`);
  const endpoint = form.required('Endpoint');
  if (!endpoint.startsWith(`arn:aws:lambda:${topics.region}:${topics.accountId}:function:`)) {
    throw faults.invalid('Lambda endpoint ARN');
  }
  const known = topics.subscriptionsOf(topic.arn).find((one) => one.endpoint === endpoint);
  if (known !== undefined) return known.arn;
  const subscription = { arn: `${topic.arn}:${randomUUID()}`, topicArn: topic.arn, endpoint };
  topics.subscriptions.put(subscription.arn, subscription);
  return subscription.arn;
}

function listSubscriptions(form: Form, { subscriptions, accountId }: Topics, prefix: string): object {
  const found = subscriptions.list({ prefix, afterKey: form.text('NextToken') ?? '', limit: PER_PAGE + 1 });
  const { items, ...token } = page(found, ({ arn }) => arn);
  const member = items.map(({ arn, topicArn, endpoint }) => ({
    SubscriptionArn: arn,
    Owner: accountId,
    Protocol: 'lambda',
    Endpoint: endpoint,
    TopicArn: topicArn,
  }));
  return { Subscriptions: { member }, ...token };
}

function attributesOf(form: Form): Record<string, string> {
  return Object.fromEntries(form.entries('Attributes.entry').map(({ key = '', value = '' }) => [key, value]));
}

/** A page out of a list that was asked for one more; the token of the next is the last key of this one. */
function page<T>(found: T[], keyOf: (item: T) => string) {
  const items = found.slice(0, PER_PAGE);
  return { items, ...(found.length > PER_PAGE && { NextToken: keyOf(items.at(-1)!) }) };
}
