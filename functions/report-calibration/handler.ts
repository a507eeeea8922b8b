import * as z from 'zod';
import { RecordMissing } from '../../core/errors.ts';
import { CALIBRATION_TIMES } from '../../core/records/calibration.ts';
import { calibrationsItem, nightKey, previewKey } from '../../core/records/ids.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import { getCalibrationRequests } from '../shared/calibration-requests.ts';
import { certificatesOf } from '../shared/calibrations.ts';
import { loadObservatory } from '../shared/night.ts';
import { getObject, putObject } from '../shared/objects.ts';
import { nightIdOf } from '../shared/start.ts';
import { step } from '../shared/step.ts';
import { findDecision, getExposures, getNight, listEvents, listMasters, listReduced } from '../shared/tables.ts';
import type { CalibrationNight, TimePlan } from './night.ts';
import { calibrationPage } from './page.ts';
import { type Picture, pictureOf, pictureWidthPx } from './pictures.ts';

const input = z.strictObject({ input: z.unknown(), executionArn: z.string() });

/** Pictures that are fetched at a time. */
const FETCHED_AT_ONCE = 4;

/**
 * Writes what was calibrated and reduced in a night as a page with pictures, from the records alone. Throws RecordMissing when the
 * input names no night.
 */
export const handler = step('report-calibration', input, async ({ input }): Promise<{ page: Pointer }> => {
  const nightId = await nightIdOf(input);
  if (!nightId) throw new RecordMissing('the input names no night that was opened; there is nothing to report');
  const night = await getNight(nightId);
  const [observatory, plans, events, masters, reduced] = await Promise.all([
    loadObservatory(night.input),
    plansOf(nightId),
    listEvents(nightId),
    listMasters(nightId),
    listReduced(nightId),
  ]);
  const keys = [...new Set(masters.map(({ calibrationKey }) => calibrationKey))];
  const [requests, exposures, certificates, pictures] = await Promise.all([
    getCalibrationRequests(plans.flatMap(({ sets }) => sets.map(({ requestId }) => requestId))),
    getExposures(events.flatMap(({ exposureId }) => exposureId ?? [])),
    Promise.all(keys.map((key) => certificatesOf(key))),
    picturesOf([
      ...masters.map(({ file }) => ({ file, preview: { ...file, key: previewKey(file.key) } })),
      ...reduced.map(({ file, preview }) => ({ file, preview })),
    ]),
  ]);
  const page = await calibrationPage({
    night,
    observatory,
    plans,
    requests,
    exposures,
    events,
    masters,
    certificates: certificates.flat(),
    reduced,
    pictures,
  });
  const pointer = { bucket: night.input.observatory.bucket, key: nightKey(nightId, 'calibration.html') };
  await putObject(pointer, page, 'text/html; charset=utf-8');
  return { page: pointer };
});

/** What was due at the times that the night came to. */
async function plansOf(nightId: string): Promise<TimePlan[]> {
  const plans = await Promise.all(
    CALIBRATION_TIMES.map(async (when) => {
      const plan = await findDecision<Omit<TimePlan, 'when'>>(nightId, calibrationsItem(when));
      return plan ? [{ when, sets: plan.sets, notDue: plan.notDue }] : [];
    }),
  );
  return plans.flat();
}

/** Pictures small enough for one page, by the key of what they show; one that is not stored is left out. */
async function picturesOf(
  shown: readonly { file: Pointer; preview: Pointer }[],
): Promise<CalibrationNight['pictures']> {
  const pictures = new Map<string, Picture>();
  const sidePx = pictureWidthPx(shown.length);
  for (let at = 0; at < shown.length; at += FETCHED_AT_ONCE) {
    const some = shown.slice(at, at + FETCHED_AT_ONCE);
    const fetched = await Promise.all(some.map(({ preview }) => findObject(preview)));
    for (const [index, png] of fetched.entries()) if (png) pictures.set(some[index].file.key, pictureOf(png, sidePx));
  }
  return pictures;
}

async function findObject(pointer: Pointer): Promise<Uint8Array | undefined> {
  try {
    return await getObject(pointer);
  } catch (error) {
    if (error instanceof RecordMissing) return undefined;
    throw error;
  }
}
