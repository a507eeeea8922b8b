/**
 * The point spread function: a Moffat profile (Moffat 1969, A&A 3, 455) with beta = 3.5. Of the betas in use (2.5 to 4.8) this
 * one agrees with the two widths of the seeing model: its noise-equivalent area is that of a Gaussian of 1.23 times its FWHM,
 * and 1 / 0.822 is 1.22.
 */
export const MOFFAT_BETA = 3.5;

/** Light outside the radius at which a faint star is cut. */
const LOST_SHARE = 1e-4;
/** A star is followed until a pixel gets less than this, electrons: far below the noise of any sky. */
const FAINTEST_E = 0.02;
/** Radius, in core radii, within which the profile bends too much inside a pixel for two points a side. */
const STEEP_RADII = 3;

/** An image of expected electrons that light is added to: row 0 at the bottom, pixel (x, y) centred on integers from 0. */
export interface LightImage {
  width: number;
  height: number;
  electrons: Float32Array;
}

export interface Psf {
  fwhmPix: number;
  /** Core radius of the profile: FWHM / (2 sqrt(2^(1 / beta) - 1)). */
  alphaPix: number;
}

/** Throws nothing; `fwhmPix` is above 0. */
export function psfOf(fwhmPix: number): Psf {
  return { fwhmPix, alphaPix: fwhmPix / (2 * Math.sqrt(2 ** (1 / MOFFAT_BETA) - 1)) };
}

/** Share of the light within a radius of the centre: 1 - (1 + r^2 / alpha^2)^(1 - beta). */
export function encircledShare(psf: Psf, radiusPix: number): number {
  return 1 - (1 + (radiusPix / psf.alphaPix) ** 2) ** (1 - MOFFAT_BETA);
}

/** Radius out to which a star of `fluxE` electrons is rendered: wider for brighter ones, never losing more than 1e-4 of the light. */
export function cutRadiusPix(psf: Psf, fluxE: number): number {
  const peakE = (fluxE * (MOFFAT_BETA - 1)) / (Math.PI * psf.alphaPix ** 2);
  const byLevel = (peakE / FAINTEST_E) ** (1 / MOFFAT_BETA) - 1;
  const byShare = LOST_SHARE ** (1 / (1 - MOFFAT_BETA)) - 1;
  return psf.alphaPix * Math.sqrt(Math.max(byLevel, byShare));
}

/**
 * Adds a point source of `fluxE` electrons at (x, y) to `out`, each pixel with the profile's integral over its area
 * (Gauss-Legendre, enough points for an undersampled core). Parts outside the image are lost. False when all of it is.
 */
export function addPointSource(out: LightImage, psf: Psf, x: number, y: number, fluxE: number): boolean {
  const radius = cutRadiusPix(psf, fluxE);
  const x0 = Math.max(0, Math.ceil(x - radius));
  const x1 = Math.min(out.width - 1, Math.floor(x + radius));
  const y0 = Math.max(0, Math.ceil(y - radius));
  const y1 = Math.min(out.height - 1, Math.floor(y + radius));
  if (!(x0 <= x1 && y0 <= y1)) return false;

  const steepPix = STEEP_RADII * psf.alphaPix + 1;
  const core = pointsFor(psf);
  for (let row = y0; row <= y1; row++) {
    for (let column = x0; column <= x1; column++) {
      const dx = column - x;
      const dy = row - y;
      const distance2 = dx * dx + dy * dy;
      if (distance2 > radius * radius) continue;
      const points = distance2 < steepPix * steepPix ? core : TWO_POINTS;
      out.electrons[row * out.width + column] += fluxE * pixelShare(psf.alphaPix, dx, dy, points);
    }
  }
  return true;
}

/** Places and weights on a side of one pixel: places from -0.5 to 0.5, weights adding up to 1. */
export interface Quadrature {
  places: number[];
  weights: number[];
}

/** Share of the light that falls on a pixel whose centre is (dx, dy) from the source. */
export function pixelShare(alphaPix: number, dx: number, dy: number, points: Quadrature): number {
  const { places, weights } = points;
  const inverse = 1 / (alphaPix * alphaPix);
  let sum = 0;
  for (let j = 0; j < places.length; j++) {
    const v = dy + places[j];
    const base = 1 + v * v * inverse;
    let along = 0;
    for (let i = 0; i < places.length; i++) {
      const u = dx + places[i];
      const w = base + u * u * inverse;
      // w^-beta for beta = 3.5.
      along += weights[i] / (w * w * w * Math.sqrt(w));
    }
    sum += weights[j] * along;
  }
  return (sum * inverse * (MOFFAT_BETA - 1)) / Math.PI;
}

/**
 * Points a side that integrate the core of a profile to about 1e-5: the convergence depends on how far the profile's nearest
 * complex pole, at the core radius, lies from the pixel.
 */
export function pointsFor({ alphaPix }: Psf): Quadrature {
  return gaussLegendre(Math.min(12, Math.max(4, Math.ceil(2 + 3 / alphaPix))));
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

const TWO_POINTS = gaussLegendre(2);
