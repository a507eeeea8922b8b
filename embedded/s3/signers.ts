import { timingSafeEqual } from 'node:crypto';
import { S3Fault } from './faults.ts';

/** What a presigned URL is checked against. */
export interface Signers {
  /** Secret access keys by their access key. */
  credentials: Record<string, string>;
  region: string;
}

export function accessDenied(message: string, fields: Record<string, string | number> = {}): S3Fault {
  return new S3Fault('AccessDenied', message, 403, { fields });
}

/** Throws S3Fault `InvalidAccessKeyId` for an access key that is not known. */
export function secretOf({ credentials }: Signers, accessKeyId: string): string {
  if (Object.hasOwn(credentials, accessKeyId)) return credentials[accessKeyId];
  throw new S3Fault('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403, {
    fields: { AWSAccessKeyId: accessKeyId },
  });
}

/** Throws S3Fault `AccessDenied` when a URL's time is over; `fields` are what else its error tells. */
export function checkTime(endMs: number, nowMs: number, fields: Record<string, number> = {}): void {
  if (nowMs <= endMs) return;
  throw accessDenied('Request has expired', {
    ...fields,
    Expires: new Date(endMs).toISOString().replace('.000Z', 'Z'),
    ServerTime: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  });
}

/** Throws S3Fault `SignatureDoesNotMatch`, which tells what was signed; `fields` are what else it tells. */
export function checkSignature(
  accessKeyId: string,
  provided: string,
  expected: string,
  stringToSign: string,
  fields: Record<string, string> = {},
): void {
  const [a, b] = [Buffer.from(provided), Buffer.from(expected)];
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw new S3Fault(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    403,
    {
      fields: {
        AWSAccessKeyId: accessKeyId,
        StringToSign: stringToSign,
        SignatureProvided: provided,
        StringToSignBytes: hexBytes(stringToSign),
        ...fields,
      },
    },
  );
}

/** A text's bytes in hexadecimal, with spaces between. */
export function hexBytes(text: string): string {
  return Buffer.from(text)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
}
