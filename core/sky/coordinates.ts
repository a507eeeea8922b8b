import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';
import { airmassOf } from './airmass.ts';
import { wrapDeg } from './angles.ts';
import { type EarthState, earthAt, gmstRadAt, KM_PER_AU, LIGHT_AU_PER_DAY, type Vector3 } from './earth.ts';
import { geocentricM } from './geodesy.ts';
import { type Air, refractionBy, standardAir, unrefractedDeg } from './refraction.ts';

/** A place on the WGS84 ellipsoid: geodetic latitude [-90, 90], longitude east positive, metres above the ellipsoid. */
export interface Site {
  latitudeDeg: number;
  longitudeDeg: number;
  elevationM: number;
}

/** Where a target stands for a telescope. Every angle is apparent: with precession, nutation and aberration. */
export interface Horizontal {
  /** Without the air, [-90, 90]. */
  altitudeUnrefractedDeg: number;
  /** As the telescope must point, [-90, 90]. */
  altitudeRefractedDeg: number;
  /** 90 - altitudeRefractedDeg. */
  zenithDistanceRefractedDeg: number;
  /** From north through east, [0, 360). */
  azimuthDeg: number;
  /** West of the meridian positive, (-12, 12]. */
  hourAngleHours: number;
  /** At the target, from the celestial north pole of date to the zenith, positive through east, (-180, 180]: positive in the west. */
  parallacticAngleDeg: number;
  /** Kasten & Young 1989; Infinity below the horizon. */
  airmass: number;
}

/** The sky over a site at one instant: what is the same for all targets is worked out once. */
export interface SkyInstant {
  utcMs: number;
  site: Site;
  air: Air;
  /** Local mean sidereal time, [0, 24). */
  lmstHours: number;
  /** Where an ICRS place (degrees) stands. */
  horizontal(raDeg: number, decDeg: number): Horizontal;
  /** As `horizontal`, for an ICRS direction given as a vector of any length. */
  horizontalOf(direction: Vector3): Horizontal;
  /** The ICRS place, degrees, that is seen through the air at an altitude and azimuth: the inverse of `horizontal`. */
  icrs(altitudeRefractedDeg: number, azimuthDeg: number): { raDeg: number; decDeg: number };
  earth: EarthState;
  /** From the Earth's centre to the site, km, ICRS axes. */
  siteKm: Vector3;
}

/** Rotation of the Earth with respect to the stars, radians a day. */
const EARTH_SPIN_RAD_PER_DAY = 2 * Math.PI * 1.002737811911355;

/**
 * Opens the sky over a site at an instant (`utcMs`, from 1972 on). Left out, because smaller than UT1-UTC: polar motion
 * (0.3 arcsec) and the bending of light by the Sun (0.02 arcsec at 20 degrees from it). Proper motion and parallax are the caller's.
 * @param air at the telescope; the standard atmosphere at the site's elevation when not given
 */
export function skyAt(utcMs: number, site: Site, air: Air = standardAir(site.elevationM)): SkyInstant {
  const earth = earthAt(utcMs);
  const refraction = refractionBy(air);
  const lastRad = earth.gastRad + site.longitudeDeg * DEG_TO_RAD;
  const sinLast = Math.sin(lastRad);
  const cosLast = Math.cos(lastRad);
  const sinLatitude = Math.sin(site.latitudeDeg * DEG_TO_RAD);
  const cosLatitude = Math.cos(site.latitudeDeg * DEG_TO_RAD);

  // Axes of the site in ICRS: to where meridian and equator meet (m), to the east point (e), to the pole of date (p).
  const [x, y, p] = earth.trueOfDate;
  const m: Vector3 = [0, 1, 2].map((i) => cosLast * x[i] + sinLast * y[i]) as unknown as Vector3;
  const e: Vector3 = [0, 1, 2].map((i) => cosLast * y[i] - sinLast * x[i]) as unknown as Vector3;

  const { xM, yM, zM } = geocentricM(site);
  const axisKm = Math.hypot(xM, yM) / 1000;
  const poleKm = zM / 1000;
  const siteKm = [0, 1, 2].map((i) => axisKm * m[i] + poleKm * p[i]) as unknown as Vector3;
  const spinAuPerDay = (axisKm / KM_PER_AU) * EARTH_SPIN_RAD_PER_DAY;
  const [vx, vy, vz] = [0, 1, 2].map((i) => (earth.velocityAuPerDay[i] + spinAuPerDay * e[i]) / LIGHT_AU_PER_DAY);
  const slowing = Math.sqrt(1 - (vx * vx + vy * vy + vz * vz));

  const horizontalOfUnit = (ux: number, uy: number, uz: number): Horizontal => {
    // Aberration in special relativity, as SOFA's `ab`; the length is not needed, for only ratios of components follow.
    const along = ux * vx + uy * vy + uz * vz;
    const push = 1 + along / (1 + slowing);
    const ax = ux * slowing + push * vx;
    const ay = uy * slowing + push * vy;
    const az = uz * slowing + push * vz;

    const meridian = m[0] * ax + m[1] * ay + m[2] * az;
    const east = e[0] * ax + e[1] * ay + e[2] * az;
    const pole = p[0] * ax + p[1] * ay + p[2] * az;
    const up = cosLatitude * meridian + sinLatitude * pole;
    const north = cosLatitude * pole - sinLatitude * meridian;
    const altitudeUnrefractedDeg = Math.atan2(up, Math.sqrt(north * north + east * east)) * RAD_TO_DEG;
    const altitudeRefractedDeg = Math.min(90, altitudeUnrefractedDeg + refraction(altitudeUnrefractedDeg));
    // At the target, towards the zenith: the part along growing declination and the part along growing right ascension.
    const equatorial = meridian * meridian + east * east;
    const zenithNorth = sinLatitude * equatorial - cosLatitude * meridian * pole;
    const zenithEast = -cosLatitude * east * Math.sqrt(equatorial + pole * pole);
    const hourAngleHours = (Math.atan2(-east, meridian) * RAD_TO_DEG) / 15;
    return {
      altitudeUnrefractedDeg,
      altitudeRefractedDeg,
      zenithDistanceRefractedDeg: 90 - altitudeRefractedDeg,
      azimuthDeg: wrapDeg(Math.atan2(east, north) * RAD_TO_DEG),
      hourAngleHours: hourAngleHours === -12 ? 12 : hourAngleHours,
      parallacticAngleDeg: Math.atan2(zenithEast, zenithNorth) * RAD_TO_DEG,
      airmass: airmassOf(90 - altitudeRefractedDeg),
    };
  };

  return {
    utcMs,
    site,
    air,
    earth,
    siteKm,
    lmstHours: hoursOf(earth.gmstRad, site.longitudeDeg),
    horizontal(raDeg, decDeg) {
      const cosDec = Math.cos(decDeg * DEG_TO_RAD);
      const ra = raDeg * DEG_TO_RAD;
      return horizontalOfUnit(cosDec * Math.cos(ra), cosDec * Math.sin(ra), Math.sin(decDeg * DEG_TO_RAD));
    },
    horizontalOf([ux, uy, uz]) {
      const length = Math.hypot(ux, uy, uz);
      return horizontalOfUnit(ux / length, uy / length, uz / length);
    },
    icrs(altitudeRefractedDeg, azimuthDeg) {
      const altitude = unrefractedDeg(altitudeRefractedDeg, refraction) * DEG_TO_RAD;
      const azimuth = azimuthDeg * DEG_TO_RAD;
      const up = Math.sin(altitude);
      const north = Math.cos(altitude) * Math.cos(azimuth);
      const east = Math.cos(altitude) * Math.sin(azimuth);
      const meridian = cosLatitude * up - sinLatitude * north;
      const pole = sinLatitude * up + cosLatitude * north;
      const seen = [0, 1, 2].map((i) => meridian * m[i] + east * e[i] + pole * p[i]);
      // The way back through the aberration is that for the opposite velocity.
      const along = -(seen[0] * vx + seen[1] * vy + seen[2] * vz);
      const push = 1 + along / (1 + slowing);
      return placeOf([seen[0] * slowing - push * vx, seen[1] * slowing - push * vy, seen[2] * slowing - push * vz]);
    },
  };
}

/** Right ascension [0, 360) and declination of a direction, degrees. */
export function placeOf([x, y, z]: Vector3): { raDeg: number; decDeg: number } {
  return { raDeg: wrapDeg(Math.atan2(y, x) * RAD_TO_DEG), decDeg: Math.atan2(z, Math.hypot(x, y)) * RAD_TO_DEG };
}

/** Local mean sidereal time, hours, [0, 24), with UT1 = UTC. Longitude in degrees, east positive. */
export function lmstHours(utcMs: number, longitudeDeg: number): number {
  return hoursOf(gmstRadAt(utcMs), longitudeDeg);
}

function hoursOf(gmstRad: number, longitudeDeg: number): number {
  return wrapDeg(gmstRad * RAD_TO_DEG + longitudeDeg) / 15;
}
