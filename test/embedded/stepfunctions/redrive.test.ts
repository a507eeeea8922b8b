import {
  DescribeExecutionCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Bench,
  chain,
  closeAll,
  LAMBDA_INVOKE,
  manualClock,
  newDirectory,
  openBench,
  START_MS,
  settle,
  single,
} from './helpers.ts';

/** What RedriveExecution does is told by the developer guide, "Restarting state machine executions with redrive". */

afterEach(closeAll);

const invoke = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: LAMBDA_INVOKE,
  Parameters: { FunctionName: name, 'Payload.$': '$' },
  OutputPath: '$.Payload',
  ...more,
});

/** A function that fails until it is mended, and counts its calls. */
function mendable() {
  const state = { isBroken: true, calls: 0 };
  const call = async (event: unknown) => {
    state.calls += 1;
    if (state.isBroken) throw Object.assign(new Error('out of order'), { name: 'Broken' });
    return event;
  };
  return { state, call };
}

async function redrive({ client }: Bench, executionArn: string, clientToken?: string): Promise<Date> {
  const { redriveDate } = await client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
  await settle();
  return redriveDate!;
}

const after = (events: HistoryEvent[], id: number) => chain(events.filter((event) => event.id! > id));

describe('a redriven execution', () => {
  it('goes on from the step that failed, and does not repeat those before it', async () => {
    const { state, call } = mendable();
    let before = 0;
    const bench = openBench({ broken: call, fine: async (event: object) => ({ ...event, fine: ++before }) });
    const { arn, events, status } = await bench.run(
      {
        StartAt: 'Fine',
        States: {
          Fine: invoke('fine', { Next: 'Broken', Assign: { kept: 7 } }),
          Broken: invoke('broken', { Next: 'End' }),
          End: {
            Type: 'Pass',
            Parameters: { 'kept.$': '$kept', 'fine.$': '$.fine', 'count.$': '$$.Execution.RedriveCount' },
            End: true,
          },
        },
      },
      { n: 1 },
    );
    expect(status).toBe('FAILED');
    expect(chain(events).slice(-2)).toEqual(['10 9 TaskFailed', '11 10 ExecutionFailed']);

    state.isBroken = false;
    await bench.clock.advance(5_000);
    const redriveDate = await redrive(bench, arn);
    expect(redriveDate.getTime()).toBe(START_MS + 5_000);
    expect(await bench.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: { kept: 7, fine: 1, count: 1 } });
    const whole = await bench.history(arn);
    expect(after(whole, 11)).toEqual([
      '12 11 ExecutionRedriven',
      '13 12 TaskScheduled',
      '14 13 TaskStarted',
      '15 14 TaskSucceeded',
      '16 15 TaskStateExited',
      '17 16 PassStateEntered',
      '18 17 PassStateExited',
      '19 18 ExecutionSucceeded',
    ]);
    expect(whole[11]!.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
    expect(whole.slice(0, 11)).toEqual(events);
    expect(before).toBe(1);
    expect(await bench.client.send(new DescribeExecutionCommand({ executionArn: arn }))).toMatchObject({
      redriveCount: 1,
      redriveDate,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  it('may fail again and be redriven again; its retries count from the beginning', async () => {
    const { state, call } = mendable();
    const bench = openBench({ broken: call });
    const retry = [{ ErrorEquals: ['Broken'], IntervalSeconds: 1, MaxAttempts: 2 }];
    const arn = await bench.start(single(invoke('broken', { Retry: retry, End: true })), { n: 1 });
    await bench.clock.advance(10_000);
    expect(state.calls).toBe(3);
    await redrive(bench, arn);
    await bench.clock.advance(10_000);
    expect(await bench.describe(arn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect(state.calls).toBe(6);
    state.isBroken = false;
    await redrive(bench, arn);
    expect(await bench.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: { n: 1 } });
    const redriven = (await bench.history(arn)).filter(({ type }) => type === 'ExecutionRedriven');
    expect(redriven.map((event) => event.executionRedrivenEventDetails)).toEqual([
      { redriveCount: 1 },
      { redriveCount: 2 },
    ]);
  });

  it('repeats only the branches that failed or were aborted', async () => {
    const { state, call } = mendable();
    let fine = 0;
    const bench = openBench({ broken: call, fine: async () => ++fine });
    const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });
    const definition = single({
      Type: 'Parallel',
      Branches: [
        branch('Fine', invoke('fine', { End: true })),
        {
          StartAt: 'Later',
          States: { Later: { Type: 'Wait', Seconds: 1, Next: 'Broken' }, Broken: invoke('broken', { End: true }) },
        },
        branch('Long', { Type: 'Wait', Seconds: 60, End: true }),
      ],
      End: true,
    });
    const arn = await bench.start(definition, { n: 1 });
    await bench.clock.advance(1_000);
    expect(await bench.describe(arn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    state.isBroken = false;
    await redrive(bench, arn);
    expect((await bench.describe(arn)).status).toBe('RUNNING');
    // A wait by seconds begins anew.
    await bench.clock.advance(60_000);
    expect(await bench.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: [1, { n: 1 }, { n: 1 }] });
    expect(fine).toBe(1);
    const events = await bench.history(arn);
    expect(events.filter(({ type }) => type === 'ParallelStateStarted')).toHaveLength(1);
    expect(events.filter(({ type }) => type!.endsWith('StateEntered'))).toHaveLength(5);
  });

  it('repeats only the iterations that failed or never began', async () => {
    const { state, call } = mendable();
    const done: number[] = [];
    const bench = openBench({
      step: async (n: number) => {
        if (n === 2) return call(n);
        done.push(n);
        return n;
      },
    });
    const { arn, status } = await bench.run(
      single({
        Type: 'Map',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'Step', States: { Step: invoke('step', { End: true }) } },
        End: true,
      }),
      [1, 2, 3, 4],
    );
    expect(status).toBe('FAILED');
    expect(done).toEqual([1]);
    state.isBroken = false;
    await redrive(bench, arn);
    expect(await bench.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: [1, 2, 3, 4] });
    expect(done).toEqual([1, 3, 4]);
  });

  it('goes on after a stop and after a timeout, with its time counted from the redrive', async () => {
    const bench = openBench();
    const wait = { ...single({ Type: 'Wait', Seconds: 10, End: true }), TimeoutSeconds: 12 };
    const stopped = await bench.start(wait);
    await bench.clock.advance(5_000);
    await bench.client.send(new StopExecutionCommand({ executionArn: stopped }));
    await bench.clock.advance(60_000);
    await redrive(bench, stopped);
    await bench.clock.advance(9_999);
    expect((await bench.describe(stopped)).status).toBe('RUNNING');
    await bench.clock.advance(1);
    expect((await bench.describe(stopped)).status).toBe('SUCCEEDED');

    const late = await bench.start({ ...single({ Type: 'Wait', Seconds: 10, End: true }), TimeoutSeconds: 5 });
    await bench.clock.advance(5_000);
    expect((await bench.describe(late)).status).toBe('TIMED_OUT');
    await redrive(bench, late);
    await bench.clock.advance(4_999);
    expect((await bench.describe(late)).status).toBe('RUNNING');
    await bench.clock.advance(1);
    expect((await bench.describe(late)).status).toBe('TIMED_OUT');
  });

  it('survives its process as any other does', async () => {
    const directory = newDirectory();
    const { state, call } = mendable();
    const before = openBench({ broken: call }, { directory });
    const { arn } = await before.run(
      {
        StartAt: 'Broken',
        States: { Broken: invoke('broken', { Next: 'Rest' }), Rest: { Type: 'Wait', Seconds: 10, End: true } },
      },
      { n: 1 },
    );
    state.isBroken = false;
    await redrive(before, arn);
    await before.clock.advance(4_000);
    await before.stepFunctions.close();
    const after = openBench({ broken: call }, { directory, clock: manualClock(START_MS + 4_000) });
    await after.clock.advance(5_999);
    expect((await after.describe(arn)).status).toBe('RUNNING');
    await after.clock.advance(1);
    expect(await after.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: { n: 1 } });
    expect(state.calls).toBe(2);
  });
});

describe('RedriveExecution', () => {
  const waiting = single({ Type: 'Wait', Seconds: 10, End: true });

  it('refuses what runs, what succeeded, what ended 14 days ago and what nobody knows', async () => {
    const bench = openBench();
    const arn = await bench.start(waiting);
    await expect(redrive(bench, arn)).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: expect.stringContaining('RUNNING'),
    });
    await bench.clock.advance(10_000);
    await expect(redrive(bench, arn)).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: expect.stringContaining('SUCCEEDED'),
    });
    const failed = await bench.start(single({ Type: 'Fail' }));
    await bench.clock.advance(14 * 86_400_000);
    expect(await bench.client.send(new DescribeExecutionCommand({ executionArn: failed }))).toMatchObject({
      redriveStatus: 'REDRIVABLE',
    });
    await bench.clock.advance(1);
    await expect(redrive(bench, failed)).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: expect.stringContaining('14 days'),
    });
    await expect(redrive(bench, `${failed}x`)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  it('does the same request once, by its token', async () => {
    const bench = openBench();
    const { arn } = await bench.run(single({ Type: 'Fail', Error: 'Bad' }));
    const first = await redrive(bench, arn, 'token-1');
    await bench.clock.advance(1_000);
    expect(await redrive(bench, arn, 'token-1')).toEqual(first);
    const { executions } = await bench.client.send(
      new ListExecutionsCommand({
        stateMachineArn: arn.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, ''),
      }),
    );
    expect(executions).toMatchObject([{ status: 'FAILED', redriveCount: 1, redriveDate: first }]);
  });
});
