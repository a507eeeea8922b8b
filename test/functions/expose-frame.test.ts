import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../core/fits/read.ts';
import {
  askToHalt,
  events,
  expose,
  NIGHT_ID,
  observatory,
  secondsBetween,
  storeInput,
  unsafe,
  visitAtFirstFrame,
} from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const KEY = 'raw/20261121/noc1_o_20261121_000001_g.fits';
const EXPOSURE = 'noc1_o_20261121_000001';

const header = (world: World, key = KEY) => readHeader(world.objects.get(key)!).values;
const exposure = (world: World, id = EXPOSURE) => world.tables.item('exposures', id);
const earlier = (instant: string, seconds: number) => new Date(Date.parse(instant) - seconds * 1000).toISOString();

/** The error of a frame that must not have been taken. */
async function refusal(world: World, state: unknown): Promise<Error> {
  const before = world.snapshot();
  const error = await errorOf(invoke('expose-frame', state));
  expect(world.snapshot()).toEqual(before);
  return error;
}

describe('a frame', () => {
  it('takes its exposure time and the readout, and the event accounts for both', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    const after = await invoke('expose-frame', state);
    // 60 s, and camera.readoutS of the observatory.
    expect(secondsBetween(state.now, after.now)).toBe(64);
    expect(after.visit).toMatchObject({ taken: 1, nextStep: 'expose' });
    expect(events(world).at(-1)).toMatchObject({
      kind: 'exposure',
      exposureId: EXPOSURE,
      beginAt: state.now,
      endAt: after.now,
      budget: { slew: 0, science: 60, readout: 4 },
    });
  });

  it('is stored before its sidecar, both before the record that says it is done, and that before its event', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    const from = world.writes.length;
    await invoke('expose-frame', state);
    const writes = world.writes.slice(from);
    expect(writes.slice(0, 2)).toEqual([`S3 ${KEY}`, 'S3 raw/20261121/noc1_o_20261121_000001_g.json']);
    expect(writes.at(-2)).toBe(`Exposures ${EXPOSURE}`);
    expect(writes.at(-1)).toMatch(/^Nights /);
    expect(writes.filter((write) => write.startsWith('Provenance')).length).toBeGreaterThan(0);
  });

  it('has a sidecar that is its record, and a record with the sum of its bytes', async () => {
    const world = createWorld();
    await invoke('expose-frame', await visitAtFirstFrame(world));
    const record = exposure(world);
    const bytes = world.objects.get(KEY)!;
    expect(world.json('raw/20261121/noc1_o_20261121_000001_g.json')).toEqual(record);
    expect(record.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(record.sizeBytes).toBe(bytes.length);
    // Whole blocks of 2880 bytes: the header's, and 64 x 64 pixels of two bytes in three.
    expect(bytes.length % 2880).toBe(0);
    expect(record.frame).toEqual({ bucket: 'nocturne', key: KEY });
  });

  it('has a header that says what the payload, the request and the observatory say', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    await invoke('expose-frame', state);
    const said = Object.fromEntries(header(world));
    const begin = state.now.slice(0, -1);
    const at = (seconds: number) => new Date(Date.parse(state.now) + seconds * 1000).toISOString().slice(0, -1);
    expect(said).toMatchObject({
      OBSID: EXPOSURE,
      FILENAME: 'noc1_o_20261121_000001_g.fits',
      IMAGETYP: 'object',
      OBJECT: 'M31',
      DAYOBS: 20261121,
      SEQNUM: 1,
      BLOCKID: `${NIGHT_ID}-000000`,
      GROUPID: `${NIGHT_ID}-000000`,
      REQ_ID: 'test.m31',
      PROGRAM: 'small',
      REASON: 'science',
      INSTRUME: 'noc1',
      TELESCOP: '30 cm f/5 astrograph',
      FILTER: 'g',
      EXPTIME: 60,
      DARKTIME: 60,
      GAIN: 1.6,
      RDNOISE: 6,
      // 1000 + 0.99 * 100000 * (1 - 0.004 - 0.006) / 1.6.
      SATURATE: 62256,
      // 64 that see the sky, 16 of prescan and 32 of overscan.
      NAXIS1: 112,
      NAXIS2: 64,
      SIMULATE: true,
      SIM_SEED: 7,
      SIM_PRMS: state.night.observatory.key,
      SW_VERS: 'nocturne 0.1.0',
      RA: 10.6847,
      DEC: 41.2688,
    });
    for (const keyword of ['DATE-OBS', 'DATE-BEG']) expect(String(said[keyword]).replace('Z', '')).toBe(begin);
    expect(String(said['DATE-AVG']).replace('Z', '')).toBe(at(30));
    expect(String(said['DATE-END']).replace('Z', '')).toBe(at(60));
    // MJD 61365 is 2026-11-21 (astropy).
    expect(said['MJD-BEG']).toBeCloseTo(61365 + secondsBetween('2026-11-21T00:00:00.000Z', state.now) / 86400, 8);
  });

  it('belongs to its group when the request has one', async () => {
    const world = createWorld();
    const programme = (value: any) => {
      value.requests[0].group = 'andromeda-mosaic';
    };
    await invoke('expose-frame', await visitAtFirstFrame(world, { programme }));
    expect(header(world).get('GROUPID')).toBe('andromeda-mosaic');
  });

  it('is found in the provenance graph with all that made it', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    await invoke('expose-frame', state);
    const all = world.tables.items('provenance');
    const objects = (subject: string, relation: string): string[] =>
      all.filter((edge) => edge.subject === subject && edge.relation === relation).map(({ object }) => object);
    const activity = `exposure:${EXPOSURE}`;
    const sidecar = `file:${KEY.replace('.fits', '.json')}`;
    expect(objects(`file:${KEY}`, 'wasGeneratedBy')).toEqual([activity]);
    expect(objects(sidecar, 'wasGeneratedBy')).toEqual([activity]);
    expect(objects(sidecar, 'wasDerivedFrom')).toEqual([`file:${KEY}`]);
    expect(objects(activity, 'wasInformedBy')).toEqual([`night:${NIGHT_ID}`]);
    expect(objects(activity, 'wasAssociatedWith')).toEqual(['software:nocturne@0.1.0']);
    expect(objects(activity, 'used').sort()).toEqual(
      [
        'request:test.m31',
        `file:${state.night.observatory.key}`,
        'catalogue:stars.bin',
        'catalogue:stars-faint.bin',
        'catalogue:galaxies.json',
      ].sort(),
    );
    const parameters = all.find(({ object }) => object === `file:${state.night.observatory.key}` && object)!;
    expect(all.find(({ subject, object }) => subject === activity && object === parameters.object).attributes).toEqual({
      role: 'parameters',
      seed: 7,
    });
  });
});

describe('frames of one visit', () => {
  it('follow each other: the dither moves the pointing, a new filter asks for a configuration, the last one for the end', async () => {
    const world = createWorld();
    const first = await expose(await visitAtFirstFrame(world), 1);
    const second = await expose(first, 2);
    expect(second.visit.nextStep).toBe('configure');
    const third = await expose(second, 3);
    expect(third.visit).toMatchObject({ taken: 3, nextStep: 'finish' });
    expect(world.tables.items('exposures').map(({ frame }) => frame.key)).toEqual([
      KEY,
      'raw/20261121/noc1_o_20261121_000002_g.fits',
      'raw/20261121/noc1_o_20261121_000003_r.fits',
    ]);
  });

  it('a dithered one points beside the target by the offset, east and north positive', async () => {
    const world = createWorld();
    const first = await expose(await visitAtFirstFrame(world), 1);
    const second = await expose(first, 2);
    const said = header(world, 'raw/20261121/noc1_o_20261121_000002_g.fits');
    // The first corner of a box of 20 arcsec: 10 arcsec east and north.
    const eastArcsec = ((said.get('RA') as number) - 10.6847) * 3600 * Math.cos((41.2688 * Math.PI) / 180);
    const northArcsec = ((said.get('DEC') as number) - 41.2688) * 3600;
    expect(eastArcsec).toBeCloseTo(10, 2);
    expect(northArcsec).toBeCloseTo(10, 2);
    expect(second.telescope.tracking).toEqual({ raDeg: said.get('RA'), decDeg: said.get('DEC') });
  });

  it('the move between two dithers counts as slew: settling, and some tenths of a second', async () => {
    const world = createWorld();
    const first = await expose(await visitAtFirstFrame(world), 1);
    const second = await expose(first, 2);
    const { budget } = events(world).at(-1);
    const spanS = secondsBetween(first.now, second.now);
    expect(budget.slew).toBeGreaterThan(2);
    expect(budget.slew).toBeLessThan(3);
    expect(budget.slew + budget.science + budget.readout).toBeCloseTo(spanS, 9);
    expect(exposure(world, 'noc1_o_20261121_000002').beginAt).toBe(earlier(second.now, 64));
  });
});

describe('a frame that stands', () => {
  it('is not taken again: nothing is rendered or stored, and the answer is the same', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    const first = await invoke('expose-frame', state);
    // Had it been rendered and stored again, the bytes would stand there.
    world.objects.set(KEY, Buffer.from('untouched'));
    const before = world.snapshot();
    expect(await invoke('expose-frame', state)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('stands even when an operator asks for a halt meanwhile', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    const first = await invoke('expose-frame', state);
    askToHalt(world);
    expect(await invoke('expose-frame', state)).toEqual(first);
  });

  it('is made anew to the same bytes when the night was killed before its record', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    world.tables.hooks.beforePut = (table) => {
      if (table === 'Exposures') throw new Error('killed');
    };
    await errorOf(invoke('expose-frame', state));
    const bytes = Buffer.from(world.objects.get(KEY)!);
    const [eventCount, edgeCount] = [events(world).length, world.tables.items('provenance').length];
    world.tables.hooks.beforePut = undefined;
    await invoke('expose-frame', state);
    expect(bytes.equals(world.objects.get(KEY)!)).toBe(true);
    expect([events(world).length, world.tables.items('provenance').length]).toEqual([eventCount + 1, edgeCount]);
    expect(exposure(world).exposureId).toBe(EXPOSURE);
  });

  it('has its event in the night, also when the night was killed between record and event', async () => {
    const calm = createWorld();
    await invoke('expose-frame', await visitAtFirstFrame(calm));
    const expected = events(calm).at(-1);
    const killed = createWorld();
    const state = await visitAtFirstFrame(killed);
    const before = events(killed).length;
    killed.tables.hooks.beforePut = (table, { item }) => {
      if (table === 'Nights' && String(item).includes('4-exposure')) throw new Error('killed');
    };
    await errorOf(invoke('expose-frame', state));
    expect(exposure(killed).exposureId).toBe(EXPOSURE);
    expect(events(killed)).toHaveLength(before);
    killed.tables.hooks.beforePut = undefined;
    await invoke('expose-frame', state);
    expect(events(killed).at(-1)).toEqual(expected);
  });
});

describe('a frame that is not taken', () => {
  it('SaveFailed with the reason of the store, and no record that it was', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    world.refusal.objects = /\.fits$/;
    const error = await refusal(world, state);
    expect(error.name).toBe('SaveFailed');
    expect(error.message).toContain(KEY);
    expect(error.message).toContain('InsufficientStorage: no space is left');
  });

  it('SaveFailed when the sidecar is refused: the frame alone is not a record', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    world.refusal.objects = /\.json$/;
    expect((await errorOf(invoke('expose-frame', state))).name).toBe('SaveFailed');
    expect(exposure(world)).toBeUndefined();
    expect(events(world).some(({ kind }) => kind === 'exposure')).toBe(false);
  });

  it('NightEnded before the shutter opens when it would not close in time, by a millisecond', async () => {
    const world = createWorld();
    // Polaris, which is up at the end of the night too.
    const target = { name: 'Polaris', raDeg: 37.9546, decDeg: 89.2641 };
    const state = await visitAtFirstFrame(world);
    const at = (seconds: number) => ({
      ...state,
      now: earlier(state.night.endAt, seconds),
      telescope: { ...state.telescope, tracking: { raDeg: target.raDeg, decDeg: target.decDeg } },
      visit: { ...state.visit, target },
    });
    const error = await refusal(world, at(59.999));
    expect(error.name).toBe('NightEnded');
    expect(error.message).toContain(state.night.endAt);
    expect((await invoke('expose-frame', at(60))).visit.taken).toBe(1);
  });

  it('OperatorHalt when an operator asks', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    askToHalt(world);
    expect((await refusal(world, state)).name).toBe('OperatorHalt');
  });

  it('ExposureFailed where the camera fails', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world, { input: { faults: { expose: 1 } } });
    const error = await refusal(world, state);
    expect(error.name).toBe('ExposureFailed');
    expect(error.message).toContain(EXPOSURE);
  });

  it('WeatherUnsafe when the weather has turned since the last look', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    const turned = storeInput(world, 'observatory', observatory(unsafe));
    const error = await refusal(world, { ...state, night: { ...state.night, observatory: turned } });
    expect(error.name).toBe('WeatherUnsafe');
    expect(error.message).toContain('wind blows');
  });
});
