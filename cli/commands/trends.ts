import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pc from 'picocolors';
import { rangeText, shortNumber } from '../../core/calibration/limits.ts';
import { type TrendPoint, type TrendRow, trendsOf } from '../../core/calibration/trends.ts';
import { makeFolder } from '../download.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { isNowhere, readMasters, readNights } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';
import { allCertificates } from '../validity.ts';

export interface TrendsOptions extends EngineOptions {
  /** Begin of a key. */
  key?: string;
  /** Folder for a plot of each metric. */
  to?: string;
  json?: boolean;
}

/** Masters of one key that a table shows: the last ones. */
const COLUMNS = 8;
const PLOT = { widthPx: 720, heightPx: 320, backgroundColour: '#ffffff' };

/**
 * Shows each metric over the masters of each key, those that were turned down too, and plots them to a folder. Throws InputRefused for
 * a folder that cannot be made.
 */
export async function showTrends(options: TrendsOptions): Promise<number> {
  const rows = isNowhere(options) ? [] : await withSession(options, (session) => readTrends(session, options.key));
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify({ type: 'trend', ...row })}\n`);
  else if (rows.length === 0) process.stdout.write('No master has been built here.\n');
  else {
    const keys = Object.groupBy(rows, ({ calibrationKey }) => calibrationKey);
    for (const [key, ofKey = []] of Object.entries(keys)) process.stdout.write(tableOf(key, ofKey));
  }
  if (options.to !== undefined) await plotAll(rows, path.resolve(options.to), options);
  return EXIT.done;
}

async function readTrends(session: Session, key = ''): Promise<TrendRow[]> {
  const certified = (await allCertificates(session, key)).map(({ master }) => master);
  const built = [];
  for (const { nightId } of await readNights(session)) built.push(...(await readMasters(session, nightId)));
  return trendsOf([...certified, ...built].filter(({ calibrationKey }) => calibrationKey.startsWith(key)));
}

/** One line a metric, one column a master; what is not GOOD says so. */
function tableOf(key: string, rows: readonly TrendRow[]): string {
  const masters = [
    ...new Map(rows.flatMap(({ points }) => points).map((point) => [point.masterId, point])).values(),
  ].toSorted((a, b) => (`${a.takenFrom} ${a.masterId}` < `${b.takenFrom} ${b.masterId}` ? -1 : 1));
  const shown = masters.slice(-COLUMNS);
  const cells = [
    ['metric', ...shown.map(({ takenFrom }) => takenFrom.slice(0, 10)), 'unit', 'GOOD'],
    ...rows.map((row) => [
      row.metric,
      ...shown.map(({ masterId }) => cellOf(row.points.find((point) => point.masterId === masterId))),
      row.unit,
      rangeText(row, 'good'),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
  );
  const count =
    masters.length > COLUMNS
      ? `the last ${COLUMNS} of ${masters.length} masters`
      : `${masters.length} ${masters.length === 1 ? 'master' : 'masters'}`;
  return `${pc.bold(key)}: ${count}\n${lines.join('')}\n`;
}

function cellOf(point: TrendPoint | undefined): string {
  if (!point) return '';
  const value = point.value === undefined ? '-' : shortNumber(point.value);
  return point.grade === 'GOOD' ? value : `${value} ${point.grade}`;
}

async function plotAll(rows: readonly TrendRow[], folder: string, { json }: TrendsOptions): Promise<void> {
  try {
    makeFolder(folder);
  } catch (error) {
    throw new InputRefused([`option --to: ${folder} cannot be made: ${(error as Error).message}`]);
  }
  // A large library, loaded by who plots alone.
  const { trendPlot } = await import('../../functions/shared/plots.ts');
  const measured = rows.filter(({ points }) => points.some(({ value }) => value !== undefined));
  for (const row of measured) {
    const file = path.join(folder, `${row.calibrationKey}.${row.metric}.svg`);
    writeFileSync(file, await trendPlot(row, PLOT));
    if (json) process.stdout.write(`${JSON.stringify({ type: 'file', path: file })}\n`);
  }
  if (!json) process.stdout.write(`${measured.length} plots in ${folder}\n`);
}
