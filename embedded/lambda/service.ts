import { readFile } from 'node:fs/promises';
import { ServiceError } from '../errors.ts';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';
import { parseJson } from '../json.ts';
import type { OperationContext } from './context.ts';
import { invocationLog } from './log-tail.ts';
import { validationFault } from './names.ts';
import {
  createFunction,
  deleteFunction,
  getConfiguration,
  getFunction,
  updateCode,
  updateConfiguration,
  zipFileOf,
} from './operations.ts';
import { addPermission, getPolicy, removePermission } from './permissions.ts';
import { nameOf } from './runtime.ts';
import { object } from './settings.ts';

const functionsPath = '/2015-03-31/functions';

/** Lambda's HTTP interface: functions are made, changed, described, listed, called and deleted. */
export function openLambda(context: OperationContext): Service {
  return async (request) => {
    try {
      return await dispatch(context, request);
    } catch (error) {
      return faultResponse(error);
    }
  };
}

/** Lambda names the text of these errors with a capital, that of all others without (API model). */
const CAPITAL = ['ResourceNotFoundException', 'ServiceException'];
/** Errors that Lambda's door gives, before Lambda itself: without a type. */
const TYPELESS = [
  'ValidationException',
  'SerializationException',
  'RequestEntityTooLargeException',
  'AccessDeniedException',
];

function faultResponse(error: unknown): ServiceResponse {
  const fault =
    error instanceof ServiceError
      ? error
      : new ServiceError('ServiceException', error instanceof Error ? error.message : String(error), 500);
  const type = fault.status < 500 ? 'User' : 'Service';
  const body = {
    ...(TYPELESS.includes(fault.code) ? {} : { Type: type }),
    [CAPITAL.includes(fault.code) ? 'Message' : 'message']: fault.message,
  };
  return json(fault.status, body, { 'x-amzn-errortype': fault.code });
}

async function dispatch(context: OperationContext, request: ServiceRequest): Promise<ServiceResponse> {
  const { method, path, query } = request;
  const [first = '', action, ...more] = path.slice(functionsPath.length).split('/').slice(1);
  const name = decode(first);
  const qualifier = query.get('Qualifier') ?? undefined;
  if (method === 'DELETE' && action === 'policy' && more.length === 1) {
    removePermission(context, name, decode(more[0]));
    return { status: 204, headers: {}, body: '' };
  }
  const asked = more.length > 0 ? 'unknown' : `${method}${name === '' ? ' all' : ''}${action ? ` ${action}` : ''}`;
  switch (asked) {
    case 'GET all':
      return listFunctions(context, request);
    case 'POST all':
      return json(201, await createFunction(context, readBody(request)));
    case 'GET':
      return json(200, await getFunction(context, name, qualifier));
    case 'DELETE':
      deleteFunction(context, name, qualifier);
      return { status: 204, headers: {}, body: '' };
    case 'GET configuration':
      return json(200, getConfiguration(context, name, qualifier));
    case 'PUT configuration':
      return json(200, updateConfiguration(context, name, readBody(request)));
    case 'PUT code':
      return json(200, await updateCode(context, name, readBody(request)));
    case 'GET code':
      return {
        status: 200,
        headers: { 'content-type': 'application/zip' },
        body: await readFile(zipFileOf(context, name)),
      };
    case 'POST policy':
      return json(201, addPermission(context, name, qualifier, readBody(request)));
    case 'GET policy':
      return json(200, getPolicy(context, name));
    case 'POST invocations':
      return invoke(context, qualifier === undefined ? name : withQualifier(context, name, qualifier), request);
    default:
      throw new ServiceError('NotImplemented', `${method} ${path} is not served by the embedded Lambda.`, 501);
  }
}

/** A part of a path; one that is wrongly encoded stays as it is, and then names no function. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Throws what `find` throws for a qualifier that does not fit. */
function withQualifier({ runtime }: OperationContext, name: string, qualifier: string): string {
  return `${nameOf(runtime.find(name, qualifier))}:${qualifier}`;
}

async function invoke({ runtime }: OperationContext, name: string, request: ServiceRequest): Promise<ServiceResponse> {
  const type = header(request, 'x-amz-invocation-type', ['RequestResponse', 'Event', 'DryRun'], 'invocationType');
  const logType = header(request, 'x-amz-log-type', ['None', 'Tail'], 'logType');
  const payload = request.body.toString('utf8');
  const clientContext = readClientContext(request.headers['x-amz-client-context']);
  const executed = { 'x-amz-executed-version': '$LATEST' };
  if (type === 'DryRun') {
    runtime.find(name);
    return { status: 204, headers: {}, body: '' };
  }
  if (type === 'Event') {
    runtime.invokeLater(name, payload, { clientContext });
    return { status: 202, headers: {}, body: '' };
  }
  const log = invocationLog();
  const answer = await runtime.invoke(name, payload, {
    clientContext,
    ...(logType === 'Tail' && { onLog: log.write }),
  });
  const headers: Record<string, string> = { 'content-type': 'application/json', ...executed };
  if (answer.functionError !== undefined) headers['x-amz-function-error'] = answer.functionError;
  if (logType === 'Tail') headers['x-amz-log-result'] = log.tail();
  return { status: 200, headers, body: answer.payload };
}

/** A header of an enumeration, whose first value is its default. Throws ServiceError `ValidationException`. */
function header({ headers }: ServiceRequest, name: string, allowed: string[], field: string): string {
  const value = headers[name] ?? allowed[0];
  if (allowed.includes(value)) return value;
  throw validationFault(
    `Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  );
}

function readClientContext(base64: string | undefined): unknown {
  if (base64 === undefined) return undefined;
  try {
    return parseJson(Buffer.from(base64, 'base64').toString());
  } catch {
    throw new ServiceError(
      'InvalidRequestContentException',
      'Client context must be a valid Base64-encoded JSON object.',
    );
  }
}

function listFunctions(context: OperationContext, { query }: ServiceRequest): ServiceResponse {
  const most = Number(query.get('MaxItems') ?? 50);
  if (!Number.isInteger(most) || most < 1 || most > 10_000) {
    throw new ServiceError(
      'InvalidParameterValueException',
      `MaxItems is ${query.get('MaxItems')}; allowed: 1 to 10000`,
    );
  }
  const version = query.get('FunctionVersion') ?? 'ALL';
  if (version !== 'ALL') {
    throw validationFault(
      `Value '${version}' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]`,
    );
  }
  // Lambda answers with at most 50 functions at once; the marker is the last name given.
  const marker = query.get('Marker') ?? '';
  const rest = context.runtime.all().filter((known) => nameOf(known) > marker);
  const page = rest.slice(0, Math.min(most, 50));
  return json(200, {
    Functions: page.map((known) => {
      const { State, LastUpdateStatus, ...listed } = getConfiguration(context, nameOf(known), undefined);
      return listed;
    }),
    NextMarker: page.length < rest.length ? nameOf(page[page.length - 1]) : undefined,
  });
}

/** The body of a request. Throws ServiceError `SerializationException`. */
function readBody({ body }: ServiceRequest): Record<string, unknown> {
  let read: unknown;
  try {
    read = parseJson(body.toString());
  } catch (error) {
    throw new ServiceError(
      'SerializationException',
      `The request body is no JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  return object(read, 'the request body');
}

function json(status: number, body: object, headers: Record<string, string> = {}): ServiceResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
