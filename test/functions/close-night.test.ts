import { describe, expect, it } from 'vitest';
import {
  choose,
  DARK,
  events,
  expose,
  NIGHT_ID,
  OWNER,
  openNight,
  request,
  secondsBetween,
  statuses,
  visitAtFirstFrame,
} from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const close = (more: Record<string, unknown> = {}) =>
  invoke('close-night', { input: { nightId: NIGHT_ID }, executionArn: OWNER, ...more });
const record = (world: World) => world.tables.item('nights', NIGHT_ID, 'night');
const progress = (world: World) => world.tables.item('nights', NIGHT_ID, 'progress');
const halt = { error: 'OperatorHalt', cause: '{"errorMessage":"an operator asked"}' };

/** A night whose telescope follows M31 with the dome open, between two visits. */
async function underWay(world: World) {
  await openNight(world);
  const tracking = { raDeg: 10.6847, decDeg: 41.2688 };
  Object.assign(progress(world), {
    sequence: 5,
    now: DARK,
    telescope: { ...progress(world).telescope, tracking, domeOpen: true, filter: 'r' },
    nextSeqNum: 12,
  });
}

describe('the end of a night', () => {
  it('parks the telescope and closes the dome, in the time that this takes', async () => {
    const world = createWorld();
    await underWay(world);
    await close();
    expect(progress(world)).toMatchObject({ sequence: 6, nextSeqNum: 12 });
    expect(progress(world).telescope).toMatchObject({
      tracking: null,
      domeOpen: false,
      altitudeDeg: 20,
      azimuthDeg: 0,
      filter: 'r',
    });
    // dome.closeS; M31 is near the meridian, so neither dome nor mount takes longer.
    expect(secondsBetween(DARK, progress(world).now)).toBe(60);
    expect(events(world).at(-1)).toMatchObject({ kind: 'close', beginAt: DARK, budget: { slew: 60 } });
  });

  it.each([
    ['COMPLETED', undefined, { status: 'COMPLETED' }, 'the night is over'],
    [
      'ABORTED',
      halt,
      { status: 'ABORTED', error: 'OperatorHalt', cause: 'an operator asked' },
      'OperatorHalt: an operator asked',
    ],
    [
      'FAILED',
      {
        error: 'States.TaskFailed',
        cause: JSON.stringify({ Error: 'SaveFailed', Cause: '{"errorMessage":"disk full"}' }),
      },
      { status: 'FAILED', error: 'SaveFailed', cause: 'disk full' },
      'SaveFailed: disk full',
    ],
  ])('is %s, and says why', async (status, failure, output, cause) => {
    const world = createWorld();
    await openNight(world);
    expect(await close(failure && { failure })).toEqual(output);
    expect(record(world)).toMatchObject({ status, haltRequested: false });
    expect(record(world).history.at(-1)).toEqual({ status, at: progress(world).now, cause });
  });

  it('takes back the wish to halt, so that the night can go on another time', async () => {
    const world = createWorld();
    await openNight(world);
    record(world).haltRequested = true;
    await close({ failure: halt });
    expect(record(world).haltRequested).toBe(false);
  });

  it('delivered twice changes nothing', async () => {
    const world = createWorld();
    await underWay(world);
    await close();
    const before = world.snapshot();
    await close();
    expect(world.snapshot()).toEqual(before);
  });

  it.each(['progress', 'night'])(
    'interrupted before it writes the item %s, it ends as if it had not been',
    async (at) => {
      const whole = createWorld();
      await underWay(whole);
      await close({ failure: halt });
      const expected = whole.snapshot();

      const world = createWorld();
      await underWay(world);
      world.tables.hooks.beforePut = (_table, item) => {
        if (item.item === at) throw new Error('killed');
      };
      expect((await errorOf(close({ failure: halt }))).message).toBe('killed');
      world.tables.hooks.beforePut = undefined;
      await close({ failure: halt });
      expect(world.snapshot()).toEqual(expected);
    },
  );

  it('is not for an execution that does not own the night', async () => {
    const world = createWorld();
    await underWay(world);
    const before = world.snapshot();
    expect(await close({ executionArn: 'arn:of:another', failure: halt })).toEqual({
      error: 'OperatorHalt',
      cause: 'an operator asked',
    });
    expect(world.snapshot()).toEqual(before);
  });

  it('is not for a night that was never opened', async () => {
    const world = createWorld();
    const before = world.snapshot();
    expect(await close()).toEqual({});
    expect(world.snapshot()).toEqual(before);
  });
});

describe('a visit that was under way', () => {
  it('is ended: the request is free, its frames count, no number is used again', async () => {
    const world = createWorld();
    const state = await expose(await visitAtFirstFrame(world), 1);
    await close({ failure: halt });
    expect(statuses(world)).toEqual(['SCHEDULED', 'EXECUTING', 'ABORTED']);
    expect(request(world).done).toEqual({ 0: 'noc1_o_20261121_000001' });
    // Three frames were planned.
    expect(progress(world)).toMatchObject({ sequence: 1, nextSeqNum: 4 });
    expect(progress(world).now >= state.now).toBe(true);
  });

  it('has its time accounted for: the closing begins where its last event ended', async () => {
    const world = createWorld();
    const state = await expose(await visitAtFirstFrame(world), 1);
    await close({ failure: halt });
    expect(events(world).at(-1)).toMatchObject({ kind: 'close', beginAt: state.now });
  });

  it('was only settled: its request stays as it was', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    world.tables.hooks.beforePut = (table) => {
      if (table === 'Requests') throw new Error('killed');
    };
    await errorOf(choose(state));
    world.tables.hooks.beforePut = undefined;
    await close({ failure: halt });
    expect(request(world)).toMatchObject({ status: 'QUEUED', done: {}, history: [] });
  });

  it('gets no frame any more: the night is closed', async () => {
    const world = createWorld();
    const state = await visitAtFirstFrame(world);
    await close({ failure: halt });
    const before = world.snapshot();
    expect((await errorOf(invoke('expose-frame', state))).name).toBe('OperatorHalt');
    expect(world.snapshot()).toEqual(before);
  });
});
