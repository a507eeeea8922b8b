import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  beginChecksum,
  checkDigests,
  compositeChecksum,
  computeChecksum,
  expectedDigests,
} from '../../../embedded/s3/checksums.ts';

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
    expect(computeChecksum(algorithm, check)).toEqual({
      algorithm,
      value: base64(hex),
      type: 'FULL_OBJECT',
    });
  });

  it.each([
    ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const)('%s of "abc"', (algorithm, hex) => {
    expect(computeChecksum(algorithm, Buffer.from('abc'))).toEqual({
      algorithm,
      value: base64(hex),
      type: 'FULL_OBJECT',
    });
  });

  // RFC 3720, appendix B.4: 32 bytes of zeros, and of ones; the bytes on the wire are in the other order.
  it.each([
    [0x00, '8a9136aa'],
    [0xff, '62a8ab43'],
  ])('crc32c of 32 bytes of %i', (byte, hex) => {
    expect(computeChecksum('crc32c', Buffer.alloc(32, byte)).value).toBe(base64(hex));
  });
});

describe('digests of a request', () => {
  const code = async (headers: Record<string, string>) => {
    try {
      await checkDigests(expectedDigests(headers), check);
    } catch (error) {
      return (error as Error).name;
    }
    return 'accepted';
  };

  it('give the checksum that came, or one that is asked for', async () => {
    const sent = { 'x-amz-checksum-crc32': base64('cbf43926') };
    const crc32 = { algorithm: 'crc32', value: base64('cbf43926'), type: 'FULL_OBJECT' };
    const md5Hex = hash('md5', check);
    expect(await checkDigests(expectedDigests(sent), check)).toEqual({ md5Hex, checksum: crc32 });
    expect(await checkDigests(expectedDigests(sent), check, 'crc64nvme')).toEqual({ md5Hex, checksum: crc32 });
    const onlyMd5 = expectedDigests({ 'content-md5': hash('md5', check, 'base64') });
    expect(await checkDigests(onlyMd5, check)).toEqual({ md5Hex, checksum: undefined });
    expect((await checkDigests(onlyMd5, check, 'crc64nvme')).checksum?.value).toBe(base64('ae8b14860a799888'));
  });

  it('are the same piece by piece', () => {
    for (const algorithm of ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const) {
      const digest = beginChecksum(algorithm);
      for (const [start, end] of [
        [0, 0],
        [0, 1],
        [1, 4],
        [4, 9],
      ])
        digest.update(check.subarray(start, end));
      expect(digest.digest().toString('base64')).toBe(computeChecksum(algorithm, check).value);
    }
  });

  // localstack/localstack, tests/aws/services/s3/test_s3.snapshot.json (what AWS answered):
  // test_complete_multipart_parts_checksum_composite[CRC32], parts of 5 MiB + 1, as much, and 10 letters "a".
  it('of parts give a composite', () => {
    const parts = ['NRU+Sw==', 'NRU+Sw==', 'TBHN8A=='];
    expect(compositeChecksum('crc32', parts)).toEqual({ algorithm: 'crc32', value: '5FRUiw==-3', type: 'COMPOSITE' });
  });

  it.each([
    [{ 'x-amz-checksum-crc32': base64('cbf43927') }, 'BadDigest'],
    [{ 'x-amz-checksum-crc32': base64('cbf439') }, 'InvalidRequest'],
    [{ 'x-amz-checksum-crc32': base64('cbf43926'), 'x-amz-checksum-crc32c': base64('e3069283') }, 'InvalidRequest'],
    [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
    [{ 'content-md5': hash('md5', 'other', 'base64') }, 'BadDigest'],
    [{ 'content-md5': 'AAAA' }, 'InvalidDigest'],
    [{ 'content-md5': 'not base64 encoded checksum' }, 'InvalidDigest'],
    [{ 'x-amz-checksum-sha512': base64('00') }, 'InvalidRequest'],
    [{ 'x-amz-content-sha256': hash('sha256', 'other') }, 'XAmzContentSHA256Mismatch'],
    [{ 'x-amz-content-sha256': hash('sha256', check) }, 'accepted'],
    [{ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, 'accepted'],
  ])('%j: %s', async (headers, expected) => {
    expect(await code(headers as Record<string, string>)).toBe(expected);
  });
});
