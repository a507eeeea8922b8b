import { InvalidPayload, MasterRejected, ValidityConflict } from '../errors.ts';
import type { Certificate, ValidityChange } from '../records/calibration.ts';

/**
 * When masters are valid. A timeline is the certificates of one key in the order of time, half-open intervals [validFrom, validTo)
 * in TAI that never overlap. Instants are texts that sort by time.
 */

/** When a change is made, by whom, and why: what its entry of the history says. */
export interface Done {
  /** UTC: observatory time for a night, the wall clock for a person. */
  at: string;
  by: string;
  cause: string;
}

/** A part of the validity of one master. */
export interface Range {
  calibrationKey: string;
  masterId: string;
  validFrom: string;
  validTo: string;
}

/** The timeline after a change, and what goes into its history; no changes where there was nothing to do. */
export interface Changed {
  next: Certificate[];
  changes: ValidityChange[];
}

/**
 * Makes a master valid in its interval.
 *
 * With `supersede`, as a night does it: where its interval meets that of another master, the one that was **taken later** wins, and the
 * other ends where the winner's begins, for good. So it does not matter in which order masters come, nor how often, as long as they
 * begin in the order in which they were taken; one that is late may stand nowhere. Without it an interval that meets another is
 * refused.
 *
 * The same master with the same interval again changes nothing. Throws MasterRejected for a master of grade BAD; InvalidPayload for an
 * interval that is empty or of another key; ValidityConflict with the intervals that it meets and what to do.
 */
export function certify(
  timeline: readonly Certificate[],
  certificate: Certificate,
  done: Done,
  { supersede }: { supersede: boolean },
): Changed {
  const { calibrationKey, id, validFrom, validTo, master } = certificate;
  checkRange(timeline, { calibrationKey, masterId: id, validFrom, validTo });
  if (master.quality.grade === 'BAD') {
    throw new MasterRejected(
      `master ${id} is BAD and cannot be certified: ${master.quality.reasons.join('; ') || 'no reason was kept'}`,
    );
  }
  const own = timeline.filter((each) => each.id === id);
  if (own.some((each) => each.validFrom === validFrom && each.validTo === validTo)) return unchanged(timeline);
  const met = timeline.filter((each) => meets(each, certificate));
  if (met.some((each) => each.id === id)) {
    throw conflict(certificate, met, 'it is certified already; change the range with recertify');
  }
  if (met.length > 0 && !supersede) {
    throw conflict(certificate, met, 'decertify what is in the way, choose another range, or supersede');
  }
  const [winner] = sorted(met.filter((each) => isNewer(each.master, master)));
  const end = winner ? later(winner.validFrom, validFrom) : validTo;
  const stands = cut(certificate, validFrom, end);
  const beaten = stands.length > 0 ? met.filter((each) => meets(each, stands[0])) : [];
  const rest = timeline.flatMap((each) => (beaten.includes(each) ? cut(each, each.validFrom, validFrom) : [each]));
  return {
    next: sorted([...rest, ...stands]),
    changes: [
      change('certify', certificate, done),
      ...(winner ? [change('supersede', { ...certificate, validFrom: end }, because(done, winner.id))] : []),
      ...beaten.map((each) =>
        change('supersede', { ...each, validFrom: later(each.validFrom, validFrom) }, because(done, id)),
      ),
    ],
  };
}

/**
 * Takes a range away from the validity of a master; what lies before and after it stays. Throws ValidityConflict where the master is
 * not valid anywhere in it, with the ranges where it is; InvalidPayload for an empty range.
 */
export function decertify(timeline: readonly Certificate[], range: Range, done: Done): Changed {
  checkRange(timeline, range);
  const own = timeline.filter(({ id }) => id === range.masterId);
  const met = own.filter((each) => meets(each, range));
  if (met.length === 0) {
    throw new ValidityConflict(
      `master ${range.masterId} is not valid anywhere in ${rangeText(range)}; ${whereValid(own)}`,
    );
  }
  return {
    next: sorted(timeline.flatMap((each) => (met.includes(each) ? without(each, range) : [each]))),
    changes: met.map((each) =>
      change(
        'decertify',
        { ...each, validFrom: later(each.validFrom, range.validFrom), validTo: earlier(each.validTo, range.validTo) },
        done,
      ),
    ),
  };
}

/**
 * Gives a master that is valid another range instead of what it has. Throws ValidityConflict where the new range meets other masters,
 * or the master is not certified; InvalidPayload for an empty range.
 */
export function recertify(timeline: readonly Certificate[], range: Range, done: Done): Changed {
  checkRange(timeline, range);
  const own = timeline.filter(({ id }) => id === range.masterId);
  if (own.length === 0) {
    throw new ValidityConflict(`master ${range.masterId} is not certified for ${range.calibrationKey}; certify it`);
  }
  const { validFrom, validTo } = range;
  if (own.length === 1 && own[0].validFrom === validFrom && own[0].validTo === validTo) return unchanged(timeline);
  const others = timeline.filter(({ id }) => id !== range.masterId);
  const met = others.filter((each) => meets(each, range));
  if (met.length > 0) {
    throw conflict({ ...own[0], validFrom, validTo }, met, 'decertify what is in the way, or choose another range');
  }
  return {
    next: sorted([...others, { ...own[0], validFrom, validTo }]),
    changes: [change('recertify', { ...own[0], validFrom, validTo }, done)],
  };
}

/** Intervals of masters that a history leads to, from nothing, in the order of time. */
export function replayHistory(changes: readonly ValidityChange[]): Omit<Range, 'calibrationKey'>[] {
  let intervals: Omit<Range, 'calibrationKey'>[] = [];
  for (const { action, masterId, validFrom, validTo } of changes) {
    const interval = { masterId, validFrom, validTo };
    if (action === 'certify') intervals.push(interval);
    else if (action === 'recertify') {
      intervals = [...intervals.filter((each) => each.masterId !== masterId), interval];
    } else {
      intervals = intervals.flatMap((each) =>
        each.masterId === masterId && meets(each, interval) ? without(each, interval) : [each],
      );
    }
  }
  return sorted(intervals);
}

/** Whether a history has this very change: delivered again, it is not made again. */
export function isRepeated(
  history: readonly ValidityChange[],
  action: ValidityChange['action'],
  range: Range,
  done: Done,
) {
  return history.some(
    (past) =>
      past.action === action &&
      past.masterId === range.masterId &&
      past.at === done.at &&
      past.by === done.by &&
      // A decertify is entered for each part that it took away.
      (action === 'decertify'
        ? range.validFrom <= past.validFrom && past.validTo <= range.validTo
        : past.validFrom === range.validFrom && past.validTo === range.validTo),
  );
}

type Interval = Pick<Range, 'validFrom' | 'validTo'>;

const meets = (a: Interval, b: Interval): boolean => a.validFrom < b.validTo && b.validFrom < a.validTo;
const later = (a: string, b: string): string => (a > b ? a : b);
const earlier = (a: string, b: string): string => (a < b ? a : b);

/** An interval shortened to [from, to): none when nothing is left. */
const cut = <T extends Interval>(interval: T, from: string, to: string): T[] =>
  from < to ? [{ ...interval, validFrom: from, validTo: to }] : [];

/** What is left of an interval on both sides of a range that meets it. */
const without = <T extends Interval>(interval: T, range: Interval): T[] => [
  ...cut(interval, interval.validFrom, range.validFrom),
  ...cut(interval, range.validTo, interval.validTo),
];

const sorted = <T extends Interval>(intervals: readonly T[]): T[] =>
  intervals.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : a.validFrom > b.validFrom ? 1 : 0));

const unchanged = (timeline: readonly Certificate[]): Changed => ({ next: [...timeline], changes: [] });

/** Whether a master was taken after another; of two that began together the greater id is the later. */
function isNewer(a: Certificate['master'], b: Certificate['master']): boolean {
  return a.takenFrom === b.takenFrom ? a.masterId > b.masterId : a.takenFrom > b.takenFrom;
}

const because = (done: Done, winner: string): Done => ({ ...done, cause: `${winner} was taken later: ${done.cause}` });

function change(action: ValidityChange['action'], of: Omit<Certificate, 'master'>, done: Done): ValidityChange {
  const { calibrationKey, id, validFrom, validTo } = of;
  return { calibrationKey, action, masterId: id, validFrom, validTo, at: done.at, by: done.by, cause: done.cause };
}

const rangeText = ({ validFrom, validTo }: Interval): string => `[${validFrom}, ${validTo}) TAI`;

const whereValid = (own: readonly Certificate[]): string =>
  own.length === 0 ? 'it has no certificate' : `it is in ${own.map(rangeText).join(', ')}`;

const conflict = (certificate: Certificate, met: readonly Certificate[], remedy: string): ValidityConflict =>
  new ValidityConflict(
    `master ${certificate.id} cannot be valid in ${rangeText(certificate)} for ${certificate.calibrationKey}: ` +
      `it meets ${met.map((each) => `${each.id} in ${rangeText(each)}`).join(', ')}; ${remedy}`,
  );

function checkRange(timeline: readonly Certificate[], range: Range): void {
  const { calibrationKey, masterId, validFrom, validTo } = range;
  const faults: string[] = [];
  if (!(validFrom < validTo))
    faults.push(`master ${masterId}: the range ${rangeText(range)} is empty; it must end later`);
  const other = timeline.find((each) => each.calibrationKey !== calibrationKey);
  if (other)
    faults.push(`master ${masterId} is for ${calibrationKey}; the timeline is that of ${other.calibrationKey}`);
  if (faults.length > 0) throw new InvalidPayload(faults);
}
