import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { HttpHandler } from '@smithy/protocol-http';
import { type Clock, systemClock } from './clock.ts';
import { openDynamoDb } from './dynamodb/service.ts';
import { type DirectoryLock, EngineInUse, lockDirectory } from './engine-lock.ts';
import { ServiceError } from './errors.ts';
import { openEvents, type ScheduleFired } from './events/service.ts';
import type { Service } from './http.ts';
import { openIam } from './iam/service.ts';
import { type FunctionRuntime, openFunctionRuntime } from './lambda/runtime.ts';
import { openLambda } from './lambda/service.ts';
import type { FunctionDefinition } from './lambda/types.ts';
import { createRequestHandler } from './request-handler.ts';
import { createRouter } from './router.ts';
import { openS3 } from './s3/service.ts';
import { openScheduler } from './scheduler/service.ts';
import { type ListenOptions, listen, PortInUse, type RunningServer } from './server.ts';
import { newServiceCalls } from './service-calls.ts';
import { openSns } from './sns/service.ts';
import { objectsOver } from './stepfunctions/distributed-map/objects.ts';
import { openStepFunctions } from './stepfunctions/service.ts';
import { openSts } from './sts/service.ts';

export { EngineInUse, PortInUse, type ScheduleFired };

/** The engine's folder cannot be created, or files in it cannot be written. */
export class DirectoryNotWritable extends Error {
  readonly directory: string;

  constructor(directory: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The folder ${directory} cannot be written: ${why}. Choose a folder that you may write to.`, { cause });
    this.name = 'DirectoryNotWritable';
    this.directory = directory;
  }
}

export interface EngineOptions {
  /** Folder of everything that the engine keeps; created when missing. */
  directory: string;
  functions: FunctionDefinition[];
  clock?: Clock;
  region?: string;
  /** Twelve digits. */
  accountId?: string;
  /** Version of the program that opens the engine, for the health page. */
  version: string;
  /**
   * Whether to go on with the executions that an earlier process left running; true when absent. Otherwise they rest as they
   * are, RUNNING, while the engine is open, and can be stopped.
   */
  resume?: boolean;
  /** Whether EventBridge rules with a schedule, and schedules of EventBridge Scheduler, fire while the engine is open; they do not when absent. */
  fireSchedules?: boolean;
  /** Told when a scheduled rule, or a schedule, has reached a target. */
  onScheduleFired?: (fired: ScheduleFired) => void;
}

export interface Engine {
  /** For SDK clients in this process: `new S3Client({ requestHandler: engine.requestHandler, … })`. */
  requestHandler: HttpHandler;
  route: Service;
  /**
   * Serves the same world on 127.0.0.1, and tells who finds the folder in use where; 0 takes any free port. Rejects with
   * PortInUse, and with RangeError for an allowed origin that is not of this machine.
   */
  listen(port: number, options?: ListenOptions): Promise<RunningServer>;
  /** Resolves when no function runs: a stopped execution's last one may still be at work. */
  idle(): Promise<void>;
  /** Finishes what is under way, writes everything and lets the folder go. Nothing is served afterwards. */
  close(): Promise<void>;
}

/**
 * Opens Step Functions, DynamoDB, S3, Lambda, EventBridge, EventBridge Scheduler, SNS and STS on one folder. Rejects with DirectoryNotWritable, with EngineInUse
 * when another process has the folder, and with the ServiceError of a function that cannot be.
 */
export async function openEngine({
  directory,
  functions,
  clock = systemClock,
  region = 'us-east-1',
  accountId = '000000000000',
  version,
  resume = true,
  fireSchedules = false,
  onScheduleFired,
}: EngineOptions): Promise<Engine> {
  const folder = resolve(directory);
  const lock = takeFolder(folder);
  const opened: (() => Promise<void> | void)[] = [lock.release];
  /** Closes what is open, the last first; goes on after a failure, and then throws the first. */
  async function closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of opened.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
  try {
    /** Functions and tasks call services through the door that all services share, as soon as there is one. */
    const routed = Promise.withResolvers<Service>();
    const door: Service = (request) => routed.promise.then((route) => route(request));
    const functionsDoor = lazyServer(door);
    opened.push(functionsDoor.close);
    const runtime = openFunctionRuntime(functions, {
      directory: folder,
      clock,
      region,
      accountId,
      service: door,
      endpoint: functionsDoor.url,
    });
    const iam = openIam({ directory: folder, clock, accountId });
    opened.push(iam.close);
    const s3 = openS3({
      directory: folder,
      clock,
      region,
      accountId,
      publish: (event) => events.publish(event),
      invokeLater: (arn, payload) => runtime.invokeLater(arn, payload),
      knowsFunction: (arn) => knowsFunction(runtime, arn),
    });
    opened.push(s3.close);
    const dynamoDb = await openDynamoDb({ directory: folder, clock, region, accountId });
    opened.push(dynamoDb.close, runtime.close);
    const eventsOptions = {
      directory: folder,
      clock,
      region,
      accountId,
      fireSchedules,
      onScheduleFired,
      services: {
        startExecution: (request: object) => call(stepFunctions.service, 'AWSStepFunctions.StartExecution', request),
        invokeLater: runtime.invokeLater,
      },
    };
    const events = openEvents(eventsOptions);
    opened.push(events.close);
    const scheduler = openScheduler(eventsOptions);
    const sns = openSns({ directory: folder, clock, region, accountId, invokeLater: runtime.invokeLater });
    opened.push(scheduler.close, sns.close);
    const stepFunctions = openStepFunctions({
      directory: folder,
      clock,
      region,
      accountId,
      invokeFunction: runtime.invoke,
      callService: newServiceCalls(door, region),
      objects: objectsOver(s3.service),
      onStatusChange: events.executionChanged,
      resume,
    });
    // Events close first, so that nothing starts an execution any more; their second close does nothing.
    opened.push(stepFunctions.close, events.close, scheduler.close);

    const openedAtMs = clock.now();
    const route: Service = createRouter({
      services: {
        states: stepFunctions.service,
        dynamodb: dynamoDb.service,
        events: events.service,
        scheduler: scheduler.service,
        sns: sns.service,
        sts: openSts({ accountId }),
        iam: iam.service,
        lambda: openLambda({ runtime, region, accountId, s3: s3.service, endpoint: functionsDoor.url }),
        s3: s3.service,
      },
      health: async () => ({
        engine: 'embedded',
        version,
        uptimeS: (clock.now() - openedAtMs) / 1000,
        services: {
          stepfunctions: 'running',
          dynamodb: 'running',
          lambda: 'running',
          s3: 'running',
          events: 'running',
          scheduler: 'running',
          sns: 'running',
          sts: 'running',
          iam: 'running',
        },
        counts: {
          ...stepFunctions.counts(),
          buckets: s3.bucketCount(),
          tables: await dynamoDb.tableCount(),
          functions: runtime.all().length,
        },
      }),
    });
    routed.resolve(route);
    return {
      requestHandler: createRequestHandler(route),
      route,
      async listen(port, options) {
        const server = await listen(route, port, options);
        opened.push(server.close);
        lock.announce(server.url);
        return server;
      },
      idle: runtime.idle,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw directoryFault(folder, error);
  }
}

function knowsFunction(runtime: FunctionRuntime, arn: string): boolean {
  try {
    runtime.find(arn);
    return true;
  } catch {
    return false;
  }
}

/** A server on a port of its own that is opened when somebody asks for its address. */
function lazyServer(service: Service): { url(): Promise<string>; close(): Promise<void> } {
  let server: Promise<RunningServer> | undefined;
  return {
    async url() {
      server ??= listen(service, 0);
      return (await server).url;
    },
    async close() {
      await (await server)?.close();
    },
  };
}

/** Sends a request of an AWS JSON protocol to a service of this engine. Rejects with the service's refusal as ServiceError. */
async function call(service: Service, target: string, request: object): Promise<void> {
  const { status, body } = await service({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'x-amz-target': target },
    body: Buffer.from(JSON.stringify(request)),
  });
  if (status === 200) return;
  const { __type, message } = JSON.parse(body.toString());
  throw new ServiceError(__type, message, status);
}

function takeFolder(folder: string): DirectoryLock {
  try {
    makeFolder(folder);
    return lockDirectory(folder);
  } catch (error) {
    throw directoryFault(folder, error);
  }
}

/** As mkdir's own `recursive`, which for ever tries again where a folder exists and takes no other (as /proc does). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

const directoryCodes = ['EACCES', 'ENOENT', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG'];
/** SQLite's read-only, input or output failed, full, and cannot open (sqlite.org/rescode.html). */
const directoryResults = [8, 10, 13, 14];

/** DirectoryNotWritable for what the file system refused; any other error as it is. */
function directoryFault(folder: string, error: unknown): unknown {
  const { code, errcode } = error as { code?: string; errcode?: number };
  const refused =
    directoryCodes.includes(code ?? '') || (errcode !== undefined && directoryResults.includes(errcode & 0xff));
  return refused ? new DirectoryNotWritable(folder, error) : error;
}
