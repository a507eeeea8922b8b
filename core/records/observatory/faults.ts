import { z } from 'zod';
import { number } from '../primitives.ts';

/** Share of attempts that fail, per step: how a subsystem's faults are simulated. */
export const faults = z.strictObject({
  slew: number.min(0).max(1).optional(),
  configure: number.min(0).max(1).optional(),
  expose: number.min(0).max(1).optional(),
});
export type Faults = z.infer<typeof faults>;
