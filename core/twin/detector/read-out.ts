import type { Frame } from '../../frame.ts';
import { converterMaxAdu } from '../../records/observatory/camera.ts';
import type { Observatory } from '../../records/observatory.ts';
import { amplify, bendSignal } from './amplify.ts';
import { binned, gatherCharge } from './charge.ts';
import type { CosmicRay } from './cosmic-rays.ts';
import { detectorTemperatureC } from './dark-current.ts';
import { type Layout, layoutOf, type Window } from './geometry.ts';
import { countOf } from './rows.ts';
import { type AmplifierSections, imageSection, sectionsOf } from './sections.ts';

/** A frame as the camera gives it, and what is known of it. */
export interface ReadOut {
  /** Prescan columns of all amplifiers, the image, their overscan columns; overscan rows on top. */
  frame: Frame;
  /** First pixel of the image in the frame, from 0: see `frameWcs`. */
  imageOrigin: { x: number; y: number };
  /** The image in the frame, as FITS counts: `[17:2064,1:2048]`. */
  imageSection: string;
  amplifiers: AmplifierSections[];
  /** Pixels of the frame that hit the full well or the converter's upper end. */
  saturatedPixels: number;
  truth: {
    /** Undefined for a camera that does not tell its temperature. */
    detectorTemperatureC: number | undefined;
    /** Expected from dark current in an unbinned pixel that is not hot. */
    darkE: number;
    hotPixels: number;
    /** On the whole chip, read or not. */
    cosmicRays: CosmicRay[];
  };
}

/**
 * Turns expected light into a frame, in the order of the chip: dark current and shot noise, cosmic rays, full wells and bleeding,
 * binning, the amplifiers' linearity, crosstalk, gain, bias level and read noise, the converter. A pixel's noise depends on the
 * effect, the exposure and its place alone, so a window shows the same pixels as the whole frame would.
 * Throws ConfigureFailed for a binning or window that the camera cannot read.
 */
export function readOut(from: {
  observatory: Observatory;
  /** Expected photo-electrons on the unbinned active area, row by row, not changed; undefined for none (bias, dark). */
  light: Float32Array | undefined;
  /** Over which dark current gathers; 0 for a bias. */
  darkTimeS: number;
  /** Of the night, integer from 0 to 2^32 - 1. */
  seed: number;
  exposureId: string;
  /** 1 when left out. Charge is summed on the chip, and read with one read noise; the register is taken to hold it all. */
  binning?: number;
  /** The whole chip when left out. */
  window?: Window;
  /** What the cooler reached when left out. */
  temperatureC?: number;
  /** The last amplifier of the camera reads nothing but its bias level. */
  deadAmplifier?: boolean;
}): ReadOut {
  const { observatory, light, darkTimeS, seed, exposureId } = from;
  const { camera, without } = observatory;
  const layout = layoutOf(camera, from.binning, from.window);
  const temperatureC = from.temperatureC ?? detectorTemperatureC(observatory, seed, exposureId);
  const charge = gatherCharge({ observatory, light, darkTimeS, temperatureC, seed, exposureId });
  const electrons = binned(charge.electrons, camera.widthPix, camera.heightPix, layout.binning);
  if (!without.includes('nonLinearity')) bendSignal(electrons, camera);
  const pixels = amplify(observatory, electrons, layout, seed, exposureId, from.deadAmplifier);
  return {
    frame: { width: layout.widthPix, height: layout.heightPix, pixels },
    imageOrigin: layout.imageOrigin,
    imageSection: imageSection(layout),
    amplifiers: sectionsOf(camera, layout),
    saturatedPixels: countSaturated(pixels, layout, charge.fullPixels, camera.widthPix, converterMaxAdu(camera)),
    truth: {
      detectorTemperatureC: temperatureC,
      darkE: charge.darkE,
      hotPixels: charge.hotPixels,
      cosmicRays: charge.cosmicRays,
    },
  };
}

function countSaturated(
  pixels: Uint16Array,
  { binning, imageOrigin, image, widthPix }: Layout,
  fullPixels: readonly number[],
  detectorWidthPix: number,
  converterMax: number,
): number {
  let count = 0;
  for (let begin = 0; begin < pixels.length; begin += widthPix) {
    count += countOf(pixels.subarray(begin, begin + widthPix), converterMax);
  }
  const full = new Uint8Array(fullPixels.length > 0 ? pixels.length : 0);
  for (const pixel of fullPixels) {
    const x = Math.floor((pixel % detectorWidthPix) / binning);
    const y = Math.floor(Math.floor(pixel / detectorWidthPix) / binning);
    if (x < image.columns.begin || x >= image.columns.end || y < image.rows.begin || y >= image.rows.end) continue;
    const at = (imageOrigin.y + y - image.rows.begin) * widthPix + imageOrigin.x + x - image.columns.begin;
    if (full[at] === 0 && pixels[at] !== converterMax) count++;
    full[at] = 1;
  }
  return count;
}
