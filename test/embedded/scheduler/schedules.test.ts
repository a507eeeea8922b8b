import * as Scheduler from '@aws-sdk/client-scheduler';
import { afterEach, describe, expect, it } from 'vitest';
import { discardAll, type EventsBench, functionArn, openBench, own, RoleArn } from '../events/bench.ts';
import { manualClock, settle } from '../stepfunctions/helpers.ts';
import { clients, failureOf } from '../support.ts';

afterEach(discardAll);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const Target = { Arn: functionArn('record'), RoleArn };
const FlexibleTimeWindow = { Mode: 'OFF' } as const;

// The clock of the bench begins at 2026-11-21T18:00:00Z, a Saturday.
async function open(options: Parameters<typeof openBench>[0] = {}) {
  const bench = await openBench({ fireSchedules: true, ...options });
  const { scheduler } = clients({ requestHandler: bench.engine.requestHandler });
  return { bench, scheduler };
}

function create(client: Scheduler.SchedulerClient, schedule: Partial<Scheduler.CreateScheduleCommandInput>) {
  const input = { Name: 'one', ScheduleExpression: 'rate(5 minutes)', FlexibleTimeWindow, Target, ...schedule };
  return client.send(new Scheduler.CreateScheduleCommand(input));
}

const times = (bench: EventsBench) => bench.recorded.map(({ time }) => time);
async function pass(bench: EventsBench, ms: number) {
  await bench.clock.advance(ms);
  await settle();
}

describe('the API', () => {
  it('keeps a schedule with its defaults, changes it as a whole, and deletes it', async () => {
    const { bench, scheduler } = await open();
    const ScheduleArn = `arn:aws:scheduler:${own}:schedule/default/one`;
    expect(await create(scheduler, {})).toMatchObject({ ScheduleArn, $metadata: { httpStatusCode: 200 } });
    const get = () => scheduler.send(new Scheduler.GetScheduleCommand({ Name: 'one' }));
    const madeAt = new Date('2026-11-21T18:00:00Z');
    const { $metadata: _, ...made } = await get();
    expect(made).toEqual({
      Arn: ScheduleArn,
      Name: 'one',
      GroupName: 'default',
      ScheduleExpression: 'rate(5 minutes)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      FlexibleTimeWindow,
      ActionAfterCompletion: 'NONE',
      CreationDate: madeAt,
      LastModificationDate: madeAt,
      Target: { ...Target, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
    });
    await pass(bench, 1000);
    await scheduler.send(
      new Scheduler.UpdateScheduleCommand({
        Name: 'one',
        GroupName: 'default',
        ScheduleExpression: 'cron(0 2 * * ? *)',
        ScheduleExpressionTimezone: 'Atlantic/Canary',
        State: 'DISABLED',
        Description: 'changed',
        EndDate: new Date('2027-01-01T00:00:00Z'),
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
        Target,
      }),
    );
    expect(await get()).toMatchObject({
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'Atlantic/Canary',
      State: 'DISABLED',
      Description: 'changed',
      EndDate: new Date('2027-01-01T00:00:00Z'),
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      CreationDate: madeAt,
      LastModificationDate: new Date('2026-11-21T18:00:01Z'),
    });
    await scheduler.send(new Scheduler.DeleteScheduleCommand({ Name: 'one' }));
    const gone = await failureOf(get());
    expect(gone).toBeInstanceOf(Scheduler.ResourceNotFoundException);
    expect([gone.message, gone.$metadata?.httpStatusCode]).toEqual(['Schedule one does not exist.', 404]);
  });

  it('lists schedules in pages, by prefix and by state', async () => {
    const { scheduler } = await open({ fireSchedules: false });
    for (const Name of ['b2', 'a', 'b1', 'b3']) {
      await create(scheduler, { Name, ...(Name === 'b2' && { State: 'DISABLED' as const }) });
    }
    const names = async (input: Scheduler.ListSchedulesCommandInput) => {
      const found: string[] = [];
      for await (const { Schedules } of Scheduler.paginateListSchedules({ client: scheduler }, input)) {
        found.push(...Schedules!.map(({ Name }) => Name!));
      }
      return found;
    };
    expect(await names({ MaxResults: 1 })).toEqual(['a', 'b1', 'b2', 'b3']);
    expect(await names({ MaxResults: 2, NamePrefix: 'b' })).toEqual(['b1', 'b2', 'b3']);
    expect(await names({ State: 'DISABLED', GroupName: 'default' })).toEqual(['b2']);
    const { Schedules } = await scheduler.send(new Scheduler.ListSchedulesCommand({ MaxResults: 1 }));
    expect(Schedules).toMatchObject([
      { Name: 'a', GroupName: 'default', State: 'ENABLED', Target: { Arn: Target.Arn } },
    ]);
  });

  it('makes one schedule of a request that is sent again, and no second one of its name', async () => {
    const { scheduler } = await open({ fireSchedules: false });
    await create(scheduler, { ClientToken: 'once' });
    await create(scheduler, { ClientToken: 'once' });
    const failure = await failureOf(create(scheduler, {}));
    expect(failure).toBeInstanceOf(Scheduler.ConflictException);
    expect([failure.message, failure.$metadata?.httpStatusCode]).toEqual(['Schedule one already exists.', 409]);
  });

  it.each([
    ['an expression', { ScheduleExpression: 'cron(0 1 * * * *)' }, 'Invalid Schedule Expression cron(0 1 * * * *).'],
    ['a time zone', { ScheduleExpressionTimezone: 'Mars/Olympus' }, 'Mars/Olympus'],
    ['a name', { Name: 'no spaces' }, "Value 'no spaces' at 'name' failed to satisfy constraint"],
    ['a window without its length', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' as const } }, 'MaximumWindowInMinutes'],
    ['an end before its start', { StartDate: new Date('2027-01-02'), EndDate: new Date('2027-01-01') }, 'EndDate'],
    ['a start long past', { StartDate: new Date('2026-11-21T17:54:59Z') }, 'cannot be earlier than 5 minutes ago'],
    ['another target', { Target: { ...Target, Arn: 'arn:aws:sqs:us-east-1:000000000000:queue' } }, 'is not served'],
    ['an input that is no JSON', { Target: { ...Target, Input: 'text' } }, 'not well-formed JSON'],
    [
      'a dead-letter queue',
      { Target: { ...Target, DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:queue' } } },
      'DeadLetterConfig is not served by the embedded EventBridge Scheduler',
    ],
    ['a key', { KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }, 'KmsKeyArn is not served'],
  ])('refuses %s', async (_what, schedule, message) => {
    const { scheduler } = await open({ fireSchedules: false });
    const failure = await failureOf(create(scheduler, schedule));
    expect(failure).toBeInstanceOf(Scheduler.ValidationException);
    expect(failure.message).toContain(message);
  });

  it('has one group, and names what it does not serve', async () => {
    const { scheduler } = await open({ fireSchedules: false });
    const other = await failureOf(create(scheduler, { GroupName: 'other' }));
    expect([other.name, other.message]).toEqual(['ResourceNotFoundException', 'Schedule group other does not exist.']);
    const made = await failureOf(scheduler.send(new Scheduler.CreateScheduleGroupCommand({ Name: 'other' })));
    expect(made.message).toContain('POST /schedule-groups/other is not served');
  });

  it('keeps schedules over a close, and is the same over a port', async () => {
    const { bench, scheduler } = await open();
    await create(scheduler, { ScheduleExpression: 'cron(0 * * * ? *)' });
    await bench.engine.close();
    const clock = manualClock(bench.clock.now() + 30 * HOUR_MS + 1000);
    const after = await openBench({ fireSchedules: true, directory: bench.directory, clock });
    const { url } = await after.engine.listen(0);
    const remote = clients({ endpoint: url });
    const { Schedules } = await remote.scheduler.send(new Scheduler.ListSchedulesCommand({}));
    expect(Schedules).toMatchObject([{ Name: 'one' }]);
    remote.scheduler.destroy();
    // What was due in the meantime is not made up for.
    await clock.advance(HOUR_MS);
    await settle();
    expect(times(after)).toEqual(['2026-11-23T01:00:00Z']);
  });
});

describe('invocations', () => {
  it('of a rate begin at once, and go on from there', async () => {
    const { bench, scheduler } = await open();
    await create(scheduler, {});
    await pass(bench, 11 * MINUTE_MS);
    expect(times(bench)).toEqual(['2026-11-21T18:00:00Z', '2026-11-21T18:05:00Z', '2026-11-21T18:10:00Z']);
    expect(bench.recorded[0]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: '000000000000',
      time: '2026-11-21T18:00:00Z',
      region: 'us-east-1',
      resources: [`arn:aws:scheduler:${own}:schedule/default/one`],
      detail: '{}',
    });
  });

  it('lie between StartDate and EndDate', async () => {
    const { bench, scheduler } = await open();
    await create(scheduler, {
      StartDate: new Date('2026-11-21T18:07:00Z'),
      EndDate: new Date('2026-11-21T18:17:00Z'),
    });
    await pass(bench, HOUR_MS);
    expect(times(bench)).toEqual(['2026-11-21T18:07:00Z', '2026-11-21T18:12:00Z', '2026-11-21T18:17:00Z']);
  });

  it('start executions with their input, in which attributes stand for themselves', async () => {
    const { bench, scheduler } = await open();
    const Arn = await bench.machine('night');
    const Input =
      '{"by":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","attempt":<aws.scheduler.attempt-number>}';
    await create(scheduler, {
      Name: 'dusk',
      ScheduleExpression: 'at(2026-11-21T19:30:00)',
      ScheduleExpressionTimezone: 'Europe/Madrid',
      Target: { Arn, RoleArn, Input },
    });
    await pass(bench, 30 * MINUTE_MS - 1);
    expect(await bench.executions('night')).toEqual([]);
    await pass(bench, 24 * HOUR_MS);
    const [execution, ...more] = await bench.executions('night');
    expect(more).toEqual([]);
    expect(execution!.input).toEqual({
      by: `arn:aws:scheduler:${own}:schedule/default/dusk`,
      at: '2026-11-21T18:30:00Z',
      id: execution!.name,
      attempt: 1,
    });
    expect(bench.fired).toEqual([{ ruleName: 'dusk', targetArn: Arn, executionName: execution!.name }]);
    // A one-time schedule stays when it is completed, unless it asks for its deletion.
    await scheduler.send(new Scheduler.GetScheduleCommand({ Name: 'dusk' }));
  });

  it('end with the deletion of the schedule where it asks for that', async () => {
    const { bench, scheduler } = await open();
    await create(scheduler, {
      Name: 'once',
      ScheduleExpression: 'at(2026-11-21T18:01:00)',
      ActionAfterCompletion: 'DELETE',
    });
    const EndDate = new Date('2026-11-21T18:06:00Z');
    await create(scheduler, { Name: 'twice', EndDate, ActionAfterCompletion: 'DELETE' });
    const names = async () =>
      (await scheduler.send(new Scheduler.ListSchedulesCommand({}))).Schedules!.map(({ Name }) => Name);
    await pass(bench, 2 * MINUTE_MS);
    expect(await names()).toEqual(['twice']);
    await pass(bench, 4 * MINUTE_MS);
    expect(await names()).toEqual([]);
    expect(bench.recorded).toHaveLength(3);
  });

  it('lie somewhere in a flexible window, once for each time', async () => {
    const { bench, scheduler } = await open();
    await create(scheduler, {
      ScheduleExpression: 'cron(0 * * * ? *)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
    });
    const delays: number[] = [];
    for (let minute = 1; minute <= 12 * 60 + 31; minute++) {
      const before = bench.recorded.length;
      await bench.clock.advance(MINUTE_MS);
      await settle();
      if (bench.recorded.length > before) delays.push(minute % 60);
    }
    expect(times(bench)).toHaveLength(12);
    expect(new Set(times(bench)).size).toBe(12);
    expect(times(bench)[0]).toBe('2026-11-21T19:00:00Z');
    // Ends of minutes: up to 30 and a bit.
    expect(Math.max(...delays)).toBeLessThanOrEqual(31);
    expect(new Set(delays).size).toBeGreaterThan(3);
  });

  it('stop while the schedule is disabled, and for what is past', async () => {
    const { bench, scheduler } = await open();
    await create(scheduler, { Name: 'past', ScheduleExpression: 'at(2022-12-31T23:59:59)' });
    await create(scheduler, { Name: 'off', State: 'DISABLED' });
    await pass(bench, HOUR_MS);
    expect(bench.recorded).toEqual([]);
    const on = { Name: 'off', ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow, Target };
    await scheduler.send(new Scheduler.UpdateScheduleCommand(on));
    await pass(bench, 1000);
    expect(times(bench)).toEqual(['2026-11-21T19:00:00Z']);
    await scheduler.send(new Scheduler.DeleteScheduleCommand({ Name: 'off' }));
    await pass(bench, 3 * HOUR_MS);
    expect(bench.recorded).toHaveLength(1);
  });
});
