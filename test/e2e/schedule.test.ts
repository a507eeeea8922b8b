import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eveningOf } from '../../core/time.ts';
import {
  frames,
  nocturne,
  smallObservatory,
  smallProgramme,
  startNocturne,
  temporaryFolder,
} from '../helpers/night.ts';

const folder = temporaryFolder();
const small = ['--site', smallObservatory(folder), '--programme', smallProgramme(folder)];

/** Runs `nocturne schedule` on a world; gives what it wrote, as JSON, after it ended well. */
function schedule(world: string, ...args: string[]): any {
  const { status, stdout, stderr } = nocturne('schedule', ...args, '--out', world, '--json');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe('nocturne schedule', () => {
  it('is added, listed, shown, held, let go and removed', () => {
    const world = path.join(folder, 'by-hand');
    expect(schedule(world, 'list')).toEqual([]);
    expect(existsSync(world)).toBe(false);

    expect(schedule(world, 'add', 'la-palma', ...small)).toMatchObject({ change: 'made', state: 'ENABLED' });
    expect(schedule(world, 'add', 'la-palma', ...small).change).toBe('unchanged');
    const [listed] = schedule(world, 'list');
    expect(listed).toMatchObject({
      name: 'la-palma',
      // 12 h + 17.8816 / 15 h = 13 h 11.5 min
      expression: 'cron(12 13 * * ? *)',
      madeBy: 'command',
      observatoryId: 'la-palma',
      programmeId: 'small',
      campaign: 'la-palma',
      troubles: [],
    });
    expect(listed.nextFireAt).toMatch(/T13:12:00\.000Z$/);
    const [{ nights }] = schedule(world, 'next', '--count', '2');
    expect(nights).toHaveLength(2);
    for (const { nightId, dayObs, firesAt, sunsetAt, sunriseAt } of nights) {
      expect(nightId).toBe(`la-palma-${dayObs}`);
      expect(firesAt.slice(0, 10).replaceAll('-', '')).toBe(String(dayObs));
      expect([firesAt, sunsetAt, sunriseAt]).toEqual([firesAt, sunsetAt, sunriseAt].toSorted());
    }

    expect(schedule(world, 'disable', 'la-palma').change).toBe('disabled');
    expect(schedule(world, 'list')[0].state).toBe('DISABLED');
    expect(schedule(world, 'enable', 'la-palma').change).toBe('enabled');
    expect(schedule(world, 'remove', 'la-palma').change).toBe('removed');
    expect(schedule(world, 'list')).toEqual([]);
    const again = nocturne('schedule', 'remove', 'la-palma', '--out', world);
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('unknown schedule "la-palma"')]);
  });

  it('lets a night run by itself where the engine is served', async () => {
    const world = path.join(folder, 'served');
    const serving = startNocturne('serve', '--port', '0', '--out', world);
    try {
      await serving.seen('Ctrl-C ends it');
      schedule(world, 'add', 'ticking', ...small, '--rate', 'rate(1 minute)', '--seed', '7');
      await serving.seen('schedule-ticking');
      expect(schedule(world, 'disable', 'ticking').change).toBe('disabled');
      const nights = () => JSON.parse(nocturne('nights', '--out', world, '--json').stdout);
      while (nights()[0]?.status !== 'COMPLETED') await delay(1000);
      const [night] = nights();
      // The day of observation follows from the time of the event and the longitude of the site.
      const dayObs = eveningOf(Date.parse(night.runs[0].startedBy.time), -17.8816);
      expect(night).toMatchObject({
        nightId: `ticking-${dayObs}`,
        input: { campaign: 'ticking', seed: 7, dayObs, mode: { kind: 'simulated' } },
        runs: [{ startedBy: { schedule: 'ticking' } }],
      });
      expect(nights()).toHaveLength(1);
      // Two bias frames at least, each with its sidecar, whatever is in the sky tonight.
      expect(Object.keys(frames(world)).length).toBeGreaterThanOrEqual(4);
    } finally {
      serving.child.kill('SIGINT');
      expect((await serving.ended).status).toBe(0);
    }
  }, 180_000);
});
