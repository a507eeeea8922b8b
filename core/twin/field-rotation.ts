import type { TelescopeState } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { DEG_TO_RAD } from '../units.ts';
import type { Place } from './mount.ts';

/** Turning of the Earth with respect to the stars, degrees a second. */
const SIDEREAL_DEG_PER_S = 15.041067 / 3600;

/**
 * How far the camera is turned on the sky, from north through east, against its position angle: half a turn after the flip of a
 * German mount or where the rotator holds it upside down; on an altAz mount without a derotator the parallactic angle, for there
 * the position angle is counted from the zenith.
 */
export function fieldRotationDeg(from: {
  observatory: Observatory;
  telescope: Pick<TelescopeState, 'cameraTurned'>;
  pointing: Place;
  utcMs: number;
}): number {
  const { observatory, telescope, pointing, utcMs } = from;
  const turnedDeg = telescope.cameraTurned ? 180 : 0;
  if (!observatory.mount.fieldRotates) return turnedDeg;
  return turnedDeg + skyAt(utcMs, observatory.site).horizontal(pointing.raDeg, pointing.decDeg).parallacticAngleDeg;
}

/**
 * How fast the parallactic angle of a star grows, degrees a second: minus the Earth's turning times cos(latitude) cos(azimuth) /
 * cos(altitude) (Meeus, Astronomical Algorithms, chapter 14, differentiated). Positive south of the line from east to west.
 */
export function fieldRotationRateDegPerS(at: { latitudeDeg: number; altitudeDeg: number; azimuthDeg: number }): number {
  const { latitudeDeg, altitudeDeg, azimuthDeg } = at;
  const [latitude, altitude, azimuth] = [latitudeDeg, altitudeDeg, azimuthDeg].map((angle) => angle * DEG_TO_RAD);
  return (-SIDEREAL_DEG_PER_S * Math.cos(latitude) * Math.cos(azimuth)) / Math.cos(altitude);
}
