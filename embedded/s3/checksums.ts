import { createHash, webcrypto } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme } from './crc.ts';
import { S3Fault } from './faults.ts';

/** A digest that takes its content piece by piece. */
export interface RunningDigest {
  update(bytes: Buffer): void;
  /** The digest of everything so far, most significant byte first. */
  digest(): Buffer;
}

function running32(next: (bytes: Buffer, previous: number) => number): RunningDigest {
  let crc = 0;
  return {
    update(bytes) {
      crc = next(bytes, crc);
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(crc);
      return out;
    },
  };
}

function running64(): RunningDigest {
  let crc: Buffer = Buffer.alloc(8);
  return {
    update(bytes) {
      crc = crc64nvme(bytes, crc);
    },
    digest: () => crc,
  };
}

/** The checksums that S3 takes with an object, under their name in `x-amz-checksum-<name>`. */
const algorithms = {
  crc32: { digestBytes: 4, begin: () => running32(crc32) },
  crc32c: { digestBytes: 4, begin: () => running32(crc32c) },
  crc64nvme: { digestBytes: 8, begin: running64 },
  sha1: { digestBytes: 20, begin: (): RunningDigest => createHash('sha1') },
  sha256: { digestBytes: 32, begin: (): RunningDigest => createHash('sha256') },
};

export type ChecksumAlgorithm = keyof typeof algorithms;
/** Whether a checksum is that of the content, or of the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64 of the big-endian digest, as it travels in headers; `-<parts>` behind it when composite. */
  value: string;
  type: ChecksumType;
}

/** What S3 computes where nobody asks for a checksum (User Guide, "Checking object integrity"). */
export const defaultAlgorithm: ChecksumAlgorithm = 'crc64nvme';

/** Digests are computed in pieces that leave a processor's cache last; the event loop waits no longer than one takes. */
const pieceBytes = 2 ** 20;

/** Headers with this prefix that are no digest. */
const otherChecksumHeaders = ['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type'];
const checksumPrefix = 'x-amz-checksum-';

/** Begins a digest over content that comes piece by piece. */
export function beginChecksum(algorithm: ChecksumAlgorithm): RunningDigest {
  return algorithms[algorithm].begin();
}

/** The checksum of a whole content. */
export function computeChecksum(algorithm: ChecksumAlgorithm, content: Buffer): Checksum {
  const digest = beginChecksum(algorithm);
  digest.update(content);
  return { algorithm, value: digest.digest().toString('base64'), type: 'FULL_OBJECT' };
}

/** The checksum of the checksums of an object's parts, given in Base64. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, ofParts: string[]): Checksum {
  const { value } = computeChecksum(algorithm, Buffer.concat(ofParts.map((part) => Buffer.from(part, 'base64'))));
  return { algorithm, value: `${value}-${ofParts.length}`, type: 'COMPOSITE' };
}

/** An algorithm by its name in any case. Throws S3Fault `InvalidRequest`. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const lower = name.toLowerCase();
  if (Object.hasOwn(algorithms, lower)) return lower as ChecksumAlgorithm;
  throw new S3Fault(
    'InvalidRequest',
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  );
}

/** The digest that headers carry in `x-amz-checksum-*`, if any. Throws S3Fault `InvalidRequest`. */
export function sentChecksum(
  headers: Record<string, string>,
): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  const names = Object.keys(headers).filter(
    (name) => name.startsWith(checksumPrefix) && !otherChecksumHeaders.includes(name),
  );
  if (names.length > 1) {
    throw new S3Fault(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const name = names[0];
  if (name === undefined) return undefined;
  return { algorithm: checksumAlgorithm(name.slice(checksumPrefix.length)), value: headers[name] };
}

/** What a request says of the content that it carries. */
export interface ExpectedDigests {
  md5: string | undefined;
  sha256Hex: string | undefined;
  checksum: { algorithm: ChecksumAlgorithm; value: string } | undefined;
}

/** For content that no request brought. */
export const nothingExpected: ExpectedDigests = { md5: undefined, sha256Hex: undefined, checksum: undefined };

/**
 * Reads Content-MD5, x-amz-content-sha256 and x-amz-checksum-*; `headers` hold the trailers too. Throws S3Fault
 * `InvalidDigest` or `InvalidRequest` for what cannot be a digest.
 */
export function expectedDigests(headers: Record<string, string>): ExpectedDigests {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && !isDigest(md5, 16)) {
    throw new S3Fault('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400, {
      fields: { 'Content-MD5': md5 },
    });
  }
  const checksum = sentChecksum(headers);
  if (checksum === undefined && headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
    throw new S3Fault(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (checksum !== undefined && !isDigest(checksum.value, algorithms[checksum.algorithm].digestBytes)) {
    throw new S3Fault('InvalidRequest', `Value for ${checksumPrefix}${checksum.algorithm} header is invalid.`);
  }
  const signed = headers['x-amz-content-sha256'] ?? '';
  return { md5, checksum, sha256Hex: /^[0-9a-f]{64}$/.test(signed) ? signed : undefined };
}

/** Whether a text is the Base64 of so many bytes, and nothing else. */
function isDigest(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}

/**
 * Computes every digest of `content` that is needed, each once, and compares. Gives the MD5 in hexadecimal and the
 * S3 checksum: the one sent, else one by `algorithm`, else none. The content is gone through piece by piece, so that
 * other work, such as writing it, goes on meanwhile. Rejects with S3Fault `BadDigest` or `XAmzContentSHA256Mismatch`.
 */
export async function checkDigests(
  expected: ExpectedDigests,
  content: Buffer,
  algorithm?: ChecksumAlgorithm,
): Promise<{ md5Hex: string; checksum: Checksum | undefined }> {
  const wanted = expected.checksum?.algorithm ?? algorithm;
  const running = new Map<string, RunningDigest>([['md5', createHash('md5')]]);
  if (wanted !== undefined && wanted !== 'sha256') running.set(wanted, beginChecksum(wanted));
  const sha256 = expected.sha256Hex !== undefined || wanted === 'sha256' ? sha256Of(content) : undefined;
  for (let at = 0; at < content.length; at += pieceBytes) {
    if (at > 0) await setImmediate();
    for (const digest of running.values()) digest.update(content.subarray(at, at + pieceBytes));
  }
  const digests = new Map([...running].map(([name, digest]) => [name, digest.digest()]));
  if (sha256) digests.set('sha256', await sha256);
  const md5 = digests.get('md5')!;
  const value = wanted && digests.get(wanted)!.toString('base64');
  if (expected.md5 !== undefined && md5.toString('base64') !== expected.md5) {
    throw new S3Fault('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400, {
      fields: { ExpectedDigest: expected.md5, CalculatedDigest: md5.toString('base64') },
    });
  }
  if (wanted !== undefined && expected.checksum !== undefined && value !== expected.checksum.value) {
    throw new S3Fault('BadDigest', `The ${wanted.toUpperCase()} you specified did not match the calculated checksum.`);
  }
  if (expected.sha256Hex !== undefined && digests.get('sha256')!.toString('hex') !== expected.sha256Hex) {
    throw new S3Fault(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const checksum =
    wanted && value !== undefined ? { algorithm: wanted, value, type: 'FULL_OBJECT' as const } : undefined;
  return { md5Hex: md5.toString('hex'), checksum };
}

/** SHA-256, of what is long beside this thread. */
async function sha256Of(content: Buffer): Promise<Buffer> {
  if (content.length <= pieceBytes) return createHash('sha256').update(content).digest();
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', content as Buffer<ArrayBuffer>));
}

/** The headers that tell a checksum. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumPrefix + checksum.algorithm]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** The XML element that tells a checksum by its algorithm, such as `ChecksumCRC32`. */
export function checksumField(algorithm: ChecksumAlgorithm, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [`Checksum${algorithm.toUpperCase()}`]: value };
}
