import { describe, expect, it } from 'vitest';
import { separationDeg } from '../../../core/sky/angles.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { moonAt, sunAltitudeDeg, sunAt } from '../../../core/sky/sun-moon.ts';
import { nightTimes } from '../../../core/sky/twilight.ts';

const LA_PALMA = { latitudeDeg: 28.7606, longitudeDeg: -17.8816, elevationM: 2396 };

describe('Sun and Moon', () => {
  it.each([
    // Espenak, NASA: greatest eclipse, instant in UT and place on Earth.
    { eclipse: '2024-04-08', utcMs: Date.UTC(2024, 3, 8, 18, 17, 16), latitudeDeg: 25.3, longitudeDeg: -104.1 },
    { eclipse: '2027-08-02', utcMs: Date.UTC(2027, 7, 2, 10, 6, 36), latitudeDeg: 25.5, longitudeDeg: 33.2 },
  ])('cover each other in the solar eclipse of $eclipse', ({ utcMs, latitudeDeg, longitudeDeg }) => {
    const sky = skyAt(utcMs, { latitudeDeg, longitudeDeg, elevationM: 0 });
    const sun = sunAt(sky);
    const moon = moonAt(sky);
    // The Moon's disc is larger than the Sun's by half a degree times 5 %.
    expect(separationDeg(sun.raDeg, sun.decDeg, moon.raDeg, moon.decDeg)).toBeLessThan(0.02);
    expect(moon.phaseAngleDeg).toBeGreaterThan(179.9);
    expect(moon.illuminatedFraction).toBeLessThan(1e-5);
  });

  it('stand opposite in the total lunar eclipse of 2026-03-03, 11:33:37 UT', () => {
    const sky = skyAt(Date.UTC(2026, 2, 3, 11, 33, 37), { latitudeDeg: 6, longitudeDeg: -170.5, elevationM: 0 });
    const moon = moonAt(sky);
    expect(moon.phaseAngleDeg).toBeLessThan(1);
    expect(moon.illuminatedFraction).toBeGreaterThan(0.9999);
    expect(moon.zenithDistanceRefractedDeg).toBeLessThan(5);
  });

  it('gives the altitude of the Sun as sunAt does', () => {
    const utcMs = Date.UTC(2026, 10, 21, 19);
    expect(sunAltitudeDeg(utcMs, LA_PALMA)).toBe(sunAt(skyAt(utcMs, LA_PALMA)).altitudeUnrefractedDeg);
  });
});

describe('night times', () => {
  it('are in order on an ordinary night', () => {
    const night = nightTimes(20261121, LA_PALMA);
    const order = [
      night.startMs,
      night.sunsetMs,
      night.civil.eveningMs,
      night.nautical.eveningMs,
      night.astronomical.eveningMs,
      night.midnightMs,
      night.astronomical.morningMs,
      night.nautical.morningMs,
      night.civil.morningMs,
      night.sunriseMs,
      night.endMs,
    ] as number[];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(night.darkTimeS).toBe((order[6] - order[4]) / 1000);
    expect(night.kind).toBe('night');
  });

  it('know polar night, polar day and the poles', () => {
    const at = (latitudeDeg: number, dayObs: number) =>
      nightTimes(dayObs, { latitudeDeg, longitudeDeg: 15, elevationM: 0 });
    expect(at(78, 20260621)).toMatchObject({
      kind: 'polarDay',
      sunsetMs: undefined,
      sunriseMs: undefined,
      darkTimeS: 0,
    });
    expect(at(78, 20261221)).toMatchObject({ kind: 'polarNight', sunsetMs: undefined, sunriseMs: undefined });
    expect(at(90, 20261221)).toMatchObject({ kind: 'polarNight', darkTimeS: 86_400 });
    expect(at(-90, 20261221)).toMatchObject({ kind: 'polarDay', darkTimeS: 0 });
  });

  it('have one sunset and no sunrise on the day on which the Sun sets for months', () => {
    // At the north pole the Sun sets 50' after the equinox of 2026-09-23 00:05 UT, so two days later.
    const nights = [20260922, 20260923, 20260924, 20260925, 20260926].map((day) =>
      nightTimes(day, { latitudeDeg: 90, longitudeDeg: 0, elevationM: 0 }),
    );
    expect(nights.map((night) => night.kind)).toEqual(['polarDay', 'polarDay', 'night', 'polarNight', 'polarNight']);
    expect(nights[2].sunsetMs).toBeDefined();
    expect(nights[2].sunriseMs).toBeUndefined();
  });

  it('have no astronomical dark in a white night', () => {
    // Edinburgh in June: the Sun sinks to about -10.6 degrees.
    const night = nightTimes(20260621, { latitudeDeg: 55.95, longitudeDeg: -3.19, elevationM: 0 });
    expect(night.kind).toBe('night');
    expect(night.sunLowestDeg).toBeCloseTo(-(90 - 55.95 - 23.44), 1);
    expect(night.civil.eveningMs).toBeDefined();
    expect(night.nautical).toEqual({ eveningMs: undefined, morningMs: undefined });
    expect(night.darkTimeS).toBe(0);
  });
});
