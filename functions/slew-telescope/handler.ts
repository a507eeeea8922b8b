import { SlewFailed } from '../../core/errors.ts';
import { eventItem } from '../../core/records/night.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { faultStrikes } from '../../core/twin/faults.ts';
import { slewTelescope } from '../../core/twin/mount.ts';
import { later, loadObservatory } from '../shared/night.ts';
import { step, type VisitState, visitState } from '../shared/step.ts';
import { putEvent } from '../shared/tables.ts';

/** Mount and dome go to the first pointing; a visit without a target stays where it is. Throws SlewFailed. */
export const handler = step('slew-telescope', visitState, async (state): Promise<VisitState> => {
  const { night, now, sequence, visit, telescope } = state;
  const { target } = visit;
  if (!target) return state;
  const observatory = await loadObservatory(night);
  if (faultStrikes(night.faults, 'slew', night.seed, visit.observationId)) {
    throw new SlewFailed(`the mount stopped on its way to ${target.name} (simulated fault)`);
  }
  const utcMs = utcMsOf(now);
  const slew = slewTelescope({ observatory, from: telescope, target, utcMs });
  const reachedAt = later(now, slew.durationS);
  await putEvent({
    nightId: night.nightId,
    item: eventItem(now, sequence, '2-slew'),
    kind: 'slew',
    sequence,
    beginAt: now,
    endAt: reachedAt,
    budget: { slew: slew.durationS },
    sunAltitudeDeg: sunAltitudeDeg(utcMs, observatory.site),
    requestId: visit.requestId,
    observationId: visit.observationId,
    message: `slew to ${target.name}, ${slew.durationS.toFixed(1)} s`,
    details: { axisTimesS: slew.axisTimesS, ...slew.at },
  });
  return { ...state, now: reachedAt, telescope: slew.telescope };
});
