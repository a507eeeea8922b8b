import { type Band, bandMag } from '../sky/colours.ts';
import { faintStarsAround } from '../sky/faint-stars.ts';
import type { StarCatalogue } from '../sky/stars.ts';
import type { Light } from './light.ts';
import { addPointSources, cutRadiusPix } from './psf.ts';

/** Of a faint star's light, left out at the most: with no more than a few thousand electrons, far below its noise. */
const LOST_SHARE = 1e-3;

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
  const x = new Float64Array(stars.count);
  const y = new Float64Array(stars.count);
  const fluxE = new Float64Array(stars.count);
  const of = new Uint32Array(stars.count);
  let count = 0;
  for (let i = 0; i < stars.count; i++) {
    const mag = bandMag(filter.band, stars.vMag[i], stars.bMinusV[i]);
    if (mag > faintestMag) continue;
    const pixel = projection.pixelOf(stars.raDeg[i], stars.decDeg[i]);
    if (pixel === undefined || outside(image, pixel, marginPix)) continue;
    x[count] = pixel.x;
    y[count] = pixel.y;
    fluxE[count] = light.electronsOf(mag, projection.airmassAt(pixel.x, pixel.y), pixel);
    of[count++] = i;
  }
  const sources = { x: x.subarray(0, count), y: y.subarray(0, count), fluxE: fluxE.subarray(0, count) };
  const drawn = new Uint8Array(count);
  const added = addPointSources(image, psf, sources, { lostShare: LOST_SHARE, drawn });
  for (let k = 0; truth !== undefined && k < count; k++) {
    if (drawn[k] === 0) continue;
    const i = of[k];
    const mag = bandMag(filter.band, stars.vMag[i], stars.bMinusV[i]);
    const [raDeg, decDeg] = [stars.raDeg[i], stars.decDeg[i]];
    truth({ kind: 'faintStar', raDeg, decDeg, x: x[k], y: y[k], mag, electrons: fluxE[k] });
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
