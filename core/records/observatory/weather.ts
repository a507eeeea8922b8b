import * as z from 'zod';
import { MS_PER_S } from '../../units.ts';
import { asArray, asciiText, EVEN_WHEN_FAULTY, nonNegative, number, positive } from '../primitives.ts';

/** Rows that a replay may have: two days of one a minute are 2,880. */
const MAX_ROWS = 20_000;

const column = (each: z.ZodNumber) => z.array(each).max(MAX_ROWS).optional();

/** The columns of measured weather, by their names here, with their allowed values. */
export const REPLAY_COLUMNS = {
  seeingArcsec: positive.max(20),
  cloudMag: nonNegative.max(30),
  windMPerS: nonNegative.max(120),
  windFromDeg: number.min(0).max(360),
  humidityPercent: number.min(0).max(100),
  temperatureC: number.min(-90).max(60),
  pressureHpa: number.min(300).max(1100),
} as const;
export type ReplayColumn = keyof typeof REPLAY_COLUMNS;

const columns = Object.fromEntries(
  Object.entries(REPLAY_COLUMNS).map(([name, each]) => [name, column(each)]),
) as Record<ReplayColumn, ReturnType<typeof column>>;

/** Weather that was measured: between two rows it changes straight, and what has no column comes from the climate. */
export const replay = z
  .strictObject({
    source: asciiText(200).describe('where it was measured, or the name of the file'),
    maxGapS: positive.describe('longest time between two rows; before the first and after the last they hold as long'),
    utcMs: z.array(z.int()).min(2).max(MAX_ROWS).describe('instants of the rows, rising'),
    ...columns,
  })
  .superRefine((value, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const times = asArray(value.utcMs);
    for (let row = 1; row < times.length; row++) {
      const stepS = (times[row] - times[row - 1]) / 1000;
      if (!(stepS > 0)) refuse(['utcMs', row], `must be later than the row before it, ${times[row - 1]}`);
      if (stepS > value.maxGapS)
        refuse(['utcMs', row], `comes ${stepS} s after the row before it; maxGapS is ${value.maxGapS}`);
    }
    const names = Object.keys(REPLAY_COLUMNS) as ReplayColumn[];
    const given = names.filter((name) => value[name] !== undefined);
    if (given.length === 0) refuse([], `must have at least one of the columns ${names.join(', ')}`);
    for (const name of given) {
      const { length } = asArray(value[name]);
      if (length !== times.length) refuse([name], `has ${length} values for ${times.length} instants in utcMs`);
    }
  }, EVEN_WHEN_FAULTY);
export type Replay = z.infer<typeof replay>;

/** What of a span of time a replay does not know, in words; undefined when it knows all of it. */
export function replayGap(replay: Replay, fromMs: number, toMs: number): string | undefined {
  const { utcMs: times, maxGapS, source } = replay;
  const marginMs = maxGapS * MS_PER_S;
  const last = times[times.length - 1];
  if (times[0] - marginMs <= fromMs && last + marginMs >= toMs) return undefined;
  const text = (utcMs: number) => new Date(utcMs).toISOString();
  return (
    `${source} has weather from ${text(times[0])} to ${text(last)}, which holds for ${maxGapS} s before and after; ` +
    `needed from ${text(fromMs)} to ${text(toMs)}`
  );
}

export const weather = z
  .strictObject({ replay: replay.optional() })
  .describe('measured weather, which is played back; without it all weather is drawn from the climate');
