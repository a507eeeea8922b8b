import { ConfigureFailed } from '../errors.ts';
import { groundZeroPointMag, type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';
import { skyBrightness } from '../sky/background.ts';
import { skyAt } from '../sky/coordinates.ts';
import { sunAltitudeDeg, sunAt } from '../sky/sun-moon.ts';
import { TWILIGHT_ALTITUDE_DEG } from '../sky/twilight.ts';
import { MS_PER_DAY, MS_PER_S } from '../units.ts';
import { filterNamed } from './instrument.ts';
import type { Place } from './mount.ts';
import { skyToward } from './sky-light.ts';

/** Zenith distance at which the twilight sky is flattest, away from the Sun: Chromey & Hasselbacher 1996, PASP 108, 944. */
const FLATTEST_ZENITH_DISTANCE_DEG = 15;
/** Steps in which the sky's change is followed; within one its logarithm is a straight line to 1e-4. */
const STEP_MS = 20 * MS_PER_S;
/** The Sun is never up nor the sky dark in a flat. */
const SUN_HIGHEST_DEG = 0;

/** One frame of a series of twilight flats. */
export interface TwilightFlat {
  beginMs: number;
  exposureTimeS: number;
  /** Counts above the bias level at the centre of the field. */
  expectedAdu: number;
}

/** Where to point for twilight flats: 15 degrees from the zenith, away from the Sun. */
export function twilightFlatPointing(
  observatory: Pick<Observatory, 'site'>,
  utcMs: number,
): { altitudeDeg: number; azimuthDeg: number } {
  const { azimuthDeg } = sunAt(skyAt(utcMs, observatory.site));
  return { altitudeDeg: 90 - FLATTEST_ZENITH_DISTANCE_DEG, azimuthDeg: (azimuthDeg + 180) % 360 };
}

/**
 * Electrons per second that the sky gives a pixel at an instant: that of a place, with Moon and all and without cloud, or the
 * moonless sky at the flattest place.
 */
export function twilightRateE(observatory: Observatory, filter: string, utcMs: number, place?: Place): number {
  const glass = filterNamed(observatory, filter);
  const rateOf = (mag: number) =>
    plateScaleArcsecPerPix(observatory) ** 2 * 10 ** (-0.4 * (mag - groundZeroPointMag(glass)));
  if (place !== undefined) {
    const instant = skyAt(utcMs, observatory.site);
    const sunDeg = sunAltitudeDeg(utcMs, observatory.site);
    return rateOf(skyToward({ observatory, instant, filter: glass, sunAltitudeDeg: sunDeg })(place, 0));
  }
  const { band, darkSkyMagPerArcsec2, extinctionMagPerAirmass } = glass;
  const mag = skyBrightness({
    band,
    darkSkyMagPerArcsec2,
    extinctionMagPerAirmass,
    zenithDistanceDeg: FLATTEST_ZENITH_DISTANCE_DEG,
    sunAltitudeDeg: sunAltitudeDeg(utcMs, observatory.site),
    moon: { zenithDistanceDeg: 180, separationDeg: 180, phaseAngleDeg: 180 },
  });
  return rateOf(mag);
}

/** Electrons per pixel that the twilight sky gives in an exposure, its change meanwhile integrated. */
export function twilightElectrons(from: {
  observatory: Observatory;
  filter: string;
  beginMs: number;
  exposureTimeS: number;
  /** The flattest place of a moonless sky when left out. */
  place?: Place;
}): number {
  return skyCurve(from.observatory, from.filter, from.place)(from.beginMs, from.exposureTimeS);
}

/** The twilight sky as a function that gives the electrons of an exposure; instants looked at once are remembered. */
function skyCurve(
  observatory: Observatory,
  filter: string,
  place?: Place,
): (beginMs: number, exposureTimeS: number) => number {
  const known = new Map<number, number>();
  const logRateAt = (stepMs: number): number => {
    const logRate = known.get(stepMs) ?? Math.log(twilightRateE(observatory, filter, stepMs, place));
    known.set(stepMs, logRate);
    return logRate;
  };
  return (beginMs, exposureTimeS) => {
    const endMs = beginMs + exposureTimeS * MS_PER_S;
    let sum = 0;
    for (let stepMs = Math.floor(beginMs / STEP_MS) * STEP_MS; stepMs < endMs; stepMs += STEP_MS) {
      const from = logRateAt(stepMs);
      const perS = ((logRateAt(stepMs + STEP_MS) - from) / STEP_MS) * MS_PER_S;
      const since = Math.max(0, beginMs - stepMs) / MS_PER_S;
      const until = Math.min(STEP_MS, endMs - stepMs) / MS_PER_S;
      const growth = perS * (until - since);
      // The integral of an exponential; without growth, of a constant.
      sum +=
        Math.exp(from + perS * since) * (until - since) * (Math.abs(growth) < 1e-9 ? 1 : Math.expm1(growth) / growth);
    }
    return sum;
  };
}

/** Light of a twilight flat without stars, before `passOptics`: an even sky, expected electrons per pixel, row by row. */
export function twilightFlatLight(from: {
  observatory: Observatory;
  filter: string;
  beginMs: number;
  exposureTimeS: number;
}): Float32Array {
  const { widthPix, heightPix } = from.observatory.camera;
  return new Float32Array(widthPix * heightPix).fill(twilightElectrons(from));
}

/**
 * Plans a series of twilight flats, each with the exposure time that gives the target although the light changes meanwhile
 * (Tyson & Gal 1993, AJ 105, 1206). At dusk it waits until the shortest exposure no longer gives too much, and ends when the longest
 * gives too little; at dawn the other way round. Fewer than `count` come back when twilight ends first.
 * @param targetAdu counts above the bias level at the centre of the field
 * @param fromMs the series begins not before it
 * @param exposureMinS when left out the camera's; a longer one keeps the shutter's pattern small
 * @param place of the sky that is looked at; the flattest of a moonless sky when left out
 * @param gapS from the end of an exposure to the begin of the next; the readout when left out
 * Throws ConfigureFailed for a filter that is not there, or times and a target that no exposure can meet.
 */
export function twilightFlatPlan(from: {
  observatory: Observatory;
  filter: string;
  targetAdu: number;
  count: number;
  fromMs: number;
  when: 'dusk' | 'dawn';
  exposureMinS?: number;
  exposureMaxS?: number;
  gapS?: number;
  place?: Place;
}): TwilightFlat[] {
  const { observatory, filter, targetAdu, count, fromMs, when } = from;
  const { camera } = observatory;
  const { exposureMinS = camera.exposureTimeMinS, exposureMaxS = camera.exposureTimeMaxS } = from;
  const { gapS = camera.readoutS } = from;
  if (
    !(exposureMinS >= camera.exposureTimeMinS && exposureMinS < exposureMaxS && exposureMaxS <= camera.exposureTimeMaxS)
  ) {
    throw new ConfigureFailed(
      `twilight flats of ${exposureMinS} to ${exposureMaxS} s; must be a range within ${camera.exposureTimeMinS} to ${camera.exposureTimeMaxS} s, which ${camera.id} takes`,
    );
  }
  if (!(targetAdu > 0)) throw new ConfigureFailed(`twilight flats of ${targetAdu} ADU; must be more than 0`);
  const targetE = targetAdu * camera.gainEPerAdu;
  const electronsOf = skyCurve(observatory, filter, from.place);
  const flats: TwilightFlat[] = [];
  let beginMs = Math.ceil(fromMs);
  while (flats.length < count && beginMs - fromMs < MS_PER_DAY) {
    const altitudeDeg = sunAltitudeDeg(beginMs, observatory.site);
    const rising = sunAltitudeDeg(beginMs + STEP_MS, observatory.site) > altitudeDeg;
    const over = when === 'dusk' ? altitudeDeg < TWILIGHT_ALTITUDE_DEG.astronomical : altitudeDeg > SUN_HIGHEST_DEG;
    const inTwilight = altitudeDeg <= SUN_HIGHEST_DEG && altitudeDeg >= TWILIGHT_ALTITUDE_DEG.astronomical;
    if (over && rising === (when === 'dawn') && flats.length > 0) break;
    if (!inTwilight || rising !== (when === 'dawn')) {
      beginMs += STEP_MS;
      continue;
    }
    const light = (exposureTimeS: number) => electronsOf(beginMs, exposureTimeS);
    const tooBright = light(exposureMinS) > targetE;
    const tooFaint = !tooBright && light(exposureMaxS) < targetE;
    if (tooBright || tooFaint) {
      // The sky comes into the range at dusk from above and at dawn from below, and leaves it on the other side.
      if (tooBright === (when === 'dawn')) break;
      beginMs += WAIT_MS;
      continue;
    }
    const exposureTimeS = exposureFor(targetE, light, exposureMinS, exposureMaxS);
    flats.push({ beginMs, exposureTimeS, expectedAdu: light(exposureTimeS) / camera.gainEPerAdu });
    beginMs += Math.round((exposureTimeS + gapS) * MS_PER_S);
  }
  return flats;
}

/**
 * Twilight flats last between these where the camera lets them: in shorter ones the shutter's own pattern would show, and longer ones
 * would have stars.
 */
const USUAL_S = { min: 5, max: 60 };

/** Shortest and longest exposure of twilight flats with a camera, s. */
export function twilightFlatTimesS({ exposureTimeMinS, exposureTimeMaxS }: Observatory['camera']): {
  exposureMinS: number;
  exposureMaxS: number;
} {
  const exposureMinS = Math.max(exposureTimeMinS, Math.min(USUAL_S.min, exposureTimeMaxS / 2));
  const exposureMaxS = exposureMinS < USUAL_S.max ? Math.min(USUAL_S.max, exposureTimeMaxS) : exposureTimeMaxS;
  return { exposureMinS, exposureMaxS };
}

/** How often the sky is looked at while it is still too bright or too faint. */
const WAIT_MS = 2 * MS_PER_S;

/** The exposure time at which growing light reaches the target, to the millisecond. */
function exposureFor(targetE: number, light: (exposureTimeS: number) => number, minS: number, maxS: number): number {
  let [low, high] = [minS, maxS];
  while (high - low > 0.5 / MS_PER_S) {
    const middle = (low + high) / 2;
    if (light(middle) < targetE) low = middle;
    else high = middle;
  }
  return Math.min(maxS, Math.max(minS, Math.round(high * MS_PER_S) / MS_PER_S));
}
