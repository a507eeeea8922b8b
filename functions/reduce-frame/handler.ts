import { createHash } from 'node:crypto';
import * as z from 'zod';
import { RecordMissing } from '../../core/errors.ts';
import { reducedPreview } from '../../core/products/preview.ts';
import { type ReadRawFrame, readRawFrame } from '../../core/products/raw-frame.ts';
import { writeReduced } from '../../core/products/reduced-file.ts';
import { mastersOf, reducedEdges } from '../../core/provenance/edges.ts';
import {
  type AnswerSheet,
  type CalibrationType,
  type Choice,
  type ReducedRecord,
  reductionBlock,
} from '../../core/records/calibration.ts';
import { previewKey, reducedItem, reducedKey, sidecarKey } from '../../core/records/ids.ts';
import { type Observatory, plateScaleArcsecPerPix } from '../../core/records/observatory.ts';
import { type Pointer, pointer } from '../../core/records/primitives.ts';
import type { ExposureRecord, RequestRecord } from '../../core/records/visit.ts';
import { gradeFrame } from '../../core/reduction/grade.ts';
import { type Reduction, reduceFrame } from '../../core/reduction/reduce.ts';
import { utcMsOf } from '../../core/time.ts';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../../core/version.ts';
import { policyOf } from '../shared/calibration-set.ts';
import { loadMaster } from '../shared/masters.ts';
import { loadObservatory } from '../shared/night.ts';
import { getJson, getObject, putJson, putObject } from '../shared/objects.ts';
import { referenceStars } from '../shared/references.ts';
import { step } from '../shared/step.ts';
import { findExposure, findReduced, getNight, getRequest, putEdges, putReduced } from '../shared/tables.ts';

const input = z.strictObject({
  nightId: z.string(),
  /** The association list of the frame's block. */
  association: pointer,
  exposureId: z.string(),
});

const PREVIEW_WIDTH_PIX = 1024;

/**
 * Reduces one raw frame with the masters that its block's association list gives it, measures it against the catalogue and grades it
 * against its request. Stores file, picture, sidecar and provenance, last the record; a frame that has this very result already is left.
 * Throws RecordMissing for a frame that is not in the list, the errors of reading for damaged files, SaveFailed.
 */
export const handler = step('reduce-frame', input, async ({ nightId, association, exposureId }) => {
  const block = reductionBlock.parse(await getJson(association));
  const listed = block.frames.find((each) => each.exposureId === exposureId);
  const exposure = await findExposure(exposureId);
  if (!listed || !exposure) {
    throw new RecordMissing(
      `${exposureId} is no frame of ${association.key}, which has ${block.frames.map((each) => each.exposureId).join(', ')}`,
    );
  }
  if ((await findReduced(nightId, exposureId))?.blockId === block.blockId) return { exposureId };

  const [night, request, raw] = await Promise.all([
    getNight(nightId),
    getRequest(exposure.requestId),
    getObject(listed.frame).then((bytes) => readRawFrame(bytes)),
  ]);
  const observatory = await loadObservatory(night.input);
  const { sheet } = listed;
  const policy = policyOf(observatory);
  const glass = observatory.filters.find(({ name }) => name === raw.raw.filter);
  const reduced = reduceFrame({
    raw: raw.raw,
    masters: await mastersIn(sheet),
    missing: Object.fromEntries(
      sheet.choices.filter(({ file }) => !file).map(({ type, reason }) => [type, reason]),
    ) as Partial<Record<CalibrationType, string>>,
    policy,
    ...(raw.wcs && { wcs: raw.wcs }),
    plateScaleArcsecPerPix: plateScaleArcsecPerPix(observatory) * raw.raw.binning,
    references: raw.wcs && glass ? referenceStars(raw.wcs, raw.raw, glass.band) : [],
    ...(raw.header.airmass !== undefined && { airmass: raw.header.airmass }),
    ...(glass && { extinctionMagPerAirmass: glass.extinctionMagPerAirmass }),
  });
  const { grade, reasons } = gradeOf(request, exposure, raw, reduced.seeingArcsec, observatory);
  const file = { ...listed.frame, key: reducedKey(listed.frame.key) };
  const softwareVersion = `${SOFTWARE_NAME} ${SOFTWARE_VERSION}`;
  const { bytes } = writeReduced({
    frame: raw,
    reduced,
    sheet,
    grade,
    gradeReasons: reasons,
    filename: file.key.slice(file.key.lastIndexOf('/') + 1),
    // A reduced frame carries the date of its exposure's end: the same input gives the same bytes whenever it is reduced.
    madeMs: utcMsOf(exposure.readyAt),
    softwareVersion,
    blockId: block.blockId,
  });
  const record: ReducedRecord = {
    nightId,
    item: reducedItem(exposureId),
    exposureId,
    requestId: exposure.requestId,
    blockId: block.blockId,
    status: reduced.status,
    missing: reduced.missing,
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.byteLength,
    preview: { ...file, key: previewKey(file.key) },
    sidecar: { ...file, key: sidecarKey(file.key) },
    steps: reduced.steps,
    sheet,
    sourceCount: reduced.sources.length,
    matchedCount: reduced.matchedCount,
    ...defined({
      zeroPointMag: reduced.zeroPointMag,
      zeroPointErrorMag: reduced.zeroPointErrorMag,
      seeingArcsec: reduced.seeingArcsec,
      skyElectronsPerPix: reduced.skyElectronsPerPix,
      skyMagPerArcsec2: reduced.skyMagPerArcsec2,
      ellipticity: reduced.ellipticity,
    }),
    grade,
    gradeReasons: reasons,
    softwareVersion,
  };
  await putObject(file, bytes, 'application/fits');
  await putObject(record.preview, reducedPreview(reduced.planes, PREVIEW_WIDTH_PIX), 'image/png');
  await putJson(record.sidecar, record);
  await putEdges(
    reducedEdges(record, {
      raw: listed.frame,
      masters: mastersOf(sheet),
      parameters: parametersOf(observatory, night.input.observatory),
    }),
  );
  await putReduced(record);
  return { exposureId };
});

/** The planes of the masters that were chosen. */
async function mastersIn({ choices }: AnswerSheet): Promise<Reduction['masters']> {
  const chosen = choices.filter((choice): choice is Choice & { file: Pointer } => choice.file !== undefined);
  const loaded = await Promise.all(
    chosen.map(async ({ type, file }) => {
      const { masterId, planes, bunit, header } = await loadMaster(file);
      const { exposureTimeS, darkTimeS } = header;
      return [type, { id: masterId, planes, ...(type === 'dark' && { bunit, exposureTimeS, darkTimeS }) }];
    }),
  );
  return Object.fromEntries(loaded);
}

/** The grade of a frame against what its request asked for. */
function gradeOf(
  { constraints }: RequestRecord,
  { beginAt, endAt }: ExposureRecord,
  { header }: ReadRawFrame,
  seeingArcsec: number | undefined,
  observatory: Observatory,
): ReturnType<typeof gradeFrame> {
  const glass = observatory.filters.find(({ name }) => name === header.filter);
  if (!constraints || !glass) return { grade: 'A', reasons: [] };
  return gradeFrame(constraints, {
    seeingArcsec,
    wavelengthNm: glass.effectiveWavelengthNm,
    systemFwhmArcsec: observatory.telescope.systemFwhmArcsec,
    airmass: header.airmass,
    altitudeDeg: header.altitudeDeg,
    hourAngleHours: header.hourAngleHours,
    moonSeparationDeg: header.moonSeparationDeg,
    moonIllumination: (header.moonAltitudeDeg ?? 0) > 0 ? header.moonIllumination : 0,
    sunAltitudeDeg: header.sunAltitudeDeg,
    beginMs: utcMsOf(beginAt),
    endMs: utcMsOf(endAt),
  });
}

/** With what a frame was reduced, for its provenance. */
function parametersOf(observatory: Observatory, file: Pointer): Record<string, string | number> {
  const { overscan, reduction } = policyOf(observatory);
  return {
    observatory: file.key,
    overscan,
    ...(reduction && { lowFlat: reduction.lowFlat, detectionSigma: reduction.detectionSigma }),
    ...reduction?.cosmicRays,
  };
}

/** Without what is undefined: it cannot be stored. */
const defined = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
