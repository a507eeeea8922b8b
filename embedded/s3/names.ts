import { join } from 'node:path';
import { S3Fault } from './faults.ts';

/** S3's limit on a key, in bytes of UTF-8. */
const longestKeyBytes = 1024;
/** The limit of common file systems on one name, in bytes. */
const longestSegmentBytes = 255;

/**
 * Checks a bucket's name by the rules for general purpose buckets (Amazon S3 User Guide, "Bucket naming rules").
 * Throws S3Fault `InvalidBucketName`. What passes is also a safe folder name.
 */
export function checkBucketName(bucket: string): void {
  const legal =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    !bucket.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(bucket) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(bucket) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(bucket);
  if (!legal) {
    throw new S3Fault(
      'InvalidBucketName',
      `The specified bucket is not valid: ${JSON.stringify(bucket)}. Allowed are 3 to 63 lower case letters, digits, dots and hyphens, beginning and ending with a letter or digit, without the prefixes and suffixes that AWS reserves.`,
      400,
      { fields: { BucketName: bucket } },
    );
  }
}

/** The file of an object. Throws what `checkKey` throws. */
export function objectFile(bucketFolder: string, key: string): string {
  checkKey(key);
  return join(bucketFolder, ...key.split('/'));
}

/**
 * Checks that an object of this key can be a file. Throws S3Fault `KeyTooLongError`, or `InvalidArgument` for a key that
 * S3 itself would take but that cannot be a file below the bucket's folder: empty, `.` and `..` segments (so also a key
 * that begins or ends with `/`), NUL, and segments longer than a file name may be.
 */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > longestKeyBytes) {
    throw new S3Fault('KeyTooLongError', 'Your key is too long', 400, {
      fields: { Size: Buffer.byteLength(key), MaxSizeAllowed: longestKeyBytes },
    });
  }
  for (const segment of key.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw notAFile(key, `the segment ${JSON.stringify(segment)} is not a file name`);
    }
    if (Buffer.byteLength(segment) > longestSegmentBytes) {
      throw notAFile(key, `a segment is longer than ${longestSegmentBytes} bytes`);
    }
  }
  if (key.includes('\0')) throw notAFile(key, 'it holds a NUL');
}

/** The refusal of a key that cannot be a file here, though S3 itself would store it. */
export function notAFile(key: string, why: string): S3Fault {
  return new S3Fault(
    'InvalidArgument',
    `The key ${JSON.stringify(key)} cannot be stored: objects are plain files in the embedded S3, and ${why}.`,
    400,
    { fields: { ArgumentName: 'key' } },
  );
}
