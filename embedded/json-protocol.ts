import { ServiceError } from './errors.ts';
import type { ServiceRequest, ServiceResponse } from './http.ts';
import { parseJson } from './json.ts';

/** AWS's JSON protocols: an object in the body, the operation in `x-amz-target`, an error's name in `__type`. */
export interface JsonProtocol {
  /** Such as `AWSEvents.`: what stands before the operation. */
  target: string;
  version: '1.0' | '1.1';
  /** What the service calls an error that is its own fault. */
  internalError: string;
}

type JsonObject = Record<string, unknown>;

/** Name of the operation that a request asks for; empty for another service's. */
export function operationName({ target }: JsonProtocol, { headers }: ServiceRequest): string {
  const asked = headers['x-amz-target'] ?? '';
  return asked.startsWith(target) ? asked.slice(target.length) : '';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body of a request; a member that is null is absent, as on AWS. Throws ServiceError `SerializationException` where AWS does: also for none, and for a list. */
export function parseJsonBody({ body }: ServiceRequest): JsonObject {
  let json: unknown;
  try {
    json = parseJson(utf8.decode(body));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ServiceError('SerializationException', `The request body is no JSON object: ${why}`);
  }
  if (Array.isArray(json)) throw new ServiceError('SerializationException', 'Start of list found where not expected');
  if (typeof json === 'object' && json !== null) return withoutNulls(json) as JsonObject;
  throw new ServiceError(
    'SerializationException',
    `The request body is no JSON object but ${json === null ? 'null' : `a ${typeof json}`}`,
  );
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

export function jsonAnswer({ version }: JsonProtocol, answer: JsonObject): ServiceResponse {
  return respond(version, 200, answer, {});
}

/** The answer to a request that failed. */
export function jsonFault({ version, internalError }: JsonProtocol, cause: unknown): ServiceResponse {
  const known = cause instanceof ServiceError;
  const code = known ? cause.code : internalError;
  const message = cause instanceof Error ? cause.message : String(cause);
  return respond(version, known ? cause.status : 500, { __type: code, message }, { 'x-amzn-errortype': code });
}

function respond(
  version: string,
  status: number,
  answer: JsonObject,
  headers: Record<string, string>,
): ServiceResponse {
  return {
    status,
    headers: { 'content-type': `application/x-amz-json-${version}`, ...headers },
    body: JSON.stringify(answer),
  };
}
