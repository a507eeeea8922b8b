import { describe, expect, it } from 'vitest';
import { readTable } from '../../core/fits/table-read.ts';
import { plan, takeAndFinish, withBias } from './calibration.ts';
import { choose, events, NIGHT_ID, OWNER, openNight, secondsBetween, unsafe } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const close = () => invoke('close-night', { input: { nightId: NIGHT_ID }, executionArn: OWNER });
const report = () => invoke('report-night', { input: { nightId: NIGHT_ID }, executionArn: OWNER });

/** A night that takes two bias frames in its afternoon, waits once for the weather, and is closed. */
async function shortNight(world: World) {
  const opened = await openNight(world, { observatory: unsafe, programme: withBias });
  await choose(await plan(await takeAndFinish(await plan(opened))));
  await close();
  return opened.night;
}

describe('the report of a night', () => {
  it('accounts for every second from sunset to sunrise', async () => {
    const world = createWorld();
    const night = await shortNight(world);
    const { report: pointer } = await report();
    const { budget, lengthS, dayCalibrationS } = world.json(pointer.key);
    expect(lengthS).toBeCloseTo(secondsBetween(night.beginAt, night.endAt), 9);
    // Two readouts of 4 s before it; then one look at the weather after 300 s; the telescope was parked and closed all the time.
    expect(dayCalibrationS).toBe(8);
    const { unused, ...used } = budget;
    expect(used).toEqual({
      science: 0,
      calibration: 0,
      slew: 0,
      configure: 0,
      readout: 0,
      waiting: 0,
      weather: 300,
      fault: 0,
    });
    expect(unused).toBeCloseTo(lengthS - 300, 6);
  });

  it('tells each request and each frame, in their order', async () => {
    const world = createWorld();
    await shortNight(world);
    const { report: pointer } = await report();
    const { requests, frames, statuses, bytes } = world.json(pointer.key);
    expect(
      requests.map(({ id, status, framesDone, framesAsked }: any) => [id, status, framesDone, framesAsked]),
    ).toEqual([['m31', 'QUEUED', 0, 3]]);
    expect(statuses).toEqual({ QUEUED: 1 });
    const keys = ['raw/20261121/noc1_b_20261121_000001.fits', 'raw/20261121/noc1_b_20261121_000002.fits'];
    expect(frames.map(({ key }: any) => key)).toEqual(keys);
    expect(bytes).toBe(keys.reduce((sum, key) => sum + world.objects.get(key)!.length, 0));
  });

  it('says why a request was not observed', async () => {
    const world = createWorld();
    await openNight(world, {
      programme: (value) => {
        value.requests[0].target.decDeg = -85;
      },
    });
    await close();
    const { report: pointer } = await report();
    expect(world.json(pointer.key).requests[0].cause).toMatch(/^not observable; at best .*horizon/);
  });

  it('is there for people too', async () => {
    const world = createWorld();
    await shortNight(world);
    const { report: pointer, text } = await report();
    expect([pointer.key, text.key]).toEqual([`nights/${NIGHT_ID}/report.json`, `nights/${NIGHT_ID}/report.md`]);
    const lines = Buffer.from(world.objects.get(text.key)!).toString('utf8');
    expect(lines).toContain(`# Night ${NIGHT_ID}: COMPLETED`);
    expect(lines).toMatch(/m31 +M31 +gr +QUEUED +0\/3/);
  });

  it('comes with the telemetry of the subsystems: bias frames let no light in', async () => {
    const world = createWorld();
    await shortNight(world);
    const { telemetry } = await report();
    expect(telemetry.key).toBe(`nights/${NIGHT_ID}/telemetry.fits`);
    const file = world.objects.get(telemetry.key)!;
    const open = readTable(file, 'SHUTTER').columns.find(({ name }) => name === 'open')!.values as Uint8Array;
    expect(open.length).toBeGreaterThan(100);
    expect(open.every((state) => state === 0)).toBe(true);
    expect(readTable(file, 'SHUTTER_EDGES').rows).toBe(0);
  });

  it('written twice is the same', async () => {
    const world = createWorld();
    await shortNight(world);
    await report();
    const before = world.snapshot();
    await report();
    expect(world.snapshot()).toEqual(before);
  });

  it('is refused when its events contradict each other', async () => {
    const world = createWorld();
    await shortNight(world);
    const wait = events(world).find(({ kind }) => kind === 'wait');
    world.tables.item('nights', NIGHT_ID, wait.item).budget.weather = 200;
    const before = world.snapshot();
    const error = await errorOf(report());
    expect(error.name).toBe('BudgetBroken');
    expect(error.message).toContain('lasts 300 s and accounts for 200 s');
    expect(world.snapshot()).toEqual(before);
  });
});
