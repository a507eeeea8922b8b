import type { NightRecord } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import type { RequestRecord } from '../records/visit.ts';
import { chooseNext } from '../scheduler/choose.ts';
import { nightTimes } from '../sky/twilight.ts';
import { utcMsOf } from '../time.ts';

/** The best sky that there is: what a request is judged by when only its own limits are asked about. */
const FINE = { moonIllumination: 0, seeingZenith500Arcsec: 0.1 };

/**
 * Why a request that was never begun was not observed: because it cannot be seen in this night at all, or because it could
 * and others were preferred until the time was over.
 */
export function whyNotBegun(request: RequestRecord, record: NightRecord, observatory: Observatory): string {
  const decision = chooseNext({
    requests: [{ ...request, status: 'QUEUED' }],
    utcMs: nightTimes(record.input.dayObs, observatory.site).startMs,
    nightEndMs: utcMsOf(record.context.endAt),
    observatory,
    telescope: { filter: request.exposures[0].filter },
    conditions: FINE,
    slewTimeS: () => 0,
    attempts: {},
    policy: { onFailure: 'skip', attemptsMax: 1 },
  });
  if (decision.action === 'end') return decision.unobservable[0]?.message ?? decision.reason;
  if (decision.action === 'observe') return 'observable, but not chosen before the night was over';
  return `${decision.reason.split('; ').at(-1)}, but not chosen before the night was over`;
}
