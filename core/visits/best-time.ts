import type { Site } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { nightTimes } from '../sky/twilight.ts';
import type { Place } from '../twin/mount.ts';
import type { FlatLight } from '../twin/render.ts';

const STEP_MS = 300_000;

/**
 * The whole five minutes of a night at which a place stands highest while the Sun is below -18 degrees; the time of the lowest Sun
 * where it never is, and for no place. Throws InvalidDate when `dayObs` is not a date.
 */
export function bestTimeMs(site: Site, dayObs: number, place: Place | null): number {
  const { midnightMs, startMs, endMs, darkTimeS, astronomical } = nightTimes(dayObs, site);
  const midnight = Math.round(midnightMs / STEP_MS) * STEP_MS;
  if (!place || darkTimeS === 0) return midnight;
  const [fromMs, toMs] = [astronomical.eveningMs ?? startMs, astronomical.morningMs ?? endMs];
  let best = { utcMs: midnight, altitudeDeg: Number.NEGATIVE_INFINITY };
  for (let utcMs = Math.ceil(fromMs / STEP_MS) * STEP_MS; utcMs <= toMs; utcMs += STEP_MS) {
    const { altitudeUnrefractedDeg: altitudeDeg } = skyAt(utcMs, site).horizontal(place.raDeg, place.decDeg);
    if (altitudeDeg > best.altitudeDeg) best = { utcMs, altitudeDeg };
  }
  return best.utcMs;
}

/**
 * When to begin with flats in a night: at sunset for those of dusk, when the sky gets bright for those of dawn, at the lowest Sun under
 * the dome's lamp. Throws InvalidDate when `dayObs` is not a date.
 */
export function flatTimeMs(site: Site, dayObs: number, light: FlatLight): number {
  const { midnightMs, startMs, sunsetMs, astronomical } = nightTimes(dayObs, site);
  if (light === 'dusk') return Math.round(sunsetMs ?? startMs);
  return Math.round(light === 'dawn' ? (astronomical.morningMs ?? midnightMs) : midnightMs);
}
