import { describe, expect, it } from 'vitest';
import { decodeAwsChunked, isAwsChunked } from '../../../embedded/s3/aws-chunked.ts';

// The worked example of the AWS documentation, "Signature Calculations for the Authorization Header: Transferring
// Payload in Multiple Chunks": 65 kB of "a" in chunks of 64 kB, signed with the example's keys.
const signatures = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
];
const example = Buffer.from(
  `10000;chunk-signature=${signatures[0]}\r\n${'a'.repeat(65536)}\r\n` +
    `400;chunk-signature=${signatures[1]}\r\n${'a'.repeat(1024)}\r\n` +
    `0;chunk-signature=${signatures[2]}\r\n\r\n`,
);
const exampleHeaders = {
  'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'x-amz-decoded-content-length': '66560',
  'content-encoding': 'aws-chunked',
};

describe('decodeAwsChunked', () => {
  it('takes the documented example apart', () => {
    expect(example).toHaveLength(66824);
    expect(isAwsChunked(exampleHeaders)).toBe(true);
    const { body, trailers } = decodeAwsChunked(example, exampleHeaders);
    expect(body.equals(Buffer.alloc(66560, 'a'))).toBe(true);
    expect(trailers).toEqual({});
  });

  it('reads trailers, and data that looks like a frame', () => {
    const encoded = Buffer.from('7\r\n0\r\n\r\nab\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');
    expect(decodeAwsChunked(encoded, { 'x-amz-trailer': 'x-amz-checksum-crc32' })).toEqual({
      body: Buffer.from('0\r\n\r\nab'),
      trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
    });
  });

  it.each([
    ['', {}, 'IncompleteBody'],
    ['5\r\nab', {}, 'IncompleteBody'],
    ['zz\r\nab\r\n0\r\n\r\n', {}, 'IncompleteBody'],
    ['2\r\nab\r\n', {}, 'IncompleteBody'],
    ['2\r\nab\r\n0\r\n\r\n', { 'x-amz-decoded-content-length': '3' }, 'IncompleteBody'],
    ['2\r\nab\r\n0\r\n\r\n', { 'x-amz-trailer': 'x-amz-checksum-crc32' }, 'MalformedTrailerError'],
  ])('refuses %j with %j: %s', (encoded, headers, name) => {
    expect(() => decodeAwsChunked(Buffer.from(encoded), headers as Record<string, string>)).toThrow(
      expect.objectContaining({ name }),
    );
  });
});
