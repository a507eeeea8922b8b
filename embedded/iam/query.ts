import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { ServiceError } from '../errors.ts';
import type { ServiceResponse } from '../http.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/** Lists are written as `member` elements. */
export const members = (items: readonly unknown[]): object => ({ member: items });

/** The answer of an operation of AWS's Query protocol; without a result there is only its request's id. */
export function answer(action: string, result?: object): ServiceResponse {
  return xml(200, `${action}Response`, {
    ...(result && { [`${action}Result`]: result }),
    ResponseMetadata: { RequestId: randomUUID() },
  });
}

export function refusal({ code, message, status }: ServiceError): ServiceResponse {
  const Type = status < 500 ? 'Sender' : 'Receiver';
  return xml(status, 'ErrorResponse', { Error: { Type, Code: code, Message: message }, RequestId: randomUUID() });
}

function xml(status: number, root: string, content: object): ServiceResponse {
  const body = builder.build({ [root]: { '@xmlns': NAMESPACE, ...content } });
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
