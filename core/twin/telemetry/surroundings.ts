import { randomStream } from '../../random.ts';
import type { ExposureRecord } from '../../records/visit.ts';
import { utcMsOf } from '../../time.ts';
import { isSetFault } from '../faults.ts';
import type { WeatherState } from '../weather.ts';
import { type Course, inOrder } from './course.ts';
import type { NightOf } from './motion.ts';
import { type Clock, sampleTimes, stamps, type TelemetryTable } from './table.ts';

const WEATHER_COLUMNS: { name: string; unit?: string; of: keyof WeatherState; description: string }[] = [
  { name: 'temperature_c', of: 'temperatureC', description: 'of the air, degrees Celsius' },
  { name: 'dew_point_c', of: 'dewPointC', description: 'at which dew would form, degrees Celsius' },
  { name: 'humidity_percent', of: 'humidityPercent', description: 'relative, percent' },
  { name: 'pressure', unit: 'hPa', of: 'pressureHpa', description: 'of the air at the site' },
  { name: 'wind_speed', unit: 'm/s', of: 'windSpeedMPerS', description: 'mean speed' },
  { name: 'wind_gust', unit: 'm/s', of: 'windGustMPerS', description: 'speed of gusts' },
  {
    name: 'wind_direction',
    unit: 'deg',
    of: 'windFromDeg',
    description: 'where it comes from, from north through east',
  },
  { name: 'seeing', unit: 'arcsec', of: 'seeingZenith500Arcsec', description: 'FWHM at zenith and 500 nm' },
  { name: 'cloud', unit: 'mag', of: 'cloudExtinctionMag', description: 'what cloud takes of the light' },
];

/** The weather, while the weather station is in order. */
export function weatherTable(night: NightOf, clock: Clock): TelemetryTable {
  const { weather, nightId, seed } = night;
  const stream = randomStream(seed, 'telemetryWeather', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream).filter(
    (utcMs) => !isSetFault(night, 'weatherStation', utcMs),
  );
  const mjd = stamps(times, clock, stream);
  const states = Array.from(times, (utcMs) => weather.at(utcMs));
  const columns = WEATHER_COLUMNS.map(({ of, ...column }) => ({
    ...column,
    values: Float32Array.from(states, (state) => state[of]),
  }));
  return { name: 'WEATHER', ...clock, columns: [mjd, ...columns] };
}

/** How far the guide star stands from where it should, while the mount follows; undefined for a mount that is not guided. */
export function guiderTable(night: NightOf, course: Course, clock: Clock): TelemetryTable | undefined {
  const { observatory, nightId, seed } = night;
  const { tracking } = observatory.mount;
  if (!tracking?.guider || observatory.without.includes('trackingError')) return undefined;
  const stream = randomStream(seed, 'telemetryGuider', nightId);
  const stretchAt = inOrder(course.stretches);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream).filter(
    (utcMs) => stretchAt(utcMs).stateAt(utcMs) === 'following' && !isSetFault(night, 'guider', utcMs),
  );
  const mjd = stamps(times, clock, stream);
  const { rmsArcsec } = tracking.guider;
  const errors = () => Float32Array.from(times, () => rmsArcsec * stream.normal());
  return {
    name: 'GUIDER',
    ...clock,
    columns: [
      mjd,
      { name: 'error_east', unit: 'arcsec', description: 'of the guide star from its place', values: errors() },
      { name: 'error_north', unit: 'arcsec', description: 'of the guide star from its place', values: errors() },
    ],
  };
}

/** Where the focuser stands, as the frames tell it; undefined for an observatory that does not tell. */
export function focuserTable(
  night: NightOf,
  exposures: readonly ExposureRecord[],
  clock: Clock,
): TelemetryTable | undefined {
  const { weather, nightId, seed } = night;
  const known = exposures
    .flatMap(({ beginAt, header: { focusPositionMm } }) =>
      typeof focusPositionMm === 'number' ? { fromMs: utcMsOf(beginAt), focusPositionMm } : [],
    )
    .toSorted((one, other) => one.fromMs - other.fromMs);
  if (known.length === 0) return undefined;
  const stream = randomStream(seed, 'telemetryFocuser', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream);
  const mjd = stamps(times, clock, stream);
  let index = 0;
  const position = Float32Array.from(times, (utcMs) => {
    while (index < known.length - 1 && utcMs >= known[index + 1].fromMs) index++;
    return known[index].focusPositionMm;
  });
  const temperature = Float32Array.from(times, (utcMs) => weather.at(utcMs).temperatureC);
  return {
    name: 'FOCUSER',
    ...clock,
    columns: [
      mjd,
      { name: 'position', unit: 'mm', description: 'of the focuser', values: position },
      { name: 'temperature_c', description: 'of the air at the focuser, degrees Celsius', values: temperature },
    ],
  };
}
