import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nocturne, ROOT, smallObservatory, smallProgramme, temporaryFolder } from '../helpers/night.ts';

const folder = temporaryFolder();
const world = path.join(folder, 'world');
const NIGHT = 'small-20261121';
const at = ['--out', world];
const page = path.join(world, `s3/nocturne/nights/${NIGHT}/calibration.html`);
const lines = (stdout: string): Record<string, any>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const whole = JSON.parse(readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8')).calibration;
const biases = whole.sets.filter(({ type }: any) => type === 'bias');
/** Takes biases alone: what it reduces lacks a dark and a flat. */
const observatory = smallObservatory(folder, (value) => {
  value.calibration = { ...whole, sets: biases };
});
const programme = smallProgramme(folder, (value) => {
  value.calibrations = [];
  value.requests = value.requests.slice(0, 1);
});

beforeAll(() => {
  const { status, stderr, stdout } = nocturne(
    ...['night', '--observatory', observatory, '--programme', programme, '--night', '2026-11-21', ...at],
  );
  expect(status, stderr + stdout).toBe(0);
});

describe('nocturne reduce', () => {
  it('says which masters were missing, and writes the page anew', () => {
    writeFileSync(page, 'an old page');
    const { status, stdout } = nocturne('reduce', NIGHT, ...at, '--json');
    expect(status).toBe(0);
    const ending = lines(stdout).at(-1)!;
    expect(ending).toMatchObject({ type: 'end', status: 'SUCCEEDED', complete: 0, page });
    expect(ending.incomplete).toHaveLength(2);
    for (const { missing } of ending.incomplete) expect(missing).toEqual(expect.arrayContaining(['dark', 'flat']));
    expect(readFileSync(page, 'utf8')).toContain('2 frames reduced: 0 complete, 2 incomplete.');
  });

  it('does nothing to frames that have the same masters, however often it is asked', () => {
    const { status, stdout } = nocturne('reduce', NIGHT, ...at);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2 reduced frames: 0 complete, 2 incomplete\n {2}noc1_o_\d+_\d+: missing .*dark, flat\n/);
    expect(stdout).toContain(`Calibration: ${page}`);
  });

  it('refuses a night that there is not', () => {
    const { status, stderr } = nocturne('reduce', 'another', ...at);
    expect(status).toBe(2);
    expect(stderr).toContain(`unknown night "another"; there are ${NIGHT}`);
  });
});

describe('nocturne calibrations trends', () => {
  it('shows every metric of the masters, those that are no good too, and plots what was measured', () => {
    const rows = lines(nocturne('calibrations', 'trends', ...at, '--json').stdout);
    expect(rows.map(({ metric }) => metric)).toContain('frameCount');
    expect(rows.find(({ metric }) => metric === 'frameCount')!.points).toMatchObject([{ value: biases[0].count }]);
    const to = path.join(folder, 'plots');
    const { stdout } = nocturne('calibrations', 'trends', ...at, '--to', to);
    expect(stdout).toContain('noc1.bias.b1.t-60: 1 master\n');
    expect(existsSync(path.join(to, 'noc1.bias.b1.t-60.frameCount.svg'))).toBe(true);
  });
});

describe('nocturne report', () => {
  it('names the page', () => {
    expect(nocturne('report', NIGHT, ...at).stdout).toContain(`\nCalibration: ${page}\n`);
  });
});
