import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as S3 from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, failureOf, newEngine, type TestEngine } from '../support.ts';

let test: TestEngine;
let s3: S3.S3Client;

beforeAll(async () => {
  test = await newEngine();
  s3 = clients({ requestHandler: test.engine.requestHandler }).s3;
});
afterAll(() => test.discard());

let bucketNumber = 0;
async function bucketWith(keys: string[]): Promise<string> {
  const Bucket = `bucket-${bucketNumber++}`;
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
  await Promise.all(keys.map((Key) => s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: Key }))));
  return Bucket;
}

/** All pages of a listing: keys and common prefixes in the order of the answers. */
async function listAll(input: S3.ListObjectsV2CommandInput) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let pages = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new S3.ListObjectsV2Command({ ...input, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
    expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    ContinuationToken = page.NextContinuationToken;
    pages++;
  } while (ContinuationToken !== undefined);
  return { keys, prefixes, pages };
}

describe('buckets', () => {
  it('are made, found, listed and removed', async () => {
    const Bucket = await bucketWith([]);
    // CreateBucket in the API reference: in us-east-1, creating one's own bucket again succeeds.
    await s3.send(new S3.CreateBucketCommand({ Bucket }));
    expect((await s3.send(new S3.HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
    const { Buckets } = await s3.send(new S3.ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toContain(Bucket);
    await s3.send(new S3.DeleteBucketCommand({ Bucket }));
    expect((await failureOf(s3.send(new S3.HeadBucketCommand({ Bucket })))).$metadata?.httpStatusCode).toBe(404);
    expect((await failureOf(s3.send(new S3.DeleteBucketCommand({ Bucket })))).name).toBe('NoSuchBucket');
  });

  it('are not removed with objects or unknown files in them', async () => {
    const Bucket = await bucketWith(['a']);
    const remove = () => s3.send(new S3.DeleteBucketCommand({ Bucket }));
    const full = await failureOf(remove());
    expect([full.name, full.$metadata?.httpStatusCode]).toEqual(['BucketNotEmpty', 409]);
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'a' }));
    writeFileSync(join(test.directory, 's3', Bucket, 'notes.txt'), 'mine');
    expect((await failureOf(remove())).name).toBe('BucketNotEmpty');
  });

  it('have legal names and places', async () => {
    const create = (input: S3.CreateBucketCommandInput) => failureOf(s3.send(new S3.CreateBucketCommand(input)));
    expect((await create({ Bucket: 'Upper' })).name).toBe('InvalidBucketName');
    const elsewhere = { Bucket: 'far-away', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const } };
    expect((await create(elsewhere)).name).toBe('IllegalLocationConstraintException');
    // localstack/localstack, test_s3.snapshot.json: test_create_bucket_with_invalid_location_constraint, recorded from AWS.
    for (const region of ['us-east-1', 'foo']) {
      const LocationConstraint = region as S3.BucketLocationConstraint;
      const invalid = await create({ Bucket: 'far-away', CreateBucketConfiguration: { LocationConstraint } });
      expect(invalid.name).toBe('InvalidLocationConstraint');
    }
  });
});

describe('ListObjectsV2', () => {
  it('rolls keys up at the delimiter, as in the User Guide', async () => {
    // Amazon S3 User Guide, "Organizing objects using prefixes".
    const Bucket = await bucketWith([
      'sample.jpg',
      'photos/2006/January/sample.jpg',
      'photos/2006/February/sample2.jpg',
      'photos/2006/February/sample3.jpg',
      'photos/2006/February/sample4.jpg',
    ]);
    expect(await listAll({ Bucket, Delimiter: '/' })).toMatchObject({ keys: ['sample.jpg'], prefixes: ['photos/'] });
    expect(await listAll({ Bucket, Delimiter: '/', Prefix: 'photos/2006/' })).toMatchObject({
      keys: [],
      prefixes: ['photos/2006/February/', 'photos/2006/January/'],
    });
  });

  it('orders by the bytes of UTF-8, not by UTF-16', async () => {
    // U+FFFD is one unit, U+1F52D two surrogates that are smaller; in UTF-8 it is the other way round.
    const Bucket = await bucketWith(['\u{1f52d}', '\ufffd', 'z', 'Z', 'é', 'a b', 'a+b']);
    expect((await listAll({ Bucket })).keys).toEqual(['Z', 'a b', 'a+b', 'z', 'é', '\ufffd', '\u{1f52d}']);
    const url = await s3.send(new S3.ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect(url.Contents?.map(({ Key }) => Key)).toEqual([
      'Z',
      'a%20b',
      'a%2Bb',
      'z',
      '%C3%A9',
      '%EF%BF%BD',
      '%F0%9F%94%AD',
    ]);
  });

  it('pages through any keys as one listing would', async () => {
    const key = fc
      .array(fc.constantFrom('a', 'b', '-', 'ä', '\ufffd', '\u{1f52d}', '/'), { minLength: 1, maxLength: 6 })
      .map((parts) =>
        parts
          .join('')
          .replace(/\/+/g, '/')
          .replace(/^\/|\/$/g, ''),
      )
      .filter((text) => text !== '');
    const options = fc.record({
      prefix: fc.constantFrom('', 'a', 'a/', 'b-', '\u{1f52d}'),
      delimiter: fc.constantFrom('', '/', '-', 'ab'),
      startAfter: fc.constantFrom('', 'a', 'b/', 'ä', '\ufffd'),
      maxKeys: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 14 }),
        options,
        async (all, { prefix, delimiter, startAfter, maxKeys }) => {
          // A key that is a folder of another cannot be a file.
          const keys = all.filter((one) => !all.some((other) => other.startsWith(`${one}/`)));
          const Bucket = await bucketWith(keys);
          const bytes = (text: string) => Buffer.from(text);
          const matching = keys
            .filter((one) => one.startsWith(prefix) && Buffer.compare(bytes(one), bytes(startAfter)) > 0)
            .sort((one, other) => Buffer.compare(bytes(one), bytes(other)));
          const cut = (one: string) => (delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length));
          const listed = await listAll({
            Bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            StartAfter: startAfter,
            MaxKeys: maxKeys,
          });
          const prefixes = matching
            .filter((one) => cut(one) >= 0)
            .map((one) => one.slice(0, cut(one) + delimiter.length));
          expect(listed.keys).toEqual(matching.filter((one) => cut(one) < 0));
          expect(listed.prefixes).toEqual([...new Set(prefixes)]);
          const entries = listed.keys.length + listed.prefixes.length;
          expect(listed.pages).toBe(Math.max(1, Math.ceil(entries / maxKeys)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('tells what a listing needs to tell', async () => {
    const Bucket = await bucketWith(['a']);
    const { Contents, MaxKeys, Name } = await s3.send(new S3.ListObjectsV2Command({ Bucket }));
    expect([Name, MaxKeys]).toEqual([Bucket, 1000]);
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(Contents).toMatchObject([
      { Key: 'a', Size: 1, ETag: head.ETag, LastModified: head.LastModified, StorageClass: 'STANDARD' },
    ]);
    const list = (input: Partial<S3.ListObjectsV2CommandInput>) =>
      s3.send(new S3.ListObjectsV2Command({ Bucket, ...input }));
    expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
    expect((await failureOf(list({ ContinuationToken: 'nonsense' }))).name).toBe('InvalidArgument');
    expect((await failureOf(list({ MaxKeys: -1 }))).name).toBe('InvalidArgument');
    expect((await failureOf(list({ Bucket: 'no-such' }))).name).toBe('NoSuchBucket');
  });
});
