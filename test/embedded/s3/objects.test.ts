import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, failureOf, newEngine, type TestEngine } from '../support.ts';

const Bucket = 'nocturne-frames';

// Every test runs in this process and over the loopback port: both must be the same S3.
describe.each(['in process', 'over a socket'])('objects, %s', (transport) => {
  let test: TestEngine;
  let s3: S3.S3Client;

  beforeAll(async () => {
    test = await newEngine();
    const handler = { requestHandler: test.engine.requestHandler };
    s3 = clients(transport === 'in process' ? handler : { endpoint: (await test.engine.listen(0)).url }).s3;
    await s3.send(new S3.CreateBucketCommand({ Bucket }));
  });
  afterAll(() => test.discard());

  const put = (Key: string, Body: string | Uint8Array, more: Partial<S3.PutObjectCommandInput> = {}) =>
    s3.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get = (Key: string, more: Partial<S3.GetObjectCommandInput> = {}) =>
    s3.send(new S3.GetObjectCommand({ Bucket, Key, ...more }));
  const text = async (Key: string) => (await get(Key)).Body?.transformToString();
  const objectFile = (key: string) => join(test.directory, 's3', Bucket, key);
  const putFailure = (more: Partial<S3.PutObjectCommandInput> & { Key: string }) =>
    failureOf(s3.send(new S3.PutObjectCommand({ Bucket, Body: 'x', ...more })));

  it('gives back the bytes that were put, and keeps them as a plain file', async () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((part) => {
      return !part.includes('/') && !part.includes('\0') && part !== '.' && part !== '..';
    });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ maxLength: 3000 }),
        async (segments, body) => {
          // A number in front: random keys must not be folders of one another.
          const key = `run${n++}/${segments.join('/')}`;
          const { ETag } = await put(key, body);
          expect(ETag).toBe(`"${hash('md5', body)}"`);
          expect(await (await get(key)).Body?.transformToByteArray()).toEqual(body);
          expect(readFileSync(objectFile(key))).toEqual(Buffer.from(body));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes strings, streams in chunks with a trailing checksum, and 8 MB', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024, 'stars');
    await put('kinds/string', 'Größe');
    expect(await text('kinds/string')).toBe('Größe');
    const chunks = [large.subarray(0, 1_000_000), large.subarray(1_000_000)];
    const stream = await s3.send(
      new S3.PutObjectCommand({
        Bucket,
        Key: 'kinds/stream',
        Body: Readable.from(chunks),
        ContentLength: large.length,
        ContentEncoding: 'gzip',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    expect(stream.ChecksumSHA256).toBe(hash('sha256', large, 'base64'));
    const read = await get('kinds/stream');
    expect(read.ContentEncoding).toBe('gzip');
    expect(read.ChecksumSHA256).toBe(stream.ChecksumSHA256);
    expect(large.equals((await read.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(true);
    await put('kinds/empty', '');
    expect((await get('kinds/empty')).ContentLength).toBe(0);
  });

  it('keeps headers, user metadata and the checksum', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    await put('meta', '123456789', {
      ContentType: 'application/fits',
      CacheControl: 'no-cache',
      Metadata: { ExposureId: 'e1' },
      ChecksumAlgorithm: 'CRC32C',
    });
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'meta', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({
      ContentLength: 9,
      ContentType: 'application/fits',
      CacheControl: 'no-cache',
      Metadata: { exposureid: 'e1' },
      AcceptRanges: 'bytes',
      ChecksumType: 'FULL_OBJECT',
    });
    // CRC-32C of "123456789" in the RevEng catalogue.
    expect(head.ChecksumCRC32C).toBe(Buffer.from('e3069283', 'hex').toString('base64'));
    expect(head.LastModified?.getTime()).toBeGreaterThanOrEqual(before);
    expect(head.LastModified?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('refuses what arrives other than it was sent', async () => {
    const wrong = await putFailure({ Key: 'bad', ChecksumSHA1: hash('sha1', 'other', 'base64') });
    expect([wrong.name, wrong.$metadata?.httpStatusCode]).toEqual(['BadDigest', 400]);
    const md5 = await putFailure({ Key: 'bad', ContentMD5: hash('md5', 'other', 'base64') });
    expect(md5.name).toBe('BadDigest');
    expect((await failureOf(get('bad'))).name).toBe('NoSuchKey');
  });

  it('writes on conditions', async () => {
    const { ETag } = await put('cond', 'one', { IfNoneMatch: '*' });
    const again = await putFailure({ Key: 'cond', IfNoneMatch: '*' });
    expect([again.name, again.$metadata?.httpStatusCode]).toEqual(['PreconditionFailed', 412]);
    expect(await text('cond')).toBe('one');
    const second = await put('cond', 'two', { IfMatch: ETag });
    expect(await text('cond')).toBe('two');
    expect((await putFailure({ Key: 'cond', IfMatch: ETag })).$metadata?.httpStatusCode).toBe(412);
    expect((await putFailure({ Key: 'absent', IfMatch: ETag })).name).toBe('NoSuchKey');
    expect((await putFailure({ Key: 'cond', IfNoneMatch: ETag })).name).toBe('NotImplemented');
    const remove = (IfMatch: string | undefined) =>
      s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'cond', IfMatch }));
    expect((await failureOf(remove(ETag))).name).toBe('PreconditionFailed');
    await remove(second.ETag);
    expect((await failureOf(get('cond'))).name).toBe('NoSuchKey');
  });

  it('lets one of many writers create an object', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => put('race', `writer ${i}`, { IfNoneMatch: '*' })),
    );
    const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(winners).toHaveLength(1);
    expect(await text('race')).toBe(`writer ${winners[0]}`);
  });

  it('reads on conditions', async () => {
    const { ETag } = await put('read', 'content');
    const past = new Date(Date.now() - 3_600_000);
    const future = new Date(Date.now() + 3_600_000);
    const status = async (more: Partial<S3.GetObjectCommandInput>) =>
      get('read', more).then(
        () => 200,
        (error) => error.$metadata.httpStatusCode,
      );
    expect(await status({ IfMatch: ETag })).toBe(200);
    expect(await status({ IfMatch: '"other"' })).toBe(412);
    expect(await status({ IfNoneMatch: ETag })).toBe(304);
    expect(await status({ IfNoneMatch: '"other"' })).toBe(200);
    expect(await status({ IfModifiedSince: past })).toBe(200);
    // localstack/localstack, test_s3.snapshot.json: test_s3_get_object_preconditions, recorded from AWS.
    expect(await status({ IfModifiedSince: future })).toBe(200);
    const { LastModified } = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'read' }));
    expect(await status({ IfModifiedSince: LastModified })).toBe(304);
    expect(await status({ IfUnmodifiedSince: LastModified })).toBe(200);
    expect(await status({ IfUnmodifiedSince: past })).toBe(412);
    // GetObject in the API reference: If-Match true beats If-Unmodified-Since false, If-None-Match false beats If-Modified-Since true.
    expect(await status({ IfMatch: ETag, IfUnmodifiedSince: past })).toBe(200);
    expect(await status({ IfNoneMatch: ETag, IfModifiedSince: past })).toBe(304);
  });

  // RFC 9110, section 14.1.2: forms of byte ranges, here of ten bytes.
  it.each([
    ['bytes=0-4', '01234', 'bytes 0-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
    ['bytes=0-0,5-6', '0123456789', undefined],
    ['bytes=5-2', '0123456789', undefined],
    ['lines=1-2', '0123456789', undefined],
  ])('reads %s', async (Range, expected, ContentRange) => {
    await put('digits', '0123456789');
    const read = await get('digits', { Range });
    expect(await read.Body?.transformToString()).toBe(expected);
    expect(read.ContentRange).toBe(ContentRange);
    expect(read.$metadata.httpStatusCode).toBe(ContentRange === undefined ? 200 : 206);
    expect(read.ContentLength).toBe(expected.length);
  });

  it('refuses ranges beyond the end', async () => {
    await put('digits', '0123456789');
    for (const Range of ['bytes=10-', 'bytes=-0', 'bytes=100-200']) {
      const failure = await failureOf(get('digits', { Range }));
      expect([failure.name, failure.$metadata?.httpStatusCode]).toEqual(['InvalidRange', 416]);
    }
  });

  it('says what is missing', async () => {
    const missing = await failureOf(get('nothing/here'));
    expect(missing).toBeInstanceOf(S3.NoSuchKey);
    expect(missing.$metadata?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const noBucket = await failureOf(s3.send(new S3.GetObjectCommand({ Bucket: 'no-such', Key: 'a' })));
    expect([noBucket.name, noBucket.$metadata?.httpStatusCode]).toEqual(['NoSuchBucket', 404]);
    const head = await failureOf(s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'folder/' })));
    expect([head.name, head.$metadata?.httpStatusCode]).toEqual(['NotFound', 404]);
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'nothing/here' }));
  });

  it('refuses keys that cannot be files, and harms nothing', async () => {
    await put('tree/leaf', 'leaf');
    for (const Key of ['tree', 'tree/leaf/below', 'tree/', 'tree/../../escape', 'tree//leaf', '..']) {
      const failure = await putFailure({ Key });
      expect([Key, failure.name, failure.$metadata?.httpStatusCode]).toEqual([Key, 'InvalidArgument', 400]);
    }
    expect(await text('tree/leaf')).toBe('leaf');
    expect(readdirSync(join(test.directory, 's3')).sort()).toEqual(['.incoming', '.parts', Bucket]);
    expect(existsSync(join(test.directory, 'escape'))).toBe(false);
    expect(readdirSync(join(test.directory, 's3', '.incoming'))).toEqual([]);
    // Without the object, its folder's name is free.
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'tree/leaf' }));
    await put('tree', 'a file now');
    expect(await text('tree')).toBe('a file now');
  });

  it('deletes many at once and says which', async () => {
    await Promise.all(['many/1', 'many/2', 'many/<&>'].map((key) => put(key, key)));
    const Objects = [{ Key: 'many/1' }, { Key: 'many/<&>' }, { Key: 'many/absent' }, { Key: 'many/2', ETag: '"no"' }];
    const answer = await s3.send(new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['many/1', 'many/<&>', 'many/absent']);
    expect(answer.Errors).toMatchObject([{ Key: 'many/2', Code: 'PreconditionFailed' }]);
    const quiet = await s3.send(
      new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'many/2' }], Quiet: true } }),
    );
    expect(quiet.Deleted).toBeUndefined();
    expect(existsSync(objectFile('many'))).toBe(false);
  });

  it('copies with or without the metadata', async () => {
    await put('from/a b+ü', 'body', { ContentType: 'text/plain', Metadata: { a: '1' }, ChecksumAlgorithm: 'CRC32' });
    const CopySource = `${Bucket}/${encodeURIComponent('from/a b+ü')}`;
    const copied = await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'to/1', CopySource }));
    expect(copied.CopyObjectResult?.ETag).toBe(`"${hash('md5', 'body')}"`);
    expect(await get('to/1')).toMatchObject({ ContentType: 'text/plain', Metadata: { a: '1' } });
    const replace = { MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const;
    await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'to/2', CopySource, ...replace }));
    expect((await get('to/2')).Metadata).toEqual({ b: '2' });
    const same = s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'to/1', CopySource: `${Bucket}/to/1` }));
    expect((await failureOf(same)).name).toBe('InvalidRequest');
    const absent = s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'to/3', CopySource: `${Bucket}/absent` }));
    expect((await failureOf(absent)).name).toBe('NoSuchKey');
  });

  it('follows files that people change or take away', async () => {
    await put('hand/edited.txt', 'before', { Metadata: { kept: 'yes' } });
    writeFileSync(objectFile('hand/edited.txt'), 'edited by hand');
    const read = await get('hand/edited.txt');
    expect(await read.Body?.transformToString()).toBe('edited by hand');
    expect(read.ETag).toBe(`"${hash('md5', 'edited by hand')}"`);
    expect(read.Metadata).toEqual({ kept: 'yes' });
    // Touched, not changed: the checksum stays.
    await put('hand/touched', '123456789', { ChecksumAlgorithm: 'CRC32C' });
    utimesSync(objectFile('hand/touched'), 1, 1);
    expect((await get('hand/touched')).ChecksumCRC32C).toBeDefined();
  });

  it('names what it does not serve', async () => {
    const tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
    const unserved = [
      [new S3.PutObjectTaggingCommand({ Bucket, Key: 'meta', Tagging: tagging }), 'PutObjectTagging'],
      [new S3.GetObjectAttributesCommand({ Bucket, Key: 'meta', ObjectAttributes: ['ETag'] }), 'GetObjectAttributes'],
      [new S3.GetBucketVersioningCommand({ Bucket }), 'GetBucketVersioning'],
      [new S3.ListObjectVersionsCommand({ Bucket }), 'ListObjectVersions'],
    ] as const;
    for (const [command, name] of unserved) {
      const failure = await failureOf(s3.send(command as S3.PutObjectTaggingCommand));
      expect([failure.name, failure.$metadata?.httpStatusCode]).toEqual(['NotImplemented', 501]);
      expect(failure.message).toContain(name);
    }
    const header = await putFailure({ Key: 'x', Tagging: 'a=b' });
    expect([header.name, header.message]).toEqual(['NotImplemented', expect.stringContaining('x-amz-tagging')]);
  });
});
