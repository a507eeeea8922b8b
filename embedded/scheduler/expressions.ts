import { InvalidSchedule, nextAfter, parseSchedule, type Schedule } from '../events/schedule-expression.ts';
import { instantOf, wallMsAt } from './time-zones.ts';

/** What a ScheduleExpression says: a single time on the clock, or a schedule as rules have them. */
export type Expression = { kind: 'at'; wallMs: number } | Schedule;

/**
 * Reads `at(2026-11-21T18:00:00)`, `rate(5 minutes)` or `cron(30 8 * * ? *)` as the EventBridge Scheduler User Guide has them
 * ("Schedule types"): the unit of a rate may be singular or plural with any number, and the year of cron may be left out.
 * Throws InvalidSchedule.
 */
export function parseExpression(text: string): Expression {
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text)?.[1];
  if (at !== undefined) {
    const wallMs = Date.parse(`${at}Z`);
    // Date takes 24:00:00, and days that a month has not.
    if (Number.isNaN(wallMs) || !new Date(wallMs).toISOString().startsWith(at)) {
      throw new InvalidSchedule(text, ['this time does not exist']);
    }
    return { kind: 'at', wallMs };
  }
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  if (unit !== undefined) return parseSchedule(`rate(${number} ${unit}${number === '1' ? '' : 's'})`);
  const fiveFields = /^cron\((\S+(?:\s+\S+){4})\)$/.exec(text)?.[1];
  return parseSchedule(fiveFields === undefined ? text : `cron(${fiveFields} *)`);
}

/**
 * The first moment after `afterMs` at which an expression is due by the clocks of a time zone, in ms since the Unix epoch;
 * undefined when there is none. A time that the clocks skip is left out, and one that they show twice is due once.
 * @param rateStartMs the first time of a rate
 */
export function dueAfter(
  expression: Expression,
  timeZone: string,
  afterMs: number,
  rateStartMs: number,
): number | undefined {
  if (expression.kind === 'rate') return nextAfter(expression, afterMs, rateStartMs - expression.periodMs);
  if (expression.kind === 'at') {
    const dueMs = instantOf(expression.wallMs, timeZone);
    return dueMs !== undefined && dueMs > afterMs ? dueMs : undefined;
  }
  let wallMs: number | undefined = wallMsAt(afterMs, timeZone);
  for (;;) {
    wallMs = nextAfter(expression, wallMs);
    if (wallMs === undefined) return undefined;
    const dueMs = instantOf(wallMs, timeZone);
    if (dueMs !== undefined && dueMs > afterMs) return dueMs;
  }
}
