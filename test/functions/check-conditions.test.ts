import { describe, expect, it } from 'vitest';
import { askToHalt, chosenVisit, openNight, request, unsafe, visitState } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const check = (state: unknown) => invoke('check-conditions', state);

/** The error of a check that must not change anything. */
async function refusal(world: World, state: unknown): Promise<Error> {
  const before = world.snapshot();
  const error = await errorOf(check(state));
  expect(world.snapshot()).toEqual(before);
  return error;
}

describe('the last look before the telescope moves', () => {
  it('gives the state on as it was when all is well', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const before = world.snapshot();
    expect(await check(state)).toEqual(state);
    expect(world.snapshot()).toEqual(before);
  });

  it('lets a visit pass once more that a kill left with its request completed and its end not on record', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    let visit = await invoke('announce-visit', await check(state));
    for (const step of ['slew-telescope', 'configure-instrument'] as const)
      visit = await invoke(step, visitState(visit));
    while (visit.visit.nextStep !== 'finish') {
      const next = visit.visit.nextStep === 'configure' ? 'configure-instrument' : 'expose-frame';
      visit = await invoke(next, visitState(visit));
    }
    world.tables.hooks.beforePut = (table, { item }) => {
      if (table === 'Nights' && String(item).includes('5-finish')) throw new Error('killed');
    };
    await errorOf(invoke('finish-observation', visitState(visit)));
    world.tables.hooks.beforePut = undefined;
    expect(request(world).status).toBe('COMPLETED');
    expect(await check(state)).toEqual(state);
  });

  it('OperatorHalt when an operator asks', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    askToHalt(world);
    expect((await refusal(world, state)).name).toBe('OperatorHalt');
  });

  it('NightEnded from the last instant of the night on', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const error = await refusal(world, { ...state, now: state.night.endAt });
    expect(error.name).toBe('NightEnded');
    expect(error.message).toContain(state.night.endAt);
  });

  it('WeatherUnsafe with the measure and the limit', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const other = await openNight(createWorld(), { observatory: unsafe });
    const world2 = createWorld();
    await openNight(world2, { observatory: unsafe });
    const error = await refusal(world2, { ...state, night: other.night });
    expect(error.name).toBe('WeatherUnsafe');
    expect(error.message).toMatch(/wind blows at \d+\.\d m\/s \(limit 1e-9\)/);
  });

  it('TargetNotObservable, named, with its reason, when it has set', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    // M31 culminates at about 21:30 UTC; seven hours later it is below airmass 2.5.
    const error = await refusal(world, { ...state, now: '2026-11-22T04:30:00.000Z' });
    expect(error.name).toBe('TargetNotObservable');
    expect(error.message).toMatch(/^M31: .*(airmass|horizon)/);
  });

  it('TargetNotObservable when a person cancelled the request since it was chosen', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    request(world).status = 'CANCELLED';
    const error = await refusal(world, state);
    expect(error.name).toBe('TargetNotObservable');
    expect(error.message).toContain('CANCELLED');
  });
});
