import type { ServiceResponse } from '../http.ts';
import {
  beginChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  checksumField,
  compositeChecksum,
  defaultAlgorithm,
  sentChecksum,
} from './checksums.ts';
import { writeGuard } from './conditions.ts';
import type { ObjectRecord } from './database.ts';
import { malformedXml, S3Fault } from './faults.ts';
import { urlEncoded } from './list.ts';
import { uploadOf } from './multipart.ts';
import { joinDurably } from './object-files.ts';
import { type ObjectRequest, type OperationContext, xmlAnswer } from './operations.ts';
import { xmlOf } from './request-body.ts';
import type { PartRecord, UploadRecord } from './upload-database.ts';
import { etagOfParts } from './uploads.ts';
import { elementsOf, textOf } from './xml.ts';

/** S3's limit on every part but the last: 5 MiB. */
const leastPartBytes = 5 * 2 ** 20;

const checksumElements: Record<ChecksumAlgorithm, string> = {
  crc32: 'ChecksumCRC32',
  crc32c: 'ChecksumCRC32C',
  crc64nvme: 'ChecksumCRC64NVME',
  sha1: 'ChecksumSHA1',
  sha256: 'ChecksumSHA256',
};

interface ListedPart {
  partNumber: number;
  /** Without quotes. */
  etag: string;
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
}

/** Reads the list of parts. Throws S3Fault `MalformedXML`, `InvalidRequest` or `InvalidPartOrder`. */
function listedParts(upload: UploadRecord, fields: Record<string, unknown>): ListedPart[] {
  const parts = elementsOf(fields.Part).map((part) => {
    const number = textOf(part.PartNumber)?.trim() ?? '';
    const etag = textOf(part.ETag);
    if (!/^\d{1,9}$/.test(number) || etag === undefined) throw malformedXml();
    const checksums: ListedPart['checksums'] = {};
    for (const [algorithm, element] of Object.entries(checksumElements)) {
      const value = textOf(part[element]);
      if (value !== undefined) checksums[algorithm as ChecksumAlgorithm] = value;
    }
    return { partNumber: Number(number), etag: etag.trim().replaceAll('"', ''), checksums };
  });
  if (parts.length === 0) throw new S3Fault('InvalidRequest', 'You must specify at least one part');
  for (let i = 1; i < parts.length; i += 1) {
    if (parts[i].partNumber <= parts[i - 1].partNumber) {
      throw new S3Fault(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        400,
        { fields: { UploadId: upload.id } },
      );
    }
  }
  return parts;
}

/** The stored part that a listed one names. Throws S3Fault `InvalidPart`, `InvalidRequest` or `BadDigest`. */
function storedPart(
  { store }: OperationContext,
  upload: UploadRecord,
  { partNumber, etag, checksums }: ListedPart,
): PartRecord {
  const part = store.uploads.part(upload, partNumber);
  const invalid = () =>
    new S3Fault(
      'InvalidPart',
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      400,
      { fields: { UploadId: upload.id, PartNumber: partNumber, ETag: etag } },
    );
  if (part === undefined || part.etag !== etag) throw invalid();
  const algorithm = upload.checksum?.algorithm;
  if (algorithm === undefined) {
    if (Object.keys(checksums).length > 0) throw invalid();
    return part;
  }
  const other = Object.keys(checksums).find((name) => name !== algorithm);
  if (other !== undefined) {
    throw new S3Fault('BadDigest', `The ${other} you specified for part ${partNumber} did not match what we received.`);
  }
  const sent = checksums[algorithm];
  if (sent !== undefined && sent !== part.checksum) throw invalid();
  if (sent === undefined && upload.checksum?.type === 'COMPOSITE') {
    throw new S3Fault(
      'InvalidRequest',
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
    );
  }
  return part;
}

/** Throws S3Fault `EntityTooSmall` where a part is too small for one that others follow. */
function checkPartSizes(parts: PartRecord[]): void {
  const small = parts.slice(0, -1).find((part) => part.sizeBytes < leastPartBytes);
  if (small === undefined) return;
  throw new S3Fault('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
    fields: {
      ProposedSize: small.sizeBytes,
      MinSizeAllowed: leastPartBytes,
      PartNumber: small.partNumber,
      ETag: small.etag,
    },
  });
}

/** Throws S3Fault `InvalidRequest` where the request names another checksum type than the upload has. */
function checkType(upload: UploadRecord, headers: Record<string, string>): void {
  const type = headers['x-amz-checksum-type'];
  if (type === undefined || type === upload.checksum?.type) return;
  throw new S3Fault(
    'InvalidRequest',
    `The upload was created using the ${upload.checksum?.type ?? 'null'} checksum mode. The complete request must use the same checksum mode.`,
  );
}

/** Throws S3Fault `InvalidRequest` where the request names another size than the object's. */
function checkSize(headers: Record<string, string>, sizeBytes: number): void {
  const claimed = headers['x-amz-mp-object-size'];
  if (claimed === undefined || claimed === String(sizeBytes)) return;
  throw new S3Fault(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${claimed} does not match what was computed: ${sizeBytes}`,
  );
}

/** Throws S3Fault `BadDigest` when the request tells another checksum than the object's, which an upload without one ignores. */
function checkChecksum(upload: UploadRecord, headers: Record<string, string>, checksum: Checksum): void {
  const sent = sentChecksum(headers);
  if (sent === undefined || upload.checksum === undefined) return;
  // A composite checksum may come without the number of its parts.
  const values = [checksum.value, checksum.value.replace(/-\d+$/, '')];
  if (sent.algorithm === checksum.algorithm && values.includes(sent.value)) return;
  throw new S3Fault('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
}

export async function completeMultipartUpload(
  context: OperationContext,
  target: ObjectRequest,
): Promise<ServiceResponse> {
  const { bucket, key, request, requestId } = target;
  const { headers } = request;
  const asked = uploadOf(context, target);
  // Checksums in the headers are the object's, not those of the list of parts.
  const bodyHeaders = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  const { fields } = await xmlOf({ ...request, headers: Object.fromEntries(bodyHeaders) }, 'CompleteMultipartUpload');
  const listed = listedParts(asked, fields);
  const record = await context.store.uploads.end(asked, () => join(context, target, listed));
  context.announce({ kind: 'CompleteMultipartUpload', bucket, key, requestId, record });
  const { checksum } = record;
  return xmlAnswer('CompleteMultipartUploadResult', {
    Location: `http://${headers.host ?? 'localhost'}/${bucket}/${urlEncoded(key)}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${record.etag}"`,
    ...(checksum && { ...checksumField(checksum.algorithm, checksum.value), ChecksumType: checksum.type }),
  });
}

/** Makes an object of the parts of an upload that the request lists. */
async function join(context: OperationContext, target: ObjectRequest, listed: ListedPart[]): Promise<ObjectRecord> {
  const { store } = context;
  const { bucket, key, request } = target;
  const upload = uploadOf(context, target);
  checkType(upload, request.headers);
  const parts = listed.map((part) => storedPart(context, upload, part));
  checkPartSizes(parts);
  const sizeBytes = parts.reduce((total, part) => total + part.sizeBytes, 0);
  checkSize(request.headers, sizeBytes);
  const composite = upload.checksum?.type === 'COMPOSITE';
  const algorithm = upload.checksum?.algorithm ?? defaultAlgorithm;
  const guard = writeGuard(request.headers, key, () => uploadOf(context, target).overtaken);
  return store.put(
    bucket,
    key,
    async (file) => {
      const ofParts = parts.map((part) => part.checksum ?? '');
      const digest = composite ? undefined : beginChecksum(algorithm);
      const sources = parts.map((part) => store.uploads.partFile(part));
      const fileTimeMs = await joinDurably(file, sources, digest);
      const checksum: Checksum = digest
        ? { algorithm, value: digest.digest().toString('base64'), type: 'FULL_OBJECT' }
        : compositeChecksum(algorithm, ofParts);
      checkChecksum(upload, request.headers, checksum);
      return {
        headers: upload.headers,
        metadata: upload.metadata,
        sizeBytes,
        etag: etagOfParts(parts.map((part) => part.etag)),
        checksum,
        parts: parts.map((part) => ({
          sizeBytes: part.sizeBytes,
          ...(composite && part.checksum !== undefined ? { checksum: part.checksum } : {}),
        })),
        fileTimeMs,
      };
    },
    guard,
  );
}
