import { randomStream } from '../../random.ts';
import type { Effect, Observatory } from '../../records/observatory.ts';
import { bleed, type FullRows } from './bleeding.ts';
import { addCosmicRays, type CosmicRay } from './cosmic-rays.ts';
import { darkCurrentFactor } from './dark-current.ts';
import { hotPixelsOf } from './hot-pixels.ts';
import { addBinned, addTo, reaches } from './rows.ts';

/** What a chip holds when its shutter has closed. */
export interface Charge {
  /** Electrons per pixel of the unbinned active area, row by row. The next exposure writes over them. */
  electrons: Float32Array;
  /** Expected from dark current in a pixel that is not hot. */
  darkE: number;
  cosmicRays: CosmicRay[];
  hotPixels: number;
  /** Pixels that are full, y * width + x, each once. */
  fullPixels: number[];
}

/** Rows that go through the noise together: few enough for the processor's second cache. */
const ROWS_AT_ONCE = 16;

/**
 * Gathers charge: light and dark current with their shot noise, cosmic rays, and what the wells do when they are full.
 * @param light expected photo-electrons, row by row; undefined for none. Not changed.
 */
export function gatherCharge(from: {
  observatory: Observatory;
  light: Float32Array | undefined;
  darkTimeS: number;
  temperatureC: number | undefined;
  seed: number;
  exposureId: string;
}): Charge {
  const { observatory, light, darkTimeS, temperatureC, seed, exposureId } = from;
  const { camera, without } = observatory;
  const { widthPix, heightPix } = camera;
  const has = (effect: Effect) => !without.includes(effect);
  const warmer =
    camera.temperature === undefined || temperatureC === undefined
      ? 1
      : darkCurrentFactor(temperatureC, camera.temperature.referenceC);
  const darkE = has('darkCurrent') ? camera.darkCurrentEPerS * warmer * darkTimeS : 0;
  const hot = has('hotPixels') && darkTimeS > 0 ? hotPixelsOf(camera) : undefined;

  const electrons = chargeBuffer(widthPix * heightPix);
  const anything = light !== undefined || darkE > 0 || hot !== undefined;
  const shotNoise = has('shotNoise') && anything ? randomStream(seed, 'shotNoise', exposureId) : undefined;
  const fullWellE = has('fullWell') ? camera.fullWellE : Number.POSITIVE_INFINITY;
  const fullColumns = new Map<number, FullRows>();
  for (let top = 0, nextHot = 0; top < heightPix; top += ROWS_AT_ONCE) {
    const begin = top * widthPix;
    const end = Math.min(heightPix, top + ROWS_AT_ONCE) * widthPix;
    const some = electrons.subarray(begin, end);
    if (light !== undefined) addTo(light.subarray(begin, end), darkE, some);
    else some.fill(darkE);
    for (; hot !== undefined && hot.pixels[nextHot] < end; nextHot++) {
      some[hot.pixels[nextHot] - begin] += hot.ratesEPerS[nextHot] * warmer * darkTimeS;
    }
    shotNoise?.enterLane(top);
    shotNoise?.fillPoisson(some, some, widthPix);
    for (let y = top, row = begin; row < end; y++, row += widthPix) {
      const charges = electrons.subarray(row, row + widthPix);
      if (reaches(charges, fullWellE)) noteFullRow(fullColumns, charges, y, fullWellE);
    }
  }
  // The shutter keeps no particle out, nor does reading: a row waits half of the readout on average.
  const caughtS = darkTimeS + camera.readoutS / 2;
  const { rays, touched } = has('cosmicRays')
    ? addCosmicRays(camera, electrons, caughtS, seed, exposureId)
    : { rays: [], touched: [] };
  for (const pixel of touched) {
    if (electrons[pixel] >= fullWellE) noteFull(fullColumns, pixel % widthPix, Math.floor(pixel / widthPix));
  }
  if (has('bleeding') && camera.bleeding !== undefined) {
    bleed(electrons, widthPix, heightPix, fullColumns, fullWellE, camera.bleeding.upShare);
  }
  const fullPixels = holdToFullWell(electrons, widthPix, fullColumns, fullWellE);
  return { electrons, darkE, cosmicRays: rays, hotPixels: hot?.pixels.length ?? 0, fullPixels };
}

function noteFullRow(columns: Map<number, FullRows>, charges: Float32Array, y: number, fullWellE: number): void {
  for (let x = 0; x < charges.length; x++) if (charges[x] >= fullWellE) noteFull(columns, x, y);
}

function noteFull(columns: Map<number, FullRows>, x: number, y: number): void {
  const rows = columns.get(x);
  if (rows === undefined) columns.set(x, { first: y, last: y });
  else {
    rows.first = Math.min(rows.first, y);
    rows.last = Math.max(rows.last, y);
  }
}

/**
 * Memory for the charge of one exposure, not cleared. Fresh memory of this size costs more time than what is done with it, so it is
 * kept for the next frame of the same size; nothing is read from it that was not written before.
 */
function chargeBuffer(pixels: number): Float32Array {
  if (buffer.length !== pixels) buffer = new Float32Array(pixels);
  return buffer;
}

let buffer = new Float32Array(0);

/** Takes away what no pixel can hold, where columns have too much, and lists the full pixels. */
function holdToFullWell(
  electrons: Float32Array,
  widthPix: number,
  columns: ReadonlyMap<number, FullRows>,
  fullWellE: number,
): number[] {
  const full: number[] = [];
  for (const [x, { first, last }] of columns) {
    for (let i = first * widthPix + x; i <= last * widthPix + x; i += widthPix) {
      if (electrons[i] < fullWellE) continue;
      electrons[i] = fullWellE;
      full.push(i);
    }
  }
  return full;
}

/** Sums charge on the chip, `binning` x `binning` pixels to one; both sides are multiples of it. */
export function binned(electrons: Float32Array, widthPix: number, heightPix: number, binning: number): Float32Array {
  if (binning === 1) return electrons;
  const width = widthPix / binning;
  const height = heightPix / binning;
  const out = new Float32Array(width * height);
  for (let y = 0; y < height * binning; y++) {
    const to = Math.floor(y / binning) * width;
    addBinned(electrons.subarray(y * widthPix, (y + 1) * widthPix), binning, out.subarray(to, to + width));
  }
  return out;
}
