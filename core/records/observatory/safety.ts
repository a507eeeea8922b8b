import * as z from 'zod';
import { nonNegative, number, positive } from '../primitives.ts';

export const safety = z.strictObject({
  cloudMaxMag: nonNegative.describe('the dome closes when cloud takes more than this many magnitudes'),
  humidityMaxPercent: number.min(0).max(100),
  windMaxMPerS: positive,
  gustMaxMPerS: positive.optional().describe('limit of gusts; absent: no such limit'),
  dewMarginC: nonNegative
    .max(30)
    .optional()
    .describe('the dome closes when the air is less than this much warmer than its dew point; absent: no such limit'),
  sunMaxDeg: number
    .min(-18)
    .max(10)
    .optional()
    .describe('the dome stays closed while the Sun stands higher; absent: no such limit'),
  reopenAfterS: nonNegative
    .max(86_400)
    .optional()
    .describe('for how long the weather must have been within its limits before the dome opens; absent: 0'),
  recheckS: positive.describe('how long to wait before looking at the weather again'),
});
export type Safety = z.infer<typeof safety>;
