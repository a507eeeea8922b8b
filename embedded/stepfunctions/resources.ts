import type { TaskResource } from './definition.ts';
import type { Source } from './fields.ts';
import { isObject } from './values.ts';

const LAMBDA_FUNCTION = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(?::(?:\$LATEST|[\w-]+))?$/;
const INTEGRATION = /^arn:[\w-]+:states:::(.+)$/;

const INTEGRATIONS: Record<string, TaskResource> = {
  'lambda:invoke': { kind: 'lambdaInvoke' },
  'states:startExecution': { kind: 'startExecution', waits: 'no' },
  'states:startExecution.sync': { kind: 'startExecution', waits: 'sync' },
  'states:startExecution.sync:2': { kind: 'startExecution', waits: 'sync2' },
};

const PARAMETERS: Record<string, { required: string; allowed: string[] }> = {
  lambdaInvoke: { required: 'FunctionName', allowed: ['FunctionName', 'Payload'] },
  startExecution: { required: 'StateMachineArn', allowed: ['StateMachineArn', 'Input', 'Name'] },
};

/** Reads the Resource of a Task state and checks the parameters of its integration; reports what the engine cannot call. */
export function taskResource(source: Source): TaskResource | undefined {
  const { json, location, diagnostics } = source;
  const arn = json.Resource;
  if (typeof arn !== 'string') {
    diagnostics.add(location, 'These fields are required: [Resource]');
    return undefined;
  }
  if (LAMBDA_FUNCTION.test(arn)) return { kind: 'lambdaFunction', functionArn: arn };
  const name = INTEGRATION.exec(arn)?.[1];
  const resource = name !== undefined && Object.hasOwn(INTEGRATIONS, name) ? INTEGRATIONS[name] : undefined;
  if (!resource) {
    diagnostics.add(
      `${location}/Resource`,
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. Available: a Lambda function ARN, ${Object.keys(
        INTEGRATIONS,
      )
        .map((known) => `arn:aws:states:::${known}`)
        .join(', ')}`,
    );
    return undefined;
  }
  checkParameters(source, resource.kind);
  return resource;
}

function checkParameters({ json, location, diagnostics }: Source, kind: string): void {
  const rule = PARAMETERS[kind]!;
  const parameters = json.Parameters;
  // Without Parameters the state's input is what the integration gets; it is known only at run time.
  if (!isObject(parameters)) return;
  const names = Object.keys(parameters).map((key) => (key.endsWith('.$') ? key.slice(0, -2) : key));
  if (!names.includes(rule.required)) {
    diagnostics.add(`${location}/Parameters`, `The field '${rule.required}' is required but was missing`);
  }
  for (const name of names) {
    if (!rule.allowed.includes(name)) {
      diagnostics.add(
        `${location}/Parameters`,
        `The field '${name}' is not supported. Supported: [${rule.allowed.join(', ')}]`,
      );
    }
  }
}
