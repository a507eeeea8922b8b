import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import { failureOf } from '../support.ts';
import { type Bench, chain, closeAll, newDirectory, openBench, settle, single } from './helpers.ts';
import { detailsOf } from './machines.ts';

afterAll(closeAll);

// Expected histories are LocalStack's recordings of AWS (localstack/localstack, tests/aws/services/stepfunctions/v2/callback), by test.

const Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const waiting = (fields: object = {}) => ({
  Type: 'Task',
  Resource,
  Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
  End: true,
  ...fields,
});
const caught = { Caught: { Type: 'Pass', End: true } };

/** A bench whose function `ask` keeps the tokens that it is told. */
function askingBench(options: Parameters<typeof openBench>[1] = {}): Bench & { tokens: string[] } {
  const tokens: string[] = [];
  const ask = ({ token }: { token: string }) => void tokens.push(token);
  return { ...openBench({ ask }, options), tokens };
}

async function succeed({ client }: Bench, taskToken: string, output: unknown): Promise<void> {
  await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
  await settle();
}

async function fail({ client }: Bench, taskToken: string, problem: { error?: string; cause?: string }): Promise<void> {
  await client.send(new SendTaskFailureCommand({ taskToken, ...problem }));
  await settle();
}

describe('waitForTaskToken', () => {
  it('goes on with what SendTaskSuccess gives (test_sqs_wait_for_task_token)', async () => {
    const bench = askingBench();
    const arn = await bench.start(single(waiting()));
    expect((await bench.describe(arn)).status).toBe('RUNNING');
    await succeed(bench, bench.tokens[0]!, 'test_message_txt');
    const events = await bench.history(arn);
    expect(chain(events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitted',
      '6 5 TaskSucceeded',
      '7 6 TaskStateExited',
      '8 7 ExecutionSucceeded',
    ]);
    const names = { resource: 'invoke.waitForTaskToken', resourceType: 'lambda' };
    expect(detailsOf(events, 'TaskScheduled')).toEqual([
      { ...names, region: 'eu-central-1', parameters: { FunctionName: 'ask', Payload: { token: bench.tokens[0] } } },
    ]);
    expect(detailsOf(events, 'TaskStarted')).toEqual([names]);
    expect(detailsOf(events, 'TaskSubmitted')).toEqual([
      {
        ...names,
        output: expect.objectContaining({ ExecutedVersion: '$LATEST', Payload: null, StatusCode: 200 }),
        outputDetails: { truncated: false },
      },
    ]);
    expect(events[5]!.taskSucceededEventDetails).toEqual({
      ...names,
      output: '"test_message_txt"',
      outputDetails: { truncated: false },
    });
  });

  it('fails with what SendTaskFailure gives (test_sqs_failure_in_wait_for_task_token)', async () => {
    const bench = askingBench();
    const arn = await bench.start(single(waiting()));
    await fail(bench, bench.tokens[0]!, { error: 'Failure error', cause: 'Failure cause' });
    const events = await bench.history(arn);
    expect(chain(events).slice(4)).toEqual(['5 4 TaskSubmitted', '6 5 TaskFailed', '7 6 ExecutionFailed']);
    expect(events[5]!.taskFailedEventDetails).toEqual({
      error: 'Failure error',
      cause: 'Failure cause',
      resource: 'invoke.waitForTaskToken',
      resourceType: 'lambda',
    });
    expect(await bench.describe(arn)).toMatchObject({ error: 'Failure error', cause: 'Failure cause' });
  });

  it('catches a failure without a name (test_sqs_failure_in_wait_for_task_tok_no_error_field[…CATCH])', async () => {
    const bench = askingBench();
    const catcher = { ErrorEquals: ['States.ALL'], ResultPath: '$.states_all_error', Next: 'Caught' };
    const arn = await bench.start(single(waiting({ Catch: [catcher] }), caught), { a: 1 });
    await fail(bench, bench.tokens[0]!, {});
    expect((await bench.history(arn))[5]!.taskFailedEventDetails).toEqual({
      resource: 'invoke.waitForTaskToken',
      resourceType: 'lambda',
    });
    expect((await bench.describe(arn)).output).toEqual({ a: 1, states_all_error: { Error: null, Cause: null } });
  });

  it('has a token of its own for each state and each attempt (test_sqs_wait_for_task_token_call_chain)', async () => {
    const bench = askingBench();
    const retry = [{ ErrorEquals: ['Again'], IntervalSeconds: 1 }];
    const arn = await bench.start({
      StartAt: 'First',
      States: {
        First: waiting({ End: undefined, Next: 'Second', ResultPath: '$.first', Retry: retry }),
        Second: waiting(),
      },
    });
    await fail(bench, bench.tokens[0]!, { error: 'Again' });
    await bench.clock.advance(1000);
    await succeed(bench, bench.tokens[1]!, 1);
    await succeed(bench, bench.tokens[2]!, 2);
    expect((await bench.describe(arn)).output).toBe(2);
    expect(new Set(bench.tokens).size).toBe(3);
  });

  it('tells its token to JSONata too', async () => {
    const bench = askingBench();
    const arn = await bench.start(
      single({
        Type: 'Task',
        QueryLanguage: 'JSONata',
        Resource,
        Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
        Output: '{% $states.result.n + 1 %}',
        End: true,
      }),
    );
    await succeed(bench, bench.tokens[0]!, { n: 1 });
    expect((await bench.describe(arn)).output).toBe(2);
  });

  it('takes what comes back while the function is still running', async () => {
    let done = (_value: unknown) => {};
    let told = '';
    const bench = openBench({
      ask: ({ token }: { token: string }) => {
        told = token;
        return new Promise((resolve) => (done = resolve));
      },
    });
    const arn = await bench.start(single(waiting()));
    await succeed(bench, told, { early: true });
    expect((await bench.describe(arn)).status).toBe('RUNNING');
    done(null);
    await settle();
    expect((await bench.describe(arn)).output).toEqual({ early: true });
    expect(chain(await bench.history(arn)).slice(4, 6)).toEqual(['5 4 TaskSubmitted', '6 5 TaskSucceeded']);
  });

  it('ends startExecution.sync when its token comes back, and leaves the child (test_sync_with_task_token)', async () => {
    const bench = askingBench();
    const child = await bench.createMachine('child', single({ Type: 'Wait', Seconds: 100, End: true }));
    const arn = await bench.start(
      single({
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync',
        Parameters: { StateMachineArn: child, Name: 'first', Input: { 'token.$': '$$.Task.Token' } },
        End: true,
      }),
    );
    const [scheduled] = detailsOf(await bench.history(arn), 'TaskScheduled');
    const { token } = (scheduled!.parameters as { Input: { token: string } }).Input;
    await succeed(bench, token, 'done');
    const events = await bench.history(arn);
    expect(chain(events).slice(4)).toEqual([
      '5 4 TaskSubmitted',
      '6 5 TaskSucceeded',
      '7 6 TaskStateExited',
      '8 7 ExecutionSucceeded',
    ]);
    expect(events[5]!.taskSucceededEventDetails).toMatchObject({ output: '"done"', resource: 'startExecution.sync' });
    const childArn = child.replace(':stateMachine:', ':execution:').concat(':first');
    expect((await bench.describe(childArn)).status).toBe('RUNNING');
  });
});

describe('SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat', () => {
  const gone = { name: 'TaskTimedOut', message: "Task Timed Out: 'Provided task does not exist anymore'" };

  it('refuse a text that is no token (recorded in services/test_aws_sdk_task_service)', async () => {
    const bench = askingBench();
    const taskToken = 'NoSuchTaskToken';
    for (const command of [
      new SendTaskSuccessCommand({ taskToken, output: 'ParameterOutput' }),
      new SendTaskFailureCommand({ taskToken }),
      new SendTaskHeartbeatCommand({ taskToken }),
    ]) {
      const { name, message } = await failureOf(bench.client.send(command as SendTaskSuccessCommand));
      expect({ name, message }).toEqual({ name: 'InvalidToken', message: "Invalid Token: 'Invalid token'" });
    }
  });

  it('refuse a token of another world', async () => {
    const [one, other] = [askingBench(), askingBench()];
    await one.start(single(waiting()));
    expect(await failureOf(succeed(other, one.tokens[0]!, 1))).toMatchObject({ name: 'TaskDoesNotExist' });
  });

  it('refuse an output that is no JSON, and go on waiting', async () => {
    const bench = askingBench();
    const arn = await bench.start(single(waiting()));
    const taskToken = bench.tokens[0]!;
    const refused = bench.client.send(new SendTaskSuccessCommand({ taskToken, output: 'no JSON' }));
    expect(await failureOf(refused)).toMatchObject({ name: 'InvalidOutput' });
    const large = succeed(bench, taskToken, 'x'.repeat(262_143));
    expect(await failureOf(large)).toMatchObject({ name: 'InvalidOutput' });
    await succeed(bench, taskToken, 1);
    expect((await bench.describe(arn)).output).toBe(1);
  });

  it('refuse a token whose task has ended', async () => {
    const bench = askingBench();
    await bench.start(single(waiting()));
    const taskToken = bench.tokens[0]!;
    await succeed(bench, taskToken, 1);
    expect(await failureOf(succeed(bench, taskToken, 2))).toMatchObject(gone);
    expect(await failureOf(bench.client.send(new SendTaskHeartbeatCommand({ taskToken })))).toMatchObject(gone);
  });

  it('refuse a token of a task that has timed out, and of an execution that was stopped', async () => {
    const bench = askingBench();
    const timed = await bench.start(single(waiting({ TimeoutSeconds: 5 })));
    const stopped = await bench.start(single(waiting()));
    await bench.clock.advance(5000);
    await bench.client.send(new StopExecutionCommand({ executionArn: stopped }));
    expect((await bench.describe(timed)).error).toBe('States.Timeout');
    for (const token of bench.tokens) expect(await failureOf(succeed(bench, token, 1))).toMatchObject(gone);
  });

  it('refuse the token of an attempt before a redrive, and take that of the new one', async () => {
    const bench = askingBench();
    const executionArn = await bench.start(single(waiting({ TimeoutSeconds: 5 })));
    await bench.client.send(new StopExecutionCommand({ executionArn }));
    await bench.client.send(new RedriveExecutionCommand({ executionArn }));
    await settle();
    expect(await failureOf(succeed(bench, bench.tokens[0]!, 1))).toMatchObject(gone);
    await succeed(bench, bench.tokens[1]!, 2);
    expect((await bench.describe(executionArn)).output).toBe(2);
  });

  it('refuse a token of a branch whose sibling failed', async () => {
    const bench = askingBench();
    const sibling = { Soon: { Type: 'Wait', Seconds: 1, Next: 'Out' }, Out: { Type: 'Fail', Error: 'Sibling' } };
    const Branches = [
      { StartAt: 'In', States: { In: waiting() } },
      { StartAt: 'Soon', States: sibling },
    ];
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const arn = await bench.start(
      single({ Type: 'Parallel', Branches, Catch, End: true }, { Caught: { Type: 'Wait', Seconds: 60, End: true } }),
    );
    await bench.clock.advance(1000);
    expect((await bench.describe(arn)).status).toBe('RUNNING');
    expect(await failureOf(succeed(bench, bench.tokens[0]!, 1))).toMatchObject(gone);
  });
});

describe('an engine that was closed', () => {
  it('waits on for the same token, without asking again', async () => {
    const directory = newDirectory();
    const before = askingBench({ directory });
    const arn = await before.start(single(waiting()));
    await before.stepFunctions.close();
    const after = askingBench({ directory, clock: before.clock });
    await settle();
    expect(after.tokens).toEqual([]);
    await succeed(after, before.tokens[0]!, { back: true });
    expect((await after.describe(arn)).output).toEqual({ back: true });
    expect(chain(await after.history(arn))).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitted',
      '6 5 TaskSucceeded',
      '7 6 TaskStateExited',
      '8 7 ExecutionSucceeded',
    ]);
  });

  it('takes what came back before its task goes on', async () => {
    const directory = newDirectory();
    const before = askingBench({ directory });
    const arn = await before.start(single(waiting({ TimeoutSeconds: 30, HeartbeatSeconds: 10 })));
    await before.stepFunctions.close();
    const between = askingBench({ directory, clock: before.clock, resume: false });
    await succeed(between, before.tokens[0]!, 'in time');
    expect((await between.describe(arn)).status).toBe('RUNNING');
    await between.stepFunctions.close();
    // The limits have passed meanwhile; what came back was in time.
    await before.clock.advance(60_000);
    const after = askingBench({ directory, clock: before.clock });
    await settle();
    expect((await after.describe(arn)).output).toBe('in time');
  });

  it('asks again when the call had no answer yet, with the same token', async () => {
    const directory = newDirectory();
    let told = '';
    const ask = ({ token }: { token: string }) => {
      told = token;
      return new Promise(() => {});
    };
    const before = openBench({ ask }, { directory });
    const arn = await before.start(single(waiting()));
    await before.stepFunctions.close();
    const after = askingBench({ directory, clock: before.clock });
    await settle();
    expect(after.tokens).toEqual([told]);
    await succeed(after, told, 1);
    expect(chain(await after.history(arn)).slice(2, 6)).toEqual([
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitted',
      '6 5 TaskSucceeded',
    ]);
  });

  it('waits on for the child that it has started', async () => {
    const directory = newDirectory();
    const before = openBench({}, { directory });
    const child = await before.createMachine('child', single({ Type: 'Wait', Seconds: 10, End: true }));
    const arn = await before.start(
      single({
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Parameters: { StateMachineArn: child, Input: { a: 1 } },
        End: true,
      }),
    );
    await before.stepFunctions.close();
    const after = openBench({}, { directory, clock: before.clock });
    await settle();
    await after.clock.advance(10_000);
    expect((await after.describe(arn)).output).toMatchObject({ Status: 'SUCCEEDED', Output: { a: 1 } });
    expect(chain(await after.history(arn)).slice(4, 6)).toEqual(['5 4 TaskSubmitted', '6 5 TaskSucceeded']);
  });
});

describe('an engine that was killed', () => {
  /** Runs `killed-callback.ts` until it kills itself; gives the execution and its token. */
  async function killed(directory: string, moment: 'submitted' | 'answered'): Promise<[arn: string, token: string]> {
    const program = fileURLToPath(new URL('./killed-callback.ts', import.meta.url));
    const child = spawn(process.execPath, [program, directory, moment], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await text(child.stdout);
    return JSON.parse(said);
  }

  it('has kept what SendTaskSuccess was answered for', async () => {
    const directory = newDirectory();
    const [arn] = await killed(directory, 'answered');
    const after = askingBench({ directory });
    await settle();
    expect((await after.describe(arn)).output).toBe('kept');
  });

  it('waits on for the same token', async () => {
    const directory = newDirectory();
    const [arn, token] = await killed(directory, 'submitted');
    const after = askingBench({ directory });
    await settle();
    await succeed(after, token, 'after the kill');
    expect((await after.describe(arn)).output).toBe('after the kill');
    expect(chain(await after.history(arn)).slice(2)).toEqual([
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSubmitted',
      '6 5 TaskSucceeded',
      '7 6 TaskStateExited',
      '8 7 ExecutionSucceeded',
    ]);
  });
});
