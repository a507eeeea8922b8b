import { separationDeg } from '../sky/angles.ts';
import { bandMag } from '../sky/colours.ts';
import type { GalaxyCatalogue } from '../sky/galaxies.ts';
import type { StarCatalogue } from '../sky/stars.ts';
import { ARCSEC_PER_DEG } from '../units.ts';
import { addAureole } from './aureole.ts';
import type { Light } from './light.ts';
import { addPointSource, cutRadiusPix } from './psf.ts';

/** A star brighter than any: how far outside the field a star may stand and still shine into it. */
const BRIGHTEST_MAG = -1.5;
/**
 * Nearer than this to the centre of a galaxy a star of the catalogue is its nucleus, taken for a star, and with a magnitude that is
 * far too bright: the galaxy's light is in its profile.
 */
const NUCLEUS_ARCSEC = 6;
/** Outside of the field, the halos of stars fainter than this are lost in any sky. */
const HALO_V_MAX = 5;

/**
 * Adds every star of the catalogues that sends light into the field: its magnitude in the band from V and B-V, dimmed by the
 * air and the cloud at its own place, with its halo. Nuclei of galaxies that the catalogues took for stars are left out. Gives back
 * how many there were.
 */
export function addStars(light: Light, catalogues: readonly StarCatalogue[], galaxies?: GalaxyCatalogue): number {
  const { projection, image, psf, filter, truth } = light;
  const marginPix = cutRadiusPix(psf, light.electronsOf(BRIGHTEST_MAG, 1));
  const radiusDeg = projection.scaleDegPerPix * (Math.hypot(image.width, image.height) / 2 + marginPix);
  const { raDeg: centreRaDeg, decDeg: centreDecDeg } = projection.centre;
  const nuclei = galaxies?.cone(centreRaDeg, centreDecDeg, radiusDeg) ?? [];
  const isNucleus = (raDeg: number, decDeg: number) =>
    nuclei.some((each) => separationDeg(raDeg, decDeg, each.raDeg, each.decDeg) * ARCSEC_PER_DEG < NUCLEUS_ARCSEC);
  let added = 0;
  for (const catalogue of catalogues) {
    const { count, raDeg, decDeg, vMag, bMinusV } = catalogue.cone(centreRaDeg, centreDecDeg, radiusDeg);
    for (let i = 0; i < count; i++) {
      if (isNucleus(raDeg[i], decDeg[i])) continue;
      const pixel = projection.pixelOf(raDeg[i], decDeg[i]);
      if (pixel === undefined) continue;
      const mag = bandMag(filter.band, vMag[i], bMinusV[i]);
      const electrons = light.electronsOf(mag, projection.airmassAt(pixel.x, pixel.y), pixel);
      addAureole(light, pixel, electrons);
      if (!addPointSource(image, psf, pixel.x, pixel.y, electrons)) continue;
      added++;
      truth?.({ kind: 'star', raDeg: raDeg[i], decDeg: decDeg[i], ...pixel, mag, electrons });
    }
  }
  addHalosFromOutside(light, catalogues, radiusDeg);
  return added;
}

/** The halos of bright stars too far outside for their own light to reach the frame. */
function addHalosFromOutside(light: Light, catalogues: readonly StarCatalogue[], insideDeg: number): void {
  const { projection, filter, aureole } = light;
  if (aureole === undefined) return;
  const { raDeg: centreRaDeg, decDeg: centreDecDeg } = projection.centre;
  for (const catalogue of catalogues) {
    const reachDeg = insideDeg + aureole.outerRadiusDeg;
    const { count, raDeg, decDeg, vMag, bMinusV } = catalogue.cone(centreRaDeg, centreDecDeg, reachDeg, HALO_V_MAX);
    for (let i = 0; i < count; i++) {
      if (separationDeg(centreRaDeg, centreDecDeg, raDeg[i], decDeg[i]) <= insideDeg) continue;
      const pixel = projection.pixelOf(raDeg[i], decDeg[i]);
      if (pixel === undefined) continue;
      const mag = bandMag(filter.band, vMag[i], bMinusV[i]);
      addAureole(light, pixel, light.electronsOf(mag, projection.airmassAt(pixel.x, pixel.y), pixel));
    }
  }
}
