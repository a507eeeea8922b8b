import * as z from 'zod';
import { ReductionFailed } from '../../core/errors.ts';
import { childFailure } from '../../core/night/failure.ts';
import { step } from '../shared/step.ts';

const input = z.strictObject({
  nightId: z.string(),
  blockId: z.string(),
  /** What became of each frame; `error` is empty for one that went well. */
  reduced: z.array(z.strictObject({ exposureId: z.string(), error: z.string(), cause: z.string() })),
});

/** Ends a reduction block. Throws ReductionFailed with every frame that failed and why. */
export const handler = step('finish-block', input, async ({ blockId, reduced }) => {
  const failed = reduced.filter(({ error }) => error !== '');
  if (failed.length > 0) {
    const lines = failed.map(({ exposureId, ...failure }) => {
      const { error, cause } = childFailure(failure);
      return `${exposureId}: ${error}: ${cause}`;
    });
    throw new ReductionFailed(`${failed.length} of ${reduced.length} frames of block ${blockId}: ${lines.join('; ')}`);
  }
  return { blockId };
});
