import { tangentPlaneOffset } from '../gnomonic.ts';
import { type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD } from '../units.ts';
import type { Place } from './mount.ts';

/**
 * Which pixel shows which place of the sky: a gnomonic projection (TAN) about the pointing, in the terms of the FITS standard.
 * Reference pixels count from 1, so CRPIX is one more than the pixel's place in an image that counts from 0.
 */
export interface FieldWcs {
  crval1Deg: number;
  crval2Deg: number;
  crpix1: number;
  crpix2: number;
  cd11: number;
  cd12: number;
  cd21: number;
  cd22: number;
}

/**
 * The field of the camera about a pointing, which falls on the chip's centre. Seen from inside the sphere, as on the sky:
 * with a position angle of 0 north is up and east is left.
 */
export function fieldWcs(observatory: Observatory, pointing: Place): FieldWcs {
  const { widthPix, heightPix, positionAngleDeg } = observatory.camera;
  const scaleDeg = plateScaleArcsecPerPix(observatory) / ARCSEC_PER_DEG;
  const cos = Math.cos(positionAngleDeg * DEG_TO_RAD);
  const sin = Math.sin(positionAngleDeg * DEG_TO_RAD);
  return {
    crval1Deg: pointing.raDeg,
    crval2Deg: pointing.decDeg,
    crpix1: (widthPix + 1) / 2,
    crpix2: (heightPix + 1) / 2,
    cd11: -scaleDeg * cos,
    cd12: scaleDeg * sin,
    cd21: scaleDeg * sin,
    cd22: scaleDeg * cos,
  };
}

/** Where a place falls, pixels counted from 0 at the centre of the first; undefined when it is 90 degrees or more away. */
export function pixelOf(wcs: FieldWcs, raDeg: number, decDeg: number): { x: number; y: number } | undefined {
  const offset = tangentPlaneOffset(raDeg, decDeg, wcs.crval1Deg, wcs.crval2Deg);
  if (offset === undefined) return undefined;
  const determinant = wcs.cd11 * wcs.cd22 - wcs.cd12 * wcs.cd21;
  return {
    x: wcs.crpix1 - 1 + (wcs.cd22 * offset.xiDeg - wcs.cd12 * offset.etaDeg) / determinant,
    y: wcs.crpix2 - 1 + (wcs.cd11 * offset.etaDeg - wcs.cd21 * offset.xiDeg) / determinant,
  };
}
