import type { Clock } from '../clock.ts';
import { nextAfter, parseSchedule } from './schedule-expression.ts';
import type { RuleRecord } from './store.ts';

/** The longest sleep at once: a timer of the system stands still while the machine is suspended, the clock does not. */
const LONGEST_SLEEP_MS = 30_000;
/** A rule that was due longer ago than this is not made up for: the process was suspended at that time. */
const LATEST_MS = 60_000;

export interface SchedulerOptions {
  clock: Clock;
  /** Rules with a schedule that are enabled, as they stand now. */
  rules(): RuleRecord[];
  /** Called once for each time that a rule is due. Must not throw. */
  fire(rule: RuleRecord, dueMs: number): void;
  log(line: string): void;
}

export interface Scheduler {
  /** Looks at the rules anew: to be called when they have changed. */
  refresh(): void;
  /** Nothing fires afterwards. */
  close(): void;
}

/** Fires rules when they are due by the engine's clock, from now on. */
export function startScheduler({ clock, rules, fire, log }: SchedulerOptions): Scheduler {
  let open = true;
  let sleep = new AbortController();
  /** Whatever was due up to here has been fired. */
  let doneMs = clock.now();

  /** The next time that each rule is due after what is done. */
  function upcoming(): { rule: RuleRecord; dueMs: number }[] {
    return rules().flatMap((rule) => {
      const schedule = parseSchedule(rule.scheduleExpression!);
      const dueMs = nextAfter(schedule, Math.max(doneMs, rule.scheduledFromMs), rule.scheduledFromMs);
      return dueMs === undefined ? [] : [{ rule, dueMs }];
    });
  }

  /** Fires what is due; gives the time until something is, at most the longest sleep. */
  function step(): number {
    for (;;) {
      const next = upcoming();
      const nowMs = clock.now();
      const earliestMs = Math.min(...next.map(({ dueMs }) => dueMs));
      if (earliestMs > nowMs) return Math.min(earliestMs - nowMs, LONGEST_SLEEP_MS);
      // What is long past is passed over, so that a clock put forward by a year does not fire a year's minutes.
      doneMs = Math.max(earliestMs, nowMs - LATEST_MS - 1);
      for (const { rule, dueMs } of next) {
        if (dueMs === earliestMs && nowMs - dueMs <= LATEST_MS) fire(rule, dueMs);
      }
    }
  }

  async function run(): Promise<void> {
    while (open) {
      sleep = new AbortController();
      let waitMs = LONGEST_SLEEP_MS;
      try {
        waitMs = step();
      } catch (cause) {
        log(`The schedules cannot be read. ${cause instanceof Error ? cause.message : cause}`);
      }
      await clock.sleep(waitMs, sleep.signal).catch(() => {});
    }
  }
  void run();

  return {
    refresh: () => sleep.abort(),
    close() {
      open = false;
      sleep.abort();
    },
  };
}
