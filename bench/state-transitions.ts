/**
 * State transitions of the embedded Step Functions per second, durable history included.
 *
 *     node bench/state-transitions.ts [rounds]
 *
 * Two machines count to 1000: one with Pass and Choice states, one with lambda:invoke of a trivial function and Choice
 * states. After a warm-up, each round runs one execution of each and takes its time from StartExecution to the end.
 * Printed: median and spread (least, most) of the rounds.
 */

import { line } from './statistics.ts';
import { inFolder, openBench } from './step-functions.ts';

const COUNT = 1000;
const TRANSITIONS = 2 * COUNT + 1;
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
const INPUT = { n: 0, night: { nightId: 'noc1-20261121', mode: 'simulated', now: '2026-11-21T18:00:00Z' } };

await inFolder(async (directory) => {
  const bench = openBench(directory, async (_name, payload) => {
    const event = JSON.parse(payload);
    return { payload: JSON.stringify({ ...event, n: event.n + 1 }) };
  });
  for (const [name, definition] of Object.entries(MACHINES)) {
    const arn = await bench.createMachine(name.replaceAll(/\W+/g, '-'), definition);
    const rates: number[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      const beganMs = performance.now();
      const output = await bench.run(arn, INPUT);
      if (JSON.parse(output).n !== COUNT) throw new Error(`counted to ${output}`);
      if (round >= 0) rates.push(TRANSITIONS / ((performance.now() - beganMs) / 1000));
    }
    const wanted = name.startsWith('Pass') ? '>= 30000 per s' : '>= 5000 per s';
    console.log(line(`transitions, ${name}`, rates, 'per s', wanted));
  }
  await bench.close();
});
