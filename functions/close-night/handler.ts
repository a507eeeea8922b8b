import * as z from 'zod';
import { EVENT_TYPES } from '../../core/names.ts';
import { completionShare } from '../../core/night/completion.ts';
import { childFailure } from '../../core/night/failure.ts';
import { decisionItem, exposureIdOf, observationIdOf } from '../../core/records/ids.ts';
import {
  eventItem,
  type NightEvent,
  type NightProgress,
  type NightRecord,
  type NightStatus,
} from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import type { Decision } from '../../core/scheduler/choose.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { parkTelescope } from '../../core/twin/mount.ts';
import { changeCalibrationRequest, getCalibrationRequest } from '../shared/calibration-requests.ts';
import { type SettledSet, setItem, settledFrames } from '../shared/calibration-set.ts';
import { eventDetail, publish } from '../shared/events.ts';
import { later, loadObservatory } from '../shared/night.ts';
import { nightIdOf } from '../shared/start.ts';
import { step } from '../shared/step.ts';
import {
  advanceProgress,
  changeStatus,
  findDecision,
  findExposure,
  findNight,
  getProgress,
  getRequest,
  listEvents,
  putEvent,
  replaceNight,
} from '../shared/tables.ts';

const input = z.strictObject({
  /** What the night was started with. */
  input: z.unknown(),
  executionArn: z.string(),
  /** What ended the night early, as the state machine caught it. */
  failure: z.strictObject({ error: z.string(), cause: z.string() }).optional(),
});

interface Output {
  status?: NightStatus;
  error?: string;
  cause?: string;
}

/**
 * Parks the telescope, closes the dome and ends the night: COMPLETED, ABORTED after an operator's halt, else FAILED.
 * A night that this execution does not own, or that is closed already, is left alone.
 */
export const handler = step('close-night', input, async ({ input, executionArn, failure }): Promise<Output> => {
  const root = failure && childFailure(failure);
  const nightId = await nightIdOf(input);
  const record = nightId ? await findNight(nightId) : undefined;
  if (!nightId || !record || record.executionArn !== executionArn || record.status !== 'RUNNING') return { ...root };

  const [observatory, progress] = await Promise.all([loadObservatory(record.input), getProgress(nightId)]);
  const status: NightStatus = !root ? 'COMPLETED' : root.error === 'OperatorHalt' ? 'ABORTED' : 'FAILED';
  const cause = root ? `${root.error}: ${root.cause}` : 'the night is over';
  const events = await listEvents(nightId);
  const closing = `6-close-${record.context.run}`;
  // There when an earlier delivery was interrupted: what it did stands, and is not done again from where it ended.
  const begun = events.find(({ item }) => item.endsWith(`#${closing}`));
  const endAt =
    begun && progress.sequence > begun.sequence
      ? begun.endAt
      : await parkAndClose({
          record,
          observatory,
          progress,
          events: events.filter((event) => event !== begun),
          closing,
          cause,
          message: `telescope parked, dome closed: night ${status}: ${cause}`,
        });
  await replaceNight(
    { ...record, status, haltRequested: false, history: [...record.history, { status, at: endAt, cause }] },
    executionArn,
  );
  await publish(EVENT_TYPES.nightClosed, { ...eventDetail(record), status, cause });
  return { status, ...root };
});

/** Ends what is under way, parks the telescope and closes the dome. Gives the instant at which all of it is done. */
async function parkAndClose(of: {
  record: NightRecord;
  observatory: Observatory;
  progress: NightProgress;
  events: readonly NightEvent[];
  closing: string;
  cause: string;
  message: string;
}): Promise<string> {
  const { record, observatory, progress, closing, cause, message } = of;
  // A visit that was stopped in its middle has events beyond the last finished decision.
  const beginAt = [progress.now, ...of.events.map((event) => event.endAt)].toSorted().at(-1)!;
  const nextSeqNum = await endVisit(record, progress, beginAt, observatory.camera.id, cause);

  const beginMs = utcMsOf(beginAt);
  const park = parkTelescope({ observatory, from: progress.telescope, utcMs: beginMs });
  const endAt = later(beginAt, park.durationS);
  await putEvent({
    nightId: record.nightId,
    item: eventItem(beginAt, progress.sequence, closing),
    kind: 'close',
    sequence: progress.sequence,
    beginAt,
    endAt,
    budget: { slew: park.durationS },
    sunAltitudeDeg: sunAltitudeDeg(beginMs, observatory.site),
    details: { axisTimesS: park.axisTimesS, turns: park.turns },
    message,
  });
  await advanceProgress({
    ...progress,
    sequence: progress.sequence + 1,
    now: endAt,
    telescope: park.telescope,
    nextSeqNum,
  });
  return endAt;
}

/** A calibration set that was begun waits again, for this night or another. */
async function endSet(
  { request: { requestId } }: SettledSet,
  nightId: string,
  at: string,
  cause: string,
): Promise<void> {
  const { status, history } = await getCalibrationRequest(requestId);
  if (status !== 'RUNNING' || history.at(-1)?.nightId !== nightId) return;
  await changeCalibrationRequest(requestId, { status: 'QUEUED', at, cause, nightId });
}

/**
 * Ends the visit or calibration set that was under way when the night was stopped, if there is one: its request is free again and the frames
 * that it took count. Gives the number of the next frame: one that the visit may still be writing is not used again.
 */
async function endVisit(
  record: NightRecord,
  progress: NightProgress,
  at: string,
  cameraId: string,
  cause: string,
): Promise<number> {
  const { nightId, input } = record;
  const { nextSeqNum, sequence } = progress;
  const set = await findDecision<SettledSet>(nightId, setItem(sequence));
  if (set) {
    await endSet(set, nightId, at, cause);
    const frames = await settledFrames(nightId, sequence);
    return Math.max(nextSeqNum, (frames.at(-1)?.seqNum ?? 0) + 1);
  }
  const decision = await findDecision<Decision>(nightId, decisionItem(sequence));
  if (decision?.action !== 'observe') return nextSeqNum;
  const { requestId, plan } = decision;
  const request = await getRequest(requestId);
  const isOurs = request.history.at(-1)?.nightId === nightId;
  if (isOurs && (request.status === 'SCHEDULED' || request.status === 'EXECUTING')) {
    const done: Record<string, string> = {};
    for (const [order, { index }] of plan.entries()) {
      const exposureId = exposureIdOf(cameraId, 'object', input.dayObs, nextSeqNum + order);
      if (await findExposure(exposureId)) done[index] = exposureId;
    }
    const complete = completionShare(request.exposures, { ...request.done, ...done }) >= request.completeAtShare;
    const status = complete ? 'COMPLETED' : 'ABORTED';
    await changeStatus(
      requestId,
      { status, at, cause, nightId, observationId: observationIdOf(nightId, sequence) },
      done,
    );
  }
  return nextSeqNum + plan.length;
}
