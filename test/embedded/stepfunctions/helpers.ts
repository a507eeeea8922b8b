import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type HttpRequest, HttpResponse } from '@smithy/protocol-http';
import type { Clock } from '../../../embedded/clock.ts';
import { ServiceError } from '../../../embedded/errors.ts';
import type { Service } from '../../../embedded/http.ts';
import type { FunctionInvoker } from '../../../embedded/lambda/types.ts';
import type { CallService } from '../../../embedded/service-calls/types.ts';
import { openStepFunctions, type StepFunctions } from '../../../embedded/stepfunctions/service.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT_ID = '111111111111';
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/night`;

/** 2026-11-21T18:00:00Z */
export const START_MS = Date.UTC(2026, 10, 21, 18);

/** Lets everything that can run without the clock run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface ManualClock extends Clock {
  /** Moves the time, waking sleepers at their moments. */
  advance(ms: number): Promise<void>;
  /** Milliseconds of each sleep asked for, in order. */
  slept: number[];
}

/** A clock that stands still until it is advanced. */
export function manualClock(startMs = START_MS): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    sleep(ms, signal) {
      slept.push(ms);
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { atMs: nowMs + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...sleepers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (!next) break;
        sleepers.delete(next);
        nowMs = next.atMs;
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** A request body as bytes. The SDK warns when a conversion asks its byte arrays for a text, as Buffer.from(body) does. */
function bytesOf(body: string | Uint8Array | undefined): Buffer {
  if (body === undefined || typeof body === 'string') return Buffer.from(body ?? '');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** An SDK client whose requests go straight to a service. */
export function clientOf(service: Service): SFNClient {
  const requestHandler = {
    async handle(request: HttpRequest) {
      const { status, headers, body } = await service({
        method: request.method,
        path: request.path,
        query: new URLSearchParams(),
        headers: request.headers,
        body: bytesOf(request.body),
      });
      return { response: new HttpResponse({ statusCode: status, headers, body: Readable.from([Buffer.from(body)]) }) };
    },
  };
  return new SFNClient({
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: requestHandler as never,
  });
}

export type TestFunctions = Record<string, (event: never) => unknown>;

/** Runs functions of a test as Lambda does. */
export function invokerOf(functions: TestFunctions): FunctionInvoker {
  return async (nameOrArn, payload) => {
    const name = nameOrArn
      .replace(/:\$LATEST$/, '')
      .split(':')
      .at(-1)!;
    const run = functions[name];
    if (!run) throw new ServiceError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    try {
      return { payload: JSON.stringify((await run(JSON.parse(payload) as never)) ?? null) };
    } catch (cause) {
      const { name: errorType, message: errorMessage } = cause as Error;
      return { payload: JSON.stringify({ errorType, errorMessage, trace: [] }), functionError: 'Unhandled' };
    }
  };
}

export interface Bench {
  client: SFNClient;
  clock: ManualClock;
  directory: string;
  stepFunctions: StepFunctions;
  createMachine(name: string, definition: object): Promise<string>;
  /** Starts an execution and gives its ARN. */
  start(definition: object, input?: unknown): Promise<string>;
  describe(executionArn: string): Promise<Ended>;
  history(executionArn: string): Promise<HistoryEvent[]>;
  /** Runs a definition to its end, as far as the clock allows. */
  run(definition: object, input?: unknown): Promise<Ended & { events: HistoryEvent[]; arn: string }>;
}

export interface Ended {
  status: string | undefined;
  output: unknown;
  error: string | undefined;
  cause: string | undefined;
}

const opened: { directory: string; stepFunctions: StepFunctions }[] = [];

/** Closes and removes what the tests of a file opened. */
export async function closeAll(): Promise<void> {
  for (const { directory, stepFunctions } of opened.splice(0)) {
    await stepFunctions.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'stepfunctions-'));
}

/** An engine of its own in a new directory. */
export function openBench(
  functions: TestFunctions = {},
  options: {
    directory?: string;
    clock?: ManualClock;
    random?: () => number;
    resume?: boolean;
    invokeFunction?: FunctionInvoker;
    callService?: CallService;
  } = {},
): Bench {
  const directory = options.directory ?? newDirectory();
  const clock = options.clock ?? manualClock();
  const stepFunctions = openStepFunctions({
    directory,
    clock,
    region: REGION,
    accountId: ACCOUNT_ID,
    invokeFunction: options.invokeFunction ?? invokerOf(functions),
    ...(options.random ? { random: options.random } : {}),
    ...(options.callService ? { callService: options.callService } : {}),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
  });
  opened.push({ directory, stepFunctions });
  const client = clientOf(stepFunctions.service);
  let machines = 0;

  const createMachine = async (name: string, definition: object) => {
    const created = await client.send(
      new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE_ARN }),
    );
    return created.stateMachineArn!;
  };
  const start = async (definition: object, input: unknown = {}) => {
    machines += 1;
    const stateMachineArn = await createMachine(`machine-${machines}`, definition);
    const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
    await settle();
    return started.executionArn!;
  };
  const describe = async (executionArn: string) => {
    const { status, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return { status, output: output === undefined ? undefined : JSON.parse(output), error, cause };
  };
  const history = async (executionArn: string) => {
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events!;
  };
  const run = async (definition: object, input: unknown = {}) => {
    const arn = await start(definition, input);
    return { arn, events: await history(arn), ...(await describe(arn)) };
  };
  return { client, clock, directory, stepFunctions, createMachine, start, describe, history, run };
}

/** A history as `id previousEventId type` lines. */
export function chain(events: HistoryEvent[]): string[] {
  return events.map(({ id, previousEventId, type }) => `${id} ${previousEventId} ${type}`);
}

/** A machine of one state, and of the states it leads to. */
export function single(state: object, others: object = {}): object {
  return { StartAt: 'Only', States: { Only: state, ...others } };
}

export const lambdaArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
export const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';
