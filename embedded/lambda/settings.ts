import { ServiceError } from '../errors.ts';
import { patternFault, validationFault } from './names.ts';
import type { FunctionRecord } from './store.ts';

type JsonObject = Record<string, unknown>;

/** What a caller chooses of a function beside its code. */
export type FunctionSettings = Pick<
  FunctionRecord,
  'runtime' | 'handler' | 'roleArn' | 'description' | 'timeoutS' | 'memoryMb' | 'environment'
>;

/** Lambda's runtimes that Node.js here stands for, and those that Lambda takes no more. */
const RUNTIMES = ['nodejs16.x', 'nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'];
const ENDED_RUNTIMES = /^nodejs(4\.3|4\.3-edge|6\.10|8\.10|10\.x|12\.x|14\.x)?$/;

const ROLE = String.raw`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`;
const HANDLER = String.raw`[^\s]+`;
const VARIABLE_NAME = '[a-zA-Z]([a-zA-Z0-9_])+';
const LARGEST_ENVIRONMENT_BYTES = 4096;
/** Variables that are Lambda's own (Developer Guide, "Working with Lambda environment variables"). */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_(FUNCTION_(NAME|MEMORY_SIZE|VERSION)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API)|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

const DEFAULTS = { description: '', timeoutS: 3, memoryMb: 128 };

export const invalid = (message: string): ServiceError => new ServiceError('InvalidParameterValueException', message);

/**
 * The settings that a request names, over those that a function has or the defaults. Throws ServiceError `ValidationException`
 * and `InvalidParameterValueException` in Lambda's words.
 */
export function readSettings(request: JsonObject, before?: FunctionSettings): FunctionSettings {
  const { Runtime, Handler, Role, Description, Timeout, MemorySize, Environment } = request;
  const roleArn = text(Role, 'role') ?? before?.roleArn;
  if (roleArn === undefined) {
    throw validationFault("Value null at 'role' failed to satisfy constraint: Member must not be null");
  }
  if (!new RegExp(`^${ROLE}$`).test(roleArn)) throw patternFault(roleArn, 'role', ROLE);
  const handler = text(Handler, 'handler', 128) ?? before?.handler;
  if (handler !== undefined && !new RegExp(`^${HANDLER}$`).test(handler))
    throw patternFault(handler, 'handler', HANDLER);
  const description = text(Description, 'description', 256) ?? before?.description ?? DEFAULTS.description;
  const timeoutS = number(Timeout, 'timeout', 1, 900) ?? before?.timeoutS ?? DEFAULTS.timeoutS;
  const memoryMb = number(MemorySize, 'memorySize', 128, 10_240) ?? before?.memoryMb ?? DEFAULTS.memoryMb;
  const runtime = text(Runtime, 'runtime') ?? before?.runtime;
  if (runtime === undefined || handler === undefined) {
    throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.');
  }
  checkRuntime(runtime);
  const environment =
    Environment === undefined || Environment === null ? before?.environment : readEnvironment(Environment);
  return { roleArn, handler, description, timeoutS, memoryMb, runtime, ...(environment && { environment }) };
}

function checkRuntime(runtime: string): void {
  if (RUNTIMES.includes(runtime)) return;
  if (ENDED_RUNTIMES.test(runtime)) {
    throw invalid(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  throw invalid(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIMES.join(', ')}] or be a valid ARN`,
  );
}

function readEnvironment(environment: unknown): Record<string, string> {
  const { Variables = {} } = object(environment, 'environment');
  const variables = object(Variables, 'environment.variables');
  for (const [name, value] of Object.entries(variables)) {
    if (typeof value !== 'string') throw notA('string', `environment.variables.${name}`);
    if (!new RegExp(`^${VARIABLE_NAME}$`).test(name)) {
      throw validationFault(
        `Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${VARIABLE_NAME}]`,
      );
    }
  }
  const reserved = Object.keys(variables).filter((name) => RESERVED.test(name));
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > LARGEST_ENVIRONMENT_BYTES) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
  return variables as Record<string, string>;
}

/** Options of a request that are served in one value only, in the order in which they are looked at. */
const ONLY: Readonly<Record<string, readonly unknown[]>> = {
  PackageType: ['Zip'],
  Publish: [false],
  DryRun: [false],
};

/** Refuses by name what a request asks for beyond `known`. Throws ServiceError `InvalidParameterValueException`. */
export function refuseOthers(request: JsonObject, known: readonly string[]): void {
  for (const [name, value] of Object.entries(request)) {
    if (known.includes(name) || value === null || value === undefined) continue;
    const allowed = ONLY[name];
    if (allowed?.includes(value)) continue;
    const why = allowed ? `it may be ${allowed.join(', ')}` : 'leave it out';
    throw invalid(`${name} (${JSON.stringify(value).slice(0, 100)}) is not served by the embedded Lambda: ${why}.`);
  }
}

/** `Architectures` of a request, of which there is one. */
export function readArchitecture(architectures: unknown): string | undefined {
  if (architectures === undefined || architectures === null) return undefined;
  if (!Array.isArray(architectures)) throw notA('list', 'architectures');
  const shown = `[${architectures.join(', ')}]`;
  if (architectures.length > 1) {
    throw validationFault(
      `Value '${shown}' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1`,
    );
  }
  if (!['x86_64', 'arm64'].includes(architectures[0])) {
    throw validationFault(
      `Value '${shown}' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]`,
    );
  }
  return architectures[0];
}

export function readTags(tags: unknown): Record<string, string> | undefined {
  if (tags === undefined || tags === null) return undefined;
  const read = object(tags, 'tags');
  for (const [key, value] of Object.entries(read)) if (typeof value !== 'string') throw notA('string', `tags.${key}`);
  return read as Record<string, string>;
}

export const notA = (type: string, field: string): ServiceError =>
  new ServiceError('SerializationException', `The value of ${field} is not a ${type}.`);

export function object(value: unknown, field: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw notA('structure', field);
}

export function text(value: unknown, field: string, longest = Number.POSITIVE_INFINITY): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw notA('string', field);
  if (value.length > longest) {
    throw validationFault(
      `Value '${value}' at '${field}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    );
  }
  return value;
}

function number(value: unknown, field: string, least: number, most: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw notA('whole number', field);
  if (value >= least && value <= most) return value;
  const bound = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
  throw validationFault(`Value '${value}' at '${field}' failed to satisfy constraint: Member must have value ${bound}`);
}
