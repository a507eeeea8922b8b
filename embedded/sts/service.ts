import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { Service, ServiceResponse } from '../http.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const VERSION = '2011-06-15';
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/** STS as far as anybody asks who he is: here everybody is the account's root. */
export function openSts({ accountId }: { accountId: string }): Service {
  return async ({ body }) => {
    const form = new URLSearchParams(body.toString());
    const action = form.get('Action') ?? '';
    const RequestId = randomUUID();
    if (action === 'GetCallerIdentity' && form.get('Version') === VERSION) {
      const identity = { Arn: `arn:aws:iam::${accountId}:root`, UserId: accountId, Account: accountId };
      return xml(200, 'GetCallerIdentityResponse', RequestId, {
        GetCallerIdentityResult: identity,
        ResponseMetadata: { RequestId },
      });
    }
    const Message = `Could not find operation ${action} for version ${form.get('Version') ?? 'NO_VERSION_SPECIFIED'}; the embedded STS serves GetCallerIdentity of ${VERSION}.`;
    const error = { Type: 'Sender', Code: 'InvalidAction', Message };
    return xml(400, 'ErrorResponse', RequestId, { Error: error, RequestId });
  };
}

function xml(status: number, root: string, requestId: string, content: object): ServiceResponse {
  const body = builder.build({ [root]: { '@xmlns': NAMESPACE, ...content } });
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}
