import type { Dither, ProgrammeRequest } from '../records/programme.ts';
import type { PlannedExposure, RequestRecord, Visit } from '../records/visit.ts';

/** An exposure of a visit with its place in the request's own list. */
export type VisitExposure = Visit['plan'][number];

/** Time that a visit spends between exposures, seconds each. */
export interface Overheads {
  readoutS: number;
  filterChangeS: number;
  /** A small move of the telescope between two dithers, with its settling. */
  offsetS: number;
}

/**
 * Every exposure of a request in order: filter by filter as asked, `count` in each, dithered anew from the centre in each
 * filter, so that the filters of one request cover the same field.
 */
export function expandExposures(request: Pick<ProgrammeRequest, 'exposures' | 'dither'>): PlannedExposure[] {
  return request.exposures.flatMap(({ filter, exposureTimeS, count }) =>
    Array.from({ length: count }, (_, at) => {
      const { eastArcsec, northArcsec } = ditherOffset(request.dither, at, count);
      return { filter, exposureTimeS, offsetEastArcsec: eastArcsec, offsetNorthArcsec: northArcsec };
    }),
  );
}

/** Signs (east, north) of the corners of a square, one side at a time. */
const CORNERS = [
  [1, 1],
  [-1, 1],
  [-1, -1],
  [1, -1],
] as const;

/**
 * Where exposure `at` of `count` points, arcsec from the target, no two alike. `box`: the target itself, the corners of a
 * square with sides of one step around it, then of two steps, and so on. `line`: one step apart along declination from south
 * to north, the target in the middle.
 */
function ditherOffset(
  dither: Dither | undefined,
  at: number,
  count: number,
): { eastArcsec: number; northArcsec: number } {
  if (!dither || (dither.pattern === 'box' && at === 0)) return { eastArcsec: 0, northArcsec: 0 };
  if (dither.pattern === 'line') return { eastArcsec: 0, northArcsec: (at - (count - 1) / 2) * dither.stepArcsec };
  const halfSideArcsec = (Math.ceil(at / CORNERS.length) * dither.stepArcsec) / 2;
  const [east, north] = CORNERS[(at - 1) % CORNERS.length];
  return { eastArcsec: east * halfSideArcsec, northArcsec: north * halfSideArcsec };
}

/** What is left to take of a request, in its order. */
export function remainingPlan(record: Pick<RequestRecord, 'exposures' | 'done'>): VisitExposure[] {
  return record.exposures
    .map((exposure, index) => ({ ...exposure, index }))
    .filter(({ index }) => !(String(index) in record.done));
}

/** Seconds before the first exposure: bringing in its filter, when another one (`currentFilter`) is in place. */
export function configureTimeS(
  plan: readonly PlannedExposure[],
  { filterChangeS }: Pick<Overheads, 'filterChangeS'>,
  currentFilter: string,
): number {
  return plan.length > 0 && plan[0].filter !== currentFilter ? filterChangeS : 0;
}

/**
 * Seconds from the arrival at the target to the end of each exposure's readout: element 0 is when one frame is done, the last
 * when all are. Filter changes and dither moves count where the plan has them, the change to the first filter included.
 */
export function frameEndsS(plan: readonly PlannedExposure[], overheads: Overheads, currentFilter: string): number[] {
  const { readoutS, filterChangeS, offsetS } = overheads;
  let atS = configureTimeS(plan, overheads, currentFilter);
  return plan.map((exposure, at) => {
    const previous = at > 0 ? plan[at - 1] : undefined;
    if (previous && previous.filter !== exposure.filter) atS += filterChangeS;
    if (previous && isOffset(previous, exposure)) atS += offsetS;
    atS += exposure.exposureTimeS + readoutS;
    return atS;
  });
}

/** Seconds that a visit takes once the telescope has arrived, from the first filter to the last readout; 0 for an empty plan. */
export function visitDurationS(plan: readonly PlannedExposure[], overheads: Overheads, currentFilter: string): number {
  return frameEndsS(plan, overheads, currentFilter).at(-1) ?? 0;
}

function isOffset(from: PlannedExposure, to: PlannedExposure): boolean {
  return from.offsetEastArcsec !== to.offsetEastArcsec || from.offsetNorthArcsec !== to.offsetNorthArcsec;
}
