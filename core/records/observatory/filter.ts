import * as z from 'zod';
import { asciiText, nonNegative, number } from '../primitives.ts';

/** Named by the band's letter for observers; `physicalFilter` is the piece of glass. */
export const filter = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9]{1,8}$/, 'must be 1 to 8 letters and digits'),
  physicalFilter: asciiText(30),
  band: z.enum(['u', 'g', 'r', 'i', 'z', 'y']),
  effectiveWavelengthNm: number.min(300).max(1200),
  zeroPointMag: number.min(0).max(40).describe('AB magnitude that gives one electron a second at airmass 1'),
  extinctionMagPerAirmass: nonNegative.max(3),
  darkSkyMagPerArcsec2: number.min(10).max(26).describe('at zenith, no Moon'),
});
export type Filter = z.infer<typeof filter>;

/**
 * AB magnitude that gives one electron a second for light whose magnitude is that at the ground: the sky's own. A filter's zero point
 * is that of sources outside of the air at airmass 1, of which the air has taken its share.
 */
export function groundZeroPointMag({ zeroPointMag, extinctionMagPerAirmass }: Filter): number {
  return zeroPointMag + extinctionMagPerAirmass;
}
