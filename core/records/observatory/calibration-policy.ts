import * as z from 'zod';
import { calibrationTime, calibrationType, flatTarget } from '../calibration.ts';
import { id, nonNegative, number, positive } from '../primitives.ts';

/** What a measured value must lie between. A side that is left out has no limit. */
const limit = z.strictObject({
  goodMin: number.optional(),
  goodMax: number.optional(),
  badMin: number.optional().describe('below it the verdict is BAD, between it and goodMin WARN'),
  badMax: number.optional(),
});
export type Limit = z.infer<typeof limit>;

/** One kind of set: what is taken, when, how often. */
const policySet = z.strictObject({
  id: id.max(40),
  type: calibrationType,
  target: flatTarget.optional().describe('of flats'),
  filters: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('of flats; absent: those that the programme of the night needs'),
  exposureTimesS: z
    .array(positive.max(86_400))
    .min(1)
    .optional()
    .describe('of darks; absent: those that the programme of the night needs'),
  levelAdu: positive.max(60_000).optional().describe('of flats, which must have it: counts above bias at the centre'),
  binnings: z.array(z.int().min(1).max(8)).min(1).default([1]),
  count: z.int().min(2).max(100),
  minimum: z
    .int()
    .min(2)
    .max(100)
    .optional()
    .describe('frames without which there is no master; absent: 5, or count where that is less'),
  when: calibrationTime,
  everyDays: positive.max(3660).describe('a new set is due when the last is older'),
  validDays: positive.max(3660).describe('how long the master is valid from its first frame on'),
  priority: z.int().min(1).max(10).default(5),
});
export type PolicySet = z.infer<typeof policySet>;

/** How frames become a master. */
const combination = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('median') }),
  z.strictObject({ method: z.literal('mean') }),
  z.strictObject({
    method: z.literal('clippedMean'),
    sigmaLow: positive.max(100).default(3),
    sigmaHigh: positive.max(100).default(3),
    deviation: z.enum(['mad', 'std']).default('mad').describe('what one sigma is, about the median'),
    iterationsMax: z.int().min(1).max(100).default(100).describe('it ends before, when nothing more is rejected'),
  }),
  z.strictObject({
    method: z.literal('minMax'),
    rejectLow: z.int().min(0).max(50).default(1),
    rejectHigh: z.int().min(0).max(50).default(1),
  }),
]);
export type Combination = z.infer<typeof combination>;

const CLIPPED = { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 3, deviation: 'mad', iterationsMax: 100 } as const;

/** How an observatory calibrates: what is due when, how masters are made and judged, and how frames are reduced with them. */
export const calibrationPolicy = z.strictObject({
  sets: z.array(policySet).max(50).default([]).describe('what is taken by itself; without any, only what is asked for'),
  combine: z
    .strictObject({
      bias: combination.default(CLIPPED),
      dark: combination.default(CLIPPED),
      flat: combination.default(CLIPPED),
    })
    .prefault({}),
  overscan: z
    .enum(['amplifier', 'row', 'none'])
    .default('amplifier')
    .describe('the level that is taken off: one for each amplifier, one for each of its rows, or none'),
  darkScaling: z
    .strictObject({
      allowed: z.boolean().default(true).describe('a dark may serve another exposure time'),
      factorMax: number.min(1).max(1000).default(10).describe('largest ratio of the times, either way'),
      temperatureToleranceC: positive
        .max(5)
        .default(0.5)
        .describe('of set and measured temperature, and of dark and frame'),
    })
    .prefault({}),
  flatTargets: z
    .array(flatTarget)
    .min(1)
    .default(['twilight', 'dome'])
    .describe('which flats are used, the best first'),
  useWarn: z.boolean().default(true).describe('whether a master of grade WARN is certified'),
  firstMaster: z
    .enum(['accept', 'warn', 'reject'])
    .default('accept')
    .describe('the first master of its kind has none to be compared with: what comes of that'),
  limits: z
    .partialRecord(z.string(), limit)
    .default({})
    .describe('of metrics by name, instead of the usual ones (docs/calibration.md has all)'),
  masterMemoryMiB: positive.min(32).max(8192).default(256).describe('of frames held at a time while a master is built'),
  reduction: z
    .strictObject({
      lowFlat: nonNegative.max(0.9).default(0.2).describe('pixels of a flat below it are masked, never divided by'),
      cosmicRays: z
        .strictObject({
          sigma: positive.max(100).default(4.5),
          neighbourSigma: positive
            .max(100)
            .default(0.3)
            .describe('share of sigma at which neighbours of a hit are taken'),
          objectContrast: positive.max(100).default(5),
          iterations: z.int().min(1).max(10).default(4),
        })
        .optional()
        .describe('L.A.Cosmic, van Dokkum 2001; without it cosmic rays stay'),
      detectionSigma: positive.max(100).default(5),
    })
    .optional()
    .describe('of the frames of the sky; without it they stay raw'),
});
export type CalibrationPolicy = z.infer<typeof calibrationPolicy>;
