import { randomUUID } from 'node:crypto';
import { invalidArgument, malformedXml, notImplemented, S3Fault } from './faults.ts';
import type { XmlFields } from './xml.ts';
import { elementOf, elementsOf, textOf } from './xml.ts';

/** Which changes a function wants to hear of. */
export interface FunctionNotification {
  id: string;
  functionArn: string;
  /** Such as `s3:ObjectCreated:*`. */
  events: string[];
  /** As the client wrote them. */
  filter: { name: 'prefix' | 'suffix'; value: string }[];
}

export interface NotificationConfiguration {
  functions: FunctionNotification[];
  /** Whether every change goes to the default bus of EventBridge. */
  eventBridge: boolean;
}

/** Event types that S3 knows, by group (User Guide, "Supported event types"); here only objects created and removed happen. */
const eventTypes: Record<string, string[]> = {
  ObjectCreated: ['*', 'Put', 'Post', 'Copy', 'CompleteMultipartUpload'],
  ObjectRemoved: ['*', 'Delete', 'DeleteMarkerCreated'],
};

function checkEvent(event: string): void {
  const [, group = '', type = ''] = /^s3:([A-Za-z]+):([A-Za-z*]+)$/.exec(event) ?? [];
  if (Object.hasOwn(eventTypes, group) && eventTypes[group].includes(type)) return;
  throw invalidArgument('A specified event is not supported for notifications.', 'Event', event);
}

function filterOf(element: unknown): FunctionNotification['filter'] {
  if (element === undefined) return [];
  const rules = elementsOf(elementOf(elementOf(element).S3Key).FilterRule).map((rule) => {
    const name = textOf(rule.Name);
    const value = textOf(rule.Value);
    if (name === undefined || value === undefined) throw malformedXml();
    const lower = name.toLowerCase();
    if (lower !== 'prefix' && lower !== 'suffix') {
      throw invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', name);
    }
    return { name: lower, value } as const;
  });
  for (const name of ['prefix', 'suffix']) {
    if (rules.filter((rule) => rule.name === name).length > 1) {
      throw invalidArgument(`Cannot specify more than one ${name} rule in a filter.`, 'FilterRule', name);
    }
  }
  return rules;
}

function functionNotification(element: Record<string, unknown>): FunctionNotification {
  const functionArn = textOf(element.CloudFunction);
  const events = Array.isArray(element.Event) ? element.Event.map((event) => textOf(event) ?? '') : [];
  if (functionArn === undefined || events.length === 0) throw malformedXml();
  if (!functionArn.startsWith('arn:'))
    throw invalidArgument('The ARN could not be parsed', 'CloudFunction', functionArn);
  events.forEach(checkEvent);
  return { id: textOf(element.Id) || randomUUID(), functionArn, events, filter: filterOf(element.Filter) };
}

/**
 * Reads a NotificationConfiguration. Throws S3Fault `MalformedXML`, `InvalidArgument`, or `NotImplemented` for
 * destinations that the engine does not serve.
 */
export function parseNotification(fields: Record<string, unknown>): NotificationConfiguration {
  for (const unserved of ['QueueConfiguration', 'TopicConfiguration']) {
    if (fields[unserved] !== undefined) throw notImplemented(`${unserved} of a bucket's notifications`);
  }
  const functions = elementsOf(fields.CloudFunctionConfiguration).map(functionNotification);
  checkAmbiguity(functions);
  return { functions, eventBridge: fields.EventBridgeConfiguration !== undefined };
}

/** Throws S3Fault `InvalidArgument` where a change could be told twice (User Guide, "Configuring notifications with filtering"). */
function checkAmbiguity(functions: FunctionNotification[]): void {
  const rule = ({ filter }: FunctionNotification, wanted: string) =>
    filter.find(({ name }) => name === wanted)?.value ?? '';
  functions.forEach((one, i) => {
    for (const other of functions.slice(i + 1)) {
      if (one.id === other.id) {
        throw invalidArgument('Same ID used for multiple configurations. IDs must be unique', 'Id', one.id);
      }
      const [prefix, otherPrefix] = [rule(one, 'prefix'), rule(other, 'prefix')];
      const [suffix, otherSuffix] = [rule(one, 'suffix'), rule(other, 'suffix')];
      const meet =
        one.events.some((event) =>
          other.events.some((another) => eventMatches(event, another) || eventMatches(another, event)),
        ) &&
        (prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix)) &&
        (suffix.endsWith(otherSuffix) || otherSuffix.endsWith(suffix));
      if (!meet) continue;
      throw new S3Fault(
        'InvalidArgument',
        'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
      );
    }
  });
}

function eventMatches(pattern: string, event: string): boolean {
  return pattern === event || (pattern.endsWith('*') && event.startsWith(pattern.slice(0, -1)));
}

/** Whether a function wants to hear of an event of this type on this key. */
export function wants({ events, filter }: FunctionNotification, type: string, key: string): boolean {
  return (
    events.some((event) => eventMatches(event, type)) &&
    filter.every(({ name, value }) => (name === 'prefix' ? key.startsWith(value) : key.endsWith(value)))
  );
}

/** A configuration as GetBucketNotificationConfiguration tells it. */
export function notificationFields({ functions, eventBridge }: NotificationConfiguration): XmlFields {
  return {
    CloudFunctionConfiguration: functions.map(({ id, functionArn, events, filter }) => ({
      Id: id,
      CloudFunction: functionArn,
      Event: events,
      Filter:
        filter.length === 0
          ? undefined
          : {
              S3Key: {
                FilterRule: filter.map(({ name, value }) => ({
                  Name: name === 'prefix' ? 'Prefix' : 'Suffix',
                  Value: value,
                })),
              },
            },
    })),
    EventBridgeConfiguration: eventBridge ? {} : undefined,
  };
}
