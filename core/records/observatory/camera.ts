import { z } from 'zod';
import { asciiText, nonNegative, number, positive } from '../primitives.ts';

export const camera = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,11}$/, 'must be 2 to 12 lower-case letters and digits: it begins every file name'),
  name: asciiText(60),
  widthPix: z.int().min(16).max(16384),
  heightPix: z.int().min(16).max(16384),
  pixelSizeUm: positive,
  gainEPerAdu: positive,
  readNoiseE: nonNegative,
  darkCurrentEPerS: nonNegative,
  fullWellE: positive,
  biasLevelAdu: nonNegative.max(60000),
  readoutS: nonNegative,
  filterChangeS: nonNegative,
  exposureTimeMinS: nonNegative,
  exposureTimeMaxS: positive,
  positionAngleDeg: number.min(-180).max(180).describe('of the image vertical, from north through east'),
});
