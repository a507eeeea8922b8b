import { pixelToSky, type Wcs } from '../../core/gnomonic.ts';
import { separationDeg } from '../../core/sky/angles.ts';
import { type Band, bandMag } from '../../core/sky/colours.ts';
import { faintStarsAround } from '../../core/sky/faint-stars.ts';
import type { StarColumns } from '../../core/sky/stars.ts';
import { ARCSEC_PER_DEG } from '../../core/units.ts';
import { loadSky } from './sky.ts';

/** Nearer than this to a galaxy's centre an entry of the star catalogue is its nucleus, whose magnitude is that of no star. */
const NUCLEUS_ARCSEC = 6;
/**
 * The catalogue of real stars ends where a minute's exposure saturates. Below it the sky goes on by a model whose stars stand where they
 * stand in every frame: to this V they are references, as a deep survey's stars are for a real telescope.
 */
const REFERENCE_V_FAINTEST = 17;

export interface ReferenceStar {
  raDeg: number;
  decDeg: number;
  /** AB, in the band. */
  mag: number;
}

/** Stars of known magnitude around a frame, in its band: what its photometry is held against. */
export function referenceStars(wcs: Wcs, size: { widthPix: number; heightPix: number }, band: Band): ReferenceStar[] {
  const { widthPix, heightPix } = size;
  const centre = pixelToSky(wcs, (widthPix + 1) / 2, (heightPix + 1) / 2);
  const corners = [pixelToSky(wcs, 0.5, 0.5), pixelToSky(wcs, widthPix + 0.5, heightPix + 0.5)];
  const radiusDeg = Math.max(
    ...corners.map((corner) => separationDeg(centre.raDeg, centre.decDeg, corner.raDeg, corner.decDeg)),
  );
  const { stars, galaxies } = loadSky();
  const nuclei = galaxies.cone(centre.raDeg, centre.decDeg, radiusDeg);
  const isNucleus = ({ raDeg, decDeg }: ReferenceStar) =>
    nuclei.some((each) => separationDeg(raDeg, decDeg, each.raDeg, each.decDeg) * ARCSEC_PER_DEG < NUCLEUS_ARCSEC);
  const real = stars.flatMap((catalogue) => listed(catalogue.cone(centre.raDeg, centre.decDeg, radiusDeg), band));
  const faint = listed(faintStarsAround(stars, { ...centre, radiusDeg }, REFERENCE_V_FAINTEST), band);
  return [...real.filter((star) => !isNucleus(star)), ...faint];
}

const listed = ({ count, raDeg, decDeg, vMag, bMinusV }: StarColumns, band: Band): ReferenceStar[] =>
  Array.from({ length: count }, (_, i) => ({
    raDeg: raDeg[i],
    decDeg: decDeg[i],
    mag: bandMag(band, vMag[i], bMinusV[i]),
  }));
