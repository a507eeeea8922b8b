import type { ObjectRecord } from './database.ts';
import { noSuchKey, preconditionFailed, S3Fault, unimplementedHeader } from './faults.ts';
import type { Guard } from './store.ts';

/** Whether an If-Match or If-None-Match value (`*`, or ETags with or without quotes, comma-separated) names this ETag. */
function namesEtag(value: string, etag: string): boolean {
  return value
    .split(',')
    .map((item) => item.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((item) => item === '*' || item === etag);
}

/** HTTP dates know whole seconds. */
function modifiedS(record: ObjectRecord): number {
  return Math.floor(record.lastModifiedMs / 1000);
}

/**
 * Conditions of a read (RFC 9110, 13.2.2, as the S3 API reference tells them for GetObject): gives the condition that
 * asks for 304 Not Modified, if one does. `prefix` is `x-amz-copy-source-` for a copy's source, else empty.
 * Throws S3Fault `PreconditionFailed`.
 */
export function notModified(
  headers: Record<string, string>,
  record: ObjectRecord,
  nowMs: number,
  prefix = '',
): string | undefined {
  const ifMatch = headers[`${prefix}if-match`];
  const ifUnmodifiedSince = headers[`${prefix}if-unmodified-since`];
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, record.etag)) throw preconditionFailed(`${prefix}If-Match`);
  } else if (ifUnmodifiedSince !== undefined && modifiedS(record) * 1000 > Date.parse(ifUnmodifiedSince)) {
    throw preconditionFailed(`${prefix}If-Unmodified-Since`);
  }
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, record.etag) ? `${prefix}If-None-Match` : undefined;
  const sinceMs = Date.parse(headers[`${prefix}if-modified-since`] ?? '');
  // A comparison with an unreadable date is false, so such a date is ignored, as one in the future is.
  return sinceMs <= nowMs && modifiedS(record) * 1000 <= sinceMs ? `${prefix}If-Modified-Since` : undefined;
}

/**
 * Conditions of a write (S3 User Guide, "conditional writes"): If-None-Match takes only `*`, If-Match one ETag of the
 * stored object. `overtaken` says of a multipart upload whether its object changed since the upload began. The guard
 * throws S3Fault `PreconditionFailed`, `ConditionalRequestConflict`, or `NoSuchKey` when If-Match meets no object.
 */
export function writeGuard(headers: Record<string, string>, key: string, overtaken = () => false): Guard {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw unimplementedHeader('If-Match,If-None-Match', 'Multiple conditional request headers present in the request');
  }
  const unaccepted = (header: string) =>
    unimplementedHeader(header, `We don't accept the provided value of ${header} header for this API`);
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') throw unaccepted('If-None-Match');
  if (ifMatch?.trim() === '*') throw unaccepted('If-Match');
  return (existing) => {
    const condition = ifMatch === undefined ? 'If-None-Match' : 'If-Match';
    if (ifNoneMatch !== undefined && existing !== undefined) throw preconditionFailed(condition);
    if (ifMatch !== undefined) {
      if (existing === undefined) throw noSuchKey(key);
      if (!namesEtag(ifMatch, existing.etag)) throw preconditionFailed(condition);
    }
    if ((ifMatch ?? ifNoneMatch) !== undefined && overtaken()) {
      throw new S3Fault(
        'ConditionalRequestConflict',
        'The conditional request cannot succeed due to a conflicting operation against this resource.',
        409,
        { fields: { Condition: condition, Key: key } },
      );
    }
  };
}

/** Condition of a delete (S3 User Guide, "conditional deletes"): the guard throws S3Fault `PreconditionFailed`. */
export function deleteGuard(ifMatch: string | undefined): Guard {
  return (existing) => {
    if (ifMatch === undefined) return;
    if (existing === undefined || !namesEtag(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
  };
}
