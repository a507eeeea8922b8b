import { DEG_TO_RAD } from '../units.ts';

/**
 * Airmass of a zenith distance in degrees as seen through the air (refracted): Kasten & Young 1989, Applied Optics 28, 4735,
 * good to 0.5 % from the zenith (1) to the horizon (about 38). Their formula gives 0.9997 at the zenith; 1 is kept as the
 * least. Below the horizon, above 90 degrees, there is no airmass: Infinity, which fails every upper limit.
 */
export function airmassOf(zenithDistanceRefractedDeg: number): number {
  const z = zenithDistanceRefractedDeg;
  if (z > 90) return Number.POSITIVE_INFINITY;
  return Math.max(1, 1 / (Math.cos(z * DEG_TO_RAD) + 0.50572 * (96.07995 - z) ** -1.6364));
}
