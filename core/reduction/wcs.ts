import type { Wcs } from '../gnomonic.ts';

/** World coordinates of an image that begins (dxPix, dyPix) further to the right and the top: a part of it, or one without its prescan. */
export function shiftedWcs(wcs: Wcs, dxPix: number, dyPix: number): Wcs {
  return { ...wcs, crpix1: wcs.crpix1 - dxPix, crpix2: wcs.crpix2 - dyPix };
}
