import { NocturneError } from '../errors.ts';
import type { Climate, Effect, Observatory, Replay, Site } from '../records/observatory.ts';
import type { Conditions } from '../records/visit.ts';
import { standardAir } from '../sky/refraction.ts';
import { DEG_TO_RAD, MS_PER_DAY, RAD_TO_DEG, S_PER_HOUR } from '../units.ts';
import { dewPointC, seasonAt, windSpread } from './climate.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { replayed } from './replay.ts';
import { stationaryProcess } from './stationary.ts';

/** The weather at one instant: the part of the conditions that is not astronomy. */
export type WeatherState = Omit<Conditions, 'at' | 'sunAltitudeDeg' | 'moonAltitudeDeg' | 'moonIllumination'>;

/** The weather of a site, known at any instant, in any order. */
export interface Weather {
  /** Throws WeatherUnknown for an instant that is not from `fromMs` to `toMs`. */
  at(utcMs: number): WeatherState;
  /** From minus infinity to infinity where the weather is drawn from a climate; the ends of what was measured in a replay. */
  fromMs: number;
  toMs: number;
}

/** An instant was asked for whose weather nobody knows: it is no number, or was not measured. */
export class WeatherUnknown extends NocturneError {
  constructor(utcMs: number, fromMs: number, toMs: number) {
    const text = (ms: number) => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));
    super('WeatherUnknown', `no weather at ${text(utcMs)}; it is known from ${text(fromMs)} to ${text(toMs)}`);
  }
}

/** Cloud, where there is any, takes an exponentially distributed extinction with this mean. Our choice. */
const CLOUD_MEAN_MAG = 1;
/** Our choices for what a climate does not say: how long the air keeps its memory, and by how much it varies. */
const WIND_TIMESCALE_S = 2 * S_PER_HOUR;
const HUMIDITY_TIMESCALE_S = 6 * S_PER_HOUR;
const HUMIDITY_SPREAD = 0.8;
/** Cloud and damp come together: correlation of the processes behind them. */
const HUMIDITY_WITH_CLOUD = 0.6;
const TEMPERATURE_TIMESCALE_S = 24 * S_PER_HOUR;
const TEMPERATURE_SPREAD_C = 2;
const TEMPERATURE_DAY_AMPLITUDE_C = 3;
const WARMEST_HOURS_AFTER_NOON = 2;

/**
 * The weather of a site, drawn from its climate, or played back where it was measured. Behind each drawn quantity is a
 * stationary process (`stationaryProcess`), so every instant has the distribution of the climate and its season:
 * - seeing: log-normal, with the climate's median, spread and timescale;
 * - cloud: none for the climate's share of the time, else of exponential depth, rising from 0 as the process crosses its
 *   threshold; a share of the process's variance is that of fronts, which last for days;
 * - wind: the length and direction of a vector of two, about the prevailing wind, so Rice distributed (without a prevailing
 *   wind Rayleigh: Weibull of shape 2, usual for wind), with the climate's mean; gusts are faster by a factor;
 * - humidity: a normal one through the normal distribution function, with the climate's mean, damp with cloud;
 * - temperature: mean of the season, day and night by local mean time, and slow changes; from it and the humidity, the dew point;
 * - pressure: normal, or that of the standard atmosphere at the site's elevation.
 * @param of.seed of the night, integer from 0 to 2^32 - 1; nights of one seed share one weather
 * @param of.without with `cloud` the sky is always clear
 */
export function createWeather(of: {
  climate: Climate;
  site: Site;
  seed: number;
  without?: readonly Effect[];
  replay?: Replay | undefined;
}): Weather {
  const drawn = drawnWeather(of);
  const weather = of.replay ? replayed(of.replay, drawn) : { at: drawn, fromMs: -Infinity, toMs: Infinity };
  const { fromMs, toMs } = weather;
  const cloudless = of.without?.includes('cloud') ?? false;
  return {
    fromMs,
    toMs,
    at(utcMs) {
      if (!(Math.abs(utcMs) <= 8.64e15 && utcMs >= fromMs && utcMs <= toMs))
        throw new WeatherUnknown(utcMs, fromMs, toMs);
      const state = weather.at(utcMs);
      return cloudless ? { ...state, cloudExtinctionMag: 0 } : state;
    },
  };
}

function drawnWeather(of: { climate: Climate; site: Site; seed: number }): (utcMs: number) => WeatherState {
  const { climate, site, seed } = of;
  const process = (name: string, timescaleS: number) => stationaryProcess(seed, name, site.name, timescaleS);
  const { fronts, prevailingWind, pressure } = climate;
  const cloud = process('cloud', climate.cloudTimescaleS);
  const front = process('front', fronts?.timescaleS ?? climate.cloudTimescaleS);
  const frontShare = fronts?.share ?? 0;
  const seeing = process('seeing', climate.seeingTimescaleS);
  const windEast = process('windEast', WIND_TIMESCALE_S);
  const windNorth = process('windNorth', WIND_TIMESCALE_S);
  const damp = process('humidity', HUMIDITY_TIMESCALE_S);
  const warm = process('temperature', TEMPERATURE_TIMESCALE_S);
  const heavy = pressure && process('pressure', pressure.timescaleS);

  const steadiness = prevailingWind?.steadiness ?? 0;
  const fromAngle = (prevailingWind?.fromDeg ?? 0) * DEG_TO_RAD;
  const [steadyEast, steadyNorth] = [steadiness * Math.sin(fromAngle), steadiness * Math.cos(fromAngle)];
  const changing = windSpread(steadiness);
  const standardHpa = standardAir(site.elevationM).pressureHPa;
  const dampnessOf = remembered(
    (meanPercent: number) =>
      // The mean of Phi(m + s x) over a normal x is Phi(m / sqrt(1 + s^2)).
      normalQuantile(meanPercent / 100) * Math.sqrt(1 + HUMIDITY_SPREAD ** 2),
  );

  return (utcMs) => {
    const season = seasonAt(climate, utcMs);
    const cloudyShare = 1 - season.clearShare;
    const cloudiness =
      frontShare === 0 ? cloud(utcMs) : Math.sqrt(frontShare) * front(utcMs) + Math.sqrt(1 - frontShare) * cloud(utcMs);
    const share = normalCdf(-cloudiness);
    const dampDrift = HUMIDITY_WITH_CLOUD * cloudiness + Math.sqrt(1 - HUMIDITY_WITH_CLOUD ** 2) * damp(utcMs);
    const humidityPercent = 100 * normalCdf(dampnessOf(season.humidityMeanPercent) + HUMIDITY_SPREAD * dampDrift);
    const fromEast = steadyEast + changing * windEast(utcMs);
    const fromNorth = steadyNorth + changing * windNorth(utcMs);
    const windSpeedMPerS = season.windMeanMPerS * Math.hypot(fromEast, fromNorth);
    const localDays = utcMs / MS_PER_DAY + site.longitudeDeg / 360;
    const dayAngle = 2 * Math.PI * (localDays - 0.5 - WARMEST_HOURS_AFTER_NOON / 24);
    const temperatureC =
      season.temperatureMeanC +
      (climate.temperatureDayAmplitudeC ?? TEMPERATURE_DAY_AMPLITUDE_C) * Math.cos(dayAngle) +
      (climate.temperatureSpreadC ?? TEMPERATURE_SPREAD_C) * warm(utcMs);
    return {
      cloudExtinctionMag: share >= cloudyShare ? 0 : -CLOUD_MEAN_MAG * Math.log(share / cloudyShare),
      seeingZenith500Arcsec: season.seeingMedianArcsec * Math.exp(climate.seeingSpread * seeing(utcMs)),
      windSpeedMPerS,
      windFromDeg: (Math.atan2(fromEast, fromNorth) * RAD_TO_DEG + 360) % 360,
      windGustMPerS: windSpeedMPerS * (climate.gustFactor ?? 1),
      humidityPercent,
      temperatureC,
      dewPointC: dewPointC(temperatureC, humidityPercent),
      pressureHpa: pressure && heavy ? pressure.meanHpa + pressure.spreadHpa * heavy(utcMs) : standardHpa,
    };
  };
}

/** A function that keeps its last answer: without seasons it is always asked for the same. */
function remembered(of: (x: number) => number): (x: number) => number {
  let [lastX, last] = [Number.NaN, Number.NaN];
  return (x) => {
    if (x !== lastX) [lastX, last] = [x, of(x)];
    return last;
  };
}

/** The weather over an observatory: what was measured, where it is given, else drawn from the climate with the night's seed. */
export function weatherFor({ climate, site, without, weather }: Observatory, seed: number): Weather {
  return createWeather({ climate, site, seed, without, replay: weather?.replay });
}
