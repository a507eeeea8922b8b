import type { Observatory } from '../../records/observatory.ts';
import { keptMap } from './maps.ts';
import { responseOf } from './response.ts';
import { multiply, multiplyAbout, multiplyAboutBy } from './rows.ts';
import { fillShutterDelayS } from './shutter.ts';

/**
 * Takes light through optics, shutter and the pixels' sensitivity, in place: what is left are the photo-electrons that the chip is
 * expected to gather. Light alone, of all sources together; dark current comes in `readOut`. One pass over the pixels.
 * @param light expected electrons per pixel of the unbinned active area, row by row, with the shutter open everywhere for
 * `exposureTimeS`; changed
 * @param dayObs day of observation, YYYYMMDD
 */
export function passOptics(
  light: Float32Array,
  from: { observatory: Observatory; filter: string; dayObs: number; exposureTimeS: number },
): void {
  const { observatory, exposureTimeS } = from;
  const response = responseOf(from);
  const delays = exposureTimeS > 0 ? shutterDelays(observatory) : undefined;
  const { widthPix } = observatory.camera;
  for (let begin = 0; begin < light.length; begin += widthPix) {
    const row = light.subarray(begin, begin + widthPix);
    const factors = response?.subarray(begin, begin + widthPix);
    const late = delays?.subarray(begin, begin + widthPix);
    if (factors && late) multiplyAboutBy(row, factors, late, 1 / exposureTimeS);
    else if (factors) multiply(row, factors);
    else if (late) multiplyAbout(row, late, 1 / exposureTimeS);
  }
}

function shutterDelays({ camera, without }: Observatory): Float32Array | undefined {
  const { shutter, widthPix, heightPix } = camera;
  if (shutter === undefined || without.includes('shutterPattern')) return undefined;
  return keptMap(`shutter ${JSON.stringify([shutter, widthPix, heightPix])}`, () => {
    const map = new Float32Array(widthPix * heightPix);
    for (let y = 0; y < heightPix; y++) {
      fillShutterDelayS(camera, y, map.subarray(y * widthPix, (y + 1) * widthPix));
    }
    return map;
  });
}
