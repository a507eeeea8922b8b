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
const lines = (ran: Ran): any[] =>
  ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
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
/** What became of each set: what it was of, how it ended, the grade of its master, frames in it, frames turned down. */
const outcomes = (ran: Ran): any[] =>
  ending(ran).report.calibrations.map(({ type, when, status, grade, framesUsed, framesRejected }: any) => [
    ...[when, type, status, grade, framesUsed, framesRejected],
  ]);
/** Every certificate is of a master that is not BAD, and made of frames that were accepted. */
function expectGoodCertificates(world: string): void {
  const byId = new Map(masters(world).map((each) => [each.masterId, each]));
  for (const { id, grade } of list(world)) {
    expect(grade).not.toBe('BAD');
    for (const exposureId of byId.get(id).frames) {
      const [file] = Object.keys(hashes(objects(world, 'raw', '20261121'), (name) => name.startsWith(exposureId)));
      const sidecar = read(world, `raw/20261121/${file.replace('.fits', '.json')}`);
      expect(sidecar.verdict).toMatchObject({ accepted: true });
    }
  }
}

/** A night that nothing disturbs; what the others are compared with. */
const whole = newWorld();
let first: Ran;
beforeAll(() => {
  first = nocturne(...nightArgs(whole));
  if (first.status !== 0) throw new Error(first.stdout + first.stderr);
});

describe('a first night', () => {
  it('has no masters, takes all that it needs, and says why', () => {
    expect(outcomes(first)).toEqual([
      ['afternoon', 'bias', 'DONE', 'GOOD', 6, 0],
      ['afternoon', 'dark', 'DONE', 'GOOD', 3, 0],
      ['afternoon', 'flat', 'DONE', 'GOOD', 3, 0],
      ['evening', 'flat', 'DONE', 'GOOD', 3, 0],
    ]);
    const { calibrations, frames, budget, lengthS } = ending(first).report;
    for (const { reason } of calibrations) expect(reason).toBe('no master of its kind');
    expect(frames.map(({ imageType }: any) => imageType)).toEqual([
      ...Array(6).fill('bias'),
      ...Array(3).fill('dark'),
      ...Array(6).fill('flat'),
      ...Array(2).fill('object'),
    ]);
    const spent = Object.values<number>(budget).reduce((sum, seconds) => sum + seconds, 0);
    expect(spent).toBeCloseTo(lengthS, 2);
  });

  it('takes them by day with the dome closed, and flats of the sky in twilight', () => {
    const { sunsetAt, frames } = ending(first).report;
    for (const { imageType, key } of frames) {
      const { header, beginAt, endAt } = read(whole, key.replace('.fits', '.json'));
      if (header.domeOpen) expect(beginAt > sunsetAt).toBe(true);
      else expect(endAt < sunsetAt).toBe(true);
      if (imageType === 'bias' || imageType === 'dark') expect(header.domeOpen).toBe(false);
    }
  });

  it('reduces its frames of the sky with those masters', () => {
    expect(ending(first).report.reduction).toMatchObject({ complete: 2, incomplete: 0 });
    const [bias, dark, , sky] = masters(whole).map(({ masterId }) => masterId);
    for (const { imageType, exposureId } of ending(first).report.frames) {
      if (imageType !== 'object') continue;
      const { status, sheet } = read(whole, `reduced/20261121/${exposureId}_r_red.json`);
      expect(status).toBe('COMPLETE');
      // Of the flats that of the sky, which the policy names first.
      expect(sheet.choices.map(({ masterId }: any) => masterId)).toEqual([bias, dark, sky]);
    }
  });

  it('ends with a page that names every frame, master, grade and reason', () => {
    const html = page(whole);
    for (const { exposureId } of ending(first).report.frames) expect(html).toContain(exposureId);
    for (const { masterId, quality, sha256 } of masters(whole)) {
      expect(html).toContain(masterId);
      expect(html).toContain(sha256);
      for (const { name } of quality.metrics) expect(html).toContain(name);
    }
    expect(html).toContain('no master of its kind');
    expect(html).toContain('GOOD');
  });

  it('can be asked: what is valid when, what a master is made of, why a frame was given its masters, what came of what', () => {
    const [bias, dark, dome, sky] = masters(whole).map(({ masterId }) => masterId);
    expect(list(whole).map(({ calibrationKey, id }) => [calibrationKey, id])).toEqual([
      ['noc1.bias.b1.t-60', bias],
      ['noc1.dark.b1.t-60', dark],
      ['noc1.flat.dome.r.b1.t-60', dome],
      ['noc1.flat.twilight.r.b1.t-60', sky],
    ]);
    // The bias is valid for two days from its first frame on.
    expect(list(whole, '--at', '2026-11-23T17:00:00Z')).toHaveLength(4);
    expect(list(whole, '--at', '2026-11-23T18:00:00Z').map(({ id }) => id)).toEqual([dark, dome, sky]);

    const [shown] = lines(nocturne('calibrations', 'show', sky, '--json', '--out', whole));
    expect(shown).toMatchObject({ type: 'master', biasId: bias, darkId: dark, quality: { grade: 'GOOD' } });

    const science = ending(first).report.frames.at(-1).exposureId;
    const why = nocturne('calibrations', 'why', science, '--out', whole);
    expect(why.status).toBe(0);
    for (const masterId of [bias, dark, dome, sky]) expect(why.stdout).toContain(masterId);

    const of = nocturne('provenance', 'of', `${science}_r_red.fits`, '--out', whole);
    for (const name of [bias, dark, sky, 'noc1_b_20261121_000001', 'm31-r']) expect(of.stdout).toContain(name);
    expect(of.stdout).not.toContain(dome);
    const uses = nocturne('provenance', 'uses', 'noc1_b_20261121_000001.fits', '--out', whole);
    for (const name of [bias, dark, dome, sky, `${science}_r_red.fits`]) expect(uses.stdout).toContain(name);
  });
});

it('the next night uses what is valid and takes only what is due', () => {
  const ran = nocturne(...nightArgs(whole, '2026-11-22'));
  expect(ran.status).toBe(0);
  // Biases every day, darks every 7, flats of the sky every 3, of the dome every 14.
  expect(outcomes(ran)).toEqual([['afternoon', 'bias', 'DONE', 'GOOD', 6, 0]]);
  expect(ending(ran).report.calibrations[0].reason).toMatch(
    /noc1_mb_20261121_000001 is 1 day old, one is due every 1 day/,
  );
  expect(ending(ran).report.reduction).toMatchObject({ complete: 2, incomplete: 0 });
  const { exposureId } = ending(ran).report.frames.at(-1);
  const { sheet } = read(whole, `reduced/20261122/${exposureId}_r_red.json`);
  expect(sheet.choices.map(({ masterId }: any) => masterId.slice(5, 16))).toEqual([
    ...['mb_20261122', 'md_20261121', 'mf_20261121'],
  ]);
  const html = page(whole, 'small-20261122');
  expect(html).toContain('noc1_mb_20261122_000001');
  // Compared with the one before; the one before ends where it begins.
  const [second] = masters(whole, '20261122');
  const compared = second.quality.metrics.find(({ name }: any) => name === 'previousDifferentShare');
  expect(compared).toMatchObject({ value: expect.any(Number), grade: 'GOOD' });
  const biases = list(whole).filter(({ calibrationKey }) => calibrationKey === 'noc1.bias.b1.t-60');
  expect(biases.map(({ id, validTo }) => [id.slice(5, 16), validTo])).toEqual([
    ['mb_20261121', second.takenFrom],
    ['mb_20261122', expect.stringMatching(/^2026-11-24T/)],
  ]);
});

describe('a night that is broken off', () => {
  it('in the middle of its calibrations ends with the same bytes as one that was not', async () => {
    const world = newWorld();
    // In the biases, and again when the darks are taken.
    for (const [seen, times] of [
      ['"kind":"exposure"', 3],
      ['"kind":"exposure","', 5],
    ] as const) {
      const started = startNocturne(...nightArgs(world));
      await started.seen(seen, times);
      started.child.kill('SIGKILL');
      await started.ended;
    }
    const continued = nocturne(...nightArgs(world));
    expect(continued.stderr).toBe('');
    expect(continued.status).toBe(0);
    expect(products(world)).toEqual(
      Object.fromEntries(Object.entries(products(whole)).filter(([name]) => name.includes('20261121'))),
    );
    expect(list(world).map(({ id }) => id)).toEqual(masters(whole).map(({ masterId }) => masterId));
  });

  it('by Ctrl-C in the middle of a set leaves the set waiting, and goes on with it', async () => {
    const world = newWorld();
    const started = startNocturne(...nightArgs(world));
    await started.seen('calibration: 3 dark frames');
    started.child.kill('SIGINT');
    const stopped = await started.ended;
    expect(stopped.status).toBe(130);
    expect(ending(stopped)).toMatchObject({ error: 'OperatorHalt', night: 'ABORTED' });
    const [, dark] = ending(stopped).report.calibrations;
    expect(dark).toMatchObject({ type: 'dark', status: 'QUEUED' });

    const continued = nocturne(...nightArgs(world));
    expect(continued.status).toBe(0);
    expect(outcomes(continued).map(([, type, status]) => [type, status])).toEqual([
      ...[
        ['bias', 'DONE'],
        ['dark', 'DONE'],
        ['flat', 'DONE'],
        ['flat', 'DONE'],
      ],
    ]);
    expect(ending(continued).report.reduction).toMatchObject({ complete: 2, incomplete: 0 });
    expectGoodCertificates(world);
  });
});

describe('faults while calibration frames are taken', () => {
  /** When the frames of the undisturbed night began, by their number. */
  const beginOf = (number: number, afterS: number): string => {
    const { beginAt } = ending(first).report.frames[number - 1];
    return new Date(Date.parse(beginAt) + 1000 * afterS).toISOString();
  };
  const TURNED_DOWN = ' turned down: ';

  it('of lamp, amplifier, camera and shutter are caught, named and made good', () => {
    const world = newWorld();
    // A lost frame is replaced after the last: all later ones come later by its 4, 64 and 64 seconds.
    const ran = nocturne(
      ...nightArgs(world),
      ...['--fault', `lamp@${beginOf(2, -1)}/2`],
      ...['--fault', `amplifier@${beginOf(7, 4 + 20)}/5`],
      ...['--fault', `camera@${beginOf(8, 4 + 20)}/5`],
      ...['--fault', `shutter@${beginOf(10, 4 + 128 - 1)}/3`],
    );
    expect(ran.status).toBe(0);
    expect(outcomes(ran)).toEqual([
      ['afternoon', 'bias', 'DONE', 'GOOD', 6, 1],
      ['afternoon', 'dark', 'DONE', expect.stringMatching(/GOOD|WARN/), 3, 1],
      ['afternoon', 'flat', 'DONE', expect.stringMatching(/GOOD|WARN/), 3, 1],
      ['evening', 'flat', 'DONE', 'GOOD', 3, 0],
    ]);
    const down = messages(ran).filter((message) => message.includes(TURNED_DOWN));
    expect(down).toEqual([
      expect.stringMatching(/^noc1_b_20261121_000002.fits .*light left on/),
      expect.stringMatching(/^noc1_d_20261121_000008.fits .*dead amplifier 1/),
      expect.stringMatching(/^noc1_f_20261121_0000\d\d_r.fits .*empty/),
    ]);
    expect(messages(ran)).toContainEqual(
      expect.stringMatching(/^noc1_d_20261121_000009 was lost.*camera out of order/),
    );
    const html = page(world);
    for (const reason of ['light left on', 'dead amplifier 1', 'empty: amplifier 1', 'noc1_d_20261121_000009']) {
      expect(html).toContain(reason);
    }
    expectGoodCertificates(world);
    expect(ending(ran).report.reduction).toMatchObject({ complete: 2, incomplete: 0 });
  });

  it('of cooling leave no master, and frames that say what they lack', () => {
    const world = newWorld();
    const ran = nocturne(...nightArgs(world), '--fault', `cooling@${beginOf(1, -3600)}/14400`);
    expect(ran.status).toBe(0);
    expect(outcomes(ran).map(([, , status]) => status)).toEqual(Array(4).fill('ERROR'));
    const [bias, ...others] = ending(ran).report.calibrations;
    expect(bias.cause).toContain('TooFewFrames: 0 frames fit for a master bias; needs 4');
    expect(bias.cause).toContain('warm detector');
    for (const { cause } of others) expect(cause).toMatch(/^(NoCalibration|TooFewFrames): /);
    expect(list(world)).toEqual([]);
    expect(ending(ran).report.reduction).toMatchObject({ complete: 0, incomplete: 2 });
    expect(page(world)).toContain('warm detector');
    const { exposureId } = ending(ran).report.frames.at(-1);
    expect(read(world, `reduced/20261121/${exposureId}_r_red.json`)).toMatchObject({
      ...{ status: 'INCOMPLETE', missing: ['bias', 'dark', 'flat'] },
    });
  });

  it('of storage end the night by name; what is stored stays and the night goes on from it', () => {
    const world = newWorld();
    const args = [...nightArgs(world), '--fault', `storage@${beginOf(7, -1)}/2`];
    const ran = nocturne(...args);
    expect(ran.status).toBe(1);
    expect(ending(ran)).toMatchObject({ error: 'SaveFailed', night: 'FAILED' });
    expect(outcomes(ran).map(([, type, status]) => [type, status])).toEqual([
      ['bias', 'DONE'],
      ['dark', 'QUEUED'],
    ]);
    expect(list(world).map(({ id }) => id)).toEqual(['noc1_mb_20261121_000001']);

    const continued = nocturne(...args);
    expect(continued.status).toBe(0);
    expect(outcomes(continued).map(([, type, status]) => [type, status])).toEqual([
      ...[
        ['bias', 'DONE'],
        ['dark', 'DONE'],
        ['flat', 'DONE'],
        ['flat', 'DONE'],
      ],
    ]);
    expectGoodCertificates(world);
  });
});
