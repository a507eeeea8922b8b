import type { Addressee, RequestHead } from './addressee.ts';
import type { Refusal } from './refusals.ts';

const mebibyte = 2 ** 20;

/**
 * The most that one request may hold at S3. AWS takes 5 GiB; here a body is held in memory whole, and larger objects come
 * in parts.
 */
export const largestS3BodyBytes = 512 * mebibyte;

/** Lambda's limits, as its refusals tell them. */
const largestInvocationBytes = 6_291_456;
const largestFunctionBytes = 70_167_211;

/** Step Functions' limit on a request ("Service quotas"), taken for the other services that have none of their own. */
const largestRequestBytes = mebibyte;
/** DynamoDB's (Developer Guide, "Quotas"). */
const largestDynamoDbBytes = 16 * mebibyte;

/** The most bytes that the body of a request may have. */
export function largestBodyBytes({ service, protocol }: Addressee, { path }: RequestHead): number {
  if (protocol === 's3') return largestS3BodyBytes;
  if (service === 'dynamodb') return largestDynamoDbBytes;
  if (service === 'lambda') return isInvocation(path) ? largestInvocationBytes : largestFunctionBytes;
  return largestRequestBytes;
}

/** The refusal of a body that is larger, in the words of the service. `sizeBytes` is what is known of its size. */
export function tooLarge(addressee: Addressee, head: RequestHead, sizeBytes: number): Refusal {
  const limitBytes = largestBodyBytes(addressee, head);
  if (addressee.protocol === 's3') {
    return {
      status: 400,
      code: 'EntityTooLarge',
      message: 'Your proposed upload exceeds the maximum allowed size',
      fields: { ProposedSize: sizeBytes, MaxSizeAllowed: limitBytes },
    };
  }
  const name = addressee.service === 'lambda' ? lambdaOperation(head) : undefined;
  const of = name === undefined ? '' : ` for the ${name} operation`;
  return {
    status: 413,
    code: 'RequestEntityTooLargeException',
    message: `Request must be smaller than ${limitBytes} bytes${of}`,
  };
}

const isInvocation = (path: string) => /^\/2015-03-31\/functions\/[^/]+\/invocations$/.test(path);

function lambdaOperation({ method, path }: RequestHead): string | undefined {
  if (isInvocation(path)) return 'InvokeFunction';
  if (method === 'POST' && /^\/2015-03-31\/functions\/?$/.test(path)) return 'CreateFunction';
  return method === 'PUT' && path.endsWith('/code') ? 'UpdateFunctionCode' : undefined;
}
