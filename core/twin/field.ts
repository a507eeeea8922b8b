import { skyToPixel, type TanWcs } from '../gnomonic.ts';
import { type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD } from '../units.ts';
import type { Place } from './mount.ts';

/**
 * The field of the camera about a pointing, which falls on the chip's centre. Seen from inside the sphere, as on the sky:
 * with a position angle of 0 north is up and east is left.
 * @param rotationDeg how far the camera is turned besides, from north through east, degrees (fieldRotationDeg)
 */
export function fieldWcs(observatory: Observatory, pointing: Place, rotationDeg = 0): TanWcs {
  const { widthPix, heightPix, positionAngleDeg } = observatory.camera;
  const scaleDeg = plateScaleArcsecPerPix(observatory) / ARCSEC_PER_DEG;
  const angle = (positionAngleDeg + rotationDeg) * DEG_TO_RAD;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
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
export function pixelOf(wcs: TanWcs, raDeg: number, decDeg: number): { x: number; y: number } | undefined {
  const pixel = skyToPixel(wcs, raDeg, decDeg);
  return pixel && { x: pixel.x - 1, y: pixel.y - 1 };
}
