/**
 * From frames in S3 to a certified master: how long the calibration machine takes on the embedded engine for the states BuildMaster and
 * CertifyMaster, with everything that they store, by the clock of its own histories.
 *
 *     node bench/certified-master.ts [sets]
 *
 * A night in a process of its own takes sets of 25 bias frames of 2048 x 2048 pixels, one after the other; each is built, judged,
 * stored and certified. The first, in which workers start, is printed by itself.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { line } from './statistics.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const CLI = path.join(ROOT, 'cli/nocturne.ts');
const FRAMES = 25;
const sets = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(path.join(tmpdir(), 'certified-master-'));
const file = (name: string, value: unknown): string => {
  const at = path.join(folder, name);
  writeFileSync(at, JSON.stringify(value));
  return at;
};
function nocturne(...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args, '--out', path.join(folder, 'world')], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`nocturne ${args[0]} ended with status ${status}:\n${stderr}`);
}

interface HistoryEvent {
  timestamp: string;
  stateEnteredEventDetails?: { name: string };
}

try {
  const { calibration: _, ...observatory } = JSON.parse(
    readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8'),
  );
  const programme = {
    id: 'biases',
    name: 'Sets of bias frames',
    calibrations: Array.from({ length: sets + 1 }, () => ({ type: 'bias', count: FRAMES })),
    requests: [
      {
        id: 'never',
        target: { name: 'below the horizon', raDeg: 0, decDeg: -89 },
        exposures: [{ filter: 'g', exposureTimeS: 1, count: 1 }],
      },
    ],
  };
  const inputs = [
    ...['--observatory', file('observatory.json', observatory)],
    ...['--programme', file('programme.json', programme)],
  ];
  nocturne('night', '--night', '2026-11-21', '--name', 'bench', '--json', ...inputs);
  const histories = path.join(folder, 'histories.json');
  nocturne('history', 'bench', '--export', histories);
  const { executions } = JSON.parse(readFileSync(histories, 'utf8')) as {
    executions: { machine: string; events: HistoryEvent[] }[];
  };
  const seconds = executions
    .filter(({ machine }) => machine === 'calibration')
    .map(({ events }) => {
      const enteredMs = (name: string) =>
        Date.parse(events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === name)!.timestamp);
      return (enteredMs('FinishCalibration') - enteredMs('BuildMaster')) / 1000;
    });
  console.log(line(`${FRAMES} frames in S3 to a certified master, workers cold`, seconds.slice(0, 1), 's'));
  console.log(line(`${FRAMES} frames in S3 to a certified master`, seconds.slice(1), 's', '< 3 s'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
