import * as z from 'zod';
import {
  cameraFactsOf,
  type NotDue,
  type PlannedSet,
  planCalibrations,
  programmeNeeds,
} from '../../core/calibration/due.ts';
import { OperatorHalt, RecordMissing, SaveFailed } from '../../core/errors.ts';
import { childFailure } from '../../core/night/failure.ts';
import { calibrationRequestsOf } from '../../core/night/requests.ts';
import type { CalibrationRequest, CalibrationTime } from '../../core/records/calibration.ts';
import { calibrationsItem, observationIdOf } from '../../core/records/ids.ts';
import { eventItem, type NightContext } from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import type { Programme } from '../../core/records/programme.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { isoOf, taiOf, utcMsOf } from '../../core/time.ts';
import { inOrderOfLight } from '../../core/visits/calibration.ts';
import { afternoonBeginMs } from '../../core/visits/calibration-times.ts';
import {
  changeCalibrationRequest,
  createCalibrationRequest,
  getCalibrationRequests,
  listCalibrationRequests,
} from '../shared/calibration-requests.ts';
import {
  type CalibrationTask,
  newestCertificates,
  policyOf,
  type SettledSet,
  setItem,
} from '../shared/calibration-set.ts';
import { loadObservatory, loadProgramme, resumeAt } from '../shared/night.ts';
import { type StepState, step, stepState } from '../shared/step.ts';
import { findDecision, getNight, getProgress, listEvents, putEvent, settleDecision } from '../shared/tables.ts';

const PHASES = { before: ['afternoon', 'evening'], after: ['nightEnd', 'morning'] } as const;

const input = stepState.extend({
  phase: z.enum(['before', 'after']),
  /** The failure of the set that was taken just now. */
  failure: z.strictObject({ error: z.string(), cause: z.string() }).optional(),
});

type Output = StepState & {
  phase: keyof typeof PHASES;
  action: 'calibrate' | 'done';
  resumeAt: string;
  executionName?: string;
  calibration?: CalibrationTask;
};

/** What is due at one time of the night, settled when it is first asked for. */
interface SettledPlan {
  beginAt: string;
  sets: PlannedSet[];
  notDue: NotDue[];
}

/**
 * Gives the next calibration set of a part of the night. What is due is settled once for each time, with the reason of each set; a
 * set is settled under its number, so that whoever asks again gets the one that stands. Throws OperatorHalt; RecordMissing when a
 * failed set left no state; SaveFailed when the store refused its frames.
 */
export const handler = step('plan-calibrations', input, async ({ phase, failure, ...given }): Promise<Output> => {
  const { night } = given;
  const [record, progress] = await Promise.all([getNight(night.nightId), getProgress(night.nightId)]);
  const cause = failure && childFailure(failure);
  if (cause && progress.sequence <= given.sequence) {
    throw new RecordMissing(
      `set ${observationIdOf(night.nightId, given.sequence)} failed and left no state to go on from: ${cause.error}: ${cause.cause}`,
    );
  }
  if (cause?.error === 'SaveFailed') throw new SaveFailed(cause.cause);
  if (record.haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  const state: StepState =
    progress.sequence > given.sequence
      ? { night, sequence: progress.sequence, now: progress.now, telescope: progress.telescope }
      : given;

  const [observatory, programme] = await Promise.all([loadObservatory(night), loadProgramme(night)]);
  const item = setItem(state.sequence);
  const next =
    (await findDecision<SettledSet>(night.nightId, item)) ??
    (await settleNext(night, item, await nextSet(state, phase, observatory, programme)));
  if (!next) {
    const now = await nightNow(state);
    return { ...state, now, phase, action: 'done', resumeAt: resumeAt(night, now) };
  }

  const { request, beginAt } = next;
  const observationId = observationIdOf(night.nightId, state.sequence);
  const { type, filter, count } = request.set;
  await putEvent({
    nightId: night.nightId,
    item: eventItem(beginAt, state.sequence, '1-decision'),
    kind: 'decision',
    sequence: state.sequence,
    beginAt,
    endAt: beginAt,
    budget: {},
    sunAltitudeDeg: sunAltitudeDeg(utcMsOf(beginAt), observatory.site),
    requestId: request.requestId,
    observationId,
    message: `calibration: ${count} ${type} frames${filter ? ` in ${filter}` : ''} (${request.when}): ${request.reason}`,
    details: { calibrationKey: request.calibrationKey, set: request.set },
  });
  return {
    ...state,
    now: beginAt,
    phase,
    action: 'calibrate',
    resumeAt: resumeAt(night, beginAt),
    executionName: `${observationId}-r${night.run}`,
    calibration: {
      requestId: request.requestId,
      observationId,
      when: request.when,
      beganAt: beginAt,
      firstSeqNum: progress.nextSeqNum,
      rounds: 0,
    },
  };
});

const settleNext = (night: NightContext, item: string, next: SettledSet | undefined): Promise<SettledSet> | undefined =>
  next && settleDecision(night.nightId, item, next);

/** The first set of this part of the night that is not over, and when it begins. */
async function nextSet(
  state: StepState,
  phase: keyof typeof PHASES,
  observatory: Observatory,
  programme: Programme,
): Promise<SettledSet | undefined> {
  const { night } = state;
  for (const when of PHASES[phase]) {
    const plan =
      (await findDecision<SettledPlan>(night.nightId, calibrationsItem(when))) ??
      (await settleDecision(
        night.nightId,
        calibrationsItem(when),
        await plannedFor(when, state, observatory, programme),
      ));
    const requests = await getCalibrationRequests(plan.sets.map(({ requestId }) => requestId));
    const open = requests.find(({ status }) => status === 'QUEUED' || status === 'RUNNING');
    if (open) return { request: open, beginAt: await beginOf(when, plan, state) };
  }
  return undefined;
}

/** Afternoon sets begin before sunset, where the night itself begins; from the first one on each follows the one before. */
async function beginOf(when: CalibrationTime, plan: SettledPlan, state: StepState): Promise<string> {
  if (when === 'afternoon') return state.now < state.night.beginAt ? state.now : plan.beginAt;
  return nightNow(state);
}

/** Where the night goes on after its afternoon: at its beginning, or where it was when it was stopped in the afternoon. */
async function nightNow({ night, now }: StepState): Promise<string> {
  if (now >= night.beginAt) return now;
  if (night.run === 1) return night.beginAt;
  const ends = (await listEvents(night.nightId)).map(({ endAt }) => endAt);
  return [night.beginAt, ...ends].toSorted().at(-1)!;
}

/** What is due at a time of the night; its requests are on record before anything is done. */
async function plannedFor(
  when: CalibrationTime,
  { night, now }: StepState,
  observatory: Observatory,
  programme: Programme,
): Promise<SettledPlan> {
  const asked = calibrationRequestsOf(programme, observatory, night.campaign);
  await Promise.all(asked.map((each) => createCalibrationRequest(each)));
  const requests = [
    ...(await getCalibrationRequests(asked.map(({ requestId }) => requestId))),
    ...(await listCalibrationRequests(night.campaign, 'QUEUED')),
  ];
  const { due, notDue } = planCalibrations({
    policy: policyOf(observatory),
    camera: cameraFactsOf(observatory),
    needs: programmeNeeds(programme),
    certificates: await newestCertificates(observatory.camera.id, taiOf(utcMsOf(night.endAt))),
    requests,
    nightId: night.nightId,
    dayObs: night.dayObs,
    nightBeginMs: utcMsOf(night.beginAt),
    nightEndMs: utcMsOf(night.endAt),
    times: [when],
  });
  const sets =
    when === 'evening' || when === 'morning'
      ? inOrderOfLight(observatory, due, when, utcMsOf(when === 'evening' ? night.beginAt : night.endAt))
      : due;
  await Promise.all(
    sets
      .filter(({ origin }) => origin === 'policy')
      .map((set) => createCalibrationRequest(policyRequest(set, night.campaign))),
  );
  for (const { requestId, possible, reason } of notDue) {
    if (possible || !requestId) continue;
    await changeCalibrationRequest(requestId, { status: 'ERROR', at: now, cause: reason, nightId: night.nightId });
  }
  const beginMs = afternoonBeginMs(
    observatory,
    sets.map(({ set }) => set),
    utcMsOf(night.beginAt),
  );
  return { beginAt: when === 'afternoon' ? isoOf(beginMs) : now, sets, notDue };
}

function policyRequest(planned: PlannedSet, campaign: string): CalibrationRequest {
  const { id: _, ...request } = planned;
  return {
    ...request,
    kind: 'calibration',
    programmeId: `calibrations.${campaign}`,
    campaign,
    status: 'QUEUED',
    history: [],
    version: 0,
  };
}
