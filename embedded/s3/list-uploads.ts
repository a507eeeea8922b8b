import type { ServiceResponse } from '../http.ts';
import { invalidArgument } from './faults.ts';
import { commonPrefix, keyEncoding, listedTime, pageSize } from './list.ts';
import { type BucketRequest, type OperationContext, xmlAnswer } from './operations.ts';
import type { UploadRecord } from './upload-database.ts';

interface Page {
  /** Uploads and common prefixes, in their order. */
  entries: (UploadRecord | string)[];
  truncated: boolean;
}

/**
 * Uploads by key, then by their beginning; those of one common prefix count as one. A marker within a common prefix
 * leaves that prefix out.
 */
function uploadsPage(
  { store }: OperationContext,
  bucket: string,
  query: URLSearchParams,
  marker: { key: string; number: number },
): Page {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxUploads = pageSize(query, 'max-uploads');
  const entries: Page['entries'] = [];
  let last = marker.key.startsWith(prefix) ? commonPrefix(marker.key, prefix, delimiter) : undefined;
  for (const upload of store.uploads.from(bucket, marker.key, marker.number)) {
    if (!upload.key.startsWith(prefix)) continue;
    const common = commonPrefix(upload.key, prefix, delimiter);
    if (common !== undefined && common === last) continue;
    if (entries.length >= maxUploads) return { entries, truncated: maxUploads > 0 };
    entries.push(common ?? upload);
    last = common;
  }
  return { entries, truncated: false };
}

/** Where a listing begins. Throws S3Fault `InvalidArgument` for an upload that is not one of the key. */
function markerOf({ store }: OperationContext, bucket: string, key: string, uploadId: string) {
  if (key === '' || uploadId === '') return { key, number: key === '' ? 0 : Number.MAX_SAFE_INTEGER };
  try {
    return { key, number: store.uploads.require(bucket, key, uploadId).number };
  } catch {
    throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', uploadId);
  }
}

export function listMultipartUploads(
  context: OperationContext,
  { bucket, request: { query } }: BucketRequest,
): ServiceResponse {
  context.store.requireBucket(bucket);
  const { name: encoding, encode } = keyEncoding(query);
  const delimiter = query.get('delimiter') ?? '';
  const prefix = query.get('prefix');
  const keyMarker = query.get('key-marker') ?? '';
  // Without a key, the marker of an upload says nothing.
  const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
  const marker = markerOf(context, bucket, keyMarker, uploadIdMarker);
  const { entries, truncated } = uploadsPage(context, bucket, query, marker);
  const last = entries.at(-1);
  const next = typeof last === 'object' ? last : undefined;
  const owner = { ID: context.accountId, DisplayName: context.accountId };
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: uploadIdMarker,
    NextKeyMarker: encode(next?.key ?? ''),
    NextUploadIdMarker: next?.id ?? '',
    Prefix: prefix === null ? undefined : encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: encoding,
    MaxUploads: pageSize(query, 'max-uploads'),
    IsTruncated: truncated,
    Upload: entries
      .filter((entry) => typeof entry === 'object')
      .map((upload) => ({
        Key: encode(upload.key),
        UploadId: upload.id,
        Initiator: owner,
        Owner: owner,
        StorageClass: 'STANDARD',
        Initiated: listedTime(upload.initiatedMs),
        ChecksumAlgorithm: upload.checksum?.algorithm.toUpperCase(),
        ChecksumType: upload.checksum?.type,
      })),
    CommonPrefixes: entries.filter((entry) => typeof entry === 'string').map((common) => ({ Prefix: encode(common) })),
  });
}
