import { NocturneError } from '../errors.ts';
import { type RandomStream, randomStream } from '../random.ts';
import type { Climate, Observatory, Site } from '../records/observatory.ts';
import type { Conditions } from '../records/visit.ts';
import { standardAir } from '../sky/refraction.ts';
import { MS_PER_S, S_PER_HOUR } from '../units.ts';
import { normalCdf, normalQuantile } from './normal.ts';

/** The weather at one instant: the part of the conditions that is not astronomy. */
export type WeatherState = Omit<Conditions, 'at' | 'sunAltitudeDeg' | 'moonAltitudeDeg' | 'moonIllumination'>;

/** The weather of one day of one site, known at any instant of it, in any order. */
export interface Weather {
  /** Throws OutsideWeatherDay for an instant that is not in the day. */
  at(utcMs: number): WeatherState;
}

/** An instant was asked for that does not belong to the day whose weather this is. */
export class OutsideWeatherDay extends NocturneError {
  constructor(utcMs: number, fromMs: number, toMs: number) {
    const text = (ms: number) => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));
    super('OutsideWeatherDay', `no weather at ${text(utcMs)}; this day's is from ${text(fromMs)} to ${text(toMs)}`);
  }
}

const STEP_S = 300;
/** Noon to noon, and an hour more, for a night that is being closed as the day ends. */
const DAY_S = 25 * S_PER_HOUR;

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
/** Half of the difference between the warmest time of day, two hours after noon, and the coldest. */
const TEMPERATURE_DAY_AMPLITUDE_C = 3;
const WARMEST_HOURS_AFTER_NOON = 2;

/**
 * The weather of a day, drawn from the site's climate. Behind each quantity is an Ornstein-Uhlenbeck process (Gaussian, with an
 * exponential memory: the exact recursion of Gillespie 1996, Phys. Rev. E 54, 2084, on a grid of 5 minutes, straight between):
 * - seeing: log-normal, with the climate's median, spread and timescale;
 * - cloud: none for the climate's share of the time, else of exponential depth, rising from 0 as the process crosses its threshold;
 * - wind: the length of a vector of two, so Rayleigh distributed (Weibull of shape 2, usual for wind), with the climate's mean;
 * - humidity: a normal one through the normal distribution function, with the climate's mean, damp with cloud;
 * - temperature: mean, day and night, and slow changes. Pressure: that of the standard atmosphere at the site's elevation.
 * @param seed of the night, integer from 0 to 2^32 - 1
 * @param dayBeginMs local mean noon at which the day of observation begins
 */
export function createWeather(day: { climate: Climate; site: Site; seed: number; dayBeginMs: number }): Weather {
  const { climate, site, seed, dayBeginMs } = day;
  const key = `${site.name}#${dayBeginMs}`;
  const drift = (effect: string, timescaleS: number) => drawDrift(randomStream(seed, effect, key), timescaleS);
  const cloud = drift('cloud', climate.cloudTimescaleS);
  const seeing = drift('seeing', climate.seeingTimescaleS);
  const windEast = drift('windEast', WIND_TIMESCALE_S);
  const windNorth = drift('windNorth', WIND_TIMESCALE_S);
  const damp = drift('humidity', HUMIDITY_TIMESCALE_S);
  const warm = drift('temperature', TEMPERATURE_TIMESCALE_S);

  const cloudyShare = 1 - climate.clearShare;
  // The mean of Phi(m + s x) over a normal x is Phi(m / sqrt(1 + s^2)).
  const dampness = normalQuantile(climate.humidityMeanPercent / 100) * Math.sqrt(1 + HUMIDITY_SPREAD ** 2);
  const windSpread = climate.windMeanMPerS / Math.sqrt(Math.PI / 2);
  const { pressureHPa } = standardAir(site.elevationM);
  const endMs = dayBeginMs + DAY_S * MS_PER_S;

  return {
    at(utcMs) {
      if (!(utcMs >= dayBeginMs && utcMs <= endMs)) throw new OutsideWeatherDay(utcMs, dayBeginMs, endMs);
      const seconds = (utcMs - dayBeginMs) / MS_PER_S;
      const cloudiness = driftAt(cloud, seconds);
      const share = normalCdf(-cloudiness);
      const dampDrift =
        HUMIDITY_WITH_CLOUD * cloudiness + Math.sqrt(1 - HUMIDITY_WITH_CLOUD ** 2) * driftAt(damp, seconds);
      const dayAngle = (2 * Math.PI * (seconds / S_PER_HOUR - WARMEST_HOURS_AFTER_NOON)) / 24;
      return {
        cloudExtinctionMag: share >= cloudyShare ? 0 : -CLOUD_MEAN_MAG * Math.log(share / cloudyShare),
        seeingZenith500Arcsec: climate.seeingMedianArcsec * Math.exp(climate.seeingSpread * driftAt(seeing, seconds)),
        windSpeedMPerS: windSpread * Math.hypot(driftAt(windEast, seconds), driftAt(windNorth, seconds)),
        humidityPercent: 100 * normalCdf(dampness + HUMIDITY_SPREAD * dampDrift),
        temperatureC:
          climate.temperatureMeanC +
          TEMPERATURE_DAY_AMPLITUDE_C * Math.cos(dayAngle) +
          TEMPERATURE_SPREAD_C * driftAt(warm, seconds),
        pressureHpa: pressureHPa,
      };
    },
  };
}

/** Whether the dome may be open, and if not every reason, with what was measured and the limit. */
export function isSafe(
  weather: Pick<WeatherState, 'cloudExtinctionMag' | 'humidityPercent' | 'windSpeedMPerS'>,
  safety: Observatory['safety'],
): { safe: boolean; reasons: string[] } {
  const reasons: string[] = [];
  const { cloudExtinctionMag, humidityPercent, windSpeedMPerS } = weather;
  if (cloudExtinctionMag > safety.cloudMaxMag) {
    reasons.push(`cloud takes ${cloudExtinctionMag.toFixed(2)} mag (limit ${safety.cloudMaxMag})`);
  }
  if (humidityPercent > safety.humidityMaxPercent) {
    reasons.push(`humidity is ${humidityPercent.toFixed(1)} % (limit ${safety.humidityMaxPercent})`);
  }
  if (windSpeedMPerS > safety.windMaxMPerS) {
    reasons.push(`wind blows at ${windSpeedMPerS.toFixed(1)} m/s (limit ${safety.windMaxMPerS})`);
  }
  return { safe: reasons.length === 0, reasons };
}

/** An Ornstein-Uhlenbeck process of mean 0 and variance 1 on the grid of a day. */
function drawDrift(stream: RandomStream, timescaleS: number): Float64Array {
  const drift = new Float64Array(DAY_S / STEP_S + 1);
  const memory = Math.exp(-STEP_S / timescaleS);
  const news = Math.sqrt(1 - memory * memory);
  drift[0] = stream.normal();
  for (let i = 1; i < drift.length; i++) drift[i] = memory * drift[i - 1] + news * stream.normal();
  return drift;
}

function driftAt(drift: Float64Array, seconds: number): number {
  const place = seconds / STEP_S;
  const before = Math.min(Math.floor(place), drift.length - 2);
  return drift[before] + (place - before) * (drift[before + 1] - drift[before]);
}
