import { randomBytes, randomUUID } from 'node:crypto';
import { StateFailure } from '../failures.ts';
import type { Engine } from '../run.ts';
import { isObject, type JsonObject } from '../values.ts';
import { textParameter } from './errors.ts';
import { sdkMetadata } from './metadata.ts';

/** What a function gave back, as value and as JSON text. */
export interface FunctionResult {
  value: unknown;
  text: string;
}

/**
 * Calls a function and waits for its end.
 * @param nameOrArn the function, with or without a qualifier
 * @param payload JSON text
 * Rejects with StateFailure, named after what the function threw, and with ServiceError.
 */
export async function runFunction(engine: Engine, nameOrArn: string, payload: string): Promise<FunctionResult> {
  const { payload: text, functionError } = await engine.invokeFunction(nameOrArn, payload);
  const value = parsed(text);
  if (functionError === undefined) return { value, text };
  throw functionFailure(value, text);
}

/** `lambda:invoke`. */
export async function invoke(engine: Engine, parameters: JsonObject, parametersText: string): Promise<JsonObject> {
  const { InvocationType: type = 'RequestResponse', LogType: log = 'None' } = parameters;
  const functionName = textParameter(parameters, 'FunctionName', parametersText);
  const qualifier = parameters.Qualifier ?? (hasQualifier(functionName) ? undefined : '$LATEST');
  const payload = payloadText(parameters.Payload);
  const nowMs = engine.clock.now();
  if (type !== 'RequestResponse' || log !== 'None') {
    const request = { ...parameters, Qualifier: qualifier, Payload: payload };
    const { output, headers, requestId } = await engine.callService('lambda', 'invoke', request);
    const { FunctionError: failed, Payload: text = '', ...answer } = output;
    if (failed !== undefined) throw functionFailure(parsed(String(text)), String(text));
    const traced = { ...headers, 'x-amzn-trace-id': traceId(nowMs) };
    const metadata = sdkMetadata('lambda', traced, requestId, nowMs, Number(answer.StatusCode));
    return sorted({ ...answer, Payload: parsed(String(text)), ...metadata });
  }
  const name = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  const { value, text } = await runFunction(engine, name, payload);
  const headers = {
    'x-amz-executed-version': '$LATEST',
    'content-length': String(Buffer.byteLength(text)),
    'content-type': 'application/json',
    'x-amzn-trace-id': traceId(nowMs),
  };
  const metadata = sdkMetadata('lambda', headers, randomUUID(), engine.clock.now());
  return { ExecutedVersion: '$LATEST', Payload: value, ...metadata, StatusCode: 200 };
}

/** A payload that is a JSON text already is sent as it stands. */
function payloadText(payload: unknown): string {
  if (payload === undefined || payload === null) return '{}';
  if (typeof payload !== 'string') return JSON.stringify(payload);
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    return JSON.stringify(payload);
  }
}

/** Whether a name, a partial ARN or an ARN of a function ends in a version or an alias. */
function hasQualifier(functionName: string): boolean {
  return /^(?:.*function:)?[^:]+:[^:]+$/.test(functionName);
}

function functionFailure(value: unknown, text: string): StateFailure {
  const errorType = isObject(value) && typeof value.errorType === 'string' ? value.errorType : 'Lambda.Unknown';
  return new StateFailure(errorType, text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function traceId(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000).toString(16);
  const random = randomBytes(20).toString('hex');
  return `Root=1-${seconds}-${random.slice(0, 24)};Parent=${random.slice(24)};Sampled=0`;
}

function sorted(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
