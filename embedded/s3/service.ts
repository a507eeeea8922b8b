import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';
import { notImplemented, S3Fault, storageFault } from './faults.ts';
import { listObjectsV2 } from './list.ts';
import { checkBucketName } from './names.ts';
import { copyObject, deleteObject, deleteObjects, putObject, readObject } from './object-operations.ts';
import { operationName, subResourceOf } from './operation-names.ts';
import { type ObjectStore, openObjectStore } from './store.ts';
import { parseXml, xmlDocument } from './xml.ts';

export interface S3Options {
  /** Objects live below `<directory>/s3`, their records in `<directory>/s3.sqlite`; the folder must exist. */
  directory: string;
  clock: Clock;
  region: string;
  /** Twelve digits; the owner of every bucket. */
  accountId: string;
}

/**
 * Opens S3 on plain files, with path-style addressing. Throws what the file system says when the folder cannot be used.
 * Requests are not authenticated: whoever reaches the engine is the owner.
 */
export function openS3({ directory, clock, region, accountId }: S3Options): {
  service: Service;
  close(): Promise<void>;
} {
  const store = openObjectStore(directory, clock);
  const service: Service = async (request) => {
    const requestId = randomUUID();
    let response: ServiceResponse;
    try {
      response = await dispatch(store, request, region, accountId);
    } catch (error) {
      response = faultResponse(error, request, requestId);
    }
    response.headers = { ...response.headers, 'x-amz-request-id': requestId };
    return response;
  };
  return { service, close: () => store.close() };
}

function splitPath(path: string): { bucket: string; key: string | undefined } {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw new S3Fault('InvalidURI', `Couldn't parse the specified URI: ${path}`);
  }
  const slash = decoded.indexOf('/', 1);
  if (slash < 0 || slash === decoded.length - 1) return { bucket: decoded.slice(1).replace(/\/$/, ''), key: undefined };
  return { bucket: decoded.slice(1, slash), key: decoded.slice(slash + 1) };
}

async function dispatch(
  store: ObjectStore,
  request: ServiceRequest,
  region: string,
  accountId: string,
): Promise<ServiceResponse> {
  const { method, query } = request;
  const { bucket, key } = splitPath(request.path);
  if (bucket === '') {
    if (method === 'GET') return listBuckets(store, accountId);
    throw new S3Fault('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  const subResource = subResourceOf(query);
  if (key === undefined) {
    if (subResource === undefined) {
      if (method === 'PUT') return createBucket(store, bucket, request, region);
      if (method === 'HEAD') return headBucket(store, bucket, region);
      if (method === 'DELETE') return deleteBucket(store, bucket);
      if (method === 'POST' && query.has('delete')) return deleteObjects(store, bucket, request);
      if (method === 'GET' && query.get('list-type') === '2') {
        return xml('ListBucketResult', listObjectsV2(store, bucket, query, accountId));
      }
    }
    throw notImplemented(operationName(method, 'bucket', subResource));
  }
  const versionId = query.get('versionId');
  if (versionId !== null && versionId !== 'null') throw notImplemented('Addressing a version of an object');
  if (subResource === undefined) {
    const target = { bucket, key, request };
    if (method === 'GET' || method === 'HEAD') return readObject(store, target);
    if (method === 'DELETE') return deleteObject(store, target);
    if (method === 'PUT') {
      return request.headers['x-amz-copy-source'] === undefined ? putObject(store, target) : copyObject(store, target);
    }
  }
  throw notImplemented(operationName(method, 'object', subResource));
}

function xml(root: string, fields: Parameters<typeof xmlDocument>[1]): ServiceResponse {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: xmlDocument(root, fields) };
}

function listBuckets(store: ObjectStore, accountId: string): ServiceResponse {
  const buckets = store.buckets().map(({ name, createdMs }) => ({
    Name: name,
    CreationDate: new Date(Math.floor(createdMs / 1000) * 1000).toISOString(),
  }));
  return xml('ListAllMyBucketsResult', { Owner: { ID: accountId }, Buckets: { Bucket: buckets } });
}

function createBucket(store: ObjectStore, bucket: string, request: ServiceRequest, region: string): ServiceResponse {
  checkBucketName(bucket);
  if (request.body.length > 0) {
    const { LocationConstraint: location } = parseXml(request.body.toString('utf8'), 'CreateBucketConfiguration');
    if (location !== undefined && location !== region) {
      throw new S3Fault(
        'IllegalLocationConstraintException',
        `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to (${region}).`,
      );
    }
  }
  // us-east-1 takes the creation of a bucket that one has already as done (API reference, CreateBucket).
  if (!store.createBucket(bucket) && region !== 'us-east-1') {
    throw new S3Fault(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
      { fields: { BucketName: bucket } },
    );
  }
  return { status: 200, headers: { location: `/${bucket}` }, body: '' };
}

function headBucket(store: ObjectStore, bucket: string, region: string): ServiceResponse {
  store.requireBucket(bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': region }, body: '' };
}

function deleteBucket(store: ObjectStore, bucket: string): ServiceResponse {
  store.deleteBucket(bucket);
  return { status: 204, headers: {}, body: '' };
}

function faultResponse(error: unknown, request: ServiceRequest, requestId: string): ServiceResponse {
  const fault =
    error instanceof S3Fault
      ? error
      : (storageFault(error) ??
        new S3Fault(
          'InternalError',
          `We encountered an internal error: ${error instanceof Error ? error.message : error}`,
          500,
        ));
  const body = xmlDocument('Error', {
    Code: fault.code,
    Message: fault.message,
    ...fault.fields,
    Resource: request.path,
    RequestId: requestId,
  });
  // The answer to a HEAD has no body, so the code is lost there; clients see the status.
  return {
    status: fault.status,
    headers: { ...fault.headers, 'content-type': 'application/xml' },
    body: request.method === 'HEAD' ? '' : body,
  };
}
