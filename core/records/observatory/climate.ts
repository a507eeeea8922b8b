import * as z from 'zod';
import { asArray, EVEN_WHEN_FAULTY, nonNegative, number, positive } from '../primitives.ts';

/** Twelve numbers, January first: what holds in the middle of each month; straight between, December before January. */
const monthly = (each: z.ZodNumber) => z.array(each).length(12, 'must be 12 numbers, January first');

/** A year of the climate: where given, it stands for the number of the same name, which is its mean over the year. */
const seasons = z.strictObject({
  clearShare: monthly(number.min(0).max(1)).optional(),
  seeingMedianArcsec: monthly(positive).optional(),
  windMeanMPerS: monthly(nonNegative).optional(),
  humidityMeanPercent: monthly(number.min(0).max(100)).optional(),
  temperatureMeanC: monthly(number.min(-90).max(50)).optional(),
});

/** How far the mean of twelve months may lie from the year's number, which says the same: rounding, and no more. */
const YEAR_TOLERANCE: Record<keyof z.infer<typeof seasons>, number> = {
  clearShare: 0.02,
  seeingMedianArcsec: 0.05,
  windMeanMPerS: 0.5,
  humidityMeanPercent: 2,
  temperatureMeanC: 0.5,
};

export const climate = z
  .strictObject({
    clearShare: number.min(0).max(1).describe('share of the time without cloud'),
    cloudTimescaleS: positive.describe('time over which cloud cover keeps its memory'),
    fronts: z
      .strictObject({
        share: number.min(0).max(1).describe('share of the variance of the cloudiness that comes and goes with fronts'),
        timescaleS: positive.max(864_000).describe('time over which fronts keep their memory; some days'),
      })
      .optional()
      .describe('weather that lasts over days; absent: cloud keeps its memory for cloudTimescaleS alone'),
    seeingMedianArcsec: positive.describe('FWHM at zenith and 500 nm'),
    seeingSpread: nonNegative.max(1).describe('standard deviation of the natural logarithm of the seeing'),
    seeingTimescaleS: positive,
    windMeanMPerS: nonNegative.describe('mean speed'),
    prevailingWind: z
      .strictObject({
        fromDeg: number.min(0).lt(360).describe('direction from which it blows, from north through east'),
        steadiness: number
          .min(0)
          .max(0.95)
          .describe('length of the mean wind vector over the mean speed: 0 from anywhere'),
      })
      .optional()
      .describe('absent: wind comes from anywhere'),
    gustFactor: number.min(1).max(3).optional().describe('speed of gusts over that of the wind; absent: no gusts'),
    humidityMeanPercent: number.min(0).max(100),
    temperatureMeanC: number.min(-90).max(50),
    temperatureDayAmplitudeC: nonNegative
      .max(25)
      .optional()
      .describe('half of the difference between the warmest and the coldest time of day; absent: 3'),
    temperatureSpreadC: nonNegative.max(20).optional().describe('standard deviation about that daily wave; absent: 2'),
    pressure: z
      .strictObject({
        meanHpa: number.min(300).max(1100),
        spreadHpa: nonNegative.max(30).describe('standard deviation'),
        timescaleS: positive.max(864_000),
      })
      .optional()
      .describe("absent: always that of the standard atmosphere at the site's elevation"),
    seasons: seasons.optional().describe('absent: the same all year'),
  })
  .superRefine((value, context) => {
    for (const [name, tolerance] of Object.entries(YEAR_TOLERANCE) as [keyof typeof YEAR_TOLERANCE, number][]) {
      const months = asArray(value.seasons?.[name]);
      if (months.length !== 12) continue;
      const mean = months.reduce((sum, each) => sum + each, 0) / 12;
      if (Math.abs(mean - value[name]) <= tolerance) continue;
      const message = `must have the year's mean, ${value[name]} (${name}), within ${tolerance}; the twelve months have ${mean.toFixed(3)}: change one of them, or leave the months out`;
      context.addIssue({ code: 'custom', path: ['seasons', name], message });
    }
  }, EVEN_WHEN_FAULTY);
export type Climate = z.infer<typeof climate>;
