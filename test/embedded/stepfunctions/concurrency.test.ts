import { afterAll, describe, expect, it } from 'vitest';
import { chain, closeAll, LAMBDA_INVOKE, openBench, single } from './helpers.ts';

afterAll(closeAll);

const never = () => new Promise(() => {});
const bench = openBench({ never, double: (n: number) => 2 * n });

const pass = { Type: 'Pass', End: true };
const flow = (state: object) => ({ StartAt: 'Inner', States: { Inner: state } });
const map = (state: object, fields: object = {}) =>
  single({ Type: 'Map', ItemProcessor: flow(state), End: true, ...fields });
const invoke = (FunctionName: string, fields: object = {}) => ({
  Type: 'Task',
  Resource: LAMBDA_INVOKE,
  Parameters: { FunctionName, 'Payload.$': '$' },
  End: true,
  ...fields,
});

// Chains marked "AWS" are those recorded on AWS by LocalStack's snapshot tests (Apache-2.0, tests/aws/services/stepfunctions).
describe('Map', () => {
  it('continues the history from lane to lane (AWS, MaxConcurrency 1)', async () => {
    const { events, output } = await bench.run(map(pass, { MaxConcurrency: 1 }), ['Hello', 'World']);
    expect(output).toEqual(['Hello', 'World']);
    expect(chain(events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 MapStateEntered',
      '3 2 MapStateStarted',
      '4 3 MapIterationStarted',
      '5 4 PassStateEntered',
      '6 5 PassStateExited',
      '7 6 MapIterationSucceeded',
      '8 6 MapIterationStarted',
      '9 8 PassStateEntered',
      '10 9 PassStateExited',
      '11 10 MapIterationSucceeded',
      '12 11 MapStateSucceeded',
      '13 11 MapStateExited',
      '14 13 ExecutionSucceeded',
    ]);
    expect(events[2]!.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(events[7]!.mapIterationStartedEventDetails).toEqual({ name: 'Only', index: 1 });
  });

  it('nests (AWS, MaxConcurrency 1)', async () => {
    const inner = { Type: 'Map', MaxConcurrency: 1, ItemProcessor: { StartAt: 'L2', States: { L2: pass } }, End: true };
    const { events, output } = await bench.run(map(inner, { MaxConcurrency: 1 }), [[1], [4]]);
    expect(output).toEqual([[1], [4]]);
    expect(chain(events).slice(3, 14)).toEqual([
      '4 3 MapIterationStarted',
      '5 4 MapStateEntered',
      '6 5 MapStateStarted',
      '7 6 MapIterationStarted',
      '8 7 PassStateEntered',
      '9 8 PassStateExited',
      '10 9 MapIterationSucceeded',
      '11 10 MapStateSucceeded',
      '12 10 MapStateExited',
      '13 12 MapIterationSucceeded',
      '14 12 MapIterationStarted',
    ]);
  });

  it('lets iterations started together follow MapStateStarted, and aborts siblings at the first failure (AWS)', async () => {
    const { clock, start, describe: described, history } = openBench({ never });
    const arn = await start(map(invoke('never', { TimeoutSeconds: 5 })), [1, 2, 3]);
    await clock.advance(5_000);
    const events = await history(arn);
    const timedOut = events.find(({ type }) => type === 'TaskTimedOut')!.id!;
    expect(await described(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout', cause: undefined });
    expect(chain(events).slice(0, 6)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 MapStateEntered',
      '3 2 MapStateStarted',
      '4 3 MapIterationStarted',
      '5 3 MapIterationStarted',
      '6 3 MapIterationStarted',
    ]);
    const tail = chain(events.filter(({ id }) => id! > timedOut)).map((line) => line.split(' ').slice(1).join(' '));
    const failed = tail.indexOf(`${timedOut} MapIterationFailed`);
    expect(tail.slice(failed)).toEqual([
      `${timedOut} MapIterationFailed`,
      `${timedOut} TaskStateAborted`,
      `${timedOut} MapIterationAborted`,
      `${timedOut} TaskStateAborted`,
      `${timedOut} MapIterationAborted`,
      `${timedOut} TaskStateAborted`,
      `${timedOut} MapStateFailed`,
      `${events.length - 1} ExecutionFailed`,
    ]);
  });

  it('catches a failed iteration (AWS)', async () => {
    const fields = { Catch: [{ ErrorEquals: ['Bad'], Next: 'Caught' }] };
    const { events, output } = await bench.run(
      {
        StartAt: 'Only',
        States: {
          Only: {
            Type: 'Map',
            ItemProcessor: flow({ Type: 'Fail', Error: 'Bad', Cause: 'why' }),
            End: true,
            ...fields,
          },
          Caught: { Type: 'Pass', End: true },
        },
      },
      [1],
    );
    expect(output).toEqual({ Error: 'Bad', Cause: 'why' });
    expect(chain(events).slice(3)).toEqual([
      '4 3 MapIterationStarted',
      '5 4 FailStateEntered',
      '6 5 MapIterationFailed',
      '7 5 MapStateFailed',
      '8 7 MapStateExited',
      '9 8 PassStateEntered',
      '10 9 PassStateExited',
      '11 10 ExecutionSucceeded',
    ]);
  });

  it('starts again on a retry, without MapStateFailed in between (AWS)', async () => {
    const { clock, start, history } = openBench();
    const arn = await start(
      map({ Type: 'Fail', Error: 'Bad' }, { Retry: [{ ErrorEquals: ['Bad'], IntervalSeconds: 1, MaxAttempts: 1 }] }),
      [1],
    );
    await clock.advance(1_000);
    expect(chain(await history(arn)).slice(2)).toEqual([
      '3 2 MapStateStarted',
      '4 3 MapIterationStarted',
      '5 4 FailStateEntered',
      '6 5 MapIterationFailed',
      '7 5 MapStateStarted',
      '8 7 MapIterationStarted',
      '9 8 FailStateEntered',
      '10 9 MapIterationFailed',
      '11 9 MapStateFailed',
      '12 11 ExecutionFailed',
    ]);
  });

  it('keeps to MaxConcurrency and keeps the order of the items', async () => {
    let active = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const slow = async (n: number) => {
      active += 1;
      most = Math.max(most, active);
      await new Promise<void>((resolve) => waiting.push(resolve));
      active -= 1;
      return -n;
    };
    const { start, describe: described, clock } = openBench({ slow });
    const state = invoke('slow', { ResultSelector: { 'n.$': '$.Payload' } });
    const arn = await start(map(state, { MaxConcurrency: 3 }), [1, 2, 3, 4, 5, 6, 7]);
    while ((await described(arn)).status === 'RUNNING') {
      // The latest call answers first, so that results come out of order.
      waiting.pop()!();
      await clock.advance(0);
    }
    expect(most).toBe(3);
    expect((await described(arn)).output).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => ({ n: -n })));
  });

  it('selects items and shapes them, with the item in the context', async () => {
    const { output } = await bench.run(
      map(pass, {
        ItemsPath: '$.items',
        ItemSelector: { 'at.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value', 'all.$': '$.name' },
      }),
      { items: ['a', 'b'], name: 'n' },
    );
    expect(output).toEqual([
      { at: 0, value: 'a', all: 'n' },
      { at: 1, value: 'b', all: 'n' },
    ]);
  });

  it('takes an empty array, and refuses what is none', async () => {
    const empty = await bench.run(map(pass), []);
    expect(empty.output).toEqual([]);
    expect(chain(empty.events).slice(2)).toEqual([
      '3 2 MapStateStarted',
      '4 3 MapStateSucceeded',
      '5 3 MapStateExited',
      '6 5 ExecutionSucceeded',
    ]);
    const wrong = await bench.run(map(pass), { a: 1 });
    expect(wrong.cause).toContain('Reference path "$" must point to array.');
    expect(wrong.error).toBe('States.Runtime');
  });
});

describe('Parallel', () => {
  const parallel = (states: object[], fields: object = {}) =>
    single({
      Type: 'Parallel',
      Branches: states.map((state, index) => ({ StartAt: `B${index}`, States: { [`B${index}`]: state } })),
      End: true,
      ...fields,
    });

  it('gives the outputs in order and joins the history behind the last branch (AWS)', async () => {
    const { events, output } = await bench.run(parallel([0, 1].map((branch) => ({ ...pass, Result: { branch } }))));
    expect(output).toEqual([{ branch: 0 }, { branch: 1 }]);
    expect(chain(events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 ParallelStateEntered',
      '3 2 ParallelStateStarted',
      '4 3 PassStateEntered',
      '5 4 PassStateExited',
      '6 3 PassStateEntered',
      '7 6 PassStateExited',
      '8 7 ParallelStateSucceeded',
      '9 7 ParallelStateExited',
      '10 9 ExecutionSucceeded',
    ]);
  });

  it('fails with its first failed branch and aborts the others', async () => {
    const { events, status, error } = await bench.run(
      parallel([invoke('never'), { Type: 'Wait', Seconds: 60, End: true }, { Type: 'Fail', Error: 'Bad' }]),
    );
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Bad' });
    const failed = events.find(({ type }) => type === 'FailStateEntered')!.id;
    expect(
      chain(events)
        .slice(-4)
        .map((line) => line.split(' ').slice(1).join(' ')),
    ).toEqual([
      `${failed} TaskStateAborted`,
      `${failed} WaitStateAborted`,
      `${failed} ParallelStateFailed`,
      `${events.length - 1} ExecutionFailed`,
    ]);
  });

  it('writes TaskStateAborted for the failed task itself (AWS)', async () => {
    const { events, output } = await bench.run(
      {
        StartAt: 'Only',
        States: {
          Only: {
            Type: 'Parallel',
            Branches: [flow(invoke('unknown'))],
            Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.problem', Next: 'Done' }],
            End: true,
          },
          Done: { Type: 'Succeed' },
        },
      },
      { kept: 1 },
    );
    expect(output).toMatchObject({ kept: 1, problem: { Error: 'Lambda.ResourceNotFoundException' } });
    expect(chain(events).slice(5, 9)).toEqual([
      '6 5 TaskStarted',
      '7 6 TaskFailed',
      '8 7 TaskStateAborted',
      '9 7 ParallelStateFailed',
    ]);
  });

  it('can be stopped in the middle: only ExecutionAborted is added', async () => {
    const { start, history, client } = openBench({ never });
    const { StopExecutionCommand } = await import('@aws-sdk/client-sfn');
    const executionArn = await start(parallel([invoke('never'), invoke('never')]));
    const before = await history(executionArn);
    await client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    const after = await history(executionArn);
    expect(chain(after).slice(before.length)).toEqual([`${before.length + 1} 0 ExecutionAborted`]);
    expect(after.at(-1)!.executionAbortedEventDetails).toEqual({ error: 'Enough', cause: 'by hand' });
  });
});
