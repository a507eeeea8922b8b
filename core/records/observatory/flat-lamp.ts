import * as z from 'zod';
import { nonNegative, number, positive } from '../primitives.ts';

export const flatLamp = z
  .strictObject({
    electronsPerS: z
      .record(z.string(), positive)
      .describe('in a pixel at the centre of the field, of the warm lamp, by filter'),
    gradient: number
      .min(-0.5)
      .max(0.5)
      .describe('relative change of the light from one edge of the field to the other'),
    gradientAngleDeg: number
      .min(-180)
      .max(180)
      .describe('direction in which it grows, from the rows towards the columns'),
    warmUpShare: nonNegative.max(0.9).describe('of the light that a cold lamp lacks'),
    warmUpS: positive.describe('time in which what it lacks falls to 1/e'),
  })
  .describe('lamp and screen in the dome for flat fields');
export type FlatLamp = z.infer<typeof flatLamp>;
