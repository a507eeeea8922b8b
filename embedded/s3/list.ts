import type { ObjectRecord } from './database.ts';
import { invalidArgument } from './faults.ts';
import type { ObjectStore } from './store.ts';
import type { XmlFields } from './xml.ts';

/** S3 answers with at most this many keys and prefixes, uploads or parts at once. */
export const longestPage = 1000;

/** Where a listing goes on: after this key, or after all keys that begin with this common prefix. */
type Place = { afterKey: string } | { afterPrefix: string };

interface Page {
  objects: ObjectRecord[];
  commonPrefixes: string[];
  /** Undefined on the last page. */
  next: Place | undefined;
}

/** The part of a key up to the first delimiter behind the prefix; undefined where there is none. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/**
 * One page of keys in the order of their UTF-8 bytes. Keys with `delimiter` behind the prefix are rolled up into
 * common prefixes, each counted once.
 */
function listPage(
  store: ObjectStore,
  bucket: string,
  { prefix, delimiter, from, maxKeys }: { prefix: string; delimiter: string; from: Place; maxKeys: number },
): Page {
  const page: Page = { objects: [], commonPrefixes: [], next: undefined };
  if (maxKeys === 0) return page;
  let place = from;
  scan: for (;;) {
    const skipped = 'afterPrefix' in place ? place.afterPrefix : undefined;
    // The last code point there is: a scan from here jumps over a rolled-up prefix instead of reading its keys.
    const beyond = 'afterPrefix' in place ? `${place.afterPrefix}\u{10ffff}` : place.afterKey;
    const beforePrefix = Buffer.compare(Buffer.from(beyond), Buffer.from(prefix)) < 0;
    for (const record of store.objectsFrom(bucket, beforePrefix ? prefix : beyond, !beforePrefix)) {
      if (!record.key.startsWith(prefix)) break scan;
      if (skipped !== undefined && record.key.startsWith(skipped)) continue;
      if (page.objects.length + page.commonPrefixes.length >= maxKeys) {
        page.next = place;
        break scan;
      }
      const common = commonPrefix(record.key, prefix, delimiter);
      if (common !== undefined) {
        page.commonPrefixes.push(common);
        place = { afterPrefix: common };
        continue scan;
      }
      page.objects.push(record);
      place = { afterKey: record.key };
    }
    break;
  }
  return page;
}

/** How many a request wants at most, by a parameter such as `max-keys`. Throws S3Fault `InvalidArgument`. */
export function pageSize(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  // An empty one counts as none.
  if (text === null || text === '') return longestPage;
  if (!/^-?\d+$/.test(text))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  if (Number(text) < 0 || Number(text) > 2_147_483_647) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text);
  }
  return Math.min(Number(text), longestPage);
}

/** How keys are to be written in the answer to a listing. Throws S3Fault `InvalidArgument`. */
export function keyEncoding(query: URLSearchParams): { name: string | undefined; encode: (key: string) => string } {
  const name = query.get('encoding-type');
  if (name === null) return { name: undefined, encode: (key) => key };
  if (name !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', name);
  }
  return { name, encode: urlEncoded };
}

/** Text percent-encoded down to letters, digits and `-_.~/`. */
export function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A time as listings tell it: S3 knows whole seconds. */
export function listedTime(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}

function encodeToken(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function decodeToken(token: string): Place {
  try {
    const { afterKey, afterPrefix } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof afterKey === 'string') return { afterKey };
    if (typeof afterPrefix === 'string') return { afterPrefix };
  } catch {
    // Not a token of ours: refused below.
  }
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}

/** The answer to ListObjectsV2, as the fields of its ListBucketResult. Throws S3Fault `InvalidArgument`. */
export function listObjectsV2(store: ObjectStore, bucket: string, query: URLSearchParams, ownerId: string): XmlFields {
  store.requireBucket(bucket);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const { encode } = keyEncoding(query);
  const from = token === null ? { afterKey: startAfter ?? '' } : decodeToken(token);
  const { fields, page } = listing(
    store,
    bucket,
    query,
    from,
    query.get('fetch-owner') === 'true' ? ownerId : undefined,
  );
  return {
    ...fields,
    KeyCount: page.objects.length + page.commonPrefixes.length,
    StartAfter: startAfter === null || token !== null ? undefined : encode(startAfter),
    ContinuationToken: token ?? undefined,
    NextContinuationToken: page.next === undefined ? undefined : encodeToken(page.next),
  };
}

/** The answer to ListObjects, the first version, as the fields of its ListBucketResult. Throws S3Fault `InvalidArgument`. */
export function listObjects(store: ObjectStore, bucket: string, query: URLSearchParams, ownerId: string): XmlFields {
  store.requireBucket(bucket);
  const marker = query.get('marker') ?? '';
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const { encode } = keyEncoding(query);
  // A marker within a common prefix leaves that prefix out.
  const common = marker.startsWith(prefix) ? commonPrefix(marker, prefix, delimiter) : undefined;
  const from = common === undefined ? { afterKey: marker } : { afterPrefix: common };
  const { fields, page } = listing(store, bucket, query, from, ownerId);
  const { next } = page;
  return {
    ...fields,
    Marker: encode(marker),
    // Without a delimiter the last key of the answer is the next marker.
    NextMarker:
      next === undefined || delimiter === ''
        ? undefined
        : encode('afterPrefix' in next ? next.afterPrefix : next.afterKey),
  };
}

/** What the answers of both versions share. */
function listing(
  store: ObjectStore,
  bucket: string,
  query: URLSearchParams,
  from: Place,
  ownerId: string | undefined,
): { fields: XmlFields; page: Page } {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const { name: encoding, encode } = keyEncoding(query);
  const maxKeys = pageSize(query, 'max-keys');
  const page = listPage(store, bucket, { prefix, delimiter, from, maxKeys });
  const owner = ownerId === undefined ? undefined : { ID: ownerId };
  const fields = {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: encoding,
    IsTruncated: page.next !== undefined,
    Contents: page.objects.map((record) => ({
      Key: encode(record.key),
      LastModified: listedTime(record.lastModifiedMs),
      ETag: `"${record.etag}"`,
      ChecksumAlgorithm: record.checksum?.algorithm.toUpperCase(),
      ChecksumType: record.checksum?.type,
      Size: record.sizeBytes,
      Owner: owner,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  };
  return { fields, page };
}
