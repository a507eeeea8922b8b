import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { TABLES } from '../../core/names.ts';
import { taiOf } from '../../core/time.ts';
import { finish, plan, setRequest, takeSet } from './calibration.ts';
import {
  BIASES,
  build,
  certificates,
  certify,
  DARKS,
  damage,
  keys,
  makeMaster,
  mastersOf,
  takenSet,
  takeReversed,
  withSets,
} from './masters.ts';
import { openNight } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const MASTER = 'noc1_mb_20261121_000001';
const FILE = `calibrations/20261121/${MASTER}.fits`;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let world: World;
beforeEach(() => {
  world = createWorld();
});

describe('a master', () => {
  it('is stored with its picture, sidecar and provenance, and last its record', async () => {
    const state = await takenSet(world, withSets([BIASES]));
    const before = world.writes.length;
    const built = await build(state);
    expect(built).toEqual({
      ...{ night: state.night, sequence: state.sequence, now: state.now, telescope: state.telescope },
      calibration: { ...state.calibration, masterId: MASTER },
    });
    const [record] = mastersOf(world);
    const frames = ['000001', '000002', '000003', '000004'].map((number) => `noc1_b_20261121_${number}`);
    const exposures = world.tables.items('exposures').toSorted((a, b) => a.seqNum - b.seqNum);
    expect(record.quality.reasons).toEqual([]);
    expect(record).toMatchObject({
      nightId: 'test-night',
      ...{ masterId: MASTER, calibrationKey: 'noc1.bias.b1.t-60', instrument: 'noc1', dayObs: 20261121, frames },
      ...{ rejected: [], isScalable: false, quality: { grade: 'GOOD' } },
      takenFrom: taiOf(Date.parse(exposures[0].beginAt)),
      takenTo: taiOf(Date.parse(exposures[3].endAt)),
      sha256: sha256(world.objects.get(FILE)!),
      sizeBytes: world.objects.get(FILE)!.length,
    });
    expect(keys(world, MASTER)).toEqual([FILE, FILE.replace('.fits', '.json'), FILE.replace('.fits', '.png')]);
    // The sidecar is the record: whoever has the files alone can read all of it.
    expect(world.json(FILE.replace('.fits', '.json'))).toEqual(record);
    const written = world.writes.slice(before);
    expect(written.filter((each) => each.startsWith('S3'))).toHaveLength(3);
    expect(written.at(-1)).toMatch(/^Nights .* master#/);
    // Not valid before it is certified.
    expect(certificates(world)).toEqual([]);
  });

  it('is built once: delivered again it gives the same and writes nothing', async () => {
    const state = await takenSet(world, withSets([BIASES]));
    const first = await build(state);
    const [before, writes] = [world.snapshot(), world.writes.length];
    expect(await build(state)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
    expect(world.writes).toHaveLength(writes);
  });

  it('has the same bytes whatever the order in which its frames came, and however often', async () => {
    await build(await takenSet(world, withSets([BIASES])));
    const inOrder = world.objects.get(FILE)!;
    world = createWorld();
    const opened = await openNight(world, { observatory: withSets([BIASES]) });
    await build(await takeReversed(await plan(opened)));
    expect(sha256(world.objects.get(FILE)!)).toBe(sha256(inOrder));
  });

  it('has the same bytes when a step died before its record was written', async () => {
    const state = await takenSet(world, withSets([BIASES]));
    world.refusal.objects = /mb_.*\.json/;
    expect((await errorOf(build(state))).name).toBe('SaveFailed');
    expect(mastersOf(world)).toEqual([]);
    const half = sha256(world.objects.get(FILE)!);
    world.refusal.objects = undefined;
    await build(state);
    expect(mastersOf(world)[0].sha256).toBe(half);
    expect(sha256(world.objects.get(FILE)!)).toBe(half);
  });

  it('of frames too large for its memory is read in parts, and has the same bytes', async () => {
    // Four whole frames of 2048 x 2048 are more than the least that a policy may allow.
    const large = (masterMemoryMiB: number) => (value: any) => {
      value.camera.widthPix = 2048;
      value.camera.heightPix = 2048;
      withSets([BIASES], { masterMemoryMiB })(value);
    };
    const state = await takenSet(world, large(32));
    const [{ sizeBytes }] = world.tables.items('exposures');
    expect(4 * sizeBytes).toBeGreaterThan(32 * 2 ** 20);
    await build(state);
    expect(world.rangesRead.size).toBe(4);
    const inParts = sha256(world.objects.get(FILE)!);
    const raw = [...world.objects].filter(([key]) => key.startsWith('raw/'));
    const exposures = world.tables.items('exposures');

    world = createWorld();
    const again = await plan(await openNight(world, { observatory: large(256) }));
    // The same frames: only how much of them is held at a time is another.
    for (const [key, bytes] of raw) world.objects.set(key, bytes);
    for (const each of exposures) world.tables.put({ TableName: TABLES.exposures, Item: each });
    await build(await takeSet(again));
    expect(world.rangesRead.size).toBe(0);
    expect(sha256(world.objects.get(FILE)!)).toBe(inParts);
  });
});

describe('frames that are no good', () => {
  it('are left out when their file was damaged, with the reason', async () => {
    const state = await takenSet(world, withSets([BIASES]));
    const [{ frame, exposureId }] = world.tables.items('exposures').filter(({ seqNum }) => seqNum === 2);
    damage(world, frame.key);
    await build(state);
    const [record] = mastersOf(world);
    expect(record.frames).toHaveLength(3);
    expect(record.frames).not.toContain(exposureId);
    expect(record.rejected).toEqual([{ exposureId, reason: expect.stringContaining('ChecksumMismatch') }]);
  });

  it('end the set where too few are left; every one is named and nothing is kept', async () => {
    const state = await takenSet(world, withSets([BIASES]));
    const bad = world.tables.items('exposures').filter(({ seqNum }) => seqNum === 2 || seqNum === 3);
    for (const { frame } of bad) damage(world, frame.key);
    const before = world.snapshot();
    const error = await errorOf(build(state));
    expect(error.name).toBe('TooFewFrames');
    for (const { exposureId } of bad) expect(error.message).toContain(exposureId);
    expect(error.message).toContain('ChecksumMismatch');
    expect(world.snapshot()).toEqual(before);
  });

  it('end the set where none can be read', async () => {
    const state = await takenSet(world, withSets([BIASES]));
    for (const { frame } of world.tables.items('exposures')) damage(world, frame.key);
    const error = await errorOf(build(state));
    expect(error.name).toBe('TooFewFrames');
    expect(error.message.match(/noc1_b_\w+: ChecksumMismatch/g)).toHaveLength(4);
    expect(keys(world, 'calibrations/')).toEqual([]);
  });

  it('end the set where none was taken', async () => {
    const opened = await openNight(world, { observatory: withSets([BIASES]), input: { faults: { camera: 1 } } });
    const error = await errorOf(build(await takeSet(await plan(opened))));
    expect(error).toMatchObject({ name: 'TooFewFrames', message: expect.stringContaining('not one frame') });
    expect(error.message.match(/noc1_b_\d+_\d+: .*camera out of order/g)).toHaveLength(12);
  });

  it('count where they were turned down when they were taken: a lamp that burns is in no master', async () => {
    const opened = await openNight(world, { observatory: withSets([BIASES]) });
    const planned = await plan(opened);
    const faults = { scheduled: [{ subsystem: 'lamp', at: planned.now, durationS: 6 }] };
    const state = await takeSet({ ...planned, night: { ...planned.night, faults } });
    await build(state);
    const [record] = mastersOf(world);
    expect(record.rejected.length).toBeGreaterThan(0);
    for (const { exposureId, reason } of record.rejected) {
      const { verdict } = world.tables.items('exposures').find((each) => each.exposureId === exposureId)!;
      expect(verdict.accepted).toBe(false);
      expect(reason).toMatch(/turned down before: .*light/i);
    }
    // Those were replaced.
    expect(record.frames).toHaveLength(4);
  });
});

describe('a master that is no good', () => {
  const tooFew = { limits: { frameCount: { badMin: 30, goodMin: 40 } } };

  it('is kept with its judgement and never certified', async () => {
    const state = await takenSet(world, withSets([BIASES], tooFew));
    const error = await errorOf(build(state));
    expect(error.name).toBe('MasterRejected');
    expect(error.message).toMatch(/noc1_mb_20261121_000001 is BAD: .*frameCount/);
    const [record] = mastersOf(world);
    expect(record.quality.grade).toBe('BAD');
    expect(record.quality.metrics.find(({ name }: any) => name === 'frameCount')).toMatchObject({
      ...{ value: 4, badMin: 30, goodMin: 40, grade: 'BAD' },
    });
    expect(keys(world, MASTER)).toHaveLength(3);
    expect(world.tables.items('calibrations')).toEqual([]);

    // Again, and even when somebody asks for a certificate all the same.
    const before = world.snapshot();
    expect((await errorOf(build(state))).message).toBe(error.message);
    const pushed = { ...state, calibration: { ...state.calibration, masterId: MASTER } };
    expect((await errorOf(certify(pushed))).name).toBe('MasterRejected');
    expect(world.snapshot()).toEqual(before);

    const failure = { step: 'build', error: error.name, cause: JSON.stringify({ errorMessage: error.message }) };
    await finish(state, failure);
    const { status, masterId, history } = setRequest(world, state.calibration.requestId);
    expect({ status, masterId }).toEqual({ status: 'ERROR', masterId: undefined });
    expect(history.at(-1).cause).toContain('is BAD');
    expect(world.tables.items('calibrations')).toEqual([]);
  });

  it.each([
    [true, undefined],
    [false, 'MasterRejected'],
  ])('of grade WARN follows the policy: useWarn %s', async (useWarn, wanted) => {
    const warns = { useWarn, limits: { frameCount: { badMin: 2, goodMin: 40 } } };
    const state = await takenSet(world, withSets([BIASES], warns));
    const outcome = await build(state).catch((error) => error);
    expect(mastersOf(world)[0].quality.grade).toBe('WARN');
    if (wanted === undefined) expect(outcome.calibration.masterId).toBe(MASTER);
    else expect(outcome).toMatchObject({ name: wanted, message: expect.stringContaining('is WARN: ') });
  });

  it.each([
    ['accept', 'GOOD', []],
    ['warn', 'WARN', [expect.stringContaining('first master of its kind')]],
    ['reject', 'BAD', [expect.stringContaining('first master of its kind')]],
  ])('because it is the first of its kind follows the policy: %s gives %s', async (firstMaster, grade, reasons) => {
    const state = await takenSet(world, withSets([BIASES], { firstMaster }));
    const outcome = await build(state).catch((error) => error);
    const [{ quality }] = mastersOf(world);
    expect({ grade: quality.grade, reasons: quality.reasons }).toEqual({ grade, reasons });
    expect(outcome.name).toBe(grade === 'BAD' ? 'MasterRejected' : undefined);
  });
});

describe('a dark', () => {
  it('needs a master bias; without one it says which frame has none, and keeps nothing', async () => {
    const state = await takenSet(world, withSets([{ ...BIASES, when: 'nightEnd' }, DARKS]));
    const before = world.snapshot();
    const error = await errorOf(build(state));
    expect(error.name).toBe('NoCalibration');
    expect(error.message).toMatch(/noc1_d_20261121_000001 .* bias/);
    expect(world.snapshot()).toEqual(before);
  });

  it('has the one that is valid taken off, and says so in its provenance', async () => {
    const opened = await openNight(world, { observatory: withSets([BIASES, DARKS]) });
    const next = await makeMaster(opened);
    const state = await takeSet(await plan(next));
    await build(state);
    const record = mastersOf(world).find(({ set }) => set.type === 'dark');
    expect(record).toMatchObject({ biasId: MASTER, isScalable: true, calibrationKey: 'noc1.dark.b1.t-60' });
    const edges = world.tables.items('provenance').filter((edge) => edge.subject.includes(record.masterId));
    expect(JSON.stringify(edges)).toContain(FILE);
    for (const frame of record.frames) expect(JSON.stringify(edges)).toContain(frame);
  });
});

it('refuses a set that nobody asked for', async () => {
  const state = await takenSet(world, withSets([BIASES]));
  const unknown = { ...state.calibration, requestId: 'nobody.asked' };
  const { night, sequence, now, telescope } = state;
  const call = invoke('build-master', { night, sequence, now, telescope, calibration: unknown });
  expect((await errorOf(call)).name).toBe('RecordMissing');
});
