import { ConfigureFailed } from '../../core/errors.ts';
import { eventItem } from '../../core/records/night.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { faultStrikes } from '../../core/twin/faults.ts';
import { configureTimeS } from '../../core/twin/instrument.ts';
import { later, loadObservatory } from '../shared/night.ts';
import { step, type VisitState, visitState } from '../shared/step.ts';
import { putEvent } from '../shared/tables.ts';

/** Brings in the filter of the next exposure. Throws ConfigureFailed. */
export const handler = step('configure-instrument', visitState, async (state): Promise<VisitState> => {
  const { night, now, sequence, visit, telescope } = state;
  const observatory = await loadObservatory(night);
  const next = visit.plan[visit.taken];
  const ready: VisitState = { ...state, visit: { ...visit, nextStep: 'expose' } };
  // Nothing passes through the filter of a frame taken in the dark.
  if (visit.imageType !== 'object' || next.filter === telescope.filter) return ready;
  if (faultStrikes(night.faults, 'configure', night.seed, `${visit.observationId}/${visit.taken}`)) {
    throw new ConfigureFailed(`the filter wheel did not reach ${next.filter} (simulated fault)`);
  }
  const durationS = configureTimeS(observatory, telescope.filter, next.filter);
  const readyAt = later(now, durationS);
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
  });
  return { ...ready, now: readyAt, telescope: { ...telescope, filter: next.filter } };
});
