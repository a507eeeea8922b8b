import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { headerText, integerCard, logicalCard } from '../../../core/fits/cards.ts';
import { InvalidWcs, UnsupportedFits } from '../../../core/fits/errors.ts';
import { readHeader } from '../../../core/fits/read.ts';
import { wcsCards, wcsOf } from '../../../core/fits/wcs.ts';
import { pixelToSky, skyToPixel, type Wcs } from '../../../core/gnomonic.ts';
import { fitWcs, UnfitPairs } from '../../../core/wcs-fit.ts';
import { OBJECT_WCS } from './example-frame.ts';

interface Truth {
  cases: { name: string; wcs: Wcs; points: { x: number; y: number; raDeg: number; decDeg: number }[] }[];
}
const truth: Truth = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../truth/fits/sip.json'), 'utf8'));
const TOLERANCE_DEG = 1e-6 / 3600;

const header = (cards: readonly string[]) =>
  readHeader(new TextEncoder().encode(headerText([logicalCard('SIMPLE', true), ...cards])));

describe('a distortion against astropy.wcs', () => {
  it.each(truth.cases)('$name: places of pixels', ({ wcs, points }) => {
    for (const { x, y, raDeg, decDeg } of points) {
      const place = pixelToSky(wcs, x, y);
      const deltaRa = ((((place.raDeg - raDeg) % 360) + 540) % 360) - 180;
      expect(Math.abs(deltaRa * Math.cos((decDeg * Math.PI) / 180))).toBeLessThan(TOLERANCE_DEG);
      expect(Math.abs(place.decDeg - decDeg)).toBeLessThan(TOLERANCE_DEG);
    }
  });

  it.each(truth.cases)('$name: pixels of places', ({ wcs, points }) => {
    for (const { x, y, raDeg, decDeg } of points) {
      const pixel = skyToPixel(wcs, raDeg, decDeg)!;
      expect(Math.hypot(pixel.x - x, pixel.y - y)).toBeLessThan(1e-6);
    }
  });
});

describe('a distortion in a header', () => {
  it.each(truth.cases)('comes back as it was written: $name', ({ wcs }) => {
    expect(wcsOf(header(wcsCards(wcs)))).toEqual(wcs);
  });

  it('is none in a header of a plain projection, and nothing in one without world coordinates', () => {
    expect(wcsOf(header(wcsCards(OBJECT_WCS)))).toEqual(OBJECT_WCS);
    expect(wcsOf(header([]))).toBeUndefined();
  });

  it('is refused where its order or its projection is not one of ours, or its polynomials are missing', () => {
    const cards = wcsCards(truth.cases[0].wcs);
    const other = (from: string, to: string) => cards.map((card) => card.replace(from, to));
    expect(() => wcsOf(header(other("'RA---TAN-SIP'", "'RA---TPV'    ")))).toThrow(UnsupportedFits);
    expect(() => wcsOf(header(other("'DEC--TAN-SIP'", "'DEC--TAN'    ")))).toThrow(UnsupportedFits);
    const withoutOrder = cards.filter((card) => !card.startsWith('A_ORDER'));
    expect(() => wcsOf(header(withoutOrder))).toThrow(InvalidWcs);
    expect(() => wcsOf(header([...withoutOrder, integerCard('A_ORDER', 9)]))).toThrow(UnsupportedFits);
    const { sip, ...plain } = truth.cases[0].wcs;
    expect(() => wcsCards({ ...plain, sip: { ...sip!, a: [[0, 0], [0]] } })).toThrow(InvalidWcs);
    expect(() => wcsCards({ ...plain, sip: { ...sip!, a: [[0, 0, Number.NaN], [0, 0], [0]] } })).toThrow(InvalidWcs);
  });
});

describe('a fit to pairs of pixels and places', () => {
  const grid = Array.from({ length: 15 * 15 }, (_, i) => ({ x: 1 + (i % 15) * 146, y: 1 + Math.floor(i / 15) * 146 }));
  const pairsOf = (wcs: Wcs) => grid.map(({ x, y }) => ({ x, y, ...pixelToSky(wcs, x, y) }));

  it.each(truth.cases)('finds the distortion that made them: $name', ({ wcs }) => {
    const sipOrder = (wcs.sip!.a.length - 1) as 2 | 3 | 4 | 5;
    const fit = fitWcs(pairsOf(wcs), { crpix1: wcs.crpix1, crpix2: wcs.crpix2, sipOrder });
    expect(fit.maxArcsec).toBeLessThan(1e-6);
    expect(fit.wcs.crval1Deg).toBeCloseTo(wcs.crval1Deg, 9);
    expect(fit.wcs.crval2Deg).toBeCloseTo(wcs.crval2Deg, 9);
    expect(fit.wcs.cd12 / wcs.cd22).toBeCloseTo(wcs.cd12 / wcs.cd22, 8);
    for (const { dxPix, dyPix } of fit.residuals) expect(Math.hypot(dxPix, dyPix)).toBeLessThan(1e-6);
  });

  it('without an order has the distortion as its residuals', () => {
    const { wcs } = truth.cases[0];
    const plain = fitWcs(pairsOf(wcs), { crpix1: wcs.crpix1, crpix2: wcs.crpix2 });
    expect(plain.wcs.sip).toBeUndefined();
    // Up to 9 pixels of 1.8 arcsec go into the distortion; the linear part takes some.
    expect(plain.maxArcsec).toBeGreaterThan(0.5);
    expect(plain.rmsArcsec).toBeLessThan(plain.maxArcsec);
  });

  it('gives inverse polynomials that undo the distortion to a hundredth of its size', () => {
    const { wcs } = truth.cases[1];
    const fit = fitWcs(pairsOf(wcs), { crpix1: wcs.crpix1, crpix2: wcs.crpix2, sipOrder: 3 });
    const { sip, ...plain } = fit.wcs;
    const backwards: Wcs = { ...plain, sip: { a: sip!.ap!, b: sip!.bp! } };
    for (const { x, y } of grid) {
      const place = pixelToSky(fit.wcs, x, y);
      const flat = skyToPixel(plain, place.raDeg, place.decDeg)!;
      const undone = skyToPixel(plain, ...(Object.values(pixelToSky(backwards, flat.x, flat.y)) as [number, number]))!;
      expect(Math.hypot(undone.x - x, undone.y - y)).toBeLessThan(0.1);
    }
  });

  it('is refused with too few pairs, on a line, and around the sky', () => {
    const pairs = pairsOf(OBJECT_WCS);
    const at = { crpix1: 1, crpix2: 1 };
    expect(() => fitWcs(pairs.slice(0, 2), at)).toThrow(UnfitPairs);
    expect(() => fitWcs(pairs.slice(0, 9), { ...at, sipOrder: 3 })).toThrow(UnfitPairs);
    expect(() => fitWcs(pairs.slice(0, 15), at)).toThrow(UnfitPairs);
    const [first, ...rest] = pairs;
    expect(() => fitWcs([{ ...first, raDeg: first.raDeg - 180 }, ...rest], at)).toThrow(UnfitPairs);
  });
});
