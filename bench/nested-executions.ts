/**
 * Nested executions of the embedded Step Functions per second, durable histories included.
 *
 *     node bench/nested-executions.ts [rounds]
 *
 * A machine starts 1000 tiny executions (one Pass state) by states:startExecution.sync:2 from a Map state, 40 at a time, and
 * waits for each. Printed: median and spread (least, most) of the rounds.
 */

import { line } from './statistics.ts';
import { inFolder, machineArn, openBench } from './step-functions.ts';

const CHILDREN = 1000;
const WARM_UP_ROUNDS = 2;
const rounds = Number(process.argv[2] ?? 11);

const parent = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: {
        StartAt: 'Child',
        States: {
          Child: {
            Type: 'Task',
            Resource: 'arn:aws:states:::states:startExecution.sync:2',
            Parameters: { StateMachineArn: machineArn('child'), 'Input.$': '$' },
            ResultSelector: { 'n.$': '$.Output.n' },
            End: true,
          },
        },
      },
      End: true,
    },
  },
};
const items = Array.from({ length: CHILDREN }, (_, n) => ({ n }));

await inFolder(async (directory) => {
  const bench = openBench(directory);
  await bench.createMachine('child', { StartAt: 'Only', States: { Only: { Type: 'Pass', End: true } } });
  const arn = await bench.createMachine('parent', parent);
  const rates: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const beganMs = performance.now();
    const output = JSON.parse(await bench.run(arn, { items })) as { n: number }[];
    if (output.length !== CHILDREN || output.some(({ n }, index) => n !== index)) throw new Error('wrong output');
    if (round >= 0) rates.push(CHILDREN / ((performance.now() - beganMs) / 1000));
  }
  console.log(line('nested executions', rates, 'per s', '>= 1000 per s'));
  await bench.close();
});
