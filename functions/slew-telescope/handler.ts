import { SlewFailed } from '../../core/errors.ts';
import { eventItem } from '../../core/records/night.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { stepFault } from '../../core/twin/faults.ts';
import { slewTelescope } from '../../core/twin/mount.ts';
import { attemptOf, later, loadObservatory } from '../shared/night.ts';
import { step, type VisitState, visitState } from '../shared/step.ts';
import { putEvent } from '../shared/tables.ts';

/** Mount and dome go to the first pointing. Throws SlewFailed. */
export const handler = step('slew-telescope', visitState, async (state): Promise<VisitState> => {
  const { night, now, sequence, visit, telescope } = state;
  const { target } = visit;
  const observatory = await loadObservatory(night);
  const utcMs = utcMsOf(now);
  const { readoutS } = observatory.camera;
  const stayS = visit.plan.reduce((sum, { exposureTimeS }) => sum + exposureTimeS + readoutS, 0);
  const slew = slewTelescope({ observatory, from: telescope, target, utcMs, stayS });
  const reachedAt = later(now, slew.durationS);
  const fault = stepFault(attemptOf(night, visit.observationId, utcMs, utcMsOf(reachedAt)), 'slew');
  if (fault) throw new SlewFailed(`on the way to ${target.name}: ${fault}`);
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
    details: {
      axisTimesS: slew.axisTimesS,
      turns: slew.turns,
      ...slew.at,
      raDeg: target.raDeg,
      decDeg: target.decDeg,
      ...(slew.telescope.pierSide && { pierSide: slew.telescope.pierSide }),
    },
  });
  return { ...state, now: reachedAt, telescope: slew.telescope };
});
