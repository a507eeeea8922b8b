import type { WaitState } from './definition.ts';
import { EvaluationError } from './failures.ts';
import { type CompiledPath, readPath, type Scope } from './paths.ts';
import { parseTimestamp } from './timestamps.ts';

/** Longest wait: 2^31 seconds, in the whole days that AWS allows. */
const LONGEST_WAIT_MS = 24_855 * 86_400_000;

/**
 * How long a Wait state waits, in milliseconds; 0 or less when its time has passed.
 * @param scope `$` is the state's effective input
 * @param nowMs the clock, milliseconds since the Unix epoch
 * Throws EvaluationError, in AWS's words, for what is no time.
 */
export function waitMs(state: WaitState, scope: Scope, nowMs: number): number {
  const { seconds, timestampMs, timestampPath } = state;
  if (seconds.value !== undefined) return seconds.value * 1000;
  if (seconds.path) return secondsAt(seconds.path, scope) * 1000;
  const untilMs = timestampPath ? timestampAt(timestampPath, scope) : timestampMs!;
  if (untilMs - nowMs > LONGEST_WAIT_MS) throw new EvaluationError('Wait state delay is too long.');
  return untilMs - nowMs;
}

function secondsAt(path: CompiledPath, scope: Scope): number {
  const value = readPath(path, scope);
  if (value === undefined) {
    throw new EvaluationError(`The SecondsPath parameter does not reference an input value: ${path.source}`);
  }
  const shown = `${path.source} == ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  if (!Number.isInteger(value)) {
    throw new EvaluationError(`The SecondsPath parameter cannot be parsed as a long value: ${shown}`);
  }
  if ((value as number) < 0)
    throw new EvaluationError(`The SecondsPath parameter references a negative value: ${shown}`);
  return value as number;
}

function timestampAt(path: CompiledPath, scope: Scope): number {
  const value = readPath(path, scope);
  if (value === undefined) {
    throw new EvaluationError(`The TimestampPath parameter does not reference an input value: ${path.source}`);
  }
  const untilMs = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (untilMs !== undefined) return untilMs;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  throw new EvaluationError(
    `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path.source} == ${shown}`,
  );
}
