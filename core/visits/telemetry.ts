import { integerCard, realCard, textCards } from '../fits/cards.ts';
import { concatBytes } from '../fits/hdu-write.ts';
import { emptyPrimary } from '../fits/image.ts';
import { tableExtension } from '../fits/table.ts';
import type { NightContext, NightEvent } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import type { ExposureRecord } from '../records/visit.ts';
import { nightTelemetry } from '../twin/telemetry/night.ts';
import type { Weather } from '../twin/weather.ts';

/**
 * What the subsystems of an observatory wrote in a night, as one FITS file with a binary table for each; undefined for an observatory
 * whose subsystems write nothing. It says what happened, by clocks of its own; what was asked for stands in the night's events.
 */
export function telemetryFile(of: {
  observatory: Observatory;
  weather: Weather;
  night: Pick<NightContext, 'nightId' | 'seed' | 'faults' | 'beginAt' | 'dayObs'>;
  events: readonly NightEvent[];
  exposures: readonly ExposureRecord[];
}): Uint8Array | undefined {
  const { observatory, night } = of;
  const tables = nightTelemetry(of);
  if (tables.length === 0) return undefined;
  const shared = [
    ...textCards('ORIGIN', observatory.origin, 'organisation that made the file'),
    ...textCards('OBSERVAT', observatory.id, 'observatory'),
    ...textCards('NIGHT', night.nightId, 'night that it tells of'),
    integerCard('DAYOBS', night.dayObs, 'day of observation from local noon, YYYYMMDD'),
    ...textCards('TIMESYS', 'UTC', 'time scale that the clocks are to show'),
  ];
  return concatBytes([
    emptyPrimary(tables.length, shared),
    ...tables.map(({ name, columns, intervalS }) =>
      tableExtension({ name, columns, cards: [realCard('INTERVAL', intervalS, '[s] between samples')] }),
    ),
  ]);
}
