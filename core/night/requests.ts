import { type CalibrationRequest, calibrationKeyOf } from '../records/calibration.ts';
import { requestIdOf } from '../records/ids.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Programme } from '../records/programme.ts';
import type { RequestRecord } from '../records/visit.ts';
import { expandExposures } from '../scheduler/plan.ts';

/** Ids of every observation that a programme asks for in a campaign. */
export const requestIds = (programme: Programme, campaign: string): string[] =>
  programme.requests.map(({ id }) => requestIdOf(campaign, id));

/** The records that a programme's requests begin as. */
export function requestsOf(programme: Programme, campaign: string): RequestRecord[] {
  return programme.requests.map((request) => ({
    requestId: requestIdOf(campaign, request.id),
    campaign,
    programmeId: programme.id,
    programmeName: programme.name,
    observer: programme.observer,
    target: request.target,
    exposures: expandExposures(request),
    priority: request.priority,
    constraints: request.constraints,
    ...(request.dither && { dither: request.dither }),
    ...(request.group && { group: request.group }),
    reason: request.reason,
    completeAtShare: programme.completeAtShare,
    done: {},
    status: 'QUEUED',
    history: [],
    version: 0,
  }));
}

/** A master of fewer frames is not worth its name; where a set asks for fewer, all of them. */
const USUAL_MINIMUM = 5;

/**
 * The calibration sets that a programme asks for. A dot, which observers' own ids cannot hold, keeps their ids apart from those of
 * requests: `bias.1` is the first entry of the programme's list.
 */
export function calibrationRequestsOf(
  programme: Pick<Programme, 'id' | 'calibrations'>,
  observatory: Observatory,
  campaign: string,
): CalibrationRequest[] {
  const { camera, calibration } = observatory;
  return programme.calibrations.map((asked, index): CalibrationRequest => {
    const { type, target, filter, exposureTimeS, levelAdu, binning, count, minimum, when, validDays, priority } = asked;
    const setTemperatureC = camera.temperature?.setC;
    const configuration = { binning, ...(setTemperatureC !== undefined && { setTemperatureC }) };
    const isScalable = type === 'dark' && (calibration?.darkScaling.allowed ?? true);
    return {
      requestId: requestIdOf(campaign, `${type}.${index + 1}`),
      kind: 'calibration',
      programmeId: programme.id,
      campaign,
      origin: 'programme',
      set: {
        type,
        ...(target && { target }),
        ...(filter && { filter }),
        ...(exposureTimeS !== undefined && { exposureTimeS }),
        ...(type === 'flat' && { levelAdu: levelAdu ?? USUAL_FLAT_ADU }),
        count,
        minimum: minimum ?? Math.min(USUAL_MINIMUM, count),
        configuration,
      },
      calibrationKey: calibrationKeyOf({
        instrument: camera.id,
        type,
        target,
        filter,
        ...(!isScalable && { exposureTimeS }),
        configuration,
      }),
      when: when ?? (target === 'twilight' ? 'evening' : 'afternoon'),
      priority,
      reason: `asked for by programme ${programme.id}`,
      validDays,
      status: 'QUEUED',
      history: [],
      version: 0,
    };
  });
}

/** Counts above bias of a flat for which nobody says any: about a third of a 16-bit converter's range. */
const USUAL_FLAT_ADU = 20_000;
