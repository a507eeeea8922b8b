import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { REPLAY_COLUMNS, type ReplayColumn } from '../core/records/observatory/weather.ts';
import type { Replay } from '../core/records/observatory.ts';
import { MS_PER_S } from '../core/units.ts';

/** Columns of a weather file, as its header names them. */
const HEADER: Record<string, ReplayColumn> = {
  seeing_arcsec: 'seeingArcsec',
  cloud_mag: 'cloudMag',
  wind_m_s: 'windMPerS',
  wind_dir_deg: 'windFromDeg',
  humidity_percent: 'humidityPercent',
  temperature_c: 'temperatureC',
  pressure_hpa: 'pressureHpa',
};
/** Longest time over which a missing value is filled by a straight line, by default. */
export const WEATHER_GAP_S = 1800;

interface Row {
  line: number;
  cells: readonly string[];
}

/**
 * Measured weather from a CSV file: the column `utc` (ISO 8601, ending in Z) and any of those in HEADER, in any order. An empty
 * cell, or `nan`, is a missing value: it is filled by a straight line between its neighbours, if they are no further apart than
 * `maxGapS`; so must be the rows. Everything that is wrong is added to `faults`, with its line; undefined when anything is.
 */
export function readWeatherFile(file: string, maxGapS: number, faults: string[]): Replay | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    faults.push(`weather: ${file} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
  return parseWeather(text, path.basename(file), maxGapS, faults);
}

/** As `readWeatherFile`, of a text. */
export function parseWeather(text: string, name: string, maxGapS: number, faults: string[]): Replay | undefined {
  const found: { line: number; message: string }[] = [];
  const refuse = (line: number, message: string) => found.push({ line, message });
  const replay = readRows(text, name, maxGapS, refuse);
  const inOrder = found.toSorted((one, other) => one.line - other.line);
  faults.push(...inOrder.map(({ line, message }) => `weather: ${name} line ${line}: ${message}`));
  return found.length > 0 ? undefined : replay;
}

function readRows(
  text: string,
  name: string,
  maxGapS: number,
  refuse: (line: number, message: string) => void,
): Replay | undefined {
  const rows = rowsOf(text, refuse);
  const header = rows[0];
  if (header === undefined) {
    refuse(1, `the file is empty; must begin with a header such as utc,${Object.keys(HEADER).join(',')}`);
    return undefined;
  }
  const names = header.cells;
  for (const [index, column] of names.entries()) {
    if (column !== 'utc' && !Object.hasOwn(HEADER, column)) {
      refuse(header.line, `unknown column "${column}"; there are utc, ${Object.keys(HEADER).join(', ')}`);
    }
    if (names.indexOf(column) < index) refuse(header.line, `column "${column}" stands twice`);
  }
  const utcAt = names.indexOf('utc');
  if (utcAt < 0) refuse(header.line, 'no column "utc"');
  const given = Object.keys(HEADER).filter((column) => names.includes(column));
  if (given.length === 0) refuse(header.line, `no column of weather; there are ${Object.keys(HEADER).join(', ')}`);
  const body = rows.slice(1).filter(({ line, cells }) => {
    if (cells.length === names.length) return true;
    refuse(line, `${cells.length} values for ${names.length} columns`);
    return false;
  });
  if (utcAt < 0) return undefined;
  if (body.length < 2) refuse(header.line, `${body.length} rows of weather; at least 2 are needed`);

  const utcMs = body.map(({ line, cells }) => instantOf(cells[utcAt], (message) => refuse(line, message)));
  for (let row = 1; row < body.length; row++) {
    const stepS = (utcMs[row] - utcMs[row - 1]) / MS_PER_S;
    const { line } = body[row];
    if (stepS <= 0) refuse(line, `utc ${body[row].cells[utcAt]} is not later than the row before it`);
    if (stepS > maxGapS) refuse(line, `comes ${stepS} s after the row before it; gaps are filled up to ${maxGapS} s`);
  }
  const columns: Partial<Record<ReplayColumn, number[]>> = {};
  for (const column of given) {
    const at = names.indexOf(column);
    const measured = body.map(({ line, cells }) => numberOf(cells[at], column, (message) => refuse(line, message)));
    columns[HEADER[column]] = filled(measured, utcMs, maxGapS, column, (row, message) =>
      refuse(body[row].line, message),
    );
  }
  return { source: name, maxGapS, utcMs, ...columns };
}

function rowsOf(text: string, refuse: (line: number, message: string) => void): Row[] {
  const options = { bom: true, comment: '#', trim: true, relax_column_count: true, skip_empty_lines: true, info: true };
  try {
    const records = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    const { lines = 1, message } = error as { lines?: number; message: string };
    refuse(lines, message);
    return [];
  }
}

function instantOf(text: string, refuse: (message: string) => void): number {
  const isIso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?$/.test(text);
  const utcMs = isIso ? Date.parse(`${text.replace(' ', 'T').replace(/Z$/, '')}Z`) : Number.NaN;
  if (Number.isNaN(utcMs)) refuse(`utc is "${text}"; must be UTC like 2026-11-21T22:10:00Z`);
  return utcMs;
}

/** A cell's number; NaN for a missing value, which is not what one that is refused is. */
function numberOf(text: string, column: string, refuse: (message: string) => void): number {
  if (text === '' || /^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  const parsed = REPLAY_COLUMNS[HEADER[column]].safeParse(value);
  if (parsed.success) return value;
  refuse(`${column} is "${text}"; ${parsed.error.issues[0].message}`);
  return 0;
}

function filled(
  measured: readonly number[],
  utcMs: readonly number[],
  maxGapS: number,
  column: string,
  refuse: (row: number, message: string) => void,
): number[] {
  const values = [...measured];
  let last = -1;
  for (let row = 0; row <= values.length; row++) {
    if (row < values.length && Number.isNaN(measured[row])) continue;
    if (row > last + 1) {
      const gapS = (utcMs[Math.min(row, values.length - 1)] - utcMs[Math.max(last, 0)]) / MS_PER_S;
      const missing = `${column} has no value in ${row - last - 1} rows from here`;
      if (last < 0 && row === values.length) refuse(0, `${column} has no values at all; leave the column out`);
      else if (gapS > maxGapS) refuse(last + 1, `${missing}, ${gapS} s; gaps are filled up to ${maxGapS} s`);
      else fill(values, utcMs, last, row, column === 'wind_dir_deg');
    }
    last = row;
  }
  return values;
}

/** Fills the rows between two that have values; at either end of the file the one that there is stands for them. */
function fill(values: number[], utcMs: readonly number[], before: number, after: number, isDirection: boolean): void {
  for (let row = before + 1; row < after; row++) {
    if (before < 0) values[row] = values[after];
    else if (after >= values.length) values[row] = values[before];
    else {
      const share = (utcMs[row] - utcMs[before]) / (utcMs[after] - utcMs[before]);
      const change = values[after] - values[before];
      const turn = isDirection ? change - 360 * Math.round(change / 360) : change;
      const value = values[before] + share * turn;
      values[row] = isDirection ? (value + 360) % 360 : value;
    }
  }
}
