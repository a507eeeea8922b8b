import { createHash } from 'node:crypto';
import { type BuiltMaster, buildMaster, type MasterPlanes } from '../../core/calibration/build.ts';
import { type FrameSource, sourceOf } from '../../core/calibration/frames.ts';
import { chooseMasters } from '../../core/calibration/select.ts';
import { MasterRejected, NoCalibration, TooFewFrames } from '../../core/errors.ts';
import { writeMaster } from '../../core/products/master-file.ts';
import { masterPreview } from '../../core/products/preview.ts';
import { readRawFrame } from '../../core/products/raw-frame.ts';
import { openRawSource } from '../../core/products/raw-source.ts';
import { masterEdges } from '../../core/provenance/edges.ts';
import type { CalibrationRequest, CalibrationType, MasterRecord } from '../../core/records/calibration.ts';
import { masterIdOf, masterKey, previewKey, sidecarKey } from '../../core/records/ids.ts';
import type { CalibrationPolicy, Observatory } from '../../core/records/observatory.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { needsOf } from '../../core/reduction/organise.ts';
import { taiOf, utcMsOf } from '../../core/time.ts';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../../core/version.ts';
import { getCalibrationRequest } from '../shared/calibration-requests.ts';
import {
  type CalibrationState,
  calibrationState,
  lostReason,
  policyOf,
  settledFrames,
} from '../shared/calibration-set.ts';
import { certificatesFor, previousCertificate } from '../shared/calibrations.ts';
import { loadMaster } from '../shared/masters.ts';
import { loadObservatory } from '../shared/night.ts';
import { getObject, putJson, putObject, rangeReader } from '../shared/objects.ts';
import { step } from '../shared/step.ts';
import { createMaster, findMaster, getExposures, putEdges } from '../shared/tables.ts';

const PREVIEW_WIDTH_PIX = 640;
const MIB = 2 ** 20;
/** Frames that are fetched at a time. */
const FETCHED_AT_ONCE = 4;

/**
 * Builds the master of a set from its frames in S3, judges it, and stores master, picture, sidecar and provenance, last the record. A
 * master whose record stands is not built again. Throws TooFewFrames, NoCalibration when no bias can be taken off, FramesDisagree,
 * SaveFailed, and MasterRejected for one that is no good: it is kept with its judgement.
 */
export const handler = step('build-master', calibrationState, async (state): Promise<CalibrationState> => {
  const { night, sequence, calibration } = state;
  const [observatory, request] = await Promise.all([
    loadObservatory(night),
    getCalibrationRequest(calibration.requestId),
  ]);
  const policy = policyOf(observatory);
  const masterId = masterIdOf(observatory.camera.id, request.set.type, night.dayObs, calibration.firstSeqNum);
  const record =
    (await findMaster(night.nightId, masterId)) ??
    (await build(
      state,
      masterId,
      observatory,
      policy,
      request,
      (await settledFrames(night.nightId, sequence, calibration.rounds)).map(({ exposureId }) => exposureId),
    ));
  const { grade, reasons } = record.quality;
  if (grade === 'BAD' || (grade === 'WARN' && !policy.useWarn)) {
    throw new MasterRejected(`${masterId} is ${grade}: ${reasons.join('; ')}`);
  }
  return { ...state, calibration: { ...calibration, masterId } };
});

async function build(
  { night }: CalibrationState,
  masterId: string,
  observatory: Observatory,
  policy: CalibrationPolicy,
  { requestId, set, calibrationKey }: CalibrationRequest,
  wanted: readonly string[],
): Promise<MasterRecord> {
  const exposures = await getExposures(wanted);
  if (exposures.length === 0) {
    const reasons = await Promise.all(wanted.map((exposureId) => lostReason(night.nightId, exposureId)));
    const known = wanted.flatMap((exposureId, index) => (reasons[index] ? [`${exposureId}: ${reasons[index]}`] : []));
    throw new TooFewFrames([`${masterId}: not one frame of the set was taken`, ...known].join('\n'));
  }
  const instrument = observatory.camera.id;
  const { sources, unreadable } = await openSources(exposures, policy);
  const good = exposures.filter(({ verdict }) => verdict?.accepted);
  const { bias, dark } = await mastersFor(policy, set.type, instrument, good[0] ?? exposures[0], sources[0]);
  const before = await previousCertificate(calibrationKey, taiOf(utcMsOf(exposures[0].beginAt)));
  const previous = before && before.id !== masterId ? await loadMaster(before.master.file) : undefined;
  const built = await buildMaster({ instrument, set, policy, sources, bias, dark, previous }).catch(
    (error: unknown) => {
      if (!(error instanceof TooFewFrames) || unreadable.length === 0) throw error;
      throw new TooFewFrames([error.message, ...unreadable.map(reasonText)].join('\n'));
    },
  );

  const file = { bucket: night.observatory.bucket, key: masterKey(night.dayObs, masterId) };
  const about: Omit<MasterRecord, 'file' | 'sha256' | 'sizeBytes'> = {
    masterId,
    calibrationKey,
    instrument,
    set,
    isScalable: built.isScalable,
    ...(built.temperatureC !== undefined && { temperatureC: built.temperatureC }),
    dayObs: night.dayObs,
    nightId: night.nightId,
    requestId,
    observatoryId: observatory.id,
    takenFrom: taiOf(built.facts.takenFromMs),
    takenTo: taiOf(built.facts.takenToMs),
    frames: built.accepted,
    rejected: [...built.rejected, ...unreadable],
    ...(bias && { biasId: bias.masterId }),
    ...(dark && { darkId: dark.masterId }),
    quality: built.quality,
    softwareVersion: `${SOFTWARE_NAME} ${SOFTWARE_VERSION}`,
  };
  const { bytes } = writeMaster({
    master: about,
    planes: built.planes,
    bunit: built.bunit,
    combination: policy.combine[set.type],
    madeMs: built.facts.takenToMs,
    origin: observatory.origin,
    telescope: observatory.telescope.name,
    simulate: true,
    exposureTimeS: built.facts.exposureTimeS,
    darkTimeS: built.facts.darkTimeS,
    ...(built.facts.normValueAdu !== undefined && { normValueAdu: built.facts.normValueAdu }),
  });
  const record: MasterRecord = {
    ...about,
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.byteLength,
  };
  await store(record, bytes, built, set.type, exposures, policy, { bias, dark });
  return record;
}

/** The record comes last: where it stands, all of it is stored. */
async function store(
  record: MasterRecord,
  bytes: Uint8Array,
  built: BuiltMaster,
  type: CalibrationType,
  exposures: readonly ExposureRecord[],
  policy: CalibrationPolicy,
  used: { bias?: LoadedMaster | undefined; dark?: LoadedMaster | undefined },
): Promise<void> {
  const { file } = record;
  const sidecar = { ...file, key: sidecarKey(file.key) };
  await putObject(file, bytes, 'application/fits');
  await putObject(
    { ...file, key: previewKey(file.key) },
    masterPreview(built.planes, type, PREVIEW_WIDTH_PIX),
    'image/png',
  );
  await putJson(sidecar, record);
  const frameOf = new Map(exposures.map(({ exposureId, frame }) => [exposureId, frame]));
  await putEdges(
    masterEdges(record, {
      frames: record.frames.map((exposureId) => frameOf.get(exposureId)!),
      rejected: record.rejected.flatMap(({ exposureId, reason }) => {
        const frame = frameOf.get(exposureId);
        return frame ? [{ frame, reason }] : [];
      }),
      ...(used.bias && { bias: used.bias.file }),
      ...(used.dark && { dark: used.dark.file }),
      sidecar,
      parameters: { overscan: policy.overscan, ...policy.combine[type] },
    }),
  );
  await createMaster(record);
}

type LoadedMaster = MasterPlanes & { bunit: BuiltMaster['bunit']; darkTimeS: number; file: MasterRecord['file'] };

async function loadedOf(file: Pointer): Promise<LoadedMaster> {
  const { masterId, planes, bunit, header } = await loadMaster(file);
  return { masterId, planes, bunit, darkTimeS: header.darkTimeS, file };
}

/** The masters that are taken off the frames of a set: those that a frame of it would be given. */
async function mastersFor(
  policy: CalibrationPolicy,
  type: CalibrationType,
  instrument: string,
  exposure: ExposureRecord,
  { about }: FrameSource,
): Promise<{ bias?: LoadedMaster; dark?: LoadedMaster }> {
  const types = needsOf(type);
  if (types.length === 0) return {};
  const certificates = await certificatesFor(about, policy);
  const { choices } = chooseMasters({ frame: about, policy, certificates, types });
  const loaded = await Promise.all(
    choices.map(async (choice): Promise<[string, LoadedMaster] | undefined> => {
      if (choice.file) return [choice.type, await loadedOf(choice.file)];
      // A flat's light drowns its dark current; what no bias was taken off is no master of anything.
      if (choice.type === 'dark') return undefined;
      throw new NoCalibration(`${exposure.exposureId} of ${instrument} has no master ${choice.type}: ${choice.reason}`);
    }),
  );
  return Object.fromEntries(loaded.filter((each) => each !== undefined));
}

/**
 * The frames as sources: whole files where they fit into the memory that the policy allows, else what is asked of them, row by row.
 * A file that cannot be read, or is not what was stored, is turned down with the reason.
 */
async function openSources(
  exposures: readonly ExposureRecord[],
  { masterMemoryMiB }: CalibrationPolicy,
): Promise<{ sources: FrameSource[]; unreadable: MasterRecord['rejected'] }> {
  const fits = exposures.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= masterMemoryMiB * MIB;
  const opened: (FrameSource | MasterRecord['rejected'][number])[] = [];
  for (let at = 0; at < exposures.length; at += FETCHED_AT_ONCE) {
    opened.push(
      ...(await Promise.all(
        exposures.slice(at, at + FETCHED_AT_ONCE).map(async (exposure) => {
          try {
            return await openSource(exposure, fits);
          } catch (error) {
            if (!(error instanceof Error) || !isOfFile(error)) throw error;
            return { exposureId: exposure.exposureId, reason: `${error.name}: ${error.message}` };
          }
        }),
      )),
    );
  }
  const sources = opened.flatMap((each) => ('rows' in each ? [each] : []));
  const unreadable = opened.flatMap((each) => ('rows' in each ? [] : [each]));
  if (sources.length === 0) {
    throw new TooFewFrames(unreadable.map(reasonText).join('\n'));
  }
  return { sources, unreadable };
}

const reasonText = ({ exposureId, reason }: MasterRecord['rejected'][number]): string => `${exposureId}: ${reason}`;

/** Whether an error is about what a file says, not about getting it. */
const isOfFile = ({ name }: Error): boolean =>
  [
    'NotFits',
    'TruncatedFits',
    'UnsupportedFits',
    'ChecksumMismatch',
    'MissingExtensions',
    'InvalidFrameHeader',
    'FramesDisagree',
  ].includes(name);

async function openSource({ frame, verdict, sizeBytes }: ExposureRecord, whole: boolean): Promise<FrameSource> {
  const rejected = verdict?.accepted === false ? { rejected: verdict.reasons.join('; ') } : {};
  if (whole) return { ...sourceOf(readRawFrame(await getObject(frame)).raw), ...rejected };
  const source = await openRawSource({ read: rangeReader(frame), sizeBytes });
  await source.verify();
  return { about: source.about, rows: source.rows, ...rejected };
}
