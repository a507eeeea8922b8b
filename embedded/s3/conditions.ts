import type { ObjectRecord } from './database.ts';
import { noSuchKey, notImplemented, preconditionFailed, S3Fault } from './faults.ts';
import type { Guard } from './store.ts';

/** Whether an If-Match or If-None-Match value (`*`, or ETags with or without quotes, comma-separated) names this ETag. */
function namesEtag(value: string, etag: string): boolean {
  return value
    .split(',')
    .map((item) => item.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((item) => item === '*' || item === etag);
}

/** HTTP dates know whole seconds. */
function modifiedSince(record: ObjectRecord, date: string): boolean {
  return Math.floor(record.lastModifiedMs / 1000) * 1000 > Date.parse(date);
}

/**
 * Conditions of a read (RFC 9110, 13.2.2, as the S3 API reference tells them for GetObject): gives true when the
 * answer is 304 Not Modified. `prefix` is `x-amz-copy-source-` for a copy's source, else empty.
 * Throws S3Fault `PreconditionFailed`.
 */
export function notModified(headers: Record<string, string>, record: ObjectRecord, prefix = ''): boolean {
  const ifMatch = headers[`${prefix}if-match`];
  const ifUnmodifiedSince = headers[`${prefix}if-unmodified-since`];
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, record.etag)) throw preconditionFailed(`${prefix}If-Match`);
  } else if (ifUnmodifiedSince !== undefined && modifiedSince(record, ifUnmodifiedSince)) {
    throw preconditionFailed(`${prefix}If-Unmodified-Since`);
  }
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  const ifModifiedSince = headers[`${prefix}if-modified-since`];
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, record.etag);
  // A comparison with an unreadable date is false, so such a date is ignored, as the RFC asks.
  return (
    ifModifiedSince !== undefined && Math.floor(record.lastModifiedMs / 1000) * 1000 <= Date.parse(ifModifiedSince)
  );
}

/**
 * Conditions of a write (S3 User Guide, "conditional writes"): If-None-Match takes only `*`; If-Match compares with
 * the stored object. The guard throws S3Fault `PreconditionFailed`, or `NoSuchKey` when If-Match meets no object.
 */
export function writeGuard(headers: Record<string, string>, key: string): Guard {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw notImplemented(`If-None-Match with another value than "*" (${ifNoneMatch}) on a write`);
  }
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new S3Fault('InvalidRequest', 'If-Match and If-None-Match cannot be combined on a write.');
  }
  return (existing) => {
    if (ifNoneMatch !== undefined && existing !== undefined) throw preconditionFailed('If-None-Match');
    if (ifMatch === undefined) return;
    if (existing === undefined) throw noSuchKey(key);
    if (!namesEtag(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
  };
}

/** Condition of a delete (S3 User Guide, "conditional deletes"): the guard throws S3Fault `PreconditionFailed`. */
export function deleteGuard(ifMatch: string | undefined): Guard {
  return (existing) => {
    if (ifMatch === undefined) return;
    if (existing === undefined || !namesEtag(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
  };
}
