import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { EventContent } from '../events/event.ts';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket-operations.ts';
import { completeMultipartUpload } from './complete-multipart.ts';
import { copyObject } from './copy.ts';
import { notImplemented, S3Fault, storageFault } from './faults.ts';
import { listObjects, listObjectsV2 } from './list.ts';
import { listMultipartUploads } from './list-uploads.ts';
import { abortMultipartUpload, createMultipartUpload, listParts, uploadPart, uploadPartCopy } from './multipart.ts';
import {
  getBucketNotificationConfiguration,
  newAnnouncer,
  putBucketNotificationConfiguration,
} from './notifications.ts';
import { deleteObject, deleteObjects, putObject, readObject } from './object-operations.ts';
import { operationName, subResourceOf } from './operation-names.ts';
import { type BucketOperation, type ObjectOperation, type OperationContext, xmlAnswer } from './operations.ts';
import { checkPresigned } from './presigned.ts';
import { openObjectStore } from './store.ts';
import { xmlDocument } from './xml.ts';

export interface S3Options {
  /** Objects live below `<directory>/s3`, their records in `<directory>/s3.sqlite`; the folder must exist. */
  directory: string;
  clock: Clock;
  region: string;
  /** Twelve digits; the owner of every bucket. */
  accountId: string;
  /** Secret access keys by their access key, for presigned URLs; `embedded` and `test`, each its own secret, when absent. */
  credentials?: Record<string, string>;
  /** Puts an event on the default bus of EventBridge. */
  publish?: (event: EventContent) => void;
  /** Begins an asynchronous invocation of a Lambda function; throws when there is none. */
  invokeLater?: (functionArn: string, payload: string) => void;
  /** Whether a Lambda function of this ARN can be invoked; none can when absent. */
  knowsFunction?: (functionArn: string) => boolean;
}

const defaultCredentials = { embedded: 'embedded', test: 'test' };

/**
 * Opens S3 on plain files, with path-style addressing. Throws what the file system says when the folder cannot be used.
 * Whoever reaches the engine is the owner, so signatures in headers are not looked at. A presigned URL is a permission
 * that is handed on, so those are checked, against the secrets of `credentials`.
 */
export function openS3(options: S3Options): { service: Service; bucketCount(): number; close(): Promise<void> } {
  const { directory, clock, region, accountId, credentials = defaultCredentials } = options;
  const store = openObjectStore(directory, clock);
  const context: OperationContext = {
    store,
    region,
    accountId,
    now: () => clock.now(),
    announce: newAnnouncer(store, options),
    knowsFunction: options.knowsFunction ?? (() => false),
  };
  const service: Service = async (request) => {
    const requestId = randomUUID();
    let response: ServiceResponse;
    try {
      const target = splitPath(request.path);
      await checkPresigned(request, { credentials, region }, clock.now());
      response = await dispatch(context, unhoisted(request), target, requestId);
    } catch (error) {
      response = faultResponse(error, request, requestId);
    }
    response.headers = { ...response.headers, 'x-amz-request-id': requestId, 'x-amz-id-2': requestId };
    return response;
  };
  return { service, bucketCount: () => store.buckets().length, close: () => store.close() };
}

interface Target {
  bucket: string;
  key: string | undefined;
}

function splitPath(path: string): Target {
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

/** Signers of URLs move headers into the query, where S3 takes them for headers. */
function unhoisted(request: ServiceRequest): ServiceRequest {
  const hoisted = [...request.query].filter(([name]) => /^x-amz-/i.test(name));
  if (hoisted.length === 0) return request;
  const headers = { ...request.headers };
  for (const [name, value] of hoisted) headers[name.toLowerCase()] ??= value;
  return { ...request, headers };
}

/** Operations by method and sub-resource. */
const bucketOperations: Record<string, BucketOperation> = {
  PUT: createBucket,
  HEAD: headBucket,
  DELETE: deleteBucket,
  GET: ({ store, accountId }, { bucket, request: { query } }) =>
    xmlAnswer(
      'ListBucketResult',
      query.get('list-type') === '2'
        ? listObjectsV2(store, bucket, query, accountId)
        : listObjects(store, bucket, query, accountId),
    ),
  'POST delete': deleteObjects,
  'GET location': getBucketLocation,
  'GET uploads': listMultipartUploads,
  'GET notification': getBucketNotificationConfiguration,
  'PUT notification': putBucketNotificationConfiguration,
};

const objectOperations: Record<string, ObjectOperation> = {
  GET: readObject,
  HEAD: readObject,
  DELETE: deleteObject,
  PUT: (context, target) => (isCopy(target.request) ? copyObject : putObject)(context, target),
  'POST uploads': createMultipartUpload,
  'PUT uploadId': (context, target) => (isCopy(target.request) ? uploadPartCopy : uploadPart)(context, target),
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': abortMultipartUpload,
  'GET uploadId': listParts,
};

function isCopy({ headers }: ServiceRequest): boolean {
  return headers['x-amz-copy-source'] !== undefined;
}

async function dispatch(
  context: OperationContext,
  request: ServiceRequest,
  { bucket, key }: Target,
  requestId: string,
): Promise<ServiceResponse> {
  const { method, query } = request;
  checkOwner(request, context.accountId);
  if (bucket === '') {
    if (method === 'GET') return listBuckets(context, { request });
    throw new S3Fault('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  }
  const subResource = subResourceOf(query);
  const name = subResource === undefined ? method : `${method} ${subResource}`;
  if (key === undefined) {
    const operation = Object.hasOwn(bucketOperations, name) ? bucketOperations[name] : undefined;
    if (operation === undefined) throw notImplemented(operationName(method, 'bucket', subResource));
    return operation(context, { bucket, request, requestId });
  }
  const versionId = query.get('versionId');
  if (versionId !== null && versionId !== 'null') throw notImplemented('Addressing a version of an object');
  const operation = Object.hasOwn(objectOperations, name) ? objectOperations[name] : undefined;
  if (operation === undefined) throw notImplemented(operationName(method, 'object', subResource));
  return operation(context, { bucket, key, request, requestId });
}

/** Throws S3Fault when a request expects the bucket, or that of a copy's source, to be another account's. */
function checkOwner({ headers }: ServiceRequest, accountId: string): void {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    const expected = headers[name];
    if (expected === undefined || expected === accountId) continue;
    if (/^\d{12}$/.test(expected)) throw new S3Fault('AccessDenied', 'Access Denied', 403);
    throw new S3Fault(
      'InvalidBucketOwnerAWSAccountID',
      `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`,
    );
  }
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
    RequestId: requestId,
    HostId: requestId,
  });
  // The answer to a HEAD has no body, so the code is lost there; clients see the status.
  return {
    status: fault.status,
    headers: { ...fault.headers, 'content-type': 'application/xml' },
    body: request.method === 'HEAD' ? '' : body,
  };
}
