import { CalibrationNotPossible, OperatorHalt } from '../../core/errors.ts';
import type { CalibrationRequest, CalibrationTime } from '../../core/records/calibration.ts';
import { framesItem } from '../../core/records/ids.ts';
import type { NightContext } from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import { nightTimes } from '../../core/sky/twilight.ts';
import { dayObsBounds, isoOf, utcMsOf } from '../../core/time.ts';
import { type CalibrationFrame, calibrationFrames } from '../../core/visits/calibration.ts';
import { changeCalibrationRequest, getCalibrationRequest } from '../shared/calibration-requests.ts';
import {
  accountFrames,
  type CalibrationState,
  calibrationState,
  type SettledFrame,
  settledFrames,
} from '../shared/calibration-set.ts';
import { loadObservatory, nightSafety, resumeAt } from '../shared/night.ts';
import { step } from '../shared/step.ts';
import { findDecision, getNight, settleDecision } from '../shared/tables.ts';

/** Rounds of replacements for frames that were turned down or lost. */
const REPLACEMENT_ROUNDS = 2;

type Output = CalibrationState & { action: 'take' | 'build'; frames: SettledFrame[] };

/**
 * Plans the frames of a set, and after they were taken, replacements for those that are no good, while time and rounds last. The
 * plan of each round is settled: whoever asks again gets the same frames at the same instants. Throws OperatorHalt, and
 * CalibrationNotPossible when not one frame can be taken.
 */
export const handler = step('prepare-calibration', calibrationState, async (state): Promise<Output> => {
  const { night, sequence, calibration, now } = state;
  const { requestId, observationId, rounds } = calibration;
  const [{ haltRequested }, observatory, request] = await Promise.all([
    getNight(night.nightId),
    loadObservatory(night),
    getCalibrationRequest(requestId),
  ]);
  if (haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  if (rounds === 0) {
    await changeCalibrationRequest(requestId, {
      status: 'RUNNING',
      at: now,
      cause: request.reason,
      nightId: night.nightId,
    });
  }
  const before = await settledFrames(night.nightId, sequence, rounds);
  const of = { nightId: night.nightId, sequence, requestId, observationId, observatory };
  const { exposures } = await accountFrames(of, before);
  const good = exposures.filter(({ verdict }) => verdict?.accepted).length;
  const missing = request.set.count - good;
  const build: Output = { ...state, action: 'build', frames: [] };
  if (missing <= 0 || rounds > REPLACEMENT_ROUNDS) return build;

  const item = framesItem(sequence, rounds);
  let frames = await findDecision<SettledFrame[]>(night.nightId, item);
  if (!frames) {
    try {
      const planned = plan(state, observatory, request, missing, before.length);
      frames = await settleDecision(night.nightId, item, settled(planned, night, now));
    } catch (error) {
      if (error instanceof CalibrationNotPossible && rounds > 0) return build;
      throw error;
    }
  }
  const last = frames.at(-1)!;
  return {
    ...state,
    now: last.readyAt,
    telescope: last.telescope,
    calibration: { ...calibration, rounds: rounds + 1 },
    action: 'take',
    frames,
  };
});

function plan(
  { night, telescope, calibration, now }: CalibrationState,
  observatory: Observatory,
  { set }: CalibrationRequest,
  count: number,
  firstIndex: number,
): CalibrationFrame[] {
  const { when, firstSeqNum } = calibration;
  if (when === 'evening' || when === 'morning') {
    const safety = nightSafety(night, observatory, utcMsOf(now));
    if (!safety.safe) throw new CalibrationNotPossible(`dome closed: ${safety.reasons.join('; ')}`);
  }
  return calibrationFrames({
    observatory,
    set,
    when,
    dayObs: night.dayObs,
    fromMs: utcMsOf(now),
    untilMs: untilMs(when, night, observatory),
    firstSeqNum: firstSeqNum + firstIndex,
    count,
    firstIndex,
    telescope,
  }).frames;
}

/** When the last frame of a set must be read: afternoon sets before the night, evening ones in twilight, closed ones by noon. */
function untilMs(when: CalibrationTime, night: NightContext, observatory: Observatory): number {
  if (when === 'afternoon') return utcMsOf(night.beginAt);
  if (when === 'nightEnd') return dayObsBounds(night.dayObs, observatory.site.longitudeDeg).endMs;
  if (when === 'morning') return utcMsOf(night.endAt);
  return nightTimes(night.dayObs, observatory.site).astronomical.eveningMs ?? utcMsOf(night.endAt);
}

/** The frames as they are settled; each span begins where the one before ended. */
function settled(frames: readonly CalibrationFrame[], night: NightContext, now: string): SettledFrame[] {
  return frames.map(({ beginMs, readyMs, waitTimeS: _, ...frame }, index) => ({
    ...frame,
    fromAt: index === 0 ? now : isoOf(frames[index - 1].readyMs),
    beginAt: isoOf(beginMs),
    readyAt: isoOf(readyMs),
    resumeAt: resumeAt(night, isoOf(beginMs)),
  }));
}
