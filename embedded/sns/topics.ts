import type { Collection, Documents } from '../documents.ts';
import { faults } from './faults.ts';

export interface TopicRecord {
  arn: string;
  name: string;
  displayName: string;
}

export interface SubscriptionRecord {
  arn: string;
  topicArn: string;
  /** ARN of a function. */
  endpoint: string;
}

/** What the actions share: the account, and what is kept. */
export interface Topics {
  documents: Documents;
  /** By name. */
  topics: Collection<TopicRecord>;
  /** By ARN, which begins with that of their topic. */
  subscriptions: Collection<SubscriptionRecord>;
  region: string;
  accountId: string;
  topicArn(name: string): string;
  /** The topic of an ARN. Throws InvalidParameter for what is none, and NotFound. */
  require(arn: string, parameter?: string): TopicRecord;
  subscriptionsOf(topicArn: string): SubscriptionRecord[];
}

/** Throws InvalidParameter for a text that has not the parts of an ARN. */
export function checkArn(arn: string, parameter: string): void {
  const count = arn.split(':').length;
  if (count < 6) throw faults.invalid(`${parameter} Reason: An ARN must have at least 6 elements, not ${count}`);
}

export function newTopics(documents: Documents, own: { region: string; accountId: string }): Topics {
  const topics = documents.collection<TopicRecord>('topic');
  const subscriptions = documents.collection<SubscriptionRecord>('subscription');
  const topicArn = (name: string) => `arn:aws:sns:${own.region}:${own.accountId}:${name}`;
  return {
    ...own,
    documents,
    topics,
    subscriptions,
    topicArn,
    require(arn, parameter = 'TopicArn') {
      checkArn(arn, parameter);
      if (!arn.startsWith(topicArn(''))) throw faults.invalid(parameter);
      const topic = topics.get(arn.slice(topicArn('').length));
      if (topic === undefined) throw faults.noTopic();
      return topic;
    },
    subscriptionsOf: (arn) => subscriptions.list({ prefix: `${arn}:` }),
  };
}

/** What GetTopicAttributes tells of a topic: of a standard one with the policies that AWS gives it. */
export function topicAttributes({ arn, displayName }: TopicRecord, { accountId, subscriptionsOf }: Topics) {
  const actions = ['GetTopicAttributes', 'SetTopicAttributes', 'AddPermission', 'RemovePermission', 'DeleteTopic'];
  const Policy = {
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [...actions, 'Subscribe', 'ListSubscriptionsByTopic', 'Publish'].map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': accountId } },
      },
    ],
  };
  const retries = { numRetries: 3, numMaxDelayRetries: 0, numNoDelayRetries: 0, numMinDelayRetries: 0 };
  const EffectiveDeliveryPolicy = {
    http: {
      defaultHealthyRetryPolicy: { minDelayTarget: 20, maxDelayTarget: 20, ...retries, backoffFunction: 'linear' },
      disableSubscriptionOverrides: false,
      defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
    },
  };
  return {
    Policy: JSON.stringify(Policy),
    Owner: accountId,
    SubscriptionsPending: '0',
    TopicArn: arn,
    EffectiveDeliveryPolicy: JSON.stringify(EffectiveDeliveryPolicy),
    SubscriptionsConfirmed: String(subscriptionsOf(arn).length),
    DisplayName: displayName,
    SubscriptionsDeleted: '0',
  };
}
