import { type Band, bandMag } from '../sky/colours.ts';
import { faintStarsAround } from '../sky/faint-stars.ts';
import type { StarCatalogue } from '../sky/stars.ts';
import type { Light } from './light.ts';
import { addPointSource, cutRadiusPix } from './psf.ts';

/**
 * Adds the stars of the model of star counts (core/sky/faint-stars.ts) that are not in the catalogues, down to V `vFaintest` or
 * to `faintestE` electrons, whichever comes first. Gives back how many there were.
 * @param faintestE see `faintestStarE`
 */
export function addFaintStars(
  light: Light,
  catalogues: readonly StarCatalogue[],
  { vFaintest, faintestE }: { vFaintest: number; faintestE: number },
): number {
  const { projection, image, psf, filter, truth } = light;
  const marginPix = cutRadiusPix(psf, 1);
  const radiusDeg = projection.scaleDegPerPix * (Math.hypot(image.width, image.height) / 2 + marginPix);
  // At the zenith and the airmass of the zero point, where a star is brightest.
  const faintestMag = -2.5 * Math.log10(faintestE / light.electronsOf(0, 1));
  const limit = Math.min(vFaintest, faintestMag + reddestVMinusBand(filter.band));
  const stars = faintStarsAround(catalogues, { ...projection.centre, radiusDeg }, limit);
  let added = 0;
  for (let i = 0; i < stars.count; i++) {
    const mag = bandMag(filter.band, stars.vMag[i], stars.bMinusV[i]);
    if (mag > faintestMag) continue;
    const raDeg = stars.raDeg[i];
    const decDeg = stars.decDeg[i];
    const pixel = projection.pixelOf(raDeg, decDeg);
    if (pixel === undefined || outside(image, pixel, marginPix)) continue;
    const electrons = light.electronsOf(mag, projection.airmassAt(pixel.x, pixel.y), pixel);
    if (!addPointSource(image, psf, pixel.x, pixel.y, electrons)) continue;
    added++;
    truth?.({ kind: 'faintStar', raDeg, decDeg, ...pixel, mag, electrons });
  }
  return added;
}

/** A star is left out below this share of the noise in its own noise-equivalent area. */
const LEAST_SIGNAL_TO_NOISE = 0.2;

/**
 * Electrons below which a star does not matter: a fifth of the noise of sky, dark current and readout in the noise-equivalent area
 * of the point spread function, 2.266 (1.23 FWHM)^2 (King 1983, PASP 95, 163, for the Moffat profile in use; see core/twin/psf.ts).
 */
export function faintestStarE(from: { fwhmPix: number; backgroundE: number; readNoiseE: number }): number {
  const areaPix = Math.max(1, 2.266 * (1.23 * from.fwhmPix) ** 2);
  return LEAST_SIGNAL_TO_NOISE * Math.sqrt(areaPix * (from.backgroundE + from.readNoiseE ** 2));
}

function outside({ width, height }: Light['image'], { x, y }: { x: number; y: number }, marginPix: number): boolean {
  return x < -marginPix || y < -marginPix || x > width - 1 + marginPix || y > height - 1 + marginPix;
}

/** How much brighter in the band than in V a star can be, over the colours of the model. */
function reddestVMinusBand(band: Band): number {
  const colours = Array.from({ length: 21 }, (_, i) => -0.2 + i * 0.1);
  return Math.max(...colours.map((bMinusV) => -bandMag(band, 0, bMinusV)));
}
