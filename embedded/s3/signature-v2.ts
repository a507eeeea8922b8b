import { createHmac } from 'node:crypto';
import type { ServiceRequest } from '../http.ts';
import { accessDenied, checkSignature, checkTime, type Signers, secretOf } from './signers.ts';

/** The parameters that sign a query (S3 User Guide, "Signing and authenticating REST requests", of version 2). */
export const parameters = ['AWSAccessKeyId', 'Signature', 'Expires'] as const;

/** Parameters that are signed with the path. */
const signedParameters = [
  ...['acl', 'cors', 'delete', 'lifecycle', 'location', 'logging', 'notification', 'partNumber', 'policy'],
  ...['replication', 'requestPayment', 'restore', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId'],
  ...['versioning', 'versions', 'website', 'accelerate', 'analytics', 'inventory', 'metrics', 'select', 'select-type'],
  ...['object-lock', 'response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires'],
];

/**
 * Checks a URL signed by version 2, which boto3 and version 1 of the AWS CLI still write unless told otherwise. Throws
 * S3Fault `AccessDenied`, `InvalidAccessKeyId` or `SignatureDoesNotMatch`, as S3 does.
 */
export function checkVersion2(request: ServiceRequest, signers: Signers, nowMs: number): void {
  const [accessKeyId, signature, expires] = parameters.map((name) => request.query.get(name));
  if (accessKeyId === null || signature === null || expires === null) {
    throw accessDenied('Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters');
  }
  if (!/^\d{1,12}$/.test(expires)) throw accessDenied(`Invalid date (should be seconds since epoch): ${expires}`);
  const secret = secretOf(signers, accessKeyId);
  checkTime(Number(expires) * 1000, nowMs);
  const stringToSign = stringOf(request, expires);
  const expected = createHmac('sha1', secret).update(stringToSign).digest('base64');
  checkSignature(accessKeyId, signature, expected, stringToSign);
}

function stringOf({ method, path, query, headers }: ServiceRequest, expires: string): string {
  // Signers write what they signed of the headers into the query.
  const amz = new Map([...query].filter(([name]) => name.startsWith('x-amz-')));
  for (const [name, value] of Object.entries(headers)) if (name.startsWith('x-amz-')) amz.set(name, value);
  const sorted = <T>(pairs: Iterable<[string, T]>) => [...pairs].sort(([one], [other]) => (one < other ? -1 : 1));
  const told = (name: string) => headers[name] ?? query.get(name) ?? '';
  const resource = sorted([...query].filter(([name]) => signedParameters.includes(name))).map(([name, value]) =>
    value === '' ? name : `${name}=${value}`,
  );
  return [
    method,
    told('content-md5'),
    told('content-type'),
    expires,
    ...sorted(amz).map(([name, value]) => `${name}:${value.trim()}`),
    resource.length === 0 ? path : `${path}?${resource.join('&')}`,
  ].join('\n');
}
