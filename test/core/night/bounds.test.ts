import { describe, expect, it } from 'vitest';
import { nightBounds } from '../../../core/night/bounds.ts';

const svalbard = {
  name: 'Longyearbyen',
  latitudeDeg: 78.22,
  longitudeDeg: 15.65,
  elevationM: 30,
  timeZone: 'Arctic/Longyearbyen',
};
const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

describe('nightBounds', () => {
  it('go from sunset to sunrise', () => {
    const bounds = nightBounds({ ...svalbard, name: 'Greenwich', latitudeDeg: 51.4769, longitudeDeg: 0 }, 20261221)!;
    // The Nautical Almanac has 15:53 and 08:04 for Greenwich at the winter solstice.
    expect(Math.abs(seconds('2026-12-21T15:53:30.000Z', bounds.beginAt))).toBeLessThan(60);
    expect(Math.abs(seconds('2026-12-22T08:04:30.000Z', bounds.endAt))).toBeLessThan(60);
    expect(bounds).toMatchObject({ sunsetAt: bounds.beginAt, sunriseAt: bounds.endAt });
  });

  it('are a whole day, without sunset and sunrise, in polar night', () => {
    const bounds = nightBounds(svalbard, 20261221)!;
    expect(seconds(bounds.beginAt, bounds.endAt)).toBe(86_400);
    expect(bounds.sunsetAt).toBeUndefined();
    expect(bounds.sunriseAt).toBeUndefined();
  });

  it('do not exist on a polar day', () => {
    expect(nightBounds(svalbard, 20260621)).toBeUndefined();
  });
});
