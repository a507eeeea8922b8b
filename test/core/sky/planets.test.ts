import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { separationDeg } from '../../../core/sky/angles.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { planetsAt } from '../../../core/sky/planets.ts';

/** Made by astropy; test/truth/sky/planets.py says how. */
const truth = JSON.parse(readFileSync(new URL('../../truth/sky/planets.json', import.meta.url), 'utf8')) as {
  planets: { utc: string; name: string; altitudeDeg: number; azimuthDeg: number; distanceAu: number }[];
};
const site = { latitudeDeg: 28.7606, longitudeDeg: -17.8816, elevationM: 2396 };
/** IAU equatorial radii, km. */
const RADIUS_KM: Record<string, number> = {
  Venus: 6051.8,
  Mars: 3396.2,
  Jupiter: 71492,
  Saturn: 60268,
  Uranus: 25559,
  Neptune: 24764,
};
/**
 * How far astropy's built-in ephemeris (Simon et al. 1994, as ERFA's plan94 has it) may lie from the truth: largest errors of the
 * heliocentric longitude 1800 to 2050, as its documentation gives them, with 20 arcsec for nearness to the Earth.
 */
const TRUTH_ARCSEC: Record<string, number> = {
  Venus: 27,
  Mars: 46,
  Jupiter: 98,
  Saturn: 107,
  Uranus: 106,
  Neptune: 31,
};

describe('planets', () => {
  it.each(truth.planets)(
    '$name stands where astropy sees it at $utc',
    ({ utc, name, altitudeDeg, azimuthDeg, distanceAu }) => {
      const instant = skyAt(Date.parse(`${utc}Z`), site);
      const planet = planetsAt(instant).find((each) => each.name === name)!;
      const at = instant.horizontal(planet.raDeg, planet.decDeg);
      const apartDeg = separationDeg(azimuthDeg, altitudeDeg, at.azimuthDeg, at.altitudeUnrefractedDeg);
      expect(apartDeg * 3600).toBeLessThan(TRUTH_ARCSEC[name]);
      const diameterArcsec = (2 * RADIUS_KM[name] * 206264.8) / (distanceAu * 149_597_870.7);
      expect(planet.diameterArcsec / diameterArcsec).toBeCloseTo(1, 3);
    },
  );

  it.each([
    // Extremes of the apparent magnitude: Mallama & Hilton 2018, Astron. Comput. 25, 10.
    ['Venus', -4.92, -2.98],
    ['Mars', -2.94, 1.86],
    ['Jupiter', -2.94, -1.66],
    ['Saturn', -0.55, 1.3],
    ['Uranus', 5.38, 6.03],
    ['Neptune', 7.67, 8.0],
  ])('%s is between V %d and %d', (name, brightest, faintest) => {
    for (let month = 0; month < 24; month++) {
      const planet = planetsAt(skyAt(Date.UTC(2026, month, 5), site)).find((each) => each.name === name)!;
      expect(planet.vMag).toBeGreaterThan(brightest - 0.15);
      // Venus is fainter only near its conjunctions with the Sun.
      expect(planet.vMag).toBeLessThan(faintest + (name === 'Venus' ? 1 : 0.15));
    }
  });
});
