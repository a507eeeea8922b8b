import { describe, expect, it } from 'vitest';
import {
  BIAS,
  DARK_30,
  plan,
  setRequest,
  TWILIGHT_R,
  takeAndFinish,
  withBias,
  withPolicy,
  withTwilight,
} from './calibration.ts';
import { askToHalt, events, NIGHT_ID, nightInput, OWNER, openNight, secondsBetween } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const progress = (world: World) => world.tables.item('nights', NIGHT_ID, 'progress');
const policy = { observatory: withPolicy(TWILIGHT_R, { ...DARK_30, priority: 1 }, BIAS) };

/** Takes every set of a part of the night; what was planned, in order, and the state that it left. */
async function takeAll(state: any, phase = 'before'): Promise<{ planned: any[]; done: any }> {
  const planned: any[] = [];
  for (let at = state; ; ) {
    const next = await plan(at, phase);
    if (next.action === 'done') return { planned, done: next };
    planned.push(next);
    at = await takeAndFinish(next);
  }
}

/** A set that a person asks for, on record. */
function askFor(world: World, id: string, set: object, more: object = {}): void {
  const request = {
    requestId: `test.${id}`,
    kind: 'calibration',
    programmeId: 'calibrations.test',
    campaign: 'test',
    origin: 'person',
    set: { count: 2, minimum: 2, configuration: { binning: 1, setTemperatureC: -100 }, ...set },
    calibrationKey: `noc1.${id}`,
    when: 'nightEnd',
    priority: 5,
    reason: 'wanted by a person',
    validDays: 1,
    status: 'QUEUED',
    history: [],
    version: 0,
    ...more,
  };
  world.tables.put({ TableName: 'Requests', Item: request });
}

describe('what is due', () => {
  it('comes in the order in which it is needed, each with its reason', async () => {
    const world = createWorld();
    const { planned } = await takeAll(await openNight(world, policy));
    // The afternoon before the evening, biases before what they are taken off, whatever the priorities.
    const ids = planned.map(({ calibration }) => calibration.requestId.slice(NIGHT_ID.length + 1));
    expect(ids.map((id) => id.split('.').slice(0, 2))).toEqual([
      ['afternoon', 'bias'],
      ['afternoon', 'dark'],
      ['evening', 'flat'],
    ]);
    const decisions = events(world).filter(({ kind }) => kind === 'decision');
    expect(decisions.map(({ message }) => message)).toEqual([
      'calibration: 2 bias frames (afternoon): no master of its kind',
      'calibration: 2 dark frames (afternoon): no master of its kind',
      'calibration: 2 flat frames in r (evening): no master of its kind',
    ]);
    expect(planned.map(({ executionName }) => executionName)).toEqual(
      ['000000', '000001', '000002'].map((sequence) => `${NIGHT_ID}-${sequence}-r1`),
    );
  });

  it('is on record as a request of the policy before anything is done', async () => {
    const world = createWorld();
    const state = await openNight(world, policy);
    const { calibration } = await plan(state);
    expect(setRequest(world, calibration.requestId)).toMatchObject({
      kind: 'calibration',
      origin: 'policy',
      status: 'QUEUED',
      set: { type: 'bias', count: 2, minimum: 2, configuration: { binning: 1 } },
      when: 'afternoon',
      validDays: 2,
    });
    expect(world.tables.item('nights', NIGHT_ID, 'calibrations#afternoon').outcome.sets).toHaveLength(2);
    // The evening is planned when it comes: by then there may be masters that there are not now.
    expect(world.tables.item('nights', NIGHT_ID, 'calibrations#evening')).toBeUndefined();
  });

  it('is nothing for an observatory without a policy: the night begins at its beginning', async () => {
    const world = createWorld();
    const state = await openNight(world);
    expect(await plan(state)).toEqual({ ...state, phase: 'before', action: 'done', resumeAt: expect.any(String) });
  });

  it('ends before sunset where the dome is closed, without a gap, and the night begins at sunset', async () => {
    const world = createWorld();
    const opened = await openNight(world, { observatory: withPolicy(DARK_30, BIAS) });
    const { planned, done } = await takeAll(opened);
    // Two biases of 4 s readout, two darks of 30 s and 4 s; all of it is over ten minutes before sunset.
    expect(planned.map(({ now }) => now)).toEqual([
      new Date(Date.parse(opened.night.beginAt) - (600 + 8 + 68) * 1000).toISOString(),
      new Date(Date.parse(opened.night.beginAt) - (600 + 68) * 1000).toISOString(),
    ]);
    expect(secondsBetween(progress(world).now, opened.night.beginAt)).toBe(600);
    expect(done.now).toBe(opened.night.beginAt);
  });

  it('of the evening begins at sunset, and the night goes on from its end', async () => {
    const world = createWorld();
    const opened = await openNight(world, { observatory: withTwilight });
    const { planned, done } = await takeAll(opened);
    expect(planned.map(({ now }) => now)).toEqual([opened.night.beginAt]);
    expect(done.now).toBe(progress(world).now);
    expect(done.now > opened.night.beginAt).toBe(true);
    expect(done.telescope.domeOpen).toBe(true);
  });

  it('of the end of the night is planned after it', async () => {
    const world = createWorld();
    const opened = await openNight(world, { observatory: withPolicy({ ...BIAS, when: 'nightEnd' }) });
    expect((await plan(opened)).action).toBe('done');
    const now = '2026-11-22T06:00:00.000Z';
    const after = await plan({ ...opened, now }, 'after');
    expect(after).toMatchObject({ action: 'calibrate', now, calibration: { when: 'nightEnd', beganAt: now } });
  });
});

describe('what was asked for', () => {
  it('by the programme is taken once, whatever nights its campaign has', async () => {
    const world = createWorld();
    const { planned } = await takeAll(await openNight(world, { programme: withBias }));
    expect(planned.map(({ calibration }) => calibration.requestId)).toEqual(['test.bias.1']);
    expect(setRequest(world, 'test.bias.1')).toMatchObject({ status: 'DONE', reason: 'asked for by programme small' });
    await invoke('close-night', { input: { nightId: NIGHT_ID }, executionArn: OWNER });
    const input = nightInput(world, { programme: withBias, input: { nightId: 'second' } });
    const { action: _, ...second } = await invoke('open-night', { input, executionArn: 'arn:of:the:second' });
    expect((await plan(second)).action).toBe('done');
  });

  it('by a person is found, and taken at the time that was asked for', async () => {
    const world = createWorld();
    const state = await openNight(world);
    askFor(world, 'bias', { type: 'bias', configuration: { binning: 1 } }, setTemperature(state, world));
    expect((await plan(state)).action).toBe('done');
    const after = await plan(state, 'after');
    expect(after).toMatchObject({ action: 'calibrate', calibration: { requestId: 'test.bias' } });
    expect(events(world).at(-1).message).toContain('wanted by a person');
  });

  it('and cannot be had is an error with its reason, and stops nothing', async () => {
    const world = createWorld();
    const state = await openNight(world, { observatory: withPolicy({ ...BIAS, when: 'nightEnd' }) });
    askFor(world, 'flat', { type: 'flat', target: 'dome', filter: 'Ha', levelAdu: 20_000 });
    expect((await plan(state, 'after')).calibration.requestId).toContain('nightEnd.bias');
    expect(setRequest(world, 'test.flat')).toMatchObject({
      status: 'ERROR',
      history: [{ status: 'ERROR', nightId: NIGHT_ID, cause: expect.stringContaining('Ha is not mounted') }],
    });
  });
});

/** The configuration in which the small camera is. */
function setTemperature(state: any, world: World): object {
  const { setC } = world.json(state.night.observatory.key).camera.temperature;
  return {
    set: { type: 'bias', count: 2, minimum: 2, configuration: { binning: 1, setTemperatureC: setC } },
  };
}

describe('a set that is settled', () => {
  it('asked for twice changes nothing', async () => {
    const world = createWorld();
    const state = await openNight(world, policy);
    const first = await plan(state);
    const before = world.snapshot();
    expect(await plan(state)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('stands, though its request is over meanwhile and others are asked for', async () => {
    const world = createWorld();
    const state = await openNight(world, policy);
    const first = await plan(state);
    setRequest(world, first.calibration.requestId).status = 'DONE';
    askFor(world, 'more', { type: 'bias' }, { when: 'afternoon', priority: 1 });
    expect(await plan(state)).toEqual(first);
  });

  it('of a time is planned once: who asks later has to wait for another night', async () => {
    const world = createWorld();
    const state = await openNight(world, policy);
    const first = await plan(state);
    askFor(world, 'more', { type: 'bias' }, { when: 'afternoon', priority: 1 });
    const second = await plan(await takeAndFinish(first));
    expect(second.calibration.requestId).toContain('afternoon.dark');
  });
});

describe('it is not planned', () => {
  const failed = (error: string, cause: string) => ({
    failure: { error: 'States.TaskFailed', cause: JSON.stringify({ Error: error, Cause: cause, Status: 'FAILED' }) },
  });

  it('with OperatorHalt when an operator asks, and nothing is settled', async () => {
    const world = createWorld();
    const state = await openNight(world, policy);
    askToHalt(world);
    const before = world.snapshot();
    expect((await errorOf(plan(state))).name).toBe('OperatorHalt');
    expect(world.snapshot()).toEqual(before);
  });

  it('after a set that failed and left no state: RecordMissing with the reason', async () => {
    const world = createWorld();
    const state = await openNight(world, policy);
    const first = await plan(state);
    const error = await errorOf(plan(first, 'before', failed('StatusNotWritten', 'no table')));
    expect(error.name).toBe('RecordMissing');
    expect(error.message).toContain('no table');
  });

  it('after the store refused a frame: it would refuse the next ones too', async () => {
    const world = createWorld();
    const first = await plan(await openNight(world, policy));
    progress(world).sequence = 1;
    const error = await errorOf(plan(first, 'before', failed('SaveFailed', '{"errorMessage":"no space is left"}')));
    expect(error.name).toBe('SaveFailed');
    expect(error.message).toBe('no space is left');
  });

  it('from the payload, but from the records, after a set that failed and left its state', async () => {
    const world = createWorld();
    const first = await plan(await openNight(world, policy));
    const { now, ...left } = await takeAndFinish(first);
    const next = await plan(first, 'before', failed('TooFewFrames', 'two of five'));
    expect(next).toMatchObject({ action: 'calibrate', sequence: 1, now, telescope: left.telescope });
    expect(next.calibration.firstSeqNum).toBe(3);
  });
});
