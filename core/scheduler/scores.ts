import type { Target } from '../records/programme.ts';
import type { RequestRecord } from '../records/visit.ts';
import { airmassOf } from '../sky/airmass.ts';
import { separationDeg } from '../sky/angles.ts';
import { DEG_TO_RAD, S_PER_HOUR } from '../units.ts';
import { type Arc, altitudeAtHourAngle, altitudeUnrefractedDegAt, hourAngleHoursAt, type Interval } from './arc.ts';
import type { Assessment } from './constraints.ts';
import { lengthS, type Outlook } from './outlook.ts';
import { remainingPlan, visitDurationS } from './plan.ts';

export interface Score {
  label: ScoreLabel;
  /** 0 to 1, larger is better. */
  score: number;
  weight: number;
}

/** What counts between requests that can be observed. The weights add up to 1, so that a total lies between 0 and 1. */
export const SCORE_WEIGHTS = {
  /** The observers' own word. One step (1/9 of this) weighs less than a long slew, so only neighbours change places. */
  priority: 0.3,
  /** Light lost in the air and by seeing cannot be had back, and most nights offer every target its best hour. */
  airmass: 0.2,
  /** What sets first goes first, or it is lost for the night: as much as airmass, because the two pull against each other. */
  settingSoon: 0.2,
  /** Half a minute of slewing is half an exposure. */
  slewTime: 0.1,
  /** A begun request that is finished serves somebody; two halves serve nobody. */
  completion: 0.1,
  /** A filter change takes seconds, and each wears the wheel. */
  filterChange: 0.05,
  /** The veto keeps the worst away; beyond it, darker sky is a matter of degree. */
  moonDistance: 0.05,
} as const;
export type ScoreLabel = keyof typeof SCORE_WEIGHTS;

const PRIORITY_LEAST = 10;
const PRIORITY_MOST = 1;
/** Slew that halves the score, s. */
const SLEW_SCALE_S = 30;
/** Time to spare that halves the urgency, s. */
const URGENCY_SCALE_S = S_PER_HOUR;

/** Where a target stands in the middle of its visit. */
export interface Projected {
  beginMs: number;
  endMs: number;
  airmass: number;
  /** Seen through the air. */
  altitudeDeg: number;
  /** West positive, (-12, 12]. */
  hourAngleHours: number;
  moonSeparationDeg: number;
}

/** Where the target of an assessed request stands in the middle of the visit. */
export function project(
  target: Target,
  arc: Arc,
  { beginMs, endMs }: Pick<Assessment, 'beginMs' | 'endMs'>,
  outlook: Outlook,
): Projected {
  const middleMs = (beginMs + endMs) / 2;
  const altitudeDeg = outlook.refractedDeg(altitudeUnrefractedDegAt(arc, middleMs));
  const moon = outlook.moon(middleMs);
  return {
    beginMs,
    endMs,
    airmass: airmassOf(90 - altitudeDeg),
    altitudeDeg,
    hourAngleHours: hourAngleHoursAt(arc, middleMs),
    moonSeparationDeg: separationDeg(target.raDeg, target.decDeg, moon.raDeg, moon.decDeg),
  };
}

/** Every score of a request that can be observed, in the order of SCORE_WEIGHTS. */
export function scoresOf(
  record: RequestRecord,
  { arc, intervals }: Assessment['sight'],
  assessment: Assessment,
  projected: Projected,
  outlook: Outlook,
): Score[] {
  const values: Record<ScoreLabel, number> = {
    priority: (PRIORITY_LEAST - record.priority) / (PRIORITY_LEAST - PRIORITY_MOST),
    airmass: bestAirmass(arc, outlook) / projected.airmass,
    settingSoon: urgency(record, intervals, assessment.beginMs, outlook),
    slewTime: 1 / (1 + assessment.slewTimeS / SLEW_SCALE_S),
    completion: completion(record),
    filterChange: assessment.plan[0].filter === outlook.telescope.filter ? 1 : 0,
    moonDistance: moonDistance(projected, outlook),
  };
  return (Object.keys(SCORE_WEIGHTS) as ScoreLabel[]).map((label) => ({
    label,
    score: Math.min(1, Math.max(0, values[label])),
    weight: SCORE_WEIGHTS[label],
  }));
}

/** Sum of score times weight. */
export const totalOf = (scores: readonly Score[]): number =>
  scores.reduce((sum, { score, weight }) => sum + score * weight, 0);

/** Airmass at the upper culmination, or at the mount's highest altitude when that is lower. */
function bestAirmass(arc: Arc, outlook: Outlook): number {
  const altitudeDeg = outlook.refractedDeg(altitudeAtHourAngle(arc, 0));
  return airmassOf(90 - Math.min(altitudeDeg, outlook.observatory.mount.altitudeMaxDeg));
}

/** 1 when the time left tonight is just what the rest of the request needs; 1/2 with an hour to spare. */
function urgency(record: RequestRecord, intervals: readonly Interval[], beginMs: number, outlook: Outlook): number {
  const leftS = intervals.reduce(
    (sum, { fromMs, toMs }) => sum + Math.max(0, lengthS({ fromMs: Math.max(fromMs, beginMs), toMs })),
    0,
  );
  const needS = visitDurationS(remainingPlan(record), outlook.overheads, outlook.telescope.filter);
  return 1 / (1 + Math.max(0, leftS - needS) / URGENCY_SCALE_S);
}

/** 0 for a request that is not begun; from 1/2 up with the share of its frames that are done. */
function completion({ done, exposures }: RequestRecord): number {
  const frames = Object.keys(done).length;
  return frames === 0 ? 0 : (1 + frames / exposures.length) / 2;
}

/** 1 with the Moon down, new or opposite; 0 on the full Moon: illumination times (1 + cos separation) / 2 is lost. */
function moonDistance({ beginMs, endMs, moonSeparationDeg }: Projected, { moon, conditions }: Outlook): number {
  if (moon((beginMs + endMs) / 2).altitudeRefractedDeg <= 0) return 1;
  return 1 - (conditions.moonIllumination * (1 + Math.cos(moonSeparationDeg * DEG_TO_RAD))) / 2;
}
