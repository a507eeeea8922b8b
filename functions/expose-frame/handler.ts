import { createHash } from 'node:crypto';
import { ExposureFailed, NightEnded, OperatorHalt, SaveFailed, SlewFailed, WeatherUnsafe } from '../../core/errors.ts';
import { skyFromTangentPlane } from '../../core/gnomonic.ts';
import { exposureIdOf, rawFrameKey, sidecarKey } from '../../core/records/ids.ts';
import { eventItem, type NightEvent, type TelescopeState } from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import type { Target } from '../../core/records/programme.ts';
import type { ExposureRecord, PlannedExposure, Visit } from '../../core/records/visit.ts';
import { isoOf, utcMsOf } from '../../core/time.ts';
import { degradationAt, stepFault } from '../../core/twin/faults.ts';
import { exposureTimeline } from '../../core/twin/instrument.ts';
import { meridianFlip, offsetTimeS, type Place, type Slew } from '../../core/twin/mount.ts';
import { ARCSEC_PER_DEG, MS_PER_S } from '../../core/units.ts';
import { makeFrame } from '../../core/visits/frame.ts';
import { poseOf } from '../../core/visits/pose.ts';
import { storeExposure } from '../shared/exposures.ts';
import { attemptOf, loadObservatory, loadProgramme, nightSafety, resumeAt, weatherOf } from '../shared/night.ts';
import { loadSky, SKY_FILES } from '../shared/sky.ts';
import { step, type VisitOutput, type VisitState, visitState } from '../shared/step.ts';
import { findExposure, getNight, getRequest, putEvent } from '../shared/tables.ts';

/** What a visit takes frames of: a target on the sky. Frames for masters have steps of their own. */
const IMAGE_TYPE = 'object';

/**
 * Takes one frame of a visit and stores it: file, sidecar, provenance, and last the record that says it is done. A frame whose
 * record stands is not taken again; its event in the night is written, or written once more. Throws OperatorHalt, NightEnded,
 * WeatherUnsafe before the shutter opens, ExposureFailed, SaveFailed.
 */
export const handler = step('expose-frame', visitState, async (state): Promise<VisitOutput> => {
  const { night, visit } = state;
  const observatory = await loadObservatory(night);
  const planned = visit.plan[visit.taken];
  const seqNum = visit.firstSeqNum + visit.taken;
  const exposureId = exposureIdOf(observatory.camera.id, IMAGE_TYPE, night.dayObs, seqNum);
  const known = await findExposure(exposureId);
  const record = known ?? (await take(state, observatory, planned, seqNum, exposureId));
  // After the record: a frame that could not be stored takes no time that a later event would have to follow.
  await putEvent(eventOf(state, observatory, planned, record));
  const taken = visit.taken + 1;
  const next = visit.plan[taken];
  return {
    ...state,
    now: record.readyAt,
    telescope: approach(state, observatory, planned).telescope,
    visit: { ...visit, taken, nextStep: nextStep(planned, next) },
    resumeAt: resumeAt(night, record.readyAt),
  };
});

/** Which step follows a frame: the next one, behind another filter or not, or the end. */
function nextStep(planned: PlannedExposure, next: PlannedExposure | undefined): Visit['nextStep'] {
  if (!next) return 'finish';
  return next.filter !== planned.filter ? 'configure' : 'expose';
}

/** Where the telescope points for one frame: the target, moved by the dither on the tangent plane. */
function pointingOf({ raDeg, decDeg }: Target, { offsetEastArcsec, offsetNorthArcsec }: PlannedExposure): Place {
  // The projection rounds: without an offset it would move the telescope by nothing, and let it settle.
  if (offsetEastArcsec === 0 && offsetNorthArcsec === 0) return { raDeg, decDeg };
  return skyFromTangentPlane(offsetEastArcsec / ARCSEC_PER_DEG, offsetNorthArcsec / ARCSEC_PER_DEG, raDeg, decDeg);
}

/**
 * How the telescope comes to the place of a frame: by its dither, and where the meridian asks for it, by a flip of the mount.
 * Throws ExposureFailed when the mount does not reach the other side.
 */
function approach(
  { visit, telescope, now }: VisitState,
  observatory: Observatory,
  planned: PlannedExposure,
): { telescope: TelescopeState; timeS: number; flip?: Slew } {
  if (!telescope.tracking) return { telescope, timeS: 0 };
  const utcMs = utcMsOf(now);
  const to = pointingOf(visit.target, planned);
  const timeS = offsetTimeS({ observatory, from: telescope.tracking, to, utcMs });
  const there = { ...telescope, tracking: to };
  try {
    const stayS = planned.exposureTimeS;
    const flip = meridianFlip({ observatory, telescope: there, utcMs: utcMs + timeS * MS_PER_S, stayS });
    return flip ? { telescope: flip.telescope, timeS: timeS + flip.durationS, flip } : { telescope: there, timeS };
  } catch (error) {
    if (error instanceof SlewFailed) throw new ExposureFailed(`the mount had to flip: ${error.message}`);
    throw error;
  }
}

async function take(
  state: VisitState,
  observatory: Observatory,
  planned: PlannedExposure,
  seqNum: number,
  exposureId: string,
): Promise<ExposureRecord> {
  const { night, visit } = state;
  const { camera } = observatory;
  const pointing = pointingOf(visit.target, planned);
  const { telescope, timeS } = approach(state, observatory, planned);
  const timeline = exposureTimeline(camera, utcMsOf(state.now) + timeS * MS_PER_S, planned.exposureTimeS);
  const weather = weatherOf(night, observatory);

  const { haltRequested } = await getNight(night.nightId);
  if (haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  if (timeline.endMs > utcMsOf(night.endAt)) {
    throw new NightEnded(`the exposure would end at ${isoOf(timeline.endMs)}, the night ends at ${night.endAt}`);
  }
  const safety = nightSafety(night, observatory, timeline.beginMs);
  if (!safety.safe) throw new WeatherUnsafe(safety.reasons.join('; '));
  const attempt = attemptOf(night, exposureId, timeline.beginMs, timeline.endMs);
  const fault = stepFault(attempt, 'expose');
  if (fault) throw new ExposureFailed(`during ${exposureId}: ${fault}`);
  const lost = stepFault(attempt, 'save');
  if (lost) throw new SaveFailed(`${exposureId} was not stored: ${lost}`);
  const degradation = degradationAt(attempt, observatory, weather.at(timeline.midMs).temperatureC);

  const [request, programme] = await Promise.all([getRequest(visit.requestId), loadProgramme(night)]);
  const { filename, header, conditions, file } = makeFrame(
    {
      identity: {
        exposureId,
        dayObs: night.dayObs,
        seqNum,
        object: visit.target.name,
        groupId: request.group ?? visit.observationId,
        requestId: visit.requestId,
        blockId: visit.observationId,
        program: programme.id,
        observer: programme.observer,
        reason: request.reason,
        parameters: night.observatory.key,
      },
      observatory,
      imageType: IMAGE_TYPE,
      filter: planned.filter,
      exposureTimeS: planned.exposureTimeS,
      pointing,
      pose: poseOf(observatory, telescope, pointing, timeline.midMs),
      degradation,
      timeline,
      seed: night.seed,
    },
    weather,
    loadSky(),
  );
  const frame = { bucket: night.observatory.bucket, key: rawFrameKey(night.dayObs, filename) };
  const record: ExposureRecord = {
    exposureId,
    nightId: night.nightId,
    observationId: visit.observationId,
    requestId: visit.requestId,
    programmeId: programme.id,
    observatoryId: observatory.id,
    dayObs: night.dayObs,
    seqNum,
    imageType: IMAGE_TYPE,
    targetName: visit.target.name,
    header,
    conditions,
    beginAt: isoOf(timeline.beginMs),
    endAt: isoOf(timeline.endMs),
    readyAt: isoOf(timeline.readyMs),
    frame,
    sidecar: { ...frame, key: sidecarKey(frame.key) },
    sha256: createHash('sha256').update(file).digest('hex'),
    sizeBytes: file.byteLength,
  };
  await storeExposure(night, record, file, SKY_FILES);
  return record;
}

/** What a frame that was taken took of the night. */
function eventOf(
  state: VisitState,
  observatory: Observatory,
  planned: PlannedExposure,
  { exposureId, frame, readyAt, conditions }: ExposureRecord,
): NightEvent {
  const { night, visit, sequence, now } = state;
  const { timeS, flip } = approach(state, observatory, planned);
  return {
    nightId: night.nightId,
    item: eventItem(now, sequence, `4-exposure-${visit.taken}`),
    kind: 'exposure',
    sequence,
    beginAt: now,
    endAt: readyAt,
    budget: {
      slew: timeS,
      science: planned.exposureTimeS,
      readout: observatory.camera.readoutS,
    },
    sunAltitudeDeg: conditions.sunAltitudeDeg,
    requestId: visit.requestId,
    observationId: visit.observationId,
    exposureId,
    ...(flip && {
      details: {
        durationS: flip.durationS,
        axisTimesS: flip.axisTimesS,
        turns: flip.turns,
        pierSide: flip.telescope.pierSide,
      },
    }),
    message: `${frame.key.slice(frame.key.lastIndexOf('/') + 1)}  ${visit.target.name} ${planned.exposureTimeS} s`,
  };
}
