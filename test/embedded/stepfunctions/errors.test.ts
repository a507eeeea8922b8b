import { afterAll, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../embedded/errors.ts';
import { StateFailure } from '../../../embedded/stepfunctions/failures.ts';
import { matchesError, retryDelayMs } from '../../../embedded/stepfunctions/retry.ts';
import { chain, closeAll, LAMBDA_INVOKE, lambdaArn, openBench, single } from './helpers.ts';

afterAll(closeAll);

class WeatherUnsafe extends Error {
  override name = 'WeatherUnsafe';
}

const fail = () => {
  throw new WeatherUnsafe('wind 25 m/s');
};
const never = () => new Promise(() => {});
const huge = () => 'x'.repeat(262_145);

const task = (name: string, fields: object = {}) => ({
  Type: 'Task',
  Resource: LAMBDA_INVOKE,
  Parameters: { FunctionName: name, 'Payload.$': '$' },
  End: true,
  ...fields,
});
const caught = { Caught: { Type: 'Pass', End: true } };

describe('Retry', () => {
  const retrier = {
    errorEquals: ['A'],
    intervalS: 3,
    maxAttempts: 9,
    backoffRate: 2,
    maxDelayS: Number.POSITIVE_INFINITY,
    jitter: 'NONE',
  } as const;

  it('grows the interval by the rate (AWS guide: 3 s, 6 s, 12 s, 24 s)', () => {
    const delays = [0, 1, 2, 3].map((used) => retryDelayMs({ ...retrier, errorEquals: ['A'] }, used, Math.random));
    expect(delays).toEqual([3_000, 6_000, 12_000, 24_000]);
  });

  it('caps the interval before it draws the jitter', () => {
    const capped = { ...retrier, errorEquals: ['A'], maxDelayS: 5 };
    expect([0, 1, 2].map((used) => retryDelayMs(capped, used, Math.random))).toEqual([3_000, 5_000, 5_000]);
    expect(retryDelayMs({ ...capped, jitter: 'FULL' }, 2, () => 0.5)).toBe(2_500);
  });

  it('retries at the stated times, then fails with the last error', async () => {
    const calls: number[] = [];
    const {
      clock,
      start,
      describe: described,
      history,
    } = openBench({
      flaky: () => {
        calls.push(clock.now());
        fail();
      },
    });
    const startMs = clock.now();
    const arn = await start(
      single(
        task('flaky', {
          Retry: [{ ErrorEquals: ['WeatherUnsafe'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 1.5 }],
        }),
      ),
    );
    await clock.advance(60_000);
    expect(calls.map((ms) => ms - startMs)).toEqual([0, 2_000, 5_000, 9_500]);
    const ended = await described(arn);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'WeatherUnsafe' });
    expect(JSON.parse(ended.cause!)).toEqual({ errorType: 'WeatherUnsafe', errorMessage: 'wind 25 m/s', trace: [] });
    expect(chain(await history(arn)).slice(1, 7)).toEqual([
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskFailed',
      '6 5 TaskScheduled',
      '7 6 TaskStarted',
    ]);
  });

  it('counts attempts per retrier and shows the count in the context', async () => {
    const seen: unknown[] = [];
    const { clock, start } = openBench({
      flaky: (event: { retry: number }) => {
        seen.push(event.retry);
        throw Object.assign(new Error('x'), { name: seen.length % 2 ? 'Odd' : 'Even' });
      },
    });
    const retry = (name: string, attempts: number) => ({
      ErrorEquals: [name],
      IntervalSeconds: 1,
      MaxAttempts: attempts,
      BackoffRate: 1,
    });
    await start(
      single({
        ...task('flaky', { Retry: [retry('Odd', 2), retry('Even', 1)] }),
        Parameters: { FunctionName: 'flaky', Payload: { 'retry.$': '$$.State.RetryCount' } },
      }),
    );
    await clock.advance(60_000);
    // Odd, Even, Odd, Even: the second Even is one too many.
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('draws the jitter from the random source handed in', async () => {
    const { clock, start, describe: described } = openBench({ fail }, { random: () => 0.25 });
    const arn = await start(
      single(
        task('fail', {
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 8, MaxAttempts: 1, JitterStrategy: 'FULL' }],
        }),
      ),
    );
    expect(clock.slept).toEqual([2_000]);
    await clock.advance(2_000);
    expect((await described(arn)).status).toBe('FAILED');
  });

  it('never retries with MaxAttempts 0', async () => {
    const { run } = openBench({ fail });
    const ended = await run(single(task('fail', { Retry: [{ ErrorEquals: ['WeatherUnsafe'], MaxAttempts: 0 }] })));
    expect(ended.status).toBe('FAILED');
  });
});

describe('matching of error names', () => {
  // AWS Step Functions developer guide, "Handling errors in Step Functions workflows".
  it.each([
    [['States.ALL'], 'WeatherUnsafe', true],
    [['States.ALL'], 'States.Timeout', true],
    // LocalStack's recording of AWS, error_handling/test_states_errors: …_catch_state_all_data_limit_exceeded_….
    [['States.ALL'], 'States.DataLimitExceeded', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.TaskFailed'], 'WeatherUnsafe', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.TaskFailed', true],
    [['States.Timeout'], 'States.Timeout', true],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['States.Runtime'], 'States.Runtime', false],
    [['A', 'B'], 'B', true],
    [['A'], 'B', false],
  ])('%j and %s: %s', (errorEquals, error, expected) => {
    expect(matchesError(errorEquals, new StateFailure(error, undefined))).toBe(expected);
  });
});

describe('Catch', () => {
  const bench = openBench({ fail, never, huge });

  it('goes on with the error in the input (chain as recorded on AWS)', async () => {
    const catcher = {
      ErrorEquals: ['WeatherUnsafe'],
      ResultPath: '$.problem',
      Assign: { 'why.$': '$.Error' },
      Next: 'Caught',
    };
    const { output, events } = await bench.run(single(task('fail', { Catch: [catcher] }), caught), { kept: true });
    expect(output).toMatchObject({ kept: true, problem: { Error: 'WeatherUnsafe' } });
    expect(chain(events).slice(3)).toEqual([
      '4 3 TaskStarted',
      '5 4 TaskFailed',
      '6 5 TaskStateExited',
      '7 6 PassStateEntered',
      '8 7 PassStateExited',
      '9 8 ExecutionSucceeded',
    ]);
    expect(events[4]!.taskFailedEventDetails).toMatchObject({
      resourceType: 'lambda',
      resource: 'invoke',
      error: 'WeatherUnsafe',
    });
    expect(events[5]!.stateExitedEventDetails!.assignedVariables).toEqual({ why: '"WeatherUnsafe"' });
  });

  it('comes after the retries and takes the first catcher that matches', async () => {
    const { clock, start, describe: described } = openBench({ fail });
    const arn = await start(
      single(
        task('fail', {
          Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1 }],
          Catch: [
            { ErrorEquals: ['Other'], Next: 'Wrong' },
            { ErrorEquals: ['States.ALL'], Next: 'Caught' },
          ],
        }),
        { ...caught, Wrong: { Type: 'Fail' } },
      ),
    );
    expect((await described(arn)).status).toBe('RUNNING');
    await clock.advance(1_000);
    expect((await described(arn)).output).toMatchObject({ Error: 'WeatherUnsafe' });
  });

  it('names an unknown function as AWS does', async () => {
    const ended = await bench.run(single(task('nothing')));
    expect(ended.error).toBe('Lambda.ResourceNotFoundException');
    expect(ended.cause).toMatch(
      /^Function not found: nothing:\$LATEST \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    );
  });

  it('names the refusals and failures of Lambda itself', async () => {
    const invokeFunction = async (name: string) => {
      if (name.startsWith('busy')) throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429);
      throw new TypeError('socket hang up');
    };
    const { run } = openBench({}, { invokeFunction });
    expect(await run(single(task('busy')))).toMatchObject({
      error: 'Lambda.TooManyRequestsException',
      cause: expect.stringMatching(
        /^Rate Exceeded\. \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: /,
      ),
    });
    expect(await run(single(task('gone')))).toMatchObject({ error: 'Lambda.Unknown', cause: 'socket hang up' });
  });

  it('does not catch States.Runtime, not even by name (recorded on AWS)', async () => {
    const { status, error } = await bench.run(
      single(
        {
          Type: 'Task',
          Resource: lambdaArn('huge'),
          InputPath: '$.no.such.path',
          Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'Caught' }],
          End: true,
        },
        caught,
      ),
    );
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('catches a result over 256 KiB', async () => {
    const catching = (name: string) =>
      single(task('huge', { Catch: [{ ErrorEquals: [name], Next: 'Caught' }] }), caught);
    const byName = await bench.run(catching('States.DataLimitExceeded'));
    // Chain and cause as recorded on AWS.
    expect(byName.output).toEqual({
      Error: 'States.DataLimitExceeded',
      Cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
    expect(chain(byName.events)[4]).toBe('5 4 TaskFailed');
    // LocalStack's recording of AWS, test_service_task_lambada_catch_state_all_data_limit_exceeded_on_large_utf8_response.
    expect((await bench.run(catching('States.ALL'))).output).toEqual(byName.output);
  });

  it('survives a function runtime that breaks', async () => {
    const { run } = openBench({
      broken: () => {
        const loop: Record<string, unknown> = {};
        loop.loop = loop;
        return loop;
      },
    });
    expect((await run(single(task('broken')))).status).toBe('FAILED');
    expect((await run(single({ Type: 'Pass', End: true }))).status).toBe('SUCCEEDED');
  });
});

describe('time limits', () => {
  it('end a task with States.Timeout (chain as recorded on AWS)', async () => {
    const { clock, start, describe: described, history } = openBench({ never });
    const arn = await start(single(task('never', { TimeoutSecondsPath: '$.limit' })), { limit: 5 });
    await clock.advance(4_999);
    expect((await described(arn)).status).toBe('RUNNING');
    await clock.advance(1);
    expect(await described(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout', cause: undefined });
    const events = await history(arn);
    expect(chain(events).slice(2)).toEqual([
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskTimedOut',
      '6 5 ExecutionFailed',
    ]);
    expect(events[2]!.taskScheduledEventDetails!.timeoutInSeconds).toBe(5);
    expect(events[4]!.taskTimedOutEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      error: 'States.Timeout',
    });
  });

  it('show an empty cause to a catcher (recorded on AWS)', async () => {
    const { clock, start, describe: described } = openBench({ never });
    const arn = await start(
      single(
        {
          Type: 'Task',
          Resource: lambdaArn('never'),
          TimeoutSeconds: 1,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Caught' }],
          End: true,
        },
        caught,
      ),
    );
    await clock.advance(1_000);
    expect((await described(arn)).output).toEqual({ Error: 'States.Timeout', Cause: '' });
  });

  it('leave a task alone that answers in time', async () => {
    const { clock, run } = openBench({ quick: () => 1 });
    const ended = await run(single(task('quick', { TimeoutSeconds: 1 })));
    await clock.advance(10_000);
    expect(ended.status).toBe('SUCCEEDED');
  });

  it('end a whole execution as TIMED_OUT', async () => {
    const { clock, start, describe: described, history } = openBench({ never });
    const arn = await start({ ...single({ Type: 'Wait', Seconds: 100, End: true }), TimeoutSeconds: 30 });
    await clock.advance(29_999);
    expect((await described(arn)).status).toBe('RUNNING');
    await clock.advance(1);
    // Without error and cause, as DescribeExecution was recorded on AWS.
    expect(await described(arn)).toEqual({
      status: 'TIMED_OUT',
      output: undefined,
      error: undefined,
      cause: undefined,
    });
    expect(chain(await history(arn)).at(-1)).toBe('3 0 ExecutionTimedOut');
  });
});

describe('limits', () => {
  it('fails a state whose output is over 256 KiB, in UTF-8', async () => {
    const { run } = openBench();
    // 87,380 characters of three bytes and two quotes: 262,142 bytes; one more is 262,145.
    const state = (length: number) => single({ Type: 'Pass', Result: '\u20ac'.repeat(length), End: true });
    expect((await run(state(87_380))).status).toBe('SUCCEEDED');
    expect(await run(state(87_381))).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause: "The state/task 'Only' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it('cuts a cause at 32,768 characters', async () => {
    const { run } = openBench();
    const { cause } = await run(single({ Type: 'Fail', Cause: 'x'.repeat(40_000) }));
    expect(cause).toBe('x'.repeat(32_768));
  });

  it('ends an execution at 25,000 events', async () => {
    const { start, describe: described, client } = openBench();
    const { GetExecutionHistoryCommand } = await import('@aws-sdk/client-sfn');
    const executionArn = await start({
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Next: 'B' },
        B: { Type: 'Choice', Choices: [{ Variable: '$.end', IsPresent: true, Next: 'C' }], Default: 'A' },
        C: { Type: 'Succeed' },
      },
    });
    while ((await described(executionArn)).status === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await described(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    const last = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }));
    expect(chain(last.events!)).toEqual(['25000 24999 ExecutionFailed']);
  });
});
