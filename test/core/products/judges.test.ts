import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DQ } from '../../../core/calibration/planes.ts';
import { pixelToSky } from '../../../core/gnomonic.ts';
import { writeMaster } from '../../../core/products/master-file.ts';
import { readRawFrame } from '../../../core/products/raw-frame.ts';
import { writeReduced } from '../../../core/products/reduced-file.ts';
import { fitWcs } from '../../../core/wcs-fit.ts';
import { astropyRun, fitsjsNgRead, fitsjsRead, fitsverify, itWith } from '../../helpers/judges.ts';
import { BIAS, exampleReduced, MASTER, SOURCES } from './examples.ts';
import { madeFrame, OF_THE_SKY, smallObservatory } from './frames.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-products-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const place = path.join(folder, name);
  writeFileSync(place, bytes);
  return place;
}

const raw = readRawFrame(madeFrame(smallObservatory(), OF_THE_SKY).file);
const curved = {
  ...raw.wcs!,
  sip: { a: [[0, 0, 2e-5], [0, 1e-5], [-3e-5]], b: [[0, 0, 1e-5], [0, 2e-5], [1e-5]] },
};
const grid = Array.from({ length: 100 }, (_, i) => ({ x: 1 + (i % 10) * 14, y: 1 + Math.floor(i / 10) * 14 }));
const { wcs } = fitWcs(
  grid.map(({ x, y }) => ({ x, y, ...pixelToSky(curved, x, y) })),
  { crpix1: curved.crpix1, crpix2: curved.crpix2, sipOrder: 2 },
);
const content = exampleReduced(raw);
const reducedWith = (change: Partial<typeof content.reduced>) =>
  writeReduced({ ...content, reduced: { ...content.reduced, ...change } }).bytes;
const { planes } = content.reduced;

const FILES = {
  flat: file('flat.fits', writeMaster(MASTER).bytes),
  bias: file('bias.fits', writeMaster(BIAS).bytes),
  reduced: file('reduced.fits', reducedWith({ wcs })),
  empty: file('empty.fits', reducedWith({ sources: [] })),
};

/** Bits of 32-bit numbers: they tell infinities and what is no number, which JSON does not. */
const bitsOf = (values: Float32Array) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];

describe('fitsverify', () => {
  itWith('fitsverify', 'finds nothing wrong and nothing doubtful in masters and reduced frames', () => {
    const { errors, warnings, output } = fitsverify(Object.values(FILES));
    expect({ errors, warnings }, output).toEqual({ errors: 0, warnings: 0 });
  });
});

describe('astropy', () => {
  itWith('astropy', 'reads the same planes and units, with right checksums', () => {
    const program = `
import json, sys, warnings
import numpy as np
from astropy import units
from astropy.io import fits
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    out = []
    for path in sys.argv[1:]:
        with fits.open(path, checksum=True) as hdus:
            hdus.verify('exception')
            out.append({
                'names': [hdu.name for hdu in hdus],
                'units': [str(units.Unit(hdu.header['BUNIT'])) if 'BUNIT' in hdu.header else None for hdu in hdus[:3]],
                'bits': [hdu.data.astype('<f4' if hdu.data.dtype.kind == 'f' else 'u1').view('<u4' if hdu.data.dtype.kind == 'f' else 'u1').ravel().tolist() for hdu in hdus[:3]],
            })
print(json.dumps([out, [str(warning.message) for warning in caught]]))`;
    const [out, warnings] = astropyRun(program, [FILES.flat, FILES.bias, FILES.reduced]) as [
      { names: string[]; units: (string | null)[]; bits: number[][] }[],
      string[],
    ];
    expect(warnings).toEqual([]);
    expect(out.map(({ names }) => names)).toEqual([
      ['PRIMARY', 'UNCERT', 'DQ'],
      ['PRIMARY', 'UNCERT', 'DQ'],
      ['PRIMARY', 'UNCERT', 'DQ', 'SOURCES'],
    ]);
    expect(out.map(({ units }) => units)).toEqual([
      ['', '', null],
      ['adu', 'adu', null],
      ['electron', 'electron', null],
    ]);
    for (const [i, expected] of [MASTER.planes, BIAS.planes, planes].entries()) {
      expect(out[i].bits).toEqual([bitsOf(expected.data), bitsOf(expected.uncertainty), [...expected.dq]]);
    }
  });

  itWith('astropy', 'takes a master for what its CCDData holds: image, unit, uncertainty, mask', () => {
    const program = `
import json, sys
import numpy as np
from astropy.nddata import CCDData
frame = CCDData.read(sys.argv[1], hdu_mask='DQ')
print(json.dumps([str(frame.unit), type(frame.uncertainty).__name__, str(frame.uncertainty.unit),
    np.asarray(frame.uncertainty.array[1], '<f4').view('<u4').tolist(), frame.mask[1].astype(int).tolist(), frame.header['NCOMBINE']]))`;
    const { widthPix, uncertainty, dq } = BIAS.planes;
    expect(astropyRun(program, [FILES.bias])).toEqual([
      'adu',
      'StdDevUncertainty',
      'adu',
      bitsOf(uncertainty.slice(widthPix, 2 * widthPix)),
      [...dq.subarray(widthPix, 2 * widthPix)].map((flags) => Math.min(flags, 1)),
      2,
    ]);
  });

  itWith('astropy', 'reads the meaning of flags, the frames and the metrics of a master', () => {
    const program = `
import json, sys
from astropy.io import fits
with fits.open(sys.argv[1]) as hdus:
    primary, flags = hdus[0].header, hdus['DQ'].header
    print(json.dumps([{2 ** int(key[5:]): value for key, value in flags['DQBIT*'].items()}, list(primary['SRC*'].values()),
        list(primary['REJ0*'].values()), list(primary['QC00*'].values())]))`;
    expect(astropyRun(program, [FILES.flat])).toEqual([
      Object.fromEntries(Object.entries(DQ).map(([name, flag]) => [String(flag), name])),
      MASTER.master.frames,
      MASTER.master.rejected.map(({ exposureId, reason }) => `${exposureId}: ${reason}`),
      MASTER.master.quality.metrics.flatMap(({ name, value, unit, grade }) => [
        name,
        ...(value === undefined ? [] : [value]),
        ...(unit === '' ? [] : [unit]),
        grade,
      ]),
    ]);
  });

  itWith(
    'astropy',
    'reads the sources with their units, and finds them on the sky where the world coordinates say',
    () => {
      const program = `
import json, sys
import numpy as np
from astropy.io import fits
from astropy.table import QTable
from astropy.wcs import WCS
table = QTable.read(sys.argv[1], hdu='SOURCES')
wcs = WCS(fits.getheader(sys.argv[1]))
ra, dec = wcs.all_pix2world(table['x'].value, table['y'].value, 1)
columns = [[name, str(table[name].unit or ''), [None if np.isnan(v) else float(v) for v in np.asarray(table[name], float)]] for name in table.colnames]
print(json.dumps([columns, ra.tolist(), dec.tolist(), wcs.sip.a_order]))`;
      const [columns, ra, dec, order] = astropyRun(program, [FILES.reduced]) as [
        [name: string, unit: string, values: (number | null)[]][],
        number[],
        number[],
        number,
      ];
      const values = (of: (source: (typeof SOURCES)[number]) => number | undefined) =>
        SOURCES.map((source) => of(source) ?? null);
      expect(columns).toEqual([
        ['x', 'pix', values(({ xPix }) => xPix + 1)],
        ['y', 'pix', values(({ yPix }) => yPix + 1)],
        ['ra', 'deg', values(({ raDeg }) => raDeg)],
        ['dec', 'deg', values(({ decDeg }) => decDeg)],
        ['flux', 'electron', values(({ fluxE }) => fluxE)],
        ['flux_err', 'electron', values(({ fluxErrorE }) => fluxErrorE)],
        ['flux_aper', 'electron', values(({ apertureFluxE }) => apertureFluxE)],
        ['peak', 'electron', values(({ peakE }) => peakE)],
        ['mag', 'mag', values(({ mag }) => mag)],
        ['mag_err', 'mag', values(({ magError }) => magError)],
        ['fwhm', 'pix', values(({ fwhmPix }) => fwhmPix)],
        ['ellipticity', '', values(({ ellipticity }) => ellipticity)],
        ['theta', 'deg', values(({ positionAngleDeg }) => positionAngleDeg)],
        ['npix', '', values(({ pixels }) => pixels)],
        ['flags', '', values(({ flags }) => flags)],
      ]);
      expect(order).toBe(2);
      for (const [i, { xPix, yPix }] of SOURCES.entries()) {
        const ours = pixelToSky(wcs, xPix + 1, yPix + 1);
        expect(ra[i]).toBeCloseTo(ours.raDeg, 10);
        expect(dec[i]).toBeCloseTo(ours.decDeg, 10);
      }
    },
  );
});

describe.each([
  ['fitsjs', fitsjsRead],
  ['fitsjs-ng', fitsjsNgRead],
])('%s', (_, read) => {
  it.each([
    ['flat', MASTER.planes],
    ['bias', BIAS.planes],
    ['reduced', planes],
  ] as const)('opens the image of a file with its extensions: %s', async (name, expected) => {
    const image = await read(FILES[name]);
    expect([image.widthPix, image.heightPix]).toEqual([expected.widthPix, expected.heightPix]);
    expect(bitsOf(Float32Array.from(image.pixels))).toEqual(bitsOf(expected.data));
  });
});
