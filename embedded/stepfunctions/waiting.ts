import { queriedNumber } from './dataflow.ts';
import type { WaitState } from './definition.ts';
import { EvaluationError } from './failures.ts';
import { type CompiledPath, readPath, type Scope } from './paths.ts';
import { type Query, QueryEvaluationError } from './queries.ts';
import { parseTimestamp } from './timestamps.ts';

/** Longest wait: 2^31 seconds, in the whole days that AWS allows. */
const LONGEST_WAIT_MS = 24_855 * 86_400_000;

/**
 * How long a Wait state waits, in milliseconds; 0 or less when its time has passed.
 * @param scope `$` is the state's effective input, `$states.input` its input
 * @param nowMs the clock, milliseconds since the Unix epoch
 * Throws EvaluationError, in AWS's words, for what is no time.
 */
export function waitMs(state: WaitState, scope: Scope, nowMs: number): number {
  const { seconds, timestampMs, timestampPath, timestampQuery } = state;
  if (seconds.value !== undefined) return seconds.value * 1000;
  if (seconds.path) return secondsAt(seconds.path, scope) * 1000;
  if (seconds.query) return queriedSeconds(seconds.query, scope) * 1000;
  let untilMs = timestampMs!;
  if (timestampPath) untilMs = timestampAt(timestampPath, scope);
  else if (timestampQuery) untilMs = queriedTimestamp(timestampQuery, scope);
  if (untilMs - nowMs > LONGEST_WAIT_MS) throw new EvaluationError('Wait state delay is too long.');
  return untilMs - nowMs;
}

function queriedSeconds(query: Query, scope: Scope): number {
  const value = queriedNumber(query, 'Seconds', 'integer', scope);
  if (value >= 0) return value;
  throw new QueryEvaluationError(`The Seconds field references a negative value: ${value}`, 'Seconds');
}

function queriedTimestamp(query: Query, scope: Scope): number {
  const value = query(scope) as string;
  const untilMs = parseTimestamp(value);
  if (untilMs !== undefined) return untilMs;
  throw new QueryEvaluationError(
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${value}`,
    'Timestamp',
  );
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
