import * as z from 'zod';
import { OperatorHalt, RecordMissing, SaveFailed } from '../../core/errors.ts';
import { childFailure } from '../../core/night/failure.ts';
import { requestIds } from '../../core/night/requests.ts';
import { decisionItem, observationIdOf } from '../../core/records/ids.ts';
import { type BudgetCategory, eventItem, type NightEvent } from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import type { Programme } from '../../core/records/programme.ts';
import type { RequestRecord, Visit } from '../../core/records/visit.ts';
import { chooseNext, type Decision } from '../../core/scheduler/choose.ts';
import { utcMsOf } from '../../core/time.ts';
import { conditionsAt } from '../../core/twin/conditions.ts';
import { parkedTelescope, slewTelescope, stopTracking } from '../../core/twin/mount.ts';
import { MS_PER_S } from '../../core/units.ts';
import { later, loadObservatory, loadProgramme, nightSafety, resumeAt, weatherOf } from '../shared/night.ts';
import { type StepState, step, stepState } from '../shared/step.ts';
import {
  advanceProgress,
  changeStatusUnlessOver,
  findDecision,
  getNight,
  getProgress,
  getRequests,
  putEvent,
  settleDecision,
} from '../shared/tables.ts';

/** Decisions in one segment: keeps the history of every execution far below 25,000 events. */
const DECISIONS_PER_SEGMENT = 200;

const input = stepState.extend({
  segmentBegin: z.int().nonnegative(),
  /** The failure of the visit that this segment has just observed. */
  failure: z.strictObject({ error: z.string(), cause: z.string() }).optional(),
});

type Output = StepState & {
  action: 'observe' | 'wait' | 'end' | 'full';
  resumeAt: string;
  executionName?: string;
  visit?: Visit;
};

/**
 * Chooses what the telescope does next. A decision is settled once: whoever asks again, because of a redelivery or after the
 * night was killed, gets the decision that stands. Throws OperatorHalt; RecordMissing when a failed visit left no state;
 * SaveFailed when the store refused its frame, because then it would refuse the next ones too.
 */
export const handler = step('choose-next', input, async ({ segmentBegin, failure, ...given }): Promise<Output> => {
  const { night } = given;
  const [record, progress] = await Promise.all([getNight(night.nightId), getProgress(night.nightId)]);
  const cause = failure && childFailure(failure);
  if (cause && progress.sequence <= given.sequence) {
    throw new RecordMissing(
      `visit ${observationIdOf(night.nightId, given.sequence)} failed and left no state to go on from: ${cause.error}: ${cause.cause}`,
    );
  }
  if (cause?.error === 'SaveFailed') throw new SaveFailed(cause.cause);
  const state: StepState =
    progress.sequence > given.sequence
      ? { night, sequence: progress.sequence, now: progress.now, telescope: progress.telescope }
      : given;
  const answer = (action: Output['action'], more: Partial<Output> = {}): Output => ({
    ...state,
    action,
    resumeAt: resumeAt(night, state.now),
    ...more,
  });
  if (record.haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  if (state.now >= night.endAt) return answer('end');
  if (state.sequence - segmentBegin >= DECISIONS_PER_SEGMENT) return answer('full');

  const item = decisionItem(state.sequence);
  const [observatory, programme] = await Promise.all([loadObservatory(night), loadProgramme(night)]);
  const decision =
    (await findDecision<Settled>(night.nightId, item)) ??
    (await settleDecision<Settled>(
      night.nightId,
      item,
      decide(state, observatory, programme, await getRequests(requestIds(programme, night.campaign))),
    ));

  const conditions = conditionsAt({ observatory, weather: weatherOf(night, observatory), utcMs: utcMsOf(state.now) });
  const event = (kind: NightEvent['kind'], more: Partial<NightEvent> & Pick<NightEvent, 'message'>): NightEvent => ({
    nightId: night.nightId,
    item: eventItem(state.now, state.sequence, '1-decision'),
    kind,
    sequence: state.sequence,
    beginAt: state.now,
    endAt: state.now,
    budget: {},
    sunAltitudeDeg: conditions.sunAltitudeDeg,
    ...more,
  });

  if (decision.action === 'end') {
    await putEvent(event('decision', { message: decision.reason, details: { unobservable: decision.unobservable } }));
    return answer('end');
  }
  if (decision.action === 'wait') {
    const { waitS, category, reason, details } = decision;
    const now = later(state.now, waitS);
    await putEvent(event('wait', { endAt: now, budget: { [category]: waitS }, message: reason, details }));
    const parked = category === 'weather';
    const telescope = parked
      ? { ...parkedTelescope(observatory), filter: state.telescope.filter }
      : stopTracking(observatory, state.telescope, utcMsOf(state.now));
    const sequence = state.sequence + 1;
    await advanceProgress({ ...progress, sequence, now, telescope });
    return { ...answer('wait'), sequence, now, telescope, resumeAt: resumeAt(night, now) };
  }

  const observationId = observationIdOf(night.nightId, state.sequence);
  const request = (await getRequests([decision.requestId]))[0];
  // A request that was cancelled since it was chosen stays so: the visit's last look before the slew turns it down.
  await changeStatusUnlessOver(decision.requestId, {
    status: 'SCHEDULED',
    at: state.now,
    cause: `chosen with score ${decision.total.toFixed(3)}`,
    nightId: night.nightId,
    observationId,
  });
  const visit: Visit = {
    observationId,
    requestId: decision.requestId,
    target: request.target,
    plan: decision.plan,
    taken: 0,
    firstSeqNum: progress.nextSeqNum,
    nextStep: 'configure',
  };
  const { action: _, plan, ...why } = decision;
  await putEvent(
    event('decision', {
      requestId: decision.requestId,
      observationId,
      message: `chose ${request.target.name} (${decision.requestId}), ${plan.length} frames, score ${decision.total.toFixed(3)}`,
      details: why,
    }),
  );
  return answer('observe', { visit, executionName: `${observationId}-r${night.run}` });
});

/** A decision as it is settled: a wait also knows how long and on whose account. */
type Settled =
  | Exclude<Decision, { action: 'wait' }>
  | { action: 'wait'; reason: string; waitS: number; category: BudgetCategory; details: Record<string, unknown> };

function decide(
  { night, now, telescope }: StepState,
  observatory: Observatory,
  programme: Programme,
  requests: readonly RequestRecord[],
): Settled {
  const utcMs = utcMsOf(now);
  const weather = weatherOf(night, observatory);
  const conditions = conditionsAt({ observatory, weather, utcMs });
  const safety = nightSafety(night, observatory, utcMs);
  const leftS = (utcMsOf(night.endAt) - utcMs) / MS_PER_S;
  const decision = chooseNext({
    requests,
    utcMs,
    nightEndMs: utcMsOf(night.endAt),
    observatory,
    telescope,
    conditions,
    slewTimeS: (target) => slewTelescope({ observatory, from: telescope, target, utcMs }).durationS,
    attempts: attemptsOf(requests, night.nightId),
    policy: programme,
  });
  if (decision.action === 'end') return decision;
  if (!safety.safe) {
    return {
      action: 'wait',
      reason: `dome closed: ${safety.reasons.join('; ')}`,
      waitS: Math.min(observatory.safety.recheckS, leftS),
      category: 'weather',
      details: { conditions },
    };
  }
  if (decision.action === 'observe') return decision;
  return {
    action: 'wait',
    reason: decision.reason,
    waitS: Math.min(programme.waitS, leftS),
    category: 'waiting',
    details: { vetoCounts: decision.vetoCounts, vetoes: decision.vetoes },
  };
}

/** Visits of this night that did not come to a good end, by request; one that a person stopped does not count. */
function attemptsOf(requests: readonly RequestRecord[], nightId: string): Record<string, number> {
  return Object.fromEntries(
    requests.map(({ requestId, history }) => [
      requestId,
      history.filter(
        ({ nightId: of, status, cause }) =>
          of === nightId &&
          (status.startsWith('FAILED') || (status === 'ABORTED' && !cause.startsWith('OperatorHalt'))),
      ).length,
    ]),
  );
}
