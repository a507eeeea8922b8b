import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAwsChunked } from '../../../embedded/s3/aws-chunked.ts';
import { S3Fault } from '../../../embedded/s3/faults.ts';
import { parseCopyRange, parsePartNumber, parseRange } from '../../../embedded/s3/ranges.ts';
import { escapeXml, parseXml, textOf } from '../../../embedded/s3/xml.ts';
import { newS3, type TestS3 } from './support.ts';

/** What `act` gives, or the S3 fault that it throws; anything else thrown fails the test. */
function orFault<T>(act: () => T): T | S3Fault {
  try {
    return act();
  } catch (error) {
    if (error instanceof S3Fault && error.status >= 400 && error.status < 500) return error;
    throw error;
  }
}

describe('parsers', () => {
  it('take an aws-chunked body apart as it was put together, and refuse any other', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 });
    const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(pieces, fc.boolean(), fc.option(damage, { nil: undefined }), (chunks, signed, harm) => {
        const content = Buffer.concat(chunks);
        const frame = (bytes: Uint8Array) =>
          Buffer.concat([
            Buffer.from(`${bytes.length.toString(16)}${signed ? `;chunk-signature=${'0'.repeat(64)}` : ''}\r\n`),
            bytes,
            Buffer.from(bytes.length > 0 ? '\r\n' : ''),
          ]);
        const encoded = Buffer.concat(
          [...chunks, new Uint8Array()].map(frame).concat(Buffer.from('x-amz-meta:1\r\n\r\n')),
        );
        const headers = { 'x-amz-decoded-content-length': String(content.length) };
        if (harm === undefined) {
          expect(decodeAwsChunked(encoded, headers).body.equals(content)).toBe(true);
          return;
        }
        const at = harm.at % encoded.length;
        const harmed = Buffer.from(harm.cut ? encoded.subarray(0, at) : encoded);
        if (!harm.cut) harmed[at] = harm.byte;
        const result = orFault(() => decodeAwsChunked(harmed, headers));
        // Whatever was harmed, never is there another number of bytes than announced.
        if (!(result instanceof S3Fault)) expect(result.body).toHaveLength(content.length);
      }),
      { numRuns: 500 },
    );
  });

  it('give ranges within the object, or refuse', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.string({ maxLength: 3 }), fc.bigInt(), fc.bigInt()).map(([unit, a, b]) => `bytes=${unit}${a}-${b}`),
      fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]) => `bytes=${a}-${b}`),
      fc.stringMatching(/^bytes=[0-9,-]{0,12}$/),
    );
    fc.assert(
      fc.property(header, fc.nat(20), (text, sizeBytes) => {
        for (const parse of [parseRange, parseCopyRange]) {
          const range = orFault(() => parse(text, sizeBytes));
          if (range === undefined || range instanceof S3Fault) continue;
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeGreaterThan(range.start);
          expect(range.end).toBeLessThanOrEqual(sizeBytes);
        }
        const number = orFault(() => parsePartNumber(text));
        if (typeof number === 'number') expect(number).toBeLessThanOrEqual(10_000);
      }),
      { numRuns: 500 },
    );
  });

  it('read the XML that they write, and refuse what is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // No XML holds a NUL, and no key here does.
        const writable = text.replaceAll('\0', '');
        expect(textOf(parseXml(`<a><b>${escapeXml(writable)}</b></a>`, 'a').b)).toBe(writable);
        orFault(() => parseXml(text, 'Delete'));
        orFault(() => textOf(parseXml(`<Delete><Key>${text}</Key></Delete>`, 'Delete').Key));
      }),
      { numRuns: 300 },
    );
    const bomb = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'
      .split('')
      .map((name, i) => `<!ENTITY ${name} "${`&${'abcdefghij'[i]};`.repeat(10)}">`)
      .join('')}]><Delete><Object><Key>&j;</Key></Object></Delete>`;
    expect(orFault(() => parseXml(bomb, 'Delete'))).toMatchObject({ code: 'MalformedXML' });
    for (const reference of ['&nbsp;', '&#0;', '&#xD800;', '&#x110000;', '&', '&#;', '<![CDATA[a]]>', '<b/>']) {
      const read = () => textOf(parseXml(`<a><b>x${reference}</b></a>`, 'a').b);
      expect([reference, orFault(read)]).toEqual([reference, expect.objectContaining({ code: 'MalformedXML' })]);
    }
  });
});

describe('the service', () => {
  let test: TestS3;
  const Bucket = 'fuzzed';
  const sentinel = Buffer.from('starlight');

  async function send(method: string, path: string, query: string, headers: Record<string, string>, body: Buffer) {
    return test.service({ method, path, query: new URLSearchParams(query), headers, body });
  }

  beforeAll(async () => {
    test = await newS3();
    await send('PUT', `/${Bucket}`, '', {}, Buffer.alloc(0));
    await send('PUT', `/${Bucket}/sentinel/kept`, '', {}, sentinel);
  });
  afterAll(() => test.discard());

  const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH');
  const name = fc.constantFrom(
    ...['uploadId', 'uploads', 'partNumber', 'delete', 'list-type', 'continuation-token', 'start-after', 'marker'],
    ...[
      'key-marker',
      'upload-id-marker',
      'max-keys',
      'max-parts',
      'max-uploads',
      'part-number-marker',
      'encoding-type',
    ],
    ...[
      'prefix',
      'delimiter',
      'notification',
      'location',
      'versionId',
      'X-Amz-Signature',
      'X-Amz-Credential',
      'Signature',
    ],
    ...['response-content-type', 'x-amz-checksum-crc32', 'tagging', 'constructor', '__proto__'],
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('', '1', '2', '-1', 'url', '*', 'bytes=0-'),
  );
  const query = fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map((pairs) => pairs.map(([one, other]) => `${one}=${encodeURIComponent(other.toWellFormed())}`).join('&'));
  const header = fc.constantFrom(
    ...[
      'range',
      'if-match',
      'if-none-match',
      'if-modified-since',
      'content-md5',
      'x-amz-copy-source',
      'content-encoding',
    ],
    ...[
      'x-amz-copy-source-range',
      'x-amz-checksum-sha256',
      'x-amz-checksum-mode',
      'x-amz-checksum-algorithm',
      'x-amz-trailer',
    ],
    ...[
      'x-amz-content-sha256',
      'x-amz-decoded-content-length',
      'x-amz-meta-a',
      'x-amz-metadata-directive',
      'authorization',
    ],
    ...['x-amz-expected-bucket-owner', 'x-amz-mp-object-size', 'content-type', 'expires', 'x-amz-storage-class'],
  );
  const headers = fc.dictionary(
    header,
    fc.oneof(value, fc.constantFrom(`${Bucket}/sentinel/kept`, 'aws-chunked', 'ENABLED')),
    {
      maxKeys: 4,
      noNullPrototype: true,
    },
  );
  const xml = fc
    .tuple(
      fc.constantFrom(
        'Delete',
        'CompleteMultipartUpload',
        'NotificationConfiguration',
        'CreateBucketConfiguration',
        'x',
      ),
      fc.constantFrom('Object', 'Part', 'CloudFunctionConfiguration', 'LocationConstraint', 'EventBridgeConfiguration'),
      fc.constantFrom('Key', 'PartNumber', 'ETag', 'Event', 'Filter', 'CloudFunction', 'Quiet'),
      value,
    )
    .map(([root, element, inner, text]) => `<${root}><${element}><${inner}>${text}</${inner}></${element}></${root}>`);
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    xml.map((text) => Buffer.from(text)),
  );
  const segment = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '',
      '%2e%2e',
      '%2f',
      '..%2f..',
      '%00',
      '%',
      '%ff',
      '%c0%ae%c0%ae',
      'sentinel',
      'kept',
      'a'.repeat(300),
    ),
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const path = fc.oneof(
    fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
    fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${Bucket}/${segments.join('/')}`),
    fc.constantFrom(`/${Bucket}`, `/${Bucket}/`, '/', `/${Bucket}/upload`),
  );

  it('answers every request as S3 does, and harms nothing', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, query, headers, body, async (verb, where, search, about, content) => {
        // The sentinel's own deletion and replacement would be right.
        fc.pre(!(verb !== 'GET' && /sentinel\/kept$/.test(decodable(where))));
        const answer = await send(verb, where, search, about, content);
        expect([200, 204, 206, 304, 400, 403, 404, 405, 409, 412, 416, 501]).toContain(answer.status);
        if (answer.status >= 400 && verb !== 'HEAD') {
          expect(answer.body.toString()).toMatch(
            /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>[A-Za-z0-9]+<\/Code><Message>/,
          );
        }
      }),
      { numRuns: 1500 },
    );
    const kept = await send('GET', `/${Bucket}/sentinel/kept`, '', {}, Buffer.alloc(0));
    // A batch delete may name it; then it is gone whole, file and record.
    const file = join(test.directory, 's3', Bucket, 'sentinel', 'kept');
    if (kept.status === 200) expect(readFileSync(file)).toEqual(sentinel);
    else expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(test.directory, 's3', '.incoming'))).toEqual([]);
    expect(readdirSync(test.directory).filter((entry) => !/^(s3|s3\.sqlite(-wal|-shm)?)$/.test(entry))).toEqual([]);
    // Every record has its file, and every file its record.
    const listed = await send('GET', `/${Bucket}`, 'list-type=2', {}, Buffer.alloc(0));
    expect(listed.status).toBe(200);
    const keys = listed.body.toString().match(/<Key>/g)?.length ?? 0;
    const files = readdirSync(join(test.directory, 's3', Bucket), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    );
    expect(files).toHaveLength(keys);
  });

  function decodable(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  it('refuses tokens that are not its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((json) => Buffer.from(json).toString('base64url')),
        ),
        async (token) => {
          const search = new URLSearchParams({ 'list-type': '2', 'continuation-token': token }).toString();
          expect([200, 400]).toContain((await send('GET', `/${Bucket}`, search, {}, Buffer.alloc(0))).status);
        },
      ),
      { numRuns: 200 },
    );
  });
});
