import { randomUUID } from 'node:crypto';
import type { Service, ServiceResponse } from './http.ts';
import { isQueryRequest } from './sts/service.ts';

export interface RoutedServices {
  stepFunctions: Service;
  dynamoDb: Service;
  events: Service;
  sts: Service;
  lambda: Service;
  s3: Service;
}

export interface RouterOptions {
  services: RoutedServices;
  /** What `/_nocturne/health` tells beside the state of the services. */
  health(): Record<string, unknown>;
}

/**
 * One door for all services: JSON protocols are known by `x-amz-target`, STS by a form with an action, Lambda and the
 * health page by their paths; everything else is S3. Every answer carries `x-amzn-requestid`.
 */
export function createRouter({ services, health }: RouterOptions): Service {
  async function choose(request: Parameters<Service>[0]): Promise<ServiceResponse> {
    const target = request.headers['x-amz-target'];
    if (target !== undefined) {
      if (target.startsWith('AWSStepFunctions.')) return services.stepFunctions(request);
      if (target.startsWith('DynamoDB_')) return services.dynamoDb(request);
      if (target.startsWith('AWSEvents.')) return services.events(request);
      return unknownTarget(target);
    }
    if (request.path === '/_nocturne/health') {
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(health()) };
    }
    if (/^\/2015-03-31\/functions(\/|$)/.test(request.path)) return services.lambda(request);
    if (isQueryRequest(request)) return services.sts(request);
    return services.s3(request);
  }
  return async (request) => {
    const response = await choose(request);
    const requestId = response.headers['x-amz-request-id'] ?? randomUUID();
    response.headers = { 'x-amzn-requestid': requestId, ...response.headers };
    return response;
  };
}

function unknownTarget(target: string): ServiceResponse {
  const body = JSON.stringify({
    __type: 'UnknownOperationException',
    message: `${target} is not served by the embedded engine; it serves AWSStepFunctions, DynamoDB_20120810 and AWSEvents by x-amz-target.`,
  });
  return { status: 400, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}
