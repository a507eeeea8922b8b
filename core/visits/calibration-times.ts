import { CalibrationNotPossible } from '../errors.ts';
import type { CalibrationSet } from '../records/calibration.ts';
import { type Observatory, saturationAdu } from '../records/observatory.ts';
import { domeFlatExposureS } from '../twin/flats.ts';
import { twilightFlatTimesS } from '../twin/twilight-flats.ts';
import { MS_PER_S } from '../units.ts';

/** The level of a flat for which none is asked, as a share of what lies between bias level and saturation. */
const USUAL_LEVEL = 0.4;
/** Share of its light that a lamp may still lack in the first flat. */
const COLD_SHARE = 0.001;
/** From the end of the last afternoon set to sunset: the dome is open and the air in it mixed before the first star. */
const BEFORE_SUNSET_S = 600;
/** Between two twilight flats: a small move and its settling, at most. Our choice. */
const OFFSET_S = 15;

/** Counts above bias that a flat of the set is to have at the centre, in a pixel as it is read. */
export function flatLevelAdu({ camera }: Observatory, { levelAdu }: Pick<CalibrationSet, 'levelAdu'>): number {
  return levelAdu ?? Math.round(USUAL_LEVEL * (saturationAdu(camera) - camera.biasLevelAdu));
}

/** Seconds until the lamp of the dome lacks less than a thousandth of its light; 0 for one that begins so. */
export function lampWarmUpS({ flatLamp }: Observatory): number {
  if (flatLamp === undefined || flatLamp.warmUpShare <= COLD_SHARE) return 0;
  return flatLamp.warmUpS * Math.log(flatLamp.warmUpShare / COLD_SHARE);
}

/**
 * Exposure time of a dome flat under the warm lamp, s, to the millisecond. Throws CalibrationNotPossible when the camera cannot
 * expose so short or so long, ConfigureFailed without a lamp that shines in the filter.
 */
export function domeFlatTimeS(observatory: Observatory, set: CalibrationSet): number {
  if (set.exposureTimeS !== undefined) return set.exposureTimeS;
  const { camera } = observatory;
  const targetAdu = flatLevelAdu(observatory, set);
  const { binning } = set.configuration;
  const timeS = domeFlatExposureS({ observatory, filter: set.filter ?? '', targetAdu: targetAdu / binning ** 2 });
  if (timeS < camera.exposureTimeMinS || timeS > camera.exposureTimeMaxS) {
    throw new CalibrationNotPossible(
      `a dome flat of ${targetAdu} ADU in ${set.filter} takes ${timeS.toPrecision(3)} s; ${camera.id} exposes ${camera.exposureTimeMinS} to ${camera.exposureTimeMaxS} s: change levelAdu or the lamp`,
    );
  }
  return Math.round(timeS * MS_PER_S) / MS_PER_S;
}

/**
 * How long a set takes at most, s, with filter change, warming of the lamp and readouts: of a twilight set, from the first light that
 * suits it, without the slew. Throws as domeFlatTimeS.
 */
export function calibrationDurationS(set: CalibrationSet, observatory: Observatory): number {
  const { camera } = observatory;
  const frames = (exposureTimeS: number, besidesS = 0) => set.count * (exposureTimeS + camera.readoutS + besidesS);
  if (set.type !== 'flat') return frames(set.exposureTimeS ?? 0);
  if (set.target === 'twilight') {
    return camera.filterChangeS + frames(set.exposureTimeS ?? twilightFlatTimesS(camera).exposureMaxS, OFFSET_S);
  }
  return Math.max(camera.filterChangeS, lampWarmUpS(observatory)) + frames(domeFlatTimeS(observatory, set));
}

/**
 * When afternoon sets have to begin, one after the other, for all to end ten minutes before sunset. A set that cannot be taken at all
 * takes no time.
 */
export function afternoonBeginMs(observatory: Observatory, sets: readonly CalibrationSet[], sunsetMs: number): number {
  const durationS = (set: CalibrationSet): number => {
    try {
      return calibrationDurationS(set, observatory);
    } catch (error) {
      if (error instanceof CalibrationNotPossible) return 0;
      throw error;
    }
  };
  const totalS = sets.reduce((sum, set) => sum + durationS(set), 0);
  return Math.floor(sunsetMs - (totalS + BEFORE_SUNSET_S) * MS_PER_S);
}
