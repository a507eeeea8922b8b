import * as z from 'zod';
import { nonNegative } from '../primitives.ts';

/** Terms of a pointing model, by their names in TPOINT; what each does to the pointing stands in core/twin/pointing-terms.ts. */
export const EQUATORIAL_TERMS = ['IH', 'ID', 'CH', 'NP', 'MA', 'ME', 'TF'] as const;
export const ALT_AZ_TERMS = ['IA', 'IE', 'CA', 'NPAE', 'AN', 'AW', 'TF'] as const;
export const POINTING_TERMS = [...new Set([...EQUATORIAL_TERMS, ...ALT_AZ_TERMS])] as const;
export type PointingTerm = (typeof EQUATORIAL_TERMS)[number] | (typeof ALT_AZ_TERMS)[number];

export const pointing = z
  .strictObject({
    termsRmsArcsec: z
      .partialRecord(z.enum(POINTING_TERMS), nonNegative)
      .describe('TPOINT terms that the mount has, with the rms size that each is drawn from, arcsec'),
    runStars: z.int().min(10).max(1000).describe('stars of the run that the control system fitted its model to'),
    runNoiseArcsec: nonNegative.describe('error of one star of the run from its plate solution, arcsec on each axis'),
    randomRmsArcsec: nonNegative.describe('what does not repeat from slew to slew, arcsec on each axis'),
  })
  .describe('errors of the pointing, and the model that corrects them; absent: it points where it should');
