import pc from 'picocolors';
import type { Certificate, Grade, Metric } from '../../core/records/calibration.ts';
import { certificatesOfNight, historyOf } from '../../functions/shared/calibrations.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { isNowhere, requireNight } from '../records.ts';
import { type EngineOptions, withSession } from '../session.ts';
import {
  allCertificates,
  rangeText,
  readUtc,
  refuseNowhereMaster,
  requireMaster,
  tableOf,
  utcText,
} from '../validity.ts';

interface ShowOptions extends EngineOptions {
  json?: boolean;
}

export interface ListOptions extends ShowOptions {
  /** Begin of a key. */
  key?: string;
  /** UTC: only what is valid then. */
  at?: string;
  night?: string;
}

const NONE = 'No master is certified here.\n';

/** Lists certificates. Throws InputRefused for an instant that is none, or an unknown night. */
export async function listCalibrations(options: ListOptions): Promise<number> {
  const faults: string[] = [];
  const at = readUtc('at', options.at, faults);
  if (faults.length > 0) throw new InputRefused(faults);
  const certificates = isNowhere(options)
    ? []
    : await withSession(options, async (session) => {
        if (options.night === undefined) return allCertificates(session, options.key);
        await requireNight(session, options.night);
        const found = await certificatesOfNight(options.night, tableOf(session));
        return found.filter(({ calibrationKey }) => calibrationKey.startsWith(options.key ?? ''));
      });
  const shown = certificates.filter(({ validFrom, validTo }) => at === undefined || (validFrom <= at && at < validTo));
  if (options.json) {
    for (const { master, ...certificate } of shown) {
      const { grade } = master.quality;
      process.stdout.write(`${JSON.stringify({ type: 'certificate', ...certificate, grade, file: master.file })}\n`);
    }
  } else {
    if (at !== undefined) process.stdout.write(`At ${utcText(at)} UTC (TAI ${at}):\n`);
    process.stdout.write(shown.length === 0 ? NONE : lines(shown));
  }
  return EXIT.done;
}

const lines = (certificates: readonly Certificate[]): string => {
  const width = Math.max(...certificates.map(({ calibrationKey }) => calibrationKey.length));
  return certificates
    .map(
      (each) =>
        `${each.calibrationKey.padEnd(width)}  ${each.id}  ${gradeText(each.master.quality.grade)}  ${rangeText(each)}\n`,
    )
    .join('');
};

const COLOURS = { GOOD: pc.green, WARN: pc.yellow, BAD: pc.red } as const;
const gradeText = (grade: Grade): string => COLOURS[grade](grade.padEnd(4));

/** Shows a master: what it is, how it was judged, when it is valid, what was done to that. Throws InputRefused. */
export async function showCalibration(text: string, options: ShowOptions): Promise<number> {
  refuseNowhereMaster(options, text);
  const { record, certificates, history, place } = await withSession(options, async (session) => {
    const master = await requireMaster(session, text);
    const all = await historyOf(master.record.calibrationKey, tableOf(session));
    const { masterId, file } = master.record;
    return { ...master, history: all.filter((each) => each.masterId === masterId), place: session.locate(file.key) };
  });
  if (options.json) {
    const validity = certificates.map(({ validFrom, validTo }) => ({ validFrom, validTo }));
    process.stdout.write(`${JSON.stringify({ type: 'master', ...record, validity, history })}\n`);
    return EXIT.done;
  }
  const { quality, set, frames, rejected } = record;
  const of = [set.filter && `filter ${set.filter}`, set.exposureTimeS !== undefined && `${set.exposureTimeS} s`];
  const out = [
    `${pc.bold(record.masterId)}  ${gradeText(quality.grade)}  ${record.calibrationKey}`,
    `File: ${place}`,
    `${[set.target, set.type].filter(Boolean).join(' ')}${of
      .filter(Boolean)
      .map((each) => `, ${each}`)
      .join('')}: ${frames.length} frames, taken ${utcText(record.takenFrom)} to ${utcText(record.takenTo)} UTC`,
    ...(record.biasId ? [`Bias: ${record.biasId}`] : []),
    ...(record.darkId ? [`Dark: ${record.darkId}`] : []),
    `Frames: ${frames.join(', ')}`,
    ...rejected.map(({ exposureId, reason }) => `Rejected: ${exposureId}: ${reason}`),
    ...quality.reasons.map((reason) => `${quality.grade}: ${reason}`),
    '',
    ...quality.metrics.map(metricText),
    '',
    certificates.length === 0 ? 'Not valid at any time.' : 'Valid:',
    ...certificates.map((each) => `  ${rangeText(each)}`),
    'History:',
    ...history.map((each) => `  ${each.at} ${each.action} by ${each.by}: ${rangeText(each)}: ${each.cause}`),
  ];
  process.stdout.write(`${out.join('\n')}\n`);
  return EXIT.done;
}

function metricText({ name, value, unit, grade, meaning, ...limits }: Metric): string {
  const between = (min: number | undefined, max: number | undefined) =>
    min === undefined && max === undefined ? 'any' : `${min ?? ''}..${max ?? ''}`;
  const measured = value === undefined ? 'not measured' : `${Number(value.toPrecision(5))} ${unit}`.trim();
  return (
    `  ${gradeText(grade)}  ${name.padEnd(24)} ${measured.padEnd(18)} ` +
    `good ${between(limits.goodMin, limits.goodMax)}, not BAD ${between(limits.badMin, limits.badMax)}: ${meaning}`
  );
}
