import * as z from 'zod';
import { nonNegative, positive } from '../primitives.ts';

export const tracking = z
  .strictObject({
    rate: z
      .enum(['sidereal', 'model'])
      .describe(
        'sidereal: the hour-angle axis turns evenly; model: both axes follow the pointing model and the refraction',
      ),
    periodic: z
      .strictObject({
        amplitudeArcsec: nonNegative.describe('half of peak to peak, along hour angle'),
        periodS: positive.describe('one turn of the worm'),
      })
      .optional()
      .describe('periodic error of the hour-angle drive; absent: none'),
    jitterRmsArcsec: nonNegative.describe('rms of the fast vibration in calm air, on each axis'),
    windShakeArcsec: nonNegative.describe('rms of the shaking on each axis at a wind of 10 m/s; grows with the square'),
    guider: z
      .strictObject({
        rmsArcsec: nonNegative.describe('what the guider leaves of drift and periodic error, on each axis'),
      })
      .optional()
      .describe('absent: not guided'),
  })
  .describe('how the image moves during an exposure; absent: it does not');
