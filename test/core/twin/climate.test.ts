import { describe, expect, it } from 'vitest';
import type { Climate } from '../../../core/records/observatory.ts';
import { dewPointC, seasonAt, windSpread } from '../../../core/twin/climate.ts';
import { stationaryProcess } from '../../../core/twin/stationary.ts';
import { createWeather, type WeatherState } from '../../../core/twin/weather.ts';
import { smallObservatory } from './observatory.ts';

const { site } = smallObservatory();
const plain: Climate = {
  clearShare: 0.5,
  cloudTimescaleS: 10_800,
  seeingMedianArcsec: 0.8,
  seeingSpread: 0.35,
  seeingTimescaleS: 3600,
  windMeanMPerS: 6,
  humidityMeanPercent: 40,
  temperatureMeanC: 9,
};
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEEDS = 1500;
const BEGIN_MS = Date.UTC(2026, 10, 21, 21, 34, 5);
const weathers = (climate: Climate) =>
  Array.from({ length: SEEDS }, (_, seed) => createWeather({ climate, site, seed }));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const correlation = (a: number[], b: number[]) =>
  mean(a.map((x, i) => (x - mean(a)) * (b[i] - mean(b)))) / (spread(a) * spread(b));
/** 4.5 standard errors of a mean over the seeds. */
const errorOf = (sigma: number) => (4.5 * sigma) / Math.sqrt(SEEDS);

describe('a stationary process', () => {
  const processes = (timescaleS: number) =>
    Array.from({ length: SEEDS }, (_, seed) => stationaryProcess(seed, 'test', 'here', timescaleS));

  it.each([3600, 259_200])('is standard normal at any instant, with the memory of %d s', (timescaleS) => {
    const all = processes(timescaleS);
    // On the grid, between two points of it, and as long after as the memory lasts.
    const [on, between, later] = [0, 0.5 * 300_000, timescaleS * 1000].map((ms) =>
      all.map((at) => at(DAY_MS * 20_778 + ms)),
    );
    for (const values of [on, between, later]) {
      expect(Math.abs(mean(values))).toBeLessThan(errorOf(1));
      expect(Math.abs(spread(values) - 1)).toBeLessThan(errorOf(Math.SQRT1_2));
      const far = values.filter((value) => Math.abs(value) > 1.96).length / SEEDS;
      expect(Math.abs(far - 0.05)).toBeLessThan(errorOf(Math.sqrt(0.05 * 0.95)));
    }
    expect(Math.abs(correlation(on, later) - Math.exp(-1))).toBeLessThan(errorOf(1 - Math.exp(-2)));
  });

  it('is the same at an instant from wherever it is reached, and continuous from day to day', () => {
    const [early, late] = [1, 1].map((seed) => stationaryProcess(seed, 'test', 'here', 86_400));
    for (let day = 20_770; day < 20_780; day++) early(day * DAY_MS);
    // The first instant of a block of 240 half hours, 5 days, as the epoch began with one.
    const midnight = 20_775 * DAY_MS;
    expect(late(midnight)).toBe(early(midnight));
    // A process of 24 h changes by sqrt(2 * 0.5 h / 24 h), 0.2, in a step of half an hour: by 1e-7 in a millisecond.
    expect(Math.abs(early(midnight) - early(midnight - 1))).toBeLessThan(1e-6);
  });
});

describe('a climate', () => {
  it('has the seasons of its months, at their middles exactly', () => {
    const clearShare = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
    const climate = { ...plain, seasons: { clearShare } };
    expect(seasonAt(climate, Date.UTC(2026, 0, 16, 12)).clearShare).toBeCloseTo(0.9, 12);
    expect(seasonAt(climate, Date.UTC(2026, 6, 16, 12)).clearShare).toBeCloseTo(0.3, 12);
    // The turn of a year lies between December and January.
    expect(seasonAt(climate, Date.UTC(2027, 0, 1)).clearShare).toBeCloseTo(0.85, 12);
    expect(seasonAt(climate, Date.UTC(2026, 11, 31, 23, 59)).clearShare).toBeCloseTo(0.85, 4);
    expect(seasonAt(climate, Date.UTC(2026, 0, 16, 12)).windMeanMPerS).toBe(6);
  });

  it('is drawn with the numbers of the season', () => {
    const months = (january: number, july: number) => [
      january,
      ...Array(5).fill((january + july) / 2),
      july,
      ...Array(5).fill((january + july) / 2),
    ];
    const climate = {
      ...plain,
      seasons: {
        clearShare: months(0.9, 0.3),
        seeingMedianArcsec: months(1.2, 0.6),
        windMeanMPerS: months(9, 3),
        humidityMeanPercent: months(60, 20),
        temperatureMeanC: months(-3, 17),
      },
    };
    const all = weathers(climate);
    for (const [month, clear, seeing, wind, humidity, temperatureC] of [
      [0, 0.9, 1.2, 9, 60, -3],
      [6, 0.3, 0.6, 3, 20, 17],
    ]) {
      const states = all.map((weather) => weather.at(Date.UTC(2026, month, 16, 12)));
      const of = (value: (state: WeatherState) => number) => states.map(value);
      expect(Math.abs(mean(of((s) => (s.cloudExtinctionMag === 0 ? 1 : 0))) - clear)).toBeLessThan(errorOf(0.5));
      expect(Math.abs(mean(of((s) => Math.log(s.seeingZenith500Arcsec / seeing))))).toBeLessThan(errorOf(0.35));
      expect(Math.abs(mean(of((s) => s.windSpeedMPerS)) - wind)).toBeLessThan(
        errorOf(wind * Math.sqrt(4 / Math.PI - 1)),
      );
      const damp = of((s) => s.humidityPercent);
      expect(Math.abs(mean(damp) - humidity)).toBeLessThan(errorOf(spread(damp)));
      // 12 h UTC is 10.8 h local mean time, 3.2 h before the warmest: 3 cos(48 degrees) above the mean.
      const wave = 3 * Math.cos((2 * Math.PI * (14 - 12 - site.longitudeDeg / 15)) / 24);
      expect(Math.abs(mean(of((s) => s.temperatureC)) - temperatureC - wave)).toBeLessThan(errorOf(2));
    }
  });

  it('has fronts that last for days, and the same share of clear time', () => {
    const indicators = (all: ReturnType<typeof weathers>, hours: number) =>
      all.map((weather) => (weather.at(BEGIN_MS + hours * HOUR_MS).cloudExtinctionMag === 0 ? 1 : 0));
    const climate = { ...plain, fronts: { share: 0.7, timescaleS: 259_200 } };
    const all = weathers(climate);
    const [today, tomorrow] = [indicators(all, 0), indicators(all, 24)];
    expect(Math.abs(mean(today) - 0.5)).toBeLessThan(errorOf(0.5));
    // Of two normals of correlation rho, cut at their median: (2 / pi) asin(rho) (Sheppard 1899).
    const rho = 0.7 * Math.exp(-1 / 3) + 0.3 * Math.exp(-8);
    expect(Math.abs(correlation(today, tomorrow) - (2 / Math.PI) * Math.asin(rho))).toBeLessThan(errorOf(1));
    const others = weathers(plain);
    const memoryless = correlation(indicators(others, 0), indicators(others, 24));
    expect(Math.abs(memoryless)).toBeLessThan(errorOf(1));
  });

  it('has wind from the prevailing direction, with the mean speed, and gusts', () => {
    const climate = { ...plain, prevailingWind: { fromDeg: 330, steadiness: 0.6 }, gustFactor: 1.4 };
    const states = weathers(climate).map((weather) => weather.at(BEGIN_MS));
    const speeds = states.map((state) => state.windSpeedMPerS);
    expect(Math.abs(mean(speeds) - 6)).toBeLessThan(errorOf(spread(speeds)));
    const angle = states.map((state) => (state.windFromDeg * Math.PI) / 180);
    const east = mean(states.map((state, i) => state.windSpeedMPerS * Math.sin(angle[i])));
    const north = mean(states.map((state, i) => state.windSpeedMPerS * Math.cos(angle[i])));
    expect(Math.abs(east - 3.6 * Math.sin((330 * Math.PI) / 180))).toBeLessThan(errorOf(0.67 * 6));
    expect(Math.abs(north - 3.6 * Math.cos((330 * Math.PI) / 180))).toBeLessThan(errorOf(0.67 * 6));
    expect(Math.min(...states.map((state) => state.windFromDeg))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...states.map((state) => state.windFromDeg))).toBeLessThan(360);
    for (const state of states) expect(state.windGustMPerS).toBeCloseTo(1.4 * state.windSpeedMPerS, 12);
    const calm = createWeather({ climate: plain, site, seed: 1 }).at(BEGIN_MS);
    expect(calm.windGustMPerS).toBe(calm.windSpeedMPerS);
  });

  it('has the mean, spread and memory of its pressure', () => {
    const all = weathers({ ...plain, pressure: { meanHpa: 771, spreadHpa: 4, timescaleS: 172_800 } });
    const [now, then] = [0, 48].map((hours) =>
      all.map((weather) => weather.at(BEGIN_MS + hours * HOUR_MS).pressureHpa),
    );
    expect(Math.abs(mean(now) - 771)).toBeLessThan(errorOf(4));
    expect(Math.abs(spread(now) - 4)).toBeLessThan(errorOf(4 * Math.SQRT1_2));
    expect(Math.abs(correlation(now, then) - Math.exp(-1))).toBeLessThan(errorOf(1 - Math.exp(-2)));
  });

  it('draws the same whether or not it says more of other things', () => {
    const more = {
      ...plain,
      prevailingWind: { fromDeg: 10, steadiness: 0.5 },
      pressure: { meanHpa: 771, spreadHpa: 4, timescaleS: 9e4 },
    };
    const [a, b] = [plain, more].map((climate) => createWeather({ climate, site, seed: 9 }).at(BEGIN_MS));
    expect(b.seeingZenith500Arcsec).toBe(a.seeingZenith500Arcsec);
    expect(b.cloudExtinctionMag).toBe(a.cloudExtinctionMag);
    expect(b.temperatureC).toBe(a.temperatureC);
  });
});

describe('formulas of the air', () => {
  it.each([
    // scipy 1.17.1: brentq(lambda s: rice.mean(S / s, scale=s) - 1, 0.05, 1)
    [0, 0.7978845608028654],
    [0.3, 0.7688967853781977],
    [0.6, 0.6698376419385756],
    [0.9, 0.40925490850570423],
    [0.95, 0.30343232528028263],
  ])('a steadiness of %d leaves wind a spread of %d', (steadiness, sigma) => {
    expect(windSpread(steadiness)).toBeCloseTo(sigma, 6);
  });

  it.each([
    // DIN 4108-3, table of dew points: air temperature, relative humidity, dew point.
    [20, 50, 9.3],
    [25, 60, 16.7],
    [30, 80, 26.2],
    [10, 50, 0.1],
  ])('air of %d C and %d percent has a dew point of %d C', (temperatureC, humidityPercent, expectedC) => {
    expect(Math.abs(dewPointC(temperatureC, humidityPercent) - expectedC)).toBeLessThan(0.1);
    expect(dewPointC(temperatureC, 100)).toBeCloseTo(temperatureC, 10);
  });
});
