/**
 * What a Map Run of the embedded Step Functions costs, persistence included.
 *
 *     node bench/distributed-map.ts [rounds]
 *
 * A Map state of mode DISTRIBUTED runs 1,000 items, each a child execution of its own that invokes a trivial function. After a
 * warm-up, each round takes its time from StartExecution to the end of the parent. Printed: median and spread (least, most)
 * of the rounds. Target: below 3 s.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../embedded/clock.ts';
import { openStepFunctions } from '../embedded/stepfunctions/service.ts';
import { line } from './statistics.ts';

const ITEMS = 1000;
const WARM_UP_ROUNDS = 2;
const rounds = Number(process.argv[2] ?? 10);

const MACHINE = {
  StartAt: 'Items',
  States: {
    Items: {
      Type: 'Map',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Work',
        States: {
          Work: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Parameters: { FunctionName: 'nothing', 'Payload.$': '$' },
            OutputPath: '$.Payload',
            End: true,
          },
        },
      },
      End: true,
    },
  },
};
const INPUT = JSON.stringify(Array.from({ length: ITEMS }, (_, n) => ({ n, frame: `frame-${n}`, exposureS: 30 })));

const directory = mkdtempSync(join(tmpdir(), 'distributed-map-'));
const stepFunctions = openStepFunctions({
  directory,
  clock: systemClock,
  region: 'us-east-1',
  accountId: '000000000000',
  invokeFunction: async (_name, payload) => ({ payload }),
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

/** Runs all items once; gives milliseconds from the start to the end. */
async function timeOf(stateMachineArn: string): Promise<number> {
  const beganMs = performance.now();
  const { executionArn } = await call('StartExecution', { stateMachineArn, input: INPUT });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const { status, output } = await call('DescribeExecution', { executionArn });
    if (status === 'RUNNING') continue;
    if (status !== 'SUCCEEDED' || output !== INPUT) throw new Error(`${status}: ${output}`);
    return performance.now() - beganMs;
  }
}

const { stateMachineArn } = await call('CreateStateMachine', {
  name: 'distributed-map',
  definition: JSON.stringify(MACHINE),
  roleArn: 'arn:aws:iam::000000000000:role/bench',
});
const timesS: number[] = [];
for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
  const timeMs = await timeOf(stateMachineArn!);
  if (round >= 0) timesS.push(timeMs / 1000);
}
console.log(line(`Map Run of ${ITEMS} items, lambda:invoke`, timesS, 's', '< 3 s'));
await stepFunctions.close();
rmSync(directory, { recursive: true, force: true });
