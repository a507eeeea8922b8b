import type { ServiceResponse } from '../http.ts';
import { invalidArgument, notImplemented, S3Fault } from './faults.ts';
import { listedTime } from './list.ts';
import { checkBucketName } from './names.ts';
import { type BucketRequest, emptyAnswer, type OperationContext, xmlAnswer } from './operations.ts';
import { xmlOf } from './request-body.ts';
import { textOf } from './xml.ts';

/** S3 answers with at most this many buckets at once. */
const mostBuckets = 10_000;

/** ListBuckets: buckets in the order of their names. Throws S3Fault `InvalidArgument`. */
export function listBuckets(
  { store, accountId, region }: OperationContext,
  { request: { query } }: Pick<BucketRequest, 'request'>,
): ServiceResponse {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token') ?? '';
  const wantedRegion = query.get('bucket-region');
  const sizeText = query.get('max-buckets');
  const size = sizeText === null ? mostBuckets : Number(sizeText);
  if (!Number.isInteger(size) || size < 1 || size > mostBuckets) {
    throw invalidArgument(
      `Argument max-buckets must be an integer between 1 and ${mostBuckets}`,
      'max-buckets',
      sizeText ?? '',
    );
  }
  const after = Buffer.from(token, 'base64url').toString('utf8');
  const found = store
    .buckets()
    .filter(({ name }) => name.startsWith(prefix) && name > after && (wantedRegion ?? region) === region);
  const buckets = found.slice(0, size);
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: { ID: accountId },
    Buckets: {
      Bucket: buckets.map(({ name, createdMs }) => ({
        Name: name,
        CreationDate: listedTime(createdMs),
        BucketRegion: region,
        BucketArn: `arn:aws:s3:::${name}`,
      })),
    },
    Prefix: prefix === '' ? undefined : prefix,
    ContinuationToken:
      found.length > buckets.length ? Buffer.from(buckets.at(-1)!.name).toString('base64url') : undefined,
  });
}

/** Settings of a new bucket, and the one value that they can have here. */
const bucketHeaders: Record<string, string> = {
  'x-amz-acl': 'private',
  'x-amz-object-ownership': 'BucketOwnerEnforced',
  'x-amz-bucket-object-lock-enabled': 'false',
};

/** Rejects with S3Fault for a bucket that is to be elsewhere, or other than buckets of this engine are. */
async function checkConfiguration({ request }: BucketRequest, region: string): Promise<void> {
  for (const [header, served] of Object.entries(bucketHeaders)) {
    const value = request.headers[header] ?? served;
    if (value.toLowerCase() !== served.toLowerCase()) {
      throw notImplemented(`${header} with ${value} on a bucket`);
    }
  }
  const fields = request.body.length > 0 ? (await xmlOf(request, 'CreateBucketConfiguration')).fields : {};
  const unserved = Object.keys(fields).find((name) => name !== 'LocationConstraint' && name !== '#text');
  if (unserved !== undefined) throw notImplemented(`${unserved} of CreateBucketConfiguration`);
  const location = textOf(fields.LocationConstraint);
  const home = region === 'us-east-1' ? undefined : region;
  if (location === home) return;
  // At AWS the endpoint of us-east-1 makes buckets in other regions, too; this engine has only one.
  if (region === 'us-east-1' && (location === region || !/^(EU|[a-z]+(-[a-z]+)+-\d)$/.test(location ?? ''))) {
    throw new S3Fault('InvalidLocationConstraint', 'The specified location-constraint is not valid', 400, {
      fields: { LocationConstraint: location ?? '' },
    });
  }
  throw new S3Fault(
    'IllegalLocationConstraintException',
    `The ${location ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

export async function createBucket(
  { store, region }: OperationContext,
  target: BucketRequest,
): Promise<ServiceResponse> {
  const { bucket } = target;
  checkBucketName(bucket);
  await checkConfiguration(target, region);
  // us-east-1 takes the creation of a bucket that one has already as done (API reference, CreateBucket).
  if (!store.createBucket(bucket) && region !== 'us-east-1') {
    throw new S3Fault(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
      { fields: { BucketName: bucket } },
    );
  }
  return emptyAnswer(200, { location: `/${bucket}`, 'x-amz-bucket-arn': `arn:aws:s3:::${bucket}` });
}

export function headBucket({ store, region }: OperationContext, { bucket }: BucketRequest): ServiceResponse {
  store.requireBucket(bucket);
  return emptyAnswer(200, { 'x-amz-bucket-region': region, 'x-amz-bucket-arn': `arn:aws:s3:::${bucket}` });
}

export function deleteBucket({ store }: OperationContext, { bucket }: BucketRequest): ServiceResponse {
  store.deleteBucket(bucket);
  return emptyAnswer(204);
}

/** GetBucketLocation: the root element itself holds the region, and nothing for us-east-1. */
export function getBucketLocation({ store, region }: OperationContext, { bucket }: BucketRequest): ServiceResponse {
  store.requireBucket(bucket);
  return xmlAnswer('LocationConstraint', region === 'us-east-1' ? {} : region);
}
