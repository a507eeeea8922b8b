import type { ServiceResponse } from '../http.ts';
import { attributeHeaders, attributesOf, overriddenHeaders } from './attributes.ts';
import { checkDigests, checksumHeaders, defaultAlgorithm } from './checksums.ts';
import { deleteGuard, notModified, writeGuard } from './conditions.ts';
import type { ObjectRecord } from './database.ts';
import { malformedXml, noSuchKey, notImplemented, S3Fault, unimplementedHeader } from './faults.ts';
import { checkWhile, writeDurably } from './object-files.ts';
import { type BucketRequest, emptyAnswer, type ObjectRequest, type OperationContext, xmlAnswer } from './operations.ts';
import { type ByteRange, parsePartNumber, parseRange, partRange } from './ranges.ts';
import { contentOf, xmlOf } from './request-body.ts';
import { elementsOf, textOf } from './xml.ts';

/** S3's limit on the keys of one DeleteObjects. */
const mostDeletedKeys = 1000;

export async function putObject(context: OperationContext, target: ObjectRequest): Promise<ServiceResponse> {
  const { store } = context;
  const { bucket, key, request, requestId } = target;
  store.requireBucket(bucket);
  const { content, expected } = contentOf(request);
  const guard = writeGuard(request.headers, key);
  const attributes = attributesOf(request.headers);
  const record = await store.put(
    bucket,
    key,
    async (file) => {
      const writing = writeDurably(file, content);
      const { md5Hex, checksum } = await checkWhile(writing, () => checkDigests(expected, content, defaultAlgorithm));
      const fileTimeMs = await writing;
      return { ...attributes, sizeBytes: content.length, etag: md5Hex, checksum, parts: undefined, fileTimeMs };
    },
    guard,
  );
  context.announce({ kind: 'Put', bucket, key, requestId, record });
  return emptyAnswer(200, { etag: `"${record.etag}"`, ...checksumHeaders(record.checksum) });
}

/** GetObject and HeadObject: the same answer, with or without its body. */
export async function readObject(
  { store, now }: OperationContext,
  { bucket, key, request }: ObjectRequest,
): Promise<ServiceResponse> {
  store.requireBucket(bucket);
  const { headers, query, method } = request;
  const overridden = overriddenHeaders(query);
  const partNumber = query.has('partNumber') ? parsePartNumber(query.get('partNumber')) : undefined;
  if (partNumber !== undefined && headers.range !== undefined) {
    throw new S3Fault('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  let range: ByteRange | undefined;
  let unchanged = false;
  const found = await store.read(bucket, key, (record) => {
    unchanged = notModified(headers, record, now()) !== undefined;
    range = partNumber === undefined ? parseRange(headers.range, record.sizeBytes) : partRange(record, partNumber);
    return unchanged || method === 'HEAD' ? undefined : (range ?? { start: 0, end: record.sizeBytes });
  });
  if (found === undefined) throw noSuchKey(key);
  const { record, content } = found;
  const lastModified = new Date(record.lastModifiedMs).toUTCString();
  if (unchanged) return emptyAnswer(304, { etag: `"${record.etag}"`, 'last-modified': lastModified });
  const answer: Record<string, string> = {
    ...attributeHeaders(record),
    etag: `"${record.etag}"`,
    'last-modified': lastModified,
    'accept-ranges': 'bytes',
    'content-length': String(range ? range.end - range.start : record.sizeBytes),
    ...overridden,
  };
  if (headers['x-amz-checksum-mode'] === 'ENABLED') Object.assign(answer, checksumOfRange(record, range, partNumber));
  if (partNumber !== undefined && record.parts) answer['x-amz-mp-parts-count'] = String(record.parts.length);
  if (!range) return { status: 200, headers: answer, body: content };
  // A part may be empty, and then it has neither a first nor a last byte.
  if (range.end > range.start) answer['content-range'] = `bytes ${range.start}-${range.end - 1}/${record.sizeBytes}`;
  return { status: 206, headers: answer, body: content };
}

/** A checksum of the whole does not fit a part of it; parts have their own where the object's is composite. */
function checksumOfRange(
  { checksum, sizeBytes, parts }: ObjectRecord,
  range: ByteRange | undefined,
  partNumber: number | undefined,
): Record<string, string> {
  if (checksum !== undefined && partNumber !== undefined && parts !== undefined) {
    const value = parts[partNumber - 1]?.checksum;
    return value === undefined ? {} : checksumHeaders({ ...checksum, value });
  }
  const whole = range === undefined || (range.start === 0 && range.end === sizeBytes);
  return whole ? checksumHeaders(checksum) : {};
}

/** Conditions of a delete that only directory buckets know. */
const unservedDeleteConditions = ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size'];

export function deleteObject(
  context: OperationContext,
  { bucket, key, request: { headers }, requestId }: ObjectRequest,
): ServiceResponse {
  context.store.requireBucket(bucket);
  const unserved = unservedDeleteConditions.find((name) => headers[name] !== undefined);
  if (unserved !== undefined) throw unimplementedHeader(unserved);
  context.store.remove(bucket, key, deleteGuard(headers['if-match']));
  context.announce({ kind: 'Delete', bucket, key, requestId });
  return emptyAnswer(204);
}

export async function deleteObjects(
  context: OperationContext,
  { bucket, request, requestId }: BucketRequest,
): Promise<ServiceResponse> {
  const { store } = context;
  store.requireBucket(bucket);
  const { fields, digested } = await xmlOf(request, 'Delete');
  if (!digested) {
    throw new S3Fault('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const objects = elementsOf(fields.Object).map((object) => ({
    key: textOf(object.Key),
    etag: textOf(object.ETag),
    unserved: ['VersionId', 'LastModifiedTime', 'Size'].find((name) => object[name] !== undefined),
  }));
  if (objects.length === 0 || objects.length > mostDeletedKeys) throw malformedXml();
  const deleted: { Key: string }[] = [];
  const errors: { Key: string; Code: string; Message: string }[] = [];
  for (const { key, etag, unserved } of objects) {
    if (!key) throw malformedXml();
    try {
      if (unserved !== undefined) throw notImplemented(`The element ${unserved} of DeleteObjects`);
      store.remove(bucket, key, deleteGuard(etag));
      context.announce({ kind: 'Delete', bucket, key, requestId });
      deleted.push({ Key: key });
    } catch (error) {
      if (!(error instanceof S3Fault)) throw error;
      errors.push({ Key: key, Code: error.code, Message: error.message });
    }
  }
  const quiet = textOf(fields.Quiet) === 'true';
  return xmlAnswer('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors });
}
