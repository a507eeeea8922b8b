import type { Frame } from '../frame.ts';
import { randomStream } from '../random.ts';
import type { Observatory } from '../records/observatory.ts';

/** Largest number that the converter knows. */
const CONVERTER_MAX_ADU = 65_535;

/**
 * Turns expected electrons into a frame, in the order of the chip: Poisson noise of light and dark current, the full well, read
 * noise, gain and bias level, rounding and the converter's ends. Noise comes from the streams `shotNoise` and `readNoise` of the
 * exposure, a lane per row, so a pixel's noise does not depend on what other rows show.
 * @param expectedE electrons per pixel, row by row; undefined for a bias frame, in which no charge has gathered
 * @returns the frame, and how many of its pixels hit the full well or the converter's upper end
 */
export function readOut(
  camera: Observatory['camera'],
  expectedE: Float32Array | undefined,
  seed: number,
  exposureId: string,
): { frame: Frame; saturatedPixels: number } {
  const { widthPix: width, heightPix: height, fullWellE, readNoiseE, biasLevelAdu } = camera;
  const aduPerE = 1 / camera.gainEPerAdu;
  const readNoiseAdu = readNoiseE * aduPerE;
  const shotNoise = randomStream(seed, 'shotNoise', exposureId);
  const readNoise = randomStream(seed, 'readNoise', exposureId);
  const pixels = new Uint16Array(width * height);
  const electronsRow = new Float64Array(width);
  const readNoiseRow = new Float64Array(width);
  let saturatedPixels = 0;
  for (let y = 0; y < height; y++) {
    const begin = y * width;
    if (expectedE !== undefined) {
      shotNoise.enterLane(y);
      shotNoise.fillPoisson(expectedE.subarray(begin, begin + width), electronsRow);
    }
    readNoise.enterLane(y);
    readNoise.fillNormal(readNoiseRow);
    for (let x = 0; x < width; x++) {
      const electrons = Math.min(electronsRow[x], fullWellE);
      const level = biasLevelAdu + electrons * aduPerE + readNoiseRow[x] * readNoiseAdu;
      const adu = Math.max(0, Math.min(CONVERTER_MAX_ADU, Math.floor(level + 0.5)));
      if (electrons >= fullWellE || adu === CONVERTER_MAX_ADU) saturatedPixels++;
      pixels[begin + x] = adu;
    }
  }
  return { frame: { width, height, pixels }, saturatedPixels };
}
