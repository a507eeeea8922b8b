import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { nocturne, smallObservatory, smallProgramme, temporaryFolder } from '../helpers/night.ts';

const folder = temporaryFolder();
const observatory = smallObservatory(folder);
const programme = smallProgramme(folder);
let worlds = 0;
const newWorld = (): string => path.join(folder, `world-${worlds++}`);

const file = (name: string, text: string): string => {
  const where = path.join(folder, name);
  writeFileSync(where, text);
  return where;
};
const changed = (name: string, change: (value: Record<string, any>) => void): string =>
  smallProgramme(path.join(folder, name), change);

describe('bad input is refused with exit status 2, every fault named, nothing written', () => {
  const cases: [string, string[], string[]][] = [
    ['an unknown site', ['--observatory', 'atlantis'], ['unknown observatory "atlantis"', 'la-palma']],
    ['an impossible date', ['--night', '2026-02-30'], ['--night', '2026-02-30']],
    ['a date in words', ['--night', 'yesterday'], ['--night', 'yesterday']],
    ['an unknown programme', ['--programme', 'orion'], ['unknown programme "orion"', 'andromeda']],
    [
      'a malformed programme',
      ['--programme', file('broken.json', '{"id": "x", ')],
      ['broken.json cannot be read as JSON'],
    ],
    ['an empty file', ['--programme', file('empty.json', '')], ['empty.json cannot be read as JSON']],
    ['an empty programme', ['--programme', changed('none', (value) => (value.requests = []))], ['requests', '>=1']],
    [
      'duplicate request ids',
      ['--programme', changed('twice', (value) => (value.requests[1].id = value.requests[0].id))],
      ['requests[1].id: stands twice'],
    ],
    [
      'coordinates that are no numbers',
      ['--programme', changed('nan', (value) => (value.requests[0].target.raDeg = 'NaN'))],
      ['requests[0].target.raDeg', 'got "NaN"'],
    ],
    [
      'NaN itself, which JSON does not have',
      [
        '--programme',
        file('nan.json', '{"id":"a","name":"b","requests":[{"id":"c","target":{"name":"d","raDeg":NaN}}]}'),
      ],
      ['nan.json cannot be read as JSON'],
    ],
    [
      'an unknown filter',
      ['--programme', changed('filter', (value) => (value.requests[2].exposures[0].filter = 'H'))],
      ['requests[2].exposures[0].filter: unknown filter "H"', 'u, g, r, i, z'],
    ],
    [
      'an exposure over the limits of the camera',
      ['--programme', changed('long', (value) => (value.requests[0].exposures[0].exposureTimeS = 1801))],
      ['1801 s in m31-g is beyond the limits of noc1, 0.1 to 1800 s'],
    ],
    [
      'a polar day',
      [
        '--observatory',
        smallObservatory(path.join(folder, 'polar'), (value) => (value.site.latitudeDeg = 78)),
        '--night',
        '2026-06-21',
      ],
      ['polar day', '20260621'],
    ],
    ['a seed that is no number', ['--seed', 'x'], ['--seed', '"x"']],
    ['a name with a slash', ['--name', '../up'], ['nightId', '../up']],
    ['an unknown subsystem', ['--fault', 'coffee=1'], ['coffee']],
    ['a share over one', ['--fault', 'slew=2'], ['slew', '2']],
    ['a speed of nothing', ['--speed', '0'], ['--speed', '"0"']],
    ['an unknown engine', ['--engine', 'steam'], ['steam', 'embedded']],
    ['an unknown option', ['--colour', 'red'], ['--colour']],
  ];

  it.each(cases)('%s', (_what, args, expected) => {
    const world = newWorld();
    const ran = nocturne('night', '--observatory', observatory, '--programme', programme, '--out', world, ...args);
    for (const text of expected) expect(ran.stderr).toContain(text);
    expect(ran.status).toBe(2);
    expect(ran.stdout).toBe('');
    expect(existsSync(world)).toBe(false);
  });

  it('several faults in one go', () => {
    const both = changed('both', (value) => {
      value.requests[0].target.decDeg = 91;
      value.requests[3].exposures[0].count = 0;
    });
    const ran = nocturne(
      'night',
      '--observatory',
      observatory,
      '--programme',
      both,
      '--night',
      '2026-13-01',
      '--seed',
      '-1',
      '--out',
      newWorld(),
    );
    for (const text of ['requests[0].target.decDeg', 'requests[3].exposures[0].count', '2026-13-01', '--seed']) {
      expect(ran.stderr).toContain(text);
    }
    expect(ran.stderr.trim().split('\n')).toHaveLength(4);
  });

  it('as JSON when asked for', () => {
    const ran = nocturne('night', '--programme', 'orion', '--json', '--out', newWorld());
    expect(JSON.parse(ran.stdout)).toMatchObject({ type: 'error', faults: [expect.stringContaining('orion')] });
    expect(ran.status).toBe(2);
  });
});

describe('looking at a folder that does not exist', () => {
  it.each([
    ['nights', 0, 'No night has been observed here yet'],
    ['report', 2, 'unknown night "x"'],
  ])('%s makes no world of it', (command, status, text) => {
    const world = newWorld();
    const ran = nocturne(command, ...(command === 'report' ? ['x'] : []), '--out', world);
    expect(ran.status).toBe(status);
    expect(ran.stdout + ran.stderr).toContain(text);
    expect(existsSync(world)).toBe(false);
  });
});

describe('an engine that cannot be used is said with exit status 3', () => {
  it('when the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const ran = nocturne('serve', '--port', String(port), '--out', newWorld());
    server.close();
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain(String(port));
  });

  // The lock as a process has it that does not serve its engine, or does not answer any more.
  it('when another process uses the folder and does not answer', () => {
    const world = newWorld();
    mkdirSync(world);
    const lock = new DatabaseSync(path.join(world, 'engine.lock'));
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    writeFileSync(path.join(world, 'engine.pid'), `${process.pid}\nhttp://127.0.0.1:9\n`);
    const ran = nocturne('night', '--observatory', observatory, '--programme', programme, '--out', world);
    lock.close();
    expect(ran.status).toBe(3);
    for (const text of [world, String(process.pid), 'http://127.0.0.1:9', '--out']) expect(ran.stderr).toContain(text);
  });

  it('when the output folder is a file', () => {
    const ran = nocturne('night', '--observatory', observatory, '--programme', programme, '--out', file('a-file', 'x'));
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('a-file');
  });

  // Nobody can make a folder there, root neither.
  it('when the output folder cannot be made', () => {
    const world = '/proc/nocturne-world';
    const ran = nocturne('night', '--observatory', observatory, '--programme', programme, '--out', world);
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain(world);
  });

  it('when nothing answers at the endpoint', () => {
    const ran = nocturne('nights', '--engine', 'localstack');
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain('4566');
  });
});
