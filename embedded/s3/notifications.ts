import type { ServiceResponse } from '../http.ts';
import { invalidArgument, S3Fault } from './faults.ts';
import {
  type NotificationConfiguration,
  notificationFields,
  parseNotification,
  wants,
} from './notification-configuration.ts';
import { busEvent, eventType, functionEvent, newSequencer, type ObjectChange } from './object-events.ts';
import { type BucketRequest, emptyAnswer, type OperationContext, xmlAnswer } from './operations.ts';
import { xmlOf } from './request-body.ts';
import type { S3Options } from './service.ts';
import type { ObjectStore } from './store.ts';

const silent: NotificationConfiguration = { functions: [], eventBridge: false };

function configurationOf(store: ObjectStore, bucket: string): NotificationConfiguration {
  const json = store.notification(bucket);
  return json === undefined ? silent : JSON.parse(json);
}

/** Throws S3Fault `InvalidArgument` for functions that are not there, naming them all as AWS does. */
function checkDestinations({ functions }: NotificationConfiguration, { knowsFunction }: OperationContext): void {
  const unknown = [...new Set(functions.map(({ functionArn }) => functionArn))].filter((arn) => !knowsFunction(arn));
  if (unknown.length === 0) return;
  const fields: Record<string, string> = {};
  unknown.forEach((arn, i) => {
    fields[`ArgumentName${i + 1}`] = `${arn}, null`;
    fields[`ArgumentValue${i + 1}`] = `Not authorized to invoke function [${arn}]`;
  });
  throw new S3Fault('InvalidArgument', 'Unable to validate the following destination configurations', 400, { fields });
}

export async function putBucketNotificationConfiguration(
  context: OperationContext,
  { bucket, request }: BucketRequest,
): Promise<ServiceResponse> {
  const { store } = context;
  store.requireBucket(bucket);
  const skip = request.headers['x-amz-skip-destination-validation'];
  if (skip !== undefined && !/^(true|false)$/i.test(skip)) {
    throw invalidArgument('The value must be true or false', 'x-amz-skip-destination-validation', skip);
  }
  const configuration = parseNotification((await xmlOf(request, 'NotificationConfiguration')).fields);
  if (skip?.toLowerCase() !== 'true') checkDestinations(configuration, context);
  const silenced = configuration.functions.length === 0 && !configuration.eventBridge;
  store.putNotification(bucket, silenced ? undefined : JSON.stringify(configuration));
  return emptyAnswer(200);
}

export function getBucketNotificationConfiguration(
  { store }: OperationContext,
  { bucket }: BucketRequest,
): ServiceResponse {
  return xmlAnswer('NotificationConfiguration', notificationFields(configurationOf(store, bucket)));
}

/**
 * Tells changes of objects to whom the bucket's configuration names. What cannot be told is said on stderr: the change
 * itself is done, and its request must not fail by that. Events that are on their way when the process ends are lost.
 */
export function newAnnouncer(
  store: ObjectStore,
  { clock, region, accountId, publish, invokeLater }: S3Options,
): (change: ObjectChange) => void {
  const sequencer = newSequencer();
  const tell = (what: string, send: () => void) => {
    try {
      send();
    } catch (error) {
      process.stderr.write(`S3: ${what} is not told. ${error instanceof Error ? error.message : error}\n`);
    }
  };
  return (change) => {
    const what = `${eventType(change)} of ${change.bucket}/${change.key}`;
    tell(what, () => {
      const { functions, eventBridge } = configurationOf(store, change.bucket);
      if (functions.length === 0 && !eventBridge) return;
      const timeMs = clock.now();
      const timed = { ...change, timeMs, sequencer: sequencer(timeMs) };
      if (eventBridge) tell(what, () => publish?.(busEvent(timed, { region, accountId })));
      for (const notification of functions) {
        if (!wants(notification, eventType(change), change.key)) continue;
        const event = functionEvent(timed, notification.id, { region, accountId });
        tell(what, () => invokeLater?.(notification.functionArn, JSON.stringify(event)));
      }
    });
  };
}
