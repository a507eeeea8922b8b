import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import type { ServiceResponse } from '../http.ts';
import type { Protocol } from './addressee.ts';

/** A refusal before any service has seen the request. */
export interface Refusal {
  status: number;
  /** The error's name, by which an SDK client knows it. */
  code: string;
  message: string;
  /** More elements of an S3 error, in order. */
  fields?: Record<string, string | number>;
}

const builder = new XMLBuilder({});

/** A refusal in the form that clients of the addressed service read; all forms carry the error's name in `x-amzn-errortype` too. */
export function refusalResponse(protocol: Protocol, { status, code, message, fields }: Refusal): ServiceResponse {
  const requestId = randomUUID();
  const headers = { 'x-amzn-requestid': requestId, 'x-amzn-errortype': code };
  if (protocol === 'json') {
    const body = JSON.stringify({ __type: code, message });
    return { status, headers: { ...headers, 'content-type': 'application/x-amz-json-1.0' }, body };
  }
  const type = status < 500 ? 'Sender' : 'Receiver';
  if (protocol === 'rest-json') {
    const body = JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message });
    return { status, headers: { ...headers, 'content-type': 'application/json' }, body };
  }
  if (protocol === 'query') {
    const error = { Error: { Type: type, Code: code, Message: message }, RequestId: requestId };
    return { status, headers: { ...headers, 'content-type': 'text/xml' }, body: xml({ ErrorResponse: error }) };
  }
  const error = { Code: code, Message: message, ...fields, RequestId: requestId };
  return {
    status,
    headers: { ...headers, 'x-amz-request-id': requestId, 'content-type': 'application/xml' },
    body: xml({ Error: error }),
  };
}

function xml(content: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(content)}`;
}
