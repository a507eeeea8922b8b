import { randomUUID } from 'node:crypto';
import { types } from 'node:util';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { FunctionContext, FunctionDefinition, FunctionInvoker, Invocation } from './types.ts';

/** Lambda's limits on the JSON of an invocation, in bytes (Developer Guide, "Lambda quotas"). */
const largestRequestBytes = { RequestResponse: 6_291_456, Event: 1_048_576 };
const largestResponseBytes = 6_291_556;

/** Waits before an asynchronous invocation that failed is tried again (Developer Guide, "Asynchronous invocation"). */
const retryWaitsMs = [60_000, 120_000];

export interface FunctionRuntime {
  invoke: FunctionInvoker;
  /**
   * Begins an asynchronous invocation: it runs in the background, up to twice more when it fails, and its last failure is
   * told on stderr. Throws ServiceError `ResourceNotFoundException`, and what is wrong with the payload.
   */
  invokeLater(nameOrArn: string, payload: string): void;
  /** A function by name or ARN. Throws ServiceError `ResourceNotFoundException`. */
  find(nameOrArn: string): FunctionDefinition;
  arnOf(name: string): string;
  /** All functions, by name. */
  functions: FunctionDefinition[];
  /** Resolves once no invocation is under way. */
  idle(): Promise<void>;
  /** Gives up what waits to be tried again, and resolves once nothing is under way. */
  close(): Promise<void>;
}

interface FunctionFailure {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/**
 * Runs handlers in this process, as Lambda's Node.js runtime does: the event is parsed from JSON and the result made
 * JSON, so that nothing but data passes. A handler past its time limit is answered for, but not stopped.
 * Throws ServiceError `ResourceConflictException` for two functions of one name and `InvalidParameterValueException`
 * for a time limit outside 1 to 900 s.
 */
export function openFunctionRuntime(
  definitions: FunctionDefinition[],
  { clock, region, accountId }: { clock: Clock; region: string; accountId: string },
): FunctionRuntime {
  const byName = new Map<string, FunctionDefinition>();
  for (const definition of definitions) {
    checkDefinition(definition);
    if (byName.has(definition.name)) {
      throw new ServiceError('ResourceConflictException', `Function already exist: ${definition.name}`, 409);
    }
    byName.set(definition.name, definition);
  }
  const arnOf = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  const underWay = new Set<Promise<unknown>>();
  const asynchronous = new Set<Promise<unknown>>();
  const closing = new AbortController();

  function find(nameOrArn: string): FunctionDefinition {
    const name = localName(nameOrArn, region, accountId);
    const definition = name === undefined ? undefined : byName.get(name);
    if (definition === undefined) {
      const arn = nameOrArn.startsWith('arn:') ? nameOrArn : arnOf(nameOrArn);
      throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
    }
    return definition;
  }

  async function run(definition: FunctionDefinition, payload: string): Promise<Invocation> {
    const event = parseEvent(payload, 'RequestResponse');
    const awsRequestId = randomUUID();
    const startedMs = clock.now();
    const limitMs = definition.timeoutS * 1000;
    const context: FunctionContext = {
      functionName: definition.name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arnOf(definition.name),
      memoryLimitInMB: String(definition.memoryMb),
      awsRequestId,
      getRemainingTimeInMillis: () => Math.max(0, startedMs + limitMs - clock.now()),
    };
    const timer = new AbortController();
    const timedOut = clock.sleep(limitMs, timer.signal).then(
      () => undefined,
      () => undefined,
    );
    const finished = callHandler(definition, event, context);
    const outcome = await Promise.race([finished, timedOut]);
    timer.abort();
    // A handler that kept the thread to itself comes back before the timer had its turn: the limit holds all the same.
    if (outcome === undefined || clock.now() - startedMs > limitMs) {
      return unhandled({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${awsRequestId} Error: Task timed out after ${definition.timeoutS.toFixed(2)} seconds`,
      });
    }
    return outcome;
  }

  async function invoke(nameOrArn: string, payload: string): Promise<Invocation> {
    const invocation = run(find(nameOrArn), payload);
    underWay.add(invocation);
    try {
      return await invocation;
    } finally {
      underWay.delete(invocation);
    }
  }

  async function invokeWithRetries(name: string, payload: string): Promise<void> {
    for (const waitMs of [...retryWaitsMs, undefined]) {
      const { functionError, payload: failure } = await invoke(name, payload);
      if (functionError === undefined) return;
      const again = waitMs !== undefined && (await waits(clock.sleep(waitMs, closing.signal)));
      if (again) continue;
      process.stderr.write(`Lambda: The asynchronous invocation of ${name} failed. ${failure}\n`);
      return;
    }
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }

  return {
    find,
    arnOf,
    functions: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    invoke,
    invokeLater(nameOrArn, payload) {
      const { name } = find(nameOrArn);
      parseEvent(payload, 'Event');
      const work = invokeWithRetries(name, payload).finally(() => asynchronous.delete(work));
      asynchronous.add(work);
    },
    idle,
    async close() {
      closing.abort();
      while (asynchronous.size > 0) await Promise.all(asynchronous);
      await idle();
    },
  };
}

function checkDefinition({ name, timeoutS }: FunctionDefinition): void {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
    throw new ServiceError(
      'InvalidParameterValueException',
      `The function name ${JSON.stringify(name)} is not valid; allowed are 1 to 64 letters, digits, hyphens and underscores.`,
    );
  }
  if (!(timeoutS >= 1 && timeoutS <= 900)) {
    throw new ServiceError(
      'InvalidParameterValueException',
      `The time limit of ${name} is ${timeoutS} s; allowed are 1 to 900 s.`,
    );
  }
}

/** The name within a name, a partial ARN (`account:function:name`) or an ARN of this account, each with or without `:$LATEST`. */
function localName(nameOrArn: string, region: string, accountId: string): string | undefined {
  const prefixes = [`arn:aws:lambda:${region}:${accountId}:function:`, `${accountId}:function:`];
  const prefix = prefixes.find((candidate) => nameOrArn.startsWith(candidate)) ?? '';
  const [name, qualifier, ...more] = nameOrArn.slice(prefix.length).split(':');
  return more.length === 0 && (qualifier === undefined || qualifier === '$LATEST') ? name : undefined;
}

/** Whether a sleep came to its end; false when it was cut short. */
function waits(sleep: Promise<void>): Promise<boolean> {
  return sleep.then(
    () => true,
    () => false,
  );
}

function parseEvent(payload: string, type: keyof typeof largestRequestBytes): unknown {
  if (Buffer.byteLength(payload) > largestRequestBytes[type]) {
    throw new ServiceError(
      'RequestTooLargeException',
      `${Buffer.byteLength(payload)} byte payload is too large for the ${type} invocation type (limit ${largestRequestBytes[type]} bytes)`,
      413,
    );
  }
  if (payload === '') return {};
  try {
    return JSON.parse(payload);
  } catch (error) {
    throw new ServiceError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function callHandler(
  { handler }: FunctionDefinition,
  event: unknown,
  context: FunctionContext,
): Promise<Invocation> {
  try {
    const payload = serialise(await handler(event, context));
    const sizeBytes = Buffer.byteLength(payload);
    if (sizeBytes <= largestResponseBytes) return { payload };
    return unhandled({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size (${sizeBytes} bytes) exceeded maximum allowed payload size (${largestResponseBytes} bytes).`,
    });
  } catch (thrown) {
    return unhandled(failureOf(thrown));
  }
}

/** A result without a JSON form, such as undefined or a function, is null; the words of the error are the runtime's. */
function serialise(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

/** What Lambda's Node.js runtime makes of a thrown value (aws-lambda-nodejs-runtime-interface-client, Errors.js). */
function failureOf(thrown: unknown): FunctionFailure {
  if (types.isNativeError(thrown) || thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

function unhandled(failure: FunctionFailure): Invocation {
  return { payload: JSON.stringify(failure), functionError: 'Unhandled' };
}
