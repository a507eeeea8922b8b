import { describe, expect, it } from 'vitest';
import {
  askToHalt,
  choose,
  DARK,
  events,
  NIGHT_ID,
  openNight,
  request,
  secondsBetween,
  statuses,
  unsafe,
} from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const progress = (world: World) => world.tables.item('nights', NIGHT_ID, 'progress');
const decision = (world: World, sequence = '000000') =>
  world.tables.item('nights', NIGHT_ID, `decision#${sequence}`)?.outcome;

describe('a visit', () => {
  it('is of the request that can be observed, with all that the next steps need', async () => {
    const world = createWorld();
    const state = await openNight(world);
    const chosen = await choose({ ...state, now: DARK });
    expect(chosen).toMatchObject({ action: 'observe', executionName: `${NIGHT_ID}-000000-r1` });
    expect(chosen.visit).toMatchObject({
      observationId: `${NIGHT_ID}-000000`,
      requestId: 'test.m31',
      target: { name: 'M31', raDeg: 10.6847, decDeg: 41.2688 },
      taken: 0,
      firstSeqNum: 1,
      nextStep: 'configure',
    });
  });

  it('has the frames that are left of the request, each with its place in it', async () => {
    const world = createWorld();
    const state = await openNight(world);
    request(world).done = { 1: 'noc1_o_20261120_000009' };
    const { visit } = await choose({ ...state, now: DARK });
    expect(visit.plan.map((each: any) => [each.index, each.filter])).toEqual([
      [0, 'g'],
      [2, 'r'],
    ]);
  });

  it('is put on record: the request is SCHEDULED by it, with the time', async () => {
    const world = createWorld();
    const state = await openNight(world);
    await choose({ ...state, now: DARK });
    expect(request(world)).toMatchObject({ status: 'SCHEDULED', version: 1 });
    expect(request(world).history).toEqual([
      {
        status: 'SCHEDULED',
        at: DARK,
        cause: expect.stringContaining('score'),
        nightId: NIGHT_ID,
        observationId: `${NIGHT_ID}-000000`,
      },
    ]);
  });

  it('does not advance the night: that is for its end', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    const before = structuredClone(progress(world));
    await choose(state);
    expect(progress(world)).toEqual(before);
  });
});

describe('a decision that is settled', () => {
  it('asked for twice changes nothing', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    const first = await choose(state);
    const before = world.snapshot();
    expect(await choose(state)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('stands when the table has changed since', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    const first = await choose(state);
    Object.assign(request(world), { done: { 0: 'a', 1: 'b' } });
    expect(await choose(state)).toEqual(first);
  });

  it('was settled by another while this one thought: that one stands', async () => {
    const world = createWorld();
    const state = await openNight(world);
    world.tables.hooks.beforePut = (table, item) => {
      if (item.item !== 'decision#000000') return;
      world.tables.hooks.beforePut = undefined;
      const outcome = { action: 'wait', reason: 'was first', waitS: 77, category: 'waiting', details: {} };
      world.tables.put({ TableName: table, Item: { ...item, outcome } });
    };
    const chosen = await choose({ ...state, now: DARK });
    expect(chosen).toMatchObject({ action: 'wait', sequence: 1 });
    expect(secondsBetween(DARK, chosen.now)).toBe(77);
    expect(request(world).status).toBe('QUEUED');
  });

  it('stands when a person cancelled the request since: the visit itself finds out', async () => {
    const world = createWorld();
    const state = await openNight(world);
    // Cancelled between the reading of the requests and the writing of the status.
    world.tables.hooks.beforePut = (_table, item) => {
      if (item.item === 'decision#000000') request(world).status = 'CANCELLED';
    };
    const chosen = await choose({ ...state, now: DARK });
    expect(chosen.action).toBe('observe');
    expect(request(world)).toMatchObject({ status: 'CANCELLED', history: [] });
    expect((await errorOf(invoke('check-conditions', visitOf(chosen)))).name).toBe('TargetNotObservable');
  });

  it('is not settled for a request that another visit has taken meanwhile', async () => {
    const world = createWorld();
    const state = await openNight(world);
    world.tables.hooks.beforePut = (_table, item) => {
      if (item.item === 'decision#000000') request(world).status = 'EXECUTING';
    };
    expect((await errorOf(choose({ ...state, now: DARK }))).name).toBe('TransitionNotAllowed');
  });
});

const visitOf = ({ night, sequence, now, telescope, visit }: any) => ({ night, sequence, now, telescope, visit });

describe('a wait', () => {
  it('lasts as long as the programme says, and the night moves on by it', async () => {
    const world = createWorld();
    const state = await openNight(world, {
      programme: (value) => {
        value.waitS = 600;
      },
    });
    const chosen = await choose(state);
    expect(chosen).toMatchObject({ action: 'wait', sequence: 1 });
    expect(secondsBetween(state.now, chosen.now)).toBe(600);
    expect(progress(world)).toMatchObject({ sequence: 1, now: chosen.now, nextSeqNum: 1 });
    expect(events(world).at(-1)).toMatchObject({ kind: 'wait', budget: { waiting: 600 }, endAt: chosen.now });
  });

  it('ends with the night at the latest', async () => {
    const world = createWorld();
    const state = await openNight(world, {
      observatory: (value) => {
        unsafe(value);
        value.safety.recheckS = 7200;
      },
      programme: (value) => {
        Object.assign(value.requests[0], {
          target: { name: 'Polaris', raDeg: 37.9546, decDeg: 89.2641 },
          constraints: { twilight: 'civil', moonSeparationMinDeg: 0 },
        });
      },
    });
    // A quarter of an hour or so before the end of civil twilight.
    const now = new Date(Date.parse(state.night.endAt) - 2_400_000).toISOString();
    expect(await choose({ ...state, now })).toMatchObject({ action: 'wait', now: state.night.endAt });
    expect(events(world).at(-1).budget).toEqual({ weather: 2400 });
  });

  it('is stored once: the second delivery goes on from its end', async () => {
    const world = createWorld();
    const state = await openNight(world);
    const first = await choose(state);
    const second = await choose(state);
    expect([first.sequence, second.sequence]).toEqual([1, 2]);
    expect(second.now > first.now).toBe(true);
    const waits = events(world).filter(({ kind }) => kind === 'wait');
    expect(waits.map(({ beginAt, endAt }) => [beginAt, endAt])).toEqual([
      [state.now, first.now],
      [first.now, second.now],
    ]);
  });

  it('repeats itself when the night was killed before it moved on', async () => {
    const world = createWorld();
    const state = await openNight(world);
    world.tables.hooks.beforePut = (_table, item) => {
      if (item.item === 'progress') throw new Error('killed');
    };
    await errorOf(choose(state));
    world.tables.hooks.beforePut = undefined;
    const before = events(world);
    const again = await choose(state);
    expect(again).toMatchObject({ action: 'wait', sequence: 1 });
    expect(events(world)).toEqual(before);
  });

  it('lets the machine go on when the wall clock of a paced night has come so far', async () => {
    const world = createWorld();
    const state = await openNight(world, { input: { mode: { kind: 'paced', speed: 30 } } });
    const { resumeAt } = await choose(state);
    // 300 s at 30 times the speed of the real night.
    expect(secondsBetween(state.night.wallBeginAt, resumeAt)).toBe(10);
  });

  it('lies in the past for a simulated night', async () => {
    const { resumeAt } = await choose(await openNight(createWorld()));
    expect(Date.parse(resumeAt)).toBe(0);
  });
});

describe('under an unsafe sky', () => {
  it('objects wait on the account of the weather, with the dome closed and the telescope parked', async () => {
    const world = createWorld();
    const state = await openNight(world, { observatory: unsafe });
    const tracking = { raDeg: 10.6847, decDeg: 41.2688 };
    const chosen = await choose({
      ...state,
      now: DARK,
      telescope: { ...state.telescope, tracking, domeOpen: true, altitudeDeg: 70, filter: 'r' },
    });
    expect(chosen.action).toBe('wait');
    // The filter stays: only mount and dome are moved.
    expect(chosen.telescope).toMatchObject({
      tracking: null,
      domeOpen: false,
      altitudeDeg: 20,
      azimuthDeg: 0,
      filter: 'r',
    });
    const event = events(world).at(-1);
    // safety.recheckS of the observatory.
    expect(event).toMatchObject({ kind: 'wait', budget: { weather: 300 } });
    expect(event.message).toContain('wind blows');
    expect(request(world).status).toBe('QUEUED');
  });
});

describe('the end', () => {
  it('comes at the end of the night, whatever is left to do', async () => {
    const world = createWorld();
    const state = await openNight(world);
    expect(await choose({ ...state, now: state.night.endAt })).toMatchObject({ action: 'end', sequence: 0 });
  });

  it('comes early when nothing is left to do, and says why', async () => {
    const world = createWorld();
    const state = await openNight(world, {
      programme: (value) => {
        value.requests[0].target.decDeg = -85;
      },
    });
    expect((await choose({ ...state, now: DARK })).action).toBe('end');
    expect(events(world).at(-1).details.unobservable).toEqual([
      { requestId: 'test.m31', message: expect.stringContaining('never observable from here') },
    ]);
  });

  it('of a segment comes after 200 decisions', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    expect((await choose({ ...state, sequence: 299 }, { segmentBegin: 100 })).action).toBe('observe');
    expect((await choose({ ...state, sequence: 300 }, { segmentBegin: 100 })).action).toBe('full');
    expect(decision(world, '000300')).toBeUndefined();
  });

  it('comes with OperatorHalt when an operator asks, and nothing is decided', async () => {
    const world = createWorld();
    const state = await openNight(world);
    askToHalt(world);
    const before = world.snapshot();
    const error = await errorOf(choose(state));
    expect(error.name).toBe('OperatorHalt');
    expect(error.message).toContain(NIGHT_ID);
    expect(world.snapshot()).toEqual(before);
  });
});

describe('after a visit that failed', () => {
  const failed = (error: string, cause: string) => ({
    failure: { error: 'States.TaskFailed', cause: JSON.stringify({ Error: error, Cause: cause, Status: 'FAILED' }) },
  });

  it('that left no state, the night cannot go on: RecordMissing with the reason', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    await choose(state);
    const error = await errorOf(choose(state, failed('StatusNotWritten', 'no table')));
    expect(error.name).toBe('RecordMissing');
    expect(error.message).toContain(`${NIGHT_ID}-000000`);
    expect(error.message).toContain('no table');
  });

  it('that left its state, the night goes on from there', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    await choose(state);
    Object.assign(progress(world), { sequence: 1, now: DARK, nextSeqNum: 8 });
    request(world).status = 'FAILED_EXPOSURE';
    const chosen = await choose(state, failed('ExposureFailed', 'silence'));
    expect(chosen).toMatchObject({ action: 'observe', sequence: 1, now: DARK });
    expect(chosen.visit).toMatchObject({ observationId: `${NIGHT_ID}-000001`, firstSeqNum: 8 });
  });

  it('because the store refused its frame, it passes that on: the next ones would be refused too', async () => {
    const world = createWorld();
    const state = { ...(await openNight(world)), now: DARK };
    await choose(state);
    progress(world).sequence = 1;
    const error = await errorOf(choose(state, failed('SaveFailed', '{"errorMessage":"no space is left"}')));
    expect(error.name).toBe('SaveFailed');
    expect(error.message).toBe('no space is left');
  });

  it('a request is tried as often as the programme says, not once more', async () => {
    const world = createWorld();
    const state = await openNight(world, {
      programme: (value) => {
        value.attemptsMax = 2;
      },
    });
    const failure = (status: string, observation: string) => ({
      status,
      at: DARK,
      cause: 'SlewFailed: stuck',
      nightId: NIGHT_ID,
      observationId: `${NIGHT_ID}-${observation}`,
    });
    Object.assign(request(world), { status: 'FAILED_SLEW', history: [failure('FAILED_SLEW', '000000')] });
    expect((await choose({ ...state, sequence: 1, now: DARK })).action).toBe('observe');
    request(world).history.push(failure('FAILED_SLEW', '000001'));
    request(world).status = 'FAILED_SLEW';
    expect((await choose({ ...state, sequence: 2, now: DARK })).action).toBe('end');
  });

  it.each([
    ['of another night', { nightId: 'another-night', status: 'FAILED_SLEW', cause: 'SlewFailed: stuck' }],
    ['that a person stopped', { nightId: NIGHT_ID, status: 'ABORTED', cause: 'OperatorHalt: asked' }],
  ])('an attempt %s does not count', async (_what, attempt) => {
    const world = createWorld();
    const state = await openNight(world, {
      programme: (value) => {
        value.onFailure = 'skip';
      },
    });
    Object.assign(request(world), { status: attempt.status, history: [{ ...attempt, at: DARK }] });
    expect((await choose({ ...state, now: DARK })).action).toBe('observe');
    expect(statuses(world).at(-1)).toBe('SCHEDULED');
  });
});
