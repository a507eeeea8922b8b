import { createHash } from 'node:crypto';
import type { RetryPolicy } from '../events/store.ts';
import { dueAfter, parseExpression } from './expressions.ts';

export interface ScheduleTarget {
  Arn: string;
  RoleArn: string;
  Input?: string;
  RetryPolicy?: RetryPolicy;
}

/** A schedule as it is kept: what CreateSchedule or UpdateSchedule said, with every default filled in. Times are Unix seconds. */
export interface ScheduleRecord {
  Name: string;
  GroupName: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone: string;
  StartDate?: number;
  EndDate?: number;
  Description?: string;
  State: 'ENABLED' | 'DISABLED';
  Target: ScheduleTarget;
  FlexibleTimeWindow: { Mode: 'OFF' | 'FLEXIBLE'; MaximumWindowInMinutes?: number };
  ActionAfterCompletion: 'NONE' | 'DELETE';
  createdMs: number;
  modifiedMs: number;
  /** When the schedule was made, enabled or given other times: nothing is due before, and a rate without StartDate begins here. */
  activeFromMs: number;
  /** Of the request that made it. */
  clientToken?: string;
}

/** One time at which a schedule calls on its target. */
export interface Invocation {
  /** The time that the schedule names. */
  scheduledMs: number;
  /** Within its flexible window, when the target is called. */
  dueMs: number;
}

/**
 * The first invocation of a schedule after a moment; undefined when there is none. Whether the schedule is enabled is not
 * looked at.
 */
export function nextInvocation(schedule: ScheduleRecord, afterMs: number): Invocation | undefined {
  const { StartDate, EndDate, FlexibleTimeWindow, ScheduleExpressionTimezone } = schedule;
  const expression = parseExpression(schedule.ScheduleExpression);
  const isOnce = expression.kind === 'at';
  // One-time schedules have no start and no end (API reference, CreateSchedule).
  const startMs = isOnce || StartDate === undefined ? 0 : StartDate * 1000;
  const endMs = isOnce || EndDate === undefined ? Number.POSITIVE_INFINITY : EndDate * 1000;
  // A rate begins at the moment that it is made.
  const fromMs = Math.max(startMs - 1, schedule.activeFromMs - (expression.kind === 'rate' ? 1 : 0));
  const windowMs = (FlexibleTimeWindow.MaximumWindowInMinutes ?? 0) * 60_000;

  let first: Invocation | undefined;
  // Times of before `afterMs` count too, as far as their window reaches beyond it.
  let scheduledMs: number | undefined = Math.max(afterMs - windowMs, fromMs);
  for (;;) {
    scheduledMs = dueAfter(expression, ScheduleExpressionTimezone, scheduledMs, rateStartMs(schedule));
    if (scheduledMs === undefined || scheduledMs > endMs || (first !== undefined && scheduledMs > first.dueMs)) {
      return first;
    }
    const dueMs = scheduledMs + delayMs(schedule, scheduledMs, windowMs);
    if (dueMs > afterMs && (first === undefined || dueMs < first.dueMs)) first = { scheduledMs, dueMs };
  }
}

function rateStartMs({ StartDate, activeFromMs }: ScheduleRecord): number {
  return StartDate === undefined ? activeFromMs : StartDate * 1000;
}

/** Where in its window an invocation comes: spread evenly over all times, and the same whenever it is asked for. */
function delayMs({ Name }: ScheduleRecord, scheduledMs: number, windowMs: number): number {
  const digest = createHash('sha256').update(`${Name} ${scheduledMs}`).digest();
  return Math.floor((digest.readUInt32BE() / 2 ** 32) * windowMs);
}
