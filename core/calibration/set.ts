import type { CalibrationPolicy } from '../records/observatory/calibration-policy.ts';
import { type Expected, judgeFrame } from './frames.ts';
import type { FrameStatistics, RawFrameInfo } from './gauge.ts';
import { shortNumber } from './limits.ts';
import { madSigmaOf, medianOf } from './robust.ts';

/** A frame that came for a set, measured. */
export interface Delivered {
  about: RawFrameInfo;
  statistics: FrameStatistics;
  /** Why it was turned down before. */
  rejected?: string | undefined;
}

export interface Rejection {
  exposureId: string;
  reason: string;
}

export interface SetVerdict<T extends Delivered> {
  /** In the order of their ids, whatever the order of delivery. */
  accepted: T[];
  rejected: Rejection[];
}

/** A level that stands out of those of the other frames by so many sigma is another light. */
const LEVEL_SIGMAS = 6;
/** ... if it is as far as this share of the read noise ... */
const LEVEL_READ_NOISES = 0.5;
/** ... and, of a dark, this share of the level: the cooler lets the dark current go up and down. */
const DARK_LEVEL_SHARE = 0.25;

/** Judges frames as a set: each by itself, then against the others. Does not depend on the order in which they come. */
export function checkSet<T extends Delivered>(
  delivered: readonly T[],
  expected: Expected,
  policy: CalibrationPolicy,
): SetVerdict<T> {
  const rejected: Rejection[] = [];
  const turnDown = ({ about }: T, reason: string) => void rejected.push({ exposureId: about.exposureId, reason });
  let left = withoutRepeats(inOrder(delivered), turnDown);
  left = left.filter((each) => {
    const reasons = each.rejected
      ? [`turned down before: ${each.rejected}`]
      : judgeFrame(each.about, each.statistics, expected, policy);
    if (reasons.length > 0) turnDown(each, reasons.join('; '));
    return reasons.length === 0;
  });
  left = ofOneLayout(left, turnDown);
  if (expected.set.type !== 'flat') left = ofOneLevel(left, expected, turnDown);
  return { accepted: left, rejected: rejected.sort((a, b) => compare(a.exposureId, b.exposureId)) };
}

type TurnDown<T> = (each: T, reason: string) => void;

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inOrder<T extends Delivered>(delivered: readonly T[]): T[] {
  return [...delivered].sort(
    (a, b) =>
      compare(a.about.exposureId, b.about.exposureId) || compare(a.statistics.fingerprint, b.statistics.fingerprint),
  );
}

/** Each frame once: a second delivery of the same counts for nothing, and two that contradict each other are both out. */
function withoutRepeats<T extends Delivered>(delivered: readonly T[], turnDown: TurnDown<T>): T[] {
  const byId = Map.groupBy(delivered, ({ about }) => about.exposureId);
  const single = [...byId.values()].flatMap((same) => {
    const [first, ...others] = same;
    if (others.every(({ statistics }) => statistics.fingerprint === first.statistics.fingerprint)) {
      for (const other of others) turnDown(other, 'duplicate: delivered twice; it counts once');
      return [first];
    }
    for (const each of same) turnDown(each, 'duplicate: two frames with different pixels have this name; none is used');
    return [];
  });
  const byPixels = new Map<string, string>();
  return single.filter((each) => {
    const { fingerprint } = each.statistics;
    const other = byPixels.get(fingerprint);
    if (other === undefined) byPixels.set(fingerprint, each.about.exposureId);
    else turnDown(each, `duplicate: has the same pixels as ${other}`);
    return other === undefined;
  });
}

/** Size and amplifiers as they stand in a file. */
function layoutText({ widthPix, heightPix, amplifiers }: RawFrameInfo): string {
  const section = ({ x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number }) => `${x0}:${x1},${y0}:${y1}`;
  const parts = amplifiers.map(({ name, data, detector }) => `${name} [${section(data)}] at [${section(detector)}]`);
  return `${widthPix} x ${heightPix} pixels, amplifier ${parts.join(', ')}`;
}

/** Those of the layout that most have; of equally many, that of the first. */
function ofOneLayout<T extends Delivered>(delivered: readonly T[], turnDown: TurnDown<T>): T[] {
  const layouts = Map.groupBy(delivered, ({ about }) => layoutText(about));
  const [most] = [...layouts].sort((a, b) => b[1].length - a[1].length);
  if (most === undefined) return [];
  const [wanted, kept] = most;
  for (const each of delivered) {
    const layout = layoutText(each.about);
    if (layout !== wanted) turnDown(each, `other size: ${layout}; the others have ${wanted}`);
  }
  return kept;
}

/** Those whose level in every amplifier is like that of the others. With fewer than three there is no telling which is wrong. */
function ofOneLevel<T extends Delivered>(delivered: readonly T[], { set }: Expected, turnDown: TurnDown<T>): T[] {
  if (delivered.length < 3) return [...delivered];
  const faults = new Map<T, string>();
  for (const [index, { name, gainEPerAdu, readNoiseE }] of delivered[0].about.amplifiers.entries()) {
    const levels = delivered.map(({ statistics }) => statistics.amplifiers[index].meanAdu);
    const usual = medianOf(levels);
    const reach = Math.max(
      LEVEL_SIGMAS * madSigmaOf(levels, usual),
      (LEVEL_READ_NOISES * readNoiseE) / gainEPerAdu,
      set.type === 'dark' ? DARK_LEVEL_SHARE * Math.abs(usual) : 0,
    );
    for (const [place, each] of delivered.entries()) {
      const above = levels[place] - usual;
      if (Math.abs(above) <= reach || faults.has(each)) continue;
      const cause =
        above < 0 ? 'level too low' : set.type === 'dark' ? 'light left on or a warm detector' : 'light left on';
      const what = `amplifier ${name} is ${shortNumber(above)} ADU off the other frames`;
      faults.set(each, `${cause}: ${what}; must be within ${shortNumber(reach)} ADU`);
    }
  }
  for (const [each, reason] of faults) turnDown(each, reason);
  return delivered.filter((each) => !faults.has(each));
}
