import { z } from 'zod';
import { asciiText, nonNegative, number, positive } from '../primitives.ts';

export const telescope = z.strictObject({
  name: asciiText(60),
  apertureM: positive.describe('clear diameter of the primary'),
  obstructionM: nonNegative.describe('diameter of the central obstruction'),
  focalLengthM: positive,
  systemFwhmArcsec: positive.describe('image width of the telescope alone at zenith: optics, focus, tracking'),
  vignettingAtCorner: number.min(0).max(0.9).describe('share of the light lost in the corners of the field'),
});
