import { ServiceError } from '../errors.ts';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';
import type { FunctionRuntime } from './runtime.ts';
import type { FunctionDefinition } from './types.ts';

const functionsPath = '/2015-03-31/functions';

/** Lambda's HTTP interface over a runtime: Invoke, GetFunction, GetFunctionConfiguration and ListFunctions. */
export function openLambda(runtime: FunctionRuntime): Service {
  return async (request) => {
    try {
      return await dispatch(runtime, request);
    } catch (error) {
      const fault =
        error instanceof ServiceError
          ? error
          : new ServiceError('ServiceException', error instanceof Error ? error.message : String(error), 500);
      return json(
        fault.status,
        { Type: fault.status < 500 ? 'User' : 'Service', Message: fault.message },
        { 'x-amzn-errortype': fault.code },
      );
    }
  };
}

async function dispatch(runtime: FunctionRuntime, request: ServiceRequest): Promise<ServiceResponse> {
  const { method, path } = request;
  const [first = '', action, ...more] = path.slice(functionsPath.length).split('/').slice(1);
  const name = decodeURIComponent(first);
  if (method === 'GET' && name === '') return listFunctions(runtime, request);
  if (method === 'GET' && action === undefined) return getFunction(runtime, withQualifier(name, request));
  if (method === 'GET' && action === 'configuration' && more.length === 0) {
    return json(200, configurationOf(runtime, runtime.find(withQualifier(name, request))));
  }
  if (method === 'POST' && action === 'invocations' && more.length === 0) {
    return invoke(runtime, withQualifier(name, request), request);
  }
  throw new ServiceError('NotImplemented', `${method} ${path} is not served by the embedded Lambda.`, 501);
}

function withQualifier(name: string, { query }: ServiceRequest): string {
  const qualifier = query.get('Qualifier');
  return qualifier === null ? name : `${name}:${qualifier}`;
}

async function invoke(runtime: FunctionRuntime, name: string, request: ServiceRequest): Promise<ServiceResponse> {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') {
    runtime.find(name);
    return { status: 204, headers: {}, body: '' };
  }
  if (type === 'Event') {
    runtime.invokeLater(name, request.body.toString('utf8'));
    return { status: 202, headers: {}, body: '' };
  }
  if (type !== 'RequestResponse') {
    throw new ServiceError('NotImplemented', `Invoke of type ${type} is not served by the embedded Lambda.`, 501);
  }
  if ((request.headers['x-amz-log-type'] ?? 'None') !== 'None') {
    throw new ServiceError('NotImplemented', 'Invoke with a log tail is not served by the embedded Lambda.', 501);
  }
  const { payload, functionError } = await runtime.invoke(name, request.body.toString('utf8'));
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
  if (functionError !== undefined) headers['x-amz-function-error'] = functionError;
  return { status: 200, headers, body: payload };
}

function configurationOf(runtime: FunctionRuntime, { name, timeoutS, memoryMb, environment }: FunctionDefinition) {
  return {
    FunctionName: name,
    FunctionArn: runtime.arnOf(name),
    Timeout: timeoutS,
    MemorySize: memoryMb,
    ...(environment && { Environment: { Variables: environment } }),
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}

function getFunction(runtime: FunctionRuntime, name: string): ServiceResponse {
  return json(200, { Configuration: configurationOf(runtime, runtime.find(name)) });
}

function listFunctions(runtime: FunctionRuntime, { query }: ServiceRequest): ServiceResponse {
  const most = Number(query.get('MaxItems') ?? 50);
  if (!Number.isInteger(most) || most < 1 || most > 10_000) {
    throw new ServiceError(
      'InvalidParameterValueException',
      `MaxItems is ${query.get('MaxItems')}; allowed: 1 to 10000`,
    );
  }
  // Lambda answers with at most 50 functions at once; the marker is the last name given.
  const marker = query.get('Marker') ?? '';
  const rest = runtime.functions.filter(({ name }) => name > marker);
  const page = rest.slice(0, Math.min(most, 50));
  return json(200, {
    Functions: page.map((definition) => configurationOf(runtime, definition)),
    NextMarker: page.length < rest.length ? page.at(-1)?.name : undefined,
  });
}

function json(status: number, body: object, headers: Record<string, string> = {}): ServiceResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
