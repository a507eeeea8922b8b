import { existsSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { Command } from 'commander';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { addCalibrationCommands } from '../../cli/calibration-commands.ts';
import { InputRefused } from '../../cli/errors.ts';
import { startEmbedded } from '../../cli/session.ts';
import { chooseMasters } from '../../core/calibration/select.ts';
import { EMBEDDED_BUCKET } from '../../core/names.ts';
import { exposureEdges, masterEdges, mastersOf, nightEdges, reducedEdges } from '../../core/provenance/edges.ts';
import type { MasterRecord, ReducedRecord } from '../../core/records/calibration.ts';
import type { NightRecord } from '../../core/records/night.ts';
import { calibrationPolicy } from '../../core/records/observatory/calibration-policy.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { listCalibrationRequests } from '../../functions/shared/calibration-requests.ts';
import { certificatesFor, certifyMaster } from '../../functions/shared/calibrations.ts';
import { masterOf, tai } from '../core/calibration/masters-of-tests.ts';
import { nocturne, type Ran, temporaryFolder } from '../helpers/night.ts';

const folder = temporaryFolder();
const world = path.join(folder, 'world');
const BIAS = 'noc1_mb_20261121_000001';
const LATER = 'noc1_mb_20261123_000001';
const FLAT = 'noc1_mf_20261121_000030';
const SCIENCE = 'noc1_o_20261121_000100';
const RAW = `raw/20261121/${SCIENCE}_g.fits`;
const REDUCED = `reduced/20261121/${SCIENCE}_g_red.fits`;
const NIGHT = 'small-20261121';

const pointer = (key: string) => ({ bucket: EMBEDDED_BUCKET, key });
/** Runs a command in this process, as the command line does: some dozens of processes would take minutes. */
async function run(...args: string[]): Promise<Ran> {
  const program = new Command('nocturne').exitOverride();
  addCalibrationCommands(program, (command) =>
    command.option('--engine <name>', '', 'embedded').option('--out <folder>', '', world).option('--json'),
  );
  let stdout = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const before = process.exitCode;
  try {
    await program.parseAsync(args, { from: 'user' });
    return { status: Number(process.exitCode), stdout, stderr: '' };
  } catch (error) {
    if (!(error instanceof InputRefused)) throw error;
    return { status: 2, stdout, stderr: error.faults.map((fault) => `error: ${fault}\n`).join('') };
  } finally {
    process.exitCode = before;
    write.mockRestore();
  }
}
const calibrations = (...args: string[]) => run('calibrations', ...args);
const provenance = (...args: string[]) => run('provenance', ...args);
const parsed = (stdout: string): Record<string, any>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const bias = masterOf(BIAS, {
  nightId: NIGHT,
  requestId: 'small.bias',
  quality: {
    grade: 'WARN',
    metrics: [
      {
        name: 'noiseFall',
        value: 1.0712345,
        unit: '',
        meaning: 'noise over what N frames have',
        goodMax: 1.05,
        grade: 'WARN',
      },
    ],
    reasons: ['noiseFall is 1.07, at most 1.05 is GOOD'],
  },
});
const later = masterOf(LATER, {
  dayObs: 20261123,
  takenFrom: tai(23, 16),
  takenTo: tai(23, 16.2),
  file: pointer(`calibrations/20261123/${LATER}.fits`),
});
const flat = masterOf(FLAT, {
  calibrationKey: 'noc1.flat.dome.r.b1.t-60',
  set: { ...bias.set, type: 'flat', target: 'dome', filter: 'r' },
  nightId: NIGHT,
});

beforeAll(async () => {
  const { session } = await startEmbedded(world);
  const { documents, s3 } = session;
  const put = (TableName: string, ...items: object[]) =>
    Promise.all(items.map((Item) => documents.send(new PutCommand({ TableName, Item }))));
  const sidecar = ({ masterId, dayObs }: MasterRecord) => pointer(`calibrations/${dayObs}/${masterId}.json`);
  for (const master of [bias, later, flat]) {
    const { bucket: Bucket, key: Key } = sidecar(master);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(master) }));
  }
  const night = { at: '2026-11-21T17:00:00.000Z', by: NIGHT, cause: 'built' };
  await certifyMaster(bias, { validFrom: tai(21, 16), validTo: tai(25), ...night });
  await certifyMaster(flat, { validFrom: tai(21, 16), validTo: tai(25), ...night });

  const exposure = {
    exposureId: SCIENCE,
    nightId: NIGHT,
    observationId: `${NIGHT}-000001`,
    requestId: 'small.m31',
    programmeId: 'small',
    observatoryId: 'la-palma',
    dayObs: 20261121,
    seqNum: 100,
    imageType: 'object',
    header: {},
    conditions: {
      ...{ at: '2026-11-21T22:00:00.000Z', sunAltitudeDeg: -50, moonAltitudeDeg: 10, moonIllumination: 0.5 },
      ...{ cloudExtinctionMag: 0, seeingZenith500Arcsec: 1, windSpeedMPerS: 1, windFromDeg: 0, windGustMPerS: 1 },
      ...{ humidityPercent: 10, temperatureC: 9, dewPointC: 1, pressureHpa: 780 },
    },
    ...{ beginAt: '2026-11-21T22:00:00.000Z', endAt: '2026-11-21T22:01:00.000Z', readyAt: '2026-11-21T22:01:05.000Z' },
    frame: pointer(RAW),
    sidecar: pointer(RAW.replace('.fits', '.json')),
    sha256: '0'.repeat(64),
    sizeBytes: 2880,
  } as const satisfies ExposureRecord;
  await put('Exposures', exposure);
  const frame = {
    ...{ exposureId: SCIENCE, instrument: 'noc1', imageType: 'object', filter: 'g', exposureTimeS: 60, binning: 1 },
    ...{ midMs: Date.UTC(2026, 10, 21, 22, 0, 30), temperatureC: -60, setTemperatureC: -60 },
  };
  const policy = calibrationPolicy.parse({
    sets: [{ id: 'bias', type: 'bias', count: 20, when: 'afternoon', everyDays: 7, validDays: 30 }],
  });
  const sheet = chooseMasters({ frame, policy, certificates: await certificatesFor(frame, policy) });
  const reduced: ReducedRecord = {
    ...{ nightId: NIGHT, item: `reduced#${SCIENCE}`, exposureId: SCIENCE, requestId: 'small.m31', blockId: 'b1' },
    ...{
      status: 'INCOMPLETE',
      missing: ['dark', 'flat'],
      file: pointer(REDUCED),
      sha256: '0'.repeat(64),
      sizeBytes: 2880,
    },
    preview: pointer(REDUCED.replace('.fits', '.png')),
    sidecar: pointer(REDUCED.replace('.fits', '.json')),
    ...{ steps: [], sheet, sourceCount: 0, matchedCount: 0, grade: 'C', gradeReasons: [], softwareVersion: '0.1.0' },
  };
  await put('Nights', reduced);
  const frames = bias.frames.map((id) => pointer(`raw/20261121/${id}.fits`));
  await put(
    'Provenance',
    ...nightEdges({
      nightId: NIGHT,
      input: { observatory: pointer('nights/o.json'), programme: pointer('nights/p.json'), seed: 1, campaign: 'small' },
      softwareVersion: '0.1.0',
    } as unknown as NightRecord),
    ...exposureEdges(exposure, {
      softwareVersion: '0.1.0',
      seed: 1,
      parameters: pointer('nights/o.json'),
      catalogue: [],
    }),
    ...masterEdges(bias, { frames, sidecar: sidecar(bias), parameters: { method: 'median' } }),
    ...reducedEdges(reduced, { raw: pointer(RAW), masters: mastersOf(sheet), parameters: { overscan: 'row' } }),
  );
  await session.close();
});

describe('nocturne calibrations', () => {
  it('lists what is valid, in UTC and TAI', async () => {
    const { status, stdout } = await calibrations('list');
    expect(status).toBe(0);
    expect(stdout).toContain(
      `noc1.bias.b1.t-60         ${BIAS}  WARN  2026-11-21 16:00:00 to 2026-11-25 00:00:00 UTC (TAI 2026-11-21T16:00:37.000 to 2026-11-25T00:00:37.000)`,
    );
    expect(parsed((await calibrations('list', '--json')).stdout).map(({ id }) => id)).toEqual([BIAS, FLAT]);
    expect(parsed((await calibrations('list', '--json', '--key', 'noc1.flat')).stdout).map(({ id }) => id)).toEqual([
      FLAT,
    ]);
    // The interval is half open, and begins at 16:00:00 UTC.
    expect((await calibrations('list', '--at', '2026-11-21T15:59:59Z')).stdout).toContain(
      'No master is certified here.',
    );
    expect((await calibrations('list', '--at', '2026-11-21T16:00')).stdout).toContain(BIAS);
    expect((await calibrations('list', '--at', '2026-11-25')).stdout).not.toContain(BIAS);
  });

  it('shows a master with all that it was judged by', async () => {
    const { status, stdout } = await calibrations('show', `${BIAS}.fits`);
    expect(status).toBe(0);
    expect(stdout).toContain('WARN: noiseFall is 1.07, at most 1.05 is GOOD');
    expect(stdout).toMatch(/noiseFall +1\.0712 +good \.\.1\.05, not BAD any: noise over what N frames have/);
    expect(stdout).toContain(`certify by ${NIGHT}`);
  });

  it('tells why a frame was reduced so, by exposure, raw file, reduced file or key', async () => {
    const { status, stdout } = await calibrations('why', SCIENCE);
    expect(status).toBe(0);
    expect(stdout).toContain('INCOMPLETE, missing: dark, flat');
    expect(stdout).toContain(`chosen ${BIAS} WARN, 5.91 h before the frame`);
    expect(stdout).toContain('passed grade: WARN, which the policy allows');
    expect(stdout).toContain(
      'dark: no master dark serves: wanted noc1.dark.e60.b1.t-60 or noc1.dark.b1.t-60; there is no candidate',
    );
    expect(stdout).toContain('FAILED filter: r, the frame has g');
    for (const name of [`${SCIENCE}_g.fits`, RAW, REDUCED, `${SCIENCE}_g_red.png`]) {
      expect((await calibrations('why', name)).stdout).toBe(stdout);
    }
    expect(parsed((await calibrations('why', SCIENCE, '--json')).stdout)[0].choices).toHaveLength(3);
  });

  it('refuses what is no frame, or was not reduced, with what is allowed', async () => {
    expect(await calibrations('why', 'm31.fits')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('names no frame'),
    });
    const unknown = await calibrations('why', 'noc1_o_20261121_000999');
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('unknown exposure') });
    expect((await calibrations('show', 'noc1_mb_20261121_000777')).stderr).toContain(`certified are ${BIAS}, ${FLAT}`);
  });

  it('tells every fault at once, and leaves all as it was', async () => {
    const before = (await calibrations('list')).stdout;
    const { status, stderr } = await calibrations(
      'decertify',
      'nothing',
      '--from',
      'today',
      '--to',
      '2026-02-30',
      '--by',
      ' ',
    );
    expect(status).toBe(2);
    for (const fault of ['option --from', 'option --to', 'option --cause', 'option --by', 'master: unknown']) {
      expect(stderr).toContain(fault);
    }
    const overlap = await calibrations('certify', LATER, '--to', '2026-11-30');
    expect(overlap).toMatchObject({ status: 2, stderr: expect.stringContaining(`it meets ${BIAS}`) });
    const withoutEnd = await calibrations('certify', LATER);
    expect(withoutEnd).toMatchObject({ status: 2, stderr: expect.stringContaining('option --to: is missing') });
    expect((await calibrations('list')).stdout).toBe(before);
  });

  it('changes when masters are valid, and keeps the history', async () => {
    const superseded = await calibrations('certify', LATER, '--to', '2026-11-30', '--supersede', '--by', 'ada');
    expect(superseded.stderr).toBe('');
    expect(superseded.stdout).toContain(`superseded: ${BIAS}, 2026-11-23 16:00:00 to 2026-11-25 00:00:00 UTC`);
    const cut = ['decertify', LATER, '--from', '2026-11-25', '--to', '2026-11-26', '--cause', 'warm', '--by', 'ada'];
    expect((await calibrations(...cut)).status).toBe(0);
    const of = async (id: string) =>
      parsed((await calibrations('list', '--json', '--key', 'noc1.bias')).stdout)
        .filter((each) => each.id === id)
        .map(({ validFrom, validTo }) => [validFrom, validTo]);
    expect(await of(BIAS)).toEqual([[tai(21, 16), tai(23, 16)]]);
    expect(await of(LATER)).toEqual([
      [tai(23, 16), tai(25)],
      [tai(26), tai(30)],
    ]);
    const moved = await calibrations(
      'recertify',
      LATER,
      '--from',
      '2026-11-24',
      '--to',
      '2026-12-24',
      '--cause',
      'cold again',
    );
    expect(moved.status).toBe(0);
    expect(await of(LATER)).toEqual([[tai(24), tai(54)]]);
    const history = parsed((await calibrations('show', LATER, '--json')).stdout)[0].history;
    expect(history.map(({ action, cause }: any) => `${action} ${cause}`)).toEqual([
      'certify certified by hand',
      'decertify warm',
      'recertify cold again',
    ]);
    expect((await provenance('uses', LATER)).status).toBe(0);
  });

  it('asks for a set, which a night of the campaign finds', async () => {
    const dark = ['request', '--campaign', 'winter', '--type', 'dark', '--count', '7', '--exposure', '300'];
    expect((await calibrations(...dark)).stdout).toContain('winter.afternoon.dark.b1.t-60 is QUEUED');
    expect((await calibrations(...dark)).status).toBe(0);
    const other = await calibrations(...dark.with(6, '9'));
    expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining('option --id') });
    const { session } = await startEmbedded(world);
    try {
      const [request, ...more] = await listCalibrationRequests('winter', 'QUEUED');
      expect(more).toEqual([]);
      expect(request).toMatchObject({
        origin: 'person',
        when: 'afternoon',
        set: { type: 'dark', exposureTimeS: 300, count: 7, configuration: { binning: 1, setTemperatureC: -60 } },
      });
    } finally {
      await session.close();
    }
  });

  it('refuses a set that cannot be, with every fault', async () => {
    const { status, stderr } = await calibrations(
      ...['request', '--campaign', 'a b', '--type', 'bias', '--count', 'x', '--filter', 'g', '--exposure', '5'],
    );
    expect(status).toBe(2);
    expect(stderr.match(/^error: .*$/gm)).toEqual([
      expect.stringContaining('option --campaign: must be 1 to 64'),
      expect.stringContaining('option --count: must be a whole number'),
      expect.stringContaining('option --type: a bias has no target, filter or levelAdu'),
      expect.stringContaining('option --exposure: belongs to a dark'),
    ]);
    const filter = ['--type', 'flat', '--target', 'twilight', '--filter', 'H', '--count', '5'];
    expect((await calibrations('request', '--campaign', 'w', ...filter)).stderr).toMatch(
      /option --filter: "H" is not in the changer/,
    );
  });

  it('makes no world by looking', async () => {
    const nowhere = path.join(folder, 'nowhere');
    expect((await run('calibrations', 'list', '--out', nowhere)).stdout).toBe('No master is certified here.\n');
    for (const looking of [
      ['calibrations', 'show', BIAS],
      ['calibrations', 'why', SCIENCE],
      ['provenance', 'of', RAW],
    ]) {
      expect(await run(...looking, '--out', nowhere)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('no folder'),
      });
    }
    expect(existsSync(nowhere)).toBe(false);
    expect(nocturne('calibrations', 'show', BIAS, '--out', nowhere)).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('nocturne provenance', () => {
  it('gives every file that was made with a file', async () => {
    const made = async (file: string) =>
      parsed((await provenance('uses', file, '--json')).stdout).map(({ key }) => key);
    const products = [REDUCED, REDUCED.replace('.fits', '.json'), REDUCED.replace('.fits', '.png')];
    expect((await made(BIAS)).toSorted()).toEqual([`calibrations/20261121/${BIAS}.json`, ...products].toSorted());
    expect(await made('raw/20261121/noc1_b_20261121_000002.fits')).toEqual(
      expect.arrayContaining([`calibrations/20261121/${BIAS}.fits`, ...products]),
    );
    expect((await provenance('uses', REDUCED)).stdout).toContain('2 files were made with');
  });

  it('gives the whole ancestry', async () => {
    const { status, stdout } = await provenance('of', `${SCIENCE}_g_red.fits`);
    expect(status).toBe(0);
    for (const line of [
      `wasDerivedFrom file:${RAW}`,
      `used file:calibrations/20261121/${BIAS}.fits (role bias)`,
      'wasDerivedFrom file:raw/20261121/noc1_b_20261121_000001.fits',
      'used file:nights/p.json (role programme, campaign small)',
      'wasAssociatedWith software:',
    ]) {
      expect(stdout).toContain(line);
    }
  });

  it('refuses what nothing is known of', async () => {
    expect(await provenance('of', 'raw/1.fits')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nothing is on record'),
    });
    expect(await provenance('uses', 'hello')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('names no file'),
    });
  });
});
