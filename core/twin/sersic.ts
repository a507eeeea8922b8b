import { DEFAULT_B_MINUS_V } from '../sky/colours.ts';
import type { Galaxy } from '../sky/galaxies.ts';

/**
 * A galaxy's light: Sersic's law exp(-b ((r / re)^(1 / n) - 1)) along the major axis, in ellipses of one axis ratio, cut off
 * at a radius. Radii in arcsec along the major axis.
 */
export interface SersicProfile {
  n: number;
  effectiveRadiusArcsec: number;
  cutRadiusArcsec: number;
  axisRatio: number;
  /** Share of the whole light per square arcsec at a radius; the integral out to the cut is 1. */
  shareAt(radiusArcsec: number): number;
}

/** The catalogue's diameters are those of this isophote, in B. */
const ISOPHOTE_B_MAG_PER_ARCSEC2 = 25;
/** How far out a galaxy is followed, in isophotal radii: to about 28 mag per square arcsec. */
const CUT_RADII = 2;
const ARCSEC_PER_ARCMIN = 60;
const BISECTIONS = 40;
const INTERVALS = 128;

/**
 * Sersic index by Hubble type, a simple rule of ours: de Vaucouleurs for ellipticals, exponential for late spirals and
 * irregulars, between for what has both a bulge and a disc.
 */
export function sersicIndex(type: string | undefined): number {
  if (type === undefined) return 1;
  if (type.startsWith('E')) return 4;
  if (type.startsWith('S0')) return 3;
  return /^S(AB|B)?(a|ab|b)$/.test(type) ? 2 : 1;
}

/**
 * The profile of a catalogued galaxy. Its half-light radius is the one that puts the isophote of 25 B mag per square arcsec at
 * the catalogue's diameter, given its whole light. Where the catalogue's galaxy is too faint for its diameter, it is the one
 * with the isophote nearest to it.
 */
export function sersicOf(galaxy: Galaxy): SersicProfile {
  const n = sersicIndex(galaxy.type);
  const b = sersicB(n);
  const axisRatio = galaxy.minorArcmin / galaxy.majorArcmin;
  const isophoteArcsec = (galaxy.majorArcmin / 2) * ARCSEC_PER_ARCMIN;
  const cutRadiusArcsec = CUT_RADII * isophoteArcsec;
  const bMag = galaxy.vMag + (Number.isNaN(galaxy.bMinusV) ? DEFAULT_B_MINUS_V : galaxy.bMinusV);
  const isophoteShare = 10 ** (-0.4 * (ISOPHOTE_B_MAG_PER_ARCSEC2 - bMag));

  // With all the light given, the isophote's brightness first grows with the half-light radius (less is packed inside), then
  // falls (it is spread too thin): it is largest where (isophote / re)^(1 / n) = 2 n / b. The solution is below that.
  let high = isophoteArcsec / ((2 * n) / b) ** n;
  let low = high * 1e-4;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = Math.sqrt(low * high);
    if (shareFunction(n, middle, axisRatio, cutRadiusArcsec)(isophoteArcsec) < isophoteShare) low = middle;
    else high = middle;
  }
  return {
    n,
    effectiveRadiusArcsec: high,
    cutRadiusArcsec,
    axisRatio,
    shareAt: shareFunction(n, high, axisRatio, cutRadiusArcsec),
  };
}

/** b of Sersic's law, which makes re the half-light radius: Ciotti & Bertin 1999, A&A 352, 447, equation 18; to 1e-6. */
export function sersicB(n: number): number {
  return 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n ** 2) + 131 / (1148175 * n ** 3);
}

function shareFunction(n: number, re: number, axisRatio: number, cut: number): (radius: number) => number {
  const b = sersicB(n);
  const light = 2 * Math.PI * axisRatio * re * re * n * radialIntegral(n, b, (cut / re) ** (1 / n));
  return (radius) => (radius > cut ? 0 : Math.exp(-b * (radius / re) ** (1 / n)) / light);
}

/** Integral of exp(-b t) t^(2 n - 1) from 0 to `end`, which is that of the profile over r dr with t = (r / re)^(1 / n): Simpson. */
function radialIntegral(n: number, b: number, end: number): number {
  const step = end / INTERVALS;
  let sum = 0;
  for (let i = 1; i <= INTERVALS; i++) {
    const t = i * step;
    const weight = i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-b * t) * t ** (2 * n - 1);
  }
  return (sum * step) / 3;
}
