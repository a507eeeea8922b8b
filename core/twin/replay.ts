import type { Replay } from '../records/observatory.ts';
import { MS_PER_S } from '../units.ts';
import { dewPointC } from './climate.ts';
import type { WeatherState } from './weather.ts';

/** Weather that was measured, and when; `drawn` gives what it has no column for. */
export function replayed(
  replay: Replay,
  drawn: (utcMs: number) => WeatherState,
): { at(utcMs: number): WeatherState; fromMs: number; toMs: number } {
  const { utcMs: times } = replay;
  const marginMs = replay.maxGapS * MS_PER_S;
  return {
    fromMs: times[0] - marginMs,
    toMs: times[times.length - 1] + marginMs,
    at(utcMs) {
      const row = rowBefore(times, utcMs);
      const share = Math.min(1, Math.max(0, (utcMs - times[row]) / (times[row + 1] - times[row])));
      const between = (column: readonly number[] | undefined, without: number): number =>
        column === undefined ? without : column[row] + share * (column[row + 1] - column[row]);
      const climate = drawn(utcMs);
      const windSpeedMPerS = between(replay.windMPerS, climate.windSpeedMPerS);
      const humidityPercent = between(replay.humidityPercent, climate.humidityPercent);
      const temperatureC = between(replay.temperatureC, climate.temperatureC);
      const gustFactor = climate.windSpeedMPerS > 0 ? climate.windGustMPerS / climate.windSpeedMPerS : 1;
      return {
        cloudExtinctionMag: between(replay.cloudMag, climate.cloudExtinctionMag),
        seeingZenith500Arcsec: between(replay.seeingArcsec, climate.seeingZenith500Arcsec),
        windSpeedMPerS,
        windFromDeg: replay.windFromDeg
          ? directionBetween(replay.windFromDeg[row], replay.windFromDeg[row + 1], share)
          : climate.windFromDeg,
        windGustMPerS: windSpeedMPerS * gustFactor,
        humidityPercent,
        temperatureC,
        dewPointC: dewPointC(temperatureC, humidityPercent),
        pressureHpa: between(replay.pressureHpa, climate.pressureHpa),
      };
    },
  };
}

/** The direction between two, the short way round, [0, 360). */
export function directionBetween(fromDeg: number, toDeg: number, share: number): number {
  const turnDeg = toDeg - fromDeg - 360 * Math.round((toDeg - fromDeg) / 360);
  return (((fromDeg + share * turnDeg) % 360) + 360) % 360;
}

/** The last row that is not later than an instant and has another one behind it. */
function rowBefore(times: readonly number[], utcMs: number): number {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= utcMs) low = middle;
    else high = middle;
  }
  return low;
}
