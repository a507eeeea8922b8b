import { DEG_TO_RAD } from '../units.ts';

/** WGS 84: equatorial radius in metres, and flattening. NIMA TR8350.2, third edition (2000), table 3.1. */
const EQUATORIAL_RADIUS_M = 6_378_137;
const FLATTENING = 1 / 298.257_223_563;

/**
 * Geocentric place of a site, metres: X to longitude 0 on the equator, Y to 90 degrees east, Z to the north pole (what FITS
 * calls OBSGEO). Latitude geodetic, longitude east positive, elevation above the ellipsoid.
 */
export function geocentricM(site: { latitudeDeg: number; longitudeDeg: number; elevationM: number }): {
  xM: number;
  yM: number;
  zM: number;
} {
  const latitude = site.latitudeDeg * DEG_TO_RAD;
  const longitude = site.longitudeDeg * DEG_TO_RAD;
  const eccentricitySquared = FLATTENING * (2 - FLATTENING);
  const curvatureM = EQUATORIAL_RADIUS_M / Math.sqrt(1 - eccentricitySquared * Math.sin(latitude) ** 2);
  const fromAxisM = (curvatureM + site.elevationM) * Math.cos(latitude);
  return {
    xM: fromAxisM * Math.cos(longitude),
    yM: fromAxisM * Math.sin(longitude),
    zM: (curvatureM * (1 - eccentricitySquared) + site.elevationM) * Math.sin(latitude),
  };
}
