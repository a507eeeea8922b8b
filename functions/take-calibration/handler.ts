import { createHash } from 'node:crypto';
import { checkFrame, type FrameStatistics } from '../../core/calibration/frames.ts';
import { ExposureFailed, OperatorHalt, SaveFailed, WeatherUnsafe } from '../../core/errors.ts';
import { readRawFrame } from '../../core/products/raw-frame.ts';
import { rawFrameKey, sidecarKey } from '../../core/records/ids.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { isoOf, utcMsOf } from '../../core/time.ts';
import { degradationAt, stepFault } from '../../core/twin/faults.ts';
import { exposureTimeline } from '../../core/twin/instrument.ts';
import { calibrationRecipe } from '../../core/visits/calibration.ts';
import { makeFrame } from '../../core/visits/frame.ts';
import { getCalibrationRequest } from '../shared/calibration-requests.ts';
import {
  type CalibrationState,
  calibrationState,
  frameEvent,
  noteLost,
  policyOf,
  type SettledFrame,
  settledFrame,
} from '../shared/calibration-set.ts';
import { storeExposure } from '../shared/exposures.ts';
import { attemptOf, loadObservatory, loadProgramme, nightSafety, weatherOf } from '../shared/night.ts';
import { loadSky, SKY_FILES } from '../shared/sky.ts';
import { step } from '../shared/step.ts';
import { findExposure, getNight, putEvent } from '../shared/tables.ts';

const input = calibrationState.extend({ frame: settledFrame });

interface Output {
  exposureId: string;
  accepted: boolean;
}

/**
 * Takes one calibration frame, judges whether it is fit for a master, and stores it: file, sidecar, provenance, and last the record
 * that says it is done. A frame whose record stands is not taken again. Throws OperatorHalt, WeatherUnsafe, ExposureFailed,
 * SaveFailed.
 */
export const handler = step('take-calibration', input, async ({ frame, ...state }): Promise<Output> => {
  const { night, sequence, calibration } = state;
  const { requestId, observationId } = calibration;
  const record = (await findExposure(frame.exposureId)) ?? (await takeOrLose(state, frame));
  const observatory = await loadObservatory(night);
  await putEvent(
    frameEvent({ nightId: night.nightId, sequence, requestId, observationId, observatory }, frame, record),
  );
  return { exposureId: frame.exposureId, accepted: record.verdict?.accepted ?? false };
});

/** Keeps the reason when the frame alone is lost: its set goes on without it, and nobody else is told. */
async function takeOrLose(state: CalibrationState, frame: SettledFrame): Promise<ExposureRecord> {
  try {
    return await take(state, frame);
  } catch (error) {
    if (error instanceof ExposureFailed || error instanceof WeatherUnsafe) {
      await noteLost(state.night.nightId, frame.exposureId, error.message);
    }
    throw error;
  }
}

async function take({ night, calibration }: CalibrationState, frame: SettledFrame): Promise<ExposureRecord> {
  const { requestId, observationId, when } = calibration;
  const [observatory, programme, request, { haltRequested }] = await Promise.all([
    loadObservatory(night),
    loadProgramme(night),
    getCalibrationRequest(requestId),
    getNight(night.nightId),
  ]);
  if (haltRequested) throw new OperatorHalt(`an operator asked night ${night.nightId} to stop`);
  const { exposureId, imageType } = frame;
  const beginMs = utcMsOf(frame.beginAt);
  const timeline = exposureTimeline(observatory.camera, beginMs, frame.exposureTimeS);
  if (frame.telescope.domeOpen) {
    const safety = nightSafety(night, observatory, beginMs);
    if (!safety.safe) throw new WeatherUnsafe(safety.reasons.join('; '));
  }
  const attempt = attemptOf(night, exposureId, timeline.beginMs, timeline.endMs);
  const fault = stepFault(attempt, 'expose');
  if (fault) throw new ExposureFailed(`during ${exposureId}: ${fault}`);
  const lost = stepFault(attempt, 'save');
  if (lost) throw new SaveFailed(`${exposureId} was not stored: ${lost}`);

  const weather = weatherOf(night, observatory);
  const recipe = calibrationRecipe({
    observatory,
    set: request.set,
    when,
    frame: { ...frame, beginMs, readyMs: timeline.readyMs, waitTimeS: 0, imageType: request.set.type },
    seed: night.seed,
    identity: {
      dayObs: night.dayObs,
      groupId: observationId,
      requestId,
      blockId: observationId,
      program: programme.id,
      observer: programme.observer,
      reason: 'calibration',
      parameters: night.observatory.key,
    },
    degradation: degradationAt(attempt, observatory, weather.at(timeline.midMs).temperatureC),
  });
  const { filename, header, conditions, file } = makeFrame(recipe, weather, loadSky());
  // From the file alone, as anybody would judge it.
  const { accepted, reasons, statistics } = checkFrame(
    readRawFrame(file).raw,
    { set: request.set, instrument: observatory.camera.id },
    policyOf(observatory),
  );
  const pointer = { bucket: night.observatory.bucket, key: rawFrameKey(night.dayObs, filename) };
  const record: ExposureRecord = {
    exposureId,
    nightId: night.nightId,
    observationId,
    requestId,
    programmeId: programme.id,
    observatoryId: observatory.id,
    dayObs: night.dayObs,
    seqNum: frame.seqNum,
    imageType,
    header,
    conditions,
    beginAt: isoOf(timeline.beginMs),
    endAt: isoOf(timeline.endMs),
    readyAt: isoOf(timeline.readyMs),
    verdict: { accepted, reasons, ...measured(statistics) },
    frame: pointer,
    sidecar: { ...pointer, key: sidecarKey(pointer.key) },
    sha256: createHash('sha256').update(file).digest('hex'),
    sizeBytes: file.byteLength,
  };
  await storeExposure(night, record, file, frame.pointing ? SKY_FILES : []);
  return record;
}

/** Level and noise of a frame, where they could be measured. */
function measured({ amplifiers }: FrameStatistics): { levelAdu?: number; noiseAdu?: number } {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const levelAdu = mean(amplifiers.map(({ meanAdu }) => meanAdu));
  const noiseAdu = Math.sqrt(mean(amplifiers.map((each) => each.noiseAdu ** 2)));
  return { ...(Number.isFinite(levelAdu) && { levelAdu }), ...(Number.isFinite(noiseAdu) && { noiseAdu }) };
}
