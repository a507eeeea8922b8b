import type { Filter } from '../records/observatory.ts';
import type { Projection } from './projection.ts';
import type { LightImage, Psf } from './psf.ts';

/** One source as it was put into a frame: what an outside program should find. */
export interface TruthEntry {
  kind: 'star' | 'faintStar' | 'galaxy' | 'planet' | 'moon' | 'trail';
  /** Name of a galaxy, planet or the Moon; stars have none. */
  id?: string;
  /** ICRS, degrees: of a trail, the place nearest to the centre of the field. */
  raDeg: number;
  decDeg: number;
  /** Pixels from 0 at the centre of the first. */
  x: number;
  y: number;
  /** AB magnitude in the band, outside the air. */
  mag: number;
  /** In the whole exposure, through air and cloud, before vignetting; of a trail, per pixel of its length. */
  electrons: number;
}

/** What all sources of one frame have in common. */
export interface Light {
  /** Light is added here, expected electrons. */
  image: LightImage;
  projection: Projection;
  psf: Psf;
  filter: Filter;
  /**
   * Electrons that a source of an AB magnitude (outside the air) gives in the whole exposure at an airmass. The zero point is
   * that of airmass 1, so the air takes k (X - 1) more, and the cloud in front of the pixel its share; without a pixel, the
   * field's mean cloud.
   */
  electronsOf(mag: number, airmass: number, pixel?: { x: number; y: number }): number;
  /** The r^-2 halo of bright stars and planets; absent: none. */
  aureole?: Aureole | undefined;
  /** Is told of every source that sends light into the frame. */
  truth?: ((entry: TruthEntry) => void) | undefined;
}

/** An inverse-square halo, as `telescope.aureole` gives it. */
export interface Aureole {
  lightShare: number;
  innerRadiusArcsec: number;
  outerRadiusDeg: number;
}
