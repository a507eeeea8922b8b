import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT_ID,
  type Bench,
  chain,
  closeAll,
  LAMBDA_INVOKE,
  openBench,
  REGION,
  settle,
  single,
} from './helpers.ts';

afterAll(closeAll);

const CHILD = `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:child`;
const childArn = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:child:${name}`;

function starting(suffix: string, fields: object = {}): object {
  return single({
    Type: 'Task',
    Resource: `arn:aws:states:::states:startExecution${suffix}`,
    Parameters: { StateMachineArn: CHILD, Name: 'first', Input: { 'n.$': '$.n', parent: true } },
    End: true,
    ...fields,
  });
}

async function benchWith(child: object): Promise<Bench> {
  const bench = openBench({ never: () => new Promise(() => {}) });
  await bench.createMachine('child', child);
  return bench;
}

const echo = single({ Type: 'Pass', End: true });
const broken = single({ Type: 'Fail', Error: 'SlewFailed', Cause: 'axis stuck' });
const waiting = single({ Type: 'Wait', Seconds: 100, End: true });

describe('startExecution', () => {
  it('goes on at once and gives the ARN', async () => {
    const { run, describe: described } = await benchWith(waiting);
    const ended = await run(starting(''), { n: 1 });
    expect(ended.output).toMatchObject({ ExecutionArn: childArn('first'), StartDate: Date.UTC(2026, 10, 21, 18) });
    expect(Object.keys(ended.output as object)).toEqual([
      'ExecutionArn',
      'SdkHttpMetadata',
      'SdkResponseMetadata',
      'StartDate',
    ]);
    expect((await described(childArn('first'))).status).toBe('RUNNING');
    expect(chain(ended.events).slice(2, 5)).toEqual(['3 2 TaskScheduled', '4 3 TaskStarted', '5 4 TaskSucceeded']);
    expect(ended.events[2]!.taskScheduledEventDetails).toMatchObject({
      resourceType: 'states',
      resource: 'startExecution',
    });
  });

  it('names the refusal of the API as recorded on AWS', async () => {
    const { run } = openBench();
    const ended = await run(starting(''), { n: 1 });
    expect(ended.error).toBe('StepFunctions.StateMachineDoesNotExistException');
    expect(ended.cause).toMatch(
      /^State Machine Does Not Exist: 'arn:aws:states:eu-central-1:111111111111:stateMachine:child' \(Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: .{36}; Proxy: null\)$/,
    );
  });
});

describe('startExecution.sync', () => {
  it('waits and gives the output as parsed JSON with :2, as text without', async () => {
    for (const [suffix, output] of [
      ['.sync:2', { n: 7, parent: true }],
      ['.sync', '{"n":7,"parent":true}'],
    ] as const) {
      const { run } = await benchWith(echo);
      const ended = await run(starting(suffix), { n: 7 });
      expect(ended.output).toMatchObject({
        ExecutionArn: childArn('first'),
        InputDetails: { Included: true },
        Name: 'first',
        Output: output,
        OutputDetails: { Included: true },
        StateMachineArn: CHILD,
        Status: 'SUCCEEDED',
      });
      expect(ended.events.map(({ type }) => type).slice(2, 6)).toEqual([
        'TaskScheduled',
        'TaskStarted',
        'TaskSubmitted',
        'TaskSucceeded',
      ]);
      expect(ended.events[4]!.taskSubmittedEventDetails).toMatchObject({
        resourceType: 'states',
        resource: `startExecution${suffix}`,
      });
    }
  });

  it('fails with States.TaskFailed and the description of the child as its cause', async () => {
    const { run } = await benchWith(broken);
    const { error, cause, events } = await run(starting('.sync:2'), { n: 7 });
    expect(error).toBe('States.TaskFailed');
    // Members in AWS's order; times in milliseconds, as in causes seen in the wild.
    expect(cause).toBe(
      JSON.stringify({
        Cause: 'axis stuck',
        Error: 'SlewFailed',
        ExecutionArn: childArn('first'),
        Input: '{"n":7,"parent":true}',
        InputDetails: { Included: true },
        Name: 'first',
        RedriveCount: 0,
        RedriveStatus: 'REDRIVABLE',
        StartDate: Date.UTC(2026, 10, 21, 18),
        StateMachineArn: CHILD,
        Status: 'FAILED',
        StopDate: Date.UTC(2026, 10, 21, 18),
      }),
    );
    expect(chain(events).slice(4)).toEqual(['5 4 TaskSubmitted', '6 5 TaskFailed', '7 6 ExecutionFailed']);
  });

  it('lets a catcher go on after a failed child', async () => {
    const { run } = await benchWith(broken);
    const machine = starting('.sync:2', {
      Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.lost', Next: 'On' }],
    });
    Object.assign((machine as { States: object }).States, { On: { Type: 'Succeed' } });
    const { status, output } = await run(machine, { n: 7 });
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse((output as { lost: { Cause: string } }).lost.Cause)).toMatchObject({ Error: 'SlewFailed' });
  });

  it('stops the child with its parent', async () => {
    const { start, client, describe: described, history } = await benchWith(waiting);
    const executionArn = await start(starting('.sync:2'), { n: 1 });
    expect((await described(childArn('first'))).status).toBe('RUNNING');
    await client.send(new StopExecutionCommand({ executionArn }));
    await settle();
    expect((await described(childArn('first'))).status).toBe('ABORTED');
    expect(chain(await history(childArn('first'))).at(-1)).toBe('3 0 ExecutionAborted');
  });

  it.each([
    ['execution', { TimeoutSeconds: 30 }, {}],
    ['task', {}, { TimeoutSeconds: 30 }],
  ])('stops the child when the time of the %s is over', async (_whose, machineFields, stateFields) => {
    const { start, describe: described, clock } = await benchWith(waiting);
    const arn = await start({ ...starting('.sync:2', stateFields), ...machineFields }, { n: 1 });
    await clock.advance(30_000);
    expect((await described(arn)).status).not.toBe('RUNNING');
    expect((await described(childArn('first'))).status).toBe('ABORTED');
  });

  it('stops the child when a sibling branch fails, and grandchildren with it', async () => {
    const {
      start,
      describe: described,
      createMachine,
      clock,
    } = await benchWith({
      StartAt: 'Deep',
      States: {
        Deep: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync',
          Parameters: { StateMachineArn: CHILD.replace(/child$/, 'grandchild'), Name: 'deep' },
          End: true,
        },
      },
    });
    await createMachine(
      'grandchild',
      single({ Type: 'Task', Resource: LAMBDA_INVOKE, Parameters: { FunctionName: 'never' }, End: true }),
    );
    const late = {
      StartAt: 'Late',
      States: { Late: { Type: 'Wait', Seconds: 1, Next: 'Bad' }, Bad: { Type: 'Fail', Error: 'Bad' } },
    };
    const arn = await start(
      single({
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Start', States: { Start: (starting('.sync') as { States: { Only: object } }).States.Only } },
          late,
        ],
        End: true,
      }),
      { n: 1 },
    );
    await clock.advance(1_000);
    expect(await described(arn)).toMatchObject({ status: 'FAILED', error: 'Bad' });
    expect((await described(childArn('first'))).status).toBe('ABORTED');
    expect((await described(childArn('deep').replace(':child:', ':grandchild:'))).status).toBe('ABORTED');
  });
});
