import { OperatorHalt } from '../../core/errors.ts';
import { exposureEdges } from '../../core/provenance/edges.ts';
import type { NightContext } from '../../core/records/night.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { putJson, putObject } from './objects.ts';
import { createExposure, getNight, putEdges } from './tables.ts';

/**
 * Stores a frame: file, sidecar, provenance, and last the record, so that where it stands the frame is stored whole. Throws
 * OperatorHalt when the night was stopped at once, or taken over: it gets no frame of the old run any more; SaveFailed.
 */
export async function storeExposure(
  night: NightContext,
  record: ExposureRecord,
  file: Uint8Array,
  catalogue: readonly string[],
): Promise<void> {
  const { status, context } = await getNight(night.nightId);
  if (status !== 'RUNNING' || context.run !== night.run) throw new OperatorHalt(`night ${night.nightId} was stopped`);
  await putObject(record.frame, file, 'application/fits');
  await putJson(record.sidecar, record);
  await putEdges(
    exposureEdges(record, {
      softwareVersion: SOFTWARE_VERSION,
      seed: night.seed,
      parameters: night.observatory,
      catalogue,
    }),
  );
  await createExposure(record);
}
