import type { PlannedExposure } from '../records/visit.ts';

/**
 * Share of a request's exposure time that is done, 0 to 1; of its frames when no exposure takes time (bias).
 * `done` has the index of each exposure that is done as its keys.
 */
export function completionShare(exposures: readonly PlannedExposure[], done: Readonly<Record<string, string>>): number {
  const totalS = exposures.reduce((sum, exposure) => sum + exposure.exposureTimeS, 0);
  const weight = (exposure: PlannedExposure): number =>
    totalS > 0 ? exposure.exposureTimeS / totalS : 1 / exposures.length;
  return exposures.reduce((sum, exposure, index) => sum + (String(index) in done ? weight(exposure) : 0), 0);
}
