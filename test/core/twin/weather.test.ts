import { describe, expect, it } from 'vitest';
import type { Climate } from '../../../core/records/observatory.ts';
import { normalCdf, normalQuantile } from '../../../core/twin/normal.ts';
import { createWeather, type WeatherState, WeatherUnknown } from '../../../core/twin/weather.ts';
import { smallObservatory } from './observatory.ts';

const { site } = smallObservatory();
/** A climate without anything that is optional. */
const climate: Climate = {
  clearShare: 0.78,
  cloudTimescaleS: 10_800,
  seeingMedianArcsec: 0.76,
  seeingSpread: 0.35,
  seeingTimescaleS: 3600,
  windMeanMPerS: 5.5,
  humidityMeanPercent: 32,
  temperatureMeanC: 9,
};
const dayBeginMs = Date.UTC(2026, 10, 21, 13, 11, 31);
const HOUR_MS = 3_600_000;
const DAYS = 3000;
const day = (seed: number) => createWeather({ climate, site, seed });
const days = Array.from({ length: DAYS }, (_, seed) => day(seed));
const sample = (hours: number, of: (state: WeatherState) => number) =>
  days.map((weather) => of(weather.at(dayBeginMs + hours * HOUR_MS)));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const correlation = (a: number[], b: number[]) =>
  mean(a.map((x, i) => (x - mean(a)) * (b[i] - mean(b)))) / (spread(a) * spread(b));
/** 4.5 standard errors of a mean over the days. */
const errorOf = (sigma: number) => (4.5 * sigma) / Math.sqrt(DAYS);

describe('the normal distribution', () => {
  it.each([
    // scipy.stats.norm.cdf, scipy 1.10.1
    [-10, 7.61985302416047e-24],
    [-7.5, 3.1908916729108844e-14],
    [-5, 2.866515718791933e-7],
    [-1, 0.15865525393145707],
    [0.3, 0.6179114221889526],
    [1.5, 0.9331927987311419],
    [7.5, 0.9999999999999681],
  ])('has below %d the share %d', (x, share) => {
    expect(Math.abs(normalCdf(x) - share)).toBeLessThan(1e-15);
    expect(Math.abs(normalCdf(x) / share - 1)).toBeLessThan(1e-8);
  });

  it('has the quantiles of scipy', () => {
    expect(normalQuantile(0.32)).toBeCloseTo(-0.46769879911450823, 12);
    expect(normalQuantile(0.78)).toBeCloseTo(0.7721932141886848, 12);
  });
});

describe('weather over many seeds', () => {
  it.each([0, 9, 24])('is clear for the share of the climate, %d h after noon', (hours) => {
    const clear = sample(hours, (state) => (state.cloudExtinctionMag === 0 ? 1 : 0));
    expect(Math.abs(mean(clear) - 0.78)).toBeLessThan(errorOf(Math.sqrt(0.78 * 0.22)));
  });

  it('has clouds of exponential depth, 1 mag on average', () => {
    const cloud = sample(9, (state) => state.cloudExtinctionMag).filter((mag) => mag > 0);
    const root = Math.sqrt(cloud.length);
    expect(Math.abs(mean(cloud) - 1)).toBeLessThan(4.5 / root);
    const thick = cloud.filter((mag) => mag > 1).length / cloud.length;
    expect(Math.abs(thick - Math.exp(-1))).toBeLessThan((4.5 * Math.sqrt(Math.exp(-1) * (1 - Math.exp(-1)))) / root);
  });

  it('has the median, spread and memory of the seeing', () => {
    const logs = (hours: number) => sample(hours, (state) => Math.log(state.seeingZenith500Arcsec / 0.76));
    const at9 = logs(9);
    expect(Math.abs(mean(at9))).toBeLessThan(errorOf(0.35));
    expect(Math.abs(spread(at9) - 0.35)).toBeLessThan(errorOf(0.35 / Math.SQRT2));
    // The timescale is 1 h: the correlation after 1 h is 1/e, after 2 h 1/e^2.
    expect(Math.abs(correlation(at9, logs(10)) - Math.exp(-1))).toBeLessThan(errorOf(1 - Math.exp(-2)));
    expect(Math.abs(correlation(at9, logs(11)) - Math.exp(-2))).toBeLessThan(errorOf(1));
  });

  it('has the mean wind, Rayleigh distributed', () => {
    const wind = sample(9, (state) => state.windSpeedMPerS);
    // A Rayleigh distribution of mean m has the standard deviation m sqrt(4 / pi - 1).
    const sigma = 5.5 * Math.sqrt(4 / Math.PI - 1);
    expect(Math.abs(mean(wind) - 5.5)).toBeLessThan(errorOf(sigma));
    expect(spread(wind) / sigma).toBeCloseTo(1, 1);
  });

  it('has the mean humidity, between 0 and 100, higher under cloud', () => {
    const humidity = sample(9, (state) => state.humidityPercent);
    expect(Math.abs(mean(humidity) - 32)).toBeLessThan(errorOf(spread(humidity)));
    expect(Math.min(...humidity)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...humidity)).toBeLessThanOrEqual(100);
    const cloudy = sample(9, (state) => (state.cloudExtinctionMag > 0 ? 1 : 0));
    expect(correlation(humidity, cloudy)).toBeGreaterThan(0.2);
  });

  it('is warmest two hours after noon, by 6 degrees more than at the coldest', () => {
    const at = (hours: number) => mean(sample(hours, (state) => state.temperatureC));
    expect(Math.abs(at(2) - 12)).toBeLessThan(errorOf(2));
    expect(Math.abs(at(14) - 6)).toBeLessThan(errorOf(2));
  });

  it('has the pressure of the standard atmosphere', () => {
    // ICAO standard atmosphere: 756.3 hPa at 2396 m (1013.25 (1 - 0.0065 h / 288.15)^5.25588).
    expect(day(1).at(dayBeginMs).pressureHpa).toBeCloseTo(756.6, 0);
  });
});

/** The wind's vector for its direction, which turns fast in a calm. */
function withVector({ windFromDeg, ...state }: WeatherState) {
  const angle = (windFromDeg * Math.PI) / 180;
  const { windSpeedMPerS } = state;
  return { ...state, east: windSpeedMPerS * Math.sin(angle), north: windSpeedMPerS * Math.cos(angle) };
}

describe('the weather of a day', () => {
  it('does not depend on the order in which it is asked', () => {
    const times = Array.from({ length: 200 }, (_, i) => dayBeginMs + i * 431_000);
    const forwards = day(4);
    const backwards = day(4);
    const late = times.toReversed().map((utcMs) => backwards.at(utcMs));
    expect(times.map((utcMs) => forwards.at(utcMs))).toEqual(late.toReversed());
  });

  it('changes without jumps', () => {
    const weather = day(5);
    for (let utcMs = dayBeginMs; utcMs < dayBeginMs + 24 * HOUR_MS; utcMs += 60_000) {
      const [now, then] = [weather.at(utcMs), weather.at(utcMs + 1)].map(withVector);
      for (const key of Object.keys(now) as (keyof typeof now)[]) {
        expect(Math.abs(now[key] - then[key]), key).toBeLessThan(1e-3);
      }
    }
  });

  it('is another at another time, at another site and for another seed', () => {
    const seeing = (changed: Partial<Parameters<typeof createWeather>[0]>, hours = 20) =>
      createWeather({ climate, site, seed: 1, ...changed }).at(dayBeginMs + hours * HOUR_MS).seeingZenith500Arcsec;
    const all = [seeing({}), seeing({ seed: 2 }), seeing({ site: { ...site, name: 'Elsewhere' } }), seeing({}, 32)];
    expect(new Set(all).size).toBe(4);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('is not known at %d ms', (utcMs) => {
    expect(() => day(1).at(utcMs)).toThrow(WeatherUnknown);
  });

  it('goes on where the night before ended, whoever asks, also past midnight', () => {
    const midnight = Date.UTC(2026, 10, 22);
    const [night, next] = [day(6), day(6)];
    for (let hours = -12; hours <= 12; hours++) night.at(midnight + hours * HOUR_MS);
    expect(next.at(midnight)).toEqual(night.at(midnight));
    const [before, after] = [night.at(midnight - 1), night.at(midnight)].map(withVector);
    for (const key of Object.keys(before) as (keyof typeof before)[]) {
      expect(Math.abs(before[key] - after[key]), key).toBeLessThan(1e-3);
    }
  });

  it('is always clear with the cloud switched off, and else the same', () => {
    for (let seed = 0; seed < 50; seed++) {
      const state = day(seed).at(dayBeginMs + 9 * HOUR_MS);
      const off = createWeather({ climate, site, seed, without: ['cloud'] }).at(dayBeginMs + 9 * HOUR_MS);
      expect(off).toEqual({ ...state, cloudExtinctionMag: 0 });
    }
  });

  it.each([
    [0, (mag: number) => mag > 0],
    [1, (mag: number) => mag === 0],
  ])('is never mixed for a clear share of %d', (clearShare, holds) => {
    const weather = createWeather({ climate: { ...climate, clearShare }, site, seed: 3 });
    for (let hours = 0; hours <= 25; hours++)
      expect(holds(weather.at(dayBeginMs + hours * HOUR_MS).cloudExtinctionMag)).toBe(true);
  });
});
