import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Arc,
  altitudeRangeDeg,
  altitudeUnrefractedDegAt,
  hourAngleHoursAt,
  hourAngleMaxHours,
  hourAngleOfAltitudeDeg,
  intersect,
  nearMeridian,
  without,
} from '../../../core/scheduler/arc.ts';
import { thousandths } from './helpers.ts';

const SIDEREAL_HOUR_MS = 3_600_000 / 1.00273791;
const arcAt = (hours: number, change: Partial<Arc> = {}): Arc => ({
  utcMs: 0,
  hourAngleDeg: hours * 15,
  declinationDeg: 60,
  latitudeDeg: 40,
  ...change,
});
const hours = (fromHours: number, toHours: number) => ({
  fromMs: fromHours * SIDEREAL_HOUR_MS,
  toMs: toHours * SIDEREAL_HOUR_MS,
});

describe('hour angle', () => {
  test.each([
    [0, 3, 3],
    [11, 2, -11],
    [-12.5, 0.5, 12],
    [5, 24, 5],
  ])('%d h, and %d sidereal hours later', (from, later, expected) => {
    expect(hourAngleHoursAt(arcAt(from), later * SIDEREAL_HOUR_MS)).toBeCloseTo(expected, 5);
  });

  test('the largest in a span is at an end, or 12 h at the lower culmination', () => {
    expect(hourAngleMaxHours(arcAt(0), hours(-3, 2))).toBeCloseTo(3, 6);
    expect(hourAngleMaxHours(arcAt(0), hours(-1, 2))).toBeCloseTo(2, 6);
    expect(hourAngleMaxHours(arcAt(0), hours(11, 13.5))).toBe(12);
  });
});

describe('altitude', () => {
  test('at the culminations: 90 - |latitude - declination|, and latitude + declination - 90', () => {
    expect(altitudeUnrefractedDegAt(arcAt(0), 0)).toBeCloseTo(70, 10);
    expect(altitudeUnrefractedDegAt(arcAt(12), 0)).toBeCloseTo(10, 10);
  });

  test('the range of a span has the culminations that it passes', () => {
    const passing = altitudeRangeDeg(arcAt(0), hours(-1, 2));
    expect(passing.highestDeg).toBeCloseTo(70, 10);
    expect(passing.lowestDeg).toBeCloseTo(altitudeUnrefractedDegAt(arcAt(2), 0), 4);
    expect(altitudeRangeDeg(arcAt(0), hours(11, 13.5)).lowestDeg).toBeCloseTo(10, 10);
    expect(altitudeRangeDeg(arcAt(0), hours(1, 2)).highestDeg).toBeLessThan(70);
  });

  test('a star on the equator rises and sets 6 h from the meridian, whatever the latitude', () => {
    for (const latitudeDeg of [-60, 0.1, 45]) {
      expect(hourAngleOfAltitudeDeg({ latitudeDeg, declinationDeg: 0 }, 0)).toBeCloseTo(90, 10);
    }
  });

  test('always, never, and at the pole', () => {
    expect(hourAngleOfAltitudeDeg(arcAt(0), 9.9)).toBe(180);
    expect(hourAngleOfAltitudeDeg(arcAt(0), 70.1)).toBeUndefined();
    expect(hourAngleOfAltitudeDeg({ latitudeDeg: 90, declinationDeg: 30 }, 29)).toBe(180);
    expect(hourAngleOfAltitudeDeg({ latitudeDeg: 90, declinationDeg: 30 }, 31)).toBeUndefined();
  });
});

describe('intervals', () => {
  test('near the meridian: once, or twice in a long night', () => {
    const span = { fromMs: 0, toMs: 23.9 * SIDEREAL_HOUR_MS };
    const parts = nearMeridian(arcAt(-1), span, 30);
    expect(parts.map(({ fromMs, toMs }) => [fromMs / SIDEREAL_HOUR_MS, toMs / SIDEREAL_HOUR_MS])).toEqual([
      [0, expect.closeTo(3, 5)],
      [expect.closeTo(23, 5), expect.closeTo(23.9, 5)],
    ]);
    expect(nearMeridian(arcAt(-1), span, 180)).toEqual([span]);
    expect(nearMeridian(arcAt(5), { fromMs: 0, toMs: SIDEREAL_HOUR_MS }, 30)).toEqual([]);
  });

  test('an instant is in a part exactly when the hour angle is within the limit', () => {
    fc.assert(
      fc.property(thousandths(0, 24), thousandths(0.1, 11.9), thousandths(0, 24), (from, limit, probe) => {
        const arc = arcAt(from);
        const atMs = probe * SIDEREAL_HOUR_MS;
        const distance = Math.abs(hourAngleHoursAt(arc, atMs)) - limit;
        fc.pre(Math.abs(distance) > 1e-6);
        const parts = nearMeridian(arc, { fromMs: 0, toMs: 24 * SIDEREAL_HOUR_MS }, limit * 15);
        expect(parts.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs)).toBe(distance < 0);
      }),
    );
  });

  test('what is common, and what is left', () => {
    const at = (...ends: [number, number][]) => ends.map(([fromMs, toMs]) => ({ fromMs, toMs }));
    expect(intersect(at([0, 10], [20, 30]), at([5, 25]))).toEqual(at([5, 10], [20, 25]));
    expect(intersect(at([0, 10]), at([11, 12]))).toEqual([]);
    expect(without(at([0, 10])[0], at([-5, 2], [4, 6]))).toEqual(at([2, 4], [6, 10]));
    expect(without(at([0, 10])[0], [])).toEqual(at([0, 10]));
  });
});
