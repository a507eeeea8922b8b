import { GeoMoon } from 'astronomy-engine';
import { RAD_TO_DEG } from '../units.ts';
import { type Horizontal, placeOf, type Site, type SkyInstant, skyAt } from './coordinates.ts';
import { ephemerisTime, KM_PER_AU, type Vector3 } from './earth.ts';

/** Light from the Moon takes 1.22 to 1.36 s; the Moon moves 0.04 arcsec in the difference. */
const MOON_LIGHT_TIME_DAYS = 1.28 / 86_400;

/** The Sun or the Moon as a site sees it. */
export interface BodyPlace extends Horizontal {
  /** ICRS place among the catalogue's stars, from this site (parallax included), degrees: comparable with a target's raDeg. */
  raDeg: number;
  /** ICRS, degrees. */
  decDeg: number;
  /** From the site to the body's centre. */
  distanceKm: number;
}

export interface MoonPlace extends BodyPlace {
  /** At the Moon, between Sun and observer: 0 is full, 180 is new. */
  phaseAngleDeg: number;
  /** Share of the disc that is lit, 0 to 1: (1 + cos phaseAngle) / 2. */
  illuminatedFraction: number;
}

/** The centre of the Sun's disc. Ephemeris: VSOP87 as astronomy-engine has it, within 1 arcsec. */
export function sunAt(sky: SkyInstant): BodyPlace {
  return placeFrom(sky, sunFromSiteKm(sky));
}

/** The centre of the Moon's disc and its phase. Ephemeris: astronomy-engine's (Montenbruck & Pfleger, after Brown). */
export function moonAt(sky: SkyInstant): MoonPlace {
  const { x, y, z } = GeoMoon(ephemerisTime(sky.utcMs).AddDays(-MOON_LIGHT_TIME_DAYS));
  const [vx, vy, vz] = sky.earth.velocityAuPerDay;
  // Where the Moon was when its light left, seen from where the Earth is now.
  const moonKm: Vector3 = [
    (x - vx * MOON_LIGHT_TIME_DAYS) * KM_PER_AU - sky.siteKm[0],
    (y - vy * MOON_LIGHT_TIME_DAYS) * KM_PER_AU - sky.siteKm[1],
    (z - vz * MOON_LIGHT_TIME_DAYS) * KM_PER_AU - sky.siteKm[2],
  ];
  const place = placeFrom(sky, moonKm);
  const sunKm = sunFromSiteKm(sky);
  const toSun: Vector3 = [sunKm[0] - moonKm[0], sunKm[1] - moonKm[1], sunKm[2] - moonKm[2]];
  const cosPhase =
    -(toSun[0] * moonKm[0] + toSun[1] * moonKm[1] + toSun[2] * moonKm[2]) / (Math.hypot(...toSun) * place.distanceKm);
  const cos = Math.min(1, Math.max(-1, cosPhase));
  return { ...place, phaseAngleDeg: Math.acos(cos) * RAD_TO_DEG, illuminatedFraction: (1 + cos) / 2 };
}

/** Altitude of the Sun's centre without the air, degrees: the number that twilight is defined by. */
export function sunAltitudeDeg(utcMs: number, site: Site): number {
  return sunAt(skyAt(utcMs, site)).altitudeUnrefractedDeg;
}

function placeFrom(sky: SkyInstant, fromSiteKm: Vector3): BodyPlace {
  return { ...sky.horizontalOf(fromSiteKm), ...placeOf(fromSiteKm), distanceKm: Math.hypot(...fromSiteKm) };
}

/** The Sun hardly moves (13 m/s) while its light travels, so it stands where the Earth is now, seen backwards. */
function sunFromSiteKm({ earth, siteKm }: SkyInstant): Vector3 {
  const [x, y, z] = earth.positionAu;
  return [-x * KM_PER_AU - siteKm[0], -y * KM_PER_AU - siteKm[1], -z * KM_PER_AU - siteKm[2]];
}
