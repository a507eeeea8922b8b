import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../core/fits/read.ts';
import { astropyRun, fitsverify, funpack, itWith } from '../helpers/judges.ts';
import { nocturne, smallObservatory, smallProgramme, temporaryFolder } from '../helpers/night.ts';

const NIGHT = ['--night', '2026-11-21'];
const M31 = ['M31', '--exposure', '20'];
const folder = temporaryFolder();
const small = smallObservatory(folder);
let count = 0;

/** Takes a frame with the small camera into a folder of its own. */
function expose(...args: string[]) {
  const to = path.join(folder, `to-${++count}`);
  const ran = nocturne('expose', ...args, '--observatory', small, '--to', to);
  const written = ran.status === 0 ? readdirSync(to).sort() : [];
  const frame = written.find((name) => /\.fits(\.fz)?$/.test(name));
  return { ...ran, to, written, file: path.join(to, frame ?? 'none') };
}

function expectReplays(file: string, ...args: string[]): void {
  const { status, stdout, stderr } = nocturne('replay', file, ...args);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^identical: .*, sha256 [0-9a-f]{64}\n$/);
}

/** A copy of a frame in a folder with the same observatory, with bytes changed. */
function changedCopy(file: string, name: string, change: (bytes: Buffer) => void): string {
  const to = path.join(path.dirname(file), name);
  const bytes = Buffer.from(readFileSync(file));
  change(bytes);
  writeFileSync(to, bytes);
  return to;
}

const TYPES: [type: string, args: string[]][] = [
  ['object', M31],
  ['focus', ['10.68,41.27', '--type', 'focus', '--focus', '120']],
  ['dark', ['--type', 'dark', '--exposure', '100']],
  ['flat', ['--type', 'flat', '--level', '9000']],
  ['flat of the evening', ['--type', 'flat', '--light', 'dusk']],
  ['flat of the morning', ['--type', 'flat', '--light', 'dawn']],
  ['bias', ['--type', 'bias']],
  ['binned', [...M31, '--binning', '2']],
  ['window', [...M31, '--window', '10,20,30,24']],
  ['without effects', [...M31, '--without', 'cosmicRays,readNoise']],
];

describe('nocturne expose', () => {
  const made: string[] = [];

  it.each(TYPES)('takes a frame, %s, which replay makes again byte for byte', (_, args) => {
    const { status, stderr, file, written } = expose(...args, ...NIGHT);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(written).toHaveLength(2);
    made.push(file);
    expectReplays(file);
  });

  itWith('fitsverify', 'whose files fitsverify finds no fault with', () => {
    expect(made).toHaveLength(TYPES.length);
    const { errors, warnings, output } = fitsverify(made);
    expect({ errors, warnings }, output).toEqual({ errors: 0, warnings: 0 });
  });

  it('gives sizes and headers as asked', () => {
    const header = (index: number) => readHeader(readFileSync(made[index])).values;
    // 16 columns of prescan and 32 of overscan beside the image.
    const size = (index: number) => [header(index).get('NAXIS1'), header(index).get('NAXIS2')];
    expect(size(0)).toEqual([112, 64]);
    // Scans are binned as well.
    expect(size(7)).toEqual([32 + 24, 32]);
    expect(size(8)).toEqual([30 + 48, 24]);
    expect(header(9).get('SIM_OFF')).toBe('cosmicRays,readNoise');
    expect(TYPES.map((_, index) => header(index).get('IMAGETYP'))).toEqual([
      ...['object', 'focus', 'dark', 'flat', 'flat', 'flat', 'bias', 'object', 'object', 'object'],
    ]);
    expect(header(2).get('EXPTIME')).toBe(100);
    // Evening and morning of the night that was asked for: sunset at La Palma is at 18:10 UTC, sunrise at 7:30.
    expect(header(4).get('DATE-BEG')).toMatch(/^2026-11-21T18:/);
    expect(header(5).get('DATE-BEG')).toMatch(/^2026-11-22T0[67]:/);
    for (const index of [3, 4, 5]) {
      expect(header(index).get('DAYOBS')).toBe(20261121);
      expect(header(index).get('EXPTIME')).toBeGreaterThan(1);
      expect(header(index).get('EXPTIME')).toBeLessThan(61);
    }
  });

  it('writes the truth, a picture and a compressed file, which replays', () => {
    const { status, file, to, written } = expose(...M31, ...NIGHT, '--truth', '--png', '--compress');
    expect(status).toBe(0);
    expect(written.map((name) => name.replace(/^.*?\./, ''))).toEqual(
      expect.arrayContaining(['fits.fz', 'truth.ecsv', 'png']),
    );
    const { width, height, data } = decode(readFileSync(path.join(to, written.find((name) => name.endsWith('png'))!)));
    expect([width, height]).toEqual([64, 64]);
    expect(new Set(data).size).toBeGreaterThan(20);
    expectReplays(file);
  });

  itWith('funpack', 'compresses into what funpack unpacks to the frame itself', () => {
    const plain = expose(...M31, ...NIGHT);
    const packed = expose(...M31, ...NIGHT, '--compress');
    const unpacked = path.join(packed.to, 'unpacked.fits');
    funpack(packed.file, unpacked);
    expect(readFileSync(unpacked).equals(readFileSync(plain.file))).toBe(true);
  });

  itWith('astropy', 'writes a truth table that astropy reads, whose places are those of the WCS', () => {
    const { file } = expose('83.8221,-5.3911', '--exposure', '5', ...NIGHT, '--truth');
    const program = `
import json, sys
import numpy as np
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
table = Table.read(sys.argv[2], format='ascii.ecsv')
sky = table[np.isin(table['kind'], ['star', 'faintStar'])]
x, y = WCS(fits.getheader(sys.argv[1])).all_world2pix(sky['ra'], sky['dec'], 1)
print(json.dumps({'units': [str(table[name].unit) for name in ('ra', 'x', 'mag', 'electrons')], 'sources': len(sky),
    'off': float(np.max(np.hypot(x - sky['x'], y - sky['y'])))}))`;
    const read = astropyRun(program, [file, file.replace(/fits$/, 'truth.ecsv')]) as Record<string, any>;
    expect(read.units).toEqual(['deg', 'pix', 'mag(AB)', 'electron']);
    expect(read.sources).toBeGreaterThan(10);
    // The table's last digit is 1e-4 of a pixel, the WCS of the frame is fitted to 0.01.
    expect(read.off).toBeLessThan(0.02);
  });

  it('writes an extension for each amplifier of a camera with several, and replays it', () => {
    const where = path.join(folder, 'amplifiers');
    const quad = smallObservatory(where, ({ camera }) => {
      const amplifier = { gainEPerAdu: 1.6, readNoiseE: 6, biasLevelAdu: 1000 };
      camera.amplifiers = ['lowerLeft', 'lowerRight', 'upperLeft', 'upperRight'].map((corner, index) => {
        return { name: `A${index}`, corner, ...amplifier };
      });
    });
    const { status, stderr } = nocturne('expose', ...M31, ...NIGHT, '--observatory', quad, '--to', where, '--compress');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(nocturne('expose', ...M31, ...NIGHT, '--observatory', quad, '--to', where).status).toBe(0);
    const frames = readdirSync(where).filter((name) => /\.fits(\.fz)?$/.test(name));
    expect(frames).toHaveLength(2);
    for (const frame of frames) expectReplays(path.join(where, frame));
    const file = path.join(where, frames.find((name) => name.endsWith('.fits'))!);
    const changed = changedCopy(file, 'gain.fits', (bytes) => {
      bytes.write('GAIN    =                  1.7', bytes.lastIndexOf('GAIN    ='), 'latin1');
    });
    const { status: differs, stdout } = nocturne('replay', changed);
    expect(differs).toBe(1);
    expect(stdout).toContain('A3 GAIN: was 1.7, made again 1.6');
  });

  it.each([
    ['across right ascension 0', '359.999,20'],
    ['at the celestial pole', '12,90'],
  ])('takes a frame %s', (_, place) => {
    const { status, stderr, file } = expose(place, '--exposure', '10', ...NIGHT);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expectReplays(file);
  });

  it('keeps a file with another content, and writes the same one again', () => {
    const first = expose(...M31, ...NIGHT);
    const before = readFileSync(first.file);
    const again = (...args: string[]) =>
      nocturne('expose', 'M31', ...NIGHT, '--observatory', small, '--to', first.to, ...args);
    expect(again('--exposure', '20').status).toBe(0);
    const other = again('--exposure', '21');
    expect(other.status).toBe(2);
    expect(other.stderr).toContain(`${first.file}: exists, with another content`);
    expect(readFileSync(first.file).equals(before)).toBe(true);
    expect(again('--exposure', '21', '--replace').status).toBe(0);
    expect(readFileSync(first.file).equals(before)).toBe(false);
  });
});

describe('nocturne expose refuses, and writes nothing', () => {
  it('everything that is wrong at once', () => {
    const wrong = [
      '--filter',
      'H',
      '--without',
      'gravity',
      '--window',
      '0,0,65,10',
      '--exposure',
      'NaN',
      '--seed',
      '-1',
    ];
    const { status, stderr, written } = expose('Nibiru', ...wrong, '--at', 'tomorrow', '--binning', '1.5');
    expect(status).toBe(2);
    for (const part of [
      'unknown target "Nibiru"',
      'unknown filter "H"; noc1 has u, g, r, i, z',
      'unknown effect "gravity"; there are stars,',
      'inside of the chip of 64 x 64',
      'option --exposure',
      'option --seed',
      'option --binning',
      'option --at: must be an instant in UTC',
    ]) {
      expect(stderr).toContain(part);
    }
    expect(stderr.trim().split('\n')).toHaveLength(8);
    expect(written).toEqual([]);
  });

  it.each([
    ['a field below the horizon', ['10,-85', ...NIGHT], /below|horizon|altitude/],
    ['an exposure of 0', ['M31', '--exposure', '0', ...NIGHT], /0 s; noc1 takes 0\.1 to 1800 s/],
    ['an exposure below 0', ['M31', '--exposure', '-5', ...NIGHT], /option --exposure/],
    ['a bias with an exposure', ['--type', 'bias', '--exposure', '1', ...NIGHT], /a bias takes 0 s/],
    ['a target of a dark', ['M31', '--type', 'dark', ...NIGHT], /type dark looks at no target/],
    ['a night that is none', ['M31', '--night', '2026-02-30'], /option --night/],
    ['a light for a frame of the sky', ['M31', '--light', 'dusk', ...NIGHT], /--light: lights flats only/],
    ['a filter for a dark', ['--type', 'dark', '--filter', 'g', ...NIGHT], /--filter: no light passes it/],
    [
      'a focus for a bias',
      ['--type', 'bias', '--focus', '30', ...NIGHT],
      /--focus: is nothing for a frame of type bias/,
    ],
    ['a binning that does not go', [...M31, '--binning', '3', ...NIGHT], /binning/],
  ])('%s', (_, args, message) => {
    const { status, stderr, stdout } = expose(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('nocturne replay', () => {
  const { file, to } = expose(...M31, ...NIGHT);

  it('says that a pixel differs, status 1', () => {
    const changed = changedCopy(file, 'pixel.fits', (bytes) => {
      const at = readHeader(bytes).lengthBytes + 2 * (112 * 30 + 40) + 1;
      bytes[at] ^= 1;
    });
    const { status, stdout } = nocturne('replay', changed);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^NOT identical: .*pixel\.fits: 1 of \d+ bytes differ\n/);
  });

  it('names the card that differs, status 1', () => {
    const changed = changedCopy(file, 'card.fits', (bytes) => {
      const at = bytes.indexOf('AIRMASS =');
      bytes.write('AIRMASS =                 9.75', at, 'latin1');
    });
    const { status, stdout } = nocturne('replay', changed, '--json');
    expect(status).toBe(1);
    const { isIdentical, differingCards } = JSON.parse(stdout);
    expect(isIdentical).toBe(false);
    expect(differingCards).toEqual([expect.stringMatching(/^AIRMASS: was 9\.75, made again 1\.\d+$/)]);
  });

  it.each([
    ['a text', (path: string) => writeFileSync(path, 'no frame at all')],
    ['nothing', (path: string) => writeFileSync(path, '')],
    ['a frame cut off in its header', (path: string) => writeFileSync(path, readFileSync(file).subarray(0, 2880))],
    ['a frame cut off in its data', (path: string) => writeFileSync(path, readFileSync(file).subarray(0, -2880))],
  ])('refuses %s by its name, status 2', (_, write) => {
    const broken = path.join(to, 'broken.fits');
    write(broken);
    const { status, stderr } = nocturne('replay', broken);
    expect(status, stderr).toBe(2);
    expect(stderr).toContain(`error: ${broken}: `);
  });

  it('refuses a frame whose observatory is not there, or another one', () => {
    const alone = path.join(folder, 'alone');
    mkdirSync(alone);
    copyFileSync(file, path.join(alone, 'x.fits'));
    const lost = nocturne('replay', path.join(alone, 'x.fits'));
    expect(lost.status).toBe(2);
    expect(lost.stderr).toContain('name the file by --observatory');
    const other = nocturne('replay', path.join(alone, 'x.fits'), '--observatory', small);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('its content has the hash');
    const own = readdirSync(to).find((name) => name.startsWith('observatory.'))!;
    expectReplays(path.join(alone, 'x.fits'), '--observatory', path.join(to, own));
  });

  it('makes the frames of a night again', () => {
    const world = path.join(folder, 'world');
    const programme = smallProgramme(folder, (json) => {
      json.requests = json.requests.slice(0, 1);
    });
    const ran = nocturne('night', '--observatory', small, '--programme', programme, ...NIGHT, '--out', world);
    expect(ran.status).toBe(0);
    const raw = path.join(world, 's3/nocturne/raw/20261121');
    const frames = readdirSync(raw).filter((name) => name.endsWith('.fits'));
    expect(frames).toHaveLength(4);
    // A bias and an exposure of the sky.
    for (const frame of [frames[0], frames[3]]) expectReplays(path.join(raw, frame));
  });
});
