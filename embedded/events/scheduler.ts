import type { Clock } from '../clock.ts';

/** The longest sleep at once: a timer of the system stands still while the machine is suspended, the clock does not. */
const LONGEST_SLEEP_MS = 30_000;
/** What was due longer ago than this is not made up for: the process was suspended at that time. */
const LATEST_MS = 60_000;

/** The next time that something is due. */
export interface Due {
  id: string;
  dueMs: number;
  /** Called once. Must not throw. */
  fire(): void;
}

export interface SchedulerOptions {
  clock: Clock;
  /**
   * What is due next, as things stand now.
   * @param doneMs up to when all times of an id have been fired or passed over
   */
  upcoming(doneMs: (id: string) => number): Due[];
  log(line: string): void;
}

export interface Scheduler {
  /** Looks at what is due anew: to be called when it has changed. */
  refresh(): void;
  /** Nothing fires afterwards. */
  close(): void;
}

/** Fires what is due by the engine's clock, from now on. */
export function startScheduler({ clock, upcoming, log }: SchedulerOptions): Scheduler {
  let open = true;
  let sleep = new AbortController();
  /** Whatever was due up to here is passed over; what is due at this moment is not. */
  let passedMs = clock.now() - 1;
  const firedMs = new Map<string, number>();
  const doneMs = (id: string) => Math.max(passedMs, firedMs.get(id) ?? passedMs);

  /** Fires what is due; gives the time until something is, at most the longest sleep. */
  function step(): number {
    for (;;) {
      const next = upcoming(doneMs);
      const nowMs = clock.now();
      const earliestMs = Math.min(...next.map(({ dueMs }) => dueMs));
      if (earliestMs > nowMs) return Math.min(earliestMs - nowMs, LONGEST_SLEEP_MS);
      // What is long past is passed over, so that a clock put forward by a year does not fire a year's minutes.
      passedMs = Math.max(passedMs, nowMs - LATEST_MS - 1);
      for (const { id, dueMs, fire } of next) {
        if (dueMs !== earliestMs) continue;
        firedMs.set(id, dueMs);
        if (nowMs - dueMs <= LATEST_MS) fire();
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
