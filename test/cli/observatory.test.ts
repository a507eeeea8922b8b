import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shippedObservatories } from '../../cli/commands/observatory.ts';
import { observatoryFigures, zeroPointMag } from '../../core/night/observatory-figures.ts';
import { observatoryWarnings } from '../../core/night/observatory-warnings.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import { nocturne } from '../helpers/night.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'observatory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string): Observatory =>
  observatorySchema.parse(
    JSON.parse(readFileSync(new URL(`../../observatories/${name}.json`, import.meta.url), 'utf8')),
  );
const fileWith = (name: string, change: (observatory: Record<string, never>) => void): string => {
  const value = structuredClone(read('la-palma')) as unknown as Record<string, never>;
  change(value);
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(value));
  return file;
};

describe('the observatories that come with the product', () => {
  it('are faultless and have cameras of different names', () => {
    const names = shippedObservatories();
    expect(names).toEqual(expect.arrayContaining(['amateur', 'la-palma', 'rubin-like', 'ztf-like']));
    const all = names.map(read);
    expect(all.map(({ id }) => id)).toEqual(names);
    expect(new Set(all.map(({ camera }) => camera.id)).size).toBe(names.length);
  });

  it('have the plate scales and fields of their models', () => {
    const rubin = observatoryFigures(read('rubin-like'));
    // physics.md: 0.2 arcsec, effective aperture 6.423 m; ZTF 1.01 arcsec.
    expect(rubin.plateScaleArcsecPerPix).toBeCloseTo(0.2, 3);
    expect(rubin.areaM2).toBeCloseTo((Math.PI / 4) * 6.423 ** 2, 1);
    expect(observatoryFigures(read('ztf-like')).plateScaleArcsecPerPix).toBeCloseTo(1.01, 3);
  });

  it('see as deep as SMTN-002 says of Rubin', () => {
    const { filters } = observatoryFigures(read('rubin-like'));
    // SMTN-002 at zenith, 30 s, dark sky: Cm + 0.5 (sky - 21) + 2.5 log10(0.7 / FWHM_eff).
    const smtn = {
      u: [22.968, 23.052, 0.92],
      g: [24.582, 22.254, 0.87],
      r: [24.602, 21.198, 0.83],
      i: [24.541, 20.463, 0.8],
      z: [24.371, 19.606, 0.78],
      y: [23.84, 18.602, 0.76],
    };
    for (const [name, [cm, sky, fwhm]] of Object.entries(smtn)) {
      const limit = cm + 0.5 * (sky - 21) + 2.5 * Math.log10(0.7 / fwhm);
      const filter = filters.find((each) => each.name === name);
      expect(Math.abs(filter!.limitMag.in30S - limit), name).toBeLessThan(0.05);
      expect(filter!.fwhmEffArcsec, name).toBeCloseTo(fwhm, 1);
    }
  });

  it('have an amateur whose zero points follow from aperture, optics, filter and chip', () => {
    const { filters, telescope } = read('amateur');
    const areaM2 = (Math.PI / 4) * telescope.apertureM ** 2;
    // Optics 0.92, filter 0.95, quantum efficiency 0.88, 0.82, 0.55; band edges of Sloan filters in nm.
    const parts: [string, number, number, number][] = [
      ['g', 0.88, 401, 550],
      ['r', 0.82, 562, 695],
      ['i', 0.55, 695, 844],
    ];
    for (const [name, efficiency, shortNm, longNm] of parts) {
      const filter = filters.find((each) => each.name === name)!;
      const { extinctionMagPerAirmass } = filter;
      const throughput = 0.92 * 0.95 * efficiency;
      expect(zeroPointMag({ areaM2, throughput, shortNm, longNm, extinctionMagPerAirmass })).toBeCloseTo(
        filter.zeroPointMag,
        1,
      );
    }
    // A source of AB magnitude 0 has 3631 Jy: 1.51e7 photons a second, square metre and relative width, times 3631 (Jy to photons).
    const ideal = { areaM2: 1, throughput: 1, shortNm: 1, longNm: Math.E, extinctionMagPerAirmass: 0 };
    expect(10 ** (0.4 * zeroPointMag(ideal))).toBeCloseTo(1.509e7 * 3631, -8);
  });
});

describe('warnings', () => {
  const warned = (change: (observatory: Observatory) => void): string => {
    const observatory = structuredClone(read('rubin-like'));
    change(observatory);
    return observatoryWarnings(observatory, observatoryFigures(observatory)).join('\n');
  };

  it('are not given to a plausible observatory', () => {
    expect(warned(() => {})).toBe('');
  });

  it.each<[string, (observatory: Observatory) => void, RegExp]>([
    [
      'undersampled',
      (o) => {
        o.camera.pixelSizeUm = 30;
      },
      /pixelSizeUm: stars are 1\.\d+ pixels wide/,
    ],
    [
      'small field',
      (o) => {
        o.camera.widthPix = 1024;
      },
      /the field is 0\.057 deg wide/,
    ],
    [
      'too much light',
      (o) => {
        o.filters[2].zeroPointMag = 30;
      },
      /filters\[2\]\.zeroPointMag: r counts 28\d % of the photons/,
    ],
    [
      'too little light',
      (o) => {
        o.filters[0].zeroPointMag = 20;
      },
      /filters\[0\]\.zeroPointMag: u counts 0\.04 %/,
    ],
    [
      'converter',
      (o) => {
        o.camera.fullWellE = 200_000;
      },
      /fullWellE: 200000 e- is beyond the converter's end at 103256 e-/,
    ],
    [
      'coarse counts',
      (o) => {
        o.camera.gainEPerAdu = 20;
      },
      /gainEPerAdu: 20 e- a count is more than twice/,
    ],
    [
      'focal ratio',
      (o) => {
        o.telescope.focalLengthM = 300;
      },
      /focal ratio is 35\.9/,
    ],
    [
      'closed dome',
      (o) => {
        o.safety.humidityMaxPercent = 25;
      },
      /humidityMeanPercent: 30 is not below the limit of safety, 25/,
    ],
  ])('are given for %s', (_what, change, message) => {
    expect(warned(change)).toMatch(message);
  });
});

describe('nocturne observatory', () => {
  it('lists and shows what there is', () => {
    const list = nocturne('observatory', 'list');
    expect(list.status).toBe(0);
    for (const name of shippedObservatories()) expect(list.stdout).toMatch(new RegExp(`^${name} `, 'm'));
    const shown = nocturne('observatory', 'show', 'la-palma', '--json');
    const { figures, warnings } = JSON.parse(shown.stdout) as {
      figures: { plateScaleArcsecPerPix: number };
      warnings: string[];
    };
    // 206265 arcsec times 13.5 um over 1.54 m.
    expect(figures.plateScaleArcsecPerPix).toBeCloseTo((206_264.806 * 13.5e-6) / 1.54, 4);
    expect(warnings.join()).toContain('undersampled');
  });

  it('checks files: 0 when all are well', () => {
    const good = fileWith('good', () => {});
    const ran = nocturne('observatory', 'check', good, 'amateur');
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain(`${good}: ok`);
  });

  it('tells every fault of a bad one with place, value and what is allowed, and ends with 1', () => {
    const bad = fileWith('bad', (observatory: Record<string, any>) => {
      observatory.telescope.apertureM = -1;
      observatory.climate.clearShare = 7;
      observatory.filters[1].name = observatory.filters[0].name;
      observatory.climate.seasons = { clearShare: [0.5] };
      observatory.unknown = 1;
    });
    const ran = nocturne('observatory', 'check', 'la-palma', bad, path.join(folder, 'nowhere.json'));
    expect(ran.status).toBe(1);
    for (const part of [
      'la-palma: ok',
      'telescope.apertureM',
      '(got -1)',
      'climate.clearShare',
      '(got 7)',
      'filters[1].name: stands twice',
      'climate.seasons.clearShare: must be 12 numbers',
      '"unknown"',
      'unknown observatory',
    ]) {
      expect(ran.stdout).toContain(part);
    }
  });
});
