import type { Camera } from '../../records/observatory/camera.ts';
import { MS_PER_S } from '../../units.ts';

/**
 * Time that each pixel of a row of the active area is exposed longer than the centre of the field, s; mostly negative. An iris
 * opens from the centre outwards and closes back: the loss grows with the distance from the centre, up to `travelMs` in the
 * corners. A blade that opens and one that closes cross the field at speeds that differ a little: the time changes
 * along the rows (Stetson 1989, Advanced School of Astrophysics on image and data processing, on iris shutters).
 */
export function fillShutterDelayS(camera: Camera, yPix: number, out: Float32Array): void {
  const { shutter, widthPix, heightPix } = camera;
  const centreX = (widthPix - 1) / 2;
  if (shutter === undefined) {
    out.fill(0);
  } else if (shutter.kind === 'blade') {
    const perPix = shutter.mismatchMs / MS_PER_S / (widthPix - 1);
    for (let x = 0; x < out.length; x++) out[x] = perPix * (x - centreX);
  } else {
    const corner = Math.sqrt((widthPix - 1) ** 2 + (heightPix - 1) ** 2) / 2;
    const perPix = shutter.travelMs / MS_PER_S / corner;
    const dy2 = (yPix - (heightPix - 1) / 2) ** 2;
    for (let x = 0; x < out.length; x++) out[x] = -perPix * Math.sqrt((x - centreX) * (x - centreX) + dy2);
  }
}
