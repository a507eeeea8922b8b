import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { compressFrame } from '../../../core/fits/compress.ts';
import { decompressFrame } from '../../../core/fits/decompress.ts';
import { writeFrame } from '../../../core/fits/frame.ts';
import { writeImage } from '../../../core/fits/image.ts';
import { openImageWriter } from '../../../core/fits/image-writer.ts';
import { writeTable } from '../../../core/fits/table.ts';
import { pixelToSky, type Wcs } from '../../../core/gnomonic.ts';
import { fitWcs } from '../../../core/wcs-fit.ts';
import { astropyRun, fitsverify, fpack, funpack, itWith } from '../../helpers/judges.ts';
import { AMPLIFIERS, multiExtension, skyCounts } from './example-files.ts';
import { OBJECT_HEADER, OBJECT_WCS } from './example-frame.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-forms-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const place = path.join(folder, name);
  writeFileSync(place, bytes);
  return place;
}

const WIDTH = 64;
const HEIGHT = 48;
const counts = skyCounts(WIDTH * HEIGHT);

const distorted: Wcs = {
  ...OBJECT_WCS,
  sip: { a: [[0, 0, 2e-4], [0, 1e-4], [-3e-4]], b: [[0, 0, 1e-4], [0, 2e-4], [1e-4]] },
};
const grid = Array.from({ length: 100 }, (_, i) => ({ x: (i % 10) * 7, y: Math.floor(i / 10) * 5 }));
const sip = fitWcs(
  grid.map(({ x, y }) => ({ x, y, ...pixelToSky(distorted, x, y) })),
  { crpix1: OBJECT_WCS.crpix1, crpix2: OBJECT_WCS.crpix2, sipOrder: 2 },
).wcs;

const parts: Uint8Array[] = [];
const writer = openImageWriter({
  cards: [],
  widthPix: 51,
  heightPix: 33,
  format: 'uint16',
  write: (bytes) => parts.push(bytes),
});
for (let row = 0; row < 33; row++) writer.writeRows(counts.subarray(row * 51, (row + 1) * 51));
const streamed = Buffer.concat([writer.close(), ...parts.slice(1)]);

const PLAIN = {
  frame: writeFrame(OBJECT_HEADER, sip, WIDTH, HEIGHT, counts),
  amplifiers: multiExtension(),
  int16: writeImage({
    cards: [],
    widthPix: WIDTH,
    heightPix: HEIGHT,
    pixels: Int16Array.from(counts, (count) => count - 20000),
  }),
  int32: writeImage({
    cards: [],
    widthPix: WIDTH,
    heightPix: HEIGHT,
    pixels: Int32Array.from(counts, (count) => count * 20000),
  }),
  streamed: new Uint8Array(streamed),
};
const table = writeTable({
  name: 'TELEMETRY',
  columns: [
    { name: 'mjd', values: Float64Array.of(61365.5, Number.NaN), unit: 'd', description: 'Modified Julian Date' },
    { name: 'state', values: ['open', "it's shut"] },
    { name: 'safe', values: [true, false] },
    { name: 'u8', values: Uint8Array.of(0, 255) },
    { name: 'i16', values: Int16Array.of(-32768, 32767), unit: 'm/s' },
    { name: 'u16', values: Uint16Array.of(0, 65535) },
    { name: 'i32', values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
    { name: 'u32', values: Uint32Array.of(0, 2 ** 32 - 1) },
    { name: 'i64', values: BigInt64Array.of(-(2n ** 62n), 2n ** 62n) },
    { name: 'f32', values: Float32Array.of(-1.5, 2.5) },
  ],
});

describe('fitsverify', () => {
  itWith('fitsverify', 'finds nothing wrong and nothing doubtful in any form', () => {
    const plain = Object.entries(PLAIN).map(([name, bytes]) => file(`${name}.fits`, bytes));
    const compressed = Object.entries(PLAIN).map(([name, bytes]) => file(`${name}.fits.fz`, compressFrame(bytes)));
    const { errors, warnings, output } = fitsverify([...plain, ...compressed, file('table.fits', table)]);
    expect({ errors, warnings }, output).toEqual({ errors: 0, warnings: 0 });
  });
});

describe('funpack', () => {
  for (const [name, bytes] of Object.entries(PLAIN)) {
    itWith('funpack', `gives the original back byte for byte: ${name}`, () => {
      const into = path.join(folder, `${name}-unpacked.fits`);
      funpack(file(`${name}-ours.fits.fz`, compressFrame(bytes)), into);
      expect(Buffer.compare(readFileSync(into), bytes)).toBe(0);
    });

    itWith('funpack', `'s other half, fpack, makes what we decompress: ${name}`, () => {
      const into = path.join(folder, `${name}-packed.fits.fz`);
      fpack(file(`${name}-theirs.fits`, bytes), into);
      expect(Buffer.compare(decompressFrame(readFileSync(into)), bytes)).toBe(0);
    });
  }
});

describe('astropy', () => {
  itWith('astropy', 'reads compressed frames and those of several amplifiers, with right checksums', () => {
    const program = `
import json, sys, warnings
from astropy.io import fits
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    out = []
    for path in sys.argv[1:]:
        with fits.open(path, checksum=True) as hdus:
            hdus.verify('exception')
            out.append([[hdu.name, str(hdu.data.dtype.name), hdu.data.ravel().tolist()] for hdu in hdus if hdu.data is not None])
print(json.dumps([out, [str(warning.message) for warning in caught]]))`;
    const amplifiers = file('a-amplifiers.fits', PLAIN.amplifiers);
    const [out, warnings] = astropyRun(program, [
      file('a-frame.fits.fz', compressFrame(PLAIN.frame)),
      amplifiers,
      file('a-amplifiers.fits.fz', compressFrame(PLAIN.amplifiers)),
    ]) as [[string, string, number[]][][], string[]];
    expect(warnings).toEqual([]);
    expect(out[0].map(([, ...rest]) => rest)).toEqual([['uint16', [...counts]]]);
    const expected = AMPLIFIERS.map(({ name, pixels }) => [name, 'uint16', [...pixels]]);
    expect(out[1]).toEqual(expected);
    expect(out[2]).toEqual(expected);
  });

  itWith('astropy', 'reads every column of a table as it was given', () => {
    const program = `
import json, sys
from astropy.io import fits
with fits.open(sys.argv[1], checksum=True) as hdus:
    hdu = hdus['TELEMETRY']
    print(json.dumps([[c.name, c.unit, str(hdu.data[c.name].dtype.kind), [str(v) for v in hdu.data[c.name]]] for c in hdu.columns]))`;
    expect(astropyRun(program, [file('a-table.fits', table)])).toEqual([
      ['mjd', 'd', 'f', ['61365.5', 'nan']],
      ['state', null, 'U', ['open', "it's shut"]],
      ['safe', null, 'b', ['True', 'False']],
      ['u8', null, 'u', ['0', '255']],
      ['i16', 'm/s', 'i', ['-32768', '32767']],
      ['u16', null, 'u', ['0', '65535']],
      ['i32', null, 'i', ['-2147483648', '2147483647']],
      ['u32', null, 'u', ['0', '4294967295']],
      ['i64', null, 'i', ['-4611686018427387904', '4611686018427387904']],
      ['f32', null, 'f', ['-1.5', '2.5']],
    ]);
  });

  itWith('astropy', 'finds places and pixels through the cards of a distortion where we do', () => {
    const program = `
import json, sys
from astropy.wcs import WCS
from astropy.io import fits
wcs = WCS(fits.getheader(sys.argv[1]))
ra, dec = wcs.all_pix2world(3, 21, 1)
x, y = wcs.all_world2pix(ra, dec, 1)
print(json.dumps([float(ra), float(dec), float(x), float(y), wcs.sip.a_order, wcs.sip.ap_order]))`;
    const [raDeg, decDeg, x, y, ...orders] = astropyRun(program, [file('a-sip.fits', PLAIN.frame)]) as number[];
    const ours = pixelToSky(sip, 3, 21);
    expect(ours.raDeg).toBeCloseTo(raDeg, 10);
    expect(ours.decDeg).toBeCloseTo(decDeg, 10);
    expect(Math.hypot(x - 3, y - 21)).toBeLessThan(1e-3);
    expect(orders).toEqual([2, 2]);
  });
});
