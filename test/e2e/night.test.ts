import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NightReport } from '../../core/night/report.ts';
import {
  frames,
  nocturne,
  nocturneToHead,
  nocturneWithSmallFiles,
  type Ran,
  smallObservatory,
  smallProgramme,
  startNocturne,
  temporaryFolder,
} from '../helpers/night.ts';
import { tables } from '../helpers/tables.ts';

const folder = temporaryFolder();
const observatory = smallObservatory(folder);
const programme = smallProgramme(folder);
const night = (world: string, ...more: string[]) => [
  'night',
  ...['--observatory', observatory, '--programme', programme, '--night', '2026-11-21', '--out', world, '--json'],
  ...more,
];
const newWorld = (): string => path.join(temporaryFolder(), 'world');

/** The last line of --json output: how the night ended, with its report. */
const ending = ({
  stdout,
}: Ran): { status: string; night: string; error?: string; cause?: string; report: NightReport } =>
  JSON.parse(stdout.trim().split('\n').at(-1)!);
const events = ({ stdout }: Ran): Record<string, any>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => line.type === 'event');

describe('a night on the embedded engine', () => {
  const world = newWorld();
  let ran: Ran;
  beforeAll(() => {
    ran = nocturne(...night(world));
  });

  it('ends green with every request complete and every frame stored', () => {
    expect(ran.stderr).toBe('');
    expect(ran.status).toBe(0);
    const { status, night: nightStatus, report } = ending(ran);
    expect(status).toBe('SUCCEEDED');
    expect(nightStatus).toBe('COMPLETED');
    expect(report.statuses).toEqual({ COMPLETED: 4 });
    expect(report.frames).toHaveLength(10);
    for (const { key } of report.frames) {
      expect(existsSync(path.join(world, 's3/nocturne', key))).toBe(true);
      expect(existsSync(path.join(world, 's3/nocturne', key.replace('.fits', '.json')))).toBe(true);
    }
  });

  it('accounts for every second', () => {
    const { report } = ending(ran);
    const sum = Object.values(report.budget).reduce((total, seconds) => total + seconds, 0);
    expect(sum).toBeCloseTo(report.lengthS, 2);
    expect(report.budget.science).toBeCloseTo(8 * 60, 6);
    const lengthS = (Date.parse(report.sunriseAt!) - Date.parse(report.sunsetAt!)) / 1000;
    expect(report.lengthS).toBeCloseTo(lengthS, 2);
  });

  it('takes bias frames before sunset, with their master, and science only in the dark', () => {
    const exposures = events(ran).filter((event) => event.kind === 'exposure');
    expect(exposures.map((event) => event.exposureId.split('_')[1])).toEqual(['b', 'b', ...Array(8).fill('o')]);
    for (const event of exposures.slice(0, 2)) expect(event.endAt < ending(ran).report.beginAt).toBe(true);
    const calibrations = path.join(world, 's3/nocturne/calibrations/20261121');
    expect(readdirSync(calibrations).sort()).toEqual(
      ['fits', 'json', 'png'].map((extension) => `noc1_mb_20261121_000001.${extension}`),
    );
    for (const event of exposures.slice(2)) expect(event.sunAltitudeDeg).toBeLessThan(-18);
  });

  it('starts again without doing anything', () => {
    const before = frames(world);
    const again = nocturne(...night(world));
    expect(again.status).toBe(0);
    expect(events(again)).toEqual([]);
    expect(frames(world)).toEqual(before);
  });

  it('refuses the same name with another seed, and leaves the night as it is', () => {
    const before = frames(world);
    const other = nocturne(...night(world, '--seed', '2'));
    expect(other.status).toBe(1);
    expect(ending(other)).toMatchObject({ error: 'NightConflict', night: 'COMPLETED' });
    expect(other.stdout).toContain('seed was 1 and is now 2');
    expect(frames(world)).toEqual(before);
  });

  it('gives the same bytes and records with the same seed, in another folder', async () => {
    const second = newWorld();
    expect(nocturne(...night(second)).status).toBe(0);
    expect(Object.keys(frames(second))).toHaveLength(20);
    expect(frames(second)).toEqual(frames(world));
    const report = 's3/nocturne/nights/small-20261121/report.json';
    expect(readFileSync(path.join(second, report), 'utf8')).toBe(readFileSync(path.join(world, report), 'utf8'));
    const records = await tables(second);
    expect(records.Requests).toHaveLength(5);
    expect(records.Exposures).toHaveLength(10);
    expect(records.Nights.length).toBeGreaterThan(40);
    expect(records.Provenance.length).toBeGreaterThan(80);
    expect(records).toEqual(await tables(world));
  });

  it('gives other bytes with another seed', () => {
    const second = newWorld();
    expect(nocturne(...night(second, '--seed', '2')).status).toBe(0);
    const fits = (record: Record<string, string>) => Object.values(record);
    const same = fits(frames(second)).filter((hash) => fits(frames(world)).includes(hash));
    expect(same).toEqual([]);
  });

  it('numbers the frames of a second night of the same day apart from the first', () => {
    const before = frames(world);
    expect(nocturne(...night(world, '--name', 'second')).status).toBe(0);
    expect(Object.keys(frames(world))).toHaveLength(40);
    expect(frames(world)).toMatchObject(before);
  });
});

describe('a night that is interrupted', () => {
  // Long enough that a signal reaches it before it is over, however quick the machine.
  const longProgramme = smallProgramme(path.join(folder, 'long'), (value) => {
    for (const request of value.requests) request.exposures[0].count = 8;
  });
  const long = (world: string, ...more: string[]) => night(world, '--programme', longProgramme, ...more);

  it('goes on when whoever reads along stops reading', () => {
    const world = newWorld();
    expect(nocturneToHead(...night(world))).toContain('"type":"begin"');
    expect(nocturne('nights', '--out', world).stdout).toMatch(/small-20261121 +COMPLETED/);
  });

  it('parks and closes on Ctrl-C, says how to go on, and continues without repeating a frame', async () => {
    const world = newWorld();
    const started = startNocturne(...long(world));
    await started.seen('"kind":"exposure"', 4);
    started.child.kill('SIGINT');
    const stopped = await started.ended;
    expect(stopped.status).toBe(130);
    expect(ending(stopped)).toMatchObject({ error: 'OperatorHalt', night: 'ABORTED' });
    expect(events(stopped).at(-1)).toMatchObject({ kind: 'close' });
    const before = frames(world);
    expect(Object.keys(before).length).toBeLessThan(68);

    // Continued with the wrong seed it is refused, and can be continued with the right one all the same.
    expect(ending(nocturne(...long(world, '--seed', '2')))).toMatchObject({
      error: 'NightConflict',
      night: 'ABORTED',
    });
    const continued = nocturne(...long(world));
    expect(continued.status).toBe(0);
    expect(ending(continued).report.statuses).toEqual({ COMPLETED: 4 });
    expect(ending(continued).report.frames).toHaveLength(34);
    expect(frames(world)).toMatchObject(before);
    const sum = Object.values(ending(continued).report.budget).reduce((total, seconds) => total + seconds, 0);
    expect(sum).toBeCloseTo(ending(continued).report.lengthS, 2);
  });

  it('continues by the very command that it prints', async () => {
    const world = newWorld();
    const started = startNocturne(
      ...long(world, '--seed', '3', '--fault', 'slew=0.01').filter((arg) => arg !== '--json'),
    );
    await started.seen('noc1_o', 1);
    started.child.kill('SIGINT');
    const { stderr, status } = await started.ended;
    expect(status).toBe(130);
    const command = /npm run night -- (.*)/.exec(stderr)![1];
    const continued = nocturne('night', ...command.split(' '));
    expect(continued.stderr).toBe('');
    expect(continued.status).toBe(0);
    expect(continued.stdout).toContain('4 of 4 complete');
  });

  it('stops at once on a second Ctrl-C, in the middle of a visit, and continues all the same', async () => {
    const world = newWorld();
    const started = startNocturne(...long(world));
    await started.seen('"kind":"exposure"', 3);
    started.child.kill('SIGINT');
    started.child.kill('SIGTERM');
    const stopped = await started.ended;
    expect(stopped.status).toBe(130);
    expect(ending(stopped)).toMatchObject({ error: 'OperatorHalt', night: 'ABORTED' });
    const before = frames(world);

    const continued = nocturne(...long(world));
    expect(continued.status).toBe(0);
    expect(ending(continued).report.statuses).toEqual({ COMPLETED: 4 });
    expect(frames(world)).toMatchObject(before);
    const done = ending(continued).report.requests.map(({ framesDone }) => framesDone);
    expect(done).toEqual([8, 8, 8, 8]);
  });

  it.each([1, 3, 6])(
    'ends with the same bytes when it is killed after %i frames and started again',
    async (killAfter) => {
      const whole = newWorld();
      expect(nocturne(...night(whole)).status).toBe(0);
      const world = newWorld();
      const started = startNocturne(...night(world));
      await started.seen('"kind":"exposure"', killAfter);
      started.child.kill('SIGKILL');
      await started.ended;
      expect(nocturne(...night(world)).status).toBe(0);
      expect(frames(world)).toEqual(frames(whole));
      const [continued, unbroken] = [await tables(world), await tables(whole)];
      for (const table of ['Requests', 'Exposures', 'Provenance']) expect(continued[table]).toEqual(unbroken[table]);
    },
  );
});

describe('a night in which things fail', () => {
  it.each([
    ['slew', 'SlewFailed', 'FAILED_SLEW', 2],
    ['configure', 'ConfigureFailed', 'FAILED_CONFIG', 2],
    ['expose', 'ExposureFailed', 'FAILED_EXPOSURE', 0],
  ])('goes on after every %s failed, with the status written', (step, error, status, framesTaken) => {
    const world = newWorld();
    const ran = nocturne(...night(world, '--fault', `${step}=1`));
    expect(ran.status).toBe(0);
    const { report } = ending(ran);
    expect(report.statuses[status as keyof typeof report.statuses]).toBeGreaterThanOrEqual(4);
    expect(report.frames).toHaveLength(framesTaken);
    const isOfSet = ({ requestId }: { requestId?: string | undefined }) => requestId?.endsWith('.bias.1') === true;
    const faults = events(ran).filter((event) => event.kind === 'fault' && !isOfSet(event));
    expect(faults.length).toBeGreaterThanOrEqual(12);
    // The bias frames are exposed in the afternoon, without a slew or a change of filter.
    const ofSet = events(ran).filter((event) => event.kind === 'fault' && isOfSet(event));
    expect(ofSet.map(({ message }) => message)).toEqual(
      step === 'expose' ? [expect.stringMatching(/bias\.1 is ERROR: TooFewFrames/)] : [],
    );
    expect(faults.every((event) => event.message.includes(error))).toBe(true);
    expect(report.budget.fault).toBeCloseTo(60 * faults.length, 6);
  });

  it('tries again what failed by chance, three times a night and no more', () => {
    const ran = nocturne(...night(newWorld(), '--fault', 'slew=0.4', '--seed', '5'));
    expect(ran.status).toBe(0);
    const faults = events(ran).filter((event) => event.kind === 'fault');
    let completedAfterFault = 0;
    for (const { requestId, status } of ending(ran).report.requests) {
      const failed = faults.filter((event) => event.requestId === requestId).length;
      expect(status).toBe(failed === 3 ? 'FAILED_SLEW' : 'COMPLETED');
      if (status === 'COMPLETED' && failed > 0) completedAfterFault++;
    }
    expect(completedAfterFault).toBeGreaterThan(0);
  });

  it('keeps the dome closed under cloud and says so', () => {
    const cloudy = smallObservatory(path.join(folder, 'cloudy'), (value) => {
      value.climate.clearShare = 0;
      value.safety.cloudMaxMag = 0;
    });
    const ran = nocturne(...night(newWorld(), '--observatory', cloudy));
    expect(ran.status).toBe(0);
    const { report } = ending(ran);
    expect(report.statuses).toEqual({ QUEUED: 4 });
    expect(report.budget.science).toBe(0);
    expect(report.budget.weather).toBeGreaterThan(0.5 * report.lengthS);
    expect(report.budget.waiting).toBe(0);
  });
});

describe('a disk that is full', () => {
  it('ends the night when a frame cannot be stored, and the night goes on when there is room', () => {
    const world = newWorld();
    const large = smallObservatory(path.join(folder, 'large'), (value) => {
      value.camera.widthPix = 1600;
      value.camera.heightPix = 1600;
    });
    const args = night(world, '--observatory', large);
    const full = nocturneWithSmallFiles(4000, ...args);
    expect(full.status).toBe(1);
    expect(ending(full)).toMatchObject({
      error: 'SaveFailed',
      night: 'FAILED',
      cause: expect.stringContaining('no room'),
    });
    expect(nocturne(...args).status).toBe(0);
    expect(Object.keys(frames(world))).toHaveLength(20);
  });

  it('says so when the engine cannot write its own records, and loses nothing that was stored', () => {
    const world = newWorld();
    const full = nocturneWithSmallFiles(2000, ...night(world));
    expect(full.status).toBe(3);
    expect(full.stdout).toContain('go on with');
    const before = frames(world);
    expect(Object.keys(before).length).toBeGreaterThan(0);
    expect(nocturne(...night(world)).status).toBe(0);
    expect(Object.keys(frames(world))).toHaveLength(20);
    expect(frames(world)).toMatchObject(before);
  });
});

describe('what is stored', () => {
  it('is what the report lists, and nothing temporary is left', () => {
    const world = newWorld();
    expect(nocturne(...night(world)).status).toBe(0);
    const raw = readdirSync(path.join(world, 's3/nocturne/raw/20261121'));
    expect(raw.filter((name) => !/^noc1_[ob]_20261121_\d{6}(_[gr])?\.(fits|json)$/.test(name))).toEqual([]);
  });
});
