import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidWcs } from '../../../core/fits/errors.ts';
import { wcsCards } from '../../../core/fits/wcs.ts';
import { pixelToSky, skyToPixel, type TanWcs } from '../../../core/gnomonic.ts';
import { OBJECT_WCS } from './example-frame.ts';

interface Truth {
  cases: { name: string; wcs: TanWcs; points: { x: number; y: number; raDeg: number; decDeg: number }[] }[];
}
const truth: Truth = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../truth/fits/wcs.json'), 'utf8'));

/** A microarcsecond; a pixel of the cases is 1.81 arcsec or one degree. */
const TOLERANCE_DEG = 1e-6 / 3600;
const TOLERANCE_PIX = 1e-6;

describe('world coordinates against astropy.wcs', () => {
  it.each(truth.cases)('$name: places of pixels', ({ wcs, points }) => {
    for (const { x, y, raDeg, decDeg } of points) {
      const place = pixelToSky(wcs, x, y);
      const deltaRa = ((((place.raDeg - raDeg) % 360) + 540) % 360) - 180;
      expect(Math.abs(deltaRa * Math.cos((decDeg * Math.PI) / 180))).toBeLessThan(TOLERANCE_DEG);
      expect(Math.abs(place.decDeg - decDeg)).toBeLessThan(TOLERANCE_DEG);
      expect(place.raDeg).toBeGreaterThanOrEqual(0);
      expect(place.raDeg).toBeLessThan(360);
    }
  });

  it.each(truth.cases)('$name: pixels of places', ({ wcs, points }) => {
    for (const { x, y, raDeg, decDeg } of points) {
      const pixel = skyToPixel(wcs, raDeg, decDeg)!;
      expect(Math.hypot(pixel.x - x, pixel.y - y)).toBeLessThan(TOLERANCE_PIX);
    }
  });
});

describe('world coordinates', () => {
  it('have no pixel for what lies 90 degrees or more away', () => {
    expect(skyToPixel(OBJECT_WCS, OBJECT_WCS.crval1Deg, OBJECT_WCS.crval2Deg - 91)).toBeUndefined();
    expect(skyToPixel(OBJECT_WCS, OBJECT_WCS.crval1Deg - 180, -OBJECT_WCS.crval2Deg)).toBeUndefined();
  });

  it('are written with CD and without CDELT, with the pole of the standard', () => {
    const keywords = wcsCards(OBJECT_WCS).map((card) => card.slice(0, 8).trimEnd());
    expect(keywords).toEqual(
      'WCSAXES CTYPE1 CTYPE2 CUNIT1 CUNIT2 CRVAL1 CRVAL2 CRPIX1 CRPIX2 CD1_1 CD1_2 CD2_1 CD2_2 LONPOLE'.split(' '),
    );
  });

  it('are refused with every fault at once', () => {
    const wrong = { ...OBJECT_WCS, crval1Deg: 360, crval2Deg: -91, crpix1: Number.NaN, cd11: 0 };
    expect(() => wcsCards(wrong)).toThrow(InvalidWcs);
    try {
      wcsCards(wrong);
    } catch (error) {
      expect((error as InvalidWcs).faults).toHaveLength(4);
    }
  });
});
