import { describe, expect, it } from 'vitest';
import { isSafe, safetyAt } from '../../../core/twin/safety.ts';
import type { Weather, WeatherState } from '../../../core/twin/weather.ts';
import { smallObservatory } from './observatory.ts';

const { site } = smallObservatory();
const safety = { cloudMaxMag: 1, humidityMaxPercent: 85, windMaxMPerS: 18, recheckS: 300 };
const fine = { cloudExtinctionMag: 0.3, humidityPercent: 40, windSpeedMPerS: 5 };

describe('safety', () => {
  it('is given within all limits, and on them', () => {
    expect(isSafe(fine, safety)).toEqual({ safe: true, reasons: [] });
    const limits = { cloudExtinctionMag: 1, humidityPercent: 85, windSpeedMPerS: 18 };
    expect(isSafe(limits, safety).safe).toBe(true);
  });

  it('tells every reason against it', () => {
    const { safe, reasons } = isSafe({ cloudExtinctionMag: 1.24, humidityPercent: 91, windSpeedMPerS: 18.4 }, safety);
    expect(safe).toBe(false);
    expect(reasons).toEqual([
      'cloud takes 1.24 mag (limit 1)',
      'humidity is 91.0 % (limit 85)',
      'wind blows at 18.4 m/s (limit 18)',
    ]);
  });

  it('knows gusts and dew where it has limits for them', () => {
    const damp = { ...fine, windGustMPerS: 25, temperatureC: 8, dewPointC: 6.5 };
    expect(isSafe(damp, safety).safe).toBe(true);
    expect(isSafe(damp, { ...safety, gustMaxMPerS: 25, dewMarginC: 1.5 }).safe).toBe(true);
    expect(isSafe(damp, { ...safety, gustMaxMPerS: 24, dewMarginC: 2 }).reasons).toEqual([
      'gusts reach 25.0 m/s (limit 24)',
      'air is 1.5 C above its dew point (limit 2)',
    ]);
  });
});

describe('an open dome', () => {
  const noon = Date.UTC(2026, 10, 21, 13, 10);
  const night = Date.UTC(2026, 10, 22, 1);
  const squallMs = night + 30_000;
  /** Calm, but for a squall of a minute. */
  const weather: Weather = {
    fromMs: -Infinity,
    toMs: Infinity,
    at: (utcMs) => ({ ...fine, windSpeedMPerS: Math.abs(utcMs - squallMs) <= 31_000 ? 20 : 5 }) as WeatherState,
  };
  const at = (utcMs: number, more: object) =>
    safetyAt({ weather, observatory: { site, safety: { ...safety, ...more } }, utcMs });

  it('needs the Sun below its limit', () => {
    // 14 minutes after it culminates at 90 - 28.76 - 19.97 degrees (declination on 2026-11-21, Astronomical Almanac).
    expect(at(noon, {}).safe).toBe(true);
    expect(at(noon, { sunMaxDeg: -6 }).reasons).toEqual([
      expect.stringMatching(/^the Sun stands at 41\.[123] deg \(limit -6\)$/),
    ]);
    expect(at(night - 3_600_000, { sunMaxDeg: -6 }).safe).toBe(true);
  });

  it('opens again when the weather was good for long enough, and not before', () => {
    expect(at(squallMs, { reopenAfterS: 600 }).reasons).toEqual(['wind blows at 20.0 m/s (limit 18)']);
    expect(at(squallMs + 120_000, {}).safe).toBe(true);
    const closed = at(squallMs + 120_000, { reopenAfterS: 600 });
    expect(closed.reasons).toEqual([
      'at 2026-11-22T01:01:00.000Z wind blows at 20.0 m/s (limit 18): the dome stays closed for 600 s',
    ]);
    expect(at(squallMs + 600_000, { reopenAfterS: 600 }).safe).toBe(false);
    expect(at(squallMs + 660_000, { reopenAfterS: 600 }).safe).toBe(true);
  });

  it('does not look back beyond what is known', () => {
    const known = { ...weather, fromMs: night + 120_000 };
    const observatory = { site, safety: { ...safety, reopenAfterS: 3600 } };
    expect(safetyAt({ weather: known, observatory, utcMs: night + 180_000 }).safe).toBe(true);
  });
});
