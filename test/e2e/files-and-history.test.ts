import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nocturne, smallObservatory, smallProgramme, temporaryFolder } from '../helpers/night.ts';

const folder = temporaryFolder();
const world = path.join(folder, 'world');
const NIGHT = 'small-20261121';
const input = ['--observatory', smallObservatory(folder), '--programme', smallProgramme(folder)];
const night = ['night', ...input, '--night', '2026-11-21', '--out', world];
const lines = (stdout: string): Record<string, any>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

beforeAll(() => {
  expect(nocturne(...night).status).toBe(0);
});

describe('nocturne files', () => {
  const files = (...more: string[]) => nocturne('files', NIGHT, '--out', world, ...more);

  it('lists what the night left, with the checksums of its frames', () => {
    const listed = lines(files('--json').stdout);
    const kinds = Object.groupBy(listed, ({ kind }) => kind);
    expect(kinds.frames).toHaveLength(10);
    expect(kinds.sidecars).toHaveLength(10);
    expect(kinds.report!.map(({ key }) => path.basename(key))).toEqual(['report.json', 'report.md']);
    expect(kinds.telemetry!.map(({ key }) => path.basename(key))).toEqual(['telemetry.fits']);
    expect(kinds.inputs).toHaveLength(2);
    // The programme's two bias frames make a master.
    expect(kinds.masters!.map(({ key }) => key)).toEqual(
      ['fits', 'json'].map((type) => `calibrations/20261121/noc1_mb_20261121_000001.${type}`),
    );
    expect(kinds.masters![0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(kinds.previews!.map(({ key }) => path.extname(key))).toEqual(['.png']);
    expect(kinds.calibration!.map(({ key }) => path.basename(key))).toEqual(['calibration.html']);
    for (const { key, sizeBytes, sha256: told } of listed) {
      const stored = path.join(world, 's3/nocturne', key);
      expect(readFileSync(stored)).toHaveLength(sizeBytes);
      if (told) expect(sha256(stored)).toBe(told);
    }
    expect(lines(files('--json', '--kind', 'sidecars').stdout)).toEqual(kinds.sidecars);
  });

  it('brings them to a folder, and only those that are not there', () => {
    const to = path.join(folder, 'fetched');
    const first = files('--to', to);
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('29 files fetched, 0 were there already, 0 failed');
    for (const { key } of lines(files('--json').stdout)) {
      expect(readFileSync(path.join(to, key))).toEqual(readFileSync(path.join(world, 's3/nocturne', key)));
    }
    const day = path.join(to, 'raw/20261121');
    appendFileSync(path.join(day, 'noc1_b_20261121_000001.fits'), 'x');
    rmSync(path.join(day, 'noc1_b_20261121_000002.json'));
    expect(files('--to', to).stdout).toContain('2 files fetched, 27 were there already, 0 failed');
    expect(readdirSync(day).filter((name) => !/\.(fits|json)$/.test(name))).toEqual([]);
  });

  it('keeps nothing whose content is not that of its record, and says what is missing', () => {
    const to = path.join(folder, 'damaged');
    const frame = path.join(world, 's3/nocturne/raw/20261121/noc1_b_20261121_000001.fits');
    const right = readFileSync(frame);
    const damaged = Buffer.from(right);
    damaged[damaged.length - 1]! ^= 1;
    writeFileSync(frame, damaged);
    const failed = files('--kind', 'frames', '--to', to);
    writeFileSync(frame, right);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('noc1_b_20261121_000001.fits: the content has sha256');
    expect(failed.stdout).toContain('9 files fetched, 0 were there already, 1 failed');
    const names = readdirSync(path.join(to, 'raw/20261121'));
    expect(names).toHaveLength(9);
    expect(names).not.toContain('noc1_b_20261121_000001.fits');
    expect(files('--kind', 'frames', '--to', to).stdout).toContain('1 files fetched, 9 were there already, 0 failed');
  });

  it('refuses a folder that cannot be made', () => {
    const { status, stderr } = files('--to', '/proc/nocturne');
    expect(status).toBe(2);
    expect(stderr).toContain('--to');
  });
});

describe('nocturne history', () => {
  const history = (...more: string[]) => nocturne('history', NIGHT, '--out', world, ...more);

  it('shows the tree of executions and the states that each entered', () => {
    const executions = lines(history('--json').stdout);
    expect(executions.map(({ machine }) => machine)).toEqual([
      ...['night', 'calibration', 'segment'],
      ...[...Array(4).fill('observation'), 'reduction'],
    ]);
    const [run, set, segment, first] = executions;
    expect(run!.name).toBe(`${NIGHT}-r1`);
    expect(run!.states.slice(0, 2)).toEqual(['OpenNight', 'NightOpened']);
    expect(run!.states.slice(-2)).toEqual(['ReportCalibration', 'ReportNight']);
    expect(segment).toMatchObject({ name: `${NIGHT}-r1-s1`, parentArn: run!.executionArn, status: 'SUCCEEDED' });
    expect(set).toMatchObject({ parentArn: run!.executionArn, status: 'SUCCEEDED' });
    expect(set!.states.filter((name: string) => name === 'TakeFrame')).toHaveLength(2);
    expect(set!.states.slice(-3)).toEqual(['BuildMaster', 'CertifyMaster', 'FinishCalibration']);
    // Two frames of M31.
    expect(first!.parentArn).toBe(segment!.executionArn);
    expect(first!.states).toEqual([
      ...['CheckConditions', 'AnnounceVisit', 'SlewTelescope', 'ConfigureInstrument'],
      ...['ExposeFrame', 'Pace', 'NextStep', 'ExposeFrame', 'Pace', 'NextStep', 'FinishObservation'],
    ]);
    expect(history().stdout).toContain('ExposeFrame x 2, Pace x 2, NextStep x 2');
  });

  it('shows all events of one execution', () => {
    const events = lines(history('--execution', `${NIGHT}-r1`, '--json').stdout).map(({ event }) => event);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events[0].type).toBe('ExecutionStarted');
    expect(events.at(-1).type).toBe('ExecutionSucceeded');
    expect(history('--execution', `${NIGHT}-r1`).stdout).toMatch(/TaskStateEntered +OpenNight/);
    const unknown = history('--execution', 'nobody');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('nobody');
  });

  it('writes everything to one file', () => {
    const file = path.join(folder, 'history.json');
    expect(history('--export', file).status).toBe(0);
    const { nightId, executions } = JSON.parse(readFileSync(file, 'utf8'));
    expect(nightId).toBe(NIGHT);
    expect(executions).toHaveLength(8);
    for (const { input: text, output, events, status } of executions) {
      expect(status).toBe('SUCCEEDED');
      expect(JSON.parse(text)).toBeTypeOf('object');
      expect(events[0].executionStartedEventDetails.input).toBe(text);
      expect(events.at(-1).executionSucceededEventDetails.output).toBe(output);
    }
    const nowhere = history('--export', path.join(folder, 'no/such/folder.json'));
    expect(nowhere.status).toBe(2);
    expect(existsSync(path.join(folder, 'no'))).toBe(false);
  });

  it('shows a start that was refused, and the errors of visits that failed', () => {
    expect(nocturne(...night, '--seed', '2').status).toBe(1);
    const runs = lines(history('--json').stdout).filter(({ machine }) => machine === 'night');
    expect(runs.map(({ name, status, error }) => [name, status, error])).toEqual([
      [`${NIGHT}-r1`, 'SUCCEEDED', undefined],
      [`${NIGHT}-r2`, 'FAILED', 'NightConflict'],
    ]);
    expect(nocturne(...night, '--name', 'failing', '--fault', 'slew=1').status).toBe(0);
    const failing = nocturne('history', 'failing', '--out', world);
    expect(failing.stdout).toContain('SlewFailed: ');
    expect(failing.stdout).toContain('WriteFailure, ObservationFailed');
  });
});
