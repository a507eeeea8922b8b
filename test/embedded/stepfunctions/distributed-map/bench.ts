import { cpSync, rmSync } from 'node:fs';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ServiceError } from '../../../../embedded/errors.ts';
import type { Objects } from '../../../../embedded/stepfunctions/distributed-map/objects.ts';
import { openStepFunctions, type StepFunctions } from '../../../../embedded/stepfunctions/service.ts';
import {
  ACCOUNT_ID,
  clientOf,
  invokerOf,
  type ManualClock,
  manualClock,
  newDirectory,
  REGION,
  ROLE_ARN,
  START_MS,
  settle,
  type TestFunctions,
} from '../helpers.ts';

/** Objects of a test by `bucket/key`. */
export function objectsOf(contents: Record<string, string>): Objects & { contents: Record<string, string> } {
  return {
    contents,
    async get(bucket, key) {
      const text = contents[`${bucket}/${key}`];
      if (text === undefined) throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
      return Buffer.from(text);
    },
    async *list(bucket, prefix = '') {
      for (const [path, text] of Object.entries(contents)) {
        const Key = path.slice(bucket.length + 1);
        if (!path.startsWith(`${bucket}/`) || !Key.startsWith(prefix)) continue;
        yield { Etag: '"etag"', Key, LastModified: START_MS / 1000, Size: text.length, StorageClass: 'STANDARD' };
      }
    },
    async put(bucket, key, body) {
      if (bucket === 'missing') throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
      contents[`${bucket}/${key}`] = body.toString();
    },
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export interface MapBench {
  client: SFNClient;
  clock: ManualClock;
  directory: string;
  stepFunctions: StepFunctions;
  objects: ReturnType<typeof objectsOf>;
  machine(definition: object, name?: string): Promise<string>;
  start(definition: object, input?: unknown): Promise<string>;
  describe(
    arn: string,
  ): Promise<{ status: ExecutionStatus; output: unknown; error: string | undefined; cause: string | undefined }>;
  history(arn: string): Promise<HistoryEvent[]>;
  /** ARNs of the Map Runs of an execution, latest first. */
  mapRuns(arn: string): Promise<string[]>;
  /** Children of a Map Run, latest first. */
  children(mapRunArn: string, statusFilter?: ExecutionStatus): Promise<{ arn: string; status: string }[]>;
}

const opened: { directory: string; stepFunctions: StepFunctions }[] = [];

/** Closes and removes what the tests of a file opened. */
export async function closeBenches(): Promise<void> {
  for (const { directory, stepFunctions } of opened.splice(0)) {
    await stepFunctions.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An engine as it comes up after another was killed at this moment: with what that one has committed, and nothing of its memory. */
export async function openAfterKill(killed: MapBench, functions?: TestFunctions): Promise<MapBench> {
  const directory = newDirectory();
  cpSync(killed.directory, directory, { recursive: true });
  const bench = openMapBench({
    functions,
    directory,
    nowMs: killed.clock.now(),
    contents: { ...killed.objects.contents },
  });
  for (let turn = 0; turn < 12; turn += 1) await settle();
  return bench;
}

/** An engine with objects, in a new directory or a given one. */
export function openMapBench(
  options: {
    functions?: TestFunctions | undefined;
    contents?: Record<string, string>;
    directory?: string;
    nowMs?: number;
  } = {},
): MapBench {
  const directory = options.directory ?? newDirectory();
  const clock = manualClock(options.nowMs);
  const objects = objectsOf(options.contents ?? {});
  const stepFunctions = openStepFunctions({
    directory,
    clock,
    region: REGION,
    accountId: ACCOUNT_ID,
    invokeFunction: invokerOf(options.functions ?? {}),
    objects,
  });
  opened.push({ directory, stepFunctions });
  const client = clientOf(stepFunctions.service);
  let machines = 0;
  const bench: MapBench = {
    client,
    clock,
    directory,
    stepFunctions,
    objects,
    async machine(definition, name) {
      machines += 1;
      const created = await client.send(
        new CreateStateMachineCommand({
          name: name ?? `machine-${machines}`,
          definition: JSON.stringify(definition),
          roleArn: ROLE_ARN,
        }),
      );
      return created.stateMachineArn!;
    },
    async start(definition, input = {}) {
      const stateMachineArn = await bench.machine(definition);
      const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
      for (let turn = 0; turn < 12; turn += 1) await settle();
      return started.executionArn!;
    },
    async describe(executionArn) {
      const { status, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
      return { status: status!, output: output === undefined ? undefined : JSON.parse(output), error, cause };
    },
    async history(executionArn) {
      const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      return events!;
    },
    async mapRuns(executionArn) {
      const { mapRuns } = await client.send(new ListMapRunsCommand({ executionArn }));
      return mapRuns!.map(({ mapRunArn }) => mapRunArn!);
    },
    async children(mapRunArn, statusFilter) {
      const { executions } = await client.send(
        new ListExecutionsCommand({ mapRunArn, maxResults: 1000, ...(statusFilter ? { statusFilter } : {}) }),
      );
      return executions!.map(({ executionArn, status }) => ({ arn: executionArn!, status: status! }));
    },
  };
  return bench;
}

export const PASS_PROCESSOR = {
  ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  StartAt: 'PassItem',
  States: { PassItem: { Type: 'Pass', End: true } },
};

/** A machine of one Map state of mode DISTRIBUTED. */
export function mapMachine(fields: object, processor: object = PASS_PROCESSOR): object {
  return { StartAt: 'MapState', States: { MapState: { Type: 'Map', ItemProcessor: processor, End: true, ...fields } } };
}
