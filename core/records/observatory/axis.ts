import * as z from 'zod';
import { positive } from '../primitives.ts';

/** How one axis moves: limits of speed, acceleration and jerk (no jerk: the acceleration changes at once). */
export const axis = z.strictObject({
  speedDegPerS: positive,
  accelerationDegPerS2: positive,
  jerkDegPerS3: positive.optional(),
});
export type Axis = z.infer<typeof axis>;
