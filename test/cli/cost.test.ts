import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nocturne, smallObservatory, smallProgramme, startNocturne, temporaryFolder } from '../helpers/night.ts';
import { tables } from '../helpers/tables.ts';

const folder = temporaryFolder();
const world = path.join(folder, 'world');
const observatory = smallObservatory(folder);
/** One frame, for which the night waits once: it ends after one visit of one frame. */
const programme = smallProgramme(folder, (value) => {
  value.calibrations = [];
  const [{ exposures, ...first }] = value.requests;
  value.requests = [
    {
      ...first,
      exposures: [{ ...exposures[0], count: 1 }],
      constraints: { twilight: 'civil', moonSeparationMinDeg: 0 },
    },
  ];
  // From sunset to the end of civil twilight in one wait.
  value.waitS = 3600;
});
const observe = (...options: string[]) =>
  nocturne('night', '--observatory', observatory, '--night', '2026-11-21', '--out', world, ...options);
const costOf = (night: string, ...options: string[]) => {
  const { status, stdout, stderr } = nocturne('cost', night, '--out', world, '--json', ...options);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
};

beforeAll(() => {
  expect(observe('--programme', programme, '--name', 'one').status).toBe(0);
});

describe('cost NIGHT', () => {
  it('counts what the machines of statemachines/ do for one visit of one frame', () => {
    const { usage, stored } = costOf('one');
    // night: OpenNight NightOpened BeforeDark PlanCalibrations CalibrationsPlanned WaitForNight Segment SegmentDone
    //   AfterDark PlanCalibrations CalibrationsPlanned CloseNight ReduceNight ReportCalibration ReportNight
    // segment: ChooseNext Decide WaitForSky ChooseNext Decide Observe ChooseNext Decide NightOver
    // reduction: PlanReduction BlocksPlanned Reduced
    // observation: CheckConditions AnnounceVisit SlewTelescope ConfigureInstrument ExposeFrame Pace NextStep FinishObservation
    expect(usage).toMatchObject({
      executions: 4,
      visits: 1,
      stateTransitions: 15 + 9 + 8 + 3,
      retries: 0,
      unaccounted: 0,
    });
    const requests = Object.fromEntries(
      Object.entries<any>(usage.functions).map(([name, totals]) => [name, totals.requests]),
    );
    expect(requests).toEqual({
      'open-night': 1,
      'plan-calibrations': 2,
      'choose-next': 3,
      'check-conditions': 1,
      'announce-visit': 1,
      'slew-telescope': 1,
      'configure-instrument': 1,
      'expose-frame': 1,
      'finish-observation': 1,
      'close-night': 1,
      'plan-reduction': 1,
      'report-calibration': 1,
      'report-night': 1,
    });
    // Frame, sidecar, the page on calibration, the two reports and the telemetry; one event when the night is opened and one when it is closed.
    expect(usage.reported).toMatchObject({ s3Puts: 6, eventsPuts: 2 });
    // A frame of 64 x 64 pixels is too small to move to cheaper storage.
    expect(stored).toMatchObject({ frames: 1, movable: { frames: 0, bytes: 0 } });
    const files = readdirSync(path.join(world, 's3/nocturne'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)).length);
    expect(stored.otherBytes).toBe(files.reduce((sum, bytes) => sum + bytes, 0));
  });

  it('shows each line with its price, the sum, and what the durations are worth', () => {
    const { status, stdout } = nocturne('cost', 'one', '--out', world);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Step Functions +state transitions +35 +0\.025 +1,000 transitions +0\.00088\n/);
    expect(stdout).toMatch(/Lambda +requests +16 +0\.2 /);
    expect(stdout).toContain('1 visit, 1 frame,');
    expect(stdout).toContain('A month of 30 such nights');
    expect(stdout).toContain('embedded engine');
  });

  it('has the prices of the region asked for, and leaves out what is free', () => {
    const line = (cost: any, item: string) => cost.lines.find((each: any) => each.item === item);
    const ireland = costOf('one', '--region', 'eu-west-1', '--free-tier');
    expect(line(ireland.night, 'write request units').unitPriceUsd).toBe(0.705);
    expect(line(ireland.months[0].cost, 'state transitions')).toBeUndefined();
    expect(line(costOf('one').months[0].cost, 'state transitions').quantity).toBe(30 * 35);
  });

  it('counts every run of a night: a second start that finds nothing to do has its three states', () => {
    expect(observe('--programme', programme, '--name', 'one').status).toBe(0);
    const { usage } = costOf('one');
    expect(usage).toMatchObject({ executions: 5, visits: 1, stateTransitions: 35 + 3 });
  });

  it('counts a night whose visits fail, and says what it cannot know of them', () => {
    const failing = smallProgramme(path.join(folder, 'failing'), (value) => {
      value.calibrations = [];
      value.requests.length = 1;
      value.onFailure = 'skip';
    });
    observe('--programme', failing, '--name', 'failing', '--fault', 'slew=1');
    const { usage } = costOf('failing');
    expect(usage).toMatchObject({ visits: 1, unaccounted: 1 });
    expect(usage.functions['slew-telescope']).toMatchObject({ requests: 1, failures: 1 });
    expect(nocturne('cost', 'failing', '--out', world).stdout).toContain('Of 1 invocation, failed or under way,');
  });

  it('counts a night that goes on', async () => {
    const other = path.join(folder, 'other');
    const night = startNocturne(
      ...['night', '--observatory', observatory, '--programme', smallProgramme(path.join(folder, 'paced'))],
      ...['--night', '2026-11-21', '--name', 'paced', '--speed', '600', '--out', other],
    );
    await night.seen('noc1_o');
    const { status, stdout } = nocturne('cost', 'paced', '--out', other, '--json');
    night.child.kill('SIGINT');
    await night.ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout).usage.visits).toBeGreaterThan(0);
  });

  it.each([
    ['a night that nobody knows', ['cost', 'nowhere'], 'unknown night "nowhere"; there are failing, one'],
    ['a region without prices', ['cost', 'one', '--region', 'mars-1'], 'us-east-1, eu-west-1'],
  ])('refuses %s', (_what, args, words) => {
    const { status, stderr } = nocturne(...args, '--out', world);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
  });

  it('makes no world of a folder that does not exist', () => {
    const { status, stderr } = nocturne('cost', 'one', '--out', path.join(folder, 'nowhere'));
    expect(status).toBe(2);
    expect(stderr).toContain('there is no folder');
  });
});

describe('report NIGHT', () => {
  it('has the cost below it', () => {
    const { stdout } = nocturne('report', 'one', '--out', world);
    expect(stdout).toMatch(/Cost on AWS\n\n0\.\d+ USD in us-east-1 for 1 visit and 1 frame, \d+ % of it/);
  });
});

describe('what was used', () => {
  it('stands in no record and no file: they are the same on every engine', async () => {
    const stored = JSON.stringify(await tables(world));
    const files = readdirSync(path.join(world, 's3'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'));
    for (const text of [stored, ...files]) expect(text).not.toContain('dynamodbReadUnits');
  });
});
