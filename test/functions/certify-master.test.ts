import { beforeEach, describe, expect, it } from 'vitest';
import { taiOf } from '../../core/time.ts';
import { finish, plan, setRequest, takeSet } from './calibration.ts';
import {
  BIASES,
  build,
  certificates,
  certify,
  DARKS,
  makeMaster,
  mastersOf,
  openAnotherNight,
  withSets,
} from './masters.ts';
import { openNight } from './night.ts';
import { createWorld, errorOf, type World } from './world.ts';

const KEY = 'noc1.bias.b1.t-60';
const FIRST = 'noc1_mb_20261121_000001';
const SECOND = 'noc1_mb_20261122_000001';
const policy = withSets([BIASES]);
const daysAfter = (tai: string, days: number): string =>
  new Date(Date.parse(`${tai}Z`) + days * 86_400_000).toISOString().slice(0, -1);

let world: World;
beforeEach(() => {
  world = createWorld();
});
const builtSet = async (opened: any): Promise<any> => build(await takeSet(await plan(opened)));
const validity = (): [string, string, string][] =>
  certificates(world)
    .map(({ id, validFrom, validTo }): [string, string, string] => [id, validFrom, validTo])
    .sort((a, b) => (a[1] < b[1] ? -1 : 1));
const history = (): string[] =>
  world.tables
    .items('calibrations')
    .flatMap(({ number, change }) => (change ? [{ number, change }] : []))
    .sort((a, b) => a.number - b.number)
    .map(({ change }) => `${change.action} ${change.masterId}`);

describe('a master', () => {
  it('is valid from its first frame on, for as long as its request says', async () => {
    const state = await builtSet(await openNight(world, { observatory: policy }));
    expect(await certify(state)).toEqual(state);
    const [record] = mastersOf(world);
    expect(validity()).toEqual([[FIRST, record.takenFrom, daysAfter(record.takenFrom, 2)]]);
    // In the afternoon, before the night began: TAI is 37 s ahead of UTC.
    expect(record.takenFrom < taiOf(Date.parse(state.night.beginAt))).toBe(true);
    const [{ master, nightId }] = certificates(world);
    expect(master).toEqual(record);
    expect(nightId).toBe('test-night');
    expect(history()).toEqual([`certify ${FIRST}`]);
  });

  it('is certified once, however often the step is delivered', async () => {
    const state = await builtSet(await openNight(world, { observatory: policy }));
    await certify(state);
    const before = world.snapshot();
    expect(await certify(state)).toEqual(state);
    expect(world.snapshot()).toEqual(before);
  });

  it('that was taken after the last visit is valid from the beginning of its night on', async () => {
    const atEnd = withSets([{ ...BIASES, when: 'nightEnd' }]);
    const opened = await openNight(world, { observatory: atEnd });
    const late = { ...opened, now: '2026-11-22T03:00:00.000Z' };
    const state = await build(await takeSet(await plan(late, 'after')));
    await certify(state);
    const [record] = mastersOf(world);
    expect(record.takenFrom >= '2026-11-22T03:00').toBe(true);
    const begin = taiOf(Date.parse(opened.night.beginAt));
    expect(validity()).toEqual([[FIRST, begin, daysAfter(record.takenFrom, 2)]]);
  });

  it('that was never built is refused', async () => {
    const state = await takeSet(await plan(await openNight(world, { observatory: policy })));
    const unknown = { ...state, calibration: { ...state.calibration, masterId: FIRST } };
    expect(await errorOf(certify(unknown))).toMatchObject({
      name: 'RecordMissing',
      message: expect.stringContaining(FIRST),
    });
    expect(world.tables.items('calibrations')).toEqual([]);
  });
});

describe('the master of the next night', () => {
  it('ends the one before where it begins, and nothing of what was done is forgotten', async () => {
    await makeMaster(await openNight(world, { observatory: policy }));
    const state = await builtSet(await openAnotherNight(world, 'second', 20261122, policy));
    await certify(state);
    const [first, second] = mastersOf(world);
    expect([first.masterId, second.masterId]).toEqual([FIRST, SECOND]);
    expect(validity()).toEqual([
      [FIRST, first.takenFrom, second.takenFrom],
      [SECOND, second.takenFrom, daysAfter(second.takenFrom, 2)],
    ]);
    expect(history()).toEqual([`certify ${FIRST}`, `certify ${SECOND}`, `supersede ${FIRST}`]);

    const before = world.snapshot();
    await certify(state);
    expect(world.snapshot()).toEqual(before);
  });

  it('is compared with the one before, and both are found alike', async () => {
    await makeMaster(await openNight(world, { observatory: policy }));
    await builtSet(await openAnotherNight(world, 'second', 20261122, policy));
    const metricOf = (record: any) => record.quality.metrics.find(({ name }: any) => name === 'previousDifferentShare');
    const [first, second] = mastersOf(world).map(metricOf);
    expect(first).not.toHaveProperty('value');
    expect(second).toMatchObject({ value: expect.any(Number), grade: 'GOOD' });
  });

  it('does not meet one that conflicts: a step that was lost for days ends nothing that is newer', async () => {
    const late = await builtSet(await openNight(world, { observatory: policy }));
    await makeMaster(await openAnotherNight(world, 'second', 20261122, policy));
    await certify(late);
    const [first, second] = mastersOf(world);
    expect(validity()).toEqual([
      [FIRST, first.takenFrom, second.takenFrom],
      [SECOND, second.takenFrom, daysAfter(second.takenFrom, 2)],
    ]);
  });

  it('conflicts with itself in another range, which a person must settle', async () => {
    const state = await builtSet(await openNight(world, { observatory: policy }));
    await certify(state);
    const { requestId } = state.calibration;
    setRequest(world, requestId).validDays = 5;
    const before = world.snapshot();
    const error = await errorOf(certify({ ...state, now: '2026-11-21T18:00:00.000Z' }));
    expect(error.name).toBe('ValidityConflict');
    expect(error.message).toContain('recertify');
    expect(world.snapshot()).toEqual(before);

    const failure = { step: 'certify', error: error.name, cause: JSON.stringify({ errorMessage: error.message }) };
    await finish(state, failure);
    expect(setRequest(world, requestId)).toMatchObject({ status: 'ERROR' });
    expect(setRequest(world, requestId)).not.toHaveProperty('masterId');
  });
});

it('keys of other kinds stand beside each other', async () => {
  const next = await makeMaster(await openNight(world, { observatory: withSets([BIASES, DARKS]) }));
  await makeMaster(next);
  expect(new Set(certificates(world).map(({ calibrationKey }) => calibrationKey))).toEqual(
    new Set([KEY, 'noc1.dark.b1.t-60']),
  );
});
