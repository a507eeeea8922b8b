import { expect, it } from 'vitest';
import { chosenVisit, DARK, NIGHT_ID, request, statuses } from './night.ts';
import { createWorld, errorOf, invoke } from './world.ts';

it('puts the request in execution and the visit on record before the telescope moves', async () => {
  const world = createWorld();
  const state = await chosenVisit(world);
  expect(await invoke('announce-visit', state)).toEqual(state);
  expect(statuses(world)).toEqual(['SCHEDULED', 'EXECUTING']);
  expect(request(world).version).toBe(2);
  const { outcome } = world.tables.item('nights', NIGHT_ID, 'visit#000000');
  expect(outcome).toEqual({ announcedAt: DARK, ...state.visit });
});

it('delivered twice changes nothing', async () => {
  const world = createWorld();
  const state = await chosenVisit(world);
  await invoke('announce-visit', state);
  const before = world.snapshot();
  expect(await invoke('announce-visit', state)).toEqual(state);
  expect(world.snapshot()).toEqual(before);
});

it('a request that was cancelled stays so: TransitionNotAllowed, and no visit', async () => {
  const world = createWorld();
  const state = await chosenVisit(world);
  request(world).status = 'CANCELLED';
  const before = world.snapshot();
  const error = await errorOf(invoke('announce-visit', state));
  expect(error.name).toBe('TransitionNotAllowed');
  expect(error.message).toContain('test.m31 cannot go from CANCELLED to EXECUTING');
  expect(world.snapshot()).toEqual(before);
});

it('a change between its look and its write is looked at again', async () => {
  const world = createWorld();
  const state = await chosenVisit(world);
  world.tables.hooks.beforePut = (table) => {
    if (table !== 'Requests') return;
    world.tables.hooks.beforePut = undefined;
    Object.assign(request(world), { status: 'CANCELLED', version: 2 });
  };
  expect((await errorOf(invoke('announce-visit', state))).name).toBe('TransitionNotAllowed');
  expect(request(world)).toMatchObject({ status: 'CANCELLED', version: 2 });
});
