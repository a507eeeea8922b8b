import type { TelescopeState } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import { fieldRotationDeg } from '../twin/field-rotation.ts';
import type { Place } from '../twin/mount.ts';

/** How the telescope stands behind a frame. */
export interface Pose {
  domeOpen: boolean;
  /** How far the field is turned on the chip against the camera's position angle, degrees. */
  rotationDeg: number;
  /** Of a German mount. */
  pierSide?: 'east' | 'west';
  /** Where the focuser stands, micrometres; absent without a focuser. */
  focusUm?: number;
}

/** The pose of a telescope in the middle of an exposure. */
export function poseOf(
  observatory: Observatory,
  telescope: TelescopeState,
  pointing: Place | null,
  midMs: number,
): Pose {
  const { domeOpen, pierSide, focusUm } = telescope;
  const rotationDeg = pointing ? fieldRotationDeg({ observatory, telescope, pointing, utcMs: midMs }) : 0;
  return {
    domeOpen,
    rotationDeg,
    ...(pierSide !== undefined && { pierSide }),
    // As a focuser tells it: to the nanometre.
    ...(focusUm !== undefined && { focusUm: Math.round(focusUm * 1000) / 1000 }),
  };
}
