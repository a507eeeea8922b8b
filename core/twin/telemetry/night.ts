import type { NightContext, NightEvent } from '../../records/night.ts';
import type { Observatory } from '../../records/observatory.ts';
import type { ExposureRecord } from '../../records/visit.ts';
import { utcMsOf } from '../../time.ts';
import type { Weather } from '../weather.ts';
import { courseOf } from './course.ts';
import { detectorTable, filterTable, shutterTables, takenIn } from './instrument.ts';
import { domeTable, mountTable } from './motion.ts';
import { focuserTable, guiderTable, weatherTable } from './surroundings.ts';
import { clockOf, type TelemetryTable } from './table.ts';

export type { TelemetryColumn, TelemetryTable } from './table.ts';

/**
 * What every subsystem wrote while it was on in a night, from the night's events and exposures: true values, stamped by a clock of
 * its own. Power is on from the beginning of the night to the end of its last event. The same night gives the same tables;
 * an observatory without the section `telemetry` gives none.
 * @param of.events in order of time, as the table of nights gives them
 */
export function nightTelemetry(of: {
  observatory: Observatory;
  weather: Weather;
  night: Pick<NightContext, 'nightId' | 'seed' | 'faults' | 'beginAt'>;
  events: readonly NightEvent[];
  exposures: readonly ExposureRecord[];
}): TelemetryTable[] {
  const { observatory, weather, events, exposures } = of;
  const { telemetry } = observatory;
  if (telemetry === undefined) return [];
  const { nightId, seed, faults, beginAt } = of.night;
  const fromMs = utcMsOf(beginAt);
  const toMs = Math.max(fromMs, ...events.map(({ endAt }) => utcMsOf(endAt)));
  const night = { observatory, weather, nightId, seed, faults, nightBeginMs: fromMs, fromMs, toMs };
  const byId = new Map(exposures.map((exposure) => [exposure.exposureId, exposure]));
  const course = courseOf({ observatory, events, exposures: byId, fromMs, toMs });
  const taken = takenIn(night, exposures);
  const tables = [
    mountTable(night, course, clockOf(telemetry, 'mount')),
    domeTable(night, course, clockOf(telemetry, 'dome')),
    filterTable(night, events, clockOf(telemetry, 'filter')),
    ...shutterTables(night, taken, clockOf(telemetry, 'shutter')),
    detectorTable(night, taken, clockOf(telemetry, 'detector')),
    weatherTable(night, clockOf(telemetry, 'weather')),
    guiderTable(night, course, clockOf(telemetry, 'guider')),
    focuserTable(night, exposures, clockOf(telemetry, 'focuser')),
  ];
  return tables.filter((table) => table !== undefined);
}
