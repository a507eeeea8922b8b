import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { chooseMasters, type FrameFacts } from '../../core/calibration/select.ts';
import { ReductionFailed } from '../../core/errors.ts';
import type { AnswerSheet, CalibrationType, ReducedRecord, ReductionBlock } from '../../core/records/calibration.ts';
import { nightKey } from '../../core/records/ids.ts';
import type { NightRecord } from '../../core/records/night.ts';
import type { CalibrationPolicy, Observatory } from '../../core/records/observatory.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { groupFrames } from '../../core/reduction/organise.ts';
import { utcMsOf } from '../../core/time.ts';
import { certificatesFor } from '../shared/calibrations.ts';
import { loadObservatory } from '../shared/night.ts';
import { getJson, putJson } from '../shared/objects.ts';
import { step } from '../shared/step.ts';
import { getExposures, getNight, listEvents, listReduced } from '../shared/tables.ts';

/** Blocks that go to the machine at a time: keeps its payload and its history small. */
const BLOCKS_AT_A_TIME = 50;
/** Step Functions' limit on the name of an execution. */
const NAME_LENGTH_MAX = 80;

const input = z.strictObject({
  nightId: z.string(),
  /** How many blocks the machine has gone through. */
  cursor: z.int().nonnegative(),
  /** Name of the execution: blocks of a second reduction get names of their own. */
  executionName: z.string(),
});

interface PlannedBlock {
  blockId: string;
  association: Pointer;
  frames: string[];
  executionName: string;
}

type Output = { nightId: string; cursor: number; executionName: string } & (
  | { action: 'reduce'; blocks: PlannedBlock[] }
  | { action: 'done'; complete: number; incomplete: number }
);

/**
 * Plans the reduction of a night: frames that are not reduced yet, or were reduced without a master that is there now, in blocks by
 * the rules of the data organisation, each frame with the masters that were chosen for it. Gives the next blocks of the plan; after
 * the last one judges the whole. Throws ReductionFailed, which names the frames that have no result.
 */
export const handler = step('plan-reduction', input, async ({ nightId, cursor, executionName }): Promise<Output> => {
  const record = await getNight(nightId);
  const observatory = await loadObservatory(record.input);
  const { bucket } = record.input.observatory;
  const plan = { bucket, key: nightKey(nightId, `reduction/${executionName}.json`) };
  const policy = observatory.calibration;
  if (!policy?.reduction) return { nightId, cursor, executionName, action: 'done', complete: 0, incomplete: 0 };
  if (cursor === 0) await putJson(plan, await blocksOf(record, observatory, policy, executionName));
  const blocks = (await getJson(plan)) as PlannedBlock[];
  const next = blocks.slice(cursor, cursor + BLOCKS_AT_A_TIME);
  if (next.length > 0) {
    return { nightId, cursor: cursor + next.length, executionName, action: 'reduce', blocks: next };
  }
  const reduced = await listReduced(nightId);
  // A frame that is reduced again has a result already: that of this block must have taken its place.
  const blockOf = new Map(reduced.map(({ exposureId, blockId }) => [exposureId, blockId]));
  const missing = blocks.flatMap(({ blockId, frames }) => frames.filter((each) => blockOf.get(each) !== blockId));
  if (missing.length > 0) {
    throw new ReductionFailed(
      `${missing.length} frames of ${nightId} could not be reduced: ${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ' …' : ''}; their blocks' executions say why, and "nocturne reduce ${nightId}" tries again`,
    );
  }
  const complete = reduced.filter(({ status }) => status === 'COMPLETE').length;
  return { nightId, cursor, executionName, action: 'done', complete, incomplete: reduced.length - complete };
});

/** The blocks of a night, each with its association list in S3. */
async function blocksOf(
  record: NightRecord,
  observatory: Observatory,
  policy: CalibrationPolicy,
  executionName: string,
): Promise<PlannedBlock[]> {
  const { nightId, input } = record;
  const [events, reduced] = await Promise.all([listEvents(nightId), listReduced(nightId)]);
  const exposures = await getExposures(events.flatMap(({ exposureId }) => exposureId ?? []));
  const known = new Map(reduced.map((each) => [each.exposureId, each]));
  const suffix = createHash('sha256').update(executionName).digest('hex').slice(0, 8);
  const blocks: PlannedBlock[] = [];
  for (const { rule, id, exposures: members } of groupFrames(exposures)) {
    const chosen = await Promise.all(
      members.map(async (exposure) => ({
        exposureId: exposure.exposureId,
        frame: exposure.frame,
        sheet: await sheetOf(exposure, policy, rule.needs),
      })),
    );
    const frames = chosen.filter(({ exposureId, sheet }) => !stands(known.get(exposureId), sheet));
    if (frames.length === 0) continue;
    const blockId = `${id}-${suffix}`;
    const block: ReductionBlock = { blockId, nightId, observatoryId: observatory.id, rule: rule.name, frames };
    const association = { bucket: input.observatory.bucket, key: nightKey(nightId, `reduction/${blockId}.json`) };
    await putJson(association, block);
    blocks.push({
      blockId,
      association,
      frames: frames.map(({ exposureId }) => exposureId),
      executionName: executionNameOf(blockId),
    });
  }
  return blocks;
}

/** A block's id names its night, which may be as long as an execution's name may be; what is cut off counts in the hash. */
const executionNameOf = (blockId: string): string =>
  blockId.length <= NAME_LENGTH_MAX
    ? blockId
    : `${blockId.slice(0, NAME_LENGTH_MAX - 13)}-${createHash('sha256').update(blockId).digest('hex').slice(0, 12)}`;

/** Which masters serve a frame, and why. */
async function sheetOf(
  { exposureId, header, beginAt, endAt, imageType }: ExposureRecord,
  policy: CalibrationPolicy,
  types: readonly CalibrationType[],
): Promise<AnswerSheet> {
  const frame: FrameFacts = {
    exposureId,
    imageType,
    instrument: String(header.instrument),
    filter: header.filter as string | undefined,
    exposureTimeS: Number(header.exposureTimeS),
    midMs: (utcMsOf(beginAt) + utcMsOf(endAt)) / 2,
    binning: (header.xBinning as number | undefined) ?? 1,
    temperatureC: header.ccdTemperatureC as number | undefined,
    setTemperatureC: header.ccdSetTemperatureC as number | undefined,
  };
  return chooseMasters({ frame, policy, certificates: await certificatesFor(frame, policy), types });
}

/** Whether a frame needs no other reduction: the same masters would serve it again. */
const stands = (reduced: ReducedRecord | undefined, sheet: AnswerSheet): boolean =>
  reduced !== undefined &&
  isDeepStrictEqual(
    reduced.sheet.choices.map(({ masterId }) => masterId),
    sheet.choices.map(({ masterId }) => masterId),
  );
