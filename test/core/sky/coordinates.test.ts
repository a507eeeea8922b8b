import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { airmassOf } from '../../../core/sky/airmass.ts';
import { separationDeg, wrapDeg } from '../../../core/sky/angles.ts';
import { lmstHours, skyAt } from '../../../core/sky/coordinates.ts';
import { refractionBy, standardAir, unrefractedDeg } from '../../../core/sky/refraction.ts';

const utcMs = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
const site = fc.record({
  latitudeDeg: fc.double({ min: -90, max: 90, noNaN: true }),
  longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  elevationM: fc.double({ min: 0, max: 5000, noNaN: true }),
});
const ra = fc.double({ min: 0, max: 360, maxExcluded: true, noNaN: true });
const dec = fc.double({ min: -90, max: 90, noNaN: true });

describe('coordinates', () => {
  it('go to the horizon and back', () => {
    fc.assert(
      fc.property(utcMs, site, ra, dec, (utcMs, site, raDeg, decDeg) => {
        const sky = skyAt(utcMs, site);
        const seen = sky.horizontal(raDeg, decDeg);
        const back = sky.icrs(seen.altitudeRefractedDeg, seen.azimuthDeg);
        expect(separationDeg(raDeg, decDeg, back.raDeg, back.decDeg) * 3600).toBeLessThan(1e-4);
      }),
    );
  });

  it('stay in their ranges', () => {
    fc.assert(
      fc.property(utcMs, site, ra, dec, (utcMs, site, raDeg, decDeg) => {
        const seen = skyAt(utcMs, site).horizontal(raDeg, decDeg);
        expect(seen.azimuthDeg).toBeGreaterThanOrEqual(0);
        expect(seen.azimuthDeg).toBeLessThan(360);
        expect(seen.hourAngleHours).toBeGreaterThan(-12);
        expect(seen.hourAngleHours).toBeLessThanOrEqual(12);
        expect(seen.altitudeRefractedDeg).toBeGreaterThanOrEqual(seen.altitudeUnrefractedDeg);
        expect(seen.zenithDistanceRefractedDeg).toBe(90 - seen.altitudeRefractedDeg);
        expect(seen.airmass).toBe(airmassOf(seen.zenithDistanceRefractedDeg));
        // In the west the target sinks and the parallactic angle is positive.
        expect(Math.sign(seen.hourAngleHours)).toBe(Math.sign(seen.parallacticAngleDeg));
      }),
    );
  });

  it('take a direction as well as a place', () => {
    const sky = skyAt(Date.UTC(2026, 10, 21, 22), { latitudeDeg: 28.76, longitudeDeg: -17.88, elevationM: 2396 });
    const place = sky.horizontal(90, 0);
    const direction = sky.horizontalOf([0, 5, 0]);
    expect(direction.altitudeUnrefractedDeg).toBeCloseTo(place.altitudeUnrefractedDeg, 10);
    expect(direction.azimuthDeg).toBeCloseTo(place.azimuthDeg, 10);
  });

  it('do not depend on what was asked before', () => {
    const site = { latitudeDeg: 28.76, longitudeDeg: -17.88, elevationM: 2396 };
    const at = Date.UTC(2026, 10, 21, 22);
    const first = skyAt(at, site).horizontal(10.68, 41.27);
    skyAt(at + 30, site).horizontal(10.68, 41.27);
    expect(skyAt(at, site).horizontal(10.68, 41.27)).toEqual(first);
  });

  it('has the sidereal time of the books', () => {
    // Meeus, Astronomical Algorithms, example 12.a: 1987 April 10, 0 h UT, at Greenwich 13 h 10 m 46.3668 s.
    const hours = 13 + 10 / 60 + 46.3668 / 3600;
    expect(Math.abs(lmstHours(Date.UTC(1987, 3, 10), 0) - hours) * 3600).toBeLessThan(0.01);
    expect(lmstHours(Date.UTC(1987, 3, 10), 90)).toBeCloseTo(hours + 6, 5);
  });

  it('wraps angles into a circle', () => {
    expect(wrapDeg(-1e-20)).toBe(0);
    expect(wrapDeg(725)).toBe(5);
    expect(wrapDeg(-90)).toBe(270);
  });
});

describe('refraction', () => {
  const airs = [standardAir(0), standardAir(4200), { pressureHPa: 1030, temperatureC: -20 }];

  it('is smooth, falls with altitude above -1 degree and keeps the order of altitudes', () => {
    for (const air of airs) {
      const refraction = refractionBy(air);
      for (let altitudeDeg = -3; altitudeDeg < 90; altitudeDeg += 0.01) {
        const step = refraction(altitudeDeg + 0.01) - refraction(altitudeDeg);
        expect(step, `at ${altitudeDeg}`).toBeGreaterThan(-0.005);
        expect(step, `at ${altitudeDeg}`).toBeLessThan(altitudeDeg < -0.98 ? 0.015 : 0);
      }
    }
  });

  it('is none at the zenith and none far below the horizon', () => {
    expect(refractionBy(standardAir(0))(90)).toBeCloseTo(0, 12);
    expect(refractionBy(standardAir(0))(-2)).toBe(0);
    expect(refractionBy(standardAir(0))(-60)).toBe(0);
  });

  it('is undone exactly', () => {
    for (const air of airs) {
      const refraction = refractionBy(air);
      for (let altitudeDeg = -5; altitudeDeg <= 90; altitudeDeg += 0.037) {
        const seenDeg = altitudeDeg + refraction(altitudeDeg);
        expect(Math.abs(unrefractedDeg(seenDeg, refraction) - altitudeDeg)).toBeLessThan(1e-11);
      }
    }
  });

  it('has the pressures of the standard atmosphere', () => {
    // ICAO Doc 7488: 0 m, 2500 m, 5000 m.
    expect(standardAir(0)).toEqual({ pressureHPa: 1013.25, temperatureC: 15 });
    expect(standardAir(2500).pressureHPa).toBeCloseTo(746.9, 0);
    expect(standardAir(5000).pressureHPa).toBeCloseTo(540.5, 0);
  });
});

describe('airmass', () => {
  it.each([
    // Kasten & Young 1989, table II: altitude and relative optical air mass.
    [0, 38.0868],
    [5, 10.3164],
    [10, 5.5841],
    [30, 1.9939],
    [60, 1.154],
  ])('at altitude %d is %d within the 0.5 %% of the formula', (altitudeDeg, airmass) => {
    expect(Math.abs(airmassOf(90 - altitudeDeg) / airmass - 1)).toBeLessThan(0.005);
  });

  it('is 1 at the zenith, never less, and infinite below the horizon', () => {
    expect(airmassOf(0)).toBe(1);
    expect(airmassOf(90.001)).toBe(Number.POSITIVE_INFINITY);
    for (let z = 0; z < 90; z += 0.1) expect(airmassOf(z + 0.1)).toBeGreaterThanOrEqual(airmassOf(z));
  });
});
