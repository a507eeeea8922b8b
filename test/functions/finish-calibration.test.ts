import { describe, expect, it } from 'vitest';
import {
  BIAS,
  DARK_30,
  finish,
  plan,
  prepare,
  setRequest,
  takeAndFinish,
  takeFrame,
  takeSet,
  withBias,
  withPolicy,
  withTwilight,
} from './calibration.ts';
import { askToHalt, choose, events, NIGHT_ID, nightInput, OWNER, openNight, secondsBetween, unsafe } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const OTHER = 'arn:aws:states:us-east-1:000000000000:execution:night:test-night-r2';
const progress = (world: World) => world.tables.item('nights', NIGHT_ID, 'progress');
const planned = async (world: World, changes: object = { programme: withBias }): Promise<any> =>
  plan(await openNight(world, changes));
const failure = (step: string, error: string, errorMessage: string) => ({
  step,
  error,
  cause: JSON.stringify({ errorType: error, errorMessage }),
});
const close = (cause?: object, executionArn = OWNER) =>
  invoke('close-night', { input: { nightId: NIGHT_ID }, executionArn, ...(cause && { failure: cause }) });
const unsafeTwilight = (value: any): void => {
  unsafe(value);
  withTwilight(value);
};
const HALT = { error: 'OperatorHalt', cause: '{"errorMessage":"an operator asked"}' };

/** The report of a night: it is refused when its events overlap or leave a gap. */
async function report(world: World, executionArn = OWNER): Promise<any> {
  const { report: pointer } = await invoke('report-night', { input: { nightId: NIGHT_ID }, executionArn });
  return world.json(pointer.key);
}

describe('the end of a set', () => {
  it('whose master is certified: DONE with it, and the night moves on from the last frame', async () => {
    const world = createWorld();
    const set = await planned(world);
    const { sequence, now } = await takeAndFinish(set);
    expect([sequence, now]).toEqual([1, new Date(Date.parse(set.now) + 8000).toISOString()]);
    expect(progress(world)).toMatchObject({ sequence: 1, now, nextSeqNum: 3 });
    expect(setRequest(world, 'test.bias.1')).toMatchObject({ status: 'DONE', masterId: 'noc1_mb_20261121_000001' });
    expect(setRequest(world, 'test.bias.1').history.map(({ status }: any) => status)).toEqual(['RUNNING', 'DONE']);
    expect(events(world).at(-1)).toMatchObject({
      kind: 'finish',
      message: 'test.bias.1 is DONE: master noc1_mb_20261121_000001',
    });
  });

  it('delivered twice changes nothing', async () => {
    const world = createWorld();
    const taken = await takeSet(await planned(world));
    const first = await finish(taken);
    const before = world.snapshot();
    expect(await finish(taken)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it.each(['test.bias.1', '5-finish', 'progress'])(
    'interrupted before it writes %s, it ends as if it had not been',
    async (at) => {
      const whole = createWorld();
      await takeAndFinish(await planned(whole));
      const expected = whole.snapshot();
      const world = createWorld();
      const { calibration, ...taken } = await takeSet(await planned(world));
      const state = { ...taken, calibration: { ...calibration, masterId: 'noc1_mb_20261121_000001' } };
      world.tables.hooks.beforePut = (_table, item) => {
        if (String(item.requestId ?? '').includes(at) && item.status === 'DONE') throw new Error('killed');
        if (String(item.item ?? '').includes(at)) throw new Error('killed');
      };
      expect((await errorOf(finish(state))).message).toBe('killed');
      world.tables.hooks.beforePut = undefined;
      await finish(state);
      expect(world.snapshot()).toEqual(expected);
    },
  );
});

describe('a set that failed', () => {
  it('is ERROR with the reason, which is passed on; its frames and numbers stay', async () => {
    const world = createWorld();
    const taken = await takeSet(await planned(world));
    const after = await finish(taken, failure('build', 'MasterRejected', 'noc1_mb is BAD: it is noisy'));
    expect(after).toMatchObject({ error: 'MasterRejected', cause: 'noc1_mb is BAD: it is noisy', sequence: 1 });
    expect(progress(world)).toMatchObject({ sequence: 1, nextSeqNum: 3 });
    expect(setRequest(world, 'test.bias.1')).toMatchObject({ status: 'ERROR' });
    expect(setRequest(world, 'test.bias.1')).not.toHaveProperty('masterId');
    expect(setRequest(world, 'test.bias.1').history.at(-1).cause).toBe('MasterRejected: noc1_mb is BAD: it is noisy');
    expect(events(world).filter(({ kind }) => kind === 'fault')).toHaveLength(1);
  });

  it('before any frame takes no time', async () => {
    const world = createWorld();
    const set = await planned(world, { observatory: unsafeTwilight });
    const error = await errorOf(prepare(set));
    const after = await finish(set, failure('prepare', error.name, error.message));
    expect(after).toMatchObject({ error: 'CalibrationNotPossible', now: set.now, sequence: 1 });
    expect(progress(world)).toMatchObject({ now: set.now, nextSeqNum: 1 });
  });

  it('in its middle by a halt: the request waits again, and no number is used twice', async () => {
    const world = createWorld();
    const first = await prepare(await planned(world));
    await takeFrame(first, first.frames[0]);
    askToHalt(world);
    // The machine's payload is that of the step that failed: how far it came stands in the records.
    const after = await finish(first, failure('take', 'OperatorHalt', 'asked'));
    expect(after).toMatchObject({ error: 'OperatorHalt', now: first.frames[0].readyAt });
    expect(setRequest(world, 'test.bias.1').status).toBe('QUEUED');
    expect(progress(world).nextSeqNum).toBe(3);
  });

  it('that could not be stored leaves no gap: what is missing is lost, and the night goes on from the end of the plan', async () => {
    const world = createWorld();
    const first = await prepare(await planned(world));
    await takeFrame(first, first.frames[0]);
    await finish(first, failure('take', 'SaveFailed', 'no space is left'));
    expect(progress(world).now).toBe(first.frames[1].readyAt);
    // Nothing speaks against the set: who goes on with the night takes it.
    expect(setRequest(world, 'test.bias.1').status).toBe('QUEUED');
    await close({ error: 'SaveFailed', cause: 'no space is left' });
    expect((await report(world)).dayCalibrationS).toBe(8);
  });
});

describe('the time of a night with calibrations', () => {
  const afternoonAndEvening = withPolicy(BIAS, DARK_30, {
    ...{ id: 'sky', type: 'flat', target: 'twilight', filters: ['r'], levelAdu: 20_000, when: 'evening' },
  });

  it('closes without a gap: the afternoon before it, the evening in it', async () => {
    const world = createWorld();
    let at = await openNight(world, { observatory: afternoonAndEvening });
    for (let set = await plan(at); set.action === 'calibrate'; set = await plan(at)) at = await takeAndFinish(set);
    const before = await plan(at);
    await choose(before);
    await close();
    const { dayCalibrationS, budget, lengthS } = await report(world);
    // Two biases, two darks of 30 s, four readouts of 4 s.
    expect(dayCalibrationS).toBe(76);
    const flats = world.tables.items('exposures').filter(({ imageType }) => imageType === 'flat');
    expect(budget.calibration).toBeCloseTo(
      flats.reduce((sum, { header }) => sum + header.exposureTimeS, 0),
      6,
    );
    expect(budget.readout).toBe(8);
    expect(Object.values<number>(budget).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(lengthS, 6);
  });

  it.each([
    ['in the afternoon', 0],
    ['between two sets of the afternoon', 1],
    ['before the evening', 2],
    ['after the evening', 3],
  ])('goes on after an operator stopped it %s, and closes without a gap', async (_when, sets) => {
    const world = createWorld();
    const changes = { observatory: afternoonAndEvening };
    let at = await openNight(world, changes);
    for (let taken = 0; taken < sets; taken++) at = await takeAndFinish(await plan(at));
    await close(HALT);
    await report(world);

    const { action, ...second } = await invoke('open-night', {
      input: nightInput(world, changes),
      executionArn: OTHER,
    });
    expect(action).toBe('observe');
    at = second;
    let left = 0;
    for (let set = await plan(at); set.action === 'calibrate'; set = await plan(at)) {
      left++;
      at = await takeAndFinish(set);
    }
    expect(left).toBe(3 - sets);
    const dark = await plan(at);
    expect(dark.now >= dark.night.beginAt).toBe(true);
    await choose(dark);
    await close(undefined, OTHER);
    const { budget, lengthS } = await report(world, OTHER);
    expect(Object.values<number>(budget).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(lengthS, 6);
    const numbers = world.tables.items('exposures').map(({ seqNum }) => seqNum);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it.each([
    ['settled', 0],
    ['half taken', 1],
  ])('goes on after it was killed with a set %s, and closed: the set is taken by its continuation', async (_how, n) => {
    const world = createWorld();
    const changes = { observatory: afternoonAndEvening };
    const first = await prepare(await plan(await openNight(world, changes)));
    for (const frame of first.frames.slice(0, n)) await takeFrame(first, frame);
    await close(HALT);
    expect(setRequest(world, first.calibration.requestId).status).toBe('QUEUED');
    const { action: _, ...second } = await invoke('open-night', {
      input: nightInput(world, changes),
      executionArn: OTHER,
    });
    const again = await plan(second);
    expect(again.calibration.requestId).toBe(first.calibration.requestId);
    let at = await takeAndFinish(again);
    for (let set = await plan(at); set.action === 'calibrate'; set = await plan(at)) at = await takeAndFinish(set);
    await choose(await plan(at));
    await close(undefined, OTHER);
    const { frames } = await report(world, OTHER);
    expect(new Set(frames.map(({ exposureId }: any) => exposureId)).size).toBe(frames.length);
    expect(frames).toHaveLength(6 + n);
    expect(secondsBetween(first.now, progress(world).now)).toBeGreaterThan(0);
  });
});
