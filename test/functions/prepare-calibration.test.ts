import { describe, expect, it } from 'vitest';
import {
  BIAS,
  plan,
  prepare,
  setRequest,
  TWILIGHT_R,
  takeFrame,
  takeSet,
  withBias,
  withPolicy,
  withTwilight,
} from './calibration.ts';
import { askToHalt, events, NIGHT_ID, openNight, secondsBetween, unsafe } from './night.ts';
import { createWorld, errorOf, type World } from './world.ts';

/** A set that is planned: two biases unless other changes say otherwise. */
const planned = async (world: World, changes: object = { programme: withBias }): Promise<any> =>
  plan(await openNight(world, changes));
const settled = (world: World, round: number): any =>
  world.tables.item('nights', NIGHT_ID, `frames#000000#${round}`)?.outcome;
/** What speaks against a frame that was taken. */
function turnDown(world: World, exposureId: string): void {
  world.tables.item('exposures', exposureId).verdict = { accepted: false, reasons: ['light in it'] };
}

describe('the frames of a set', () => {
  it('follow each other without a gap, with a number each, from the plan on', async () => {
    const world = createWorld();
    const set = await planned(world);
    const { action, frames, now, calibration } = await prepare(set);
    expect(action).toBe('take');
    expect(frames.map(({ exposureId }: any) => exposureId)).toEqual([
      'noc1_b_20261121_000001',
      'noc1_b_20261121_000002',
    ]);
    expect(frames[0].fromAt).toBe(set.now);
    expect(frames[1].fromAt).toBe(frames[0].readyAt);
    expect(now).toBe(frames[1].readyAt);
    expect(secondsBetween(set.now, now)).toBe(8);
    expect(calibration.rounds).toBe(1);
    expect(setRequest(world, 'test.bias.1')).toMatchObject({
      status: 'RUNNING',
      history: [{ status: 'RUNNING', at: set.now, cause: 'asked for by programme small', nightId: NIGHT_ID }],
    });
  });

  it('asked for twice are the same, and nothing changes', async () => {
    const world = createWorld();
    const set = await planned(world);
    const first = await prepare(set);
    const before = world.snapshot();
    expect(await prepare(set)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('are enough when all are good: then the master is built, and nothing is settled', async () => {
    const world = createWorld();
    const after = await takeSet(await planned(world));
    expect(after).toMatchObject({ action: 'build', frames: [] });
    expect(settled(world, 0)).toHaveLength(2);
    expect(settled(world, 1)).toBeUndefined();
  });
});

describe('a frame that is no good', () => {
  it('is replaced by one of a new number, after all of its round', async () => {
    const world = createWorld();
    const first = await prepare(await planned(world));
    for (const frame of first.frames) await takeFrame(first, frame);
    turnDown(world, 'noc1_b_20261121_000001');
    const second = await prepare(first);
    expect(second).toMatchObject({ action: 'take', calibration: { rounds: 2 } });
    expect(second.frames.map(({ exposureId, index }: any) => [exposureId, index])).toEqual([
      ['noc1_b_20261121_000003', 2],
    ]);
    expect(second.frames[0].fromAt).toBe(first.now);
    await takeFrame(second, second.frames[0]);
    expect((await prepare(second)).action).toBe('build');
    // Told with its reason, and its time counts: the frame exists.
    const told = events(world).find(({ exposureId }) => exposureId === 'noc1_b_20261121_000001');
    expect(told.message).toContain('turned down: light in it');
    expect(told.budget).toMatchObject({ readout: 4 });
  });

  it('was lost: its time is told as a fault, and another is taken', async () => {
    const world = createWorld();
    const first = await prepare(await planned(world));
    await takeFrame(first, first.frames[1]);
    const second = await prepare(first);
    expect(second.frames.map(({ exposureId }: any) => exposureId)).toEqual(['noc1_b_20261121_000003']);
    const fault = events(world).find(({ kind }) => kind === 'fault');
    expect(fault).toMatchObject({
      beginAt: first.frames[0].fromAt,
      endAt: first.frames[0].readyAt,
      budget: { fault: 4 },
      message: 'noc1_b_20261121_000001 was lost',
    });
  });

  it('is replaced in two rounds at most: then the master is built from what there is', async () => {
    const world = createWorld();
    let state = await planned(world);
    const rounds: number[] = [];
    for (;;) {
      state = await prepare(state);
      if (state.action === 'build') break;
      rounds.push(state.frames.length);
      for (const frame of state.frames) {
        await takeFrame(state, frame);
        turnDown(world, frame.exposureId);
      }
    }
    expect(rounds).toEqual([2, 2, 2]);
    expect(world.tables.items('exposures')).toHaveLength(6);
  });

  it('is not replaced when there is no time left for it', async () => {
    const world = createWorld();
    const opened = await openNight(world, { programme: withBias });
    // The last frame is read at sunset.
    const late = new Date(Date.parse(opened.night.beginAt) - 8000).toISOString();
    const set = await plan(opened);
    const first = await prepare({ ...set, now: late });
    expect(first.frames).toHaveLength(2);
    expect((await prepare(first)).action).toBe('build');
  });
});

describe('no frames are planned', () => {
  it('with OperatorHalt when an operator asks, and the request waits', async () => {
    const world = createWorld();
    const set = await planned(world);
    askToHalt(world);
    const before = world.snapshot();
    expect((await errorOf(prepare(set))).name).toBe('OperatorHalt');
    expect(world.snapshot()).toEqual(before);
  });

  it('CalibrationNotPossible when the afternoon is over', async () => {
    const world = createWorld();
    const set = await planned(world);
    const error = await errorOf(prepare({ ...set, now: set.night.beginAt }));
    expect(error.name).toBe('CalibrationNotPossible');
    expect(settled(world, 0)).toBeUndefined();
  });

  it('CalibrationNotPossible when the sky is unsafe, and the dome has to be open', async () => {
    const world = createWorld();
    const observatory = (value: any) => {
      unsafe(value);
      withPolicy(BIAS, TWILIGHT_R)(value);
    };
    const opened = await openNight(world, { observatory });
    // Indoors it is of no account.
    const bias = await prepare(await plan(opened));
    expect(bias.frames).toHaveLength(2);
    const other = createWorld();
    const set = await planned(other, {
      observatory: (value: any) => {
        unsafe(value);
        withTwilight(value);
      },
    });
    const error = await errorOf(prepare(set));
    expect(error.name).toBe('CalibrationNotPossible');
    expect(error.message).toMatch(/dome closed: wind blows/);
  });
});
