import { NightEnded, OperatorHalt, TargetNotObservable, WeatherUnsafe } from '../../core/errors.ts';
import { vetoes } from '../../core/scheduler/constraints.ts';
import { utcMsOf } from '../../core/time.ts';
import { conditionsAt } from '../../core/twin/conditions.ts';
import { slewTelescope } from '../../core/twin/mount.ts';
import { loadObservatory, nightSafety, weatherOf } from '../shared/night.ts';
import { step, type VisitState, visitState } from '../shared/step.ts';
import { getNight, getRequest } from '../shared/tables.ts';

/**
 * The last look before the telescope moves. Throws OperatorHalt, NightEnded, WeatherUnsafe, TargetNotObservable.
 */
export const handler = step('check-conditions', visitState, async (state): Promise<VisitState> => {
  const { night, now, visit, telescope } = state;
  const [observatory, record] = await Promise.all([loadObservatory(night), getNight(night.nightId)]);
  if (record.haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  if (now >= night.endAt) throw new NightEnded(`it is ${now} and the night ended at ${night.endAt}`);
  const { target } = visit;
  const request = await getRequest(visit.requestId);
  // A visit that was announced passed this look before. It is gone through once more after a kill, perhaps with its request
  // already completed by it, and finds each of its steps done.
  const { observationId } = visit;
  if (request.history.some((past) => past.observationId === observationId && past.status === 'EXECUTING')) return state;

  const utcMs = utcMsOf(now);
  const weather = weatherOf(night, observatory);
  const safety = nightSafety(night, observatory, utcMs);
  if (!safety.safe) throw new WeatherUnsafe(safety.reasons.join('; '));
  const broken = vetoes(request, {
    utcMs,
    nightEndMs: utcMsOf(night.endAt),
    observatory,
    telescope,
    conditions: conditionsAt({ observatory, weather, utcMs }),
    slewTimeS: () => slewTelescope({ observatory, from: telescope, target, utcMs }).durationS,
  });
  if (broken.length > 0) {
    throw new TargetNotObservable(`${target.name}: ${broken.map((veto) => veto.message).join('; ')}`);
  }
  return state;
});
