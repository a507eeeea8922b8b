import { ConfigureFailed } from '../../core/errors.ts';
import { eventItem } from '../../core/records/night.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { stepFault } from '../../core/twin/faults.ts';
import { setFocusUm } from '../../core/twin/focus.ts';
import { configureTimeS } from '../../core/twin/instrument.ts';
import { attemptOf, later, loadObservatory, weatherOf } from '../shared/night.ts';
import { step, type VisitState, visitState } from '../shared/step.ts';
import { putEvent } from '../shared/tables.ts';

/** Brings in the filter of the next exposure, and meanwhile sets the focus. Throws ConfigureFailed. */
export const handler = step('configure-instrument', visitState, async (state): Promise<VisitState> => {
  const { night, now, sequence, visit, telescope } = state;
  const observatory = await loadObservatory(night);
  const next = visit.plan[visit.taken];
  const ready: VisitState = { ...state, visit: { ...visit, nextStep: 'expose' } };
  const key = `${visit.observationId}/${visit.taken}`;
  const { temperatureC } = weatherOf(night, observatory).at(utcMsOf(now));
  const focusUm = setFocusUm({ observatory, filter: next.filter, temperatureC, seed: night.seed, key });
  const focused = { ...telescope, ...(focusUm !== undefined && { focusUm }) };
  if (next.filter === telescope.filter) return { ...ready, telescope: focused };
  const durationS = configureTimeS(observatory, telescope.filter, next.filter);
  const readyAt = later(now, durationS);
  const attempt = attemptOf(night, key, utcMsOf(now), utcMsOf(readyAt));
  const fault = stepFault(attempt, 'configure');
  if (fault) throw new ConfigureFailed(`the instrument did not reach ${next.filter}: ${fault}`);
  await putEvent({
    nightId: night.nightId,
    item: eventItem(now, sequence, `3-configure-${visit.taken}`),
    kind: 'configure',
    sequence,
    beginAt: now,
    endAt: readyAt,
    budget: { configure: durationS },
    sunAltitudeDeg: sunAltitudeDeg(utcMsOf(now), observatory.site),
    requestId: visit.requestId,
    observationId: visit.observationId,
    message: `filter ${telescope.filter} to ${next.filter}, ${durationS.toFixed(1)} s`,
    details: { filter: next.filter },
  });
  return { ...ready, now: readyAt, telescope: { ...focused, filter: next.filter } };
});
