import { DQ, type Planes } from './planes.ts';
import { clippedMoments, madSigmaOf, medianOf } from './robust.ts';

/** So many scatters above the median, ... */
const HOT_SIGMAS = 8;
/** ... so many times the median, ... */
const HOT_MEDIANS = 5;
/** ... and so many of the pixel's own standard errors: what only one frame saw was a cosmic ray. */
const HOT_OWN_SIGMAS = 3;
/** A pixel of a bias so many read noises off its amplifier. */
const BIAS_READ_NOISES = 10;
/** A pixel of a flat that differs by this share from those around it, ... */
const FLAT_DEVIATION = 0.2;
/** ... and by so many of its standard deviations. */
const FLAT_SIGMAS = 8;
/** Half of the side of the square of those around it. */
const AROUND = 3;
const SAMPLES_MAX = 262_144;

/** Up to so many values of a plane, evenly spread, of pixels that have none of some flags. */
export function sampleOf(planes: Planes, without: number = 0xff): Float32Array {
  const { data, dq, widthPix } = planes;
  let step = Math.max(1, Math.floor(data.length / SAMPLES_MAX));
  // Not always the same columns.
  if (step > 1 && widthPix % step === 0) step++;
  const values = new Float32Array(Math.ceil(data.length / step));
  let count = 0;
  for (let i = 0; i < data.length; i += step) if ((dq[i] & without) === 0) values[count++] = data[i];
  return values.subarray(0, count);
}

/**
 * Marks hot pixels of a dark, HOT_PIXEL, and those far below the others, BAD_PIXEL.
 * @param scatter standard error of each pixel from the scatter of its frames
 * @returns the rate above which a pixel is hot
 */
export function markHotPixels(planes: Planes, scatter: Float32Array): number {
  const { data, dq } = planes;
  const sample = sampleOf(planes, DQ.NO_DATA | DQ.BAD_PIXEL);
  const median = medianOf(sample);
  const reach = Math.max(HOT_SIGMAS * madSigmaOf(sample, median), HOT_MEDIANS * Math.abs(median));
  for (let i = 0; i < data.length; i++) {
    const above = data[i] - median;
    if (above > reach) {
      if (above > HOT_OWN_SIGMAS * scatter[i]) dq[i] |= DQ.HOT_PIXEL;
    } else if (above < -reach) dq[i] |= DQ.BAD_PIXEL;
  }
  return median + reach;
}

/** Marks the pixels of an amplifier's part of a bias that are far off its median. */
export function markBiasPixels(
  planes: Planes,
  section: { x0: number; y0: number; x1: number; y1: number },
  readNoiseAdu: number,
): void {
  const { data, dq, widthPix } = planes;
  const rows = section.y1 - section.y0;
  const step = Math.max(1, Math.floor(((section.x1 - section.x0) * rows) / SAMPLES_MAX));
  const sample: number[] = [];
  for (let y = section.y0; y < section.y1; y++) {
    for (let x = section.x0 + (y % step); x < section.x1; x += step) sample.push(data[y * widthPix + x]);
  }
  const { mean, std } = clippedMoments(sample, 5);
  const reach = BIAS_READ_NOISES * Math.max(readNoiseAdu, std, 0.5);
  for (let y = section.y0; y < section.y1; y++) {
    for (let i = y * widthPix + section.x0; i < y * widthPix + section.x1; i++) {
      if (Math.abs(data[i] - mean) > reach) dq[i] |= DQ.BAD_PIXEL;
    }
  }
}

/** Marks the pixels of a flat that answer to light by 20 % more or less than the median of the 7 x 7 around them. */
export function markDeviantPixels({ data, uncertainty, dq, widthPix, heightPix }: Planes): void {
  const inside = (value: number, length: number) => Math.max(0, Math.min(length - 1, value));
  for (let y = 0; y < heightPix; y++) {
    const up = inside(y + AROUND, heightPix) * widthPix;
    const down = inside(y - AROUND, heightPix) * widthPix;
    for (let x = 0; x < widthPix; x++) {
      const i = y * widthPix + x;
      const left = y * widthPix + inside(x - AROUND, widthPix);
      const right = y * widthPix + inside(x + AROUND, widthPix);
      // Cheap first: few pixels go on to the median.
      const cross = (data[up + x] + data[down + x] + data[left] + data[right]) / 4;
      if (Math.abs(data[i] - cross) <= (FLAT_DEVIATION / 2) * cross) continue;
      const around = medianAround(data, widthPix, heightPix, x, y);
      const off = Math.abs(data[i] - around);
      if (off > FLAT_DEVIATION * around && off > FLAT_SIGMAS * uncertainty[i]) dq[i] |= DQ.BAD_PIXEL;
    }
  }
}

function medianAround(data: Float32Array, widthPix: number, heightPix: number, x: number, y: number): number {
  const values: number[] = [];
  for (let v = Math.max(0, y - AROUND); v <= Math.min(heightPix - 1, y + AROUND); v++) {
    for (let u = Math.max(0, x - AROUND); u <= Math.min(widthPix - 1, x + AROUND); u++) {
      if (u !== x || v !== y) values.push(data[v * widthPix + u]);
    }
  }
  return medianOf(values);
}

/** Share of the pixels with any of some flags. */
export function shareOf({ dq }: Planes, flags: number): number {
  return countOf({ dq }, flags) / dq.length;
}

/** How many pixels have any of some flags. */
export function countOf({ dq }: Pick<Planes, 'dq'>, flags: number): number {
  let count = 0;
  for (let i = 0; i < dq.length; i++) if ((dq[i] & flags) !== 0) count++;
  return count;
}
