import { NocturneError } from './errors.ts';
import { determinant, pixelToSky, skyFromTangentPlane, skyToPixel, tangentPlaneOffset, type Wcs } from './gnomonic.ts';
import { emptySipTerms, type Sip, type SipOrder, sipPowers, undistorted } from './sip.ts';

/** A star found in an image and in a catalogue: pixel (from 1, with fractions), place on the sky in degrees. */
export interface WcsPair {
  x: number;
  y: number;
  raDeg: number;
  decDeg: number;
}

export interface WcsFit {
  wcs: Wcs;
  /** Root of the mean square and greatest of the distances on the sky between a pair's place and that of its pixel. */
  rmsArcsec: number;
  maxArcsec: number;
  /** By pair, in the order given: the pixel minus the pixel of its place, pixels. */
  residuals: { dxPix: number; dyPix: number }[];
}

/** Pairs from which no world coordinates can be found. */
export class UnfitPairs extends NocturneError {
  constructor(got: string, needed: string) {
    super('UnfitPairs', `pairs of pixels and places: got ${got}; ${needed}`);
  }
}

const TANGENT_POINT_STEPS = 20;
/** Degrees; a tangent point that moves by less stays. */
const TANGENT_POINT_GOAL_DEG = 1e-13;
/** Places along each side at which the inverse polynomials are fitted. */
const INVERSE_GRID = 21;

/**
 * World coordinates that fit pairs of pixels and places best, by least squares on the tangent plane: CRVAL, CD and, with an order,
 * the polynomials of a distortion (A, B, and AP, BP over the pairs' rectangle). At (crpix1, crpix2) the distortion and its slope
 * are zero.
 * Throws UnfitPairs for too few pairs, for such on a line, and for such spread over 90 degrees or more.
 * @param options.sipOrder 2 to 5; absent: no distortion
 */
export function fitWcs(
  pairs: readonly WcsPair[],
  { crpix1, crpix2, sipOrder }: { crpix1: number; crpix2: number; sipOrder?: SipOrder },
): WcsFit {
  const order = sipOrder ?? 1;
  const powers = sipPowers(order);
  if (pairs.length < powers.length) {
    throw new UnfitPairs(
      `${pairs.length}`,
      `at least ${powers.length} are needed${sipOrder ? ` for order ${order}` : ''}`,
    );
  }
  const reach = pairs.reduce((most, { x, y }) => Math.max(most, Math.abs(x - crpix1), Math.abs(y - crpix2)), 1);
  const rows = pairs.map(({ x, y }) => powerRow(powers, (x - crpix1) / reach, (y - crpix2) / reach));
  let tangent = { raDeg: pairs[0].raDeg, decDeg: pairs[0].decDeg };
  let xi: number[] = [];
  let eta: number[] = [];
  for (let step = 0; step < TANGENT_POINT_STEPS; step++) {
    const offsets = pairs.map(({ raDeg, decDeg }) => {
      const offset = tangentPlaneOffset(raDeg, decDeg, tangent.raDeg, tangent.decDeg);
      if (!offset) throw new UnfitPairs('places 90 degrees apart or more', 'they must lie in one field');
      return offset;
    });
    [xi, eta] = leastSquares(rows, [offsets.map(({ xiDeg }) => xiDeg), offsets.map(({ etaDeg }) => etaDeg)]);
    // The first term is the place of CRPIX: the tangent point moves there until it stays.
    tangent = skyFromTangentPlane(xi[0], eta[0], tangent.raDeg, tangent.decDeg);
    if (Math.hypot(xi[0], eta[0]) < TANGENT_POINT_GOAL_DEG) break;
  }
  const wcs: Wcs = {
    crval1Deg: tangent.raDeg,
    crval2Deg: tangent.decDeg,
    crpix1,
    crpix2,
    cd11: xi[1] / reach,
    cd12: xi[2] / reach,
    cd21: eta[1] / reach,
    cd22: eta[2] / reach,
  };
  if (sipOrder) {
    const forward = distortionOf(wcs, powers, xi, eta, reach, sipOrder);
    wcs.sip = { ...forward, ...inverseOf(forward, pairs, wcs, sipOrder) };
  }
  return { wcs, ...misfit(wcs, pairs) };
}

/** A and B: the terms of the plane from the second power on, turned back into pixels. */
function distortionOf(
  wcs: Wcs,
  powers: [number, number][],
  xi: number[],
  eta: number[],
  reach: number,
  order: number,
): Sip {
  const a = emptySipTerms(order);
  const b = emptySipTerms(order);
  const perPixel = determinant(wcs);
  for (const [i, [p, q]] of powers.entries()) {
    if (p + q < 2) continue;
    const scale = reach ** (p + q) * perPixel;
    a[p][q] = (wcs.cd22 * xi[i] - wcs.cd12 * eta[i]) / scale;
    b[p][q] = (wcs.cd11 * eta[i] - wcs.cd21 * xi[i]) / scale;
  }
  return { a, b };
}

/** AP and BP over the rectangle of the pairs. */
function inverseOf(
  forward: Sip,
  pairs: readonly WcsPair[],
  { crpix1, crpix2 }: Wcs,
  order: number,
): Required<Pick<Sip, 'ap' | 'bp'>> {
  const xs = pairs.map(({ x }) => x - crpix1);
  const ys = pairs.map(({ y }) => y - crpix2);
  const steps = Array.from({ length: INVERSE_GRID }, (_, i) => i / (INVERSE_GRID - 1));
  const [columns, rows] = [xs, ys].map((values) => {
    const least = values.reduce((a, b) => Math.min(a, b));
    const most = values.reduce((a, b) => Math.max(a, b));
    return steps.map((share) => least * (1 - share) + most * share);
  });
  const grid = columns.flatMap((u) => rows.map((v) => ({ u, v })));
  const places = grid.map(({ u, v }) => undistorted(forward, u, v));
  const reach = Math.max(1, ...places.flatMap(({ u, v }) => [Math.abs(u), Math.abs(v)]));
  const powers = sipPowers(order, 1);
  const [du, dv] = leastSquares(
    places.map(({ u, v }) => powerRow(powers, u / reach, v / reach)),
    [grid.map(({ u }, i) => u - places[i].u), grid.map(({ v }, i) => v - places[i].v)],
  );
  const ap = emptySipTerms(order);
  const bp = emptySipTerms(order);
  for (const [i, [p, q]] of powers.entries()) {
    ap[p][q] = du[i] / reach ** (p + q);
    bp[p][q] = dv[i] / reach ** (p + q);
  }
  return { ap, bp };
}

function misfit(wcs: Wcs, pairs: readonly WcsPair[]): Omit<WcsFit, 'wcs'> {
  const distances = pairs.map(({ x, y, raDeg, decDeg }) => {
    const place = pixelToSky(wcs, x, y);
    const offset = tangentPlaneOffset(place.raDeg, place.decDeg, raDeg, decDeg)!;
    return Math.hypot(offset.xiDeg, offset.etaDeg) * 3600;
  });
  const residuals = pairs.map(({ x, y, raDeg, decDeg }) => {
    const pixel = skyToPixel(wcs, raDeg, decDeg);
    return { dxPix: x - (pixel?.x ?? Number.NaN), dyPix: y - (pixel?.y ?? Number.NaN) };
  });
  const squares = distances.reduce((sum, distance) => sum + distance * distance, 0);
  return {
    rmsArcsec: Math.sqrt(squares / pairs.length),
    maxArcsec: distances.reduce((a, b) => Math.max(a, b)),
    residuals,
  };
}

function powerRow(powers: readonly [number, number][], u: number, v: number): number[] {
  return powers.map(([p, q]) => u ** p * v ** q);
}

/**
 * Solutions of `rows * solution = target` for several targets, by Householder's reflections (Golub & Van Loan, Matrix
 * Computations, section 5.3.2). Throws UnfitPairs where columns depend on each other.
 */
function leastSquares(rows: readonly number[][], targets: readonly number[][]): number[][] {
  const width = rows[0].length;
  const matrix = rows.map((row, i) => [...row, ...targets.map((target) => target[i])]);
  for (let k = 0; k < width; k++) {
    let norm = 0;
    for (let i = k; i < matrix.length; i++) norm = Math.hypot(norm, matrix[i][k]);
    if (!(norm > 1e-10))
      throw new UnfitPairs('pixels that lie on one line or curve', 'they must be spread over the image');
    const alpha = matrix[k][k] > 0 ? -norm : norm;
    const reflector = matrix.map((row, i) => (i < k ? 0 : i === k ? row[k] - alpha : row[k]));
    const length = reflector.reduce((sum, value) => sum + value * value, 0);
    for (let j = k; j < matrix[0].length; j++) {
      let along = 0;
      for (let i = k; i < matrix.length; i++) along += reflector[i] * matrix[i][j];
      for (let i = k; i < matrix.length; i++) matrix[i][j] -= (2 * along * reflector[i]) / length;
    }
  }
  return targets.map((_, t) => {
    const solution = new Array<number>(width).fill(0);
    for (let k = width - 1; k >= 0; k--) {
      let value = matrix[k][width + t];
      for (let j = k + 1; j < width; j++) value -= matrix[k][j] * solution[j];
      solution[k] = value / matrix[k][k];
    }
    return solution;
  });
}
