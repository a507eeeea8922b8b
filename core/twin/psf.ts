import { kernels, SCRATCH, scratch } from '../kernels/instance.ts';
import { DEG_TO_RAD } from '../units.ts';

/** Of the point spread function, a Moffat profile (Moffat 1969, A&A 3, 455). Betas of 2.5 to 4.8 are in use. */
export const MOFFAT_BETA = 3.5;

/**
 * Full width at half maximum of the Moffat profile that covers as much noise as a Gaussian of width `effectiveFwhm`, which is how
 * the seeing model's effective width is meant (SMTN-002): pi alpha^2 (2 beta - 1) / (beta - 1)^2 is pi / (2 ln 2) times its square. Same
 * unit in and out.
 */
export function moffatFwhm(effectiveFwhm: number): number {
  const areaPerAlpha2 = (2 * MOFFAT_BETA - 1) / (MOFFAT_BETA - 1) ** 2;
  const alpha = effectiveFwhm / Math.sqrt(2 * Math.LN2 * areaPerAlpha2);
  return 2 * Math.sqrt(2 ** (1 / MOFFAT_BETA) - 1) * alpha;
}

/** Light outside the radius at which a faint star is cut. */
const LOST_SHARE = 1e-4;
/** A star is followed until a pixel gets less than this, electrons: far below the noise of any sky. */
const FAINTEST_E = 0.02;
/** Largest error of a pixel, as a share of its own light. */
const PIXEL_ERROR = 2e-4;
const MOST_POINTS = 12;
/** Bands of rows in which many sources are drawn, one after the other: what lies in a band stays in the processor's cache. */
const BAND_ROWS = 32;

/** An image of expected electrons that light is added to: row 0 at the bottom, pixel (x, y) centred on integers from 0. */
export interface LightImage {
  width: number;
  height: number;
  electrons: Float32Array;
}

/** What draws a round profile out, as a tracking error does: into an ellipse of the same area. */
export interface Elongation {
  /** Major over minor axis, from 1 on. */
  ratio: number;
  /** Of the major axis, degrees from the x axis towards the y axis of the pixel grid. */
  angleDeg: number;
}

export interface Psf {
  /** Geometric mean of the widths along the two axes. */
  fwhmPix: number;
  /** Core radius of the profile: FWHM / (2 sqrt(2^(1 / beta) - 1)). */
  alphaPix: number;
  /** Major over minor axis; 1 for a round one. */
  ratio: number;
  /** The profile is (1 + q)^-beta with q = a dx^2 + b dx dy + c dy^2 of the offset in pixels; a c - b^2 / 4 = alpha^-4. */
  a: number;
  b: number;
  c: number;
  /** What integrates the core over a pixel. */
  points: Quadrature;
  /** The kernel's rules. */
  zones: Float32Array;
}

/** A profile of a FWHM above 0. Throws RangeError for an axis ratio below 1. */
export function psfOf(fwhmPix: number, elongation: Elongation = { ratio: 1, angleDeg: 0 }): Psf {
  const { ratio, angleDeg } = elongation;
  if (!(ratio >= 1))
    throw new RangeError(`a profile has no axis ratio of ${ratio}; must be major over minor, from 1 on`);
  const alphaPix = fwhmPix / (2 * Math.sqrt(2 ** (1 / MOFFAT_BETA) - 1));
  const along = 1 / (alphaPix * alphaPix * ratio);
  const across = ratio / (alphaPix * alphaPix);
  const [cos, sin] = [Math.cos(angleDeg * DEG_TO_RAD), Math.sin(angleDeg * DEG_TO_RAD)];
  const smallestPix = alphaPix / Math.sqrt(ratio);
  const points = gaussLegendre(pointsASide(smallestPix));
  return {
    fwhmPix,
    alphaPix,
    ratio,
    a: along * cos * cos + across * sin * sin,
    b: 2 * (along - across) * cos * sin,
    c: along * sin * sin + across * cos * cos,
    points,
    zones: zonesOf(smallestPix, points),
  };
}

/** Share of the light within a radius of the centre: 1 - (1 + r^2 / alpha^2)^(1 - beta); of an ellipse, within one of that mean radius. */
export function encircledShare(psf: Psf, radiusPix: number): number {
  return 1 - (1 + (radiusPix / psf.alphaPix) ** 2) ** (1 - MOFFAT_BETA);
}

/**
 * Radius, along the major axis, out to which a star of `fluxE` electrons is rendered: wider for brighter ones, never losing more than
 * 1e-4 of the light.
 */
export function cutRadiusPix(psf: Psf, fluxE: number): number {
  return psf.alphaPix * Math.sqrt(psf.ratio * cutAt(psf, fluxE));
}

/** The value of q on the edge of a star. */
function cutAt(psf: Psf, fluxE: number, leastCut = LEAST_CUT): number {
  return Math.max(((fluxE * peakShare(psf)) / FAINTEST_E) ** (1 / MOFFAT_BETA) - 1, leastCut);
}

/** The value of q outside of which a share of the light lies. */
function cutLosing(share: number): number {
  return share ** (1 / (1 - MOFFAT_BETA)) - 1;
}

const LEAST_CUT = cutLosing(LOST_SHARE);

/** Height of the profile of whole light 1. */
function peakShare({ alphaPix }: Psf): number {
  return (MOFFAT_BETA - 1) / (Math.PI * alphaPix * alphaPix);
}

/**
 * Adds a point source of `fluxE` electrons at (x, y) to `out`, each pixel with the profile's integral over its area. Parts outside the
 * image are lost. False when all of it is.
 */
export function addPointSource(out: LightImage, psf: Psf, x: number, y: number, fluxE: number): boolean {
  writeRules(psf);
  return draw(out, psf, x, y, fluxE, LEAST_CUT);
}

/** Puts the integration's rules where `draw` needs them: they stay there until another kernel works. */
function writeRules({ zones }: Psf): void {
  floatsOf(scratch(4 * zones.length)).set(zones, SCRATCH / 4);
}

function draw(out: LightImage, psf: Psf, x: number, y: number, fluxE: number, leastCut: number): boolean {
  const { a, b, c, alphaPix, zones } = psf;
  const cut = cutAt(psf, fluxE, leastCut);
  // Where the ellipse ends along x and along y.
  const largest = alphaPix ** 4 * cut;
  const reachX = Math.sqrt(largest * c);
  const reachY = Math.sqrt(largest * a);
  const first = Math.ceil(x - reachX);
  const x0 = Math.max(0, first);
  const x1 = Math.min(out.width - 1, Math.floor(x + reachX));
  const y0 = Math.max(0, Math.ceil(y - reachY));
  const y1 = Math.min(out.height - 1, Math.floor(y + reachY));
  if (!(x0 <= x1 && y0 <= y1)) return false;

  // Fours are counted from the star's own edge, so that the image's cuts none of them apart.
  const begin = first + Math.floor((x0 - first) / 4) * 4;
  const columns = Math.ceil((x1 + 1 - begin) / 4) * 4;
  const rows = y1 - y0 + 1;
  const stamp = SCRATCH + Math.ceil(zones.length / 4) * 16;
  const memory = floatsOf(scratch(stamp - SCRATCH + 4 * columns * rows));
  const height = fluxE * peakShare(psf);
  kernels.drawMoffat(stamp, columns, rows, begin - x, y0 - y, a, b, c, height, cut, SCRATCH, ZONES);
  const { electrons, width } = out;
  for (let row = 0; row < rows; row++) {
    const to = (y0 + row) * width;
    const from = stamp / 4 + row * columns - begin;
    for (let column = x0; column <= x1; column++) electrons[to + column] += memory[from + column];
  }
  return true;
}

/** Many point sources: place and light of each, electrons. */
export interface PointSources {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  fluxE: ArrayLike<number>;
}

/**
 * Adds many point sources as addPointSource does, band by band of the image, which is faster for more of them than a few thousand.
 * Gives back how many of them send light into the image.
 * @param lostShare how much of a faint source's light may be left out, at the most
 * @param drawn is set to 1 for each source that sends light into the image
 */
export function addPointSources(
  out: LightImage,
  psf: Psf,
  { x, y, fluxE }: PointSources,
  { lostShare = LOST_SHARE, drawn }: { lostShare?: number; drawn?: Uint8Array } = {},
): number {
  const bands = Math.ceil(out.height / BAND_ROWS);
  const band = (i: number) => Math.max(0, Math.min(bands - 1, Math.floor(y[i] / BAND_ROWS)));
  // Counting sort: those of a band keep their order.
  const next = new Uint32Array(bands + 1);
  for (let i = 0; i < y.length; i++) next[band(i) + 1]++;
  for (let i = 0; i < bands; i++) next[i + 1] += next[i];
  const order = new Uint32Array(y.length);
  for (let i = 0; i < y.length; i++) order[next[band(i)]++] = i;
  const leastCut = cutLosing(lostShare);
  let added = 0;
  writeRules(psf);
  for (const i of order) {
    if (!draw(out, psf, x[i], y[i], fluxE[i], leastCut)) continue;
    if (drawn) drawn[i] = 1;
    added++;
  }
  return added;
}

let floats = new Float32Array(0);

/** The kernels' memory as one array, made anew only when it has grown. */
function floatsOf(buffer: ArrayBuffer): Float32Array {
  if (floats.buffer !== buffer) floats = new Float32Array(buffer);
  return floats;
}

const ZONES = 3;

/**
 * What the kernel needs to integrate over pixels: three limits of q, each with the number of points a side below it, and then these
 * rules. The limits follow from the rules' errors, measured for cores of 0.85 to 8.5 pixels: those of three points a side stay below
 * 0.3 / (r^2 + 3.16 alpha^2)^3 of a pixel's light, of two below 1.4 / (r^2 + 3.7 alpha^2)^2, and of the centre with the Laplacian below
 * 4.5 / (r^2 + 3.7 alpha^2)^2, with r the distance in pixels. `alphaPix` is that of the minor axis.
 */
function zonesOf(alphaPix: number, core: Quadrature): Float32Array {
  const alpha2 = alphaPix * alphaPix;
  const rules = [core, gaussLegendre(3), gaussLegendre(2)];
  const limits = [
    Math.cbrt(0.3 / PIXEL_ERROR) / alpha2 - 3.16,
    Math.sqrt(1.4 / PIXEL_ERROR) / alpha2 - 3.7,
    Math.sqrt(4.5 / PIXEL_ERROR) / alpha2 - 3.7,
  ];
  const bytes = new ArrayBuffer(4 * (2 * ZONES + rules.reduce((sum, { places }) => sum + 2 * places.length, 0)));
  const zones = new Float32Array(bytes);
  const counts = new Int32Array(bytes);
  let at = 2 * ZONES;
  for (const [i, { places, weights }] of rules.entries()) {
    zones[2 * i] = limits[i];
    counts[2 * i + 1] = places.length;
    zones.set(places, at);
    zones.set(weights, at + places.length);
    at += 2 * places.length;
  }
  return zones;
}

/** Places and weights on a side of one pixel: places from -0.5 to 0.5, weights adding up to 1. */
export interface Quadrature {
  places: number[];
  weights: number[];
}

/** Share of the light that falls on a pixel whose centre is (dx, dy) from the source. */
export function pixelShare(psf: Psf, dx: number, dy: number): number {
  const { a, b, c } = psf;
  const { places, weights } = psf.points;
  let sum = 0;
  for (let j = 0; j < places.length; j++) {
    const v = dy + places[j];
    const base = 1 + c * v * v;
    let along = 0;
    for (let i = 0; i < places.length; i++) {
      const u = dx + places[i];
      const w = base + (a * u + b * v) * u;
      // w^-beta for beta = 3.5.
      along += weights[i] / (w * w * w * Math.sqrt(w));
    }
    sum += weights[j] * along;
  }
  return sum * peakShare(psf);
}

/**
 * Points a side that integrate the core of a profile to about 1e-5: the convergence depends on how far the profile's nearest
 * complex pole, at the core radius (the smallest one of an ellipse), lies from the pixel.
 */
function pointsASide(alphaPix: number): number {
  return Math.min(MOST_POINTS, Math.max(4, Math.ceil(2 + 3 / alphaPix)));
}

/** Gauss-Legendre quadrature by Newton's method on the Legendre polynomial (Abramowitz & Stegun 25.4.29). */
export function gaussLegendre(count: number): Quadrature {
  const places: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < count; i++) {
    let z = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 8; step++) {
      let [before, value] = [1, z];
      for (let k = 2; k <= count; k++) [before, value] = [value, ((2 * k - 1) * z * value - (k - 1) * before) / k];
      slope = (count * (z * value - before)) / (z * z - 1);
      z -= value / slope;
    }
    places.push(z / 2);
    weights.push(1 / ((1 - z * z) * slope * slope));
  }
  return { places, weights };
}
