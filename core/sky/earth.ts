import { AstroTime, Body, HelioState } from 'astronomy-engine';
import { mjdTt } from '../time.ts';
import { DEG_TO_RAD, MS_PER_DAY } from '../units.ts';

const ARCSEC_TO_RAD = DEG_TO_RAD / 3600;
const TURN_ARCSEC = 1_296_000;
const MJD_J2000 = 51_544.5;
const J2000_MS = Date.UTC(2000, 0, 1, 12);
const DAYS_PER_CENTURY = 36_525;
export const KM_PER_AU = 149_597_870.7;
/** Speed of light, astronomical units a day. */
export const LIGHT_AU_PER_DAY = 173.144_632_674_240_3;

export type Vector3 = readonly [x: number, y: number, z: number];

/** Where the Earth's axes point and how it moves at one instant. */
export interface EarthState {
  /** Rows of the rotation from ICRS to the true equator and equinox of date. */
  trueOfDate: readonly [Vector3, Vector3, Vector3];
  /** Greenwich mean sidereal time, radians, not reduced to one turn. */
  gmstRad: number;
  /** Greenwich apparent sidereal time, radians, not reduced to one turn. */
  gastRad: number;
  /** From the Sun to the Earth's centre, astronomical units, ICRS axes. */
  positionAu: Vector3;
  /** Velocity of the Earth's centre, astronomical units a day, ICRS axes. */
  velocityAuPerDay: Vector3;
}

/** Time of the ephemerides. Our TT counts leap seconds; the package's own conversion from UTC predicts them, 6 s off in 2026. */
export function ephemerisTime(utcMs: number): AstroTime {
  return AstroTime.FromTerrestrialTime(mjdTt(utcMs) - MJD_J2000);
}

/**
 * Precession, nutation, sidereal time, place and velocity of the Earth; `utcMs` from 1972 on, good to 2100.
 * Precession and frame bias: IAU 2006, Fukushima-Williams angles (Hilton et al. 2006, Celest. Mech. Dyn. Astron. 94, 351).
 * Sidereal time: IAU 2006 (Capitaine et al. 2003, A&A 412, 567) with UT1 = UTC. Place and velocity: VSOP87 of astronomy-engine,
 * with respect to the Sun (whose own 13 m/s are 0.01 arcsec of aberration).
 */
export function earthAt(utcMs: number): EarthState {
  const t = (mjdTt(utcMs) - MJD_J2000) / DAYS_PER_CENTURY;
  const { psiArcsec, epsArcsec, nodeRad } = nutation(t);
  const gamma = polynomial(t, -0.052928, 10.556378, 0.4932044, -0.00031238, -0.000002788, 0.000000026);
  const phi = polynomial(t, 84381.412819, -46.811016, 0.0511268, 0.00053289, -0.00000044, -0.0000000176);
  const psi = polynomial(t, -0.041775, 5038.481484, 1.5584175, -0.00018522, -0.000026452, -0.0000000148);
  const epsilon = polynomial(t, 84381.406, -46.836769, -0.0001831, 0.0020034, -0.000000576, -0.0000000434);

  const gmstRad = gmstRadAt(utcMs);
  const equinoxArcsec = psiArcsec * Math.cos(epsilon * ARCSEC_TO_RAD) + 0.00264 * Math.sin(nodeRad);
  const { x, y, z, vx, vy, vz } = HelioState(Body.Earth, ephemerisTime(utcMs));
  return {
    trueOfDate: fukushimaWilliams(gamma, phi, psi + psiArcsec, epsilon + epsArcsec),
    gmstRad,
    gastRad: gmstRad + equinoxArcsec * ARCSEC_TO_RAD,
    positionAu: [x, y, z],
    velocityAuPerDay: [vx, vy, vz],
  };
}

/** Greenwich mean sidereal time, radians, not reduced to one turn. Cheaper than the whole state. */
export function gmstRadAt(utcMs: number): number {
  const t = (mjdTt(utcMs) - MJD_J2000) / DAYS_PER_CENTURY;
  const arcsec = polynomial(t, 0.014506, 4612.156534, 1.3915817, -0.00000044, -0.000029956, -0.0000000368);
  return earthRotationRad(utcMs) + arcsec * ARCSEC_TO_RAD;
}

/** Earth rotation angle (IAU 2000), UT1 = UTC. Whole turns are dropped early, because they would cost digits. */
function earthRotationRad(utcMs: number): number {
  const days = (utcMs - J2000_MS) / MS_PER_DAY;
  return 2 * Math.PI * ((days % 1) + 0.779057273264 + ((0.00273781191135448 * days) % 1));
}

function polynomial(t: number, c0: number, c1: number, c2: number, c3: number, c4: number, c5: number): number {
  return c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))));
}

/** R1(-epsilon) R3(-psi) R1(phi) R3(gamma), angles in arcsec. */
function fukushimaWilliams(
  gammaArcsec: number,
  phiArcsec: number,
  psiArcsec: number,
  epsilonArcsec: number,
): EarthState['trueOfDate'] {
  const identity: EarthState['trueOfDate'] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  return rotateX(-epsilonArcsec, rotateZ(-psiArcsec, rotateX(phiArcsec, rotateZ(gammaArcsec, identity))));
}

type Rows = EarthState['trueOfDate'];

function rotateX(arcsec: number, [a, b, c]: Rows): Rows {
  const cos = Math.cos(arcsec * ARCSEC_TO_RAD);
  const sin = Math.sin(arcsec * ARCSEC_TO_RAD);
  return [a, combine(cos, b, sin, c), combine(-sin, b, cos, c)];
}

function rotateZ(arcsec: number, [a, b, c]: Rows): Rows {
  const cos = Math.cos(arcsec * ARCSEC_TO_RAD);
  const sin = Math.sin(arcsec * ARCSEC_TO_RAD);
  return [combine(cos, a, sin, b), combine(-sin, a, cos, b), c];
}

function combine(p: number, a: Vector3, q: number, b: Vector3): Vector3 {
  return [p * a[0] + q * b[0], p * a[1] + q * b[1], p * a[2] + q * b[2]];
}

/**
 * The largest terms of the nutation IAU 2000B (McCarthy & Luzum 2003, Celest. Mech. Dyn. Astron. 85, 37), all above 0.004
 * arcsec in longitude: multiples of l, l', F, D, node; longitude sin, t sin, cos; obliquity cos, t cos, sin; 1e-7 arcsec.
 */
const NUTATION_TERMS: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 1, -172064161, -174666, 33386, 92052331, 9086, 15377],
  [0, 0, 2, -2, 2, -13170906, -1675, -13696, 5730336, -3015, -4587],
  [0, 0, 2, 0, 2, -2276413, -234, 2796, 978459, -485, 1374],
  [0, 0, 0, 0, 2, 2074554, 207, -698, -897492, 470, -291],
  [0, 1, 0, 0, 0, 1475877, -3633, 11817, 73871, -184, -1924],
  [0, 1, 2, -2, 2, -516821, 1226, -524, 224386, -677, -174],
  [1, 0, 0, 0, 0, 711159, 73, -872, -6750, 0, 358],
  [0, 0, 2, 0, 1, -387298, -367, 380, 200728, 18, 318],
  [1, 0, 2, 0, 2, -301461, -36, 816, 129025, -63, 367],
  [0, -1, 2, -2, 2, 215829, -494, 111, -95929, 299, 132],
  [0, 0, 2, -2, 1, 128227, 137, 181, -68982, -9, 39],
  [-1, 0, 2, 0, 2, 123457, 11, 19, -53311, 32, -4],
  [-1, 0, 0, 2, 0, 156994, 10, -168, -1235, 0, 82],
  [1, 0, 0, 0, 1, 63110, 63, 27, -33228, 0, -9],
  [-1, 0, 0, 0, 1, -57976, -63, -189, 31429, 0, -75],
  [-1, 0, 2, 2, 2, -59641, -11, 149, 25543, -11, 66],
  [1, 0, 2, 0, 1, -51613, -42, 129, 26366, 0, 78],
  [-2, 0, 2, 0, 1, 45893, 50, 31, -24236, -10, 20],
  [0, 0, 0, 2, 0, 63384, 11, -150, -1220, 0, 29],
  [0, 0, 2, 2, 2, -38571, -1, 158, 16452, -11, 68],
];

/** Nutation in longitude and obliquity, arcsec, and the longitude of the Moon's node. `t` in Julian centuries TT since J2000. */
function nutation(t: number): { psiArcsec: number; epsArcsec: number; nodeRad: number } {
  // Simon et al. 1994, linear parts, as IAU 2000B takes them.
  const l = (485868.249036 + ((1717915923.2178 * t) % TURN_ARCSEC)) * ARCSEC_TO_RAD;
  const lSun = (1287104.79305 + ((129596581.0481 * t) % TURN_ARCSEC)) * ARCSEC_TO_RAD;
  const f = (335779.526232 + ((1739527262.8478 * t) % TURN_ARCSEC)) * ARCSEC_TO_RAD;
  const d = (1072260.70369 + ((1602961601.209 * t) % TURN_ARCSEC)) * ARCSEC_TO_RAD;
  const node = (450160.398036 - ((6962890.5431 * t) % TURN_ARCSEC)) * ARCSEC_TO_RAD;
  let psi = 0;
  let eps = 0;
  for (const [ml, mSun, mf, md, mNode, ps, pst, pc, ec, ect, es] of NUTATION_TERMS) {
    const argument = ml * l + mSun * lSun + mf * f + md * d + mNode * node;
    const sin = Math.sin(argument);
    const cos = Math.cos(argument);
    psi += (ps + pst * t) * sin + pc * cos;
    eps += (ec + ect * t) * cos + es * sin;
  }
  // The constants stand for the planetary terms that IAU 2000B leaves out.
  return { psiArcsec: psi * 1e-7 - 0.000135, epsArcsec: eps * 1e-7 + 0.000388, nodeRad: node };
}
