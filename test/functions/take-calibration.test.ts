import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../core/fits/read.ts';
import { plan, prepare, takeFrame, withBias, withTwilight } from './calibration.ts';
import { askToHalt, events, NIGHT_ID, observatory, openNight, storeInput, unsafe } from './night.ts';
import { createWorld, errorOf, type World } from './world.ts';

const KEY = 'raw/20261121/noc1_b_20261121_000001.fits';
const header = (world: World, key = KEY) => readHeader(world.objects.get(key)!).values;
const exposure = (world: World, id = 'noc1_b_20261121_000001') => world.tables.item('exposures', id);
const prepared = async (world: World, changes: object = {}): Promise<any> =>
  prepare(await plan(await openNight(world, { programme: withBias, ...changes })));

/** The error of a frame that must not have been taken. Nothing of it is stored but why it was lost, where it alone is. */
async function refusal(world: World, state: any): Promise<Error> {
  const before = world.snapshot();
  const [frame] = state.frames;
  const error = await errorOf(takeFrame(state, frame));
  const lost = ['nights', NIGHT_ID, `lost#${frame.exposureId}`] as const;
  const isAlone = error.name === 'ExposureFailed' || error.name === 'WeatherUnsafe';
  expect(world.tables.item(...lost)?.outcome).toEqual(isAlone ? { reason: error.message } : undefined);
  world.tables.remove(...lost);
  expect(world.snapshot()).toEqual(before);
  return error;
}

describe('a calibration frame', () => {
  it('has a number and no filter in its name, and no pointing in its header', async () => {
    const world = createWorld();
    const state = await prepared(world);
    const taken = await takeFrame(state, state.frames[0]);
    expect(taken).toEqual({ exposureId: 'noc1_b_20261121_000001', accepted: true });
    const said = header(world);
    expect([said.get('IMAGETYP'), said.get('OBJECT'), said.get('EXPTIME')]).toEqual(['bias', 'bias', 0]);
    for (const keyword of ['RA', 'DEC', 'FILTER', 'AIRMASS', 'CRVAL1']) expect(said.has(keyword)).toBe(false);
    expect(world.tables.items('provenance').some(({ object }) => object.startsWith('catalogue:'))).toBe(false);
  });

  it('is put on record last, with its verdict and what it was judged by', async () => {
    const world = createWorld();
    const state = await prepared(world);
    await takeFrame(state, state.frames[0]);
    const record = exposure(world);
    expect(record).toMatchObject({
      nightId: NIGHT_ID,
      requestId: 'test.bias.1',
      observationId: `${NIGHT_ID}-000000`,
      imageType: 'bias',
      seqNum: 1,
      beginAt: state.frames[0].beginAt,
      verdict: { accepted: true, reasons: [] },
    });
    // Biases of this camera have a read noise of camera.readNoiseE over its gain, and nothing above the overscan.
    const { readNoiseE, gainEPerAdu } = world.json(state.night.observatory.key).camera;
    expect(record.verdict.noiseAdu).toBeGreaterThan((0.9 * readNoiseE) / gainEPerAdu);
    expect(record.verdict.noiseAdu).toBeLessThan((1.1 * readNoiseE) / gainEPerAdu);
    expect(Math.abs(record.verdict.levelAdu)).toBeLessThan(1);
    const bytes = world.objects.get(KEY)!;
    expect([record.sizeBytes, record.sha256]).toEqual([bytes.length, createHash('sha256').update(bytes).digest('hex')]);
    const order = world.writes.filter((write) => /S3 raw|^Exposures/.test(write));
    expect(order.at(-1)).toMatch(/^Exposures/);
    expect(events(world).at(-1)).toMatchObject({
      kind: 'exposure',
      exposureId: 'noc1_b_20261121_000001',
      budget: { slew: 0, configure: 0, waiting: 0, calibration: 0, readout: 4 },
    });
  });

  it('delivered twice is not taken again: nothing changes', async () => {
    const world = createWorld();
    const state = await prepared(world);
    const first = await takeFrame(state, state.frames[0]);
    // Had it been rendered and stored again, the bytes would stand there.
    world.objects.set(KEY, Buffer.from('untouched'));
    const before = world.snapshot();
    expect(await takeFrame(state, state.frames[0])).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it.each([/^Exposures/, /^Nights .*4-exposure/])(
    'is the same whether or not it was interrupted before the write %s',
    async (at) => {
      const whole = createWorld();
      const state = await prepared(whole);
      await takeFrame(state, state.frames[0]);
      const expected = whole.snapshot();
      const world = createWorld();
      const again = await prepared(world);
      world.tables.hooks.beforePut = (table, item) => {
        if (at.test(`${table} ${item.item ?? ''}`)) throw new Error('killed');
      };
      expect((await errorOf(takeFrame(again, again.frames[0]))).message).toBe('killed');
      world.tables.hooks.beforePut = undefined;
      await takeFrame(again, again.frames[0]);
      expect(world.snapshot()).toEqual(expected);
    },
  );

  it('may be taken in any order: each has its own instant and noise', async () => {
    const one = createWorld();
    const state = await prepared(one);
    for (const frame of state.frames) await takeFrame(state, frame);
    const expected = one.snapshot();
    const world = createWorld();
    const again = await prepared(world);
    for (const frame of again.frames.toReversed()) await takeFrame(again, frame);
    expect(world.snapshot()).toEqual(expected);
    expect(exposure(world).sha256).not.toBe(exposure(world, 'noc1_b_20261121_000002').sha256);
  });

  it('of the twilight sky has its filter, its pointing and the catalogue that its stars are from', async () => {
    const world = createWorld();
    const state = await prepared(world, { programme: () => {}, observatory: withTwilight });
    await takeFrame(state, state.frames[0]);
    const said = header(world, 'raw/20261121/noc1_f_20261121_000001_r.fits');
    expect([said.get('IMAGETYP'), said.get('FILTER')]).toEqual(['flat', 'r']);
    expect(said.get('RA')).toBeTypeOf('number');
    expect(world.tables.items('provenance').some(({ object }) => object.startsWith('catalogue:'))).toBe(true);
  });
});

describe('a calibration frame that is not taken', () => {
  it('OperatorHalt when an operator asks', async () => {
    const world = createWorld();
    const state = await prepared(world);
    askToHalt(world);
    expect((await refusal(world, state)).name).toBe('OperatorHalt');
  });

  it('ExposureFailed because the camera fails, and nothing of it is stored', async () => {
    const world = createWorld();
    const state = await prepared(world, { input: { faults: { expose: 1 } } });
    const error = await refusal(world, state);
    expect(error.name).toBe('ExposureFailed');
    expect(error.message).toContain('noc1_b_20261121_000001');
  });

  it('SaveFailed when S3 has no room', async () => {
    const world = createWorld();
    const state = await prepared(world);
    world.refusal.objects = /^raw\//;
    expect((await errorOf(takeFrame(state, state.frames[0]))).name).toBe('SaveFailed');
    expect(exposure(world)).toBeUndefined();
  });

  it('WeatherUnsafe when the weather has turned and the dome would be open; indoors it does not matter', async () => {
    const world = createWorld();
    const state = await prepared(world, { programme: () => {}, observatory: withTwilight });
    const turn = (at: any) => ({
      ...at,
      night: { ...at.night, observatory: storeInput(world, 'observatory', observatory(unsafe)) },
    });
    expect((await refusal(world, turn(state))).name).toBe('WeatherUnsafe');
  });

  it('not for the weather, where the dome is closed', async () => {
    const world = createWorld();
    const state = await prepared(world, { observatory: unsafe });
    expect(await takeFrame(state, state.frames[0])).toMatchObject({ accepted: true });
  });
});
