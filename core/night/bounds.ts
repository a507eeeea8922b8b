import type { Site } from '../records/observatory.ts';
import { nightTimes } from '../sky/twilight.ts';
import { isoOf } from '../time.ts';

/** When a night begins and ends, and how much of it is dark. */
export interface NightBounds {
  /** Sunset to sunrise; local mean noon where the Sun does not cross the horizon (polar night). */
  beginAt: string;
  endAt: string;
  /** Absent in polar night. */
  sunsetAt?: string;
  sunriseAt?: string;
  /** Seconds with the Sun below -18 degrees. */
  darkTimeS: number;
}

/** Bounds of the night of a day of observation; undefined on a polar day, when there is none. */
export function nightBounds(site: Site, dayObs: number): NightBounds | undefined {
  const times = nightTimes(dayObs, site);
  if (times.kind === 'polarDay') return undefined;
  const { sunsetMs, sunriseMs, startMs, endMs, darkTimeS } = times;
  return {
    beginAt: isoOf(sunsetMs ?? startMs),
    endAt: isoOf(sunriseMs ?? endMs),
    ...(sunsetMs !== undefined && { sunsetAt: isoOf(sunsetMs) }),
    ...(sunriseMs !== undefined && { sunriseAt: isoOf(sunriseMs) }),
    darkTimeS,
  };
}
