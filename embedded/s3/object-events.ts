import type { EventContent } from '../events/event.ts';
import type { ObjectRecord } from './database.ts';

/** A change of an object that somebody may want to hear of. */
export type ObjectChange = { bucket: string; key: string; requestId: string } & (
  | { kind: 'Put' | 'Copy' | 'CompleteMultipartUpload'; record: ObjectRecord }
  | { kind: 'Delete' }
);

/** A change as it is told: when, and after which other. */
export type TimedChange = ObjectChange & {
  timeMs: number;
  /** Hexadecimal; of two changes of a key, the later one has the greater. */
  sequencer: string;
};

interface Place {
  region: string;
  accountId: string;
}

/** Requests come over the loopback address, or from this process. */
const sourceAddress = '127.0.0.1';

/** Event types as notification configurations name them, such as `s3:ObjectCreated:Put`. */
export function eventType({ kind }: ObjectChange): string {
  return `s3:${kind === 'Delete' ? 'ObjectRemoved' : 'ObjectCreated'}:${kind}`;
}

const reasons = {
  Put: 'PutObject',
  Copy: 'CopyObject',
  CompleteMultipartUpload: 'CompleteMultipartUpload',
  Delete: 'DeleteObject',
};

/** A change as EventBridge tells it (S3 User Guide, "EventBridge event message structure"). */
export function busEvent(change: TimedChange, { accountId }: Place): EventContent {
  const { bucket, key, kind, requestId, sequencer, timeMs } = change;
  const content = kind === 'Delete' ? {} : { size: change.record.sizeBytes, etag: change.record.etag };
  return {
    source: 'aws.s3',
    detailType: kind === 'Delete' ? 'Object Deleted' : 'Object Created',
    timeMs,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, ...content, sequencer },
      'request-id': requestId,
      requester: accountId,
      'source-ip-address': sourceAddress,
      reason: reasons[kind],
      ...(kind === 'Delete' ? { 'deletion-type': 'Permanently Deleted' } : {}),
    },
  };
}

/** A change as functions are told of it (S3 User Guide, "Event message structure"). */
export function functionEvent(change: TimedChange, configurationId: string, { region, accountId }: Place): object {
  const { bucket, key, kind, requestId, sequencer, timeMs } = change;
  const content = kind === 'Delete' ? {} : { size: change.record.sizeBytes, eTag: change.record.etag };
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(timeMs).toISOString(),
    eventName: eventType(change).slice('s3:'.length),
    userIdentity: { principalId: accountId },
    requestParameters: { sourceIPAddress: sourceAddress },
    responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: bucket, ownerIdentity: { principalId: accountId }, arn: `arn:aws:s3:::${bucket}` },
      object: { key: formEncoded(key), ...content, sequencer },
    },
  };
  return { Records: [record] };
}

/** Keys travel to functions as in an HTML form: a space is `+`. */
function formEncoded(key: string): string {
  return new URLSearchParams([[key, '']]).toString().slice(0, -1).replaceAll('%2F', '/');
}

/** Gives sequencers that grow, also over restarts as long as the clock goes forward. */
export function newSequencer(): (timeMs: number) => string {
  let last = 0n;
  return (timeMs) => {
    const next = BigInt(Math.floor(timeMs)) << 16n;
    last = next > last ? next : last + 1n;
    return last.toString(16).toUpperCase().padStart(16, '0');
  };
}
