import { hash } from 'node:crypto';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultOf, newS3, type TestS3 } from './support.ts';

// Expected answers were recorded from AWS: localstack/localstack, tests/aws/services/s3/test_s3.snapshot.json,
// test_s3_api.snapshot.json and test_s3_preconditions.snapshot.json, under the names given with each test.

const Bucket = 'recorded';
let test: TestS3;
let s3: S3.S3Client;
beforeAll(async () => {
  test = await newS3();
  s3 = test.client;
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
});
afterAll(() => test.discard());

const put = (Key: string, Body: string, more: Partial<S3.PutObjectCommandInput> = {}) =>
  s3.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<S3.GetObjectCommandInput> = {}) =>
  s3.send(new S3.GetObjectCommand({ Bucket, Key, ...more }));
const copy = (Key: string, source: string, more: Partial<S3.CopyObjectCommandInput> = {}) =>
  s3.send(new S3.CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}`, ...more }));
const remove = (Key: string, more: Partial<S3.DeleteObjectCommandInput> = {}) =>
  s3.send(new S3.DeleteObjectCommand({ Bucket, Key, ...more }));

/** A request as it is, for what the client would not send. */
async function send(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  const [route, query] = path.split('?');
  const request = { method, path: route, query: new URLSearchParams(query), headers, body: Buffer.from(body) };
  const answer = await test.service(request);
  const text = answer.body.toString();
  return {
    ...answer,
    text,
    code: /<Code>(.*?)<\/Code>/.exec(text)?.[1],
    message: /<Message>(.*?)<\/Message>/.exec(text)?.[1],
  };
}

const unimplemented = (Header: string, additionalMessage: string) => ({
  Code: 'NotImplemented',
  Message: 'A header you provided implies functionality that is not implemented',
  Header,
  additionalMessage,
  status: 501,
});

describe('checksums', () => {
  // test_put_object_checksum
  it.each([
    ['CRC32', 'cZWHwQ=='],
    ['CRC32C', 'Pf4upw=='],
    ['SHA1', 'B++3uSfJMSHWToQMQ1g6lIJY5Eo='],
    ['SHA256', '2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik='],
    ['CRC64NVME', 'qUVrWYOrIAM='],
  ] as const)('%s are taken, checked and given back', async (algorithm, value) => {
    const name = `Checksum${algorithm}` as const;
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
    const Key = `sum-${algorithm}`;
    // The content whose digests were recorded.
    const body = 'test data..';
    expect(hash('md5', body)).toBe('e6d9226c2a86b7232933663c13467527');
    expect(await send('PUT', `/${Bucket}/${Key}`, { [header]: 'a' }, body)).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
      message: `Value for ${header} header is invalid.`,
    });
    const other = { CRC32: 4, CRC32C: 4, SHA1: 20, SHA256: 32, CRC64NVME: 8 }[algorithm];
    expect(
      await send('PUT', `/${Bucket}/${Key}`, { [header]: Buffer.alloc(other).toString('base64') }, body),
    ).toMatchObject({
      status: 400,
      code: 'BadDigest',
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
    const told = { [name]: value, ChecksumType: 'FULL_OBJECT', ETag: '"e6d9226c2a86b7232933663c13467527"' };
    expect(await put(Key, body, { [name]: value })).toMatchObject(told);
    expect(await s3.send(new S3.HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).toMatchObject(told);
  });

  it('are CRC64NVME where none came, and stay with copies (test_s3_checksum_no_automatic_sdk_calculation)', async () => {
    await send('PUT', `/${Bucket}/bare`, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, 'test data..');
    const told = { ChecksumCRC64NVME: 'qUVrWYOrIAM=', ChecksumType: 'FULL_OBJECT' };
    expect(await get('bare', { ChecksumMode: 'ENABLED' })).toMatchObject(told);
    expect((await copy('bare-copy', 'bare')).CopyObjectResult).toMatchObject(told);
  });

  it('are not told of a part, only of the whole (test_get_object_range)', async () => {
    await put('digits', '0123456789');
    const sum = async (Range: string) => (await get('digits', { Range, ChecksumMode: 'ENABLED' })).ChecksumCRC32;
    expect(await sum('bytes=0-8')).toBeUndefined();
    expect(await sum('bytes=-15')).toBe('poTHxg==');
    expect(await sum('bytes=0-100')).toBe('poTHxg==');
  });

  it('come one at a time, and Content-MD5 is checked (test_s3_checksum_no_algorithm, test_s3_invalid_content_md5)', async () => {
    const two = { 'x-amz-checksum-crc32': 'cZWHwQ==', 'x-amz-checksum-crc32c': 'Pf4upw==' };
    expect(await send('PUT', `/${Bucket}/two`, two, 'x')).toMatchObject({
      code: 'InvalidRequest',
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
    for (const md5 of ['__invalid__', '000', 'not base64 encoded checksum', 'MTIz', 'dGVzdC1zdHJpbmc=']) {
      const answer = await send('PUT', `/${Bucket}/md5`, { 'content-md5': md5 }, 'something');
      expect(answer).toMatchObject({
        status: 400,
        code: 'InvalidDigest',
        message: 'The Content-MD5 you specified was invalid.',
      });
      expect(answer.text).toContain(`<Content-MD5>${md5}</Content-MD5>`);
    }
    const wrong = await send('PUT', `/${Bucket}/md5`, { 'content-md5': 'CYketZBSTjX8czcs3cXVlg==' }, 'something');
    expect(wrong).toMatchObject({
      code: 'BadDigest',
      message: 'The Content-MD5 you specified did not match what we received.',
    });
    expect(wrong.text).toContain('<CalculatedDigest>Q3uTDbhLgHnC3YBKcZNrXw==</CalculatedDigest>');
    expect(wrong.text).toContain('<ExpectedDigest>CYketZBSTjX8czcs3cXVlg==</ExpectedDigest>');
  });
});

describe('conditions', () => {
  const unmet = (Condition: string) => ({
    Code: 'PreconditionFailed',
    Message: 'At least one of the pre-conditions you specified did not hold',
    Condition,
    status: 412,
  });

  it('of writes (test_put_object_if_match and ..._validation, test_put_object_if_none_match_validation)', async () => {
    const { ETag } = await put('write', 'test');
    expect(ETag).toBe('"098f6bcd4621d373cade4e832627b4f6"');
    expect(await faultOf(put('write', 'x', { IfMatch: 'nope' }))).toMatchObject(unmet('If-Match'));
    expect(await faultOf(put('write', 'x', { IfNoneMatch: '*' }))).toMatchObject(unmet('If-None-Match'));
    expect(await faultOf(put('none', 'x', { IfMatch: ETag }))).toMatchObject({
      Code: 'NoSuchKey',
      Key: 'none',
      status: 404,
    });
    const value = (header: string) => `We don't accept the provided value of ${header} header for this API`;
    expect(await faultOf(put('write', 'x', { IfMatch: '*' }))).toMatchObject(
      unimplemented('If-Match', value('If-Match')),
    );
    expect(await faultOf(put('write', 'x', { IfNoneMatch: ETag }))).toMatchObject(
      unimplemented('If-None-Match', value('If-None-Match')),
    );
    expect(await faultOf(put('write', 'x', { IfMatch: ETag, IfNoneMatch: '*' }))).toMatchObject(
      unimplemented('If-Match,If-None-Match', 'Multiple conditional request headers present in the request'),
    );
    await put('write', 'y', { IfMatch: ETag });
  });

  it('of copies, on both ends (test_s3_copy_object_preconditions, test_copy_object_if_match)', async () => {
    const { ETag } = await put('source', 'data');
    const future = new Date(Date.now() + 3_600_000);
    const past = new Date(Date.now() - 3_600_000);
    const { LastModified } = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'source' }));
    const failing: [Partial<S3.CopyObjectCommandInput>, string][] = [
      [{ CopySourceIfMatch: '"no"' }, 'If-Match'],
      [{ CopySourceIfUnmodifiedSince: past }, 'If-Unmodified-Since'],
      [{ CopySourceIfNoneMatch: ETag }, 'If-None-Match'],
      [{ CopySourceIfNoneMatch: ETag?.replaceAll('"', '') }, 'If-None-Match'],
      [{ CopySourceIfModifiedSince: LastModified }, 'If-Modified-Since'],
    ];
    for (const [more, condition] of failing) {
      expect(await faultOf(copy('target', 'source', more))).toMatchObject(unmet(`x-amz-copy-source-${condition}`));
    }
    await copy('target', 'source', { CopySourceIfModifiedSince: future });
    await copy('target', 'source', { CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past });
    expect(await faultOf(copy('target', 'source', { IfNoneMatch: '*' }))).toMatchObject(unmet('If-None-Match'));
    expect(await faultOf(copy('target', 'source', { IfMatch: '"no"' }))).toMatchObject(unmet('If-Match'));
    expect(await faultOf(copy('absent', 'source', { IfMatch: ETag }))).toMatchObject({
      Code: 'NoSuchKey',
      Key: 'absent',
    });
    await copy('target', 'source', { IfMatch: ETag });
  });

  it('of deletes (TestS3DeletePrecondition)', async () => {
    await put('delete', 'x');
    expect(await faultOf(remove('delete', { IfMatch: 'badvalue' }))).toMatchObject(unmet('If-Match'));
    expect(await faultOf(remove('delete', { IfMatchSize: 1 }))).toMatchObject({
      Code: 'NotImplemented',
      Header: 'x-amz-if-match-size',
      status: 501,
    });
    expect(await faultOf(remove('delete', { IfMatchLastModifiedTime: new Date() }))).toMatchObject({
      Code: 'NotImplemented',
      Header: 'x-amz-if-match-last-modified-time',
    });
    expect(await (await get('delete')).Body?.transformToString()).toBe('x');
  });
});

describe('copies', () => {
  it('must change something where source and target are one (test_s3_copy_object_in_place)', async () => {
    await put('place', 'x', { Metadata: { key: 'value' } });
    const refusal = {
      Code: 'InvalidRequest',
      Message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      status: 400,
    };
    expect(await faultOf(copy('place', 'place'))).toMatchObject(refusal);
    await copy('place', 'place', { StorageClass: 'STANDARD' });
    expect((await get('place')).Metadata).toEqual({ key: 'value' });
    await copy('place', 'place', { MetadataDirective: 'REPLACE', Metadata: { key2: 'value2' } });
    expect((await get('place')).Metadata).toEqual({ key2: 'value2' });
  });

  it('need a source (test_s3_copy_object_wrong_format, test_s3_copy_object_src_not_exists)', async () => {
    const from = (CopySource: string) => faultOf(s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'x', CopySource })));
    expect(await from('wrongformat')).toMatchObject({
      Code: 'InvalidArgument',
      Message: 'Invalid copy source object key',
      ArgumentName: 'x-amz-copy-source',
      ArgumentValue: 'x-amz-copy-source',
      status: 400,
    });
    expect(await from('no-such-bucket/key')).toMatchObject({
      Code: 'NoSuchBucket',
      BucketName: 'no-such-bucket',
      status: 404,
    });
    expect(await from(`${Bucket}/random-src-key`)).toMatchObject({
      Code: 'NoSuchKey',
      Key: 'random-src-key',
      status: 404,
    });
  });
});

describe('buckets', () => {
  it('tell where they are, and whose (test_get_bucket_policy_invalid_account_id, test_delete_bucket_policy_expected_bucket_owner)', async () => {
    const located = await s3.send(new S3.GetBucketLocationCommand({ Bucket }));
    expect(located.LocationConstraint).toBeUndefined();
    const head = (ExpectedBucketOwner: string) =>
      send('GET', `/${Bucket}?location`, { 'x-amz-expected-bucket-owner': ExpectedBucketOwner });
    expect((await head('000000000000')).status).toBe(200);
    expect(await head('111111111111')).toMatchObject({ status: 403, code: 'AccessDenied', message: 'Access Denied' });
    for (const owner of ['0000', '0000000000020', 'abcd', 'aa000000000$']) {
      expect(await head(owner)).toMatchObject({
        status: 400,
        code: 'InvalidBucketOwnerAWSAccountID',
        message: `The value of the expected bucket owner parameter must be an AWS Account ID... [${owner}]`,
      });
    }
  });

  it('are listed by prefix and page (TestS3ListBuckets)', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await s3.send(new S3.CreateBucketCommand({ Bucket: name }));
    const list = (input: S3.ListBucketsCommandInput) => s3.send(new S3.ListBucketsCommand(input));
    const first = await list({ Prefix: 'list-', MaxBuckets: 2 });
    expect(first).toMatchObject({
      Prefix: 'list-',
      Buckets: [{ Name: 'list-a', BucketRegion: 'us-east-1', BucketArn: 'arn:aws:s3:::list-a' }, { Name: 'list-b' }],
    });
    const rest = await list({ Prefix: 'list-', MaxBuckets: 2, ContinuationToken: first.ContinuationToken });
    expect(rest.Buckets?.map(({ Name }) => Name)).toEqual(['list-c']);
    expect(rest.ContinuationToken).toBeUndefined();
    expect((await list({ Prefix: 'List-' })).Buckets).toEqual([]);
    expect((await list({ BucketRegion: 'eu-west-1' })).Buckets).toEqual([]);
    expect((await faultOf(list({ MaxBuckets: 10_001 }))).Code).toBe('InvalidArgument');
  });

  it('of another region are where they say', async () => {
    const elsewhere = await newS3({ region: 'eu-west-1' });
    const create = (more: Partial<S3.CreateBucketCommandInput>) =>
      elsewhere.client.send(new S3.CreateBucketCommand({ Bucket: 'there', ...more }));
    const constraint = (LocationConstraint: string) => ({
      CreateBucketConfiguration: { LocationConstraint: LocationConstraint as 'EU' },
    });
    // test_different_location_constraint and test_create_bucket_with_invalid_location_constraint
    const messages = [];
    for (const more of [{}, constraint('bar')]) messages.push((await faultOf(create(more))).Message);
    expect(messages).toEqual(
      ['unspecified', 'bar'].map(
        (what) =>
          `The ${what} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      ),
    );
    await create(constraint('eu-west-1'));
    expect((await faultOf(create(constraint('eu-west-1')))).Code).toBe('BucketAlreadyOwnedByYou');
    const located = await elsewhere.client.send(new S3.GetBucketLocationCommand({ Bucket: 'there' }));
    expect(located.LocationConstraint).toBe('eu-west-1');
    await elsewhere.discard();
  });
});

describe('what is not served', () => {
  it('is refused by name, and nothing is stored', async () => {
    const refused: [Partial<S3.PutObjectCommandInput>, string, string][] = [
      [{ Tagging: 'a=b' }, 'NotImplemented', 'x-amz-tagging'],
      [{ ServerSideEncryption: 'aws:kms' }, 'NotImplemented', 'x-amz-server-side-encryption'],
      [{ StorageClass: 'GLACIER' }, 'NotImplemented', 'GLACIER'],
      [{ ACL: 'public-read' }, 'AccessControlListNotSupported', 'The bucket does not allow ACLs'],
      [{ WebsiteRedirectLocation: '/x' }, 'NotImplemented', 'x-amz-website-redirect-location'],
      [{ ObjectLockLegalHoldStatus: 'ON' }, 'NotImplemented', 'x-amz-object-lock-legal-hold'],
    ];
    for (const [more, code, message] of refused) {
      const fault = await faultOf(put('refused', 'x', more));
      expect([fault.Code, fault.Message]).toEqual([code, expect.stringContaining(message)]);
      const upload = { Bucket, Key: 'refused', ...more } as S3.CreateMultipartUploadCommandInput;
      expect((await faultOf(s3.send(new S3.CreateMultipartUploadCommand(upload)))).Code).toBe(code);
    }
    expect((await faultOf(get('refused'))).Code).toBe('NoSuchKey');
    await put('owned', 'x', { ACL: 'bucket-owner-full-control', StorageClass: 'STANDARD' });
    const tagged = new S3.CreateBucketCommand({
      Bucket: 'tagged',
      CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] },
    });
    expect((await faultOf(s3.send(tagged))).Message).toContain('Tags');
    const locked = new S3.CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true });
    expect((await faultOf(s3.send(locked))).Message).toContain('x-amz-bucket-object-lock-enabled');
  });

  it('keeps no header that could not be sent again', async () => {
    const answer = await send('PUT', `/${Bucket}/header`, { 'x-amz-meta-a': 'line\r\nset-cookie: x' }, 'x');
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
    await put('header', 'x');
    const injected = await send('GET', `/${Bucket}/header?response-content-type=a%0d%0aset-cookie:x`);
    expect([injected.status, injected.code]).toEqual([400, 'InvalidArgument']);
  });
});
