import { ArnFormat, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { EventBus, EventField, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { EVENT_SOURCE, EVENT_TYPES } from '../core/names.ts';
import { acknowledge } from './checks.ts';
import type { StageSettings } from './config.ts';
import type { StageNames } from './names.ts';

export interface Notices {
  /** Where everything goes that a person must look at. */
  topic: Topic;
  /** Events that could not be delivered: a night that was not started, a notice that nobody got. */
  undelivered: Queue;
}

/** The observatory's bus, and the ways by which a person hears that a night went wrong. */
export function addNotices(stack: Stack, names: StageNames, settings: StageSettings): Notices {
  const undelivered = addQueue(stack, names);
  const topic = addTopic(stack, names, settings);
  const target = (text: string) =>
    new SnsTopic(topic as ITopic, {
      message: RuleTargetInput.fromText(text),
      deadLetterQueue: undelivered as IQueue,
      retryAttempts: 20,
      maxEventAge: Duration.hours(6),
    });

  const bus = new EventBus(stack, 'Bus', { eventBusName: names.bus, description: 'What happens to nights' });
  new Rule(stack, 'NightClosedFailed', {
    ruleName: `${names.prefix}night-closed-failed`,
    description: 'A night was closed as FAILED',
    eventBus: bus as IEventBus,
    eventPattern: {
      source: [EVENT_SOURCE],
      detailType: [EVENT_TYPES.nightClosed],
      detail: { status: ['FAILED'] },
    },
    targets: [
      target(
        `Night ${EventField.fromPath('$.detail.nightId')} of ${EventField.fromPath('$.detail.observatoryId')} is closed as FAILED: ${EventField.fromPath('$.detail.cause')}`,
      ),
    ],
  });
  new Rule(stack, 'NightExecutionFailed', {
    ruleName: `${names.prefix}night-execution-failed`,
    description: 'An execution of the night machine did not come to its end: the telescope may be open',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [names.machineArn('night')], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    targets: [
      target(
        `Execution ${EventField.fromPath('$.detail.executionArn')} ended as ${EventField.fromPath('$.detail.status')}. Look whether the telescope is parked: nocturne nights`,
      ),
    ],
  });
  return { topic, undelivered };
}

function addQueue(stack: Stack, names: StageNames): Queue {
  const queue = new Queue(stack, 'Undelivered', {
    queueName: `${names.prefix}undelivered`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'SchedulesLeaveWhatTheyCannotStart',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: {
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'events',
            resource: 'rule',
            resourceName: names.scheduleRule('*'),
          }),
        },
      },
    }),
  );
  acknowledge(queue, { 'AwsSolutions-SQS3': 'This queue is where the rules leave what they could not deliver.' });
  return queue;
}

function addTopic(stack: Stack, names: StageNames, settings: StageSettings): Topic {
  const key = new Key(stack, 'NoticesKey', {
    description: 'Encrypts notices on their way; a key of its own because alarms and rules cannot use the one of AWS',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsEncryptNotices',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      // In the policy of a key, this is the key.
      resources: ['*'],
    }),
  );
  const topic = new Topic(stack, 'Notices', {
    topicName: `${names.prefix}notices`,
    masterKey: key as IKey,
    enforceSSL: true,
  });
  // A topic with a policy of its own has lost the one by which the account's alarms could publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublish',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'cloudwatch',
            resource: 'alarm',
            resourceName: `${names.prefix}*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  if (settings.alarmEmail) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
  return topic;
}
