import { clippedMoments } from './robust.ts';
import type { Samples } from './samples.ts';

/** Differences farther from their median are cosmic rays, stars and pixels that flicker; of a normal distribution 6 in 10 million are. */
const CLIP_SIGMAS = 5;
/** Variance that the rounding to whole counts adds. */
const ROUNDING_ADU2 = 1 / 12;

/** Variance of one frame from the difference of two, in which all that is fixed goes away; without that of rounding. */
function pairVariance(a: Float32Array, b: Float32Array): number {
  const difference = a.map((value, i) => value - b[i]);
  return clippedMoments(difference, CLIP_SIGMAS).std ** 2 / 2 - ROUNDING_ADU2;
}

/** Frames two by two: 0 and 1, 2 and 3, ... */
function pairsOf<T>(frames: readonly T[]): [T, T][] {
  return frames.flatMap((frame, i) => (i % 2 === 1 ? [[frames[i - 1], frame] as [T, T]] : []));
}

/** Noise of one frame without rounding, ADU: root of the mean variance of its pairs. */
export function noiseOfPairs({ values }: Pick<Samples, 'values'>): number {
  const pairs = pairsOf(values);
  const variance = pairs.reduce((sum, [a, b]) => sum + pairVariance(a, b), 0) / pairs.length;
  return Math.sqrt(Math.max(0, variance));
}

/** Standard deviation of the difference of the mean of the first and of the last half of the frames, ADU, and what one frame's noise makes of it. */
export function noiseOfHalves({ values }: Pick<Samples, 'values'>): { measuredAdu: number; perFrameNoise: number } {
  const half = values.length >> 1;
  const first = meanOf(values.slice(0, half));
  const last = meanOf(values.slice(values.length - half));
  const difference = first.map((value, i) => value - last[i]);
  return { measuredAdu: clippedMoments(difference, CLIP_SIGMAS).std, perFrameNoise: Math.sqrt(2 / half) };
}

function meanOf(frames: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(frames[0].length);
  for (const values of frames) for (let i = 0; i < sum.length; i++) sum[i] += values[i];
  return sum.map((total) => total / frames.length);
}

/**
 * Gain by photon transfer, e/ADU (Janesick 2001, Scientific Charge-Coupled Devices, section 2.2): the variance of light counted in
 * electrons is its mean, so that variance over mean in counts is one over the gain. Of two flats the second is brought to the level
 * of the first by r, and the difference has the variance S / g (1 + r) + (1 + r^2) R^2; what the pixels' own response makes goes away.
 * @param readNoiseAdu R, by which the variance without light is known
 * @returns NaN where light makes no variance
 */
export function gainOfPairs({ values }: Pick<Samples, 'values'>, readNoiseAdu: number): number {
  let light = 0;
  let variance = 0;
  for (const [a, b] of pairsOf(values)) {
    const levelA = clippedMoments(a, CLIP_SIGMAS).mean;
    const ratio = levelA / clippedMoments(b, CLIP_SIGMAS).mean;
    const difference = a.map((value, i) => value - ratio * b[i]);
    light += levelA * (1 + ratio);
    variance +=
      clippedMoments(difference, CLIP_SIGMAS).std ** 2 - (1 + ratio * ratio) * (readNoiseAdu ** 2 + ROUNDING_ADU2);
  }
  return variance > 0 ? light / variance : Number.NaN;
}

/** A flat of a light that is meant to be constant. */
export interface LightPoint {
  levelAdu: number;
  exposureTimeS: number;
  midMs: number;
}

const FEWEST_LIGHT_POINTS = 4;
const LEAST_TIME_RATIO = 1.5;

/**
 * Largest deviation of the counts from levelAdu = t (a + b (time since the first)), over the counts: a lamp that drifts steadily is not
 * taken for an amplifier that bends. Undefined with fewer than four flats, or when the longest is not 1.5 times as long as the shortest.
 */
export function nonLinearityOf(points: readonly LightPoint[]): number | undefined {
  const times = points.map(({ exposureTimeS }) => exposureTimeS);
  if (points.length < FEWEST_LIGHT_POINTS || Math.max(...times) < LEAST_TIME_RATIO * Math.min(...times))
    return undefined;
  const from = Math.min(...points.map(({ midMs }) => midMs));
  const span = Math.max(...points.map(({ midMs }) => midMs)) - from || 1;
  let [n, u, uu, y, uy] = [0, 0, 0, 0, 0];
  for (const { levelAdu, exposureTimeS, midMs } of points) {
    const when = (midMs - from) / span;
    const rate = levelAdu / exposureTimeS;
    n++;
    u += when;
    uu += when * when;
    y += rate;
    uy += when * rate;
  }
  const determinant = n * uu - u * u;
  const drift = determinant === 0 ? 0 : (n * uy - u * y) / determinant;
  const rate = (y - drift * u) / n;
  const deviations = points.map(({ levelAdu, exposureTimeS, midMs }) => {
    const line = exposureTimeS * (rate + (drift * (midMs - from)) / span);
    return Math.abs(levelAdu / line - 1);
  });
  return Math.max(...deviations);
}
