import { validateHeaderValue } from 'node:http';
import type { ObjectAttributes } from './database.ts';
import { invalidArgument, notImplemented, S3Fault } from './faults.ts';

/** S3's limit on the names and values of user metadata together. */
const largestMetadataBytes = 2048;

/** Headers that S3 keeps with an object; Content-Encoding, where `aws-chunked` is left out, is the sixth. */
const keptHeaders = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];
const metadataPrefix = 'x-amz-meta-';

/** Headers that would change what a write does; taking them and not acting on them would be a lie. */
const unservedWriteHeaders =
  /^x-amz-(tagging|grant-.*|object-lock-.*|server-side-encryption.*|website-redirect-location|write-offset-bytes)$/;
/** What a bucket of today takes, for it has no access control lists (User Guide, "Controlling ownership of objects"). */
const servedAcls = ['private', 'bucket-owner-full-control'];

/**
 * What the headers of a write say about its object. Throws S3Fault `MetadataTooLarge`, `NotImplemented`,
 * `AccessControlListNotSupported` or `InvalidArgument`.
 */
export function attributesOf(headers: Record<string, string>): ObjectAttributes {
  const unserved = Object.keys(headers).find((name) => unservedWriteHeaders.test(name));
  if (unserved !== undefined) throw notImplemented(`The header ${unserved}`);
  const acl = headers['x-amz-acl'];
  if (acl !== undefined && !servedAcls.includes(acl)) {
    throw new S3Fault('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  const storageClass = headers['x-amz-storage-class'];
  if (storageClass !== undefined && storageClass !== 'STANDARD') throw notImplemented(`Storage class ${storageClass}`);
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of keptHeaders) {
    if (headers[name]) kept[name] = headers[name];
  }
  const encodings = (headers['content-encoding'] ?? '').split(',').map((item) => item.trim());
  const encoding = encodings.filter((item) => item !== '' && item !== 'aws-chunked').join(', ');
  if (encoding !== '') kept['content-encoding'] = encoding;
  const metadata: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(metadataPrefix)) continue;
    metadata[name.slice(metadataPrefix.length)] = value;
    metadataBytes += Buffer.byteLength(name) - metadataPrefix.length + Buffer.byteLength(value);
  }
  if (metadataBytes > largestMetadataBytes) {
    throw new S3Fault('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      fields: { Size: metadataBytes, MaxSizeAllowed: largestMetadataBytes },
    });
  }
  for (const [name, value] of [...Object.entries(kept), ...Object.entries(metadata)]) checkHeader(name, value);
  return { headers: kept, metadata };
}

/** What cannot travel in an HTTP header could not be given back with the object. */
function checkHeader(name: string, value: string): void {
  try {
    validateHeaderValue(name, value);
  } catch {
    throw invalidArgument(`The value of ${name} cannot be that of an HTTP header`, name, value);
  }
}

/** The headers that tell an object's attributes. */
export function attributeHeaders({ headers, metadata }: ObjectAttributes): Record<string, string> {
  const told: Record<string, string> = { ...headers };
  for (const [name, value] of Object.entries(metadata)) told[metadataPrefix + name] = value;
  return told;
}

/** Headers of the answer that a request asks for by `response-<name>` in its query. Throws S3Fault `InvalidArgument`. */
export function overriddenHeaders(query: URLSearchParams): Record<string, string> {
  const overridden: Record<string, string> = {};
  for (const name of [...keptHeaders, 'content-encoding']) {
    const value = query.get(`response-${name}`);
    if (value === null) continue;
    checkHeader(`response-${name}`, value);
    overridden[name] = value;
  }
  return overridden;
}
