import { hash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as S3 from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf, newS3, type TestS3 } from './support.ts';

// Expected answers were recorded from AWS: localstack/localstack, tests/aws/services/s3/test_s3.snapshot.json and
// test_s3_api.snapshot.json, under the names given with each test.

const Bucket = 'frames';
let test: TestS3;
let s3: S3.S3Client;
beforeEach(async () => {
  test = await newS3();
  s3 = test.client;
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
});
afterEach(() => test.discard());

const noSuchUpload = {
  Code: 'NoSuchUpload',
  Message:
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  status: 404,
};

const create = async (Key: string, more: Partial<S3.CreateMultipartUploadCommandInput> = {}) => {
  const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return { Bucket, Key, UploadId };
};
type Upload = Awaited<ReturnType<typeof create>>;
const upload = (
  target: Upload,
  PartNumber: number,
  Body: string | Buffer,
  more: Partial<S3.UploadPartCommandInput> = {},
) => s3.send(new S3.UploadPartCommand({ ...target, PartNumber, Body, ...more }));
const complete = (
  target: Upload,
  Parts: S3.CompletedPart[],
  more: Partial<S3.CompleteMultipartUploadCommandInput> = {},
) => s3.send(new S3.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...more }));
const bytesOf = async (Key: string, more: Partial<S3.GetObjectCommandInput> = {}) =>
  Buffer.from(
    (await (await s3.send(new S3.GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToByteArray()) ?? [],
  );
const head = (Key: string, more: Partial<S3.HeadObjectCommandInput> = {}) =>
  s3.send(new S3.HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', ...more }));
const partFiles = () => readdirSync(join(test.directory, 's3', '.parts'));

/** 5 MiB and one byte of "a", as the recordings have it. */
const large = Buffer.alloc(5 * 2 ** 20 + 1, 'a');

describe('a multipart upload', () => {
  it('becomes an object with the ETag and checksum of AWS (test_multipart_and_list_parts)', async () => {
    const target = await create('test-list-parts', { ContentType: 'application/fits', Metadata: { night: '1' } });
    const list = () => s3.send(new S3.ListPartsCommand(target));
    expect(await list()).toMatchObject({
      IsTruncated: false,
      MaxParts: 1000,
      NextPartNumberMarker: '0',
      PartNumberMarker: '0',
    });
    const part = await upload(target, 1, 'upload-part-1'.repeat(5));
    expect(part).toMatchObject({ ETag: '"3237c18681adb6a9d843c733ce249480"', ChecksumCRC32: 'axEe0A==' });
    expect(await list()).toMatchObject({
      NextPartNumberMarker: '1',
      StorageClass: 'STANDARD',
      Parts: [{ ETag: part.ETag, PartNumber: 1, Size: 65 }],
    });
    const done = await complete(target, [{ ETag: part.ETag, PartNumber: 1 }]);
    expect(done).toMatchObject({
      Bucket,
      Key: target.Key,
      ChecksumCRC64NVME: 'CTXktO4pIQs=',
      ChecksumType: 'FULL_OBJECT',
      ETag: '"e747540af6911dbc890f8d3e0b48549b-1"',
    });
    expect(await faultOf(list())).toMatchObject({ ...noSuchUpload, UploadId: target.UploadId });
    expect(await head(target.Key)).toMatchObject({
      ChecksumCRC64NVME: 'CTXktO4pIQs=',
      ContentLength: 65,
      ContentType: 'application/fits',
      Metadata: { night: '1' },
      ETag: done.ETag,
    });
    expect((await bytesOf(target.Key)).toString()).toBe('upload-part-1'.repeat(5));
    expect(partFiles()).toEqual([]);
  });

  // test_complete_multipart_parts_checksum_composite and ..._full_object.
  it.each([
    ['CRC32', 'COMPOSITE', ['NRU+Sw==', 'NRU+Sw==', 'TBHN8A=='], '5FRUiw==-3', 'qSEQSA=='],
    ['CRC32C', 'COMPOSITE', ['2/Ckiw==', '2/Ckiw==', '5yZkMA=='], 'XF5+4A==-3', 'eTdAQA=='],
    ['CRC32', 'FULL_OBJECT', ['NRU+Sw==', 'NRU+Sw==', 'TBHN8A=='], 'qSEQSA==', 'qSEQSA=='],
    ['CRC32C', 'FULL_OBJECT', ['2/Ckiw==', '2/Ckiw==', '5yZkMA=='], 'eTdAQA==', 'eTdAQA=='],
  ] as const)('has a checksum of %s, %s', async (algorithm, ChecksumType, ofParts, ofObject, ofCopy) => {
    const name = `Checksum${algorithm}` as const;
    const target = await create('sums', { ChecksumAlgorithm: algorithm, ChecksumType });
    const Parts: S3.CompletedPart[] = [];
    for (const [i, content] of [large, large, large.subarray(0, 10)].entries()) {
      const part = await upload(target, i + 1, content, { ChecksumAlgorithm: algorithm });
      expect(part[name]).toBe(ofParts[i]);
      Parts.push({ PartNumber: i + 1, ETag: part.ETag, [name]: part[name] });
    }
    const { Parts: listed, ...about } = await s3.send(new S3.ListPartsCommand(target));
    expect(about).toMatchObject({ ChecksumAlgorithm: algorithm, ChecksumType });
    expect(listed?.map((part) => part[name])).toEqual(ofParts);
    const wrong = Parts.map((part, i) => ({ ...part, [name]: ofParts[2 - i] }));
    expect(await faultOf(complete(target, wrong))).toMatchObject({
      Code: 'InvalidPart',
      status: 400,
      UploadId: target.UploadId,
    });
    if (ChecksumType === 'COMPOSITE') {
      expect(
        await faultOf(
          complete(
            target,
            Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
          ),
        ),
      ).toMatchObject({
        Code: 'InvalidRequest',
        Message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.`,
      });
    }
    const done = await complete(target, Parts);
    expect(done).toMatchObject({ [name]: ofObject, ChecksumType, ETag: '"4d45984fc3feb2ac9b22683c49674b56-3"' });
    expect(await head('sums')).toMatchObject({ [name]: ofObject, ChecksumType, ContentLength: 10485772 });
    const part = await s3.send(
      new S3.GetObjectCommand({ Bucket, Key: 'sums', PartNumber: 3, ChecksumMode: 'ENABLED' }),
    );
    expect(part).toMatchObject({
      ContentRange: 'bytes 10485762-10485771/10485772',
      PartsCount: 3,
      $metadata: { httpStatusCode: 206 },
    });
    expect(part[name]).toBe(ChecksumType === 'COMPOSITE' ? ofParts[2] : undefined);
    expect(await part.Body?.transformToString()).toBe('aaaaaaaaaa');
    const copy = await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/sums` }));
    expect(copy.CopyObjectResult).toMatchObject({
      [name]: ofCopy,
      ChecksumType: 'FULL_OBJECT',
      ETag: '"a0397ee2df08832642af5d7e57c5760c"',
    });
  });

  it('refuses parts out of order, wrong, unknown or too small', async () => {
    const target = await create('parts');
    // test_complete_multipart_parts_order
    expect(await faultOf(upload(target, -1, 'x'))).toMatchObject({
      Code: 'InvalidArgument',
      Message: 'Part number must be an integer between 1 and 10000, inclusive',
      ArgumentName: 'partNumber',
      ArgumentValue: '-1',
      status: 400,
    });
    for (const number of [1, 2]) {
      expect(await upload(target, number, 'data')).toMatchObject({
        ChecksumCRC32: 'rfPzYw==',
        ETag: '"8d777f385d3dfec8815d20f7496026dc"',
      });
    }
    const ETag = '"8d777f385d3dfec8815d20f7496026dc"';
    const both = [1, 2].map((PartNumber) => ({ PartNumber, ETag }));
    expect(await faultOf(complete(target, both.toReversed()))).toMatchObject({
      Code: 'InvalidPartOrder',
      Message: 'The list of parts was not in ascending order. Parts must be ordered by part number.',
      status: 400,
      UploadId: target.UploadId,
    });
    // test_multipart_complete_multipart_too_small
    expect(await faultOf(complete(target, []))).toMatchObject({
      Code: 'InvalidRequest',
      Message: 'You must specify at least one part',
      status: 400,
    });
    expect(await faultOf(complete(target, both))).toMatchObject({
      Code: 'EntityTooSmall',
      ETag: '8d777f385d3dfec8815d20f7496026dc',
      Message: 'Your proposed upload is smaller than the minimum allowed size',
      MinSizeAllowed: '5242880',
      PartNumber: '1',
      ProposedSize: '4',
      status: 400,
    });
    // test_multipart_complete_multipart_wrong_part
    const invalid = {
      Code: 'InvalidPart',
      Message:
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      UploadId: target.UploadId,
      status: 400,
    };
    expect(await faultOf(complete(target, [{ ETag, PartNumber: 3 }]))).toMatchObject({
      ...invalid,
      ETag: '8d777f385d3dfec8815d20f7496026dc',
      PartNumber: '3',
    });
    expect(
      await faultOf(complete(target, [{ ETag: 'd41d8cd98f00b204e9800998ecf8427e', PartNumber: 1 }])),
    ).toMatchObject({
      ...invalid,
      ETag: 'd41d8cd98f00b204e9800998ecf8427e',
      PartNumber: '1',
    });
    // test_multipart_size_validation
    expect(await faultOf(complete(target, [both[0]], { MpuObjectSize: 5 }))).toMatchObject({
      Code: 'InvalidRequest',
      Message: "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4",
    });
    expect((await complete(target, [both[0]], { MpuObjectSize: 4 })).ETag).toMatch(/-1"$/);
  });

  it('knows only its own uploads (test_multipart_no_such_upload, test_multipart_key_validation)', async () => {
    const target = await create('mine');
    for (const other of [
      { ...target, UploadId: 'fakeid' },
      { ...target, Key: 'other' },
    ]) {
      const expected = { ...noSuchUpload, UploadId: other.UploadId };
      expect(await faultOf(upload(other, 1, 'x'))).toMatchObject(expected);
      expect(await faultOf(complete(other, [{ ETag: 'x', PartNumber: 1 }]))).toMatchObject(expected);
      expect(await faultOf(s3.send(new S3.ListPartsCommand(other)))).toMatchObject(expected);
      expect(await faultOf(s3.send(new S3.AbortMultipartUploadCommand(other)))).toMatchObject(expected);
    }
  });

  it('is refused for a key that cannot be a file, before any part is sent', async () => {
    expect((await faultOf(create('a/../b'))).Code).toBe('InvalidArgument');
  });

  it('takes checksum types that fit (test_multipart_parts_checksum_exceptions_composite)', async () => {
    const refusal = async (more: Partial<S3.CreateMultipartUploadCommandInput>) =>
      (await faultOf(create('x', more))).Message;
    expect(await refusal({ ChecksumAlgorithm: 'TEST' as 'CRC32' })).toBe(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
    expect(await refusal({ ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' })).toBe(
      'The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.',
    );
    expect(await refusal({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' })).toBe(
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
    );
    const target = await create('x', { ChecksumAlgorithm: 'CRC32' });
    const { ETag } = await upload(target, 1, 'abc');
    expect(
      await faultOf(
        complete(target, [{ ETag, PartNumber: 1, ChecksumSHA256: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' }]),
      ),
    ).toMatchObject({
      Code: 'BadDigest',
      Message: 'The sha256 you specified for part 1 did not match what we received.',
    });
    expect(await faultOf(complete(target, [{ ETag, PartNumber: 1 }], { ChecksumType: 'FULL_OBJECT' }))).toMatchObject({
      Code: 'InvalidRequest',
      Message:
        'The upload was created using the COMPOSITE checksum mode. The complete request must use the same checksum mode.',
    });
    const sha256 = await create('x', { ChecksumAlgorithm: 'SHA256' });
    expect(await faultOf(upload(sha256, 1, 'abc', { ChecksumAlgorithm: 'CRC32' }))).toMatchObject({
      Code: 'InvalidRequest',
      Message: 'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
    });
    const none = await create('x');
    const other = await upload(none, 1, 'aaa', { ChecksumAlgorithm: 'CRC32C' });
    // test_complete_multipart_parts_checksum_default
    expect(other).toMatchObject({ ChecksumCRC32C: '45fn2Q==', ETag: '"47bce5c74f589f4867dbd57e9ca9f808"' });
    const part = { ETag: other.ETag, PartNumber: 1 };
    expect(await faultOf(complete(none, [{ ...part, ChecksumCRC32C: '45fn2Q==' }]))).toMatchObject({
      Code: 'InvalidPart',
    });
    expect(await faultOf(complete(none, [part], { ChecksumType: 'COMPOSITE' }))).toMatchObject({
      Message:
        'The upload was created using the null checksum mode. The complete request must use the same checksum mode.',
    });
    expect(await complete(none, [part])).toMatchObject({
      ChecksumCRC64NVME: 'Rnr2/5P7Gsk=',
      ETag: '"e2c3da976e66ec9e7dc128fbc782fc91-1"',
    });
  });

  it('refuses a checksum of the object that is not its own (test_multipart_parts_checksum_exceptions_full_object)', async () => {
    const target = await create('full', { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' });
    const { ETag } = await upload(target, 1, 'abc', { ChecksumAlgorithm: 'CRC32C' });
    const part = { ETag, PartNumber: 1, ChecksumCRC32C: 'Nks/tw==' };
    for (const ChecksumCRC32C of ['AAAAAA==', 'AAAAAA==-1']) {
      expect(await faultOf(complete(target, [part], { ChecksumCRC32C }))).toMatchObject({
        Code: 'BadDigest',
        Message: 'The crc32c you specified did not match the calculated checksum.',
        status: 400,
      });
    }
    expect(await faultOf(head('full'))).toMatchObject({ status: 404 });
    expect(readdirSync(join(test.directory, 's3', '.incoming'))).toEqual([]);
    expect(await complete(target, [part], { ChecksumCRC32C: 'Nks/tw==', ChecksumType: 'FULL_OBJECT' })).toMatchObject({
      ChecksumCRC32C: 'Nks/tw==',
      ETag: '"af5da9f45af7a300e3aded972f8ff687-1"',
    });
  });

  it('copies parts, all or a range (test_upload_part_copy_range)', async () => {
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }));
    const target = await create('copied');
    const copy = (
      PartNumber: number,
      CopySourceRange: string | undefined,
      more: Partial<S3.UploadPartCopyCommandInput> = {},
    ) =>
      s3.send(
        new S3.UploadPartCopyCommand({
          ...target,
          PartNumber,
          CopySource: `${Bucket}/source`,
          CopySourceRange,
          ...more,
        }),
      );
    const etag = async (range?: string) => (await copy(1, range)).CopyPartResult?.ETag;
    expect(await etag('bytes=0-8')).toBe('"22975d8a5ed1b91445f6c55ac121505b"');
    expect(await etag('bytes=1-1')).toBe('"c4ca4238a0b923820dcc509a6f75849b"');
    expect(await etag()).toBe('"781e5e245d69b566979b86e28d23f2c7"');
    for (const range of [
      '0-8',
      'bytes=1-0',
      'bytes=-1-',
      'bytes=0--1',
      'bytes=0-1,3-4,7-9',
      'bytes=-',
      'bytes=-2',
      'bytes=1-',
    ]) {
      expect(await faultOf(copy(2, range))).toMatchObject({
        Code: 'InvalidArgument',
        ArgumentName: 'x-amz-copy-source-range',
        ArgumentValue: range,
        Message:
          'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      });
    }
    expect((await faultOf(copy(2, 'bytes=0-100'))).Message).toBe(
      'Range specified is not valid for source object of size: 10',
    );
    expect(await faultOf(copy(2, 'bytes=100-200'))).toMatchObject({
      Code: 'InvalidRequest',
      Message: 'The specified copy range is invalid for the source object size',
    });
    expect(await faultOf(copy(2, undefined, { CopySourceIfMatch: '"no"' }))).toMatchObject({
      Code: 'PreconditionFailed',
      Condition: 'x-amz-copy-source-If-Match',
      status: 412,
    });
    const done = await complete(target, [{ PartNumber: 1, ETag: await etag() }]);
    expect(done.ETag).toMatch(/-1"$/);
    expect((await bytesOf('copied')).toString()).toBe('0123456789');
  });

  it('reads by parts (test_get_object_part)', async () => {
    const target = await create('test.file');
    const first = await upload(target, 3, large);
    const second = await upload(target, 7, 'test content 123');
    await complete(target, [
      { PartNumber: 3, ETag: first.ETag },
      { PartNumber: 7, ETag: second.ETag },
    ]);
    const read = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'test.file', PartNumber: 2 }));
    expect(read).toMatchObject({ ContentLength: 16, ContentRange: 'bytes 5242881-5242896/5242897', PartsCount: 2 });
    expect(await read.Body?.transformToString()).toBe('test content 123');
    const get = (more: Partial<S3.GetObjectCommandInput>, Key = 'test.file') =>
      s3.send(new S3.GetObjectCommand({ Bucket, Key, ...more }));
    expect(await faultOf(get({ PartNumber: 10 }))).toMatchObject({
      Code: 'InvalidPartNumber',
      Message: 'The requested partnumber is not satisfiable',
      ActualPartCount: '2',
      PartNumberRequested: '10',
      status: 416,
    });
    expect(await faultOf(get({ PartNumber: 1, Range: 'bytes=0-1' }))).toMatchObject({
      Code: 'InvalidRequest',
      Message: 'Cannot specify both Range header and partNumber query parameter',
      status: 400,
    });
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'single', Body: 'test-123' }));
    expect(await faultOf(get({ PartNumber: 2 }, 'single'))).toMatchObject({
      Code: 'InvalidPartNumber',
      ActualPartCount: '1',
    });
    const single = await get({ PartNumber: 1, ChecksumMode: 'ENABLED' }, 'single');
    expect(single).toMatchObject({
      ContentRange: 'bytes 0-7/8',
      ChecksumCRC32: 'MAPXAg==',
      $metadata: { httpStatusCode: 206 },
    });
    expect(single.PartsCount).toBeUndefined();
  });

  it('completes on conditions (test_multipart_if_none_match_with_delete, test_multipart_if_match_with_put and more)', async () => {
    const conflict = {
      Code: 'ConditionalRequestConflict',
      Message: 'The conditional request cannot succeed due to a conflicting operation against this resource.',
      Key: 'cond',
      status: 409,
    };
    const unmet = (Condition: string) => ({ Code: 'PreconditionFailed', Condition, status: 412 });
    const put = (Body: string) => s3.send(new S3.PutObjectCommand({ Bucket, Key: 'cond', Body }));
    const remove = () => s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'cond' }));
    const begin = async () => {
      const target = await create('cond');
      const { ETag } = await upload(target, 1, 'part');
      return (more: Partial<S3.CompleteMultipartUploadCommandInput>) =>
        complete(target, [{ ETag, PartNumber: 1 }], more);
    };
    await put('first');
    let finish = await begin();
    expect(await faultOf(finish({ IfNoneMatch: '*' }))).toMatchObject(unmet('If-None-Match'));
    await remove();
    expect(await faultOf(finish({ IfNoneMatch: '*' }))).toMatchObject({ ...conflict, Condition: 'If-None-Match' });
    finish = await begin();
    const first = await finish({ IfNoneMatch: '*' });
    finish = await begin();
    const second = await put('during');
    expect(await faultOf(finish({ IfMatch: first.ETag }))).toMatchObject(unmet('If-Match'));
    expect(await faultOf(finish({ IfMatch: second.ETag }))).toMatchObject({ ...conflict, Condition: 'If-Match' });
    finish = await begin();
    await finish({ IfMatch: second.ETag });
    finish = await begin();
    await remove();
    expect(await faultOf(finish({ IfMatch: first.ETag }))).toMatchObject({
      Code: 'NoSuchKey',
      Key: 'cond',
      status: 404,
    });
    // Without a condition the last writer wins.
    await put('before');
    await finish({});
    expect((await bytesOf('cond')).toString()).toBe('part');
  });

  it('survives a restart, and leaves nothing behind', async () => {
    const target = await create('long', { Metadata: { kept: 'yes' }, ChecksumAlgorithm: 'CRC32' });
    const parts = [large, large.subarray(0, 5 * 2 ** 20), Buffer.from('end')];
    const first = await upload(target, 1, parts[0]);
    await upload(target, 2, 'replaced later');
    writeFileSync(join(test.directory, 's3', '.parts', 'half-of-a-part'), 'rest of a write');
    await test.reopen();
    expect(partFiles()).toHaveLength(2);
    const uploads = await s3.send(new S3.ListMultipartUploadsCommand({ Bucket }));
    expect(uploads.Uploads).toMatchObject([{ Key: 'long', UploadId: target.UploadId, ChecksumAlgorithm: 'CRC32' }]);
    const second = await upload(target, 2, parts[1]);
    expect(partFiles()).toHaveLength(2);
    await test.reopen();
    const third = await upload(target, 3, parts[2]);
    const Parts = [first, second, third].map(({ ETag, ChecksumCRC32 }, i) => ({
      PartNumber: i + 1,
      ETag,
      ChecksumCRC32,
    }));
    await complete(target, Parts);
    expect((await bytesOf('long')).equals(Buffer.concat(parts))).toBe(true);
    expect((await head('long')).Metadata).toEqual({ kept: 'yes' });
    expect(partFiles()).toEqual([]);
    await test.reopen();
    expect((await head('long')).ETag).toMatch(/-3"$/);
    expect((await s3.send(new S3.ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  it('ends with an abort, or with its bucket', async () => {
    const target = await create('aborted');
    await upload(target, 1, 'x');
    await s3.send(new S3.AbortMultipartUploadCommand(target));
    expect(partFiles()).toEqual([]);
    expect(await faultOf(upload(target, 1, 'x'))).toMatchObject(noSuchUpload);
    await upload(await create('open'), 1, 'x');
    await s3.send(new S3.DeleteBucketCommand({ Bucket }));
    expect(partFiles()).toEqual([]);
    expect(existsSync(join(test.directory, 's3', Bucket))).toBe(false);
  });

  it('takes parts from many at once, and one completion of several', async () => {
    const target = await create('parallel');
    const Parts = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const content = Buffer.alloc(5 * 2 ** 20, String(i));
        return { PartNumber: i + 1, ETag: (await upload(target, i + 1, content)).ETag };
      }),
    );
    const results = await Promise.allSettled([
      complete(target, Parts),
      complete(target, Parts),
      upload(target, 1, 'late'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(results.slice(1).map((result) => (result as PromiseRejectedResult).reason.name)).toEqual([
      'NoSuchUpload',
      'NoSuchUpload',
    ]);
    expect(await bytesOf('parallel', { Range: `bytes=${5 * 2 ** 20 - 1}-${5 * 2 ** 20}` })).toEqual(Buffer.from('01'));
    expect(partFiles()).toEqual([]);
  });

  it('keeps its ETag when its file is touched, and gets another one when its file is changed', async () => {
    const target = await create('hand');
    const { ETag } = await upload(target, 1, 'content');
    const done = await complete(target, [{ ETag, PartNumber: 1 }]);
    const file = join(test.directory, 's3', Bucket, 'hand');
    writeFileSync(file, 'content');
    expect(await head('hand')).toMatchObject({ ETag: done.ETag, ChecksumCRC64NVME: done.ChecksumCRC64NVME });
    writeFileSync(file, 'CONTENT');
    const changed = await head('hand');
    expect(changed.ETag).toBe(`"${hash('md5', 'CONTENT')}"`);
    expect(changed.ChecksumCRC64NVME).toBeUndefined();
  });
});
