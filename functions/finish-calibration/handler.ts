import * as z from 'zod';
import { childFailure } from '../../core/night/failure.ts';
import { eventItem, type NightProgress } from '../../core/records/night.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { changeCalibrationRequest } from '../shared/calibration-requests.ts';
import { accountFrames, calibrationState, settledFrames } from '../shared/calibration-set.ts';
import { loadObservatory } from '../shared/night.ts';
import { type StepState, step } from '../shared/step.ts';
import { advanceProgress, getProgress, putEvent } from '../shared/tables.ts';

const input = calibrationState.extend({
  /** What the state machine caught, and in which step; absent for a set whose master is certified. */
  failure: z
    .strictObject({ step: z.enum(['prepare', 'take', 'build', 'certify']), error: z.string(), cause: z.string() })
    .optional(),
});

/** Errors that say nothing against the set and end the night: it waits for whoever goes on. */
const ENDS_NIGHT = ['OperatorHalt', 'SaveFailed'];

type Output = StepState & { error?: string; cause?: string };

/**
 * Ends a calibration set: its request is DONE, or ERROR with the reason, or waits again after what ends the night; the night moves on
 * from the last frame that was taken. After a failure, `error` and `cause` are what the execution fails with.
 */
export const handler = step('finish-calibration', input, async ({ failure, ...state }): Promise<Output> => {
  const { night, sequence, calibration } = state;
  const { requestId, observationId, masterId, firstSeqNum, beganAt } = calibration;
  const [observatory, before, frames] = await Promise.all([
    loadObservatory(night),
    getProgress(night.nightId),
    // After a failure the payload may be that of an earlier step: what is settled stands in the records.
    settledFrames(night.nightId, sequence),
  ]);
  const of = { nightId: night.nightId, sequence, requestId, observationId, observatory };
  // A store that refuses frames is not asked again at the same instants, and frames that were under way may yet come.
  const { last } = await accountFrames(of, frames, { toEnd: failure?.error === 'SaveFailed' });
  const now = last?.readyAt ?? beganAt;
  const telescope = last?.telescope ?? state.telescope;
  const cause = failure && childFailure(failure).cause;
  const status = !failure ? 'DONE' : ENDS_NIGHT.includes(failure.error) ? 'QUEUED' : 'ERROR';
  await changeCalibrationRequest(
    requestId,
    {
      status,
      at: now,
      cause: failure ? `${failure.error}: ${cause}` : `master ${masterId} is certified`,
      nightId: night.nightId,
    },
    { masterId: failure ? undefined : masterId },
  );
  await putEvent({
    nightId: night.nightId,
    item: eventItem(now, sequence, '5-finish'),
    kind: failure ? 'fault' : 'finish',
    sequence,
    beginAt: now,
    endAt: now,
    budget: {},
    sunAltitudeDeg: sunAltitudeDeg(utcMsOf(now), observatory.site),
    requestId,
    observationId,
    message: failure
      ? `${requestId} is ${status}: ${failure.error}: ${cause}`
      : `${requestId} is DONE: master ${masterId}`,
  });
  const next: StepState = { night, sequence: sequence + 1, now, telescope };
  const progress: NightProgress = {
    nightId: night.nightId,
    item: 'progress',
    sequence: next.sequence,
    now,
    telescope,
    nextSeqNum: Math.max(before.nextSeqNum, firstSeqNum + frames.length),
  };
  await advanceProgress(progress);
  return { ...next, ...(failure && { error: failure.error, cause: cause as string }) };
});
