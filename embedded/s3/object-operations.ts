import type { ServiceRequest, ServiceResponse } from '../http.ts';
import { decodeAwsChunked, isAwsChunked } from './aws-chunked.ts';
import { computeChecksum, isChecksumAlgorithm, verifyBody } from './checksums.ts';
import { deleteGuard, notModified, writeGuard } from './conditions.ts';
import type { ObjectAttributes, ObjectRecord } from './database.ts';
import { noSuchKey, notImplemented, preconditionFailed, S3Fault } from './faults.ts';
import { type ByteRange, parseRange } from './ranges.ts';
import type { ObjectStore } from './store.ts';
import { parseXml, xmlDocument } from './xml.ts';

/** S3's limit on one PUT: 5 GiB. */
export const largestPutBytes = 5 * 2 ** 30;
/** S3's limit on the names and values of user metadata together. */
const largestMetadataBytes = 2048;
/** S3's limit on the keys of one DeleteObjects. */
const mostDeletedKeys = 1000;

const keptHeaders = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];
const metadataPrefix = 'x-amz-meta-';

/** Headers that would change what a write does; taking them and not acting on them would be a lie. */
const unservedWriteHeaders =
  /^x-amz-(tagging|acl|grant-.*|object-lock-.*|server-side-encryption.*|website-redirect-location|write-offset-bytes)$/;

export interface ObjectRequest {
  bucket: string;
  key: string;
  request: ServiceRequest;
}

const xmlHeaders = { 'content-type': 'application/xml' };

function attributesOf(headers: Record<string, string>): Omit<ObjectAttributes, 'checksum'> {
  const unserved = Object.keys(headers).find((name) => unservedWriteHeaders.test(name));
  if (unserved !== undefined) throw notImplemented(`The header ${unserved}`);
  const storageClass = headers['x-amz-storage-class'];
  if (storageClass !== undefined && storageClass !== 'STANDARD') throw notImplemented(`Storage class ${storageClass}`);
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of keptHeaders) {
    if (headers[name]) kept[name] = headers[name];
  }
  const encodings = (headers['content-encoding'] ?? '').split(',').map((item) => item.trim());
  const encoding = encodings.filter((item) => item !== '' && item !== 'aws-chunked').join(', ');
  if (encoding !== '') kept['content-encoding'] = encoding;
  const metadata: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(metadataPrefix)) continue;
    metadata[name.slice(metadataPrefix.length)] = value;
    metadataBytes += Buffer.byteLength(name) - metadataPrefix.length + Buffer.byteLength(value);
  }
  if (metadataBytes > largestMetadataBytes) {
    throw new S3Fault('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      fields: { Size: metadataBytes, MaxSizeAllowed: largestMetadataBytes },
    });
  }
  return { headers: kept, metadata };
}

function checksumHeaders({ checksum }: ObjectRecord): Record<string, string> {
  if (checksum === undefined) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': 'FULL_OBJECT' };
}

/** The error for a body beyond S3's limit on one PUT. */
export function entityTooLarge(sizeBytes: number): S3Fault {
  return new S3Fault('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
    fields: { ProposedSize: sizeBytes, MaxSizeAllowed: largestPutBytes },
  });
}

export async function putObject(store: ObjectStore, { bucket, key, request }: ObjectRequest): Promise<ServiceResponse> {
  store.requireBucket(bucket);
  const { headers } = request;
  const { body, trailers } = isAwsChunked(headers)
    ? decodeAwsChunked(request.body, headers)
    : { body: request.body, trailers: {} };
  if (body.length > largestPutBytes) throw entityTooLarge(body.length);
  const guard = writeGuard(headers, key);
  const attributes = attributesOf(headers);
  const checksum = verifyBody({ ...headers, ...trailers }, body);
  const record = await store.put(bucket, key, body, { ...attributes, checksum }, guard);
  return { status: 200, headers: { etag: `"${record.etag}"`, ...checksumHeaders(record) }, body: '' };
}

const overridableHeaders = [...keptHeaders, 'content-encoding'];

/** GetObject and HeadObject: the same answer, with or without its body. */
export async function readObject(
  store: ObjectStore,
  { bucket, key, request }: ObjectRequest,
): Promise<ServiceResponse> {
  store.requireBucket(bucket);
  if (request.query.has('partNumber')) throw notImplemented('Reading by part number');
  const { headers, query } = request;
  let range: ByteRange | undefined;
  let unchanged = false;
  const found = await store.read(bucket, key, (record) => {
    unchanged = notModified(headers, record);
    range = parseRange(headers.range, record.sizeBytes);
    return unchanged || request.method === 'HEAD' ? undefined : (range ?? { start: 0, end: record.sizeBytes });
  });
  if (found === undefined) throw noSuchKey(key);
  const { record, content } = found;
  const lastModified = new Date(record.lastModifiedMs).toUTCString();
  if (unchanged) {
    return { status: 304, headers: { etag: `"${record.etag}"`, 'last-modified': lastModified }, body: '' };
  }
  const answer: Record<string, string> = {
    ...record.headers,
    etag: `"${record.etag}"`,
    'last-modified': lastModified,
    'accept-ranges': 'bytes',
    'content-length': String(range ? range.end - range.start : record.sizeBytes),
  };
  for (const [name, value] of Object.entries(record.metadata)) answer[metadataPrefix + name] = value;
  for (const name of overridableHeaders) {
    const override = query.get(`response-${name}`);
    if (override !== null) answer[name] = override;
  }
  // A checksum of the whole does not fit a part of it.
  if (!range && headers['x-amz-checksum-mode'] === 'ENABLED') Object.assign(answer, checksumHeaders(record));
  if (range) answer['content-range'] = `bytes ${range.start}-${range.end - 1}/${record.sizeBytes}`;
  return { status: range ? 206 : 200, headers: answer, body: content };
}

export function deleteObject(store: ObjectStore, { bucket, key, request }: ObjectRequest): ServiceResponse {
  store.requireBucket(bucket);
  store.remove(bucket, key, deleteGuard(request.headers['if-match']));
  return { status: 204, headers: {}, body: '' };
}

export function deleteObjects(store: ObjectStore, bucket: string, request: ServiceRequest): ServiceResponse {
  store.requireBucket(bucket);
  const { headers } = request;
  const { body, trailers } = isAwsChunked(headers)
    ? decodeAwsChunked(request.body, headers)
    : { body: request.body, trailers: {} };
  const checksum = verifyBody({ ...headers, ...trailers }, body);
  if (checksum === undefined && headers['content-md5'] === undefined) {
    throw new S3Fault('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const list = parseXml(body.toString('utf8'), 'Delete');
  const objects = Array.isArray(list.Object) ? (list.Object as Record<string, unknown>[]) : [];
  if (objects.length === 0 || objects.length > mostDeletedKeys) {
    throw new S3Fault(
      'MalformedXML',
      `The XML you provided was not well-formed or did not validate against our published schema: ${objects.length} keys; 1 to ${mostDeletedKeys} are allowed`,
    );
  }
  const deleted: { Key: string }[] = [];
  const errors: { Key: string; Code: string; Message: string }[] = [];
  for (const object of objects) {
    const key = String(object.Key ?? '');
    try {
      if (object.VersionId !== undefined) throw notImplemented('Deleting a version');
      store.remove(bucket, key, deleteGuard(object.ETag === undefined ? undefined : String(object.ETag)));
      deleted.push({ Key: key });
    } catch (error) {
      if (!(error instanceof S3Fault)) throw error;
      errors.push({ Key: key, Code: error.code, Message: error.message });
    }
  }
  const quiet = list.Quiet === 'true';
  const answer = xmlDocument('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors });
  return { status: 200, headers: xmlHeaders, body: answer };
}

function copySource(header: string): { bucket: string; key: string } {
  const [path, query] = header.split('?', 2);
  if (query !== undefined) throw notImplemented('Copying a version');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).replace(/^\//, '');
  } catch {
    decoded = '';
  }
  const slash = decoded.indexOf('/');
  if (slash <= 0 || slash === decoded.length - 1) {
    throw new S3Fault('InvalidArgument', `Copy Source must mention the source bucket and key: ${header}`, 400, {
      fields: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    });
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

export async function copyObject(
  store: ObjectStore,
  { bucket, key, request }: ObjectRequest,
): Promise<ServiceResponse> {
  store.requireBucket(bucket);
  const { headers } = request;
  const source = copySource(headers['x-amz-copy-source']);
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Fault('InvalidArgument', `Unknown metadata directive: ${directive}; allowed: COPY, REPLACE`);
  }
  if (directive === 'COPY' && source.bucket === bucket && source.key === key) {
    throw new S3Fault(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const algorithm = headers['x-amz-checksum-algorithm']?.toLowerCase();
  if (algorithm !== undefined && !isChecksumAlgorithm(algorithm)) {
    throw new S3Fault('InvalidRequest', `Checksum algorithm provided is unsupported: ${algorithm}`);
  }
  const guard = writeGuard(headers, key);
  const sent = attributesOf(headers);
  store.requireBucket(source.bucket);
  const found = await store.read(source.bucket, source.key, (record) => {
    if (notModified(headers, record, 'x-amz-copy-source-')) throw preconditionFailed('x-amz-copy-source-If-None-Match');
    return { start: 0, end: record.sizeBytes };
  });
  if (found === undefined) throw noSuchKey(source.key);
  const { headers: kept, metadata } = directive === 'COPY' ? found.record : sent;
  const checksum = algorithm === undefined ? found.record.checksum : computeChecksum(algorithm, found.content);
  const record = await store.put(bucket, key, found.content, { headers: kept, metadata, checksum }, guard);
  const answer = xmlDocument('CopyObjectResult', {
    ETag: `"${record.etag}"`,
    LastModified: new Date(Math.floor(record.lastModifiedMs / 1000) * 1000).toISOString(),
    ...(record.checksum ? { [`Checksum${record.checksum.algorithm.toUpperCase()}`]: record.checksum.value } : {}),
  });
  return { status: 200, headers: xmlHeaders, body: answer };
}
