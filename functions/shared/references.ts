import { pixelToSky, type Wcs } from '../../core/gnomonic.ts';
import { separationDeg } from '../../core/sky/angles.ts';
import { type Band, bandMag } from '../../core/sky/colours.ts';
import { ARCSEC_PER_DEG } from '../../core/units.ts';
import { loadSky } from './sky.ts';

/** Nearer than this to a galaxy's centre an entry of the star catalogue is its nucleus, whose magnitude is that of no star. */
const NUCLEUS_ARCSEC = 6;

export interface ReferenceStar {
  raDeg: number;
  decDeg: number;
  /** AB, in the band. */
  mag: number;
}

/** Stars of the catalogue around a frame, with their magnitudes in its band: what its photometry is held against. */
export function referenceStars(wcs: Wcs, size: { widthPix: number; heightPix: number }, band: Band): ReferenceStar[] {
  const { widthPix, heightPix } = size;
  const centre = pixelToSky(wcs, (widthPix + 1) / 2, (heightPix + 1) / 2);
  const corners = [pixelToSky(wcs, 0.5, 0.5), pixelToSky(wcs, widthPix + 0.5, heightPix + 0.5)];
  const radiusDeg = Math.max(
    ...corners.map((corner) => separationDeg(centre.raDeg, centre.decDeg, corner.raDeg, corner.decDeg)),
  );
  const { stars, galaxies } = loadSky();
  const nuclei = galaxies.cone(centre.raDeg, centre.decDeg, radiusDeg);
  return stars.flatMap((catalogue) => {
    const { count, raDeg, decDeg, vMag, bMinusV } = catalogue.cone(centre.raDeg, centre.decDeg, radiusDeg);
    return Array.from({ length: count }, (_, i) => ({
      raDeg: raDeg[i],
      decDeg: decDeg[i],
      mag: bandMag(band, vMag[i], bMinusV[i]),
    })).filter((star) =>
      nuclei.every(
        (each) => separationDeg(star.raDeg, star.decDeg, each.raDeg, each.decDeg) * ARCSEC_PER_DEG >= NUCLEUS_ARCSEC,
      ),
    );
  });
}
