import { describe, expect, it } from 'vitest';
import { chosenVisit, DARK, events, secondsBetween } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const lastEvent = (world: World) => events(world).at(-1);
const budgetS = (event: any): number => Object.values<number>(event.budget).reduce((sum, seconds) => sum + seconds, 0);

describe('slew-telescope', () => {
  it('follows the target with the dome open when it is there, as the event says', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const after = await invoke('slew-telescope', state);
    expect(after.telescope.tracking).toEqual({ raDeg: 10.6847, decDeg: 41.2688 });
    expect(after.telescope.domeOpen).toBe(true);
    // From the park at hour angle 12 h to the meridian the mount turns half around at 5 deg/s, 38 s with its settling; the dome
    // takes 60 s to open, and the target stands near the meridian, so it turns little.
    expect(secondsBetween(state.now, after.now)).toBe(60);
    const event = lastEvent(world);
    expect(event).toMatchObject({ kind: 'slew', beginAt: DARK, endAt: after.now, requestId: 'test.m31' });
    expect(Object.keys(event.budget)).toEqual(['slew']);
    expect(budgetS(event)).toBeCloseTo(60, 9);
  });

  it('takes the mount time alone when the dome is open', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const there = await invoke('slew-telescope', state);
    const again = await invoke('slew-telescope', { ...there, visit: state.visit });
    expect(again.now).toBe(there.now);
    expect(budgetS(lastEvent(world))).toBe(0);
  });

  it('delivered twice changes nothing', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const first = await invoke('slew-telescope', state);
    const before = world.snapshot();
    expect(await invoke('slew-telescope', state)).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('SlewFailed where the mount fails, with no event of a slew', async () => {
    const world = createWorld();
    const state = await chosenVisit(world, { input: { faults: { slew: 1 } } });
    const before = world.snapshot();
    const error = await errorOf(invoke('slew-telescope', state));
    expect(error.name).toBe('SlewFailed');
    expect(error.message).toContain('M31');
    expect(world.snapshot()).toEqual(before);
  });

  it('SlewFailed where the mount cannot go', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const target = { name: 'Achernar', raDeg: 24.4285, decDeg: -57.2368 };
    const error = await errorOf(invoke('slew-telescope', { ...state, visit: { ...state.visit, target } }));
    // It culminates at 90 - 28.76 - 57.24 = 4.0 degrees, and the mount reaches down to 15.
    expect(error.name).toBe('SlewFailed');
    expect(error.message).toContain('15 to 90 deg');
  });
});

describe('configure-instrument', () => {
  it('brings in the filter of the next frame in the time of a filter change', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    expect(state.telescope.filter).toBe('u');
    const after = await invoke('configure-instrument', state);
    expect(after.telescope.filter).toBe('g');
    expect(after.visit.nextStep).toBe('expose');
    // camera.filterChangeS of the observatory.
    expect(secondsBetween(state.now, after.now)).toBe(8);
    expect(lastEvent(world)).toMatchObject({
      kind: 'configure',
      beginAt: DARK,
      endAt: after.now,
      budget: { configure: 8 },
      message: 'filter u to g, 8.0 s',
    });
  });

  it('has nothing to do when the filter is there: no time, no event', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    state.telescope.filter = 'g';
    const before = world.snapshot();
    const after = await invoke('configure-instrument', state);
    // But the focus is set, to the temperature of the hour.
    const telescope = { ...state.telescope, focusUm: expect.any(Number) };
    expect(after).toEqual({ ...state, telescope, visit: { ...state.visit, nextStep: 'expose' } });
    expect(world.snapshot()).toEqual(before);
  });

  it('brings in the filter of the frame that is next, not of the first', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const after = await invoke('configure-instrument', { ...state, visit: { ...state.visit, taken: 2 } });
    expect(after.telescope.filter).toBe('r');
  });

  it('ConfigureFailed where the wheel fails, with no event of a change', async () => {
    const world = createWorld();
    const state = await chosenVisit(world, { input: { faults: { configure: 1 } } });
    const before = world.snapshot();
    const error = await errorOf(invoke('configure-instrument', state));
    expect(error.name).toBe('ConfigureFailed');
    expect(error.message).toContain('did not reach g');
    expect(world.snapshot()).toEqual(before);
  });
});
