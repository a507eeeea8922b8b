import type { CallService } from '../../service-calls/types.ts';
import type { TaskResource } from '../definition.ts';
import type { Branch, Engine } from '../run.ts';
import type { JsonObject } from '../values.ts';
import { callFailure } from './errors.ts';
import { putEvents } from './events.ts';
import { startChild } from './executions.ts';
import { invoke } from './lambda.ts';
import { sdkMetadata } from './metadata.ts';

export type IntegrationResource = Extract<TaskResource, { kind: 'integration' }>;

/** A call of a service for a Task state. */
export interface TaskCall {
  engine: Engine;
  branch: Branch;
  resource: IntegrationResource;
  parameters: JsonObject;
  /** The parameters, as JSON. */
  text: string;
}

/** Calls what an integration stands for; gives its answer as the state sees it. Rejects with StateFailure or EvaluationError. */
export async function callIntegration(call: TaskCall): Promise<JsonObject> {
  const { engine, resource, parameters, text } = call;
  try {
    switch (resource.service) {
      case 'lambda':
        return await invoke(engine, parameters, text);
      case 'states':
        return startChild(engine, parameters, text);
      case 'events':
        return await putEvents(engine, call.branch, parameters);
      case 'dynamodb':
      case 'sns':
        return await optimised(call, resource.service);
      default:
        return await sdkCall(engine.callService, resource, parameters);
    }
  } catch (cause) {
    throw callFailure(resource.service, text, cause);
  }
}

async function optimised({ engine, resource, parameters }: TaskCall, service: string): Promise<JsonObject> {
  const { output, headers, requestId } = await engine.callService(service, resource.action, parameters);
  return { ...output, ...sdkMetadata(service, headers, requestId, engine.clock.now()) };
}

async function sdkCall(
  callService: CallService,
  { service, action }: IntegrationResource,
  parameters: JsonObject,
): Promise<JsonObject> {
  const name = service.slice('aws-sdk:'.length);
  // As the SDK for Java sends a body that is a text.
  const typed =
    name === 's3' && parameters.Body !== undefined
      ? { ContentType: 'text/plain; charset=UTF-8', ...parameters }
      : parameters;
  return (await callService(name, action, typed)).output;
}
