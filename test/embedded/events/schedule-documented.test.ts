import { describe, expect, it } from 'vitest';
import { InvalidSchedule, nextAfter, parseSchedule } from '../../../embedded/events/schedule-expression.ts';

/** A Saturday. */
const FROM = '2026-11-21T00:00:00Z';

/** The next times at which an expression fires, to the minute. */
function fires(text: string, count: number, from = FROM): string[] {
  const expression = parseSchedule(text);
  if (expression.kind !== 'cron') throw new Error('a rate has no times');
  const times: string[] = [];
  for (let at: number | undefined = Date.parse(from); times.length < count; ) {
    at = nextAfter(expression, at);
    if (at === undefined) break;
    times.push(new Date(at).toISOString().replace(':00.000Z', ''));
  }
  return times;
}

const faultsOf = (text: string): readonly string[] => {
  try {
    parseSchedule(text);
  } catch (error) {
    if (error instanceof InvalidSchedule) return error.faults;
    throw error;
  }
  return [];
};

// EventBridge User Guide, "Setting a schedule pattern for scheduled rules": every example of its table, with dates of the calendar.
describe('cron expressions as AWS documents them', () => {
  it.each([
    ['10:00 am every day', 'cron(0 10 * * ? *)', ['2026-11-21T10:00', '2026-11-22T10:00']],
    ['12:15 pm every day', 'cron(15 12 * * ? *)', ['2026-11-21T12:15', '2026-11-22T12:15']],
    ['6:00 pm Monday through Friday', 'cron(0 18 ? * MON-FRI *)', ['2026-11-23T18:00', '2026-11-24T18:00']],
    ['8:00 am every 1st day of the month', 'cron(0 8 1 * ? *)', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['every 15 minutes', 'cron(0/15 * * * ? *)', ['2026-11-21T00:15', '2026-11-21T00:30', '2026-11-21T00:45']],
    ['every 10 minutes Monday through Friday', 'cron(0/10 * ? * MON-FRI *)', ['2026-11-23T00:00', '2026-11-23T00:10']],
    [
      'from 12:00 am to 2:00 am on Monday',
      'cron(0 0-2 ? * MON *)',
      ['2026-11-23T00:00', '2026-11-23T01:00', '2026-11-23T02:00', '2026-11-30T00:00'],
    ],
    [
      'every day, at 2:05 pm and 2:35 pm',
      'cron(5,35 14 * * ? *)',
      ['2026-11-21T14:05', '2026-11-21T14:35', '2026-11-22T14:05'],
    ],
    [
      'every tenth minute from the first on',
      'cron(1/10 0 * * ? *)',
      ['2026-11-21T00:01', '2026-11-21T00:11', '2026-11-21T00:21'],
    ],
    [
      'the weekday closest to the third of the month',
      'cron(0 0 3W * ? *)',
      ['2026-12-03T00:00', '2027-01-04T00:00', '2027-02-03T00:00', '2027-03-03T00:00', '2027-04-02T00:00'],
    ],
    ['the second Tuesday of the month', 'cron(0 0 ? * 3#2 *)', ['2026-12-08T00:00', '2027-01-12T00:00']],
    [
      'the last day of the month',
      'cron(0 0 L * ? *)',
      ['2026-11-30T00:00', '2026-12-31T00:00', '2027-01-31T00:00', '2027-02-28T00:00'],
    ],
    ['the last day of the week', 'cron(0 1 ? * L *)', ['2026-11-21T01:00', '2026-11-28T01:00']],
    ['Sunday is 1', 'cron(0 0 ? * 1 *)', ['2026-11-22T00:00', '2026-11-29T00:00']],
    ['a leap day', 'cron(0 0 29 FEB ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ])('%s', (_what, text, dates) => {
    expect(fires(text, dates.length)).toEqual(dates);
  });

  it('every 5 minutes Monday through Friday between 8:00 am and 5:55 pm', () => {
    const times = fires('cron(0/5 8-17 ? * MON-FRI *)', 121);
    expect([times[0], times[119], times[120]]).toEqual(['2026-11-23T08:00', '2026-11-23T17:55', '2026-11-24T08:00']);
  });

  it('hours that go on over midnight', () => {
    const times = fires('cron(0/30 20-2 ? * MON-FRI *)', 15);
    expect([times[0], times[5], times[6], times[13], times[14]]).toEqual([
      '2026-11-23T00:00',
      '2026-11-23T02:30',
      '2026-11-23T20:00',
      '2026-11-23T23:30',
      '2026-11-24T00:00',
    ]);
  });

  it('10:15 am on the last Friday of each month during the years 2019 to 2022', () => {
    const times = fires('cron(15 10 ? * 6L 2019-2022)', 100, '2018-12-31T00:00:00Z');
    expect(times).toHaveLength(48);
    expect([times[0], times[1], times[47]]).toEqual(['2019-01-25T10:15', '2019-02-22T10:15', '2022-12-30T10:15']);
    expect(fires('cron(15 10 ? * 6L 2019-2022)', 1)).toEqual([]);
  });
});

describe('rate expressions', () => {
  it.each([
    ['rate(1 minute)', 60_000, 'minute'],
    ['rate(5 minutes)', 300_000, '5 minutes'],
    ['rate(1 hour)', 3_600_000, 'hour'],
    ['rate(7 days)', 604_800_000, '7 days'],
  ])('%s', (text, periodMs, every) => {
    expect(parseSchedule(text)).toEqual({ kind: 'rate', text, periodMs, every });
  });

  it.each([
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(5 weeks)',
    'rate(1.5 hours)',
    'rate(5)',
    'rate()',
  ])('refuses %s', (text) => {
    expect(faultsOf(text)).toHaveLength(1);
  });
});

describe('expressions that EventBridge does not take', () => {
  it.each([
    'cron(0 10 * * * *)', // neither day is ?
    'cron(0 10 ? * ? *)', // both are
    'cron(0 10 * * ?)', // five fields
    'cron(0 10 * * ? * *)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 10 0 * ? *)',
    'cron(0 10 32 * ? *)',
    'cron(0 10 * 13 ? *)',
    'cron(0 10 ? * 0 *)',
    'cron(0 10 ? * 8 *)',
    'cron(0 10 ? * MON#6 *)',
    'cron(0 10 ? * 3#1,6#3 *)', // the guide: only one expression with #
    'cron(0 10 * * ? 1969)',
    'cron(0 10 * * ? 2030-2029)',
    'cron(0/0 10 * * ? *)',
    'cron(0/60 10 * * ? *)',
    'cron(0 10 32W * ? *)',
    'cron(,0 10 * * ? *)',
    'cron()',
    '0 10 * * ? *',
    'at(2026-11-21T00:00:00)',
    '',
  ])('%s', (text) => {
    expect(faultsOf(text).length).toBeGreaterThan(0);
  });

  it('have all their faults told at once', () => {
    expect(faultsOf('cron(60 24 * FOO * *)')).toEqual([
      expect.stringContaining('minutes: allowed are 0-59 , - * / (got "60")'),
      expect.stringContaining('hours: allowed are 0-23 , - * / (got "24")'),
      expect.stringContaining('month: allowed are 1-12 or JAN-DEC , - * / (got "FOO")'),
      expect.stringContaining('exactly one of day-of-month and day-of-week must be ?'),
    ]);
  });
});
