import * as z from 'zod';
import { completionShare } from '../../core/night/completion.ts';
import { childFailure } from '../../core/night/failure.ts';
import { faultTimeS, statusAfterFailure, VISIT_STEPS } from '../../core/night/outcome.ts';
import { exposureIdOf } from '../../core/records/ids.ts';
import { eventItem, type NightProgress } from '../../core/records/night.ts';
import { type RequestStatus, type StatusChange, TRANSITIONS } from '../../core/records/status.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { later, loadObservatory } from '../shared/night.ts';
import { type StepState, step, visitState } from '../shared/step.ts';
import { advanceProgress, changeStatusUnlessOver, getRequest, putEvent } from '../shared/tables.ts';

const input = visitState.extend({
  /** What the state machine caught, and in which step; absent after a visit that took all its frames. */
  failure: z.strictObject({ step: z.enum(VISIT_STEPS), error: z.string(), cause: z.string() }).optional(),
});

type Output = StepState & { error?: string; cause?: string };

/**
 * Ends a visit: the frames taken count for the request, its status is written, the night moves on. After a failure, `error`
 * and `cause` are what the execution fails with.
 */
export const handler = step('finish-observation', input, async ({ failure, ...state }): Promise<Output> => {
  const { night, now, sequence, visit, telescope } = state;
  const observatory = await loadObservatory(night);
  const request = await getRequest(visit.requestId);
  const done = Object.fromEntries(
    visit.plan
      .slice(0, visit.taken)
      .map(({ index }, at) => [
        String(index),
        exposureIdOf(observatory.camera.id, 'object', night.dayObs, visit.firstSeqNum + at),
      ]),
  );
  const share = completionShare(request.exposures, { ...request.done, ...done });
  const complete = share >= request.completeAtShare;
  const outcome: RequestStatus = complete ? 'COMPLETED' : 'PARTIAL';
  const cause = failure && childFailure(failure).cause;
  const status =
    failure && !(complete && failure.step === 'expose')
      ? statusAfterFailure(failure.step, failure.error, visit.taken)
      : outcome;
  const change: StatusChange = {
    status,
    at: now,
    cause: cause ? `${failure.error}: ${cause}` : `${(100 * share).toFixed(0)} % of the exposure time is good`,
    nightId: night.nightId,
    observationId: visit.observationId,
  };
  // Somebody may have cancelled the request between the decision and the visit: that stands.
  const record = await changeStatusUnlessOver(visit.requestId, change, done);
  const stands = TRANSITIONS[record.status].length === 0 ? record.status : status;

  const lostS = failure ? faultTimeS(failure.step, failure.error) : 0;
  const endAt = later(now, lostS);
  await putEvent({
    nightId: night.nightId,
    item: eventItem(now, sequence, '5-finish'),
    kind: failure ? 'fault' : 'finish',
    sequence,
    beginAt: now,
    endAt,
    budget: { fault: lostS },
    sunAltitudeDeg: sunAltitudeDeg(utcMsOf(now), observatory.site),
    requestId: visit.requestId,
    observationId: visit.observationId,
    message: `${visit.requestId} is ${stands}${cause ? `: ${failure.error}: ${cause}` : ''}`,
    details: { taken: visit.taken, planned: visit.plan.length, share },
  });
  const next: StepState = { night, sequence: sequence + 1, now: endAt, telescope };
  const progress: NightProgress = {
    nightId: night.nightId,
    item: 'progress',
    sequence: next.sequence,
    now: next.now,
    telescope,
    nextSeqNum: visit.firstSeqNum + visit.taken + (failure?.step === 'expose' ? 1 : 0),
  };
  await advanceProgress(progress);
  return { ...next, ...(failure && { error: failure.error, cause: cause as string }) };
});
