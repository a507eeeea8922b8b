import type { ServiceResponse } from '../http.ts';
import { attributesOf } from './attributes.ts';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  checkDigests,
  checksumAlgorithm,
  checksumField,
  checksumHeaders,
  nothingExpected,
} from './checksums.ts';
import { readCopySource } from './copy.ts';
import { invalidArgument, S3Fault } from './faults.ts';
import { listedTime, longestPage } from './list.ts';
import { checkKey } from './names.ts';
import { emptyAnswer, type ObjectRequest, type OperationContext, xmlAnswer } from './operations.ts';
import { parseCopyRange, parsePartNumber } from './ranges.ts';
import { contentOf, entityTooLarge, largestPutBytes } from './request-body.ts';
import type { PartRecord, UploadRecord } from './upload-database.ts';

/** The checksum types that an algorithm can have, the one that it has by default first (User Guide, "Checking object integrity"). */
const typesOf: Record<ChecksumAlgorithm, ChecksumType[]> = {
  crc32: ['COMPOSITE', 'FULL_OBJECT'],
  crc32c: ['COMPOSITE', 'FULL_OBJECT'],
  crc64nvme: ['FULL_OBJECT'],
  sha1: ['COMPOSITE'],
  sha256: ['COMPOSITE'],
};

/** The checksum that a CreateMultipartUpload asks for. Throws S3Fault `InvalidRequest`. */
function wantedChecksum(headers: Record<string, string>): UploadRecord['checksum'] {
  const name = headers['x-amz-checksum-algorithm'];
  const type = headers['x-amz-checksum-type'];
  if (name === undefined) {
    if (type === undefined) return undefined;
    throw new S3Fault(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = checksumAlgorithm(name);
  const types = typesOf[algorithm];
  if (type === undefined) return { algorithm, type: types[0] };
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw new S3Fault('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  }
  if (!types.includes(type)) {
    throw new S3Fault(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

export function createMultipartUpload(
  { store }: OperationContext,
  { bucket, key, request: { headers } }: ObjectRequest,
): ServiceResponse {
  store.requireBucket(bucket);
  // A key that cannot be a file is refused before the parts are sent.
  checkKey(key);
  const checksum = wantedChecksum(headers);
  const UploadId = store.uploads.create(bucket, key, attributesOf(headers), checksum);
  const answer = xmlAnswer('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId });
  if (checksum !== undefined) {
    answer.headers['x-amz-checksum-algorithm'] = checksum.algorithm.toUpperCase();
    answer.headers['x-amz-checksum-type'] = checksum.type;
  }
  return answer;
}

/** The upload that a request names by `uploadId`. Throws S3Fault `NoSuchBucket` or `NoSuchUpload`. */
export function uploadOf({ store }: OperationContext, { bucket, key, request }: ObjectRequest): UploadRecord {
  store.requireBucket(bucket);
  return store.uploads.require(bucket, key, request.query.get('uploadId') ?? '');
}

/** Throws S3Fault `InvalidRequest` when a part comes with another checksum than its upload has. */
function checkAlgorithm(upload: UploadRecord, sent: ChecksumAlgorithm | undefined): void {
  if (sent === undefined || upload.checksum === undefined || upload.checksum.algorithm === sent) return;
  throw new S3Fault(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm}, actual checksum Type: ${sent}`,
  );
}

export async function uploadPart(context: OperationContext, target: ObjectRequest): Promise<ServiceResponse> {
  const { query } = target.request;
  const partNumber = parsePartNumber(query.get('partNumber'));
  const upload = uploadOf(context, target);
  const { content, expected } = contentOf(target.request);
  checkAlgorithm(upload, expected.checksum?.algorithm);
  let told: Record<string, string> = {};
  const part = await context.store.uploads.putPart(upload, partNumber, content, async () => {
    const { md5Hex, checksum } = await checkDigests(expected, content, upload.checksum?.algorithm);
    told = checksumHeaders(checksum);
    return { etag: md5Hex, checksum: upload.checksum && checksum?.value };
  });
  // The type is the upload's to tell.
  delete told['x-amz-checksum-type'];
  return emptyAnswer(200, { etag: `"${part.etag}"`, ...told });
}

export async function uploadPartCopy(context: OperationContext, target: ObjectRequest): Promise<ServiceResponse> {
  const { headers, query } = target.request;
  const partNumber = parsePartNumber(query.get('partNumber'));
  const upload = uploadOf(context, target);
  const { content } = await readCopySource(context, headers, ({ sizeBytes }) => {
    const range = parseCopyRange(headers['x-amz-copy-source-range'], sizeBytes);
    if (range.end - range.start > largestPutBytes) throw entityTooLarge(range.end - range.start);
    return range;
  });
  const algorithm = upload.checksum?.algorithm;
  const part = await context.store.uploads.putPart(upload, partNumber, content, async () => {
    const { md5Hex, checksum } = await checkDigests(nothingExpected, content, algorithm);
    return { etag: md5Hex, checksum: checksum?.value };
  });
  return xmlAnswer('CopyPartResult', {
    LastModified: listedTime(part.lastModifiedMs),
    ETag: `"${part.etag}"`,
    ...(algorithm && checksumField(algorithm, part.checksum)),
  });
}

export async function abortMultipartUpload(context: OperationContext, target: ObjectRequest): Promise<ServiceResponse> {
  await context.store.uploads.end(uploadOf(context, target), async () => undefined);
  return emptyAnswer(204);
}

/** A number from the query; `absent` where there is none, or an empty one. Throws S3Fault `InvalidArgument`. */
function numberOf(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name) ?? '';
  if (text === '') return absent;
  if (/^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647) return Number(text);
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

export function listParts(context: OperationContext, target: ObjectRequest): ServiceResponse {
  const { query } = target.request;
  const upload = uploadOf(context, target);
  const marker = numberOf(query, 'part-number-marker', 0);
  const maxParts = Math.min(numberOf(query, 'max-parts', longestPage), longestPage);
  // One more than asked for tells whether there are more.
  const found = context.store.uploads.parts(upload, marker, maxParts + 1);
  const parts = found.slice(0, maxParts);
  const owner = { ID: context.accountId, DisplayName: context.accountId };
  return xmlAnswer('ListPartsResult', {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    Initiator: owner,
    Owner: owner,
    StorageClass: 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.partNumber ?? 0,
    MaxParts: maxParts,
    IsTruncated: found.length > parts.length,
    ChecksumAlgorithm: upload.checksum?.algorithm.toUpperCase(),
    ChecksumType: upload.checksum?.type,
    Part: parts.map((part) => partFields(upload, part)),
  });
}

function partFields(upload: UploadRecord, part: PartRecord) {
  return {
    PartNumber: part.partNumber,
    LastModified: listedTime(part.lastModifiedMs),
    ETag: `"${part.etag}"`,
    Size: part.sizeBytes,
    ...(upload.checksum && checksumField(upload.checksum.algorithm, part.checksum)),
  };
}
