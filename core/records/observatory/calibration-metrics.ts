import type { CalibrationType } from '../calibration.ts';

/** What a metric must lie between; a side that is left out has no limit. */
interface Limits {
  goodMin?: number;
  goodMax?: number;
  badMin?: number;
  badMax?: number;
}

interface MetricOf {
  unit: string;
  meaning: string;
  /** The usual limits, for the types of frames that have the metric. */
  limits: Partial<Record<CalibrationType, Limits>>;
}

const both = (good: number, bad: number): Limits => ({ goodMin: -good, goodMax: good, badMin: -bad, badMax: bad });
const atMost = (goodMax: number, badMax: number): Limits => ({ goodMax, badMax });
const ALL = <const L extends Limits>(limits: L) => ({ bias: limits, dark: limits, flat: limits });

/**
 * Everything that is measured on calibration frames (`frame…`) and on masters, with the usual limits. `policy.limits` sets others by
 * name. A frame out of the bad limits is not used; a master out of them is BAD, between good and bad WARN.
 */
export const METRICS = {
  frameNoiseRatio: {
    unit: '',
    meaning: 'noise of the frame over what read noise and light make, of the amplifier that is farthest off',
    limits: {
      bias: { goodMin: 0.8, goodMax: 1.4, badMin: 0.5, badMax: 2 },
      dark: { goodMin: 0.8, goodMax: 1.4, badMin: 0.5, badMax: 2 },
      flat: { goodMin: 0.7, goodMax: 3, badMin: 0.5, badMax: 6 },
    },
  },
  frameLevelSigma: {
    unit: 'read noises',
    meaning: 'level above the overscan, over the read noise',
    limits: { bias: both(1.5, 3) },
  },
  frameStructureSigma: {
    unit: 'noises',
    meaning: 'range of the medians of 8 x 8 boxes, over the noise of a pixel',
    limits: { bias: atMost(3, 6), dark: atMost(3, 6) },
  },
  frameSaturatedShare: {
    unit: '',
    meaning: 'share of the pixels at or above saturation',
    limits: { bias: atMost(0.0001, 0.001), dark: atMost(0.005, 0.02), flat: atMost(0.001, 0.01) },
  },
  frameLevelShare: {
    unit: '',
    meaning: 'level above bias over the level that was asked for',
    limits: { flat: { goodMin: 0.7, goodMax: 1.4, badMin: 0.25, badMax: 2 } },
  },
  frameDarkRateEPerS: {
    unit: 'e/s',
    meaning: 'level of a dark above bias, per second',
    limits: { dark: { goodMin: -0.05, goodMax: 1, badMin: -1, badMax: 10 } },
  },
  frameCount: {
    unit: 'frames',
    meaning: 'frames in the master',
    limits: ALL({ goodMin: 5, badMin: 2 }),
  },
  rejectedShare: {
    unit: '',
    meaning: 'share of the frames that were turned down',
    limits: ALL(atMost(0.25, 0.6)),
  },
  noDataShare: {
    unit: '',
    meaning: 'share of the pixels of which no frame had a usable value',
    limits: ALL(atMost(0.001, 0.01)),
  },
  noiseDeviation: {
    unit: '',
    meaning: 'noise of pairs of frames over what RDNOISE and dark current make, less 1, of the worst amplifier',
    limits: { bias: both(0.03, 0.05), dark: both(0.05, 0.1) },
  },
  noiseFall: {
    unit: '',
    meaning: 'noise between the means of the first and the last half of the frames, over that of one frame / sqrt(N)',
    limits: {
      bias: { goodMin: 0.93, goodMax: 1.07, badMin: 0.85, badMax: 1.15 },
      dark: { goodMin: 0.93, goodMax: 1.07, badMin: 0.85, badMax: 1.2 },
    },
  },
  masterAddedNoise: {
    unit: '',
    meaning: 'share by which the master raises the noise of a frame that it is taken off',
    limits: { bias: atMost(0.025, 0.25), dark: atMost(0.1, 0.25) },
  },
  biasResidual: {
    unit: 'read noises',
    meaning: 'largest mean of a bias after the master of the others was taken off',
    limits: { bias: atMost(0.5, 1) },
  },
  darkRateEPerS: {
    unit: 'e/s',
    meaning: 'median dark current, of the amplifier with the most',
    limits: { dark: { goodMin: -0.01, goodMax: 1, badMin: -0.1, badMax: 10 } },
  },
  darkResidual: {
    unit: 'noises',
    meaning: 'largest mean of a dark after the master of the others was taken off',
    limits: { dark: atMost(0.5, 1) },
  },
  hotPixelCount: { unit: 'pixels', meaning: 'hot pixels', limits: { dark: {} } },
  hotPixelShare: { unit: '', meaning: 'share of the pixels that are hot', limits: { dark: atMost(0.01, 0.05) } },
  temperatureOffsetC: {
    unit: 'C',
    meaning: 'measured less set temperature of the detector, mean of the frames',
    limits: ALL(both(0.3, 0.5)),
  },
  flatMean: {
    unit: '',
    meaning: 'mean of the normalised flat',
    limits: { flat: { goodMin: 0.9, goodMax: 1.1, badMin: 0.8, badMax: 1.2 } },
  },
  flatScatter: {
    unit: '',
    meaning: 'standard deviation of the normalised flat, by the median of absolute deviations',
    limits: { flat: atMost(0.05, 0.1) },
  },
  gradientX: {
    unit: 'percent',
    meaning: 'change of the flat from the left to the right edge',
    limits: { flat: both(6, 20) },
  },
  gradientY: {
    unit: 'percent',
    meaning: 'change of the flat from the bottom to the top edge',
    limits: { flat: both(6, 20) },
  },
  gainDeviation: {
    unit: '',
    meaning: 'gain by photon transfer over GAIN, less 1, of the worst amplifier',
    limits: { flat: both(0.05, 0.1) },
  },
  nonLinearity: {
    unit: '',
    meaning: 'largest deviation of counts from a line through the exposure times, over the counts',
    limits: { flat: atMost(0.01, 0.05) },
  },
  lowFlatShare: {
    unit: '',
    meaning: 'share of the pixels of the flat that are too low to divide by',
    limits: { flat: atMost(0.01, 0.05) },
  },
  badPixelShare: {
    unit: '',
    meaning: 'share of the pixels that deviate from those around them',
    limits: ALL(atMost(0.01, 0.05)),
  },
  movedDustCount: {
    unit: 'shadows',
    meaning: 'shadows of dust that came or went since the previous master',
    limits: { flat: { goodMax: 0 } },
  },
  previousDifferentShare: {
    unit: '',
    meaning: 'share of the pixels that differ from the previous master by more than 6 sigma',
    limits: ALL(atMost(0.01, 0.05)),
  },
  previousLevelChange: {
    unit: 'read noises',
    meaning: 'change of the median since the previous master, as it shows in a frame of the same length',
    limits: { bias: both(0.5, 2), dark: both(0.5, 2) },
  },
} as const satisfies Record<string, MetricOf>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
