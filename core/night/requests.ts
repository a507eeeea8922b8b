import { requestIdOf } from '../records/ids.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Programme } from '../records/programme.ts';
import type { RequestRecord } from '../records/visit.ts';
import { expandExposures } from '../scheduler/plan.ts';

/** Ids of every request that a programme makes in a campaign, calibrations first. */
export const requestIds = (programme: Programme, campaign: string): string[] => [
  ...programme.calibrations.map(({ type }, index) => requestIdOf(campaign, `${type}.${index + 1}`)),
  ...programme.requests.map(({ id }) => requestIdOf(campaign, id)),
];

/**
 * The records that a programme's requests begin as. Calibration sets become requests without a target; a dot, which observers'
 * own ids cannot hold, keeps their ids apart: `bias.1`. A bias sees no light; its filter is named as the first.
 */
export function requestsOf(programme: Programme, observatory: Observatory, campaign: string): RequestRecord[] {
  const common = () => ({
    campaign,
    programmeId: programme.id,
    programmeName: programme.name,
    observer: programme.observer,
    completeAtShare: programme.completeAtShare,
    done: {},
    status: 'QUEUED' as const,
    history: [],
    version: 0,
  });
  const ids = requestIds(programme, campaign);
  const calibrations = programme.calibrations.map(
    ({ type, count }, index): RequestRecord => ({
      ...common(),
      requestId: ids[index],
      imageType: type,
      target: null,
      exposures: Array.from({ length: count }, () => ({
        filter: observatory.filters[0].name,
        exposureTimeS: 0,
        offsetEastArcsec: 0,
        offsetNorthArcsec: 0,
      })),
      priority: 1,
      constraints: null,
      reason: 'calibration',
    }),
  );
  const objects = programme.requests.map(
    (request, index): RequestRecord => ({
      ...common(),
      requestId: ids[programme.calibrations.length + index],
      imageType: 'object',
      target: request.target,
      exposures: expandExposures(request),
      priority: request.priority,
      constraints: request.constraints,
      ...(request.dither && { dither: request.dither }),
      ...(request.group && { group: request.group }),
      reason: request.reason,
    }),
  );
  return [...calibrations, ...objects];
}
