import type { CalibrationRequest, Grade, MasterRecord, ReducedRecord } from '../records/calibration.ts';
import { BUDGET_CATEGORIES, type BudgetCategory, type NightEvent, type NightRecord } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import type { RequestStatus } from '../records/status.ts';
import type { Conditions, ExposureRecord, RequestRecord } from '../records/visit.ts';
import { utcMsOf } from '../time.ts';
import { completionShare } from './completion.ts';
import { type Hindsight, hindsight, whyNotBegun } from './why.ts';

export interface RequestLine {
  requestId: string;
  /** Its id within the campaign. */
  id: string;
  target: string;
  filters: string;
  status: RequestStatus;
  /** Share of the exposure time that is done, 0 to 1. */
  share: number;
  framesDone: number;
  framesAsked: number;
  /** The last word on it: why it was done or not. */
  cause: string;
}

/** A calibration set as the report tells it. */
export interface CalibrationLine {
  requestId: string;
  type: CalibrationRequest['set']['type'];
  filter?: string;
  when: CalibrationRequest['when'];
  status: CalibrationRequest['status'];
  /** Why it was taken. */
  reason: string;
  framesUsed: number;
  framesRejected: number;
  masterId?: string;
  grade?: Grade;
  /** The last word on it. */
  cause: string;
}

/** What became of the frames of the sky after the night. */
export interface ReductionSummary {
  complete: number;
  incomplete: number;
  grades: Partial<Record<ReducedRecord['grade'], number>>;
}

export interface NightReport {
  nightId: string;
  status: NightRecord['status'];
  observatoryId: string;
  programmeId: string;
  dayObs: number;
  seed: number;
  softwareVersion: string;
  beginAt: string;
  endAt: string;
  /** Absent in polar night. */
  sunsetAt?: string;
  sunriseAt?: string;
  darkTimeS: number;
  /** From beginAt to endAt, or to the parking of the telescope when that ends later. */
  lengthS: number;
  /** Seconds by category: they add up to lengthS. */
  budget: Record<BudgetCategory, number>;
  /** Seconds that calibrations took before the night began. */
  dayCalibrationS: number;
  /** Share of the dark time with the shutter open on the sky. */
  openShutterShare: number;
  requests: RequestLine[];
  calibrations: CalibrationLine[];
  reduction: ReductionSummary;
  /** Requests by status. */
  statuses: Partial<Record<RequestStatus, number>>;
  /** Why requests were turned down while waiting, by constraint: number of vetoes. */
  vetoCounts: Record<string, number>;
  frames: { exposureId: string; imageType: string; key: string; beginAt: string; sizeBytes: number; sha256: string }[];
  bytes: number;
}

/** Thrown when the events of a night overlap or leave a gap: the time budget could not be trusted. */
export class BudgetBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BudgetBroken';
  }
}

/** Half a millisecond a step: instants are rounded to milliseconds. */
const ROUNDING_S = 0.0011;

/**
 * Where every second of the night went. The events must follow each other without gap or overlap, and each must account for
 * its own length; what is left after the last is `unused`. Seconds of calibrations before the night are `dayS`. Throws BudgetBroken.
 */
export function timeBudget(
  record: Pick<NightRecord, 'context'>,
  events: readonly NightEvent[],
): { budget: Record<BudgetCategory, number>; lengthS: number; dayS: number } {
  const beginMs = utcMsOf(record.context.beginAt);
  const endMs = utcMsOf(record.context.endAt);
  const budget = Object.fromEntries(BUDGET_CATEGORIES.map((category) => [category, 0])) as Record<
    BudgetCategory,
    number
  >;
  let atMs = beginMs;
  let dayS = 0;
  for (const event of events) {
    const spanS = (utcMsOf(event.endAt) - utcMsOf(event.beginAt)) / 1000;
    const accountedS = Object.values(event.budget).reduce((sum, seconds) => sum + seconds, 0);
    if (Math.abs(accountedS - spanS) > ROUNDING_S) {
      throw new BudgetBroken(`event ${event.item} lasts ${spanS} s and accounts for ${accountedS} s`);
    }
    // Calibrations of the afternoon come before the night, whose time they do not take.
    if (utcMsOf(event.endAt) <= beginMs && utcMsOf(event.beginAt) < beginMs) {
      dayS += spanS;
      continue;
    }
    if (utcMsOf(event.beginAt) !== atMs) {
      throw new BudgetBroken(
        `event ${event.item} begins at ${event.beginAt}, the one before it ended at ${new Date(atMs).toISOString()}`,
      );
    }
    for (const [category, seconds] of Object.entries(event.budget)) budget[category as BudgetCategory] += seconds;
    atMs = utcMsOf(event.endAt);
  }
  const lengthS = (Math.max(endMs, atMs) - beginMs) / 1000;
  const accountedS = BUDGET_CATEGORIES.reduce((sum, category) => sum + budget[category], 0);
  budget.unused += Math.max(0, lengthS - accountedS);
  return { budget, lengthS, dayS };
}

/** What was done and not done in a night, and where its time went, from the records alone. */
export function reportNight({
  record,
  observatory,
  conditionsAt,
  events,
  requests,
  exposures,
  sets = [],
  masters = [],
  reduced = [],
}: {
  record: NightRecord;
  observatory: Observatory;
  /** The conditions that there were. */
  conditionsAt: (utcMs: number) => Conditions;
  events: readonly NightEvent[];
  requests: readonly RequestRecord[];
  exposures: readonly ExposureRecord[];
  /** Calibration sets that the night took up, its masters, good and bad, and its frames that are reduced. */
  sets?: readonly CalibrationRequest[];
  masters?: readonly MasterRecord[];
  reduced?: readonly ReducedRecord[];
}): NightReport {
  const { budget, lengthS, dayS } = timeBudget(record, events);
  const night = hindsight(record, observatory, conditionsAt);
  const statuses: NightReport['statuses'] = {};
  for (const { status } of requests) statuses[status] = (statuses[status] ?? 0) + 1;
  const vetoCounts: Record<string, number> = {};
  for (const event of events) {
    const counts = (event.details?.vetoCounts ?? {}) as Record<string, number>;
    for (const [constraint, count] of Object.entries(counts))
      vetoCounts[constraint] = (vetoCounts[constraint] ?? 0) + count;
  }
  return {
    nightId: record.nightId,
    status: record.status,
    observatoryId: record.observatoryId,
    programmeId: record.programmeId,
    dayObs: record.input.dayObs,
    seed: record.input.seed,
    softwareVersion: record.softwareVersion,
    beginAt: record.context.beginAt,
    endAt: record.context.endAt,
    ...(record.sunsetAt && { sunsetAt: record.sunsetAt }),
    ...(record.sunriseAt && { sunriseAt: record.sunriseAt }),
    darkTimeS: record.darkTimeS,
    lengthS,
    budget,
    dayCalibrationS: dayS,
    openShutterShare: record.darkTimeS > 0 ? budget.science / record.darkTimeS : 0,
    requests: requests.map((request) => requestLine(request, night)),
    calibrations: sets.map((set) => calibrationLine(set, masters)),
    reduction: reductionSummary(reduced),
    statuses,
    // Read back from records, which keep no order: one of its own makes the same night the same report on every engine.
    vetoCounts: Object.fromEntries(Object.entries(vetoCounts).sort(([a], [b]) => (a < b ? -1 : 1))),
    frames: exposures.map(({ exposureId, imageType, frame, beginAt, sizeBytes, sha256 }) => ({
      exposureId,
      imageType,
      key: frame.key,
      beginAt,
      sizeBytes,
      sha256,
    })),
    bytes: exposures.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function calibrationLine(request: CalibrationRequest, masters: readonly MasterRecord[]): CalibrationLine {
  const { requestId, set, when, status, reason, history } = request;
  const master = masters.findLast((each) => each.requestId === requestId);
  return {
    requestId,
    type: set.type,
    ...(set.filter && { filter: set.filter }),
    when,
    status,
    reason,
    framesUsed: master?.frames.length ?? 0,
    framesRejected: master?.rejected.length ?? 0,
    ...(master && { masterId: master.masterId, grade: master.quality.grade }),
    cause: history.at(-1)?.cause ?? reason,
  };
}

function reductionSummary(reduced: readonly ReducedRecord[]): ReductionSummary {
  const grades: ReductionSummary['grades'] = {};
  for (const { grade } of reduced) grades[grade] = (grades[grade] ?? 0) + 1;
  const complete = reduced.filter(({ status }) => status === 'COMPLETE').length;
  return { complete, incomplete: reduced.length - complete, grades };
}

function requestLine(request: RequestRecord, night: Hindsight): RequestLine {
  return {
    requestId: request.requestId,
    id: request.requestId.slice(request.campaign.length + 1),
    target: request.target.name,
    filters: [...new Set(request.exposures.map(({ filter }) => filter))].join(''),
    status: request.status,
    share: completionShare(request.exposures, request.done),
    framesDone: Object.keys(request.done).length,
    framesAsked: request.exposures.length,
    cause: request.history.at(-1)?.cause ?? whyNotBegun(request, night),
  };
}
