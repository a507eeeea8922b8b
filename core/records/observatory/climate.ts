import { z } from 'zod';
import { nonNegative, number, positive } from '../primitives.ts';

export const climate = z.strictObject({
  clearShare: number.min(0).max(1).describe('share of the time without cloud'),
  cloudTimescaleS: positive.describe('time over which cloud cover keeps its memory'),
  seeingMedianArcsec: positive.describe('FWHM at zenith and 500 nm'),
  seeingSpread: nonNegative.max(1).describe('standard deviation of the natural logarithm of the seeing'),
  seeingTimescaleS: positive,
  windMeanMPerS: nonNegative,
  humidityMeanPercent: number.min(0).max(100),
  temperatureMeanC: number.min(-90).max(50),
});
export type Climate = z.infer<typeof climate>;
