import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultOf, newS3, type TestS3 } from './support.ts';

// Expected answers were recorded from AWS: localstack/localstack,
// tests/aws/services/s3/test_s3_list_operations.snapshot.json, under the names given with each test.

let test: TestS3;
let s3: S3.S3Client;
beforeAll(async () => {
  test = await newS3();
  s3 = test.client;
});
afterAll(() => test.discard());

let bucketNumber = 0;
async function bucketWith(keys: string[]): Promise<{ Bucket: string; ids: string[] }> {
  const Bucket = `uploads-${bucketNumber++}`;
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
  const ids: string[] = [];
  for (const Key of keys) ids.push((await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key }))).UploadId!);
  return { Bucket, ids };
}

it('lists uploads by key and beginning, page by page (test_list_multiparts_next_marker)', async () => {
  // As recorded, the first upload is of the last key, and three of the first key come last.
  const { Bucket, ids } = await bucketWith(['c', 'b', 'a', 'a', 'a']);
  const [idC, idB, idA1, idA2, idA3] = ids;
  const list = (input: Partial<S3.ListMultipartUploadsCommandInput> = {}) =>
    s3.send(new S3.ListMultipartUploadsCommand({ Bucket, ...input }));
  const idsOf = async (input: Partial<S3.ListMultipartUploadsCommandInput> = {}) => {
    const { Uploads, IsTruncated, NextKeyMarker, NextUploadIdMarker } = await list(input);
    return [(Uploads ?? []).map(({ UploadId }) => UploadId), IsTruncated, NextKeyMarker, NextUploadIdMarker];
  };
  expect(await idsOf()).toEqual([[idA1, idA2, idA3, idB, idC], false, 'c', idC]);
  expect(await idsOf({ MaxUploads: 1 })).toEqual([[idA1], true, 'a', idA1]);
  expect(await idsOf({ MaxUploads: 1, KeyMarker: 'a' })).toEqual([[idB], true, 'b', idB]);
  expect(await idsOf({ MaxUploads: 1, KeyMarker: 'c' })).toEqual([[], false, '', '']);
  expect(await idsOf({ MaxUploads: 1, UploadIdMarker: idA1 })).toEqual([[idA1], true, 'a', idA1]);
  expect(await idsOf({ MaxUploads: 1, KeyMarker: 'a', UploadIdMarker: idA1 })).toEqual([[idA2], true, 'a', idA2]);
  expect(await idsOf({ MaxUploads: 1, KeyMarker: 'a', UploadIdMarker: idA3 })).toEqual([[idB], true, 'b', idB]);
  expect(await idsOf({ MaxUploads: 1, KeyMarker: 'b', UploadIdMarker: idB })).toEqual([[idC], false, 'c', idC]);
  expect(await faultOf(list({ KeyMarker: 'a', UploadIdMarker: idB }))).toMatchObject({
    Code: 'InvalidArgument',
    Message: 'Invalid uploadId marker',
    ArgumentName: 'upload-id-marker',
    ArgumentValue: idB,
    status: 400,
  });
});

it('rolls uploads up at the delimiter (test_list_multipart_uploads_marker_common_prefixes)', async () => {
  const { Bucket, ids } = await bucketWith([
    'folder/aSubfolder/subFile1',
    'folder/aSubfolder/subFile2',
    'folder/file1',
    'folder/file2',
  ]);
  const list = (KeyMarker?: string) =>
    s3.send(
      new S3.ListMultipartUploadsCommand({ Bucket, Prefix: 'folder/', Delimiter: '/', MaxUploads: 1, KeyMarker }),
    );
  expect(await list()).toMatchObject({
    CommonPrefixes: [{ Prefix: 'folder/aSubfolder/' }],
    IsTruncated: true,
    NextKeyMarker: '',
    NextUploadIdMarker: '',
  });
  for (const marker of ['folder/aSubfolder/', 'folder/aSubfolder/subFile1']) {
    const page = await list(marker);
    expect(page).toMatchObject({ IsTruncated: true, NextKeyMarker: 'folder/file1', NextUploadIdMarker: ids[2] });
    expect(page.CommonPrefixes).toBeUndefined();
    expect(page.Uploads?.map(({ Key }) => Key)).toEqual(['folder/file1']);
  }
});

it('lists parts page by page (test_list_parts_pagination)', async () => {
  const { Bucket, ids } = await bucketWith(['parts']);
  const target = { Bucket, Key: 'parts', UploadId: ids[0] };
  for (const PartNumber of [1, 2]) await s3.send(new S3.UploadPartCommand({ ...target, PartNumber, Body: 'data' }));
  const list = async (MaxParts?: number, PartNumberMarker?: string) => {
    const { Parts, IsTruncated, NextPartNumberMarker } = await s3.send(
      new S3.ListPartsCommand({ ...target, MaxParts, PartNumberMarker }),
    );
    return [(Parts ?? []).map(({ PartNumber }) => PartNumber), IsTruncated, NextPartNumberMarker];
  };
  expect(await list()).toEqual([[1, 2], false, '2']);
  expect(await list(1)).toEqual([[1], true, '1']);
  expect(await list(1, '1')).toEqual([[2], false, '2']);
  expect(await list(1, '10')).toEqual([[], false, '0']);
  const fault = await faultOf(s3.send(new S3.ListPartsCommand({ ...target, PartNumberMarker: 'x' })));
  expect([fault.Code, fault.status]).toEqual(['InvalidArgument', 400]);
});

it('lists objects the old way, too (test_list_objects_marker_common_prefixes)', async () => {
  const Bucket = 'old-lists';
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
  const keys = ['folder/aSubfolder/subFile1', 'folder/aSubfolder/subFile2', 'folder/file1', 'folder/file2'];
  for (const Key of keys) await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'content 123' }));
  const list = async (input: Partial<S3.ListObjectsCommandInput>) => {
    const page = await s3.send(new S3.ListObjectsCommand({ Bucket, ...input }));
    const found = [
      ...(page.Contents ?? []).map(({ Key }) => Key),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    ];
    return [found, page.IsTruncated, page.NextMarker];
  };
  const all = await s3.send(new S3.ListObjectsCommand({ Bucket }));
  expect(all).toMatchObject({ Marker: '', Prefix: '', MaxKeys: 1000, IsTruncated: false, Name: Bucket });
  expect(all.Contents?.[0]).toMatchObject({
    Key: keys[0],
    ETag: '"0d9fa06a66933b40f615f530e59edd6b"',
    ChecksumAlgorithm: ['CRC32'],
    ChecksumType: 'FULL_OBJECT',
    Size: 11,
    StorageClass: 'STANDARD',
    Owner: { ID: '000000000000' },
  });
  const rolled = { Prefix: 'folder/', Delimiter: '/', MaxKeys: 1 };
  expect(await list(rolled)).toEqual([['folder/aSubfolder/'], true, 'folder/aSubfolder/']);
  expect(await list({ ...rolled, Marker: 'folder/aSubfolder/' })).toEqual([['folder/file1'], true, 'folder/file1']);
  expect(await list({ ...rolled, Marker: 'folder/file1' })).toEqual([['folder/file2'], false, undefined]);
  expect(await list({ ...rolled, Marker: 'folder/aSubfolder/subFile1' })).toEqual([
    ['folder/file1'],
    true,
    'folder/file1',
  ]);
  // test_list_objects_next_marker: without a delimiter there is no NextMarker.
  expect(await list({ MaxKeys: 1 })).toEqual([[keys[0]], true, undefined]);
});

it('takes one encoding of keys only (test_list_ops_encoding_type_validation)', async () => {
  const { Bucket } = await bucketWith([]);
  const EncodingType = 'value' as 'url';
  for (const command of [
    new S3.ListObjectsCommand({ Bucket, EncodingType }),
    new S3.ListObjectsV2Command({ Bucket, EncodingType }),
    new S3.ListMultipartUploadsCommand({ Bucket, EncodingType }),
  ]) {
    expect(await faultOf(s3.send(command as S3.ListObjectsCommand))).toMatchObject({
      Code: 'InvalidArgument',
      Message: 'Invalid Encoding Method specified in Request',
      ArgumentName: 'encoding-type',
      ArgumentValue: 'value',
      status: 400,
    });
  }
});
