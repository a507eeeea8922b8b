import { createHash, createHmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ServiceRequest } from '../http.ts';
import { S3Fault } from './faults.ts';
import { accessDenied, checkSignature, checkTime, hexBytes, type Signers, secretOf } from './signers.ts';

/** The parameters that sign a query (S3 API reference, "Authenticating Requests: Using Query Parameters"). */
export const parameters = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
] as const;
const longestLifeS = 604_800;
/** How far the signer's clock may be ahead of ours. */
const clockSkewMs = 15 * 60_000;

function parametersError(message: string): S3Fault {
  return new S3Fault('AuthorizationQueryParametersError', message);
}

/** SHA-256, with or without a key, as the signer wants it. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256');
    else this.#hash = createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {}
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** The signer, which also tells what it signs: AWS tells that to who signed otherwise. */
class Verifier extends SignatureV4 {
  async expected(
    request: HttpRequest,
    headers: Record<string, string>,
    date: Date,
    region: string,
  ): Promise<{ canonicalRequest: string; stringToSign: string; signature: string }> {
    const canonicalRequest = this.createCanonicalRequest(request, headers, 'UNSIGNED-PAYLOAD');
    const { longDate, shortDate } = this.formatDate(date);
    const scope = `${shortDate}/${region}/s3/aws4_request`;
    const stringToSign = await this.createStringToSign(longDate, scope, canonicalRequest, 'AWS4-HMAC-SHA256');
    const signature = await this.sign(stringToSign, { signingDate: date, signingRegion: region });
    return { canonicalRequest, stringToSign, signature };
  }
}

/**
 * Checks a URL signed by version 4. Rejects with S3Fault `AuthorizationQueryParametersError`, `InvalidAccessKeyId`,
 * `InvalidToken`, `AccessDenied` or `SignatureDoesNotMatch`, as S3 does.
 */
export async function checkVersion4(request: ServiceRequest, signers: Signers, nowMs: number): Promise<void> {
  const { query, headers } = request;
  const given = readParameters(query);
  const { accessKeyId } = readCredential(given['X-Amz-Credential'], given['X-Amz-Date'], signers.region);
  const date = readDate(given['X-Amz-Date']);
  const expiresS = readExpires(given['X-Amz-Expires']);
  const secretAccessKey = secretOf(signers, accessKeyId);
  if (query.has('X-Amz-Security-Token')) {
    throw new S3Fault('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
  if (date.getTime() > nowMs + clockSkewMs) throw accessDenied('Request is not yet valid');
  checkTime(date.getTime() + expiresS * 1000, nowMs, { 'X-Amz-Expires': expiresS });
  const signed = signedHeaders(given['X-Amz-SignedHeaders'], headers);
  const verifier = new Verifier({
    credentials: { accessKeyId, secretAccessKey },
    region: signers.region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
  const expected = await verifier.expected(signedRequest(request), signed, date, signers.region);
  checkSignature(accessKeyId, given['X-Amz-Signature'], expected.signature, expected.stringToSign, {
    CanonicalRequest: expected.canonicalRequest,
    CanonicalRequestBytes: hexBytes(expected.canonicalRequest),
  });
}

function readParameters(query: URLSearchParams): Record<(typeof parameters)[number], string> {
  const given: Record<string, string> = {};
  for (const name of parameters) {
    const value = query.get(name);
    if (value === null) {
      throw parametersError(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    }
    given[name] = value;
  }
  if (given['X-Amz-Algorithm'] !== 'AWS4-HMAC-SHA256') {
    throw parametersError('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
  }
  return given as Record<(typeof parameters)[number], string>;
}

/** Reads `<access key>/<yyyymmdd>/<region>/s3/aws4_request`. */
function readCredential(text: string, date: string, region: string): { accessKeyId: string } {
  const error = (why: string) => parametersError(`Error parsing the X-Amz-Credential parameter; ${why}`);
  const parts = text.split('/');
  if (parts.length < 5) {
    throw error('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  const [day, scopeRegion, service, terminal] = parts.slice(-4);
  if (terminal !== 'aws4_request') throw error(`incorrect terminal "${terminal}". This endpoint uses "aws4_request".`);
  if (service !== 's3') throw error(`incorrect service "${service}". This endpoint belongs to "s3".`);
  if (scopeRegion !== region) throw error(`the region '${scopeRegion}' is wrong; expecting '${region}'`);
  if (day !== date.slice(0, 8)) {
    throw parametersError(
      `Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${date.slice(0, 8)}".`,
    );
  }
  return { accessKeyId: parts.slice(0, -4).join('/') };
}

function readDate(text: string): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(date.getTime())) {
    throw parametersError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  return date;
}

function readExpires(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw parametersError('X-Amz-Expires should be a number');
  const expiresS = Number(text);
  if (expiresS < 0) throw parametersError('X-Amz-Expires must be non-negative');
  if (expiresS > longestLifeS) {
    throw parametersError(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${longestLifeS} seconds`,
    );
  }
  return expiresS;
}

/** The headers that are signed, as they came. Throws S3Fault `AccessDenied` where one is not signed that must be. */
function signedHeaders(list: string, headers: Record<string, string>): Record<string, string> {
  const names = list.split(';');
  const unsigned = Object.keys(headers).filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-')) && name !== 'x-amz-content-sha256' && !names.includes(name),
  );
  if (unsigned.length > 0) {
    throw accessDenied('There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.sort().join(', '),
    });
  }
  // What was signed and did not come counts as empty, and so does not match.
  return Object.fromEntries(names.map((name) => [name, (headers[name] ?? '').trim().replace(/\s+/g, ' ')]));
}

function signedRequest({ method, path, query }: ServiceRequest): HttpRequest {
  const pairs: Record<string, string[]> = {};
  for (const name of new Set(query.keys())) if (name !== 'X-Amz-Signature') pairs[name] = query.getAll(name);
  return new HttpRequest({ method, path: canonicalPath(path), query: pairs });
}

/** The path encoded as signers do it, however the client sent it. */
function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) =>
      encodeURIComponent(decodeURIComponent(segment)).replaceAll(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}
