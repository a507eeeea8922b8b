import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { Service } from '../http.ts';
import { type DeployedFunctions, openDeployed } from './deployed.ts';
import { checkEvent } from './events.ts';
import { runHere, waits } from './in-thread.ts';
import { endLines, startLine } from './log-tail.ts';
import { type FunctionPlace, functionArn, notFound, parseName } from './names.ts';
import { openPool } from './pool.ts';
import { openSandbox, type SandboxInvocation } from './sandbox.ts';
import type { FunctionRecord } from './store.ts';
import { openThread } from './thread-channel.ts';
import type { FunctionDefinition, FunctionInvoker, Invocation, InvokeOptions } from './types.ts';

/** Waits before an asynchronous invocation that failed is tried again (Developer Guide, "Asynchronous invocation"). */
const retryWaitsMs = [60_000, 120_000];

/** Functions from zip files that may be at work at once: they mostly wait, for the engine or for each other. */
const processLimit = Math.max(8, 4 * availableParallelism());

export interface RuntimeOptions extends FunctionPlace {
  /** Folder of functions that clients make. */
  directory: string;
  clock: Clock;
  /** Answers what functions in worker threads ask of the engine. */
  service: Service;
  /** Address at which functions from zip files reach the engine. */
  endpoint(): Promise<string>;
}

/** A function, the program's own or one made from a zip file. */
export type KnownFunction = { own: FunctionDefinition } | { deployed: FunctionRecord };

export interface FunctionRuntime {
  invoke: FunctionInvoker;
  /**
   * Begins an asynchronous invocation: it runs in the background, up to twice more when it fails, and its last failure is
   * told on stderr. Throws ServiceError `ResourceNotFoundException`, and what is wrong with the payload.
   */
  invokeLater(nameOrArn: string, payload: string, options?: InvokeOptions): void;
  /** A function by name or ARN. Throws ServiceError `ValidationException`, `ResourceNotFoundException`. */
  find(nameOrArn: string, qualifier?: string): KnownFunction;
  /** As `find`, but undefined for a function that does not exist. */
  findOrNone(nameOrArn: string): KnownFunction | undefined;
  /** All functions, by name. */
  all(): KnownFunction[];
  deployed: DeployedFunctions;
  /** Resolves once no invocation is under way. */
  idle(): Promise<void>;
  /** Ends functions from zip files, gives up what waits to be tried again, and resolves once nothing is under way. */
  close(): Promise<void>;
}

/**
 * Runs functions as Lambda's Node.js runtime does: the event is parsed from JSON and the result made JSON, so that nothing
 * but data passes. Handlers of the program run in this thread, where one past its time limit is answered for but not stopped,
 * or in worker threads, one for each core at most; functions from zip files run in processes of their own.
 * Throws ServiceError `ResourceConflictException` for two functions of one name and `InvalidParameterValueException`
 * for a time limit outside 1 to 900 s.
 */
export function openFunctionRuntime(definitions: FunctionDefinition[], options: RuntimeOptions): FunctionRuntime {
  const { clock } = options;
  const byName = new Map<string, FunctionDefinition>();
  for (const definition of definitions) {
    checkDefinition(definition);
    if (byName.has(definition.name)) {
      throw new ServiceError('ResourceConflictException', `Function already exist: ${definition.name}`, 409);
    }
    byName.set(definition.name, definition);
  }
  const threads = openPool(availableParallelism());
  const processes = openPool(processLimit);
  const deployed = openDeployed({ ...options, pool: processes });
  const underWay = new Set<Promise<unknown>>();
  const asynchronous = new Set<Promise<unknown>>();
  const closing = new AbortController();

  function find(nameOrArn: string, asked?: string): KnownFunction {
    const { name, qualifier } = parseName(nameOrArn, asked, options);
    const own = byName.get(name);
    const record = own ? undefined : deployed.find(name);
    if (qualifier === undefined || qualifier === '$LATEST') {
      if (own) return { own };
      if (record) return { deployed: record };
    }
    throw notFound(functionArn(options, qualifier === undefined ? name : `${name}:${qualifier}`));
  }

  /** As `find`; Invoke alone looks for a version where none is asked for, and says so. */
  function findToInvoke(nameOrArn: string): KnownFunction {
    const { name, qualifier = '$LATEST' } = parseName(nameOrArn, undefined, options);
    return find(`${name}:${qualifier}`);
  }

  /** Runs an invocation where its function runs. */
  function runIn(known: KnownFunction, invocation: SandboxInvocation): Promise<Invocation> {
    if ('deployed' in known) return processes.run(deployed.sandbox(known.deployed), invocation);
    const { name, handler, memoryMb, environment = {} } = known.own;
    if (typeof handler === 'function') return runHere(handler, invocation, clock);
    const open = async () =>
      openSandbox((events) => openThread({ module: handler, memoryMb, environment }, options.service, events), clock);
    return threads.run({ key: name, open }, invocation);
  }

  async function run(known: KnownFunction, payload: string, { onLog = () => {}, clientContext }: InvokeOptions) {
    checkEvent(payload, 'RequestResponse');
    const { name, timeoutS, memoryMb } = 'own' in known ? known.own : known.deployed;
    const requestId = randomUUID();
    const startedMs = clock.now();
    onLog(startLine(requestId));
    const answer = await runIn(known, {
      message: {
        payload: payload === '' ? '{}' : payload,
        limitMs: timeoutS * 1000,
        context: {
          functionName: name,
          functionVersion: '$LATEST',
          invokedFunctionArn: functionArn(options, name),
          memoryLimitInMB: String(memoryMb),
          awsRequestId: requestId,
          ...(clientContext !== undefined && { clientContext }),
        },
      },
      timeoutS,
      onLog,
    });
    onLog(endLines({ requestId, durationMs: clock.now() - startedMs, memoryMb }));
    return answer;
  }

  async function invoke(nameOrArn: string, payload: string, how: InvokeOptions = {}): Promise<Invocation> {
    const invocation = run(findToInvoke(nameOrArn), payload, how);
    underWay.add(invocation);
    try {
      return await invocation;
    } finally {
      underWay.delete(invocation);
    }
  }

  async function invokeWithRetries(name: string, payload: string, how: InvokeOptions): Promise<void> {
    for (const waitMs of [...retryWaitsMs, undefined]) {
      const { functionError, payload: failure } = await invoke(name, payload, how);
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
    findOrNone(nameOrArn) {
      try {
        return find(nameOrArn);
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },
    all() {
      const own = [...byName.values()].map((each): KnownFunction => ({ own: each }));
      const known = [...own, ...deployed.all().map((record): KnownFunction => ({ deployed: record }))];
      return known.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    },
    deployed,
    invoke,
    invokeLater(nameOrArn, payload, how = {}) {
      const known = findToInvoke(nameOrArn);
      checkEvent(payload, 'Event');
      const work = invokeWithRetries(nameOf(known), payload, how)
        // The function was deleted meanwhile, or nothing can run it: nobody waits for what became of it.
        .catch((error) =>
          process.stderr.write(`Lambda: The asynchronous invocation of ${nameOf(known)} failed. ${error}\n`),
        )
        .finally(() => asynchronous.delete(work));
      asynchronous.add(work);
    },
    idle,
    async close() {
      closing.abort();
      // A user's function may run for a quarter of an hour yet; what the program's own have begun is finished.
      await processes.close();
      while (asynchronous.size > 0) await Promise.all(asynchronous);
      await idle();
      await threads.close();
      await deployed.close();
    },
  };
}

export const nameOf = (known: KnownFunction): string => ('own' in known ? known.own.name : known.deployed.name);

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
