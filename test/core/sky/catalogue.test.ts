import { beforeAll, describe, expect, it } from 'vitest';
import {
  faintStarCounts,
  InvalidCatalogue,
  openGalaxies,
  openStars,
  type StarCatalogue,
  StarCountsUnknown,
} from '../../../core/sky/catalogue.ts';
import { readData, readTruth } from './truth.ts';

const bytesOf = (name: string): ArrayBuffer => new Uint8Array(readData(name)).buffer;

describe('star files against read_sky.py', () => {
  interface ConeRow {
    file: string;
    raDeg: number;
    decDeg: number;
    radiusDeg: number;
    vMax: number;
    count: number;
    sumRaDeg: number;
    sumDecDeg: number;
    sumV: number;
    unknownColours: number;
    sumBMinusV: number;
    brightest: [ra: number, dec: number, v: number, bMinusV: number | null][];
  }
  const files = new Map<string, StarCatalogue>();
  beforeAll(() => {
    for (const name of ['stars.bin', 'stars-faint.bin']) files.set(name, openStars(bytesOf(name)));
  });

  it('has the stars that the layout promises', () => {
    expect(files.get('stars.bin')).toMatchObject({ count: 922_612, epochJulianYear: 2025 });
    expect(files.get('stars.bin')?.vFaintest).toBeCloseTo(11, 3);
    expect(files.get('stars-faint.bin')?.count).toBe(967_404);
  });

  const sum = (column: Iterable<number>) => [...column].reduce((total, each) => total + each, 0);
  it.each(readTruth<ConeRow>('cones').rows)('$file at $raDeg, $decDeg, radius $radiusDeg to V $vMax', (row) => {
    const cone = files.get(row.file)?.cone(row.raDeg, row.decDeg, row.radiusDeg, row.vMax);
    if (!cone) throw new Error(`no file ${row.file}`);
    expect(cone.count).toBe(row.count);
    expect(cone.raDeg.length).toBe(row.count);
    expect(sum(cone.raDeg)).toBeCloseTo(row.sumRaDeg, 6);
    expect(sum(cone.decDeg)).toBeCloseTo(row.sumDecDeg, 6);
    // Magnitudes are 32-bit numbers: 5e-7 a star.
    expect(Math.abs(sum(cone.vMag) - row.sumV)).toBeLessThanOrEqual(1e-6 * row.count);
    const known = cone.bMinusV.filter((colour) => !Number.isNaN(colour));
    expect(row.count - known.length).toBe(row.unknownColours);
    expect(Math.abs(sum(known) - row.sumBMinusV)).toBeLessThanOrEqual(1e-6 * row.count);
    for (const [ra, dec, v, bMinusV] of row.brightest) {
      const at = cone.raDeg.findIndex((each, index) => each === ra && cone.decDeg[index] === dec);
      expect(cone.vMag[at]).toBe(Math.fround(v));
      expect(cone.bMinusV[at]).toBe(bMinusV === null ? Number.NaN : Math.fround(bMinusV));
    }
  });
});

describe('a damaged star file', () => {
  /** The smallest sound file: 360 bands, one star in the last. */
  function smallFile(change: (view: DataView) => void = () => {}): ArrayBuffer {
    const buffer = new ArrayBuffer(1512 + 8);
    const view = new DataView(buffer);
    [...'SKYSTAR1'].forEach((letter, at) => {
      view.setUint8(at, letter.charCodeAt(0));
    });
    [1, 1, 360, 64, 1512].forEach((value, at) => {
      view.setUint32(8 + 4 * at, value, true);
    });
    view.setFloat32(28, 0.5, true);
    view.setUint32(64 + 4 * 360, 1, true);
    change(view);
    return buffer;
  }

  it('is sound before it is damaged', () => {
    expect(openStars(smallFile()).cone(0, 90, 1).count).toBe(1);
  });

  it.each<[string, ArrayBuffer, RegExp]>([
    ['nothing', new ArrayBuffer(0), /got 0 bytes/],
    ['another file', smallFile((view) => view.setUint8(0, 0x50)), /"PKYSTAR1"; must be "SKYSTAR1"/],
    ['a later version', smallFile((view) => view.setUint32(8, 2, true)), /version 2; this reader knows version 1/],
    ['a cut file', smallFile().slice(0, 1516), /1516 bytes; must have 1520/],
    ['other bands', smallFile((view) => view.setFloat32(28, 0.25, true)), /360 bands of 0.25 deg/],
    ['a wrong index', smallFile((view) => view.setUint32(64 + 4 * 7, 3, true)), /band index/],
  ])('%s is refused', (_, buffer, message) => {
    expect(() => openStars(buffer)).toThrow(InvalidCatalogue);
    expect(() => openStars(buffer)).toThrow(message);
  });
});

describe('galaxies', () => {
  const json: Record<string, unknown>[] = JSON.parse(readData('galaxies.json').toString());

  it('has Andromeda and its neighbours, brightest first', () => {
    const galaxies = openGalaxies(json);
    expect(galaxies.count).toBe(1386);
    const near = galaxies.cone(10.68, 41.27, 1);
    expect(near[0]).toMatchObject({ name: 'NGC 224', vMag: 3.44, majorArcmin: 177.83, positionAngleDeg: 35 });
    expect(near[0].bMinusV).toBeCloseTo(0.85, 6);
    expect(near.flatMap((each) => each.aliases)).toContain('M32');
    expect(near.flatMap((each) => each.aliases)).toContain('M110');
    expect(galaxies.cone(10.68, 41.27, 0.01)).toHaveLength(1);
  });

  it('finds them across RA 0 and at the pole', () => {
    const galaxies = openGalaxies(json);
    const around = (raDeg: number, decDeg: number, radiusDeg: number) =>
      galaxies.cone(raDeg, decDeg, radiusDeg).map((each) => each.name);
    // NGC 7814 stands at RA 0.812, Dec 16.146.
    expect(around(359.9, 16.1, 1.5)).toContain('NGC 7814');
    expect(around(0, 90, 90).length + around(0, -90, 90).length).toBe(galaxies.count);
  });

  it.each([
    [{}, /must be an array/],
    [[{}], /galaxies\[0\]\.name/],
    [[{ ...json[0], dec: 91 }], /galaxies\[0\]\.dec of NGC 224: got 91; must be -90 to 90/],
    [[json[0], { ...json[1], maj: null }], /galaxies\[1\]\.maj of NGC 598: got null/],
  ])('refuses what is not a list of galaxies', (given, message) => {
    expect(() => openGalaxies(given)).toThrow(InvalidCatalogue);
    expect(() => openGalaxies(given)).toThrow(message);
  });
});

describe('counts of faint stars', () => {
  it.each([
    // Stars per square degree counted in both files (the catalogue's README), where they are complete.
    { vMag: 9, latitudeDeg: 2.5, counted: 6.0 },
    { vMag: 10, latitudeDeg: 7.5, counted: 14.4 },
    { vMag: 10.5, latitudeDeg: 15, counted: 19.3 },
    { vMag: 10.5, latitudeDeg: -37, counted: 10.5 },
    { vMag: 11.5, latitudeDeg: 52, counted: 18.0 },
    { vMag: 11, latitudeDeg: -70, counted: 10.0 },
  ])('agree with $counted to V $vMag at latitude $latitudeDeg', ({ vMag, latitudeDeg, counted }) => {
    expect(Math.abs(Math.log10(faintStarCounts(vMag, latitudeDeg) / counted))).toBeLessThan(0.1);
  });

  it('are the rows of the table at pole and plane, and grow with V', () => {
    expect(faintStarCounts(12, 0)).toBeCloseTo(10 ** 2.05, 10);
    expect(faintStarCounts(8, 0)).toBeCloseTo(10 ** 0.29, 10);
    expect(Math.log10(faintStarCounts(16, 90))).toBeCloseTo(2.45 + 1.15 * Math.exp(-3), 10);
    for (let v = 8; v < 15.9; v += 0.1) expect(faintStarCounts(v + 0.1, 40)).toBeGreaterThan(faintStarCounts(v, 40));
  });

  it.each([7.99, 22.01, Number.NaN])('are unknown at V %d', (vMag) => {
    expect(() => faintStarCounts(vMag, 30)).toThrow(StarCountsUnknown);
  });
});
