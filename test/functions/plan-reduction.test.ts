import { beforeEach, describe, expect, it } from 'vitest';
import { reductionBlock } from '../../core/records/calibration.ts';
import { BIASES, makeMaster, withSets } from './masters.ts';
import { openNight } from './night.ts';
import { planReduction, reduce, reducedOf, reduceSteps, takeVisit } from './reduction.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

let world: World;

describe('a night with frames in two filters', () => {
  beforeEach(async () => {
    world = createWorld();
    // g, g and r of the small programme; no flats, no darks: what is planned does not depend on them.
    await takeVisit(await makeMaster(await openNight(world, { observatory: withSets([BIASES]) })));
  });

  it('is planned in blocks, each with its association list: every frame with the masters that serve it', async () => {
    const planned = await planReduction();
    expect(planned).toMatchObject({ action: 'reduce', cursor: 2, nightId: 'test-night', executionName: 'first' });
    const blocks = planned.blocks.map(({ association }: any) => reductionBlock.parse(world.json(association.key)));
    expect(blocks.map(({ frames }: any) => frames.map(({ frame }: any) => frame.key.slice(-7)))).toEqual([
      ['_g.fits', '_g.fits'],
      ['_r.fits'],
    ]);
    for (const [index, { blockId, frames, rule }] of blocks.entries()) {
      const { association, ...block } = planned.blocks[index];
      expect(association.key).toContain(`nights/test-night/reduction/`);
      expect(rule).toMatch(/\S/);
      expect(block).toEqual({
        ...{ blockId, executionName: blockId },
        frames: frames.map(({ exposureId }: any) => exposureId),
      });
      for (const { sheet } of frames) {
        expect(sheet.choices.map(({ type, masterId }: any) => [type, masterId])).toEqual([
          ['bias', 'noc1_mb_20261121_000001'],
          ['dark', undefined],
          ['flat', undefined],
        ]);
      }
    }
    // Frames of a set are no frames of the sky.
    expect(JSON.stringify(blocks)).not.toContain('"noc1_b_');
  });

  it('has the same plan when it is asked again', async () => {
    const first = await planReduction();
    const before = world.snapshot();
    expect(await planReduction()).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('gives blocks of a second reduction names of their own', async () => {
    const names = async (executionName: string) =>
      (await planReduction(0, executionName)).blocks.map(({ executionName: name }: any) => name);
    const [first, second] = [await names('first'), await names('second')];
    expect(first.filter((name: string) => second.includes(name))).toEqual([]);
    for (const name of [...first, ...second]) expect(name).toMatch(/^[\w.-]{1,80}$/);
  });

  it('fails when frames have no result, and names them; what there is stays', async () => {
    const planned = await planReduction();
    const [, ...others] = reduceSteps(planned);
    for (const each of others) await invoke('reduce-frame', each);
    const error = await errorOf(planReduction(planned.cursor));
    expect(error.name).toBe('ReductionFailed');
    expect(error.message).toContain(`1 frames of test-night could not be reduced: ${planned.blocks[0].frames[0]}`);
    expect(reducedOf(world)).toHaveLength(2);

    // Tried again, only that one is planned.
    const again = await planReduction(0, 'second');
    expect(again.blocks.flatMap(({ frames }: any) => frames)).toEqual([planned.blocks[0].frames[0]]);
    expect(await reduce('second')).toMatchObject({ action: 'done', complete: 0, incomplete: 3 });
  });
});

it('has nothing to do in a night without frames of the sky', async () => {
  world = createWorld();
  await makeMaster(await openNight(world, { observatory: withSets([BIASES]) }));
  expect(await planReduction()).toMatchObject({ action: 'done', complete: 0, incomplete: 0 });
});

it('has nothing to do where the policy reduces nothing', async () => {
  world = createWorld();
  const raw = withSets([BIASES], { reduction: undefined });
  await takeVisit(await openNight(world, { observatory: raw }));
  expect(await planReduction()).toMatchObject({ action: 'done', complete: 0, incomplete: 0 });
});

it('needs a night', async () => {
  world = createWorld();
  expect((await errorOf(planReduction())).name).toBe('RecordMissing');
});
