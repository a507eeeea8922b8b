import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DescribeStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { chain, closeAll, newDirectory, openBench, settle, single } from './helpers.ts';

const directories: string[] = [];
afterEach(closeAll);
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const pass = single({ Type: 'Pass', End: true });
const STOPPED = 'The engine stopped while the execution was running.';

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

  it('what was running is ABORTED, with a whole history', async () => {
    const directory = newDirectory();
    const before = openBench({}, { directory });
    const arn = await before.start(single({ Type: 'Wait', Seconds: 60, End: true }));
    await before.stepFunctions.close();
    const after = openBench({}, { directory });
    expect(await after.describe(arn)).toMatchObject({ status: 'ABORTED', cause: STOPPED });
    const events = await after.history(arn);
    expect(chain(events)).toEqual(['1 0 ExecutionStarted', '2 0 WaitStateEntered', '3 0 ExecutionAborted']);
    expect(events[2]!.executionAbortedEventDetails).toEqual({ cause: STOPPED });
    // A third open changes nothing any more.
    await after.stepFunctions.close();
    expect(await openBench({}, { directory }).history(arn)).toEqual(events);
  });
});

describe('a function that answers after the engine was closed', () => {
  it('changes nothing', async () => {
    const directory = newDirectory();
    let answer = () => {};
    const slow = () => new Promise<void>((resolve) => (answer = resolve));
    const before = openBench({ slow }, { directory });
    const arn = await before.start(
      single({
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'slow' },
        End: true,
      }),
    );
    await before.stepFunctions.close();
    answer();
    await settle();
    const after = openBench({}, { directory });
    expect(chain(await after.history(arn)).slice(-2)).toEqual(['4 3 TaskStarted', '5 0 ExecutionAborted']);
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

    const after = openBench({}, { directory });
    expect(await after.describe(finished)).toMatchObject({ status: 'SUCCEEDED', output: { done: true } });
    expect(chain(await after.history(finished)).at(-1)).toBe('4 3 ExecutionSucceeded');
    expect(await after.describe(endless)).toMatchObject({ status: 'ABORTED', cause: STOPPED });
    const events = await after.history(endless);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.length).toBeGreaterThan(2);
    expect(events.slice(1, -1).every(({ id, previousEventId }) => previousEventId === (id === 2 ? 0 : id! - 1))).toBe(
      true,
    );
  });
});
