import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { computeChecksum, verifyBody } from '../../../embedded/s3/checksums.ts';

const check = Buffer.from('123456789');
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

describe('checksums', () => {
  // Check values of the RevEng catalogue of parametrised CRC algorithms (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME),
  // and FIPS 180-2 appendix B.1 for "abc".
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ] as const)('%s of "123456789"', (algorithm, hex) => {
    expect(computeChecksum(algorithm, check)).toEqual({ algorithm, value: base64(hex) });
  });

  it.each([
    ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const)('%s of "abc"', (algorithm, hex) => {
    expect(computeChecksum(algorithm, Buffer.from('abc'))).toEqual({ algorithm, value: base64(hex) });
  });

  // RFC 3720, appendix B.4: 32 bytes of zeros, and of ones; the bytes on the wire are in the other order.
  it.each([
    [0x00, '8a9136aa'],
    [0xff, '62a8ab43'],
  ])('crc32c of 32 bytes of %i', (byte, hex) => {
    expect(computeChecksum('crc32c', Buffer.alloc(32, byte)).value).toBe(base64(hex));
  });
});

describe('verifyBody', () => {
  const code = (headers: Record<string, string>) => {
    try {
      verifyBody(headers, check);
    } catch (error) {
      return (error as Error).name;
    }
    return 'accepted';
  };

  it('gives back the one checksum that came', () => {
    expect(verifyBody({ 'x-amz-checksum-crc32': base64('cbf43926') }, check)).toEqual({
      algorithm: 'crc32',
      value: base64('cbf43926'),
    });
    expect(verifyBody({ 'content-md5': hash('md5', check, 'base64') }, check)).toBeUndefined();
  });

  it.each([
    [{ 'x-amz-checksum-crc32': base64('cbf43927') }, 'BadDigest'],
    [{ 'x-amz-checksum-crc32': base64('cbf439') }, 'InvalidRequest'],
    [{ 'x-amz-checksum-crc32': base64('cbf43926'), 'x-amz-checksum-crc32c': base64('e3069283') }, 'InvalidRequest'],
    [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
    [{ 'content-md5': hash('md5', 'other', 'base64') }, 'BadDigest'],
    [{ 'content-md5': 'AAAA' }, 'InvalidDigest'],
    [{ 'x-amz-content-sha256': hash('sha256', 'other') }, 'XAmzContentSHA256Mismatch'],
    [{ 'x-amz-content-sha256': hash('sha256', check) }, 'accepted'],
    [{ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, 'accepted'],
  ])('%j: %s', (headers, expected) => {
    expect(code(headers as Record<string, string>)).toBe(expected);
  });
});
