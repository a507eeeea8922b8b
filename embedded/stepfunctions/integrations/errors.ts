import { randomUUID } from 'node:crypto';
import { ServiceError } from '../../errors.ts';
import { ServiceCallFailed, type ServiceFault, UnknownMember } from '../../service-calls/types.ts';
import { EvaluationError, StateFailure } from '../failures.ts';
import type { JsonObject } from '../values.ts';

/** How an optimized integration names a service: in error names, in the name of errors without one, and in causes. */
const OPTIMISED: Record<string, { prefix: string; base: string; shown: string }> = {
  lambda: { prefix: 'Lambda', base: 'AWSLambdaException', shown: 'AWSLambda' },
  states: { prefix: 'StepFunctions', base: 'AWSStepFunctionsException', shown: 'AWSStepFunctions' },
  dynamodb: { prefix: 'DynamoDB', base: 'AmazonDynamoDBException', shown: 'AmazonDynamoDBv2' },
  events: { prefix: 'EventBridge', base: 'AmazonEventBridgeException', shown: 'AmazonEventBridge' },
  sns: { prefix: 'SNS', base: 'AmazonSNSException', shown: 'AmazonSNS' },
};

/** How `aws-sdk:` integrations name services. */
const SDK_NAMES: Record<string, string> = {
  s3: 'S3',
  dynamodb: 'DynamoDb',
  sfn: 'Sfn',
  lambda: 'Lambda',
  eventbridge: 'EventBridge',
};

/**
 * What the refusal of a call is to the state: a failure with the name and the cause that Step Functions gives it.
 * Parameters that do not fit are an EvaluationError: nothing catches them.
 * @param service as in the history: `dynamodb`, `aws-sdk:s3` …
 * @param parametersText the parameters, as JSON
 */
export function callFailure(service: string, parametersText: string, cause: unknown): unknown {
  if (cause instanceof UnknownMember) return badParameters(parametersText, cause.message);
  if (cause instanceof ServiceError) {
    const { code, status, message } = cause;
    return named(service, { code, status, message, modelName: code, requestId: randomUUID() });
  }
  if (cause instanceof ServiceCallFailed) return named(service, cause.fault);
  if (cause instanceof StateFailure || cause instanceof EvaluationError) return cause;
  const prefix = OPTIMISED[service]?.prefix ?? SDK_NAMES[service.replace('aws-sdk:', '')]!;
  const message = String((cause as Error)?.message ?? cause);
  return new StateFailure(service === 'lambda' ? 'Lambda.Unknown' : `${prefix}.SdkClientException`, message);
}

/** The error of parameters that an integration does not take. */
export function badParameters(parametersText: string, problem: string): EvaluationError {
  return new EvaluationError(`The Parameters '${parametersText}' could not be used to start the Task: [${problem}]`);
}

function named(service: string, fault: ServiceFault): StateFailure {
  const { code, modelName, message, status, requestId, extendedRequestId } = fault;
  const ownName = modelName && (modelName.endsWith('Exception') ? modelName : `${modelName}Exception`);
  const optimised = OPTIMISED[service];
  if (optimised) {
    const { prefix, base, shown } = optimised;
    const details = `Service: ${shown}; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null`;
    return new StateFailure(`${prefix}.${ownName ?? base}`, `${message} (${details})`);
  }
  const name = SDK_NAMES[service.slice('aws-sdk:'.length)]!;
  const extended = extendedRequestId === undefined ? '' : `, Extended Request ID: ${extendedRequestId}`;
  const details = `Service: ${name}, Status Code: ${status}, Request ID: ${requestId}${extended}`;
  return new StateFailure(`${name}.${ownName ?? `${name}Exception`}`, `${message} (${details}) (SDK Attempt Count: 1)`);
}

/** A parameter that must be a text. Throws EvaluationError. */
export function textParameter(parameters: JsonObject, name: string, parametersText: string): string {
  const value = parameters[name];
  if (typeof value === 'string') return value;
  throw badParameters(parametersText, `The field '${name}' must be a string`);
}
