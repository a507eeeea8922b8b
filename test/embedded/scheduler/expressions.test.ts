import { expect, it } from 'vitest';
import { InvalidSchedule } from '../../../embedded/events/schedule-expression.ts';
import { dueAfter, parseExpression } from '../../../embedded/scheduler/expressions.ts';
import { isTimeZone } from '../../../embedded/scheduler/time-zones.ts';

// Recordings of AWS: localstack/localstack, tests/aws/services/scheduler/test_scheduler.snapshot.json.
it.each([
  'cron(0 1 * * * *)',
  'cron(7 20 * * NOT *)',
  'cron(INVALID)',
  'cron(0 dummy ? * MON-FRI *)',
  'cron(71 8 1 * ? *)',
  'cron()',
  'rate(10 seconds)',
  'rate(10 years)',
  'rate()',
  'rate(10)',
  'rate(10 minutess)',
  'rate(foo minutes)',
  'rate(-10 minutes)',
  'rate( 10 minutes )',
  ' rate(10 minutes)',
  'at(2021-12-31T23:59:59Z)',
  'at(2021-12-31)',
  // Not recorded: no such days and times.
  'at(2021-02-29T12:00:00)',
  'at(2021-12-31T24:00:00)',
  'rate(0 minutes)',
])('refuses %s', (text) => {
  expect(() => parseExpression(text)).toThrow(InvalidSchedule);
});

it.each([
  'cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)',
  'cron(30-30 13-13 ? * 2,4,6 *)',
  'cron(1-31/30 1-1 ? * 1,7 *)',
  'cron(0 18 ? * MON-FRI *)',
  'cron(*/15 * * * ? *)',
  'cron(0-59/10 0-23/2 ? * * *)',
  'at(2022-12-31T23:59:59)',
  // User Guide, "Schedule types in EventBridge Scheduler".
  'rate(1 days)',
  'cron(15 10 ? * 6L 2022-2023)',
  'cron(30 8 * * ?)',
])('takes %s', (text) => {
  expect(parseExpression(text)).toBeDefined();
});

/** The first times after a moment, in UTC. */
function times(text: string, timeZone: string, from: string, count: number): string[] {
  const found: string[] = [];
  let afterMs = Date.parse(from);
  while (found.length < count) {
    const dueMs = dueAfter(parseExpression(text), timeZone, afterMs, Date.parse(from));
    if (dueMs === undefined) break;
    found.push(new Date(dueMs).toISOString().slice(0, -5));
    afterMs = dueMs;
  }
  return found;
}

// User Guide, "Daylight savings time on EventBridge Scheduler": the example in America/Los_Angeles.
it('skips a time that the clocks skip', () => {
  expect(times('cron(30 2 * * ? *)', 'America/Los_Angeles', '2026-03-07T00:00:00Z', 3)).toEqual([
    '2026-03-07T10:30:00',
    '2026-03-09T09:30:00',
    '2026-03-10T09:30:00',
  ]);
});

it('is due once at a time that the clocks show twice', () => {
  // The guide puts the shift at 2:59; in 2026 clocks go from 1:59:59 PDT back to 1:00 PST, on the first of November.
  expect(times('cron(30 1 * * ? *)', 'America/Los_Angeles', '2026-10-31T00:00:00Z', 3)).toEqual([
    '2026-10-31T08:30:00',
    '2026-11-01T08:30:00',
    '2026-11-02T09:30:00',
  ]);
  // From within the second showing of the hour too.
  expect(times('cron(30 1 * * ? *)', 'America/Los_Angeles', '2026-11-01T09:10:00Z', 1)).toEqual([
    '2026-11-02T09:30:00',
  ]);
});

it.each([
  ['at(2022-11-20T13:00:00)', 'America/Los_Angeles', '2022-11-20T21:00:00'],
  ['at(2026-07-01T12:00:00)', 'Atlantic/Canary', '2026-07-01T11:00:00'],
  ['at(2026-07-01T12:00:00)', 'Asia/Kathmandu', '2026-07-01T06:15:00'],
  ['cron(30 8 * * ? *)', 'America/New_York', '2000-01-01T13:30:00'],
  ['cron(0 0 1 1 ? 2030)', 'UTC', '2030-01-01T00:00:00'],
])('%s in %s is %s UTC', (text, timeZone, due) => {
  expect(times(text, timeZone, '2000-01-01T00:00:00Z', 1)).toEqual([due]);
});

it('counts a day of a rate as 24 hours', () => {
  expect(times('rate(1 days)', 'America/Los_Angeles', '2026-03-07T12:00:00Z', 2)).toEqual([
    '2026-03-08T12:00:00',
    '2026-03-09T12:00:00',
  ]);
});

it('knows time zones by their names', () => {
  expect(['UTC', 'Europe/Madrid', 'America/New_York', '+01:00', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([
    ...[true, true, true],
    ...[false, false, false],
  ]);
});
