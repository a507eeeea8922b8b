import type { Effect, Observatory } from '../../records/observatory.ts';
import { multiplyDust } from './dust.ts';
import { multiplyFlatStructure } from './flat-structure.ts';
import { keptMap } from './maps.ts';
import { multiplyPixelResponse } from './pixel-response.ts';

/**
 * How much of the light counts, relative to the centre of the field, per pixel of the unbinned active area: vignetting, dust, flat
 * structure and pixel response. The quantum efficiency is in the filter's zero point. Undefined when every one of them is off or
 * not given. The map is kept for other frames of the night: not to be written to.
 * @param dayObs day of observation, YYYYMMDD: dust moves
 */
export function responseOf(from: {
  observatory: Observatory;
  filter: string;
  dayObs: number;
}): Float32Array | undefined {
  const { observatory, filter, dayObs } = from;
  const { camera, telescope, without } = observatory;
  const has = (effect: Effect) => !without.includes(effect);
  const vignetting = telescope.vignettingAtCorner > 0 && has('vignetting');
  const dust = camera.dust !== undefined && has('dust');
  const structure = camera.flatStructure !== undefined && has('flatStructure');
  const pixels = camera.pixelResponse !== undefined && has('pixelResponse');
  if (!(vignetting || dust || structure || pixels)) return undefined;

  const { id, widthPix, heightPix } = camera;
  const ones = () => new Float32Array(widthPix * heightPix).fill(1);
  const { apertureM, obstructionM, focalLengthM } = telescope;
  // Everything that the maps depend on is in their keys: two observatories may use the same name for a camera.
  const hardware = JSON.stringify([id, widthPix, heightPix, camera.pixelSizeUm]);
  const pixelMap = (): Float32Array =>
    keptMap(`pixels ${hardware} ${JSON.stringify(camera.pixelResponse)}`, () => {
      const map = ones();
      multiplyPixelResponse(camera, map);
      return map;
    });
  const parts = [
    vignetting && telescope.vignettingAtCorner,
    structure && camera.flatStructure,
    pixels && camera.pixelResponse,
    dust && [camera.dust, dayObs, apertureM, obstructionM, focalLengthM],
  ];
  return keptMap(`response ${hardware} ${filter} ${JSON.stringify(parts)}`, () => {
    const map = pixels ? pixelMap().slice() : ones();
    if (structure) multiplyFlatStructure(camera, filter, map);
    if (vignetting) multiplyVignetting(widthPix, heightPix, telescope.vignettingAtCorner, map);
    if (dust) multiplyDust(observatory, filter, dayObs, map);
    return map;
  });
}

/** What the optics lose away from the axis: growing with the square of the distance from the centre, up to `lostAtCorner`. */
function multiplyVignetting(width: number, height: number, lostAtCorner: number, map: Float32Array): void {
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  const lostPerPix2 = lostAtCorner / (centreX * centreX + centreY * centreY);
  for (let y = 0; y < height; y++) {
    const dy2 = (y - centreY) * (y - centreY);
    multiplyParabola(map.subarray(y * width, (y + 1) * width), 1 - lostPerPix2 * dy2, lostPerPix2, centreX);
  }
}

function multiplyParabola(row: Float32Array, atCentre: number, lostPerPix2: number, centreX: number): void {
  for (let x = 0; x < row.length; x++) row[x] *= atCentre - lostPerPix2 * (x - centreX) * (x - centreX);
}
