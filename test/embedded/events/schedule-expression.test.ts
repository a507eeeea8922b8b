import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidSchedule, nextAfter, parseSchedule } from '../../../embedded/events/schedule-expression.ts';

/** The next times after an instant, as `2026-11-20T18:00`. */
function next(expression: string, after: string, count = 1): string[] {
  const schedule = parseSchedule(expression);
  const times: string[] = [];
  let atMs: number | undefined = Date.parse(after);
  while (times.length < count) {
    atMs = nextAfter(schedule, atMs!);
    if (atMs === undefined) break;
    times.push(new Date(atMs).toISOString().replace(/:00\.000Z$/, ''));
  }
  return times;
}

describe('cron', () => {
  // Expressions and meanings are those of the EventBridge User Guide, "Cron expressions reference". 2026-11-20 is a Friday.
  it.each([
    ['every day at 10:00', '0 10 * * ? *', '2026-11-20T10:00Z', ['2026-11-21T10:00', '2026-11-22T10:00']],
    ['every day at 12:15', '15 12 * * ? *', '2026-11-20T12:14Z', ['2026-11-20T12:15', '2026-11-21T12:15']],
    ['Monday to Friday at 18:00', '0 18 ? * MON-FRI *', '2026-11-20T18:00Z', ['2026-11-23T18:00', '2026-11-24T18:00']],
    ['the 1st of every month at 8:00', '0 8 1 * ? *', '2026-11-20T00:00Z', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['every 15 minutes', '0/15 * * * ? *', '2026-11-20T23:31Z', ['2026-11-20T23:45', '2026-11-21T00:00']],
    ['every 10 minutes Monday to Friday', '0/10 * ? * MON-FRI *', '2026-11-20T23:50Z', ['2026-11-23T00:00']],
    [
      'every 5 minutes Monday to Friday from 8:00 to 17:55',
      '0/5 8-17 ? * MON-FRI *',
      '2026-11-20T17:50Z',
      ['2026-11-20T17:55', '2026-11-23T08:00', '2026-11-23T08:05'],
    ],
    [
      'every 30 minutes over midnight, Monday to Friday',
      '0/30 20-2 ? * MON-FRI *',
      '2026-11-20T02:00Z',
      ['2026-11-20T02:30', '2026-11-20T20:00', '2026-11-20T20:30'],
    ],
    [
      'every tenth minute from the first',
      '1/10 * * * ? *',
      '2026-11-20T00:00Z',
      ['2026-11-20T00:01', '2026-11-20T00:11'],
    ],
    ['the last day of the month', '0 0 L * ? *', '2028-01-31T00:00Z', ['2028-02-29T00:00', '2028-03-31T00:00']],
    ['the last day of the week', '0 0 ? * L *', '2026-11-20T00:00Z', ['2026-11-21T00:00']],
    // 3 January 2026 is a Saturday, 3 May 2026 a Sunday.
    ['the weekday closest to the 3rd', '0 0 3W * ? *', '2026-01-01T00:00Z', ['2026-01-02T00:00', '2026-02-03T00:00']],
    ['the same, after a Sunday', '0 0 3W 5 ? *', '2026-04-01T00:00Z', ['2026-05-04T00:00']],
    ['the second Tuesday of the month', '0 0 ? * 3#2 *', '2026-11-01T00:00Z', ['2026-11-10T00:00', '2026-12-08T00:00']],
    ['the third Saturday', '0 2 ? * SAT#3 *', '2026-11-01T00:00Z', ['2026-11-21T02:00']],
    [
      'the last Friday of each month in 2002 to 2005',
      '15 10 ? * 6L 2002-2005',
      '2005-11-01T00:00Z',
      ['2005-11-25T10:15', '2005-12-30T10:15'],
    ],
    [
      'January, February and March',
      '0 0 1 JAN,FEB,MAR ? *',
      '2026-02-01T00:00Z',
      ['2026-03-01T00:00', '2027-01-01T00:00'],
    ],
    ['a single time', '0 18 21 11 ? 2026', '2026-01-01T00:00Z', ['2026-11-21T18:00']],
    ['29 February', '0 0 29 2 ? *', '2096-02-29T00:00Z', ['2104-02-29T00:00']],
    ['the last year there is', '59 23 31 12 ? 2199', '2026-01-01T00:00Z', ['2199-12-31T23:59']],
    ['a day that never comes', '0 0 31 2 ? *', '2026-01-01T00:00Z', []],
    ['nothing after 2199', '0 0 1 1 ? 1970/1', '2199-01-01T00:00Z', []],
  ])('%s', (_meaning, fields, after, times) => {
    expect(next(`cron(${fields})`, after, Math.max(times.length, 1))).toEqual(times);
  });

  it('comes to an end', () => {
    expect(next('cron(15 10 ? * 6L 2002-2005)', '2005-12-01T00:00Z', 5)).toEqual(['2005-12-30T10:15']);
    expect(next('cron(0 0 1 1 ? *)', '2198-06-01T00:00Z', 5)).toEqual(['2199-01-01T00:00']);
    expect(next('cron(0 0 31 2 ? *)', '2026-01-01T00:00Z')).toEqual([]);
  });

  it('agrees with a look at every minute', () => {
    const value = (first: number, last: number) => fc.integer({ min: first, max: last });
    const field = (first: number, last: number) =>
      fc.oneof(
        fc.constant({ text: '*', has: () => true }),
        value(first, last).map((v) => ({ text: `${v}`, has: (x: number) => x === v })),
        fc
          .tuple(value(first, last), value(first, last), value(1, 7))
          .filter(([a, b]) => a <= b)
          .map(([a, b, step]) => ({
            text: `${a}-${b}/${step}`,
            has: (x: number) => x >= a && x <= b && (x - a) % step === 0,
          })),
        fc
          .tuple(value(first, last), value(first, last))
          .filter(([a, b]) => a > b)
          .map(([a, b]) => ({ text: `${a}-${b}`, has: (x: number) => x >= a || x <= b })),
        fc
          .array(value(first, last), { minLength: 2, maxLength: 4 })
          .map((list) => ({ text: list.join(), has: (x: number) => list.includes(x) })),
      );
    const startMs = Date.UTC(2028, 1, 27);
    const minuteMs = 60_000;
    const property = fc.property(field(0, 59), field(0, 23), field(1, 7), value(0, 5000), (minute, hour, day, skip) => {
      const schedule = parseSchedule(`cron(${minute.text} ${hour.text} ? * ${day.text} *)`);
      const isDue = (ms: number) => {
        const date = new Date(ms);
        return minute.has(date.getUTCMinutes()) && hour.has(date.getUTCHours()) && day.has(date.getUTCDay() + 1);
      };
      const afterMs = startMs + skip * minuteMs + 17_000;
      let expected = startMs + (skip + 1) * minuteMs;
      while (!isDue(expected)) expected += minuteMs;
      expect(nextAfter(schedule, afterMs)).toBe(expected);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it.each([
    ['both days given', '0 1 * * * *', 'exactly one of day-of-month and day-of-week must be ?'],
    ['both days open', '0 1 ? * ? *', 'exactly one of day-of-month and day-of-week must be ?'],
    ['five fields', '0 1 * * ?', 'six fields'],
    ['one word', 'INVALID', 'six fields'],
    ['a day that is none', '7 20 ? * NOT *', 'day-of-week: allowed are'],
    ['an hour that is none', '0 dummy ? * MON-FRI *', 'hours: allowed are'],
    ['71 minutes', '71 8 1 * ? *', 'minutes: allowed are 0-59'],
    ['24 hours', '0 24 1 * ? *', 'hours: allowed are'],
    ['? among the hours', '0 ? 1 * ? *', 'hours: allowed are'],
    ['day 0', '0 0 0 * ? *', 'day-of-month: allowed are'],
    ['weekday 0', '0 0 ? * 0 *', 'day-of-week: allowed are'],
    ['the year 2200', '0 0 1 1 ? 2200', 'year: allowed are 1970-2199'],
    ['two instances of weekdays', '0 0 ? * 3#1,6#3 *', 'day-of-week: allowed are'],
    ['a sixth instance', '0 0 ? * 3#6 *', 'day-of-week: allowed are'],
    ['a step of nothing', '0/0 0 1 * ? *', 'minutes: allowed are'],
    ['an open range', '0- 0 1 * ? *', 'minutes: allowed are'],
    ['years backwards', '0 0 1 1 ? 2030-2028', 'year: allowed are'],
  ])('refuses %s', (_what, fields, message) => {
    expect(() => parseSchedule(`cron(${fields})`)).toThrow(InvalidSchedule);
    expect(() => parseSchedule(`cron(${fields})`)).toThrow(message);
  });
});

describe('rate', () => {
  it('counts from its start, whatever the time', () => {
    const startMs = Date.parse('2026-11-20T17:03:20Z');
    const schedule = parseSchedule('rate(5 minutes)');
    expect(nextAfter(schedule, startMs, startMs)).toBe(Date.parse('2026-11-20T17:08:20Z'));
    expect(nextAfter(schedule, Date.parse('2026-11-20T17:08:20Z'), startMs)).toBe(Date.parse('2026-11-20T17:13:20Z'));
    expect(nextAfter(schedule, Date.parse('2027-01-01T00:00:00Z'), startMs)).toBe(Date.parse('2027-01-01T00:03:20Z'));
    expect(nextAfter(parseSchedule('rate(1 hour)'), startMs)).toBe(startMs + 3_600_000);
    expect(nextAfter(parseSchedule('rate(7 days)'), startMs)).toBe(startMs + 604_800_000);
    expect(nextAfter(parseSchedule('rate(999999999 days)'), startMs)).toBeUndefined();
  });

  it.each([
    'rate(10 seconds)',
    'rate(1 minutes)',
    'rate(10 minute)',
    'rate()',
    'rate(10)',
    'rate(0 minutes)',
    'rate(-10 minutes)',
    'rate(1.5 hours)',
    'rate(10 MINUTES)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
    'every 10 minutes',
    'at(2026-11-21T18:00:00)',
    '',
  ])('refuses %j', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(InvalidSchedule);
  });
});
