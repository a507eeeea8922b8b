import type { NightEvent, NightRecord } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import type { RequestRecord } from '../records/visit.ts';
import { chooseNext, type TurnedDown } from '../scheduler/choose.ts';
import { nightTimes } from '../sky/twilight.ts';
import { utcMsOf } from '../time.ts';

/** The best sky that there is: what a request is judged by when only its own limits are asked about. */
const FINE = { moonIllumination: 0, seeingZenith500Arcsec: 0.1 };

/**
 * Why a request that was never begun was not observed: because it cannot be seen in this night at all, because of what last
 * turned it down while the telescope waited, or because others were preferred until the time was over.
 */
export function whyNotBegun(
  request: RequestRecord,
  record: NightRecord,
  observatory: Observatory,
  lastVetoes: ReadonlyMap<string, string>,
): string {
  const beginMs = nightTimes(record.input.dayObs, observatory.site).startMs;
  const decision = chooseNext({
    requests: [{ ...request, status: 'QUEUED' }],
    utcMs: beginMs,
    nightEndMs: utcMsOf(record.context.endAt),
    observatory,
    telescope: { filter: request.exposures[0].filter },
    conditions: FINE,
    slewTimeS: () => 0,
    attempts: {},
    policy: { onFailure: 'skip', attemptsMax: 1 },
  });
  if (decision.action === 'end') return decision.unobservable[0]?.message ?? decision.reason;
  const veto = lastVetoes.get(request.requestId);
  return veto ? `not chosen; at last: ${veto}` : 'within its limits tonight, but others were preferred';
}

/** What turned each request down when the telescope last waited or stopped, from the night's events. */
export function lastVetoes(events: readonly NightEvent[]): Map<string, string> {
  const last = new Map<string, string>();
  for (const { details } of events) {
    for (const { requestId, message } of (details?.vetoes ?? []) as TurnedDown[]) last.set(requestId, message);
  }
  return last;
}
