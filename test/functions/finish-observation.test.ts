import { describe, expect, it } from 'vitest';
import {
  chosenVisit,
  events,
  expose,
  NIGHT_ID,
  request,
  secondsBetween,
  statuses,
  visitAtFirstFrame,
} from './night.ts';
import { createWorld, invoke, type World } from './world.ts';

const finish = (state: any, failure?: { step: string; error: string; cause: string }) =>
  invoke('finish-observation', { ...state, ...(failure && { failure }) });
const progress = (world: World) => world.tables.item('nights', NIGHT_ID, 'progress');

/** A programme of M31 in ten frames of 60 s, complete at a share. */
const tenFrames = (completeAtShare: number) => (value: any) => {
  value.requests[0].exposures = [{ filter: 'g', exposureTimeS: 60, count: 10 }];
  value.completeAtShare = completeAtShare;
};

/** The visit as it stands after so many frames: this step counts them, and does not look at them. */
const having = (state: any, taken: number) => ({ ...state, visit: { ...state.visit, taken } });

describe('a visit that took its frames', () => {
  it('leaves the request COMPLETED, with the exposure that did each frame', async () => {
    const world = createWorld();
    const state = await expose(await visitAtFirstFrame(world));
    expect(await finish(state)).toEqual({
      night: state.night,
      sequence: 1,
      now: state.now,
      telescope: state.telescope,
    });
    expect(statuses(world)).toEqual(['SCHEDULED', 'EXECUTING', 'COMPLETED']);
    expect(request(world).done).toEqual({
      0: 'noc1_o_20261121_000001',
      1: 'noc1_o_20261121_000002',
      2: 'noc1_o_20261121_000003',
    });
    for (const id of Object.values<string>(request(world).done)) {
      expect(world.tables.item('exposures', id).requestId).toBe('test.m31');
    }
  });

  it('is COMPLETED at the completion share, and PARTIAL just below', async () => {
    for (const [share, status] of [
      [0.8, 'COMPLETED'],
      [0.81, 'PARTIAL'],
    ] as const) {
      const world = createWorld();
      const state = await visitAtFirstFrame(world, { programme: tenFrames(share) });
      // The night's end cut the plan to eight of ten frames.
      await finish(having({ ...state, visit: { ...state.visit, plan: state.visit.plan.slice(0, 8) } }, 8));
      expect(request(world).status).toBe(status);
      expect(request(world).history.at(-1).cause).toBe('80 % of the exposure time is good');
    }
  });

  it('counts by exposure time: one long frame of three is most of it', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world, {
      programme: (value) => {
        value.requests[0].exposures = [
          { filter: 'g', exposureTimeS: 180, count: 1 },
          { filter: 'g', exposureTimeS: 10, count: 2 },
        ];
      },
    });
    await finish(having({ ...state, visit: { ...state.visit, plan: state.visit.plan.slice(0, 1) } }, 1));
    // 180 of 200 s are the default share of 0.9.
    expect(request(world).status).toBe('COMPLETED');
  });

  it('adds to what earlier visits did', async () => {
    const world = createWorld();
    const opened = await visitAtFirstFrame(world, { programme: tenFrames(1) });
    request(world).done = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [index, `earlier-${index}`]));
    const plan = opened.visit.plan.slice(5);
    await finish(having({ ...opened, visit: { ...opened.visit, plan } }, 5));
    expect(request(world).status).toBe('COMPLETED');
    expect(request(world).done).toMatchObject({ 4: 'earlier-4', 5: 'noc1_o_20261121_000001' });
  });

  it('moves the night on: the next decision, the next number', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    await finish(having(state, 3));
    expect(progress(world)).toMatchObject({ sequence: 1, now: state.now, telescope: state.telescope, nextSeqNum: 4 });
  });
});

describe('a visit that failed', () => {
  const cases: [string, string, number, string, number, number][] = [
    // step, error, frames taken before, status, recovery in seconds, next number
    ['check', 'WeatherUnsafe', 0, 'FAILED_PRECHECK', 0, 1],
    ['check', 'TargetNotObservable', 0, 'FAILED_PRECHECK', 0, 1],
    ['check', 'NightEnded', 0, 'FAILED_PRECHECK', 0, 1],
    ['check', 'OperatorHalt', 0, 'ABORTED', 0, 1],
    ['announce', 'TransitionNotAllowed', 0, 'FAILED_PRECHECK', 0, 1],
    ['slew', 'SlewFailed', 0, 'FAILED_SLEW', 60, 1],
    ['configure', 'ConfigureFailed', 0, 'FAILED_CONFIG', 60, 1],
    ['configure', 'ConfigureFailed', 2, 'FAILED_CONFIG', 60, 3],
    // The number of a frame that was begun is not used again, whether it was stored or not.
    ['expose', 'ExposureFailed', 1, 'FAILED_EXPOSURE', 60, 3],
    ['expose', 'SaveFailed', 1, 'FAILED_SAVE', 0, 3],
    ['expose', 'WeatherUnsafe', 1, 'PARTIAL', 0, 3],
    ['expose', 'NightEnded', 0, 'ABORTED', 0, 2],
    ['expose', 'OperatorHalt', 2, 'ABORTED', 0, 4],
  ];

  it.each(cases)('in %s with %s after %i frames is %s', async (step, error, taken, status, lostS, nextSeqNum) => {
    const world = createWorld();
    const early = step === 'check' || step === 'announce';
    const state = await (early ? chosenVisit(world) : visitAtFirstFrame(world));
    const output = await finish(having(state, taken), { step, error, cause: '{"errorMessage":"it broke"}' });
    expect(output).toMatchObject({ error, cause: 'it broke', sequence: 1 });
    expect(secondsBetween(state.now, output.now)).toBe(lostS);
    expect(request(world).status).toBe(status);
    expect(request(world).history.at(-1).cause).toBe(`${error}: it broke`);
    expect(Object.keys(request(world).done)).toHaveLength(taken);
    expect(progress(world)).toMatchObject({ sequence: 1, now: output.now, nextSeqNum });
    expect(events(world).at(-1)).toMatchObject({ kind: 'fault', budget: { fault: lostS }, endAt: output.now });
  });

  it('is COMPLETED all the same when enough was taken before', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world, { programme: tenFrames(0.85) });
    const output = await finish(having(state, 9), { step: 'expose', error: 'NightEnded', cause: 'dawn' });
    expect(request(world).status).toBe('COMPLETED');
    expect(output.error).toBe('NightEnded');
  });
});

describe('delivered twice', () => {
  it('after success changes nothing', async () => {
    const world = createWorld();
    const state = having(await visitAtFirstFrame(world), 3);
    const first = await finish(state);
    const before = world.snapshot();
    expect(await finish(state)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('after a failure changes nothing', async () => {
    const world = createWorld();
    const state = having(await visitAtFirstFrame(world), 1);
    const failure = { step: 'expose', error: 'ExposureFailed', cause: 'silence' };
    const first = await finish(state, failure);
    const before = world.snapshot();
    expect(await finish(state, failure)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('late, when the night has gone on and the request is in hand again, changes nothing', async () => {
    const world = createWorld();
    const state = having(await visitAtFirstFrame(world), 1);
    const failure = { step: 'expose', error: 'ExposureFailed', cause: 'silence' };
    const output = await finish(state, failure);
    await invoke('choose-next', { ...output, error: undefined, cause: undefined, segmentBegin: 0 });
    expect(statuses(world).at(-1)).toBe('SCHEDULED');
    const before = world.snapshot();
    await finish(state, failure);
    expect(world.snapshot()).toEqual(before);
  });

  it('after a crash in between does the rest', async () => {
    const world = createWorld();
    const state = having(await visitAtFirstFrame(world), 3);
    world.tables.hooks.beforePut = (_table, item) => {
      if (item.item === 'progress') throw new Error('killed');
    };
    await finish(state).catch(() => undefined);
    world.tables.hooks.beforePut = undefined;
    await finish(state);
    expect(statuses(world)).toEqual(['SCHEDULED', 'EXECUTING', 'COMPLETED']);
    expect(progress(world).sequence).toBe(1);
  });
});

describe('a request that was cancelled meanwhile', () => {
  it('stays so, the night moves on, and the event says it', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    Object.assign(request(world), { status: 'CANCELLED' });
    const before = structuredClone(request(world));
    const output = await finish(state, { step: 'announce', error: 'TransitionNotAllowed', cause: 'cancelled' });
    expect(request(world)).toEqual(before);
    expect(output).toMatchObject({ sequence: 1, error: 'TransitionNotAllowed' });
    expect(progress(world).sequence).toBe(1);
    expect(events(world).at(-1).message).toBe('test.m31 is CANCELLED: TransitionNotAllowed: cancelled');
  });

  it('stays so even when that happens between the look and the write', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    world.tables.hooks.beforePut = (table) => {
      if (table !== 'Requests') return;
      world.tables.hooks.beforePut = undefined;
      Object.assign(request(world), { status: 'CANCELLED', version: 2 });
    };
    const output = await finish(state, { step: 'check', error: 'WeatherUnsafe', cause: 'wind' });
    expect(request(world)).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect(output.sequence).toBe(1);
  });
});
