import type { ServiceRequest } from '../http.ts';
import { decodeAwsChunked, isAwsChunked } from './aws-chunked.ts';
import { checkDigests, type ExpectedDigests, expectedDigests } from './checksums.ts';
import { S3Fault } from './faults.ts';
import { parseXml } from './xml.ts';

/** S3's limit on one PUT, and on one part: 5 GiB. */
export const largestPutBytes = 5 * 2 ** 30;
/** 10000 parts with a checksum each fit in. */
const largestXmlBytes = 4 * 2 ** 20;

/** The error for a body beyond S3's limit on one PUT. */
export function entityTooLarge(sizeBytes: number): S3Fault {
  return new S3Fault('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
    fields: { ProposedSize: sizeBytes, MaxSizeAllowed: largestPutBytes },
  });
}

/** The content that a request carries, and what the request says of it. Throws S3Fault for what cannot be. */
export function contentOf({ headers, body }: ServiceRequest): { content: Buffer; expected: ExpectedDigests } {
  const { body: content, trailers } = isAwsChunked(headers) ? decodeAwsChunked(body, headers) : { body, trailers: {} };
  if (content.length > largestPutBytes) throw entityTooLarge(content.length);
  return { content, expected: expectedDigests({ ...headers, ...trailers }) };
}

/**
 * The XML that a request carries, below its root element, checked against the digests that came with it.
 * Rejects with S3Fault `MalformedXML`, `MaxMessageLengthExceeded`, and what is wrong with the digests.
 */
export async function xmlOf(
  request: ServiceRequest,
  root: string,
): Promise<{ fields: Record<string, unknown>; digested: boolean }> {
  const { content, expected } = contentOf(request);
  if (content.length > largestXmlBytes) {
    throw new S3Fault('MaxMessageLengthExceeded', 'Your request was too big.', 400, {
      fields: { MaxMessageLengthBytes: largestXmlBytes },
    });
  }
  await checkDigests(expected, content);
  const digested = expected.md5 !== undefined || expected.checksum !== undefined;
  return { fields: parseXml(content.toString('utf8'), root), digested };
}
