import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { RetryPolicy } from './store.ts';

/** Tries of one delivery after the first, and the wait before each: 1, 2, 4 s. A RetryPolicy may ask for fewer. */
const MOST_RETRIES = 3;
const FIRST_WAIT_MS = 1000;

export interface RetryOptions {
  clock: Clock;
  policy: RetryPolicy | undefined;
  /** When the event came to be: its age counts from here. */
  sinceMs: number;
  /** Ends the waits for another try. */
  signal: AbortSignal;
}

/**
 * Tries a delivery until it succeeds, and gives what it gave. Rejects with what the last try failed with: at once with a
 * refusal that would come again (a ServiceError below 500).
 * @param deliver is told the number of the try, from 1
 */
export async function withRetries<T>(
  deliver: (attempt: number) => Promise<T>,
  { clock, policy, sinceMs, signal }: RetryOptions,
): Promise<T> {
  const { MaximumRetryAttempts = MOST_RETRIES, MaximumEventAgeInSeconds = 86_400 } = policy ?? {};
  const lastTryMs = sinceMs + MaximumEventAgeInSeconds * 1000;
  for (let retry = 0; ; retry += 1) {
    try {
      return await deliver(retry + 1);
    } catch (cause) {
      const waitMs = FIRST_WAIT_MS * 2 ** retry;
      const mayPass = !(cause instanceof ServiceError) || cause.status >= 500;
      const over = retry >= Math.min(MaximumRetryAttempts, MOST_RETRIES) || clock.now() + waitMs > lastTryMs;
      if (!mayPass || over || signal.aborted) throw cause;
      await clock.sleep(waitMs, signal).catch(() => {
        throw cause;
      });
    }
  }
}
