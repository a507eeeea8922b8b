import * as S3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceRequest } from '../../../embedded/http.ts';
import { checkPresigned } from '../../../embedded/s3/presigned.ts';
import { newS3, type TestS3 } from './support.ts';

const Bucket = 'frames';
const Key = 'raw/a b+ü(1).fits';
let test: TestS3;
let client: S3.S3Client;
let url: string;

beforeAll(async () => {
  test = await newS3();
  ({ client, url } = await test.overSocket());
  await client.send(new S3.CreateBucketCommand({ Bucket }));
  await client.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'starlight' }));
});
afterAll(() => test.discard());
beforeEach(() => test.setTime(undefined));

const clientOf = (accessKeyId: string, secretAccessKey: string, more: S3.S3ClientConfig = {}) =>
  new S3.S3Client({
    region: 'us-east-1',
    endpoint: url,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    ...more,
  });
const get = (input: Partial<S3.GetObjectCommandInput> = {}) => new S3.GetObjectCommand({ Bucket, Key, ...input });
const signed = (command: S3.GetObjectCommand, from = client, expiresIn = 60) =>
  getSignedUrl(from, command, { expiresIn });
const signedPut = (command: S3.PutObjectCommand, unhoistable: string[] = []) => {
  // What is written is not known to the signer, so neither is its checksum.
  const from = clientOf('test', 'test', { requestChecksumCalculation: 'WHEN_REQUIRED' });
  return getSignedUrl(from, command, { unhoistableHeaders: new Set(unhoistable) });
};

/** What a URL answers: its status, and code, message and fields of its error. */
async function answer(
  address: string | URL,
  init?: RequestInit,
): Promise<{ status: number; text: string; fault: Record<string, string> }> {
  const response = await fetch(address, init);
  const text = await response.text();
  const fault = Object.fromEntries(
    [...text.matchAll(/<([A-Za-z-]+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name, value]),
  );
  return { status: response.status, text, fault };
}

function changed(address: string, change: (query: URLSearchParams) => void): URL {
  const parsed = new URL(address);
  change(parsed.searchParams);
  return parsed;
}

describe('presigned URLs', () => {
  it('give an object, with other headers where they say so', async () => {
    expect(await answer(await signed(get()))).toMatchObject({ status: 200, text: 'starlight' });
    // A range is signed, but stays a header.
    const range = 'bytes=0-3';
    const address = await signed(get({ ResponseContentType: 'image/fits', Range: range }));
    const response = await fetch(address, { headers: { range } });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      206,
      'image/fits',
      'star',
    ]);
    expect((await answer(address)).status).toBe(403);
    for (const name of ['test', 'embedded']) {
      expect((await answer(await signed(get(), clientOf(name, name)))).status).toBe(200);
    }
  });

  it('take an object, with its metadata', async () => {
    const put = new S3.PutObjectCommand({ Bucket, Key: 'put', Metadata: { foo: 'bar' }, ContentType: 'text/plain' });
    const address = await signedPut(put);
    expect((await answer(address, { method: 'PUT', body: 'content 123' })).status).toBe(200);
    const head = await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'put', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({
      ContentLength: 11,
      Metadata: { foo: 'bar' },
      ETag: '"0d9fa06a66933b40f615f530e59edd6b"',
    });
    expect(head.ChecksumCRC64NVME).toBeDefined();
  });

  it('upload parts', async () => {
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const target = { Bucket, Key: 'parts', UploadId };
    const from = clientOf('test', 'test', { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const address = await getSignedUrl(from, new S3.UploadPartCommand({ ...target, PartNumber: 1 }));
    const response = await fetch(address, { method: 'PUT', body: 'part' });
    expect(response.status).toBe(200);
    const Parts = [{ PartNumber: 1, ETag: response.headers.get('etag')! }];
    await client.send(new S3.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));
    expect((await answer(await signed(get({ Key: 'parts' })))).text).toBe('part');
  });

  // localstack/localstack, tests/aws/services/s3/test_s3.snapshot.json, TestS3PresignedUrl, recorded from AWS.
  it('are good for what was signed only (test_presigned_url_signature_authentication)', async () => {
    const address = await signed(get());
    const mismatch = {
      Code: 'SignatureDoesNotMatch',
      Message:
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      AWSAccessKeyId: 'test',
    };
    const tampered: Record<string, string | URL> = {
      'another key': address.replace('raw/', 'other/'),
      'another signature': changed(address, (query) => query.set('X-Amz-Signature', '0'.repeat(64))),
      'a short signature': changed(address, (query) => query.set('X-Amz-Signature', '0')),
      'a longer life': changed(address, (query) => query.set('X-Amz-Expires', '600')),
      'one more parameter': changed(address, (query) => query.set('x-amz-request-payer', 'non-valid')),
    };
    for (const [what, changedAddress] of Object.entries(tampered)) {
      const { status, fault } = await answer(changedAddress);
      expect({ what, status, ...fault }).toMatchObject({ what, status: 403, ...mismatch });
      expect(fault.CanonicalRequest).toMatch(/^GET\n\/frames\//);
      expect(fault.StringToSign).toMatch(/^AWS4-HMAC-SHA256\n/);
    }
    for (const method of ['PUT', 'DELETE']) {
      expect(await answer(address, { method })).toMatchObject({ status: 403, fault: mismatch });
    }
    expect((await answer(await signed(get(), clientOf('test', 'wrong')))).fault).toMatchObject(mismatch);
    expect((await answer(address)).text).toBe('starlight');
  });

  it('end (test_s3_presigned_url_expired)', async () => {
    const address = await signed(get(), client, 2);
    const signedMs = Date.now();
    test.setTime(signedMs + 10_000);
    const { status, fault } = await answer(address);
    expect({ status, ...fault }).toMatchObject({
      status: 403,
      Code: 'AccessDenied',
      Message: 'Request has expired',
      'X-Amz-Expires': '2',
    });
    expect(fault.ServerTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(fault.ServerTime) - Date.parse(fault.Expires)).toBeGreaterThanOrEqual(7000);
    test.setTime(signedMs - 3_600_000);
    expect(await answer(address)).toMatchObject({ status: 403, fault: { Code: 'AccessDenied' } });
  });

  it('need all their parameters (test_s3_put_presigned_url_missing_sig_param)', async () => {
    const address = await signed(get());
    for (const name of ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires']) {
      expect(await answer(changed(address, (query) => query.delete(`X-Amz-${name}`)))).toMatchObject({
        status: 400,
        fault: {
          Code: 'AuthorizationQueryParametersError',
          Message:
            'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
        },
      });
    }
  });

  it.each([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA1', 'X-Amz-Algorithm only supports'],
    // test_presigned_double_encoded_credentials
    [
      'X-Amz-Credential',
      'test%2F20260101%2Fus-east-1',
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting',
    ],
    [
      'X-Amz-Credential',
      'test/20260101/eu-west-1/s3/aws4_request',
      "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
    ],
    ['X-Amz-Credential', 'test/20260101/us-east-1/ec2/aws4_request', 'incorrect service'],
    ['X-Amz-Credential', 'test/20260101/us-east-1/s3/aws4', 'incorrect terminal'],
    ['X-Amz-Credential', 'test/19990101/us-east-1/s3/aws4_request', 'Invalid credential date'],
    ['X-Amz-Date', 'yesterday', 'Invalid credential date'],
    ['X-Amz-Expires', 'soon', 'X-Amz-Expires should be a number'],
    ['X-Amz-Expires', '-1', 'X-Amz-Expires must be non-negative'],
    ['X-Amz-Expires', '604801', 'X-Amz-Expires must be less than a week'],
  ])('refuse %s of %s', async (name, value, message) => {
    const { status, fault } = await answer(changed(await signed(get()), (query) => query.set(name, value)));
    expect([status, fault.Code]).toEqual([400, 'AuthorizationQueryParametersError']);
    expect(fault.Message.replaceAll('&quot;', '"')).toContain(message);
  });

  it('refuse keys that nobody has, and tokens that nobody gave', async () => {
    expect(await answer(await signed(get(), clientOf('AKIAIOSFODNN7EXAMPLE', 'x')))).toMatchObject({
      status: 403,
      fault: {
        Code: 'InvalidAccessKeyId',
        Message: 'The AWS Access Key Id you provided does not exist in our records.',
        AWSAccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      },
    });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'token' };
    expect(await answer(await signed(get(), clientOf('', '', { credentials })))).toMatchObject({
      fault: { Code: 'InvalidToken' },
    });
    expect(await answer(await signed(get(), clientOf('constructor', 'x')))).toMatchObject({
      fault: { Code: 'InvalidAccessKeyId' },
    });
  });

  it('let no header of S3 in that was not signed (test_put_url_metadata_with_sig_s3v4)', async () => {
    const put = new S3.PutObjectCommand({ Bucket, Key: 'signed', Metadata: { foo: 'bar' } });
    const address = await signedPut(put, ['x-amz-meta-foo']);
    const send = (headers: Record<string, string>) => answer(address, { method: 'PUT', body: 'content 123', headers });
    expect((await send({})).fault.Code).toBe('SignatureDoesNotMatch');
    expect((await send({ 'x-amz-meta-foo': 'other' })).fault.Code).toBe('SignatureDoesNotMatch');
    expect(await send({ 'x-amz-meta-foo': 'bar', 'x-amz-meta-wrong': 'wrong' })).toMatchObject({
      status: 403,
      fault: {
        Code: 'AccessDenied',
        Message: 'There were headers present in the request which were not signed',
        HeadersNotSigned: 'x-amz-meta-wrong',
      },
    });
    expect((await send({ 'x-amz-meta-foo': 'bar', 'content-type': 'text/plain' })).status).toBe(200);
  });

  it('are not signed twice', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x' };
    expect(await answer(await signed(get()), { headers })).toMatchObject({
      status: 400,
      fault: { Code: 'InvalidArgument' },
    });
  });
});

describe('the examples of the AWS documentation', () => {
  const secret = { AKIAIOSFODNN7EXAMPLE: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  const signers = { credentials: secret, region: 'us-east-1' };
  const request = (path: string, query: string, host = 'localhost'): ServiceRequest => ({
    method: 'GET',
    path,
    query: new URLSearchParams(query),
    headers: { host },
    body: Buffer.alloc(0),
  });

  // S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", its example.
  const version4 =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  // S3 User Guide, "Signing and authenticating REST requests (AWS signature version 2)", "Query string request authentication".
  const version2 = 'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620';

  it('of version 4 holds, until its time is over', async () => {
    const example = request('/test.txt', version4, 'examplebucket.s3.amazonaws.com');
    const signedMs = Date.UTC(2013, 4, 24);
    await expect(checkPresigned(example, signers, signedMs + 86_400_000)).resolves.toBeUndefined();
    await expect(checkPresigned(example, signers, signedMs + 86_401_000)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(checkPresigned({ ...example, method: 'HEAD' }, signers, signedMs)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  it('of version 2 holds, until its time is over', async () => {
    const example = request('/johnsmith/photos/puppy.jpg', version2);
    const endMs = 1_175_139_620_000;
    await expect(checkPresigned(example, signers, endMs)).resolves.toBeUndefined();
    await expect(checkPresigned(example, signers, endMs + 1000)).rejects.toMatchObject({
      name: 'AccessDenied',
      fields: { Expires: '2007-03-29T03:40:20Z' },
    });
    await expect(
      checkPresigned({ ...example, path: '/johnsmith/photos/kitten.jpg' }, signers, endMs),
    ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const withType = { ...example, headers: { host: 'localhost', 'content-type': 'text/plain' } };
    await expect(checkPresigned(withType, signers, endMs)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const unfinished = request('/johnsmith/photos/puppy.jpg', 'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x');
    await expect(checkPresigned(unfinished, signers, endMs)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    });
  });
});
