import { dayObsBounds } from '../time.ts';
import { MS_PER_S } from '../units.ts';
import type { Site } from './coordinates.ts';
import { sunAltitudeDeg } from './sun-moon.ts';

/** Altitude of the Sun's centre, without the air, at sunrise and sunset: 34' of refraction and 16' of half diameter (USNO). */
export const SUNSET_ALTITUDE_DEG = -0.833;
/** Altitudes of the Sun's centre, without the air, at which each twilight ends in the evening and begins in the morning. */
export const TWILIGHT_ALTITUDE_DEG = { civil: -6, nautical: -12, astronomical: -18 } as const;

/** The instants at which the Sun sinks below an altitude and rises above it again; undefined where it does not do so. */
export interface Darkness {
  eveningMs: number | undefined;
  morningMs: number | undefined;
}

/** The night of one day of observation, local mean noon to noon. */
export interface NightTimes {
  dayObs: number;
  /** polarDay: the Sun is never below SUNSET_ALTITUDE_DEG from noon to noon; polarNight: never above it. */
  kind: 'night' | 'polarDay' | 'polarNight';
  startMs: number;
  endMs: number;
  /** The instant of the lowest Sun, and its altitude without the air, degrees. */
  midnightMs: number;
  sunLowestDeg: number;
  sunsetMs: number | undefined;
  sunriseMs: number | undefined;
  civil: Darkness;
  nautical: Darkness;
  astronomical: Darkness;
  /** Seconds of the day of observation with the Sun below -18 degrees: 0 in white nights, 86400 in the deepest polar night. */
  darkTimeS: number;
}

/** Between samples of 20 minutes the Sun's altitude has at most one bend; bends are then looked at closely. */
const SAMPLE_MS = 20 * 60 * MS_PER_S;
const TOLERANCE_MS = 1;

/**
 * Sunset, sunrise and the three twilights around the lowest Sun of a day of observation. The upper limb and the usual
 * refraction make sunset; the dip of the horizon seen from a mountain is ignored, as almanacs do. A Sun that is below an
 * altitude already at the first noon has no evening for it, one that stays below until the second noon no morning: in polar
 * regions both are ordinary. Throws InvalidDate when dayObs is not a date.
 */
export function nightTimes(dayObs: number, site: Site): NightTimes {
  const { startMs, endMs } = dayObsBounds(dayObs, site.longitudeDeg);
  const altitude = (utcMs: number) => sunAltitudeDeg(utcMs, site);
  const samples: Sample[] = [];
  for (let utcMs = startMs; utcMs <= endMs; utcMs += SAMPLE_MS) samples.push({ utcMs, altitudeDeg: altitude(utcMs) });
  const curve = [...samples, ...extremes(samples, altitude)].sort((a, b) => a.utcMs - b.utcMs);

  const lowest = curve.reduce((least, each) => (each.altitudeDeg < least.altitudeDeg ? each : least));
  const highestDeg = Math.max(...curve.map((each) => each.altitudeDeg));
  const below = (limitDeg: number): Darkness => {
    const at = curve.indexOf(lowest);
    if (lowest.altitudeDeg >= limitDeg) return { eveningMs: undefined, morningMs: undefined };
    const before = curve.findLastIndex((each, index) => index < at && each.altitudeDeg >= limitDeg);
    const after = curve.findIndex((each, index) => index > at && each.altitudeDeg >= limitDeg);
    return {
      eveningMs: before < 0 ? undefined : crossing(curve[before], curve[before + 1], limitDeg, altitude),
      morningMs: after < 0 ? undefined : crossing(curve[after - 1], curve[after], limitDeg, altitude),
    };
  };
  const sunset = below(SUNSET_ALTITUDE_DEG);
  const astronomical = below(TWILIGHT_ALTITUDE_DEG.astronomical);
  const isDark = lowest.altitudeDeg < TWILIGHT_ALTITUDE_DEG.astronomical;
  return {
    dayObs,
    kind:
      lowest.altitudeDeg >= SUNSET_ALTITUDE_DEG
        ? 'polarDay'
        : highestDeg < SUNSET_ALTITUDE_DEG
          ? 'polarNight'
          : 'night',
    startMs,
    endMs,
    midnightMs: lowest.utcMs,
    sunLowestDeg: lowest.altitudeDeg,
    sunsetMs: sunset.eveningMs,
    sunriseMs: sunset.morningMs,
    civil: below(TWILIGHT_ALTITUDE_DEG.civil),
    nautical: below(TWILIGHT_ALTITUDE_DEG.nautical),
    astronomical,
    darkTimeS: isDark ? ((astronomical.morningMs ?? endMs) - (astronomical.eveningMs ?? startMs)) / MS_PER_S : 0,
  };
}

interface Sample {
  utcMs: number;
  altitudeDeg: number;
}

/** Every highest and lowest point of the curve, so that a Sun that only touches an altitude between samples is not missed. */
function extremes(samples: readonly Sample[], altitude: (utcMs: number) => number): Sample[] {
  const found: Sample[] = [];
  for (const sign of [1, -1]) {
    const height = (index: number) => sign * (samples[index]?.altitudeDeg ?? sign * Number.NEGATIVE_INFINITY);
    samples.forEach((_, index) => {
      if (height(index) < height(index - 1) || height(index) < height(index + 1)) return;
      let low = samples[Math.max(0, index - 1)].utcMs;
      let high = samples[Math.min(samples.length - 1, index + 1)].utcMs;
      // The curve is flat to 1e-7 degrees within a second of its extreme, so a finer search would only follow rounding.
      while (high - low > MS_PER_S) {
        const third = (high - low) / 3;
        if (sign * altitude(low + third) < sign * altitude(high - third)) low += third;
        else high -= third;
      }
      const utcMs = Math.round((low + high) / 2);
      found.push({ utcMs, altitudeDeg: altitude(utcMs) });
    });
  }
  return found;
}

/** Where the altitude passes `limitDeg` between two points that lie on different sides of it, to the millisecond (bisection). */
function crossing(from: Sample, to: Sample, limitDeg: number, altitude: (utcMs: number) => number): number {
  const falls = from.altitudeDeg >= limitDeg;
  let low = from.utcMs;
  let high = to.utcMs;
  while (high - low > TOLERANCE_MS) {
    const middle = (low + high) / 2;
    if (altitude(middle) >= limitDeg === falls) low = middle;
    else high = middle;
  }
  return Math.round((low + high) / 2);
}
