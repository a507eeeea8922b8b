import type { ObjectRecord } from './database.ts';
import { S3Fault } from './faults.ts';
import type { ObjectStore } from './store.ts';
import type { XmlFields } from './xml.ts';

/** S3 answers with at most this many keys and prefixes at once. */
const longestPage = 1000;

/** Where a listing goes on: after this key, or after all keys that begin with this common prefix. */
type Place = { afterKey: string } | { afterPrefix: string };

interface Page {
  objects: ObjectRecord[];
  commonPrefixes: string[];
  /** Undefined on the last page. */
  next: Place | undefined;
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
  const rolledUp = (key: string) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
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
      const common = rolledUp(record.key);
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

function pageSize(text: string | null): number {
  if (text === null) return longestPage;
  if (!/^\d{1,10}$/.test(text)) {
    throw new S3Fault('InvalidArgument', `Provided max-keys not an integer or within integer range: ${text}`, 400, {
      fields: { ArgumentName: 'max-keys', ArgumentValue: text },
    });
  }
  return Math.min(Number(text), longestPage);
}

function encodeToken(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function decodeToken(token: string): Place {
  try {
    const place = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof place.afterKey === 'string' || typeof place.afterPrefix === 'string') return place;
  } catch {
    // Not a token of ours: refused below.
  }
  throw new S3Fault('InvalidArgument', 'The continuation token provided is incorrect', 400, {
    fields: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}

/** The answer to ListObjectsV2, as the fields of its ListBucketResult. Throws S3Fault `InvalidArgument`. */
export function listObjectsV2(store: ObjectStore, bucket: string, query: URLSearchParams, ownerId: string): XmlFields {
  store.requireBucket(bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url') {
    throw new S3Fault('InvalidArgument', `Invalid Encoding Method specified in Request: ${encoding}; allowed: url`);
  }
  const maxKeys = pageSize(query.get('max-keys'));
  const from = token === null ? { afterKey: startAfter ?? '' } : decodeToken(token);
  const page: Page =
    maxKeys === 0
      ? { objects: [], commonPrefixes: [], next: undefined }
      : listPage(store, bucket, { prefix, delimiter, from, maxKeys });
  const encode = (text: string) => (encoding === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const owner = query.get('fetch-owner') === 'true' ? { ID: ownerId } : undefined;
  return {
    Name: bucket,
    Prefix: encode(prefix),
    StartAfter: startAfter === null ? undefined : encode(startAfter),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    KeyCount: page.objects.length + page.commonPrefixes.length,
    MaxKeys: maxKeys,
    EncodingType: encoding ?? undefined,
    IsTruncated: page.next !== undefined,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: page.next === undefined ? undefined : encodeToken(page.next),
    Contents: page.objects.map((record) => ({
      Key: encode(record.key),
      LastModified: new Date(Math.floor(record.lastModifiedMs / 1000) * 1000).toISOString(),
      ETag: `"${record.etag}"`,
      ChecksumAlgorithm: record.checksum?.algorithm.toUpperCase(),
      ChecksumType: record.checksum ? 'FULL_OBJECT' : undefined,
      Size: record.sizeBytes,
      StorageClass: 'STANDARD',
      Owner: owner,
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  };
}
