import {
  STATES_ALL,
  STATES_HEARTBEAT_TIMEOUT,
  STATES_RUNTIME,
  STATES_TASK_FAILED,
  STATES_TIMEOUT,
  type StateFailure,
  TaskTimedOut,
} from './failures.ts';

/** One entry of a Retry field. */
export interface Retrier {
  errorEquals: string[];
  /** Seconds before the first retry, at least 1. */
  intervalS: number;
  /** Retries, not counting the first attempt; 0 stands for never. */
  maxAttempts: number;
  /** Factor by which the interval grows, at least 1. */
  backoffRate: number;
  /** Longest interval in seconds. */
  maxDelayS: number;
  /** FULL draws the delay uniformly between 0 and the interval. */
  jitter: 'FULL' | 'NONE';
}

/**
 * Whether an ErrorEquals list matches a failure.
 * States.ALL matches all but States.Runtime, which always ends the execution; so does States.TaskFailed, but for
 * States.Timeout (AWS developer guide, "Handling errors"; that States.ALL catches States.DataLimitExceeded too, which the guide
 * denies, is recorded from AWS). A missing heartbeat is both States.Timeout and States.HeartbeatTimeout.
 */
export function matchesError(errorEquals: string[], failure: StateFailure): boolean {
  const { error } = failure;
  if (error === STATES_RUNTIME) return false;
  const isHeartbeat = failure instanceof TaskTimedOut && failure.limit === 'heartbeat';
  return errorEquals.some((pattern) => {
    if (pattern === error) return true;
    if (isHeartbeat && pattern === STATES_HEARTBEAT_TIMEOUT) return true;
    if (pattern === STATES_ALL) return true;
    return pattern === STATES_TASK_FAILED && error !== STATES_TIMEOUT;
  });
}

/**
 * Chooses the retrier of an error and counts its use.
 * @param attempts how often each retrier was used in this visit of the state; changed by the call
 * @param random uniform in [0, 1), for the jitter
 * @returns milliseconds to wait, or undefined when the error is not (or no longer) retried
 */
export function nextRetryDelayMs(
  retriers: Retrier[],
  attempts: number[],
  failure: StateFailure,
  random: () => number,
): number | undefined {
  const index = retriers.findIndex((retrier) => matchesError(retrier.errorEquals, failure));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const used = attempts[index] ?? 0;
  if (used >= retrier.maxAttempts) return undefined;
  attempts[index] = used + 1;
  return retryDelayMs(retrier, used, random);
}

/** Delay before retry number `used` + 1: interval x rate^used, at most maxDelay, then the jitter. */
export function retryDelayMs(retrier: Retrier, used: number, random: () => number): number {
  const delayS = Math.min(retrier.intervalS * retrier.backoffRate ** used, retrier.maxDelayS);
  return 1000 * (retrier.jitter === 'FULL' ? random() * delayS : delayS);
}
