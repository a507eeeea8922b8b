import type { CalibrationType, Grade, Metric } from '../records/calibration.ts';
import { METRICS, type MetricName } from '../records/observatory/calibration-metrics.ts';
import type { CalibrationPolicy, Limit } from '../records/observatory/calibration-policy.ts';

/** Limits of a metric: those of the policy instead of the usual ones of its type. */
export function limitsOf(name: MetricName, type: CalibrationType, policy: CalibrationPolicy): Limit {
  const usual: Partial<Record<CalibrationType, Limit>> = METRICS[name].limits;
  return policy.limits[name] ?? usual[type] ?? {};
}

/** BAD out of the bad limits, WARN out of the good ones. What cannot be measured (NaN, infinite) is BAD. */
export function gradeOf(value: number, { goodMin, goodMax, badMin, badMax }: Limit): Grade {
  if (!Number.isFinite(value) || value < (badMin ?? value) || value > (badMax ?? value)) return 'BAD';
  return value < (goodMin ?? value) || value > (goodMax ?? value) ? 'WARN' : 'GOOD';
}

/** A metric with its limits and its grade. */
export function metricOf(name: MetricName, value: number, type: CalibrationType, policy: CalibrationPolicy): Metric {
  const limits = limitsOf(name, type, policy);
  const { unit, meaning } = METRICS[name];
  return {
    name,
    ...(Number.isFinite(value) && { value }),
    unit,
    meaning,
    ...limits,
    grade: gradeOf(value, limits),
  };
}

/** The worst of some grades; GOOD of none. */
export function worstOf(grades: readonly Grade[]): Grade {
  return grades.includes('BAD') ? 'BAD' : grades.includes('WARN') ? 'WARN' : 'GOOD';
}

/** "from 0.95 to 1.05", "at most 3", "at least 5"; of the limits within which a metric has the grade `GOOD`, or is not BAD. */
export function rangeText({ goodMin, goodMax, badMin, badMax }: Limit, which: 'good' | 'bad'): string {
  const min = which === 'good' ? (goodMin ?? badMin) : badMin;
  const max = which === 'good' ? (goodMax ?? badMax) : badMax;
  if (min !== undefined && max !== undefined) return `from ${shortNumber(min)} to ${shortNumber(max)}`;
  if (max !== undefined) return `at most ${shortNumber(max)}`;
  return min === undefined ? 'any' : `at least ${shortNumber(min)}`;
}

/** A number with four digits, for people. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
