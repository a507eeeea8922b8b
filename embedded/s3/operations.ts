import type { ServiceRequest, ServiceResponse } from '../http.ts';
import type { ObjectChange } from './object-events.ts';
import type { ObjectStore } from './store.ts';
import { type XmlFields, xmlDocument } from './xml.ts';

/** What every operation works with. */
export interface OperationContext {
  store: ObjectStore;
  region: string;
  /** Twelve digits; the owner of every bucket. */
  accountId: string;
  now(): number;
  /** Tells whoever the bucket's notification configuration names that an object changed. Never throws. */
  announce(change: ObjectChange): void;
  /** Whether a Lambda function of this ARN can be invoked. */
  knowsFunction(arn: string): boolean;
}

export interface BucketRequest {
  bucket: string;
  request: ServiceRequest;
  requestId: string;
}

export interface ObjectRequest extends BucketRequest {
  key: string;
}

export type BucketOperation = (
  context: OperationContext,
  request: BucketRequest,
) => Promise<ServiceResponse> | ServiceResponse;
export type ObjectOperation = (
  context: OperationContext,
  request: ObjectRequest,
) => Promise<ServiceResponse> | ServiceResponse;

export function xmlAnswer(root: string, content: XmlFields | string): ServiceResponse {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: xmlDocument(root, content) };
}

export function emptyAnswer(status: number, headers: Record<string, string> = {}): ServiceResponse {
  return { status, headers, body: '' };
}
