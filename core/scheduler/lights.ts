import type { Site } from '../sky/coordinates.ts';
import { skyAt } from '../sky/coordinates.ts';
import { moonAt, sunAt } from '../sky/sun-moon.ts';
import { MS_PER_S, S_PER_HOUR } from '../units.ts';
import { altitudeAtHourAngle, arcOf, type Interval, SIDEREAL_DEG_PER_MS } from './arc.ts';

const HOUR_MS = S_PER_HOUR * MS_PER_S;
/** Steps in which the night is searched for the Sun's passages; its culminations are looked at besides, so none is missed. */
const SEARCH_STEPS = 48;
/** Halvings of a step, at most half an hour: the passage is found to below a microsecond. */
const HALVINGS = 44;

/** The Sun between two instants of one night. */
export interface SunTrack {
  /** Altitude of the centre without the air, degrees. */
  altitudeDeg(utcMs: number): number;
  /** When it is at or below an altitude, in order of time: none, one span, or (span of nearly a day) two. */
  below(altitudeDeg: number): Interval[];
}

/**
 * Follows the Sun from the places at both ends of `span`, at most a day long: declination and drift against the stars change
 * evenly in between, to 10 arcsec.
 */
export function trackSun(span: Interval, site: Site): SunTrack {
  const baseMs = Math.max(HOUR_MS, span.toMs - span.fromMs);
  const begin = sunArc(span.fromMs, site);
  const end = sunArc(span.fromMs + baseMs, site);
  const turnedDeg = baseMs * SIDEREAL_DEG_PER_MS;
  const driftDeg = ((((end.hourAngleDeg - begin.hourAngleDeg - turnedDeg - 180) % 360) + 360) % 360) - 180;
  const degPerMs = SIDEREAL_DEG_PER_MS + driftDeg / baseMs;
  const decDegPerMs = (end.declinationDeg - begin.declinationDeg) / baseMs;
  const { latitudeDeg } = site;

  const altitudeDeg = (utcMs: number): number => {
    const passedMs = utcMs - span.fromMs;
    const declinationDeg = begin.declinationDeg + passedMs * decDegPerMs;
    return altitudeAtHourAngle({ latitudeDeg, declinationDeg }, begin.hourAngleDeg + passedMs * degPerMs);
  };
  const knotsMs = Array.from(
    { length: SEARCH_STEPS + 1 },
    (_, step) => span.fromMs + (step * (span.toMs - span.fromMs)) / SEARCH_STEPS,
  );
  // Between neighbours of this list the Sun only rises or only falls.
  for (const culminationDeg of [0, 180]) {
    for (let turn = -1; turn <= 2; turn++) {
      const atMs = span.fromMs + (culminationDeg + turn * 360 - begin.hourAngleDeg) / degPerMs;
      if (atMs > span.fromMs && atMs < span.toMs) knotsMs.push(atMs);
    }
  }
  knotsMs.sort((a, b) => a - b);

  return {
    altitudeDeg,
    below(limitDeg) {
      const parts: Interval[] = [];
      const crossing = (aMs: number, bMs: number): number => {
        const rising = altitudeDeg(bMs) > altitudeDeg(aMs);
        let [downMs, upMs] = rising ? [aMs, bMs] : [bMs, aMs];
        for (let halving = 0; halving < HALVINGS; halving++) {
          const middleMs = (downMs + upMs) / 2;
          if (altitudeDeg(middleMs) <= limitDeg) downMs = middleMs;
          else upMs = middleMs;
        }
        return downMs;
      };
      let openMs = altitudeDeg(span.fromMs) <= limitDeg ? span.fromMs : undefined;
      for (let knot = 1; knot < knotsMs.length; knot++) {
        const isBelow = altitudeDeg(knotsMs[knot]) <= limitDeg;
        if (isBelow && openMs === undefined) openMs = crossing(knotsMs[knot - 1], knotsMs[knot]);
        if (!isBelow && openMs !== undefined) {
          parts.push({ fromMs: openMs, toMs: crossing(knotsMs[knot - 1], knotsMs[knot]) });
          openMs = undefined;
        }
      }
      if (openMs !== undefined) parts.push({ fromMs: openMs, toMs: span.toMs });
      return parts;
    },
  };
}

function sunArc(utcMs: number, site: Site) {
  return arcOf(sunAt(skyAt(utcMs, site)), utcMs, site.latitudeDeg);
}

/** The Moon as the site sees it: ICRS place, degrees, comparable with a target's, and altitude as seen through the air. */
export interface MoonPlaceAt {
  raDeg: number;
  decDeg: number;
  altitudeRefractedDeg: number;
}

/** Taken as even between two instants this far apart, the Moon's place is good to 10 arcsec and its altitude to 0.06 degrees. */
const MOON_STEP_MS = HOUR_MS / 3;

/** The Moon from `fromMs` on: worked out at those steps that are asked for, and evenly in between. */
export function trackMoon(fromMs: number, site: Site): (utcMs: number) => MoonPlaceAt {
  const known = new Map<number, ReturnType<typeof moonAt>>();
  const place = (step: number) => {
    let moon = known.get(step);
    if (!moon) {
      moon = moonAt(skyAt(fromMs + step * MOON_STEP_MS, site));
      known.set(step, moon);
    }
    return moon;
  };
  return (utcMs) => {
    const steps = (utcMs - fromMs) / MOON_STEP_MS;
    const step = Math.floor(steps);
    const share = steps - step;
    const [from, to] = [place(step), place(step + 1)];
    const aheadDeg = ((((to.raDeg - from.raDeg + 180) % 360) + 360) % 360) - 180;
    return {
      raDeg: (from.raDeg + share * aheadDeg + 360) % 360,
      decDeg: from.decDeg + share * (to.decDeg - from.decDeg),
      altitudeRefractedDeg: from.altitudeRefractedDeg + share * (to.altitudeRefractedDeg - from.altitudeRefractedDeg),
    };
  };
}
