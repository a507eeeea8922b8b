import type { Observatory } from '../records/observatory.ts';
import type { Conditions } from '../records/visit.ts';
import { skyAt } from '../sky/coordinates.ts';
import { moonAt, sunAt } from '../sky/sun-moon.ts';
import { isoOf } from '../time.ts';
import type { Weather } from './weather.ts';

/**
 * What is true of sky and weather at an instant. The Sun's altitude is that of its centre without the air (twilight is defined by
 * it), the Moon's that of its centre as seen through the air.
 */
export function conditionsAt(from: { observatory: Observatory; weather: Weather; utcMs: number }): Conditions {
  const sky = skyAt(from.utcMs, from.observatory.site);
  const moon = moonAt(sky);
  return {
    at: isoOf(from.utcMs),
    sunAltitudeDeg: sunAt(sky).altitudeUnrefractedDeg,
    moonAltitudeDeg: moon.altitudeRefractedDeg,
    moonIllumination: moon.illuminatedFraction,
    ...from.weather.at(from.utcMs),
  };
}
