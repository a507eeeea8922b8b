import { ServiceError } from './errors.ts';
import type { ServiceRequest, ServiceResponse } from './http.ts';

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

/** The body of a request. Throws ServiceError `SerializationException`. */
export function parseJsonBody({ body }: ServiceRequest): JsonObject {
  try {
    const json: unknown = JSON.parse(body.toString() || '{}');
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  } catch {
    // Refused below.
  }
  throw new ServiceError('SerializationException', 'The request body must be a JSON object');
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
