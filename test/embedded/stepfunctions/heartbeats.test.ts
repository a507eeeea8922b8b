import { SendTaskHeartbeatCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import { chain, closeAll, LAMBDA_INVOKE, lambdaArn, newDirectory, openBench, settle, single } from './helpers.ts';
import { detailsOf } from './machines.ts';

afterAll(closeAll);

// Expected histories are LocalStack's recordings of AWS (localstack/localstack, tests/aws/services/stepfunctions/v2), by test.

const Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const waiting = (fields: object = {}) => ({
  Type: 'Task',
  Resource,
  Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
  End: true,
  ...fields,
});

function askingBench(options: Parameters<typeof openBench>[1] = {}) {
  const tokens: string[] = [];
  const functions = {
    ask: ({ token }: { token: string }) => void tokens.push(token),
    never: () => new Promise(() => {}),
  };
  return { ...openBench(functions, options), tokens };
}

describe('HeartbeatSeconds', () => {
  it.each([
    ['test_heartbeat_timeout', { TimeoutSeconds: 600, HeartbeatSeconds: 5 }, { timeoutInSeconds: 600 }],
    [
      'test_heartbeat_path_timeout',
      { TimeoutSecondsPath: '$.t', HeartbeatSecondsPath: '$.h' },
      { timeoutInSeconds: 600 },
    ],
    ['test_heartbeat_no_timeout', { HeartbeatSeconds: 5 }, {}],
  ])('times out a task that is silent (timeouts/test_heartbeats, %s)', async (_name, fields, limits) => {
    const { start, clock, history, describe: described } = askingBench();
    const arn = await start(single(waiting(fields)), { t: 600, h: 5 });
    await clock.advance(4999);
    expect((await described(arn)).status).toBe('RUNNING');
    await clock.advance(1);
    const events = await history(arn);
    expect(chain(events).slice(2)).toEqual([
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitted',
      '6 5 TaskTimedOut',
      '7 6 ExecutionFailed',
    ]);
    expect(detailsOf(events, 'TaskScheduled')[0]).toMatchObject({ heartbeatInSeconds: 5, ...limits });
    expect(detailsOf(events, 'TaskTimedOut')).toEqual([
      { error: 'States.Timeout', resource: 'invoke.waitForTaskToken', resourceType: 'lambda' },
    ]);
    expect(events[6]!.executionFailedEventDetails).toEqual({ error: 'States.Timeout' });
  });

  it('counts from the last heartbeat (callback, test_multiple_heartbeat_notifications)', async () => {
    const { client, start, clock, tokens, describe: described } = askingBench();
    const arn = await start(single(waiting({ HeartbeatSeconds: 120, TimeoutSeconds: 600 })));
    for (let beat = 0; beat < 4; beat += 1) {
      await clock.advance(119_000);
      await client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[0] }));
    }
    await client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '1' }));
    await settle();
    expect((await described(arn)).output).toBe(1);
  });

  it('does not outlive TimeoutSeconds', async () => {
    const { client, start, clock, tokens, describe: described } = askingBench();
    const arn = await start(single(waiting({ HeartbeatSeconds: 5, TimeoutSeconds: 8 })));
    await clock.advance(4000);
    await client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[0] }));
    await clock.advance(4000);
    expect((await described(arn)).error).toBe('States.Timeout');
  });

  it.each(['States.HeartbeatTimeout', 'States.Timeout', 'States.ALL'])('is caught as %s', async (name) => {
    const { start, clock, describe: described } = askingBench();
    const Catch = [{ ErrorEquals: [name], Next: 'Caught' }];
    const arn = await start(single(waiting({ HeartbeatSeconds: 5, Catch }), { Caught: { Type: 'Pass', End: true } }));
    await clock.advance(5000);
    expect((await described(arn)).output).toEqual({ Error: 'States.Timeout', Cause: '' });
  });

  it('is no name of a task that took too long', async () => {
    const { start, clock, describe: described } = askingBench();
    const Catch = [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Caught' }];
    const arn = await start(single(waiting({ TimeoutSeconds: 5, Catch }), { Caught: { Type: 'Pass', End: true } }));
    await clock.advance(5000);
    expect(await described(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('counts on while the engine is closed', async () => {
    const directory = newDirectory();
    const before = askingBench({ directory });
    const arn = await before.start(single(waiting({ HeartbeatSeconds: 10 })));
    await before.clock.advance(6000);
    await before.client.send(new SendTaskHeartbeatCommand({ taskToken: before.tokens[0] }));
    await before.stepFunctions.close();
    await before.clock.advance(6000);
    const after = askingBench({ directory, clock: before.clock });
    await settle();
    await after.clock.advance(3999);
    expect((await after.describe(arn)).status).toBe('RUNNING');
    await after.clock.advance(1);
    expect((await after.describe(arn)).error).toBe('States.Timeout');
  });
});

describe('TimeoutSeconds', () => {
  it('shows in the history of a function (timeouts/test_timeouts, test_fixed_timeout_lambda)', async () => {
    const { start, clock, history } = askingBench();
    const arn = await start(single({ Type: 'Task', Resource: lambdaArn('never'), TimeoutSeconds: 5, End: true }));
    await clock.advance(5000);
    const events = await history(arn);
    expect(chain(events).slice(2)).toEqual([
      '3 2 LambdaFunctionScheduled',
      '4 3 LambdaFunctionStarted',
      '5 4 LambdaFunctionTimedOut',
      '6 5 ExecutionFailed',
    ]);
    expect(events[2]!.lambdaFunctionScheduledEventDetails).toMatchObject({ timeoutInSeconds: 5 });
    expect(events[4]!.lambdaFunctionTimedOutEventDetails).toEqual({ error: 'States.Timeout' });
  });

  it('lets the tasks of all iterations be scheduled before one starts (test_service_lambda_map_timeout)', async () => {
    const { start, clock, history } = askingBench();
    const task = {
      Type: 'Task',
      Resource: LAMBDA_INVOKE,
      Parameters: { FunctionName: 'never' },
      TimeoutSeconds: 5,
      End: true,
    };
    const arn = await start(
      single({ Type: 'Map', ItemProcessor: { StartAt: 'In', States: { In: task } }, End: true }),
      [1, 2, 3, 4],
    );
    await clock.advance(5000);
    expect(chain(await history(arn)).slice(7, 20)).toEqual([
      '8 4 TaskStateEntered',
      '9 8 TaskScheduled',
      '10 5 TaskStateEntered',
      '11 10 TaskScheduled',
      '12 6 TaskStateEntered',
      '13 12 TaskScheduled',
      '14 7 TaskStateEntered',
      '15 14 TaskScheduled',
      '16 9 TaskStarted',
      '17 11 TaskStarted',
      '18 13 TaskStarted',
      '19 15 TaskStarted',
      '20 16 TaskTimedOut',
    ]);
  });

  it('counts on while the engine is closed', async () => {
    const directory = newDirectory();
    const before = askingBench({ directory });
    const arn = await before.start(
      single({
        Type: 'Task',
        Resource: LAMBDA_INVOKE,
        Parameters: { FunctionName: 'never' },
        TimeoutSeconds: 10,
        End: true,
      }),
    );
    await before.clock.advance(6000);
    await before.stepFunctions.close();
    const after = askingBench({ directory, clock: before.clock });
    await settle();
    await after.clock.advance(3999);
    expect((await after.describe(arn)).status).toBe('RUNNING');
    await after.clock.advance(1);
    expect((await after.describe(arn)).error).toBe('States.Timeout');
    expect(chain(await after.history(arn)).slice(2)).toEqual([
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskTimedOut',
      '6 5 ExecutionFailed',
    ]);
  });
});
