import { z } from 'zod';
import { nonNegative, number, positive } from '../primitives.ts';

export const safety = z.strictObject({
  cloudMaxMag: nonNegative.describe('the dome closes when cloud takes more than this many magnitudes'),
  humidityMaxPercent: number.min(0).max(100),
  windMaxMPerS: positive,
  recheckS: positive.describe('how long to wait before looking at the weather again'),
});
