import type { TanWcs } from '../gnomonic.ts';
import type { Filter } from '../records/observatory.ts';
import type { LightImage, Psf } from './psf.ts';

/** What all sources of one frame have in common. */
export interface Light {
  /** Light is added here, expected electrons. */
  image: LightImage;
  wcs: TanWcs;
  scaleDegPerPix: number;
  psf: Psf;
  filter: Filter;
  /** Airmass of an ICRS place, degrees, in the middle of the exposure. */
  airmassAt(raDeg: number, decDeg: number): number;
  /**
   * Electrons that a source of an AB magnitude (outside the air) gives in the whole exposure at an airmass. The zero point is
   * that of airmass 1, so the air takes k (X - 1) more, and cloud its share.
   */
  electronsOf(mag: number, airmass: number): number;
}
