import { expect, it } from 'vitest';
import { errorOf, invoke } from './world.ts';

const well = (exposureId: string) => ({ exposureId, error: '', cause: '' });
const finish = (...reduced: object[]) => invoke('finish-block', { nightId: 'n', blockId: 'g-1', reduced });

it('ends a block of which every frame was reduced', async () => {
  expect(await finish(well('a'), well('b'))).toEqual({ blockId: 'g-1' });
});

it('fails with every frame that failed, and why', async () => {
  const cause = JSON.stringify({ errorType: 'ChecksumMismatch', errorMessage: 'DATASUM of HDU 0 is wrong' });
  const error = await errorOf(
    finish(
      well('a'),
      { exposureId: 'b', error: 'ChecksumMismatch', cause },
      { exposureId: 'c', error: 'States.Timeout', cause: '' },
    ),
  );
  expect(error.name).toBe('ReductionFailed');
  expect(error.message).toContain('2 of 3 frames of block g-1');
  expect(error.message).toContain('b: ChecksumMismatch: DATASUM of HDU 0 is wrong');
  expect(error.message).toContain('c: States.Timeout');
  expect(error.message).not.toContain('a: ');
});
