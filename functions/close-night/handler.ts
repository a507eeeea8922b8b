import { z } from 'zod';
import { childFailure } from '../../core/night/failure.ts';
import { eventItem, type NightStatus } from '../../core/records/night.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { parkTelescope } from '../../core/twin/mount.ts';
import { later, loadObservatory } from '../shared/night.ts';
import { step } from '../shared/step.ts';
import { advanceProgress, findNight, getProgress, putEvent, replaceNight } from '../shared/tables.ts';

const input = z.strictObject({
  nightId: z.string(),
  executionArn: z.string(),
  /** What ended the night early, as the state machine caught it. */
  failure: z.strictObject({ error: z.string(), cause: z.string() }).optional(),
});

interface Output {
  status?: NightStatus;
  error?: string;
  cause?: string;
}

/**
 * Parks the telescope, closes the dome and ends the night: COMPLETED, ABORTED after an operator's halt, else FAILED.
 * A night that this execution does not own, or that is closed already, is left alone.
 */
export const handler = step('close-night', input, async ({ nightId, executionArn, failure }): Promise<Output> => {
  const root = failure && childFailure(failure);
  const record = await findNight(nightId);
  if (!record || record.executionArn !== executionArn || record.status !== 'RUNNING') return { ...root };

  const [observatory, progress] = await Promise.all([loadObservatory(record.input), getProgress(nightId)]);
  const beginMs = utcMsOf(progress.now);
  const park = parkTelescope({ observatory, from: progress.telescope, utcMs: beginMs });
  const endAt = later(progress.now, park.durationS);
  const status: NightStatus = !root ? 'COMPLETED' : root.error === 'OperatorHalt' ? 'ABORTED' : 'FAILED';
  const cause = root ? `${root.error}: ${root.cause}` : 'the night is over';
  await putEvent({
    nightId,
    item: eventItem(progress.now, progress.sequence, `6-close-${record.context.run}`),
    kind: 'close',
    sequence: progress.sequence,
    beginAt: progress.now,
    endAt,
    budget: { slew: park.durationS },
    sunAltitudeDeg: sunAltitudeDeg(beginMs, observatory.site),
    message: `telescope parked, dome closed: night ${status}: ${cause}`,
  });
  await advanceProgress({ ...progress, sequence: progress.sequence + 1, now: endAt, telescope: park.telescope });
  await replaceNight(
    { ...record, status, haltRequested: false, history: [...record.history, { status, at: endAt, cause }] },
    executionArn,
  );
  return { status, ...root };
});
