import type { Grade, MasterRecord } from '../records/calibration.ts';

/** One master's value of a metric. */
export interface TrendPoint {
  masterId: string;
  dayObs: number;
  takenFrom: string;
  /** Absent where it could not be measured. */
  value?: number;
  grade: Grade;
}

/** One metric of the masters of one key over time. */
export interface TrendRow {
  calibrationKey: string;
  metric: string;
  unit: string;
  meaning: string;
  /** Limits as they stood for the last of the masters. */
  goodMin?: number | undefined;
  goodMax?: number | undefined;
  badMin?: number | undefined;
  badMax?: number | undefined;
  /** By time. */
  points: TrendPoint[];
}

/**
 * How each metric of the masters of each key went over time: rows by key, then by metric in the order in which the masters have them;
 * points by the time at which the first frame was taken. The same master given twice counts once.
 */
export function trendsOf(records: readonly MasterRecord[]): TrendRow[] {
  const unique = [...new Map(records.map((record) => [record.masterId, record])).values()];
  const inTime = unique.sort((a, b) => compare(a.takenFrom, b.takenFrom) || compare(a.masterId, b.masterId));
  const rows = new Map<string, TrendRow>();
  for (const { masterId, calibrationKey, dayObs, takenFrom, quality } of inTime) {
    for (const { name, unit, meaning, value, grade, goodMin, goodMax, badMin, badMax } of quality.metrics) {
      const key = `${calibrationKey} ${name}`;
      const points = rows.get(key)?.points ?? [];
      points.push({ masterId, dayObs, takenFrom, ...(value !== undefined && { value }), grade });
      rows.set(key, { calibrationKey, metric: name, unit, meaning, goodMin, goodMax, badMin, badMax, points });
    }
  }
  return [...rows.values()].sort((a, b) => compare(a.calibrationKey, b.calibrationKey));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
