import type { Plane } from './filters.ts';

/** Place and shape of a source: centre in pixels (centre of the first 0), moments in square pixels. */
export interface Shape {
  xPix: number;
  yPix: number;
  /** Second moments of the Gaussian that fits best. */
  xx: number;
  xy: number;
  yy: number;
}

const ITERATIONS_MOST = 30;
/** Pixels; a centre that moves by less stays, and the moments with it. */
const STEP_LEAST_PIX = 1e-3;
/** Sigma that the window of a centre has at least, pixels: under a narrower one the pixels' own grid pulls at it. */
const CENTRE_SIGMA_LEAST_PIX = 1;
/** How far the window reaches, in its own sigma. */
const REACH_SIGMAS = 4;
/** Square pixels: even a source without width fills a pixel, and noise must not make a window of none or of all. */
const MOMENT_LEAST = 0.1;
/** By how much the window's moments are above the source's: under a window as narrow as a pixel, moments depend on where in it a star stands. */
const WINDOW_WIDER = 0.2;
const MOMENT_MOST = 400;
/** Second moment of a square pixel itself. */
const PIXEL_MOMENT = 1 / 12;
const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.LN2);

/**
 * Centre and second moments under an elliptical Gaussian window that is made to have the same ones (adaptive moments: Bernstein & Jarvis 2002,
 * AJ 123, 583, section 3; here the window is a little wider, and taken off again). From a first guess by the sums over the given pixels, which stands where no window finds a source. Undefined
 * when they have no light.
 * @param signal without sky
 * @param isBlended a window that adapts would take in the neighbour: the moments are then the sums over the pixels
 */
export function shapeOf(signal: Plane, pixels: readonly number[], isBlended: boolean): Shape | undefined {
  const guess = sumsOver(signal, pixels);
  const shape = guess && (isBlended ? guess : (adapted(signal, guess) ?? guess));
  return shape && centred(signal, shape);
}

/** Full width at half maximum of the Gaussian with a shape's moments, less the pixel itself; pixels. */
export function gaussianFwhmPix({ xx, yy }: Shape): number {
  return FWHM_PER_SIGMA * Math.sqrt(Math.max(MOMENT_LEAST - PIXEL_MOMENT, (xx + yy) / 2 - PIXEL_MOMENT));
}

/** 1 - minor / major axis, and the angle of the major axis from x towards y, degrees in (-90, 90]. */
export function ellipseOf({ xx, xy, yy }: Shape): { ellipticity: number; angleDeg: number } {
  const mean = (xx + yy) / 2;
  const half = Math.hypot((xx - yy) / 2, xy);
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return {
    ellipticity: 1 - Math.sqrt(Math.max(0, mean - half) / (mean + half)),
    angleDeg: (angle * 180) / Math.PI,
  };
}

function sumsOver({ widthPix, data }: Plane, pixels: readonly number[]): Shape | undefined {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (const place of pixels) {
    const value = Math.max(0, data[place]);
    const x = place % widthPix;
    sum += value;
    sumX += value * x;
    sumY += (value * (place - x)) / widthPix;
  }
  if (!(sum > 0)) return undefined;
  const [xPix, yPix] = [sumX / sum, sumY / sum];
  let round = 0;
  for (const place of pixels) {
    const x = place % widthPix;
    const distance2 = (x - xPix) ** 2 + ((place - x) / widthPix - yPix) ** 2;
    round += (Math.max(0, data[place]) * distance2) / 2;
  }
  const moment = Math.min(MOMENT_MOST, Math.max(2 * MOMENT_LEAST, round / sum));
  return { xPix, yPix, xx: moment, xy: 0, yy: moment };
}

function adapted(signal: Plane, guess: Shape): Shape | undefined {
  let shape = guess;
  for (let iteration = 0; iteration < ITERATIONS_MOST; iteration++) {
    const next = improved(signal, shape);
    if (!next || Math.hypot(next.xPix - guess.xPix, next.yPix - guess.yPix) > 3 + Math.sqrt(guess.xx)) return undefined;
    const moved = Math.hypot(next.xPix - shape.xPix, next.yPix - shape.yPix);
    const grown = Math.abs(next.xx - shape.xx) + Math.abs(next.yy - shape.yy) + Math.abs(next.xy - shape.xy);
    shape = next;
    if (moved < STEP_LEAST_PIX && grown < STEP_LEAST_PIX * shape.xx) break;
  }
  return shape;
}

/** The shape at its centre under a round window, as wide as itself, but wider than a pixel (as SExtractor's XWIN_IMAGE, YWIN_IMAGE). */
function centred(signal: Plane, shape: Shape): Shape {
  const moment = Math.max(CENTRE_SIGMA_LEAST_PIX ** 2 - WINDOW_WIDER, (shape.xx + shape.yy) / 2);
  let window = { ...shape, xx: moment, xy: 0, yy: moment };
  for (let iteration = 0; iteration < ITERATIONS_MOST; iteration++) {
    const next = improved(signal, window);
    if (!next) return shape;
    const moved = Math.hypot(next.xPix - window.xPix, next.yPix - window.yPix);
    window = { ...window, xPix: next.xPix, yPix: next.yPix };
    if (moved < STEP_LEAST_PIX) break;
  }
  const isNear = Math.hypot(window.xPix - shape.xPix, window.yPix - shape.yPix) < Math.sqrt(moment);
  return isNear ? { ...shape, xPix: window.xPix, yPix: window.yPix } : shape;
}

/** Of a symmetric matrix of two rows. */
function inverse(xx: number, xy: number, yy: number): [number, number, number] {
  const determinant = xx * yy - xy * xy;
  return [yy / determinant, -xy / determinant, xx / determinant];
}

/** One step: centre and moments of a Gaussian source that has what is found under the window of the shape so far. */
function improved({ widthPix, heightPix, data }: Plane, { xPix, yPix, xx, xy, yy }: Shape): Shape | undefined {
  const [wideXX, wideYY] = [xx + WINDOW_WIDER, yy + WINDOW_WIDER];
  const [a, b, c] = inverse(wideXX, xy, wideYY);
  const reachX = REACH_SIGMAS * Math.sqrt(wideXX);
  const reachY = REACH_SIGMAS * Math.sqrt(wideYY);
  const [x0, x1] = [Math.max(0, Math.ceil(xPix - reachX)), Math.min(widthPix - 1, Math.floor(xPix + reachX))];
  const [y0, y1] = [Math.max(0, Math.ceil(yPix - reachY)), Math.min(heightPix - 1, Math.floor(yPix + reachY))];
  let [sum, sumX, sumY, sumXX, sumXY, sumYY] = [0, 0, 0, 0, 0, 0];
  for (let y = y0; y <= y1; y++) {
    const dy = y - yPix;
    for (let x = x0; x <= x1; x++) {
      const dx = x - xPix;
      const distance2 = a * dx * dx + 2 * b * dx * dy + c * dy * dy;
      if (distance2 > REACH_SIGMAS * REACH_SIGMAS) continue;
      const value = data[y * widthPix + x] * Math.exp(-distance2 / 2);
      sum += value;
      sumX += value * dx;
      sumY += value * dy;
      sumXX += value * dx * dx;
      sumXY += value * dx * dy;
      sumYY += value * dy * dy;
    }
  }
  if (!(sum > 0)) return undefined;
  const [meanX, meanY] = [sumX / sum, sumY / sum];
  // The product of two Gaussians has the sum of their inverse moments.
  const [p, q, r] = inverse(sumXX / sum - meanX * meanX, sumXY / sum - meanX * meanY, sumYY / sum - meanY * meanY);
  if (!(p > a && r > c && (p - a) * (r - c) > (q - b) ** 2)) return undefined;
  const [freeXX, freeXY, freeYY] = inverse(p - a, q - b, r - c);
  const inLimits = (moment: number) => Math.min(MOMENT_MOST, Math.max(MOMENT_LEAST, moment));
  const [nextXX, nextYY] = [inLimits(freeXX), inLimits(freeYY)];
  const most = 0.9 * Math.sqrt(nextXX * nextYY);
  return {
    xPix: xPix + 2 * meanX,
    yPix: yPix + 2 * meanY,
    xx: nextXX,
    xy: Math.min(most, Math.max(-most, freeXY)),
    yy: nextYY,
  };
}
