import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { afterEach, expect, it } from 'vitest';
import { manualClock, settle } from '../stepfunctions/helpers.ts';
import { discardAll, type EventsBench, functionArn, openBench, own, RoleArn } from './bench.ts';

afterEach(discardAll);

const record = { Arn: functionArn('record') };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

// The clock of the bench begins at 2026-11-21T18:00:00Z, a Saturday.
const times = (bench: EventsBench) => bench.recorded.map(({ time }) => time);
async function pass(bench: EventsBench, ms: number) {
  await bench.clock.advance(ms);
  await settle();
}

it('fires a cron rule at its times, once each, with the scheduled event', async () => {
  const bench = await openBench({ fireSchedules: true });
  await bench.rule({ Name: 'nightly', ScheduleExpression: 'cron(30 18,20 * * ? *)' }, record);
  await pass(bench, 30 * MINUTE_MS - 1);
  expect(bench.recorded).toEqual([]);
  await pass(bench, 1);
  expect(bench.recorded).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-11-21T18:30:00Z',
      region: 'us-east-1',
      resources: [`arn:aws:events:${own}:rule/nightly`],
      detail: {},
    },
  ]);
  await pass(bench, 24 * HOUR_MS);
  expect(times(bench)).toEqual(['2026-11-21T18:30:00Z', '2026-11-21T20:30:00Z', '2026-11-22T18:30:00Z']);
});

it('starts an execution with a scheduled start, and says so', async () => {
  const bench = await openBench({ fireSchedules: true });
  const Arn = await bench.machine('night');
  const InputTransformer = {
    InputPathsMap: { id: '$.id', time: '$.time' },
    InputTemplate: '{"schedule":"la-palma","id":<id>,"time":<time>}',
  };
  await bench.rule(
    { Name: 'schedule-la-palma', ScheduleExpression: 'cron(0 19 ? * SAT *)' },
    { Arn, RoleArn, InputTransformer },
  );
  await pass(bench, 2 * HOUR_MS);
  const [execution, ...more] = await bench.executions('night');
  expect(more).toEqual([]);
  expect(execution!.input).toEqual({ schedule: 'la-palma', id: expect.any(String), time: '2026-11-21T19:00:00Z' });
  expect(bench.fired).toEqual([{ ruleName: 'schedule-la-palma', targetArn: Arn, executionName: execution!.name }]);
});

it('counts a rate from when the rule was made, changed or enabled', async () => {
  const bench = await openBench({ fireSchedules: true });
  const rate = (minutes: number) => ({ Name: 'rate', ScheduleExpression: `rate(${minutes} minutes)` });
  await pass(bench, 20_000);
  await bench.rule(rate(5), record);
  await pass(bench, 11 * MINUTE_MS);
  expect(times(bench)).toEqual(['2026-11-21T18:05:20Z', '2026-11-21T18:10:20Z']);
  // The same once more changes nothing; another rate counts from now, 18:11:20.
  await bench.events.send(new PutRuleCommand(rate(5)));
  await pass(bench, 4 * MINUTE_MS);
  await bench.events.send(new PutRuleCommand(rate(2)));
  await pass(bench, 2 * MINUTE_MS);
  expect(times(bench).slice(2)).toEqual(['2026-11-21T18:15:20Z', '2026-11-21T18:17:20Z']);
  await bench.events.send(new DisableRuleCommand({ Name: 'rate' }));
  await pass(bench, 61_000);
  await bench.events.send(new EnableRuleCommand({ Name: 'rate' }));
  await pass(bench, 2 * MINUTE_MS);
  expect(times(bench).slice(4)).toEqual(['2026-11-21T18:20:21Z']);
  await bench.events.send(new RemoveTargetsCommand({ Rule: 'rate', Ids: ['t'] }));
  await bench.events.send(new DeleteRuleCommand({ Name: 'rate' }));
  await pass(bench, HOUR_MS);
  expect(bench.recorded).toHaveLength(5);
});

it('fires several rules of one moment, and no pattern rule sees it', async () => {
  const bench = await openBench({ fireSchedules: true });
  for (const Name of ['a', 'b']) await bench.rule({ Name, ScheduleExpression: 'cron(0 * * * ? *)' }, record);
  await bench.rule({ Name: 'c', EventPattern: '{"source":[{"prefix":"aws"}]}' }, record);
  await pass(bench, HOUR_MS);
  expect(bench.recorded.map(({ resources }) => resources[0].split('/')[1]).sort()).toEqual(['a', 'b']);
});

it('does not fire unless it is asked to, nor after a close, nor for what is past', async () => {
  const silent = await openBench();
  await silent.rule({ Name: 'minutely', ScheduleExpression: 'cron(* * * * ? *)' }, record);
  await pass(silent, HOUR_MS);
  expect(silent.recorded).toEqual([]);
  await silent.engine.close();

  // An hour later: what was due in the meantime is not made up for.
  const clock = manualClock(silent.clock.now() + HOUR_MS + 1000);
  const bench = await openBench({ fireSchedules: true, directory: silent.directory, clock });
  await clock.advance(2 * MINUTE_MS);
  await settle();
  expect(times(bench)).toEqual(['2026-11-21T20:01:00Z', '2026-11-21T20:02:00Z']);
  await bench.engine.close();
  await clock.advance(HOUR_MS);
  await settle();
  expect(bench.recorded).toHaveLength(2);
});

it('passes over what was due while the process was suspended', async () => {
  const bench = await openBench({ fireSchedules: true });
  await bench.rule({ Name: 'minutely', ScheduleExpression: 'cron(* * * * ? *)' }, record);
  // A suspended machine: its clock goes on, its timers wait.
  const now = bench.clock.now.bind(bench.clock);
  let suspendedMs = 0;
  bench.clock.now = () => now() + suspendedMs;
  suspendedMs = 8 * HOUR_MS;
  await pass(bench, 30_000);
  expect(times(bench)).toEqual(['2026-11-22T02:00:00Z']);
});
