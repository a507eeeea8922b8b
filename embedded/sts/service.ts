import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const VERSION = '2011-06-15';
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/** Whether a request is of AWS's query protocol: a form that names its action. */
export function isQueryRequest({ method, path, headers, body }: ServiceRequest): boolean {
  return (
    method === 'POST' &&
    path === '/' &&
    (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') &&
    new URLSearchParams(body.toString()).has('Action')
  );
}

/** STS as far as anybody asks who he is: here everybody is the account's root. */
export function openSts({ accountId }: { accountId: string }): Service {
  return async ({ body }) => {
    const form = new URLSearchParams(body.toString());
    const action = form.get('Action') ?? '';
    const RequestId = randomUUID();
    if (action === 'GetCallerIdentity' && form.get('Version') === VERSION) {
      const identity = { Arn: `arn:aws:iam::${accountId}:root`, UserId: accountId, Account: accountId };
      return xml(200, 'GetCallerIdentityResponse', {
        GetCallerIdentityResult: identity,
        ResponseMetadata: { RequestId },
      });
    }
    const Message = `Could not find operation ${action} for version ${form.get('Version') ?? 'NO_VERSION_SPECIFIED'}; the embedded STS serves GetCallerIdentity of ${VERSION}.`;
    return xml(400, 'ErrorResponse', { Error: { Type: 'Sender', Code: 'InvalidAction', Message }, RequestId });
  };
}

function xml(status: number, root: string, content: object): ServiceResponse {
  const body = builder.build({ [root]: { '@xmlns': NAMESPACE, ...content } });
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
