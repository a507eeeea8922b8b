import { createHash } from 'node:crypto';
import { ExposureFailed, NightEnded, OperatorHalt, WeatherUnsafe } from '../../core/errors.ts';
import { skyFromTangentPlane } from '../../core/gnomonic.ts';
import { exposureEdges } from '../../core/provenance/edges.ts';
import { exposureIdOf, rawFrameKey, sidecarKey } from '../../core/records/ids.ts';
import { eventItem, type NightEvent, type TelescopeState } from '../../core/records/night.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import type { Target } from '../../core/records/programme.ts';
import type { ExposureRecord, PlannedExposure, Visit } from '../../core/records/visit.ts';
import { isoOf, utcMsOf } from '../../core/time.ts';
import { faultStrikes } from '../../core/twin/faults.ts';
import { exposureTimeline } from '../../core/twin/instrument.ts';
import { offsetTimeS, type Place } from '../../core/twin/mount.ts';
import { isSafe } from '../../core/twin/weather.ts';
import { ARCSEC_PER_DEG, MS_PER_S } from '../../core/units.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { makeFrame } from '../../core/visits/frame.ts';
import { loadObservatory, loadProgramme, resumeAt, weatherOf } from '../shared/night.ts';
import { putJson, putObject } from '../shared/objects.ts';
import { loadSky, SKY_FILES } from '../shared/sky.ts';
import { step, type VisitOutput, type VisitState, visitState } from '../shared/step.ts';
import { createExposure, findExposure, getNight, getRequest, putEdges, putEvent } from '../shared/tables.ts';

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
  const exposureId = exposureIdOf(observatory.camera.id, visit.imageType, night.dayObs, seqNum);
  const known = await findExposure(exposureId);
  const record = known ?? (await take(state, observatory, planned, seqNum, exposureId));
  // After the record: a frame that could not be stored takes no time that a later event would have to follow.
  await putEvent(eventOf(state, observatory, planned, record));
  const taken = visit.taken + 1;
  const next = visit.plan[taken];
  return {
    ...state,
    now: record.readyAt,
    telescope: visit.target ? { ...state.telescope, tracking: pointingOf(visit.target, planned) } : state.telescope,
    visit: { ...visit, taken, nextStep: nextStep(visit, planned, next) },
    resumeAt: resumeAt(night, record.readyAt),
  };
});

/** Which step follows a frame: the next one, behind another filter or not, or the end. */
function nextStep(visit: Visit, planned: PlannedExposure, next: PlannedExposure | undefined): Visit['nextStep'] {
  if (!next) return 'finish';
  return visit.imageType === 'object' && next.filter !== planned.filter ? 'configure' : 'expose';
}

/** Where the telescope points for one frame: the target, moved by the dither on the tangent plane. */
function pointingOf({ raDeg, decDeg }: Target, { offsetEastArcsec, offsetNorthArcsec }: PlannedExposure): Place {
  // The projection rounds: without an offset it would move the telescope by nothing, and let it settle.
  if (offsetEastArcsec === 0 && offsetNorthArcsec === 0) return { raDeg, decDeg };
  return skyFromTangentPlane(offsetEastArcsec / ARCSEC_PER_DEG, offsetNorthArcsec / ARCSEC_PER_DEG, raDeg, decDeg);
}

/** Seconds that the telescope takes from where it points to the place of a frame. */
function ditherTimeS(
  { target }: Visit,
  { tracking }: TelescopeState,
  observatory: Observatory,
  planned: PlannedExposure,
  utcMs: number,
): number {
  if (!target || !tracking) return 0;
  return offsetTimeS({ observatory, from: tracking, to: pointingOf(target, planned), utcMs });
}

async function take(
  state: VisitState,
  observatory: Observatory,
  planned: PlannedExposure,
  seqNum: number,
  exposureId: string,
): Promise<ExposureRecord> {
  const { night, visit, telescope } = state;
  const { camera } = observatory;
  const beginMs = utcMsOf(state.now);
  const pointing = visit.target && pointingOf(visit.target, planned);
  const offsetS = ditherTimeS(visit, telescope, observatory, planned, beginMs);
  const timeline = exposureTimeline(camera, beginMs + offsetS * MS_PER_S, planned.exposureTimeS);
  const weather = weatherOf(night, observatory);

  const { haltRequested } = await getNight(night.nightId);
  if (haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  if (timeline.endMs > utcMsOf(night.endAt)) {
    throw new NightEnded(`the exposure would end at ${isoOf(timeline.endMs)}, the night ends at ${night.endAt}`);
  }
  if (pointing) {
    const safety = isSafe(weather.at(timeline.beginMs), observatory.safety);
    if (!safety.safe) throw new WeatherUnsafe(safety.reasons.join('; '));
  }
  if (faultStrikes(night.faults, 'expose', night.seed, exposureId)) {
    throw new ExposureFailed(`camera ${camera.id} did not answer during ${exposureId} (simulated fault)`);
  }

  const [request, programme] = await Promise.all([getRequest(visit.requestId), loadProgramme(night)]);
  const { filename, header, conditions, file } = makeFrame(
    {
      identity: {
        exposureId,
        dayObs: night.dayObs,
        seqNum,
        object: visit.target?.name ?? visit.imageType,
        groupId: request.group ?? visit.observationId,
        requestId: visit.requestId,
        blockId: visit.observationId,
        program: programme.id,
        observer: programme.observer,
        reason: request.reason,
        parameters: night.observatory.key,
      },
      observatory,
      imageType: visit.imageType,
      filter: planned.filter,
      exposureTimeS: planned.exposureTimeS,
      pointing,
      domeOpen: telescope.domeOpen,
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
    imageType: visit.imageType,
    ...(visit.target && { targetName: visit.target.name }),
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
  // A night that was stopped at once, or taken over, gets no frame of the old run any more.
  const { status, context } = await getNight(night.nightId);
  if (status !== 'RUNNING' || context.run !== night.run) throw new OperatorHalt(`night ${night.nightId} was stopped`);
  // The record comes last: where it stands, the frame is stored whole.
  await putObject(record.frame, file, 'application/fits');
  await putJson(record.sidecar, record);
  await putEdges(
    exposureEdges(record, {
      softwareVersion: SOFTWARE_VERSION,
      seed: night.seed,
      parameters: night.observatory,
      catalogue: pointing ? SKY_FILES : [],
    }),
  );
  await createExposure(record);
  return record;
}

/** What a frame that was taken took of the night. */
function eventOf(
  { night, visit, telescope, sequence, now }: VisitState,
  observatory: Observatory,
  planned: PlannedExposure,
  { exposureId, frame, readyAt, conditions }: ExposureRecord,
): NightEvent {
  const exposed = visit.imageType === 'object' ? 'science' : 'calibration';
  return {
    nightId: night.nightId,
    item: eventItem(now, sequence, `4-exposure-${visit.taken}`),
    kind: 'exposure',
    sequence,
    beginAt: now,
    endAt: readyAt,
    budget: {
      slew: ditherTimeS(visit, telescope, observatory, planned, utcMsOf(now)),
      [exposed]: planned.exposureTimeS,
      readout: observatory.camera.readoutS,
    },
    sunAltitudeDeg: conditions.sunAltitudeDeg,
    requestId: visit.requestId,
    observationId: visit.observationId,
    exposureId,
    message: `${frame.key.slice(frame.key.lastIndexOf('/') + 1)}  ${visit.target?.name ?? visit.imageType} ${planned.exposureTimeS} s`,
  };
}
