import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { galacticOf, separationDeg } from '../../../core/sky/angles.ts';
import { faintStarCounts, faintStarsAround, openStars, type StarColumns } from '../../../core/sky/catalogue.ts';

const dataFile = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../data/${name}`, import.meta.url))).buffer;
const catalogues = [openStars(dataFile('stars.bin')), openStars(dataFile('stars-faint.bin'))];

/** The stars inside of a cone, as rows. */
function rows(
  { count, raDeg, decDeg, vMag, bMinusV }: StarColumns,
  cone?: { raDeg: number; decDeg: number; radiusDeg: number },
) {
  return Array.from({ length: count }, (_, i) => [raDeg[i], decDeg[i], vMag[i], bMinusV[i]]).filter(
    ([ra, dec]) => cone === undefined || separationDeg(cone.raDeg, cone.decDeg, ra, dec) <= cone.radiusDeg,
  );
}
const areaDeg2 = (radiusDeg: number) =>
  2 * Math.PI * (1 - Math.cos((radiusDeg * Math.PI) / 180)) * (180 / Math.PI) ** 2;

/** Places at galactic latitude 0, 30, 60 and 90. */
const places = [
  { raDeg: 86.405, decDeg: 28.936 },
  { raDeg: 115.0, decDeg: 41.7 },
  { raDeg: 30.0, decDeg: -3.0 },
  { raDeg: 192.859, decDeg: 27.128 },
];

describe('faint stars', () => {
  it('are the same wherever the field lies and however deep it goes', () => {
    const wide = rows(faintStarsAround(catalogues, { raDeg: 30, decDeg: -3, radiusDeg: 1.5 }, 18));
    const cone = { raDeg: 30.6, decDeg: -2.5, radiusDeg: 0.6 };
    const narrow = rows(faintStarsAround(catalogues, cone, 18), cone);
    expect(narrow.length).toBeGreaterThan(500);
    const known = new Set(wide.map(String));
    expect(narrow.every((star) => known.has(String(star)))).toBe(true);
    const shallow = rows(faintStarsAround(catalogues, cone, 16.05), cone);
    expect(shallow).toEqual(narrow.filter(([, , v]) => v <= 16.05));
  });

  it.each(places)('and real ones together are as many as the model says at RA $raDeg, Dec $decDeg', (place) => {
    const cone = { ...place, radiusDeg: 3 };
    const faint = rows(faintStarsAround(catalogues, cone, 16), cone);
    const real = catalogues.flatMap((each) => rows(each.cone(place.raDeg, place.decDeg, 3)));
    const { latitudeDeg } = galacticOf(place.raDeg, place.decDeg);
    for (const v of [12.5, 14, 15, 16]) {
      const brighter = [...faint, ...real].filter(([, , mag]) => mag > 10.4 && mag <= v).length;
      const wanted = (faintStarCounts(v, latitudeDeg) - faintStarCounts(10.4, latitudeDeg)) * areaDeg2(3);
      // In the model's steps there may be more real stars than it wants; else Poisson's noise.
      expect(Math.abs(brighter / wanted - 1)).toBeLessThan(0.12 + 4 / Math.sqrt(wanted));
    }
  });

  it.each([
    // Bahcall & Soneira 1980, ApJS 44, 73, equation B1 for V 18, 20 and 22, summed over galactic longitude: log10 per square
    // degree.
    [18, 20, 3.77],
    [18, 45, 3.08],
    [18, 90, 2.77],
    [20, 30, 3.84],
    [20, 60, 3.29],
    [20, 90, 3.16],
    [22, 20, 4.52],
    [22, 90, 3.45],
  ])('of V %d at latitude %d are counted as 10^%d', (vMag, latitudeDeg, log) => {
    expect(Math.abs(Math.log10(faintStarCounts(vMag, latitudeDeg)) - log)).toBeLessThan(0.13);
  });

  it('are Poisson in number: the scatter of cells is the root of their mean', () => {
    const { raDeg, decDeg } = places[3];
    const cone = { raDeg, decDeg, radiusDeg: 5 };
    const stars = rows(faintStarsAround(catalogues, cone, 18), cone).filter(([, , v]) => v > 16);
    // Squares of half a degree.
    const counts = Array.from({ length: 144 }, () => 0);
    for (const [ra, dec] of stars) {
      const column = Math.floor(((ra - raDeg) * Math.cos((decDeg * Math.PI) / 180)) / 0.5 + 6);
      const row = Math.floor((dec - decDeg) / 0.5 + 6);
      if (column >= 0 && column < 12 && row >= 0 && row < 12) counts[row * 12 + column]++;
    }
    const inside = counts.filter((_, i) => Math.hypot((i % 12) - 5.5, Math.floor(i / 12) - 5.5) < 7);
    const mean = inside.reduce((sum, n) => sum + n, 0) / inside.length;
    const variance = inside.reduce((sum, n) => sum + (n - mean) ** 2, 0) / inside.length;
    expect(mean).toBeGreaterThan(50);
    expect(variance / mean).toBeGreaterThan(0.65);
    expect(variance / mean).toBeLessThan(1.5);
  });

  it('are none brighter than V 10.4, of colours that stars have, redder the fainter', () => {
    const stars = rows(faintStarsAround(catalogues, { ...places[1], radiusDeg: 1 }, 20));
    expect(Math.min(...stars.map(([, , v]) => v))).toBeGreaterThanOrEqual(10.39);
    expect(stars.every(([, , , colour]) => colour >= -0.2001 && colour <= 1.8001)).toBe(true);
    const red = (low: number, high: number) => {
      const some = stars.filter(([, , v]) => v > low && v <= high);
      return some.filter(([, , , colour]) => colour > 1.1).length / some.length;
    };
    expect(red(19, 20)).toBeGreaterThan(red(13, 16) + 0.1);
    expect(Math.abs(red(19, 20) - 0.48)).toBeLessThan(0.04);
  });

  it.each([
    [0.01, 20],
    [359.99, 20],
    [120, 89.9],
    [200, -90],
  ])('have no gaps at RA %d, Dec %d', (raDeg, decDeg) => {
    const cone = { raDeg, decDeg, radiusDeg: 1 };
    const stars = rows(faintStarsAround(catalogues, cone, 18), cone);
    const { latitudeDeg } = galacticOf(raDeg, decDeg);
    const wanted = faintStarCounts(18, latitudeDeg) * areaDeg2(1);
    expect(Math.abs(stars.length / wanted - 1)).toBeLessThan(0.15);
    // Four quarters of the circle, each with its share.
    const quarters = [0, 0, 0, 0];
    const dec0 = (decDeg * Math.PI) / 180;
    for (const [ra, dec] of stars) {
      const [a, d] = [((ra - raDeg) * Math.PI) / 180, (dec * Math.PI) / 180];
      const east = Math.cos(d) * Math.sin(a);
      const north = Math.cos(dec0) * Math.sin(d) - Math.sin(dec0) * Math.cos(d) * Math.cos(a);
      quarters[(east > 0 ? 1 : 0) + (north > 0 ? 2 : 0)]++;
    }
    for (const quarter of quarters) expect(Math.abs((4 * quarter) / stars.length - 1)).toBeLessThan(0.2);
  });

  it('are none where the limit is above them', () => {
    expect(faintStarsAround(catalogues, { ...places[0], radiusDeg: 1 }, 10).count).toBe(0);
  });
});
