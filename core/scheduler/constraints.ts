import { SlewFailed } from '../errors.ts';
import type { Constraints, Target } from '../records/programme.ts';
import { TRANSITIONS } from '../records/status.ts';
import type { RequestRecord } from '../records/visit.ts';
import { airmassOf } from '../sky/airmass.ts';
import { separationDeg } from '../sky/angles.ts';
import { TWILIGHT_ALTITUDE_DEG } from '../sky/twilight.ts';
import { isoOf } from '../time.ts';
import { MS_PER_S } from '../units.ts';
import { type Arc, altitudeRangeDeg, altitudeUnrefractedDegAt, hourAngleMaxHours, type Interval } from './arc.ts';
import type { MoonPlaceAt } from './lights.ts';
import {
  arcOfTarget,
  type Circumstances,
  createOutlook,
  type Outlook,
  observableIntervals,
  windowsOf,
} from './outlook.ts';
import { configureTimeS, frameEndsS, remainingPlan, type VisitExposure } from './plan.ts';

/** Every reason for which a request can be turned down, and the unit of its value, limit and margin ('' is a plain number). */
export const CONSTRAINT_UNITS = {
  status: '',
  attempts: '',
  moonIllumination: '',
  seeing: 'arcsec',
  nightEnd: 's',
  window: 's',
  twilight: 'deg',
  mountLimits: 'deg',
  altitude: 'deg',
  airmass: '',
  hourAngle: 'h',
  moonSeparation: 'deg',
} as const;
export type ConstraintName = keyof typeof CONSTRAINT_UNITS;

/** How a request stands to one constraint, in the unit of CONSTRAINT_UNITS. */
export interface Margin {
  constraint: ConstraintName;
  /** The worst that the visit would meet. */
  value: number;
  limit: number;
  /** Room that is left: positive when the constraint is met, negative when it is broken. */
  margin: number;
}

/** A constraint that is broken, with the reason in words. */
export interface Veto extends Margin {
  message: string;
}

/** A visit as it would be, if the telescope set out now. */
export interface Assessment {
  /** Frames that are done before night, window, twilight or the target's own limits end; one frame when none is. */
  plan: VisitExposure[];
  slewTimeS: number;
  /** The first shutter opens. */
  beginMs: number;
  /** The last readout is over. */
  endMs: number;
  /** In the order of CONSTRAINT_UNITS; constraints that the request does not have are left out. */
  margins: Margin[];
  vetoes: Veto[];
  /** The target's way over the night, and when it is observable until the night's end. */
  sight: { arc: Arc; intervals: Interval[] };
}

/** Limits that are reached, not passed, leave a margin of zero but for rounding. */
const ROUNDING = 1e-6;
/** No slew takes longer, s: half a turn of dome and mount at half a degree a second, with opening and settling. */
const SLEW_AT_MOST_S = 600;

/**
 * Why a request cannot be observed now: all broken constraints, cheap ones first; empty when it can be. Everything is judged at
 * the projected time, from the first shutter (now + slew + filter) to the last readout of the frames that fit.
 */
export const vetoes = (record: RequestRecord, circumstances: Circumstances): Veto[] =>
  assess(record, createOutlook(circumstances)).vetoes;

/** How a request stands to each of its constraints, met or broken, at the projected time. */
export const margins = (record: RequestRecord, circumstances: Circumstances): Margin[] =>
  assess(record, createOutlook(circumstances)).margins;

/** Judges one request. A request that is over (COMPLETED, EXPIRED, CANCELLED) has the veto `status`. */
export function assess(record: RequestRecord, outlook: Outlook): Assessment {
  const margins: Margin[] = [];
  const vetoes: Veto[] = [];
  const note: Note = (constraint, value, limit, margin, message) => {
    margins.push({ constraint, value, limit, margin });
    if (margin < -ROUNDING) vetoes.push({ constraint, value, limit, margin, message: message() });
  };
  const isOver = TRANSITIONS[record.status].length === 0;
  note('status', isOver ? 0 : 1, 1, isOver ? -1 : 0, () => `the request is ${record.status}`);
  return { ...assessVisit(record, outlook, note), margins, vetoes };
}

/** Takes down how a visit stands to a constraint; the words are asked for only when it is broken. */
type Note = (constraint: ConstraintName, value: number, limit: number, margin: number, message: () => string) => void;

function assessVisit(record: RequestRecord, outlook: Outlook, note: Note): Omit<Assessment, 'margins' | 'vetoes'> {
  const { target, constraints } = record;
  const { utcMs, overheads, telescope } = outlook;
  const remaining = remainingPlan(record);
  const arc = arcOfTarget(outlook, target);
  const intervals = observableIntervals(arc, constraints, outlook);
  const { slewTimeS, refusal } = slewTo(target, arc, intervals, outlook);
  const arriveMs = utcMs + slewTimeS * MS_PER_S;
  const beginMs = arriveMs + configureTimeS(remaining, overheads, telescope.filter) * MS_PER_S;
  const endsS = frameEndsS(remaining, overheads, telescope.filter);
  const fitsUntilMs = intervals.find(({ fromMs, toMs }) => fromMs <= beginMs && beginMs <= toMs)?.toMs ?? beginMs;
  const visit = cut(remaining, endsS, slewTimeS, arriveMs, beginMs, fitsUntilMs);
  const span = { fromMs: beginMs, toMs: visit.endMs };
  const moons = [outlook.moon(span.fromMs), outlook.moon(span.toMs)];

  // In the order of CONSTRAINT_UNITS.
  noteMoonlight(moons, constraints, outlook, note);
  noteSeeing(constraints, outlook, note);
  noteNightEnd(visit.endMs, outlook, note);
  noteWindow(span, constraints, outlook, note);
  noteSun(span, constraints, outlook, note);
  noteMount(arc, { fromMs: utcMs, toMs: span.toMs }, refusal, outlook, note);
  noteAltitude(arc, span, constraints, outlook, note);
  noteHourAngle(arc, span, constraints, note);
  noteMoonSeparation(moons, target, constraints, note);
  return { ...visit, sight: { arc, intervals } };
}

/** The whole frames that are read out by `untilMs`, at least one. */
function cut(
  remaining: VisitExposure[],
  endsS: number[],
  slewTimeS: number,
  arriveMs: number,
  beginMs: number,
  untilMs: number,
): Omit<Assessment, 'margins' | 'vetoes' | 'sight'> {
  const fitting = endsS.filter((endS) => arriveMs + endS * MS_PER_S <= untilMs).length;
  const plan = remaining.slice(0, Math.max(1, fitting));
  const endMs = plan.length > 0 ? arriveMs + endsS[plan.length - 1] * MS_PER_S : beginMs;
  return { plan, slewTimeS, beginMs, endMs };
}

/**
 * A slew takes longer to foretell than all else together, so it is asked for only where the mount can point and the target
 * could be within its limits at the end of it. Elsewhere 0 stands for it: such a request is turned down anyway.
 */
function slewTo(
  target: Target,
  arc: Arc,
  intervals: readonly Interval[],
  outlook: Outlook,
): { slewTimeS: number; refusal?: string } {
  const { altitudeMinDeg, altitudeMaxDeg } = outlook.observatory.mount;
  const altitudeDeg = outlook.refractedDeg(altitudeUnrefractedDegAt(arc, outlook.utcMs));
  const canPoint = altitudeDeg >= altitudeMinDeg && altitudeDeg <= altitudeMaxDeg;
  const mayOpen = intervals.some(({ fromMs }) => fromMs <= outlook.utcMs + SLEW_AT_MOST_S * MS_PER_S);
  if (!canPoint || !mayOpen) return { slewTimeS: 0 };
  try {
    return { slewTimeS: outlook.slewTimeS(target) };
  } catch (error) {
    // A target that leaves the limits while the telescope is on its way.
    if (error instanceof SlewFailed) return { slewTimeS: 0, refusal: error.message };
    throw error;
  }
}

/** A Moon below the horizon lights nothing. */
function noteMoonlight(moons: MoonPlaceAt[], constraints: Constraints, { conditions }: Outlook, note: Note): void {
  const limit = constraints.moonIlluminationMax;
  if (limit === undefined) return;
  const lit = moons.some((moon) => moon.altitudeRefractedDeg > 0) ? conditions.moonIllumination : 0;
  note('moonIllumination', lit, limit, limit - lit, () => `Moon up and lit to ${lit.toFixed(2)}, more than ${limit}`);
}

function noteSeeing(constraints: Constraints, { conditions }: Outlook, note: Note): void {
  const limit = constraints.seeingMaxArcsec;
  if (limit === undefined) return;
  const seeing = conditions.seeingZenith500Arcsec;
  note('seeing', seeing, limit, limit - seeing, () => `seeing ${seeing.toFixed(2)} arcsec above ${limit} arcsec`);
}

/** Seconds from now. */
function noteNightEnd(endMs: number, { utcMs, nightEndMs }: Outlook, note: Note): void {
  const value = (endMs - utcMs) / MS_PER_S;
  const limit = (nightEndMs - utcMs) / MS_PER_S;
  const message = () => `the first frame is done in ${value.toFixed(0)} s, the night is over in ${limit.toFixed(0)} s`;
  note('nightEnd', value, limit, limit - value, message);
}

/** Seconds from now: of the visit against the window that it is in, or that comes next, or the last when all are over. */
function noteWindow(span: Interval, constraints: Constraints, { utcMs }: Outlook, note: Note): void {
  const windows = windowsOf(constraints);
  const window = windows.find(({ toMs }) => span.fromMs <= toMs) ?? windows.at(-1);
  if (!window) return;
  const fromNowS = (ms: number) => (ms - utcMs) / MS_PER_S;
  if (span.fromMs < window.fromMs) {
    const [value, limit] = [fromNowS(span.fromMs), fromNowS(window.fromMs)];
    note('window', value, limit, value - limit, () => `the window opens at ${isoOf(window.fromMs)}`);
  } else {
    const [value, limit] = [fromNowS(span.toMs), fromNowS(window.toMs)];
    note('window', value, limit, limit - value, () => `the window closes at ${isoOf(window.toMs)}`);
  }
}

/** The Sun is lowest once a night, so it stands highest at one of the ends. */
function noteSun({ fromMs, toMs }: Interval, { twilight }: Constraints, { sun }: Outlook, note: Note): void {
  const limit = TWILIGHT_ALTITUDE_DEG[twilight];
  const sunDeg = Math.max(sun.altitudeDeg(fromMs), sun.altitudeDeg(toMs));
  const message = () => `Sun at ${sunDeg.toFixed(2)} deg, above ${limit} deg (${twilight})`;
  note('twilight', sunDeg, limit, limit - sunDeg, message);
}

/** The mount must be able to point there from the moment it sets out. */
function noteMount(arc: Arc, span: Interval, refusal: string | undefined, outlook: Outlook, note: Note): void {
  const { altitudeMinDeg, altitudeMaxDeg } = outlook.observatory.mount;
  const range = altitudeRangeDeg(arc, span);
  const lowestDeg = outlook.refractedDeg(range.lowestDeg);
  const highestDeg = outlook.refractedDeg(range.highestDeg);
  const aboveDeg = lowestDeg - altitudeMinDeg;
  const belowDeg = altitudeMaxDeg - highestDeg;
  const [value, limit, side] =
    aboveDeg <= belowDeg ? [lowestDeg, altitudeMinDeg, 'below'] : [highestDeg, altitudeMaxDeg, 'above'];
  const margin = Math.min(aboveDeg, belowDeg);
  if (refusal === undefined) {
    note(
      'mountLimits',
      value,
      limit,
      margin,
      () => `altitude ${value.toFixed(2)} deg ${side} the mount's ${limit} deg`,
    );
  } else {
    // How far beyond the limit it would be on arrival is not known here, so any room that is left now is not counted.
    note('mountLimits', value, limit, -Math.max(Math.abs(margin), 2 * ROUNDING), () => refusal);
  }
}

function noteAltitude(arc: Arc, span: Interval, constraints: Constraints, outlook: Outlook, note: Note): void {
  const { altitudeMinDeg, airmassMax } = constraints;
  const altitudeDeg = outlook.refractedDeg(altitudeRangeDeg(arc, span).lowestDeg);
  if (altitudeMinDeg !== undefined) {
    const message = () => `altitude ${altitudeDeg.toFixed(2)} deg below ${altitudeMinDeg} deg`;
    note('altitude', altitudeDeg, altitudeMinDeg, altitudeDeg - altitudeMinDeg, message);
  }
  // Below the horizon there is no airmass; the horizon's own stands for it, because records hold finite numbers only.
  const airmass = airmassOf(90 - Math.max(0, altitudeDeg));
  note('airmass', airmass, airmassMax, airmassMax - airmass, () =>
    altitudeDeg < 0
      ? `below the horizon by ${(-altitudeDeg).toFixed(2)} deg`
      : `airmass ${airmass.toFixed(3)} above ${airmassMax}`,
  );
}

function noteHourAngle(arc: Arc, span: Interval, { hourAngleMaxHours: limit }: Constraints, note: Note): void {
  if (limit === undefined) return;
  const hours = hourAngleMaxHours(arc, span);
  note('hourAngle', hours, limit, limit - hours, () => `hour angle ${hours.toFixed(2)} h beyond ${limit} h`);
}

/** The separation counts wherever the Moon is. */
function noteMoonSeparation(moons: MoonPlaceAt[], target: Target, constraints: Constraints, note: Note): void {
  const limit = constraints.moonSeparationMinDeg;
  const separations = moons.map((moon) => separationDeg(target.raDeg, target.decDeg, moon.raDeg, moon.decDeg));
  const nearest = Math.min(...separations);
  const message = () => `Moon ${nearest.toFixed(1)} deg away, nearer than ${limit} deg`;
  note('moonSeparation', nearest, limit, nearest - limit, message);
}
