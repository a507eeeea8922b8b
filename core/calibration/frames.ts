import type { CalibrationSet } from '../records/calibration.ts';
import type { MetricName } from '../records/observatory/calibration-metrics.ts';
import type { CalibrationPolicy } from '../records/observatory/calibration-policy.ts';
import { type AmplifierStatistics, type FrameStatistics, gaugeRawFrame, type RawFrameInfo } from './gauge.ts';
import { headerFaults } from './header-faults.ts';
import { gradeOf, limitsOf, rangeText, shortNumber } from './limits.ts';
import type { RawFrame } from './planes.ts';

export { type FrameSource, type FrameStatistics, gaugeFrame, type RawFrameInfo, sourceOf } from './gauge.ts';

/** What a frame is to be. */
export interface Expected {
  set: CalibrationSet;
  instrument: string;
  /** Medians of the master bias for each amplifier, ADU: of a camera without overscan the level of no light. */
  biasLevelsAdu?: readonly number[] | undefined;
}

export interface FrameVerdict {
  accepted: boolean;
  /** Why it is not: one line each; none when it is accepted. */
  reasons: string[];
  statistics: FrameStatistics;
}

/** Judges one raw frame by itself: its header first, then its pixels. Costs one pass over the pixels. */
export function checkFrame(frame: RawFrame, expected: Expected, policy: CalibrationPolicy): FrameVerdict {
  const statistics = gaugeRawFrame(frame, policy.overscan);
  const reasons = judgeFrame(frame, statistics, expected, policy);
  return { accepted: reasons.length === 0, reasons, statistics };
}

/** Why a frame cannot be used for a set; empty when it can. */
export function judgeFrame(
  about: RawFrameInfo,
  statistics: FrameStatistics,
  expected: Expected,
  policy: CalibrationPolicy,
): string[] {
  const reasons = headerFaults(about, expected, policy);
  // Pixels of another kind of frame would only be judged by the wrong rules.
  if (reasons.length > 0) return reasons;
  return statistics.amplifiers.flatMap((each, index) => amplifierFaults(about, index, each, expected, policy));
}

function amplifierFaults(
  about: RawFrameInfo,
  index: number,
  statistics: AmplifierStatistics,
  { set, biasLevelsAdu }: Expected,
  policy: CalibrationPolicy,
): string[] {
  const { type } = set;
  const { gainEPerAdu, readNoiseE } = about.amplifiers[index];
  const { name, noiseAdu, structureAdu, saturatedShare } = statistics;
  const reasons: string[] = [];
  const fault = (metric: MetricName, value: number, words: (ok: string) => string) => {
    const limits = limitsOf(metric, type, policy);
    if (gradeOf(value, limits) === 'BAD') reasons.push(`${words(rangeText(limits, 'bad'))} (${metric})`);
  };
  const of = `amplifier ${name}`;
  const readNoiseAdu = readNoiseE / gainEPerAdu;
  // Without overscan the level of no light is known from the master bias alone.
  const zero = statistics.overscanAdu === undefined ? biasLevelsAdu?.[index] : 0;
  const level = zero === undefined ? undefined : statistics.levelAdu - zero;

  if (readNoiseE > 0 && (type === 'bias' || level !== undefined)) {
    const light = type === 'bias' ? 0 : Math.max(0, level ?? 0) / gainEPerAdu;
    // 1/12: of the rounding to whole counts.
    const ratio = noiseAdu / Math.sqrt(readNoiseAdu ** 2 + light + 1 / 12);
    const what = (ok: string) =>
      `noise of ${shortNumber(noiseAdu)} ADU is ${shortNumber(ratio)} times what is expected; must be ${ok}`;
    fault('frameNoiseRatio', ratio, (ok) =>
      ratio < 1 ? `dead amplifier ${name}: its ${what(ok)}` : `too much noise: ${of} has a ${what(ok)}`,
    );
  }
  fault(
    'frameSaturatedShare',
    saturatedShare,
    (ok) => `saturated: ${shortNumber(100 * saturatedShare)} % of the pixels of ${of}; the share must be ${ok}`,
  );
  if (type !== 'flat') {
    const noises = structureAdu / Math.max(noiseAdu, readNoiseAdu, 0.5);
    fault('frameStructureSigma', noises, (ok) => {
      const range = `the medians of boxes of ${of} differ by ${shortNumber(structureAdu)} ADU, ${shortNumber(noises)} noises`;
      return `light left on: ${range}; must be ${ok}`;
    });
  }
  if (level === undefined) return reasons;
  if (type === 'bias' && statistics.overscanAdu !== undefined) {
    const noises = level / Math.max(readNoiseAdu, 0.5);
    fault('frameLevelSigma', noises, (ok) => {
      const what = `${of} is ${shortNumber(level)} ADU above its overscan, ${shortNumber(noises)} read noises; must be ${ok}`;
      return `${level > 0 ? 'light left on' : 'level below the overscan'}: ${what}`;
    });
  }
  if (type === 'dark') {
    const rate = (level * gainEPerAdu) / about.darkTimeS;
    fault('frameDarkRateEPerS', rate, (ok) => {
      const what = `${of} gathers ${shortNumber(rate)} e/s in the dark; must be ${ok}`;
      return rate > 0 ? `light left on or a warm detector: ${what}` : `level below bias: ${what}`;
    });
  }
  if (type === 'flat') {
    if (set.levelAdu !== undefined) {
      const share = level / set.levelAdu;
      const what = `${of} is at ${shortNumber(level)} ADU of ${set.levelAdu} that were asked for`;
      fault('frameLevelShare', share, (ok) =>
        share < 1 ? `empty: ${what}; the share must be ${ok}` : `too bright: ${what}; the share must be ${ok}`,
      );
    } else if (level < EMPTY_READ_NOISES * readNoiseAdu) {
      reasons.push(
        `empty: ${of} is at ${shortNumber(level)} ADU; a flat has at least ${EMPTY_READ_NOISES} read noises`,
      );
    }
  }
  return reasons;
}

/** A flat of which no level was asked has at least so much light. */
const EMPTY_READ_NOISES = 20;
