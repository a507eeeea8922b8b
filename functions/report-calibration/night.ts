import type { NotDue, PlannedSet } from '../../core/calibration/due.ts';
import {
  CALIBRATION_TIMES,
  type CalibrationRequest,
  type CalibrationTime,
  type Certificate,
  type MasterRecord,
  type ReducedRecord,
} from '../../core/records/calibration.ts';
import type { NightEvent, NightRecord } from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import type { Picture } from './pictures.ts';

/** What was due at one time of a night, as plan-calibrations settled it. */
export interface TimePlan {
  when: CalibrationTime;
  sets: readonly PlannedSet[];
  notDue: readonly NotDue[];
}

/** Everything that the records say of a night's calibration. */
export interface CalibrationNight {
  night: NightRecord;
  observatory: Observatory;
  /** Of the times that the night came to. */
  plans: readonly TimePlan[];
  requests: readonly CalibrationRequest[];
  /** All frames of the night. */
  exposures: readonly ExposureRecord[];
  events: readonly NightEvent[];
  /** That were built in the night, good and bad. */
  masters: readonly MasterRecord[];
  /** Of the keys of those masters, of any night. */
  certificates: readonly Certificate[];
  reduced: readonly ReducedRecord[];
  /** By the key of the file that they show. */
  pictures: ReadonlyMap<string, Picture>;
}

/** One set that was due, with all that came of it. */
export interface SetStory {
  planned: PlannedSet;
  request?: CalibrationRequest;
  /** In the order in which they were taken. */
  exposures: ExposureRecord[];
  /** What went wrong on the way. */
  faults: NightEvent[];
  master?: MasterRecord;
  /** Intervals in which the master is valid; none when it was never certified, or was superseded or decertified whole. */
  validity: Certificate[];
}

/** The sets of a night in the order of its times. */
export function setStories({
  plans,
  requests,
  exposures,
  events,
  masters,
  certificates,
}: CalibrationNight): SetStory[] {
  return CALIBRATION_TIMES.flatMap((when) => plans.find((plan) => plan.when === when)?.sets ?? []).map((planned) => {
    const isOwn = ({ requestId }: { requestId?: string | undefined }) => requestId === planned.requestId;
    const request = requests.find(isOwn);
    const master = masters.find(isOwn);
    return {
      planned,
      ...(request && { request }),
      exposures: exposures.filter(isOwn).toSorted((a, b) => a.seqNum - b.seqNum),
      faults: events.filter((event) => event.kind === 'fault' && isOwn(event)),
      ...(master && { master }),
      validity: master ? certificates.filter(({ id }) => id === master.masterId) : [],
    };
  });
}

/** What became of one frame of a set, in words. */
export function frameFate(
  { exposureId, verdict }: ExposureRecord,
  master: MasterRecord | undefined,
): { accepted: boolean; reason: string } {
  const rejected = master?.rejected.find((each) => each.exposureId === exposureId);
  if (rejected) return { accepted: false, reason: rejected.reason };
  if (verdict?.accepted === false) return { accepted: false, reason: verdict.reasons.join('; ') };
  if (master?.frames.includes(exposureId)) return { accepted: true, reason: 'in the master' };
  return { accepted: true, reason: master ? 'not in the master' : 'no master was made' };
}

/** The night in one or two sentences. */
export function summaryOf(of: CalibrationNight): string {
  const sets = setStories(of);
  const { masters, reduced, exposures } = of;
  if (sets.length === 0 && masters.length === 0 && reduced.length === 0) {
    return of.plans.length === 0
      ? 'Nothing was calibrated or reduced in this night.'
      : 'Nothing was due, and nothing was reduced.';
  }
  const certified = sets.filter(({ master, request }) => master && request?.status === 'DONE').length;
  const rejected = masters.filter(({ quality }) => quality.grade === 'BAD').length;
  const warned = masters.filter(({ quality }) => quality.grade === 'WARN').length;
  const failed = sets.filter(({ request }) => request?.status === 'ERROR').length;
  const open = sets.length - certified - failed;
  const taken = sets.flatMap((set) => set.exposures.map((each) => frameFate(each, set.master)));
  const turnedDown = taken.filter(({ accepted }) => !accepted).length;
  const complete = reduced.filter(({ status }) => status === 'COMPLETE').length;
  const unreduced = unreducedFrames(of).length;
  const calibrated = [
    `${counted(sets.length, 'set')} due`,
    `${counted(taken.length, 'frame')} taken${turnedDown > 0 ? ` (${turnedDown} turned down)` : ''}`,
    `${counted(certified, 'master')} certified${warned > 0 ? ` (${warned} with a warning)` : ''}`,
    rejected > 0 && `${rejected} rejected`,
    failed > 0 && `${counted(failed, 'set')} without a master`,
    open > 0 && `${counted(open, 'set')} not finished`,
  ];
  const incomplete = reduced.length - complete;
  const reduction = [
    `${counted(reduced.length, 'frame')} reduced${reduced.length > 0 ? (incomplete === 0 ? ', all complete' : `: ${complete} complete, ${incomplete} incomplete`) : ''}`,
    unreduced > 0 && `${unreduced} of ${exposures.filter(isScience).length} not reduced`,
  ];
  const sentence = (parts: readonly (string | false)[]) => `${parts.filter(Boolean).join(', ')}.`;
  return `${sentence(calibrated)} ${sentence(reduction)}`;
}

const isScience = ({ imageType }: ExposureRecord): boolean => imageType === 'object';

/** Frames of the sky without a result. */
export function unreducedFrames({ exposures, reduced }: CalibrationNight): ExposureRecord[] {
  const done = new Set(reduced.map(({ exposureId }) => exposureId));
  return exposures.filter((each) => isScience(each) && !done.has(each.exposureId));
}

/** `1 frame`, `2 frames`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
