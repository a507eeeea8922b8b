import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme } from './crc.ts';
import { S3Fault } from './faults.ts';

/** The checksums that S3 takes with an object, under their name in `x-amz-checksum-<name>`. */
const algorithms = {
  crc32: { digestBytes: 4, compute: (body: Buffer) => uint32(crc32(body)) },
  crc32c: { digestBytes: 4, compute: (body: Buffer) => uint32(crc32c(body)) },
  crc64nvme: { digestBytes: 8, compute: crc64nvme },
  sha1: { digestBytes: 20, compute: (body: Buffer) => hash('sha1', body, 'buffer') },
  sha256: { digestBytes: 32, compute: (body: Buffer) => hash('sha256', body, 'buffer') },
};

export type ChecksumAlgorithm = keyof typeof algorithms;

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64 of the big-endian digest, as it travels in headers. */
  value: string;
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(algorithms, name);
}

export function computeChecksum(algorithm: ChecksumAlgorithm, body: Buffer): Checksum {
  return { algorithm, value: algorithms[algorithm].compute(body).toString('base64') };
}

/**
 * Checks a body against every digest that came with it (Content-MD5, x-amz-content-sha256, x-amz-checksum-*) and
 * gives back the S3 checksum, which is stored with the object; undefined when the client sent none.
 * `headers` hold the trailers too. Throws S3Fault `InvalidDigest`, `InvalidRequest`, `BadDigest` or
 * `XAmzContentSHA256Mismatch`, as S3 does.
 */
export function verifyBody(headers: Record<string, string>, body: Buffer): Checksum | undefined {
  verifyContentMd5(headers['content-md5'], body);
  const checksum = verifyChecksum(headers, body);
  const signedSha256 = headers['x-amz-content-sha256'] ?? '';
  if (/^[0-9a-f]{64}$/.test(signedSha256) && hash('sha256', body, 'hex') !== signedSha256) {
    throw new S3Fault(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  return checksum;
}

function verifyContentMd5(contentMd5: string | undefined, body: Buffer): void {
  if (contentMd5 === undefined) return;
  if (Buffer.from(contentMd5, 'base64').length !== 16) {
    throw new S3Fault('InvalidDigest', `The Content-MD5 you specified was invalid: ${contentMd5}`);
  }
  if (hash('md5', body, 'base64') !== contentMd5) {
    throw new S3Fault('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
}

function verifyChecksum(headers: Record<string, string>, body: Buffer): Checksum | undefined {
  const prefix = 'x-amz-checksum-';
  const sent = Object.keys(headers).filter(
    (name) => name.startsWith(prefix) && isChecksumAlgorithm(name.slice(prefix.length)),
  );
  if (sent.length > 1) {
    throw new S3Fault(
      'InvalidRequest',
      `Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed: ${sent.join(', ')}`,
    );
  }
  const name = sent[0];
  if (name === undefined) {
    if (headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
      throw new S3Fault(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      );
    }
    return undefined;
  }
  const algorithm = name.slice(prefix.length) as ChecksumAlgorithm;
  if (Buffer.from(headers[name], 'base64').length !== algorithms[algorithm].digestBytes) {
    throw new S3Fault('InvalidRequest', `Value for ${name} header is invalid.`);
  }
  const computed = computeChecksum(algorithm, body);
  if (computed.value !== headers[name]) {
    throw new S3Fault(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  }
  return computed;
}
