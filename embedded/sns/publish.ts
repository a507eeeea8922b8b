import { randomUUID } from 'node:crypto';
import { faults } from './faults.ts';
import type { Form } from './form.ts';
import { messageAttributes } from './message-attributes.ts';
import type { Topics } from './topics.ts';

/** Message and attributes together (API reference, Publish). */
const LARGEST_BYTES = 262_144;
const LONGEST_SUBJECT = 100;

/** What a function gets of one message, as `Records[0].Sns` of its event. */
export interface Notification {
  Type: 'Notification';
  MessageId: string;
  TopicArn: string;
  Subject: string | null;
  Message: string;
  Timestamp: string;
  MessageAttributes: Record<string, { Type: string; Value: string }>;
}

/** Checks a Publish, and makes of it what the subscribed functions get. Throws ServiceError. */
export function notificationOf(form: Form, topics: Topics, nowMs: number): Notification {
  const topicArn = topicArnOf(form, topics);
  const message = form.text('Message') ?? '';
  if (message === '') throw faults.invalid('Empty message');
  const subject = form.text('Subject');
  // One line of printable characters (API reference, Publish).
  if (subject !== undefined && (subject.length > LONGEST_SUBJECT || !/^\P{Cc}+$/u.test(subject))) {
    throw faults.invalid('Subject');
  }
  const attributes = messageAttributes(form);
  const texts = [message, ...attributes.flatMap(({ name, type, value }) => [name, type, value])];
  if (texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0) > LARGEST_BYTES) {
    throw faults.invalid('Message too long');
  }
  return {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topicArn,
    Subject: subject ?? null,
    Message: messageFor('lambda', message, form.text('MessageStructure')),
    Timestamp: new Date(nowMs).toISOString(),
    MessageAttributes: Object.fromEntries(
      attributes.map(({ name, type, value }) => [name, { Type: type, Value: value }]),
    ),
  };
}

function topicArnOf(form: Form, topics: Topics): string {
  const topicArn = form.text('TopicArn');
  if (topicArn !== undefined) return topics.require(topicArn).arn;
  const targetArn = form.text('TargetArn');
  if (targetArn === undefined) throw faults.invalid('TopicArn or TargetArn Reason: no value for required parameter');
  if (targetArn.split(':')[5]?.startsWith('endpoint/')) {
    throw faults.invalid('TargetArn Reason: No endpoint found for the target arn specified');
  }
  return topics.require(targetArn, 'TargetArn').arn;
}

/** The text for subscriptions of one protocol: with the structure `json` the message has one for each, and a default. */
function messageFor(protocol: string, message: string, structure: string | undefined): string {
  if (structure === undefined) return message;
  if (structure !== 'json') throw faults.invalid(`MessageStructure Reason: ${structure} is not json`);
  let texts: Record<string, unknown>;
  try {
    texts = Object(JSON.parse(message));
  } catch {
    throw faults.invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof texts.default !== 'string') {
    throw faults.invalid('Message Structure - No default entry in JSON message body');
  }
  const own = texts[protocol];
  return typeof own === 'string' ? own : texts.default;
}
