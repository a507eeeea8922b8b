import type { Site } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { nightTimes } from '../sky/twilight.ts';
import type { Place } from '../twin/mount.ts';

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
