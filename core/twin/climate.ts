import type { Climate } from '../records/observatory.ts';
import { MS_PER_DAY } from '../units.ts';

/** What a climate says of an instant: the numbers of its season. */
export type Season = Pick<
  Climate,
  'clearShare' | 'seeingMedianArcsec' | 'windMeanMPerS' | 'humidityMeanPercent' | 'temperatureMeanC'
>;

/** The climate's numbers at an instant: those of the middles of the months, straight between. */
export function seasonAt(climate: Climate, utcMs: number): Season {
  const { seasons } = climate;
  const { clearShare, seeingMedianArcsec, windMeanMPerS, humidityMeanPercent, temperatureMeanC } = climate;
  const year = { clearShare, seeingMedianArcsec, windMeanMPerS, humidityMeanPercent, temperatureMeanC };
  if (seasons === undefined) return year;
  const date = new Date(utcMs);
  const begin = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() * MS_PER_DAY;
  // From the middle of a month to that of the next; months count as equally long.
  const place = date.getUTCMonth() + (utcMs - begin) / length - 0.5;
  const month = Math.floor(place);
  for (const name of Object.keys(year) as (keyof Season)[]) {
    const months = seasons[name];
    if (months === undefined) continue;
    year[name] = months[(month + 12) % 12] * (1 - (place - month)) + months[(month + 1) % 12] * (place - month);
  }
  return year;
}

/**
 * How the wind's vector is made of a steady part and a changing one, for a mean speed of 1: a vector (steadiness, 0) plus two
 * normal numbers of this standard deviation has a length of mean 1. The length is Rice distributed, with the mean
 * `sigma sqrt(pi / 2) L(-steadiness^2 / (2 sigma^2))`, L the Laguerre function of order 1/2 (Rice 1945, Bell Syst. Tech. J. 24,
 * 46, section 3.10). For a steadiness of 0: Rayleigh, sqrt(2 / pi).
 * @param steadiness 0 to 0.95
 */
export function windSpread(steadiness: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (riceMean(steadiness, middle) < 1) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function riceMean(nu: number, sigma: number): number {
  const x = (nu * nu) / (4 * sigma * sigma);
  return sigma * Math.sqrt(Math.PI / 2) * ((1 + 2 * x) * scaledBessel(0, x) + 2 * x * scaledBessel(1, x));
}

/** exp(-x) I_n(x), x >= 0, n 0 or 1, to 2e-7: Abramowitz & Stegun 1964, 9.8.1 to 9.8.4. */
function scaledBessel(order: 0 | 1, x: number): number {
  const t = x / 3.75;
  if (x < 3.75) {
    const series =
      order === 0
        ? polynomial(t * t, [1, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813])
        : x * polynomial(t * t, [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411]);
    return Math.exp(-x) * series;
  }
  const coefficients =
    order === 0
      ? [0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633, 0.00392377]
      : [
          0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654,
          -0.00420059,
        ];
  return polynomial(1 / t, coefficients) / Math.sqrt(x);
}

/** Coefficients from the constant one up. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0;
  for (const coefficient of coefficients.toReversed()) value = value * x + coefficient;
  return value;
}

/**
 * Temperature to which air must cool for dew, degrees Celsius: Magnus formula with the constants of Alduchov & Eskridge 1996
 * (J. Appl. Meteor. 35, 601), good to 0.4 % of the vapour pressure from -40 to 50 C.
 * @param humidityPercent relative; below 0.1 counts as 0.1, because dry air has none
 */
export function dewPointC(temperatureC: number, humidityPercent: number): number {
  const gamma = Math.log(Math.max(humidityPercent, 0.1) / 100) + (17.625 * temperatureC) / (243.04 + temperatureC);
  return (243.04 * gamma) / (17.625 - gamma);
}
