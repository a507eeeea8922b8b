import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  hashes,
  nocturne,
  type Ran,
  smallObservatory,
  smallProgramme,
  startNocturne,
  temporaryFolder,
} from '../helpers/night.ts';

/** Few frames of each kind make a quick night: 6 biases, 3 darks, 3 flats of the dome and 3 of the sky in r. */
const COUNTS: Record<string, object> = {
  bias: { count: 6, minimum: 4 },
  dark: { count: 3, minimum: 2, exposureTimesS: [60] },
  'twilight-flat': { count: 3, minimum: 2 },
  'dome-flat': { count: 3, minimum: 2 },
};
const folder = temporaryFolder();
const observatory = smallObservatory(folder, (value) => {
  value.camera.widthPix = 256;
  value.camera.heightPix = 256;
  // The dust of the whole chip would lie on this part of it.
  delete value.camera.dust;
  value.safety = { ...value.safety, humidityMaxPercent: 100, windMaxMPerS: 100, gustMaxMPerS: 100 };
  value.calibration = calibrationOfLaPalma();
  for (const set of value.calibration.sets) Object.assign(set, COUNTS[set.id]);
  // So few frames add more noise than those of a real night.
  value.calibration.limits = {
    frameCount: { goodMin: 3, badMin: 2 },
    masterAddedNoise: { goodMax: 0.25, badMax: 1 },
  };
});
const programme = smallProgramme(folder, (value) => {
  value.calibrations = [];
  value.requests = value.requests.filter(({ id }: any) => id === 'm31-r');
});

function calibrationOfLaPalma(): any {
  const file = new URL('../../observatories/la-palma.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).calibration;
}

const newWorld = (): string => path.join(temporaryFolder(), 'world');
const nightArgs = (world: string, date = '2026-11-21', ...more: string[]): string[] => [
  ...['night', '--observatory', observatory, '--programme', programme, '--night', date, '--json'],
  ...['--out', world, ...more],
];
const lines = (ran: Ran): any[] => ran.stdout.trim().split('\n').map((line) => JSON.parse(line));
const ending = (ran: Ran): any => lines(ran).at(-1);
const messages = (ran: Ran): string[] => lines(ran).flatMap(({ message }) => message ?? []);
const objects = (world: string, ...parts: string[]): string => path.join(world, 's3/nocturne', ...parts);
const read = (world: string, key: string): any => JSON.parse(readFileSync(objects(world, key), 'utf8'));
const page = (world: string, nightId = 'small-20261121'): string =>
  readFileSync(objects(world, 'nights', nightId, 'calibration.html'), 'utf8');
const list = (world: string, ...more: string[]): any[] =>
  nocturne('calibrations', 'list', '--json', '--out', world, ...more)
    .stdout.split('\n')
    .flatMap((line) => (line ? [JSON.parse(line)] : []));
/** Raw frames, masters and reduced frames with their sidecars and pictures, of one day. */
const products = (world: string, day = '20261121'): Record<string, string> =>
  Object.fromEntries(
    ['raw', 'calibrations', 'reduced'].flatMap((kind) =>
      Object.entries(hashes(objects(world, kind, day), () => true)).map(([file, hash]) => [`${kind}/${file}`, hash]),
    ),
  );
/** Masters of a day by their sidecars, whether certified or not. */
const masters = (world: string, day = '20261121'): any[] =>
  Object.keys(hashes(objects(world, 'calibrations', day), (name) => name.endsWith('.json'))).map((file) =>
    read(world, `calibrations/${day}/${file}`),
  );
const setOf = (ran: Ran, type: string): any =>
  ending(ran).report.calibration.sets.find((set: any) => set.type === type || set.set?.type === type);

/** A night that nothing disturbs; what the others are compared with. */
const whole = newWorld();
let first: Ran;
beforeAll(() => {
  first = nocturne(...nightArgs(whole));
  if (first.status !== 0) throw new Error(first.stdout + first.stderr);
});

it('prints the end for a look', () => {
  console.log(JSON.stringify(ending(first).report, undefined, 1).slice(0, 6000));
});
