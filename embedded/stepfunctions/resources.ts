import type { TaskPattern, TaskResource } from './definition.ts';
import { payloadName, type Source } from './fields.ts';
import { AWS_SDK, type Integration, OPTIMISED } from './integrations/catalogue.ts';
import { isObject } from './values.ts';

const LAMBDA_FUNCTION = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::(?:\$LATEST|[\w-]+))?$/;
const INTEGRATION =
  /^arn:[\w-]+:states:::((?:aws-sdk:)?[a-z0-9]+):([a-zA-Z0-9]+?)(?:\.(sync|sync:2|waitForTaskToken))?$/;

/** Reads the Resource of a Task state and checks the parameters of its integration; reports what the engine cannot call. */
export function taskResource(source: Source): TaskResource | undefined {
  const { json, location, diagnostics } = source;
  const arn = json.Resource;
  if (arn === undefined) {
    diagnostics.add(location, 'These fields are required: [Resource]');
    return undefined;
  }
  if (typeof arn !== 'string') {
    diagnostics.add(`${location}/Resource`, 'Expected value of type String');
    return undefined;
  }
  if (LAMBDA_FUNCTION.test(arn)) return { kind: 'lambdaFunction', functionArn: arn };
  const resource = integrationOf(arn);
  if (!resource) {
    diagnostics.add(
      `${location}/Resource`,
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
    );
    return undefined;
  }
  const optimised = OPTIMISED[`${resource.service}:${resource.action}`];
  if (optimised) checkParameters(source, optimised);
  return resource;
}

function integrationOf(arn: string): Extract<TaskResource, { kind: 'integration' }> | undefined {
  const [, service, action, suffix] = INTEGRATION.exec(arn) ?? [];
  if (service === undefined || action === undefined) return undefined;
  const pattern = (suffix ?? 'answer') as TaskPattern;
  const patterns = patternsOf(service, action);
  return patterns.includes(pattern) ? { kind: 'integration', service, action, pattern } : undefined;
}

function patternsOf(service: string, action: string): TaskPattern[] {
  if (service.startsWith('aws-sdk:')) {
    const name = service.slice('aws-sdk:'.length);
    return Object.hasOwn(AWS_SDK, name) && AWS_SDK[name]!.has(action) ? ['answer', 'waitForTaskToken'] : [];
  }
  const name = `${service}:${action}`;
  return Object.hasOwn(OPTIMISED, name) ? OPTIMISED[name]!.patterns : [];
}

/** Checks parameters that the definition gives; the values of `.$` fields, and a whole input, are known only at run time. */
function checkParameters(source: Source, integration: Integration): void {
  const { json, location, diagnostics } = source;
  const field = payloadName(source);
  const parameters = json[field];
  if (!isObject(parameters)) return;
  const names = Object.keys(parameters).map((key) =>
    field === 'Parameters' && key.endsWith('.$') ? key.slice(0, -2) : key,
  );
  for (const problem of parameterProblems(names, integration)) diagnostics.add(`${location}/${field}`, problem);
}

/** What is wrong with the names of an integration's parameters, in AWS's words. */
export function parameterProblems(names: string[], { required, parameters }: Integration): string[] {
  return [
    ...required
      .filter((name) => !names.includes(name))
      .map((name) => `The field '${name}' is required but was missing`),
    ...names
      .filter((name) => !parameters.includes(name))
      .map((name) => `The field "${name}" is not supported by Step Functions`),
  ];
}
