import type { PlannedExposure } from '../records/visit.ts';

/**
 * Share of a request's exposure time that is done, 0 to 1; of its frames when no exposure takes time (bias).
 * `done` has the index of each exposure that is done as its keys.
 */
export function completionShare(exposures: readonly PlannedExposure[], done: Readonly<Record<string, string>>): number {
  const good = exposures.filter((_, index) => String(index) in done);
  const totalS = sumS(exposures);
  // Divided once: shares that are summed would fall short of 1 by their rounding.
  return totalS > 0 ? sumS(good) / totalS : good.length / exposures.length;
}

const sumS = (exposures: readonly PlannedExposure[]): number =>
  exposures.reduce((sum, { exposureTimeS }) => sum + exposureTimeS, 0);
