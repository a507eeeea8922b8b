import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { DescribeStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { chain, closeAll, manualClock, newDirectory, openBench, START_MS, settle, single } from './helpers.ts';

const directories: string[] = [];
afterEach(closeAll);
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const pass = single({ Type: 'Pass', End: true });

describe('after a restart', () => {
  it('machines, executions and histories are still there', async () => {
    const directory = newDirectory();
    const before = openBench({}, { directory });
    const { arn, events } = await before.run(pass, { a: 1 });
    await before.stepFunctions.close();

    const after = openBench({}, { directory });
    expect(await after.history(arn)).toEqual(events);
    expect(await after.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
    const stateMachineArn = `${arn.replace(':execution:', ':stateMachine:').split(':').slice(0, -1).join(':')}`;
    expect((await after.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition).toBe(
      JSON.stringify(pass),
    );
    // The definition is compiled again for a new execution.
    const again = await after.client.send(new StartExecutionCommand({ stateMachineArn, input: '3' }));
    await settle();
    expect(await after.describe(again.executionArn!)).toMatchObject({ status: 'SUCCEEDED', output: 3 });
  });

  it('what was running goes on, and a wait is over when it would have been', async () => {
    const directory = newDirectory();
    const before = openBench({}, { directory });
    const arn = await before.start(single({ Type: 'Wait', Seconds: 60, End: true }), { a: 1 });
    await before.clock.advance(20_000);
    await before.stepFunctions.close();

    const after = openBench({}, { directory, clock: manualClock(START_MS + 30_000) });
    await after.clock.advance(29_999);
    expect(await after.describe(arn)).toMatchObject({ status: 'RUNNING' });
    await after.clock.advance(1);
    expect(await after.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
    expect(chain(await after.history(arn))).toEqual([
      '1 0 ExecutionStarted',
      '2 0 WaitStateEntered',
      '3 2 WaitStateExited',
      '4 3 ExecutionSucceeded',
    ]);
  });

  it('what was running rests when the engine is only to be looked at, and can be stopped', async () => {
    const directory = newDirectory();
    const before = openBench({}, { directory });
    const [resting, stopped] = [
      single({ Type: 'Wait', Seconds: 60, End: true }),
      single({ Type: 'Wait', Seconds: 90, End: true }),
    ];
    const arns = [await before.start(resting), await before.start(stopped)] as const;
    await before.stepFunctions.close();

    const looking = openBench({}, { directory, resume: false });
    await looking.clock.advance(1_000_000);
    expect(await looking.describe(arns[0])).toMatchObject({ status: 'RUNNING' });
    await looking.client.send(new StopExecutionCommand({ executionArn: arns[1], cause: 'by hand' }));
    expect(await looking.describe(arns[1])).toMatchObject({ status: 'ABORTED', cause: 'by hand' });
    expect(chain(await looking.history(arns[1]))).toEqual([
      '1 0 ExecutionStarted',
      '2 0 WaitStateEntered',
      '3 0 ExecutionAborted',
    ]);
    await looking.stepFunctions.close();

    const after = openBench({}, { directory });
    await after.clock.advance(60_000);
    expect(await after.describe(arns[0])).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('a folder of an earlier version is taken over; what was running there is ABORTED', async () => {
    const directory = newDirectory();
    const before = openBench({}, { directory });
    const { arn } = await before.run(pass, { a: 1 });
    const running = await before.start(single({ Type: 'Wait', Seconds: 60, End: true }));
    await before.stepFunctions.close();
    const database = new DatabaseSync(join(directory, 'stepfunctions.sqlite'));
    for (const column of ['scopeId', 'mark']) database.exec(`alter table events drop column ${column}`);
    for (const column of ['redriveCount', 'redriveMs', 'mapRunArn', 'mapState', 'mapContext']) {
      database.exec(`alter table executions drop column ${column}`);
    }
    database.exec('drop table retries; pragma user_version = 0');
    database.close();

    const after = openBench({}, { directory });
    expect(await after.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
    expect(await after.describe(running)).toMatchObject({
      status: 'ABORTED',
      cause: expect.stringContaining('earlier version'),
    });
    expect((await after.run(pass, { b: 2 })).output).toEqual({ b: 2 });
  });
});

describe('a function that answers after the engine was closed', () => {
  it('changes nothing, and is called again', async () => {
    const directory = newDirectory();
    let answer = (_value: unknown) => {};
    const slow = () => new Promise((resolve) => (answer = resolve));
    const before = openBench({ slow }, { directory });
    const arn = await before.start(
      single({
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'slow' },
        OutputPath: '$.Payload',
        End: true,
      }),
    );
    await before.stepFunctions.close();
    answer('too late');
    await settle();
    const after = openBench({ slow: async () => 'again' }, { directory });
    await settle();
    expect(await after.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: 'again' });
    expect(chain(await after.history(arn))).toEqual([
      '1 0 ExecutionStarted',
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSucceeded',
      '6 5 TaskStateExited',
      '7 6 ExecutionSucceeded',
    ]);
  });
});

describe('a killed process', () => {
  it('leaves whole histories, up to what it answered', async () => {
    const directory = newDirectory();
    directories.push(directory);
    const child = spawn(process.execPath, [fileURLToPath(new URL('./killed-engine.ts', import.meta.url)), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of child.stdout) {
      said += chunk;
      // It has finished one execution and is in the middle of a loop without end.
      if (said.includes('\n')) break;
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [finished, endless] = JSON.parse(said.split('\n')[0]!) as [string, string];

    const after = openBench({}, { directory, resume: false });
    expect(await after.describe(finished)).toMatchObject({ status: 'SUCCEEDED', output: { done: true } });
    expect(chain(await after.history(finished)).at(-1)).toBe('4 3 ExecutionSucceeded');
    const events = await after.history(endless);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.length).toBeGreaterThan(2);
    expect(events.slice(1).every(({ id, previousEventId }) => previousEventId === (id === 2 ? 0 : id! - 1))).toBe(true);
  });
});
