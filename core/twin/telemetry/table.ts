import type { RandomStream } from '../../random.ts';
import { TELEMETRY_INTERVALS_S, type Telemetry, type TelemetrySubsystem } from '../../records/observatory/telemetry.ts';
import { mjdUtc } from '../../time.ts';
import { MS_PER_S } from '../../units.ts';

/** One column; NaN is a missing number. */
export interface TelemetryColumn {
  name: string;
  unit?: string;
  description: string;
  values: Float64Array | Float32Array | Int16Array | Uint8Array | string[];
}

/** What one subsystem wrote in a night, a row per sample, in the order in which it was taken. */
export interface TelemetryTable {
  name: string;
  intervalS: number;
  /** The clock that the stamps are of: ahead of UTC by this much, give or take the jitter. Truth, for whoever judges. */
  clockOffsetMs: number;
  clockJitterMs: number;
  /** The first column is `mjd`: when, by that clock. */
  columns: TelemetryColumn[];
}

export type Clock = Pick<TelemetryTable, 'intervalS' | 'clockOffsetMs' | 'clockJitterMs'>;

/** The clock of a subsystem, as the observatory gives it. */
export function clockOf(telemetry: Telemetry, subsystem: TelemetrySubsystem): Clock {
  const {
    intervalS = TELEMETRY_INTERVALS_S[subsystem],
    clockOffsetMs = 0,
    clockJitterMs = 0,
  } = telemetry[subsystem] ?? {};
  return { intervalS, clockOffsetMs, clockJitterMs };
}

/** True instants of the samples from `fromMs` to `toMs`: the first lies anywhere in the first interval. */
export function sampleTimes(fromMs: number, toMs: number, clock: Clock, stream: RandomStream): Float64Array {
  const intervalMs = clock.intervalS * MS_PER_S;
  const firstMs = fromMs + stream.uniform() * intervalMs;
  const count = Math.max(0, Math.floor((toMs - firstMs) / intervalMs) + 1);
  return Float64Array.from({ length: count }, (_, i) => firstMs + i * intervalMs);
}

/** The column of stamps that a clock gives to these instants. */
export function stamps(timesMs: ArrayLike<number>, clock: Clock, stream: RandomStream): TelemetryColumn {
  const { clockOffsetMs, clockJitterMs } = clock;
  const values = new Float64Array(timesMs.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = mjdUtc(timesMs[i] + clockOffsetMs + clockJitterMs * stream.normal());
  }
  return { name: 'mjd', unit: 'd', description: 'MJD, UTC, by the clock of the subsystem', values };
}
