import { setTimeout as delay } from 'node:timers/promises';

/** Wall-clock time of an engine; tests hand in their own, which moves at will. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds of this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // setTimeout's longest delay is 2^31 - 1 ms (24.8 days): longer sleeps are cut into pieces.
    const longestMs = 2_147_483_647;
    for (let leftMs = ms; leftMs > 0; leftMs -= longestMs) {
      await delay(Math.min(leftMs, longestMs), undefined, signal ? { signal } : {});
    }
  },
};
