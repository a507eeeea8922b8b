import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BIASES, DARKS, damage, FLATS, keys, makeMaster, withSets } from './masters.ts';
import { openNight } from './night.ts';
import { planReduction, reduce, reducedOf, reduceSteps, takeVisit } from './reduction.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

/** Two frames of M31 in r; flats in r come after the night, when they are wanted. */
const inR = (value: any): void => {
  value.requests[0].exposures = [{ filter: 'r', exposureTimeS: 60, count: 2 }];
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const sets = (flats: object) => withSets([BIASES, DARKS, flats]);

let world: World;
let state: any;
/** A night with a bias and a dark; its flats are not taken yet. */
async function observed(): Promise<void> {
  world = createWorld();
  state = await openNight(world, { observatory: sets({ ...FLATS, when: 'nightEnd' }), programme: inR });
  for (const _ of ['bias', 'dark']) state = await makeMaster(state);
  state = await takeVisit(state);
}
const makeFlat = async () => {
  state = await makeMaster(state, 'after');
};

describe('a frame with all of its masters', () => {
  beforeEach(async () => {
    await observed();
    await makeFlat();
  });

  it('is reduced: file, sidecar, picture and provenance are stored, last its record', async () => {
    const planned = await planReduction();
    const [first] = reduceSteps(planned);
    const before = world.writes.length;
    expect(await invoke('reduce-frame', first)).toEqual({ exposureId: first.exposureId });
    const [record] = reducedOf(world);
    const key = `reduced/20261121/${first.exposureId}_r_red.fits`;
    expect(record).toMatchObject({
      ...{ exposureId: first.exposureId, requestId: 'test.m31', status: 'COMPLETE', missing: [] },
      ...{
        file: { key },
        preview: { key: key.replace('.fits', '.png') },
        sidecar: { key: key.replace('.fits', '.json') },
      },
      sha256: sha256(world.objects.get(key)!),
      sizeBytes: world.objects.get(key)!.length,
      blockId: planned.blocks[0].blockId,
    });
    expect(record.sheet.choices.map(({ type, masterId }: any) => [type, masterId])).toEqual([
      ['bias', 'noc1_mb_20261121_000001'],
      ['dark', 'noc1_md_20261121_000005'],
      ['flat', 'noc1_mf_20261121_000010'],
    ]);
    expect(world.json(record.sidecar.key)).toEqual(record);
    const written = world.writes.slice(before);
    expect(written.filter((each) => each.startsWith('S3'))).toHaveLength(3);
    expect(written.at(-1)).toMatch(/^Nights .* reduced#/);
    const edges = JSON.stringify(
      world.tables.items('provenance').filter(({ subject }) => subject.includes(first.exposureId)),
    );
    for (const { file } of record.sheet.choices) expect(edges).toContain(file.key);
    expect(edges).toContain(`raw/20261121/${first.exposureId}_r.fits`);
  });

  it('is reduced once, however often the step is delivered', async () => {
    const [first] = reduceSteps(await planReduction());
    await invoke('reduce-frame', first);
    const [before, writes] = [world.snapshot(), world.writes.length];
    expect(await invoke('reduce-frame', first)).toEqual({ exposureId: first.exposureId });
    expect(world.snapshot()).toEqual(before);
    expect(world.writes).toHaveLength(writes);
  });

  it('has the same bytes whenever, and in whatever order, it is reduced', async () => {
    const steps = reduceSteps(await planReduction());
    for (const each of steps) await invoke('reduce-frame', each);
    const files = keys(world, '_red.').map((key) => [key, sha256(world.objects.get(key)!)]);
    expect(files).toHaveLength(6);
    // As if nothing of it had come to its end.
    for (const { nightId, item } of reducedOf(world)) world.tables.remove('nights', nightId, item);
    for (const each of steps.toReversed()) await invoke('reduce-frame', each);
    expect(keys(world, '_red.').map((key) => [key, sha256(world.objects.get(key)!)])).toEqual(files);
  });

  it('that was damaged where it lies is turned down with the reason, and leaves nothing', async () => {
    const [first] = reduceSteps(await planReduction());
    damage(world, `raw/20261121/${first.exposureId}_r.fits`);
    const before = world.snapshot();
    const error = await errorOf(invoke('reduce-frame', first));
    expect(error.name).toBe('ChecksumMismatch');
    expect(world.snapshot()).toEqual(before);
  });

  it('is not reduced with a master that was damaged', async () => {
    const [first] = reduceSteps(await planReduction());
    damage(world, 'calibrations/20261121/noc1_mf_20261121_000010.fits');
    // A function that is warm keeps the masters that it has read.
    vi.resetModules();
    const before = world.snapshot();
    expect((await errorOf(invoke('reduce-frame', first))).name).toBe('ChecksumMismatch');
    expect(world.snapshot()).toEqual(before);
  });

  it('has no record where its file was not taken', async () => {
    const [first] = reduceSteps(await planReduction());
    world.refusal.objects = /_red\.fits/;
    expect((await errorOf(invoke('reduce-frame', first))).name).toBe('SaveFailed');
    expect(reducedOf(world)).toEqual([]);
  });

  it('must be one of its block', async () => {
    const [first] = reduceSteps(await planReduction());
    const error = await errorOf(invoke('reduce-frame', { ...first, exposureId: 'noc1_b_20261121_000001' }));
    expect(error).toMatchObject({ name: 'RecordMissing', message: expect.stringContaining(first.exposureId) });
  });
});

describe('a frame without a flat', () => {
  beforeEach(observed);

  it('is INCOMPLETE, and its answer sheet says what is missing and why', async () => {
    expect(await reduce()).toMatchObject({ action: 'done', complete: 0, incomplete: 2 });
    for (const record of reducedOf(world)) {
      expect(record).toMatchObject({ status: 'INCOMPLETE', missing: ['flat'], sheet: { complete: false } });
      const flat = record.sheet.choices.find(({ type }: any) => type === 'flat');
      expect(flat).not.toHaveProperty('masterId');
      expect(flat.wanted).toContain('noc1.flat.dome.r.b1.t-60');
      expect(flat.reason).toMatch(/\S/);
      expect(record.steps.find(({ step }: any) => /flat/i.test(step))).toMatchObject({ status: 'SKIPPED' });
    }
  });

  it('is planned again when the flat is there, and becomes COMPLETE; then no more', async () => {
    await reduce();
    const before = reducedOf(world);
    // Nothing has changed: nothing is to be done.
    expect(await planReduction(0, 'second')).toMatchObject({ action: 'done', complete: 0, incomplete: 2 });

    await makeFlat();
    const planned = await planReduction(0, 'third');
    expect(reduceSteps(planned).map(({ exposureId }) => exposureId)).toEqual(before.map((each) => each.exposureId));
    expect(await reduce('third')).toMatchObject({ action: 'done', complete: 2, incomplete: 0 });
    const after = reducedOf(world);
    expect(after.map(({ status, missing }) => [status, missing])).toEqual([
      ['COMPLETE', []],
      ['COMPLETE', []],
    ]);
    expect(after.map(({ sha256 }) => sha256)).not.toEqual(before.map((each) => each.sha256));
    for (const { file, sha256: wanted } of after) expect(sha256(world.objects.get(file.key)!)).toBe(wanted);

    expect(await planReduction(0, 'fourth')).toMatchObject({ action: 'done', complete: 2, incomplete: 0 });
    expect(world.json('nights/test-night/reduction/fourth.json')).toEqual([]);
  });
});
