/**
 * What the embedded Step Functions cost per state transition, persistence included.
 *
 *     node bench/state-transitions.ts [rounds]
 *
 * Two machines count to 1000: one with Pass and Choice states, one with lambda:invoke of a trivial function and Choice
 * states. After a warm-up, each round runs one execution of each and takes its time from StartExecution to the end.
 * Printed: median and spread (least, most) of the rounds, in ms per transition. Target: below 0.2 ms.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../embedded/clock.ts';
import { openStepFunctions } from '../embedded/stepfunctions/service.ts';
import { line } from './statistics.ts';

const COUNT = 1000;
const WARM_UP_ROUNDS = 3;
const rounds = Number(process.argv[2] ?? 15);

const again = {
  Type: 'Choice',
  Choices: [{ Variable: '$.n', NumericLessThan: COUNT, Next: 'Step' }],
  Default: 'Done',
};
const machineOf = (step: object) => ({
  StartAt: 'Step',
  States: { Step: { ...step, Next: 'Again' }, Again: again, Done: { Type: 'Succeed' } },
});
const MACHINES: Record<string, object> = {
  'Pass and Choice': machineOf({
    Type: 'Pass',
    Parameters: { 'n.$': 'States.MathAdd($.n, 1)', 'night.$': '$.night', state: 'a payload of usual size' },
  }),
  'lambda:invoke and Choice': machineOf({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: 'count', 'Payload.$': '$' },
    OutputPath: '$.Payload',
  }),
};
const INPUT = JSON.stringify({
  n: 0,
  night: { nightId: 'noc1-20261121', mode: 'simulated', now: '2026-11-21T18:00:00Z' },
});

const directory = mkdtempSync(join(tmpdir(), 'state-transitions-'));
const stepFunctions = openStepFunctions({
  directory,
  clock: systemClock,
  region: 'us-east-1',
  accountId: '000000000000',
  async invokeFunction(_name, payload) {
    const event = JSON.parse(payload);
    return { payload: JSON.stringify({ ...event, n: event.n + 1 }) };
  },
});

async function call(operation: string, request: object): Promise<Record<string, string>> {
  const { status, body } = await stepFunctions.service({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'x-amz-target': `AWSStepFunctions.${operation}` },
    body: Buffer.from(JSON.stringify(request)),
  });
  if (status !== 200) throw new Error(String(body));
  return JSON.parse(String(body));
}

/** Runs one execution; gives milliseconds from its start to its end. */
async function timeOf(stateMachineArn: string): Promise<number> {
  const beganMs = performance.now();
  const { executionArn } = await call('StartExecution', { stateMachineArn, input: INPUT });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const { status, output } = await call('DescribeExecution', { executionArn });
    if (status === 'RUNNING') continue;
    if (status !== 'SUCCEEDED' || JSON.parse(output!).n !== COUNT) throw new Error(`${status}: ${output}`);
    return performance.now() - beganMs;
  }
}

for (const [name, definition] of Object.entries(MACHINES)) {
  const { stateMachineArn } = await call('CreateStateMachine', {
    name: name.replaceAll(/\W+/g, '-'),
    definition: JSON.stringify(definition),
    roleArn: 'arn:aws:iam::000000000000:role/bench',
  });
  const timesMs: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const timeMs = await timeOf(stateMachineArn!);
    if (round >= 0) timesMs.push(timeMs / (2 * COUNT + 1));
  }
  console.log(line(`state transition, ${name}`, timesMs, 'ms', '< 0.2 ms'));
}
await stepFunctions.close();
rmSync(directory, { recursive: true, force: true });
