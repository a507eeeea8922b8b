import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skyFromTangentPlane, tangentPlaneOffset } from '../../core/gnomonic.ts';

const RAD_TO_DEG = 180 / Math.PI;

describe('the tangent plane', () => {
  it.each([
    // Closed forms: along the meridian eta is the tangent of the distance, along the equator xi is.
    ['north', 150, 40, 150, 10, 0, Math.tan(30 / RAD_TO_DEG) * RAD_TO_DEG],
    ['south over right ascension 0', 360, -50, 0, -5, 0, -RAD_TO_DEG],
    ['east on the equator', 5, 0, 335, 0, Math.tan(30 / RAD_TO_DEG) * RAD_TO_DEG, 0],
    ['over the pole', 180, 80, 0, 80, 0, Math.tan(20 / RAD_TO_DEG) * RAD_TO_DEG],
    ['from the pole itself', 90, 60, 0, 90, Math.tan(30 / RAD_TO_DEG) * RAD_TO_DEG, 0],
  ])('has a place to the %s where geometry says', (_, raDeg, decDeg, ra0Deg, dec0Deg, xiDeg, etaDeg) => {
    const offset = tangentPlaneOffset(raDeg, decDeg, ra0Deg, dec0Deg)!;
    expect(offset.xiDeg).toBeCloseTo(xiDeg, 11);
    expect(offset.etaDeg).toBeCloseTo(etaDeg, 11);
  });

  it.each([
    [90, 0, 0, 0],
    [0, 0, 0, 90],
    [0, -90, 0, 45],
    [180, 0, 0, 0],
    [123, 0.1, 10, -90],
  ])('does not reach (%d, %d) from (%d, %d)', (raDeg, decDeg, ra0Deg, dec0Deg) => {
    expect(tangentPlaneOffset(raDeg, decDeg, ra0Deg, dec0Deg)).toBeUndefined();
  });

  it('gives back every offset to 1e-9 arcsec within 10 degrees, poles and right ascension 0 included', () => {
    const offset = fc.double({ min: -10, max: 10, noNaN: true });
    const dec = fc.oneof(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.constantFrom(-90, -89.9999999, 0, 89.9999999, 90),
    );
    const ra = fc.oneof(fc.double({ min: 0, max: 360, maxExcluded: true, noNaN: true }), fc.constant(0));
    fc.assert(
      fc.property(offset, offset, ra, dec, (xiDeg, etaDeg, ra0Deg, dec0Deg) => {
        const place = skyFromTangentPlane(xiDeg, etaDeg, ra0Deg, dec0Deg);
        expect(place.raDeg >= 0 && place.raDeg < 360 && Math.abs(place.decDeg) <= 90).toBe(true);
        const back = tangentPlaneOffset(place.raDeg, place.decDeg, ra0Deg, dec0Deg)!;
        expect(Math.hypot(back.xiDeg - xiDeg, back.etaDeg - etaDeg)).toBeLessThan(1e-9);
      }),
    );
  });

  it('keeps a right ascension just below 0 within its range', () => {
    expect(skyFromTangentPlane(-1e-20, 0, 0, 0).raDeg).toBe(0);
  });
});
