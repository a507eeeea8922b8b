import type { NightRecord } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Conditions, RequestRecord } from '../records/visit.ts';
import { assess, type Veto } from '../scheduler/constraints.ts';
import { createOutlook, type Outlook } from '../scheduler/outlook.ts';
import { isoOf, utcMsOf } from '../time.ts';
import { MS_PER_S } from '../units.ts';

/** How often the night is looked back on. */
const STEP_MS = 15 * 60 * MS_PER_S;

/** The night as it was, instant by instant: what a request that was not observed is judged by afterwards. */
export type Hindsight = readonly Outlook[];

/** Looks back on a night every quarter of an hour, with the conditions that there were. */
export function hindsight(
  record: Pick<NightRecord, 'context'>,
  observatory: Observatory,
  conditionsAt: (utcMs: number) => Conditions,
): Hindsight {
  const nightEndMs = utcMsOf(record.context.endAt);
  const outlooks: Outlook[] = [];
  for (let utcMs = utcMsOf(record.context.beginAt); utcMs < nightEndMs; utcMs += STEP_MS) {
    outlooks.push(
      createOutlook({
        utcMs,
        nightEndMs,
        observatory,
        telescope: { filter: observatory.filters[0].name },
        conditions: conditionsAt(utcMs),
        slewTimeS: () => 0,
      }),
    );
  }
  return outlooks;
}

/**
 * Why a request that was never begun was not observed: the constraints that it broke when it came nearest to being
 * observable, or that it could be observed and others were preferred.
 */
export function whyNotBegun(request: RequestRecord, night: Hindsight): string {
  let nearest: { utcMs: number; vetoes: readonly Veto[] } | undefined;
  for (const outlook of night) {
    const { vetoes } = assess(request, outlook);
    if (!nearest || isNearer(vetoes, nearest.vetoes)) nearest = { utcMs: outlook.utcMs, vetoes };
  }
  if (!nearest) return 'the night was over before it began';
  const at = `${isoOf(nearest.utcMs).slice(11, 16)} UTC`;
  if (nearest.vetoes.length === 0) return `observable at ${at}, but its turn did not come`;
  return `not observable; at best (${at}): ${nearest.vetoes.map(({ message }) => message).join('; ')}`;
}

/** Whether fewer constraints are broken or, of the same number, the first of them by less. */
function isNearer(vetoes: readonly Veto[], than: readonly Veto[]): boolean {
  if (vetoes.length !== than.length || vetoes.length === 0) return vetoes.length < than.length;
  return vetoes[0].constraint === than[0].constraint && vetoes[0].margin > than[0].margin;
}
