import { textCards } from '../fits/cards.ts';
import { NotFits } from '../fits/errors.ts';
import type { HduPlan } from '../fits/hdu-write.ts';
import type { Hdu } from '../fits/hdus.ts';
import { planTable, type TableColumn } from '../fits/table.ts';
import { tableOf } from '../fits/table-read.ts';
import { SOURCE_FLAGS, type Source } from '../reduction/sources.ts';

export const SOURCES_NAME = 'SOURCES';

type Storage = typeof Float64Array | typeof Float32Array | typeof Int32Array | typeof Uint8Array;

interface SourceColumn {
  name: string;
  property: keyof Source;
  Type: Storage;
  unit?: string;
  description: string;
  /** Added to the property: FITS counts pixels from 1. */
  offset?: 1;
}

/** The columns of the source list. Numbers that a source does not have are NaN. */
// biome-ignore format: a table is read by its columns.
export const SOURCE_COLUMNS: readonly SourceColumn[] = [
  { name: 'x', property: 'xPix', Type: Float64Array, unit: 'pix', description: 'column of the centre; that of the first pixel is 1', offset: 1 },
  { name: 'y', property: 'yPix', Type: Float64Array, unit: 'pix', description: 'row of the centre; that of the first pixel is 1', offset: 1 },
  { name: 'ra', property: 'raDeg', Type: Float64Array, unit: 'deg', description: 'right ascension, ICRS' },
  { name: 'dec', property: 'decDeg', Type: Float64Array, unit: 'deg', description: 'declination, ICRS' },
  { name: 'flux', property: 'fluxE', Type: Float32Array, unit: 'electron', description: 'all light, with aperture correction' },
  { name: 'flux_err', property: 'fluxErrorE', Type: Float32Array, unit: 'electron', description: 'standard deviation of flux' },
  { name: 'flux_aper', property: 'apertureFluxE', Type: Float32Array, unit: 'electron', description: 'light in the aperture' },
  { name: 'peak', property: 'peakE', Type: Float32Array, unit: 'electron', description: 'highest pixel above the sky' },
  { name: 'mag', property: 'mag', Type: Float32Array, unit: 'mag', description: 'AB, by the zero point of the frame' },
  { name: 'mag_err', property: 'magError', Type: Float32Array, unit: 'mag', description: 'standard deviation of mag' },
  { name: 'fwhm', property: 'fwhmPix', Type: Float32Array, unit: 'pix', description: 'full width at half maximum' },
  { name: 'ellipticity', property: 'ellipticity', Type: Float32Array, description: '1 - minor / major axis' },
  { name: 'theta', property: 'positionAngleDeg', Type: Float32Array, unit: 'deg', description: 'major axis, from x towards y' },
  { name: 'npix', property: 'pixels', Type: Int32Array, description: 'pixels above the threshold' },
  { name: 'flags', property: 'flags', Type: Uint8Array, description: 'what is to be known of it: SRCBIT0 and on' },
];

/** The extension SOURCES: a row for each source, in their order. Throws InvalidTable. */
export function sourceExtension(sources: readonly Source[]): HduPlan {
  const columns = SOURCE_COLUMNS.map(({ name, property, Type, unit, description, offset = 0 }): TableColumn => {
    const values = new Type(sources.length);
    for (const [row, source] of sources.entries()) values[row] = (source[property] ?? Number.NaN) + offset;
    return { name, values, description, ...(unit !== undefined && { unit }) };
  });
  const cards = Object.entries(SOURCE_FLAGS).flatMap(([name, flag]) =>
    textCards(`SRCBIT${Math.log2(flag)}`, name, `flag ${flag}`),
  );
  return planTable({ name: SOURCES_NAME, columns, cards });
}

/** The sources of that extension. Throws NotFits when a column is missing, and what `tableOf` throws. */
export function sourcesOf(hdu: Hdu): Source[] {
  const { rows, columns } = tableOf(hdu);
  const found = SOURCE_COLUMNS.map((column) => {
    const values = columns.find(({ name }) => name === column.name)?.values;
    if (!(values instanceof column.Type))
      throw new NotFits(`column ${column.name} of ${SOURCES_NAME} is missing or of another type`);
    return { ...column, values };
  });
  return Array.from({ length: rows }, (_, row) => {
    const properties = found.map(({ property, values, offset = 0 }) => [property, values[row] - offset] as const);
    return Object.fromEntries(properties.filter(([, value]) => !Number.isNaN(value))) as unknown as Source;
  });
}
