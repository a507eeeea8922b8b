import type { Observatory } from '../records/observatory.ts';
import { sunAltitudeDeg } from '../sky/sun-moon.ts';
import { isoOf } from '../time.ts';
import { MS_PER_S } from '../units.ts';
import type { Weather, WeatherState } from './weather.ts';

export interface Safety {
  safe: boolean;
  /** Every reason against it, with what was measured and the limit. */
  reasons: string[];
}

/** The weather of the past is looked at this often: that of a climate changes straight between times 5 minutes apart. */
const LOOK_BACK_STEP_MS = 60_000;

/** Whether the weather of an instant allows an open dome, and if not every reason. On a limit is within it. */
export function isSafe(
  weather: Pick<WeatherState, 'cloudExtinctionMag' | 'humidityPercent' | 'windSpeedMPerS'> &
    Partial<Pick<WeatherState, 'windGustMPerS' | 'temperatureC' | 'dewPointC'>>,
  safety: Observatory['safety'],
): Safety {
  const reasons: string[] = [];
  const { cloudExtinctionMag, humidityPercent, windSpeedMPerS, windGustMPerS, temperatureC, dewPointC } = weather;
  const { gustMaxMPerS, dewMarginC } = safety;
  if (cloudExtinctionMag > safety.cloudMaxMag) {
    reasons.push(`cloud takes ${cloudExtinctionMag.toFixed(2)} mag (limit ${safety.cloudMaxMag})`);
  }
  if (humidityPercent > safety.humidityMaxPercent) {
    reasons.push(`humidity is ${humidityPercent.toFixed(1)} % (limit ${safety.humidityMaxPercent})`);
  }
  if (windSpeedMPerS > safety.windMaxMPerS) {
    reasons.push(`wind blows at ${windSpeedMPerS.toFixed(1)} m/s (limit ${safety.windMaxMPerS})`);
  }
  if (gustMaxMPerS !== undefined && windGustMPerS !== undefined && windGustMPerS > gustMaxMPerS) {
    reasons.push(`gusts reach ${windGustMPerS.toFixed(1)} m/s (limit ${gustMaxMPerS})`);
  }
  if (dewMarginC !== undefined && temperatureC !== undefined && dewPointC !== undefined) {
    const marginC = temperatureC - dewPointC;
    if (marginC < dewMarginC) reasons.push(`air is ${marginC.toFixed(1)} C above its dew point (limit ${dewMarginC})`);
  }
  return { safe: reasons.length === 0, reasons };
}

/**
 * Whether the dome may be open at an instant: the weather allows it and has done so for `reopenAfterS`, and the Sun is low
 * enough. A function of the instant alone, so it is the same for a dome that is open and for one that is closed.
 */
export function safetyAt(of: {
  weather: Weather;
  observatory: Pick<Observatory, 'safety' | 'site'>;
  utcMs: number;
}): Safety {
  const { weather, observatory, utcMs } = of;
  const { safety, site } = observatory;
  const { reasons } = isSafe(weather.at(utcMs), safety);
  const { sunMaxDeg, reopenAfterS = 0 } = safety;
  if (sunMaxDeg !== undefined) {
    const altitudeDeg = sunAltitudeDeg(utcMs, site);
    if (altitudeDeg > sunMaxDeg) reasons.push(`the Sun stands at ${altitudeDeg.toFixed(1)} deg (limit ${sunMaxDeg})`);
  }
  if (reasons.length > 0) return { safe: false, reasons };
  const fromMs = Math.max(utcMs - reopenAfterS * MS_PER_S, weather.fromMs);
  // On whole minutes, so that an instant that was unsafe for one look is so for all.
  for (let at = Math.floor(utcMs / LOOK_BACK_STEP_MS) * LOOK_BACK_STEP_MS; at > fromMs; at -= LOOK_BACK_STEP_MS) {
    const past = isSafe(weather.at(at), safety);
    if (!past.safe) {
      reasons.push(`at ${isoOf(at)} ${past.reasons.join('; ')}: the dome stays closed for ${reopenAfterS} s`);
      break;
    }
  }
  return { safe: reasons.length === 0, reasons };
}
