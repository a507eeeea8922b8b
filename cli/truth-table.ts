import type { TruthRow } from '../core/visits/truth.ts';

/**
 * What was put where in a frame, as an ECSV table (Astropy's APE 6: a CSV whose header tells types and units): astropy, TOPCAT and
 * spreadsheets read it. Pixels are those of FITS, the centre of the first being 1; what has no value is nan.
 */
export function truthTable(exposureId: string, rows: readonly TruthRow[]): string {
  const fixed = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? 'nan';
  const lines = rows.map(({ kind, id = '', extension = '', raDeg, decDeg, x, y, mag, electrons }) =>
    [
      kind,
      quoted(id),
      extension,
      fixed(raDeg, 7),
      fixed(decDeg, 7),
      x.toFixed(4),
      y.toFixed(4),
      fixed(mag, 4),
      electrons.toPrecision(8),
    ].join(','),
  );
  const names = COLUMNS.map(({ name }) => name).join(',');
  return `${[...HEADER, `# meta: {exposure: ${exposureId}}`, names, ...lines].join('\n')}\n`;
}

const COLUMNS: readonly { name: string; type: string; unit?: string; description: string }[] = [
  {
    name: 'kind',
    type: 'string',
    description: 'star (catalogue), faintStar (model), galaxy, planet, moon, trail, cosmicRay',
  },
  { name: 'id', type: 'string', description: 'name, where it has one' },
  { name: 'extension', type: 'string', description: 'of the file, where it has several images' },
  { name: 'ra', type: 'float64', unit: 'deg', description: 'ICRS' },
  { name: 'dec', type: 'float64', unit: 'deg', description: 'ICRS' },
  { name: 'x', type: 'float64', unit: 'pix', description: 'column in the frame, from 1' },
  { name: 'y', type: 'float64', unit: 'pix', description: 'row in the frame, from 1' },
  { name: 'mag', type: 'float64', unit: 'mag(AB)', description: 'in the band, outside of the air' },
  {
    name: 'electrons',
    type: 'float64',
    unit: 'electron',
    description: 'expected in the whole exposure, before vignetting and flat field',
  },
];

const HEADER = [
  '# %ECSV 1.0',
  '# ---',
  "# delimiter: ','",
  '# datatype:',
  ...COLUMNS.map(
    ({ name, type, unit, description }) =>
      `# - {name: ${name}, ${unit ? `unit: ${unit}, ` : ''}datatype: ${type}, description: "${description}"}`,
  ),
];

/** CSV of RFC 4180: a text with a comma or a quote stands in quotes. */
const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
