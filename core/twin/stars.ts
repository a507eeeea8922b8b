import { bandMag } from '../sky/colours.ts';
import type { StarCatalogue } from '../sky/stars.ts';
import { pixelOf } from './field.ts';
import type { Light } from './light.ts';
import { addPointSource, cutRadiusPix } from './psf.ts';

/** A star brighter than any: how far outside the field a star may stand and still shine into it. */
const BRIGHTEST_MAG = -1.5;

/**
 * Adds every star of the catalogues that sends light into the field: its magnitude in the band from V and B-V, dimmed by the
 * air at its own place. Gives back how many there were.
 */
export function addStars(light: Light, catalogues: readonly StarCatalogue[]): number {
  const { wcs, image, psf } = light;
  const marginPix = cutRadiusPix(psf, light.electronsOf(BRIGHTEST_MAG, 1));
  const radiusDeg = light.scaleDegPerPix * (Math.hypot(image.width, image.height) / 2 + marginPix);
  let added = 0;
  for (const catalogue of catalogues) {
    const { count, raDeg, decDeg, vMag, bMinusV } = catalogue.cone(wcs.crval1Deg, wcs.crval2Deg, radiusDeg);
    for (let i = 0; i < count; i++) {
      const pixel = pixelOf(wcs, raDeg[i], decDeg[i]);
      if (pixel === undefined) continue;
      const mag = bandMag(light.filter.band, vMag[i], bMinusV[i]);
      const fluxE = light.electronsOf(mag, light.airmassAt(raDeg[i], decDeg[i]));
      if (addPointSource(image, psf, pixel.x, pixel.y, fluxE)) added++;
    }
  }
  return added;
}
