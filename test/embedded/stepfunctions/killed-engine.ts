/** A process for the tests to kill: it runs one execution to its end, starts one that never ends, says so, and goes on. */
import { openBench, settle, single } from './helpers.ts';

const choices = [{ Variable: '$.done', BooleanEquals: true, Next: 'Done' }];
const { run, start, clock } = openBench({}, { directory: process.argv[2]! });
const { arn } = await run(single({ Type: 'Pass', End: true }), { done: true });
const endless = await start(
  {
    StartAt: 'Step',
    States: {
      Step: { Type: 'Pass', Next: 'Rest' },
      Rest: { Type: 'Wait', Seconds: 1, Next: 'Again' },
      Again: { Type: 'Choice', Choices: choices, Default: 'Step' },
      Done: { Type: 'Succeed' },
    },
  },
  { done: false },
);
await clock.advance(50_000);
process.stdout.write(`${JSON.stringify([arn, endless])}\n`);
for (;;) {
  await clock.advance(1_000);
  await settle();
}
