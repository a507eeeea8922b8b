import { sequenceText } from '../../core/records/ids.ts';
import { step, type VisitState, visitState } from '../shared/step.ts';
import { changeStatus, settleDecision } from '../shared/tables.ts';

/** Puts the visit on record before the telescope moves, and the request in execution. Throws TransitionNotAllowed. */
export const handler = step('announce-visit', visitState, async (state): Promise<VisitState> => {
  const { night, now, sequence, visit } = state;
  await changeStatus(visit.requestId, {
    status: 'EXECUTING',
    at: now,
    cause: 'the visit is announced',
    nightId: night.nightId,
    observationId: visit.observationId,
  });
  await settleDecision(night.nightId, `visit#${sequenceText(sequence)}`, { announcedAt: now, ...visit });
  return state;
});
