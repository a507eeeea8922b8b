import { ARCSEC_PER_DEG } from '../units.ts';
import type { Aureole, Light } from './light.ts';

/** Electrons per pixel below which a halo is not followed: below the noise of readout alone. */
const FAINTEST_E = 0.5;

/**
 * An aureole on a chip: at a squared distance d2 from a source it has, as a share of the source's light per square pixel, perPix /
 * (d2 + inner2), out to d2 = outer2; all of it is `lightShare`. The inverse square is that of King 1971 (PASP 83, 199), who found it
 * from 15 arcsec to degrees away from a star, with a few hundredths of its light; Racine 1996 (PASP 108, 699) agrees.
 */
export function aureoleOnChip({ lightShare, innerRadiusArcsec, outerRadiusDeg }: Aureole, scaleDegPerPix: number) {
  const inner2 = (innerRadiusArcsec / (scaleDegPerPix * ARCSEC_PER_DEG)) ** 2;
  const outer2 = (outerRadiusDeg / scaleDegPerPix) ** 2;
  return { perPix: lightShare / (Math.PI * Math.log(1 + outer2 / inner2)), inner2, outer2 };
}

/** Adds the halo of a point source at a pixel of the plane, inside the frame or not. It comes on top of the source's own light. */
export function addAureole(light: Light, { x, y }: { x: number; y: number }, electrons: number): void {
  if (light.aureole === undefined) return;
  const { width, height, electrons: out } = light.image;
  const { perPix, inner2, outer2 } = aureoleOnChip(light.aureole, light.projection.scaleDegPerPix);
  const strength = electrons * perPix;
  const reach2 = Math.min(outer2, strength / FAINTEST_E - inner2);
  if (!(reach2 > 0)) return;
  const reach = Math.sqrt(reach2);
  const y1 = Math.min(height - 1, Math.floor(y + reach));
  // At the edge the halo ends at zero, not at a step.
  const floorE = strength / (reach2 + inner2);
  for (let row = Math.max(0, Math.ceil(y - reach)); row <= y1; row++) {
    const dy2 = (row - y) * (row - y);
    const half = Math.sqrt(reach2 - dy2);
    const begin = Math.max(0, Math.ceil(x - half));
    const last = Math.min(width - 1, Math.floor(x + half));
    for (let column = begin; column <= last; column++) {
      out[row * width + column] += strength / (dy2 + (column - x) * (column - x) + inner2) - floorE;
    }
  }
}
