import type { ServiceResponse } from '../http.ts';
import { attributesOf } from './attributes.ts';
import { checkDigests, checksumAlgorithm, checksumField, defaultAlgorithm, nothingExpected } from './checksums.ts';
import { notModified, writeGuard } from './conditions.ts';
import type { ObjectRecord } from './database.ts';
import { invalidArgument, noSuchKey, notImplemented, preconditionFailed, S3Fault } from './faults.ts';
import { listedTime } from './list.ts';
import { checkWhile, writeDurably } from './object-files.ts';
import { type ObjectRequest, type OperationContext, xmlAnswer } from './operations.ts';
import type { ByteRange } from './ranges.ts';
import { entityTooLarge, largestPutBytes } from './request-body.ts';

function parseCopySource(header: string): { bucket: string; key: string } {
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
    throw invalidArgument('Invalid copy source object key', 'x-amz-copy-source', 'x-amz-copy-source');
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

/**
 * The object that `x-amz-copy-source` names, read as far as `choose` wants. Rejects with S3Fault `InvalidArgument`,
 * `NoSuchBucket`, `NoSuchKey`, or `PreconditionFailed` by the conditions on the source.
 */
export async function readCopySource(
  { store, now }: OperationContext,
  headers: Record<string, string>,
  choose: (record: ObjectRecord) => ByteRange,
): Promise<{ record: ObjectRecord; content: Buffer }> {
  const source = parseCopySource(headers['x-amz-copy-source']);
  store.requireBucket(source.bucket);
  const found = await store.read(source.bucket, source.key, (record) => {
    const unmet = notModified(headers, record, now(), 'x-amz-copy-source-');
    if (unmet !== undefined) throw preconditionFailed(unmet);
    return choose(record);
  });
  if (found === undefined) throw noSuchKey(source.key);
  return found;
}

function metadataDirective(headers: Record<string, string>): 'COPY' | 'REPLACE' {
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', directive);
}

export async function copyObject(context: OperationContext, target: ObjectRequest): Promise<ServiceResponse> {
  const { store } = context;
  const { bucket, key, request, requestId } = target;
  const { headers } = request;
  store.requireBucket(bucket);
  if ((headers['x-amz-tagging-directive'] ?? 'COPY') !== 'COPY') throw notImplemented('Tags of objects');
  const directive = metadataDirective(headers);
  const source = parseCopySource(headers['x-amz-copy-source']);
  const inPlace = source.bucket === bucket && source.key === key;
  if (inPlace && directive === 'COPY' && headers['x-amz-storage-class'] === undefined) {
    throw new S3Fault(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const algorithm = headers['x-amz-checksum-algorithm'] && checksumAlgorithm(headers['x-amz-checksum-algorithm']);
  const guard = writeGuard(headers, key);
  const sent = attributesOf(headers);
  const { record: original, content } = await readCopySource(context, headers, ({ sizeBytes }) => {
    if (sizeBytes > largestPutBytes) throw entityTooLarge(sizeBytes);
    return { start: 0, end: sizeBytes };
  });
  const known = original.checksum;
  const wanted = algorithm || (known?.algorithm ?? defaultAlgorithm);
  const record = await store.put(
    bucket,
    key,
    async (file) => {
      const writing = writeDurably(file, content);
      const kept = known?.algorithm === wanted && known.type === 'FULL_OBJECT' ? known : undefined;
      const digested = await checkWhile(writing, () =>
        checkDigests(nothingExpected, content, kept ? undefined : wanted),
      );
      const checksum = kept ?? digested.checksum;
      const etag = digested.md5Hex;
      const attributes = directive === 'COPY' ? { headers: original.headers, metadata: original.metadata } : sent;
      return { ...attributes, sizeBytes: content.length, etag, checksum, parts: undefined, fileTimeMs: await writing };
    },
    guard,
  );
  context.announce({ kind: 'Copy', bucket, key, requestId, record });
  return xmlAnswer('CopyObjectResult', {
    LastModified: listedTime(record.lastModifiedMs),
    ETag: `"${record.etag}"`,
    ...checksumField(wanted, record.checksum?.value),
    ChecksumType: record.checksum?.type,
  });
}
