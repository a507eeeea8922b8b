import { Body, GeoVector, Illumination } from 'astronomy-engine';
import { RAD_TO_DEG } from '../units.ts';
import { placeOf, type SkyInstant } from './coordinates.ts';
import { ephemerisTime, KM_PER_AU, type Vector3 } from './earth.ts';

/** A bright planet as a site sees it. */
export interface PlanetPlace {
  name: PlanetName;
  /** ICRS place among the catalogue's stars, from this site, degrees. */
  raDeg: number;
  decDeg: number;
  /** V of the whole disc as it is lit; of Saturn with its rings. */
  vMag: number;
  /** Its magnitudes in the bands are those of a star of this colour; Uranus and Neptune are fainter from i to y (methane). */
  bMinusV: number;
  /** Of the equator, arcsec. */
  diameterArcsec: number;
}

/**
 * Equatorial radius: IAU working group, Archinal et al. 2018 (Celest. Mech. Dyn. Astron. 130, 22). B-V: Mallama et al. 2017
 * (Icarus 282, 19).
 */
const PLANETS = {
  Venus: { radiusKm: 6051.8, bMinusV: 0.81 },
  Mars: { radiusKm: 3396.2, bMinusV: 1.42 },
  Jupiter: { radiusKm: 71492, bMinusV: 0.87 },
  Saturn: { radiusKm: 60268, bMinusV: 1.09 },
  Uranus: { radiusKm: 25559, bMinusV: 0.5 },
  Neptune: { radiusKm: 24764, bMinusV: 0.39 },
} as const;
export type PlanetName = keyof typeof PLANETS;

/**
 * Venus, Mars, Jupiter, Saturn, Uranus and Neptune: place and magnitude by astronomy-engine (VSOP87, within about 1 arcsec;
 * magnitudes within 0.1, Saturn's with the tilt of its rings). Light time is taken off, aberration is left to the apparent
 * place.
 */
export function planetsAt({ utcMs, siteKm }: SkyInstant): PlanetPlace[] {
  const time = ephemerisTime(utcMs);
  return (Object.keys(PLANETS) as PlanetName[]).map((name) => {
    const { x, y, z } = GeoVector(Body[name], time, false);
    const fromSiteKm: Vector3 = [x * KM_PER_AU - siteKm[0], y * KM_PER_AU - siteKm[1], z * KM_PER_AU - siteKm[2]];
    const { radiusKm, bMinusV } = PLANETS[name];
    const diameterArcsec = 2 * Math.asin(radiusKm / Math.hypot(...fromSiteKm)) * RAD_TO_DEG * 3600;
    return { name, ...placeOf(fromSiteKm), vMag: Illumination(Body[name], time).mag, bMinusV, diameterArcsec };
  });
}
