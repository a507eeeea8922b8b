import { writeFrame } from '../core/fits/frame.ts';
import { OBJECT_HEADER, OBJECT_WCS } from '../test/core/fits/example-frame.ts';

const SKY_ADU = 1541;
const NOISE_ADU = 19.4;
const STARS = 3000;

/** Uniform in [0, 1), seeded: mulberry32. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Counts of a sky of 812 electrons a pixel at 1.5 electrons a count, with its noise and that of the readout, and stars on it: what
 * the twin exposes in a minute at La Palma, without its machinery, so that it stays the same when that changes.
 */
export function skyPixels(widthPix: number, heightPix: number): Uint16Array {
  const uniform = uniforms(20261121);
  const counts = Float64Array.from({ length: widthPix * heightPix }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return SKY_ADU + NOISE_ADU * radius * Math.cos(2 * Math.PI * uniform());
  });
  for (let star = 0; star < STARS; star++) {
    const [column, row] = [widthPix, heightPix].map((size) => 16 + Math.floor(uniform() * (size - 32)));
    const peak = 10 ** (1 + 3.5 * uniform());
    for (let dy = -15; dy <= 15; dy++) {
      for (let dx = -15; dx <= 15; dx++) {
        counts[(row + dy) * widthPix + column + dx] += peak * (1 + (dx * dx + dy * dy) / 4) ** -3;
      }
    }
  }
  return Uint16Array.from(counts, (count) => Math.max(0, Math.min(65535, Math.round(count))));
}

/** The same as a file, with the header of an object frame. */
export function skyFrame(widthPix: number, heightPix: number): Uint8Array {
  return writeFrame(OBJECT_HEADER, OBJECT_WCS, widthPix, heightPix, skyPixels(widthPix, heightPix));
}
