/**
 * Answers as AWS gave them: radkawar/stackd, testdata/aws/stepfunctions/distributed_map.json (DescribeMapRun, ListMapRuns,
 * ListExecutions, DescribeExecution, DescribeStateMachineForExecution of a run of four items with concurrency 2).
 */
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineForExecutionCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from 'vitest';
import { ROLE_ARN, START_MS } from '../helpers.ts';
import { closeBenches, mapMachine, openMapBench, PASS_PROCESSOR } from './bench.ts';

afterEach(closeBenches);

const PROCESSOR = {
  StartAt: 'Pause',
  States: {
    Pause: { Type: 'Wait', SecondsPath: '$', Next: 'Check' },
    Check: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 4, Next: 'No' }], Default: 'Yes' },
    No: { Type: 'Fail', Error: 'No' },
    Yes: { Type: 'Succeed' },
  },
};
const MACHINE = mapMachine(
  { Label: 'LifeMap', MaxConcurrency: 2, ToleratedFailureCount: 1 },
  { ...PROCESSOR, ProcessorConfig: PASS_PROCESSOR.ProcessorConfig },
);
const PREFIX = 'arn:aws:states:eu-central-1:111111111111';
const NONE = {
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  timedOut: 0,
  aborted: 0,
  resultsWritten: 0,
  failuresNotRedrivable: 0,
  pendingRedrive: 0,
};

async function answer<T extends { $metadata: unknown }>(sent: Promise<T>): Promise<Omit<T, '$metadata'>> {
  const { $metadata: _metadata, ...members } = await sent;
  return members;
}

test('DescribeMapRun and ListMapRuns tell of a run under way and of its end', async () => {
  const bench = openMapBench();
  const executionArn = await bench.start(
    MACHINE,
    [4, 4, 1, 1].map((seconds, index) => (index === 1 ? 5 : seconds)),
  );
  const [mapRunArn] = await bench.mapRuns(executionArn);
  const about = { mapRunArn, executionArn, startDate: new Date(START_MS), maxConcurrency: 2, redriveCount: 0 };
  const tolerated = { toleratedFailurePercentage: 0, toleratedFailureCount: 1 };
  const early = { ...NONE, pending: 2, running: 2, total: 4 };
  expect(await answer(bench.client.send(new DescribeMapRunCommand({ mapRunArn })))).toEqual({
    ...about,
    ...tolerated,
    status: 'RUNNING',
    itemCounts: early,
    executionCounts: early,
  });
  await bench.clock.advance(10_000);
  const settled = { ...NONE, succeeded: 3, failed: 1, total: 4, resultsWritten: 4 };
  const stopDate = new Date(START_MS + 6000);
  expect(await answer(bench.client.send(new DescribeMapRunCommand({ mapRunArn })))).toEqual({
    ...about,
    ...tolerated,
    status: 'SUCCEEDED',
    stopDate,
    itemCounts: settled,
    executionCounts: settled,
  });
  expect((await bench.client.send(new ListMapRunsCommand({ executionArn }))).mapRuns).toEqual([
    {
      executionArn,
      mapRunArn,
      stateMachineArn: `${PREFIX}:stateMachine:machine-1/LifeMap`,
      startDate: new Date(START_MS),
      stopDate,
    },
  ]);
});

test('children are listed by their Map Run, latest first, and not by the machine', async () => {
  const bench = openMapBench();
  const executionArn = await bench.start(MACHINE, [4, 1, 1]);
  await bench.clock.advance(10_000);
  const [mapRunArn] = await bench.mapRuns(executionArn);
  const list = (request: object) => bench.client.send(new ListExecutionsCommand({ mapRunArn, ...request }));
  const first = await list({ maxResults: 2 });
  const rest = await list({ maxResults: 2, nextToken: first.nextToken! });
  expect(first.executions!.concat(rest.executions!).map(({ status }) => status)).toEqual([
    'SUCCEEDED',
    'SUCCEEDED',
    'FAILED',
  ]);
  expect(rest.nextToken).toBeUndefined();
  const { executions: failed } = await list({ statusFilter: 'FAILED' });
  const { executionArn: childArn } = failed![0]!;
  const name = childArn!.split(':').at(-1)!;
  const stateMachineArn = `${PREFIX}:stateMachine:machine-1/LifeMap`;
  expect(failed).toEqual([
    {
      executionArn: `${PREFIX}:execution:machine-1/LifeMap:${name}`,
      stateMachineArn,
      name,
      status: 'FAILED',
      startDate: new Date(START_MS),
      stopDate: new Date(START_MS + 4000),
      mapRunArn,
      itemCount: 1,
      redriveCount: 0,
    },
  ]);
  expect((await list({ statusFilter: 'RUNNING' })).executions).toEqual([]);
  const ofMachine = await bench.client.send(
    new ListExecutionsCommand({ stateMachineArn: `${PREFIX}:stateMachine:machine-1` }),
  );
  expect(ofMachine.executions!.map((execution) => execution.executionArn)).toEqual([executionArn]);

  expect(await bench.client.send(new DescribeExecutionCommand({ executionArn: childArn! }))).toMatchObject({
    mapRunArn,
    redriveStatus: 'REDRIVABLE_BY_MAP_RUN',
    error: 'No',
    stateMachineArn,
  });
  expect(
    await bench.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: childArn! })),
  ).toMatchObject({
    stateMachineArn,
    name: 'machine-1',
    definition: JSON.stringify(PROCESSOR),
    roleArn: ROLE_ARN,
    mapRunArn,
    label: 'LifeMap',
  });
  await expect(bench.client.send(new RedriveExecutionCommand({ executionArn: childArn! }))).rejects.toMatchObject({
    name: 'ExecutionNotRedrivable',
  });
});

test('UpdateMapRun lets more children run at once, and changes what is tolerated', async () => {
  const bench = openMapBench();
  const executionArn = await bench.start(MACHINE, [4, 4, 9, 9, 9]);
  const [mapRunArn] = await bench.mapRuns(executionArn);
  const update = (changes: object) => bench.client.send(new UpdateMapRunCommand({ mapRunArn, ...changes }));
  await update({ maxConcurrency: 3 });
  await bench.clock.advance(1);
  const counts = async () => (await bench.client.send(new DescribeMapRunCommand({ mapRunArn }))).executionCounts;
  expect(await counts()).toMatchObject({ running: 3, pending: 2 });
  await update({ toleratedFailureCount: 2 });
  await bench.clock.advance(5000);
  expect(await counts()).toMatchObject({ failed: 2, running: 3, pending: 0 });
  await update({ toleratedFailureCount: 1 });
  await bench.clock.advance(1);
  expect(await bench.describe(executionArn)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
  expect(await counts()).toMatchObject({ failed: 2, aborted: 3, running: 0 });
});

test('requests that are refused', async () => {
  const { client } = openMapBench();
  const unknown = `${PREFIX}:mapRun:machine-1/LifeMap:none`;
  const describe = (mapRunArn: string) => client.send(new DescribeMapRunCommand({ mapRunArn }));
  await expect(describe(unknown)).rejects.toMatchObject({
    name: 'ResourceNotFound',
    message: `Resource not found: '${unknown}'`,
  });
  await expect(describe(`${PREFIX}:execution:machine-1:none`)).rejects.toMatchObject({
    name: 'InvalidArn',
    message: "Invalid Arn: 'Resource type not valid in this context: execution'",
  });
  await expect(
    client.send(new ListMapRunsCommand({ executionArn: `${PREFIX}:execution:machine-1:none` })),
  ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  await expect(client.send(new ListExecutionsCommand({ mapRunArn: unknown }))).rejects.toMatchObject({
    name: 'ResourceNotFound',
  });
  const bench = openMapBench();
  const [mapRunArn] = await bench.mapRuns(await bench.start(MACHINE, [1]));
  for (const changes of [{ maxConcurrency: -1 }, { toleratedFailurePercentage: 101 }, { toleratedFailureCount: 0.5 }]) {
    await expect(bench.client.send(new UpdateMapRunCommand({ mapRunArn, ...changes }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  }
});
