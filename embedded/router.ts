import { randomUUID } from 'node:crypto';
import { type Addressee, addresseeOf, isForm, jsonTargets, ownPages } from './door/addressee.ts';
import { type Refusal, refusalResponse } from './door/refusals.ts';
import type { Service, ServiceRequest, ServiceResponse } from './http.ts';

export interface RouterOptions {
  /** The services by their names in signatures, such as `states` and `s3`. */
  services: Readonly<Record<string, Service>>;
  /** What the health page tells beside the state of the services. */
  health(): Record<string, unknown> | Promise<Record<string, unknown>>;
}

/** Services of the Query protocol by the version of their interface, by which a request without a signature is known. */
const queryVersions: Readonly<Record<string, string>> = {
  '2010-03-31': 'sns',
  '2010-05-08': 'iam',
  '2011-06-15': 'sts',
};

/**
 * One door for all services: it finds the service that a request is for and refuses what is for none, in the form that
 * the client reads. Every answer carries `x-amzn-requestid`. Like every service, it never throws.
 */
export function createRouter({ services, health }: RouterOptions): Service {
  function serve(request: ServiceRequest): ServiceResponse | Promise<ServiceResponse> {
    const addressee = addressedBy(request);
    const { service, protocol } = addressee;
    const refuse = (why: Refusal) => refusalResponse(protocol, why);
    if (service === 'nocturne') return ownPage(request, health);
    if (service === undefined || !Object.hasOwn(services, service))
      return refuse(unserved(addressee, request, services));
    const wrong = protocol === 'json' ? wrongForm(request) : undefined;
    if (wrong !== undefined) return refuse(wrong);
    if (service === 'lambda' && !/^\/2015-03-31\/functions(\/|$)/.test(request.path)) {
      return refuse(unknownOperation(`${request.method} ${request.path} is not served by the embedded Lambda.`, 404));
    }
    return services[service]!(request);
  }

  return async (request) => {
    let response: ServiceResponse;
    try {
      response = await serve(request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`Engine: ${request.method} ${request.path} failed. ${message}\n`);
      const { protocol } = addresseeOf(request);
      const code = protocol === 's3' ? 'InternalError' : 'InternalFailure';
      response = refusalResponse(protocol, { status: 500, code, message });
    }
    const requestId = response.headers['x-amz-request-id'] ?? randomUUID();
    response.headers = { 'x-amzn-requestid': requestId, ...response.headers };
    return response;
  };
}

/** Whom a request is for, now that its body can be looked at. */
function addressedBy(request: ServiceRequest): Addressee {
  const addressee = addresseeOf(request);
  if (addressee.service !== undefined || addressee.protocol !== 'query') return addressee;
  const form = new URLSearchParams(request.body.toString());
  const action = form.get('Action');
  if (action === null) return { service: 's3', protocol: 's3' };
  return { service: queryVersions[form.get('Version') ?? ''] ?? 'sts', protocol: 'query' };
}

async function ownPage({ method, path }: ServiceRequest, health: RouterOptions['health']): Promise<ServiceResponse> {
  const refuse = (why: Refusal) => refusalResponse('rest-json', why);
  if (path !== `${ownPages}/health`) {
    return refuse({
      status: 404,
      code: 'ResourceNotFoundException',
      message: `There is no page ${path}; there is ${ownPages}/health.`,
    });
  }
  if (method !== 'GET' && method !== 'HEAD') {
    const message = `${method} is not allowed on ${path}; GET and HEAD are.`;
    const refusal = refuse({ status: 405, code: 'MethodNotAllowedException', message });
    return { ...refusal, headers: { ...refusal.headers, allow: 'GET, HEAD' } };
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(await health()) };
}

function unknownOperation(message: string, status = 400): Refusal {
  return { status, code: 'UnknownOperationException', message };
}

/** The refusal of a request for a service that is not served here. */
function unserved(
  { protocol, service }: Addressee,
  request: ServiceRequest,
  services: RouterOptions['services'],
): Refusal {
  const served = Object.keys(services).sort().join(', ');
  if (protocol === 'json') {
    const target = request.headers['x-amz-target'];
    const prefixes = Object.keys(jsonTargets).join(', ');
    if (target === undefined) return unknownOperation(`The header x-amz-target is missing; served are ${prefixes}.`);
    return unknownOperation(`${target} is not served by the embedded engine; served by x-amz-target are ${prefixes}.`);
  }
  const name = service ?? 'This service';
  if (protocol === 'query') {
    const action = isForm(request) ? new URLSearchParams(request.body.toString()).get('Action') : undefined;
    const message = `${name} (${action ?? 'no Action'}) is not served by the embedded engine; it serves ${served}.`;
    return { status: 400, code: 'InvalidAction', message };
  }
  return unknownOperation(`${name} is not served by the embedded engine; it serves ${served}.`, 404);
}

/** AWS takes requests of its JSON protocol only as POST with that protocol's content type. */
function wrongForm({ method, headers }: ServiceRequest): Refusal | undefined {
  if (method !== 'POST') return unknownOperation(`${method} is not a method of AWS's JSON protocol; POST is.`, 404);
  const type = headers['content-type'];
  if (type === undefined || /^application\/(x-amz-json-1\.[01]|json)\s*(;|$)/i.test(type)) return undefined;
  return unknownOperation(
    `The content type ${JSON.stringify(type)} is not one of AWS's JSON protocol; application/x-amz-json-1.0 is.`,
    404,
  );
}
