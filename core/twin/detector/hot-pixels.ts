import { randomStream } from '../../random.ts';
import type { Camera } from '../../records/observatory/camera.ts';

/** Pixels with a dark current of their own, in ascending order. */
export interface HotPixels {
  /** y * width + x on the unbinned active area. */
  pixels: Int32Array;
  /** On top of the dark current of all pixels, at the reference temperature. */
  ratesEPerS: Float32Array;
}

/**
 * The hot pixels of a camera: the same in every frame of it. Places are even over the chip, the logarithms of the rates normal;
 * two that fall on the same pixel add up.
 */
export function hotPixelsOf(camera: Camera): HotPixels {
  const { id, widthPix, heightPix, hotPixels } = camera;
  if (hotPixels === undefined) return { pixels: new Int32Array(0), ratesEPerS: new Float32Array(0) };
  const { share, medianRateEPerS, spread } = hotPixels;
  const stream = randomStream(0, 'hotPixels', id);
  const rates = new Map<number, number>();
  const count = Math.round(share * widthPix * heightPix);
  for (let i = 0; i < count; i++) {
    const pixel = Math.floor(stream.uniform() * widthPix * heightPix);
    const rate = medianRateEPerS * Math.exp(spread * stream.normal());
    rates.set(pixel, (rates.get(pixel) ?? 0) + rate);
  }
  const pixels = Int32Array.from(rates.keys()).sort();
  return { pixels, ratesEPerS: Float32Array.from(pixels, (pixel) => rates.get(pixel)!) };
}
