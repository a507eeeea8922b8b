import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  frames,
  nocturne,
  smallObservatory,
  smallProgramme,
  startNocturne,
  temporaryFolder,
} from '../helpers/night.ts';

const folder = temporaryFolder();
const observatory = smallObservatory(folder);
const programme = smallProgramme(folder);
const input = ['--observatory', observatory, '--programme', programme];
const NIGHT = 'small-20261121';
const newWorld = (): string => path.join(temporaryFolder(), 'world');

/** A night that takes its bias frames before sunset and then waits for darkness, more than an hour of the sky. */
async function slowNight(world: string, speed = '100') {
  const night = startNocturne('night', ...input, '--night', '2026-11-21', '--speed', speed, '--out', world);
  await night.seen('nothing observable now');
  return night;
}

const statusOf = (world: string): string => nocturne('nights', '--out', world).stdout;

describe('a night seen from a second terminal, on the default engine', () => {
  it('is watched, asked to stop and continued', async () => {
    const world = newWorld();
    const night = await slowNight(world);
    expect(statusOf(world)).toMatch(/small-20261121 +RUNNING/);
    const watching = startNocturne('watch', NIGHT, '--out', world);
    await watching.seen('segment: WaitForSky');

    const stopped = nocturne('stop', NIGHT, '--out', world);
    expect(stopped.stderr).toBe('');
    expect(stopped.status).toBe(0);
    expect(stopped.stdout).toContain(`Night ${NIGHT} was asked to stop`);
    expect(stopped.stdout).toContain(`Night ${NIGHT} is ABORTED`);

    const [ended, watched] = await Promise.all([night.ended, watching.ended]);
    for (const { status, stderr } of [ended, watched]) {
      expect(status).toBe(130);
      expect(stderr).toContain('OperatorHalt');
      expect(stderr).toContain('The telescope is parked and the dome closed');
    }
    // What was before the watching began is shown too.
    expect(watched.stdout).toContain('noc1_b_20261121_000001.fits');
    expect(watched.stdout).toContain('telescope parked, dome closed');

    const again = nocturne('stop', NIGHT, '--out', world);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain(`${NIGHT} is ABORTED already`);
    expect(statusOf(world)).toMatch(/small-20261121 +ABORTED/);
  });

  it('is stopped at once, in the middle of a wait', async () => {
    const world = newWorld();
    const night = await slowNight(world);
    const stopped = nocturne('stop', NIGHT, '--now', '--json', '--out', world);
    expect(stopped.status).toBe(0);
    const [first, last] = stopped.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ type: 'stopping', nightId: NIGHT });
    expect(last).toMatchObject({ type: 'end', night: 'ABORTED', cause: expect.stringContaining('OperatorHalt') });
    const ended = await night.ended;
    expect(ended.status).toBe(130);
    expect(ended.stderr).toContain('The telescope is parked and the dome closed');
  });

  it('goes on when the watching is ended', async () => {
    const world = newWorld();
    const night = await slowNight(world);
    const watching = startNocturne('watch', NIGHT, '--out', world, '--json');
    await watching.seen('"type":"state"');
    watching.child.kill('SIGINT');
    const watched = await watching.ended;
    expect(watched.status).toBe(0);
    const lines = watched.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: 'begin', nightId: NIGHT, framesAsked: 8 });
    expect(lines.find(({ type }) => type === 'state')).toMatchObject({ night: 'Segment' });
    expect(lines.at(-1)).toMatchObject({ type: 'note', text: expect.stringContaining('not stopped') });

    expect(statusOf(world)).toMatch(/small-20261121 +RUNNING/);
    const asked = nocturne('stop', NIGHT, '--no-wait', '--out', world);
    expect(asked.status).toBe(0);
    expect(asked.stdout).not.toContain('ABORTED');
    expect((await night.ended).status).toBe(130);
  });

  it('shares its engine with a second night, and waits for its end', async () => {
    const world = newWorld();
    const night = await slowNight(world, '20');
    const second = nocturne('night', ...input, '--night', '2026-11-22', '--out', world);
    expect(second.stderr).toBe('');
    expect(second.status).toBe(0);
    const slower = startNocturne('night', ...input, '--night', '2026-11-23', '--speed', '20', '--out', world);
    await slower.seen('nothing observable now');

    expect(nocturne('stop', NIGHT, '--now', '--out', world).status).toBe(0);
    expect(statusOf(world)).toMatch(/small-20261123 +RUNNING/);
    expect(nocturne('stop', 'small-20261123', '--now', '--out', world).status).toBe(0);
    const [first, last] = await Promise.all([night.ended, slower.ended]);
    expect(first.status).toBe(130);
    expect(first.stderr).toContain('This engine observes small-20261123-r1 too');
    expect(last.status).toBe(130);
    expect(last.stderr).toContain('The telescope is parked and the dome closed');

    const alone = newWorld();
    expect(nocturne('night', ...input, '--night', '2026-11-22', '--out', alone).status).toBe(0);
    expect(frames(world)).toMatchObject(frames(alone));
  });

  it('is told to be broken off when its process is killed, and can be closed', async () => {
    const world = newWorld();
    const night = await slowNight(world);
    const watching = startNocturne('watch', NIGHT, '--out', world);
    await watching.seen('segment: WaitForSky');
    night.child.kill('SIGKILL');
    const watched = await watching.ended;
    expect(watched.status).toBe(1);
    expect(watched.stderr).toContain('nobody closed it');
    expect(watched.stderr).toContain(`npm run night -- --name ${NIGHT}`);

    const asked = nocturne('stop', NIGHT, '--out', world);
    expect(asked.status).toBe(2);
    expect(asked.stderr).toContain('nothing observes small-20261121 any more');
    const closed = nocturne('stop', NIGHT, '--now', '--out', world);
    expect(closed.status).toBe(0);
    expect(statusOf(world)).toMatch(/small-20261121 +ABORTED/);
  });

  it('is reached through `nocturne serve` just so', async () => {
    const world = newWorld();
    const serving = startNocturne('serve', '--port', '0', '--out', world);
    await serving.seen('Ctrl-C ends it');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(serving.output())![0];
    expect(readFileSync(path.join(world, 'engine.pid'), 'utf8')).toBe(`${serving.child.pid}\n${url}\n`);
    expect(nocturne('night', ...input, '--night', '2026-11-21', '--out', world).status).toBe(0);
    const report = nocturne('report', NIGHT, '--out', world);
    expect(report.stdout).toContain('4 of 4 complete');
    expect(report.stdout).toContain(path.join(world, 's3/nocturne/raw/20261121'));
    serving.child.kill('SIGINT');
    expect((await serving.ended).status).toBe(0);
  });
});

describe('a night that is over', () => {
  const world = newWorld();

  it('is shown as it was, and watching ends as the night did', () => {
    expect(nocturne('night', ...input, '--night', '2026-11-21', '--out', world).status).toBe(0);
    const { status, stdout } = nocturne('watch', NIGHT, '--out', world, '--json');
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ kind }) => kind === 'exposure')).toHaveLength(10);
    expect(lines.at(-1)).toMatchObject({ type: 'end', status: 'SUCCEEDED', night: 'COMPLETED' });
  });

  it.each([['watch'], ['stop'], ['files'], ['history']])('%s refuses a night that is unknown', (command) => {
    const { status, stderr } = nocturne(command, 'nobody', '--out', world);
    expect(status).toBe(2);
    expect(stderr).toContain('unknown night "nobody"; there are small-20261121');
  });

  it('is not to be stopped', () => {
    const { status, stderr } = nocturne('stop', NIGHT, '--out', world);
    expect(status).toBe(2);
    expect(stderr).toContain('COMPLETED already');
    const both = nocturne('stop', NIGHT, '--now', '--no-wait', '--out', world);
    expect(both.status).toBe(2);
    expect(both.stderr).toContain('--no-wait');
  });
});
