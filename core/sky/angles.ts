import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';

/** The same direction in [0, 360). */
export function wrapDeg(angleDeg: number): number {
  const wrapped = angleDeg % 360;
  // Adding 360 to a tiny negative angle rounds to 360 itself, which is outside the range.
  return wrapped < 0 ? (wrapped + 360) % 360 : wrapped;
}

/** Angle between two directions on the sphere, degrees, 0 to 180. Vincenty's formula: exact for tiny and for opposite angles too. */
export function separationDeg(raDeg1: number, decDeg1: number, raDeg2: number, decDeg2: number): number {
  const deltaRa = (raDeg2 - raDeg1) * DEG_TO_RAD;
  const sin1 = Math.sin(decDeg1 * DEG_TO_RAD);
  const cos1 = Math.cos(decDeg1 * DEG_TO_RAD);
  const sin2 = Math.sin(decDeg2 * DEG_TO_RAD);
  const cos2 = Math.cos(decDeg2 * DEG_TO_RAD);
  const x = cos2 * Math.sin(deltaRa);
  const y = cos1 * sin2 - sin1 * cos2 * Math.cos(deltaRa);
  const z = sin1 * sin2 + cos1 * cos2 * Math.cos(deltaRa);
  return Math.atan2(Math.hypot(x, y), z) * RAD_TO_DEG;
}

/** Direction from place 1 to place 2, degrees, [0, 360): 0 is north, 90 is east (growing right ascension). */
export function positionAngleDeg(raDeg1: number, decDeg1: number, raDeg2: number, decDeg2: number): number {
  const deltaRa = (raDeg2 - raDeg1) * DEG_TO_RAD;
  const dec1 = decDeg1 * DEG_TO_RAD;
  const dec2 = decDeg2 * DEG_TO_RAD;
  const east = Math.cos(dec2) * Math.sin(deltaRa);
  const north = Math.cos(dec1) * Math.sin(dec2) - Math.sin(dec1) * Math.cos(dec2) * Math.cos(deltaRa);
  return wrapDeg(Math.atan2(east, north) * RAD_TO_DEG);
}

/**
 * Galactic longitude [0, 360) and latitude [-90, 90] of an ICRS place, degrees. The galactic pole and node in ICRS are those
 * of the Hipparcos Catalogue (ESA SP-1200, volume 1, section 1.5.3): RA 192.85948, Dec 27.12825, node 32.93192.
 */
export function galacticOf(raDeg: number, decDeg: number): { longitudeDeg: number; latitudeDeg: number } {
  const deltaRa = (raDeg - POLE_RA_DEG) * DEG_TO_RAD;
  const dec = decDeg * DEG_TO_RAD;
  const pole = POLE_DEC_DEG * DEG_TO_RAD;
  const toPole = Math.sin(dec) * Math.sin(pole) + Math.cos(dec) * Math.cos(pole) * Math.cos(deltaRa);
  const toNode = Math.sin(dec) * Math.cos(pole) - Math.cos(dec) * Math.sin(pole) * Math.cos(deltaRa);
  const across = Math.cos(dec) * Math.sin(deltaRa);
  return {
    longitudeDeg: wrapDeg(NODE_LONGITUDE_DEG + 90 - Math.atan2(across, toNode) * RAD_TO_DEG),
    latitudeDeg: Math.atan2(toPole, Math.hypot(toNode, across)) * RAD_TO_DEG,
  };
}

const POLE_RA_DEG = 192.85948;
const POLE_DEC_DEG = 27.12825;
const NODE_LONGITUDE_DEG = 32.93192;
