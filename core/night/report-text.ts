import { BUDGET_CATEGORIES } from '../records/night.ts';
import type { CalibrationLine, NightReport, RequestLine } from './report.ts';

const LABELS: Record<(typeof BUDGET_CATEGORIES)[number], string> = {
  science: 'science, shutter open',
  calibration: 'calibration frames',
  slew: 'slew, settle, dome',
  configure: 'configure',
  readout: 'readout',
  waiting: 'waiting, nothing observable',
  weather: 'weather, dome closed',
  fault: 'faults',
  unused: 'unused, closed early',
};

/** `7 h 03 min 20.5 s` */
export function durationText(seconds: number): string {
  const rounded = Math.round(seconds * 10) / 10;
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor((rounded % 3600) / 60);
  const rest = (rounded % 60).toFixed(1);
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min ${rest.padStart(4, '0')} s`;
  return minutes > 0 ? `${minutes} min ${rest.padStart(4, '0')} s` : `${rest} s`;
}

const clock = (instant: string): string => `${instant.slice(11, 19)} UTC`;

function sunText({ sunsetAt, sunriseAt }: NightReport): string {
  if (!sunsetAt && !sunriseAt) return 'polar night';
  return [sunsetAt && `sunset ${clock(sunsetAt)}`, sunriseAt && `sunrise ${clock(sunriseAt)}`]
    .filter(Boolean)
    .join(', ');
}

/** The report of a night for people: Markdown that also reads well in a terminal. */
export function reportText(report: NightReport): string {
  const { budget, lengthS } = report;
  const total = report.requests.length;
  const complete = report.statuses.COMPLETED ?? 0;
  const width = Math.max(7, ...report.requests.map(({ id }) => id.length));
  const lines = [
    `# Night ${report.nightId}: ${report.status}`,
    '',
    `${report.observatoryId}, ${report.programmeId}, day ${report.dayObs}, seed ${report.seed}, nocturne ${report.softwareVersion}`,
    `${sunText(report)}, dark time ${durationText(report.darkTimeS)}`,
    '',
    '## Time',
    '',
    ...BUDGET_CATEGORIES.filter((category) => budget[category] > 0).map(
      (category) =>
        `    ${LABELS[category].padEnd(28)} ${durationText(budget[category]).padStart(20)} ${percent(budget[category] / lengthS)}`,
    ),
    `    ${'the night'.padEnd(28)} ${durationText(lengthS).padStart(20)} ${percent(1)}`,
    `    shutter open on the sky for ${(100 * report.openShutterShare).toFixed(1)} % of the dark time`,
    '',
    `## Requests: ${complete} of ${total} complete, ${report.frames.length} frames`,
    '',
    ...report.requests.map((line) => requestText(line, width)),
    '',
    ...calibrationLines(report),
  ];
  return lines.join('\n');
}

/** Nothing for a night that calibrated and reduced nothing. */
function calibrationLines({ calibrations, reduction, dayCalibrationS }: NightReport): string[] {
  const lines: string[] = [];
  if (calibrations.length > 0) {
    const certified = calibrations.filter(({ status }) => status === 'DONE').length;
    lines.push(`## Calibration: ${certified} of ${calibrations.length} masters certified`, '');
    if (dayCalibrationS > 0) lines.push(`    ${durationText(dayCalibrationS)} of it before the night`);
    lines.push(...calibrations.map(calibrationText), '');
  }
  const { complete, incomplete, grades } = reduction;
  if (complete + incomplete > 0) {
    const counted = (['A', 'B', 'C'] as const).flatMap((grade) => (grades[grade] ? [`${grades[grade]} ${grade}`] : []));
    lines.push(
      `## Reduction: ${complete} of ${complete + incomplete} frames complete`,
      '',
      `    grades ${counted.join(', ')}`,
      ...(incomplete > 0
        ? [`    ${incomplete} lack a master: they are reduced again when it is there (nocturne reduce)`]
        : []),
      '',
    );
  }
  return lines;
}

function calibrationText(line: CalibrationLine): string {
  const {
    type,
    filter = '',
    when,
    status,
    masterId = '',
    grade = '',
    framesUsed,
    framesRejected,
    cause,
    reason,
  } = line;
  const frames = `${framesUsed} frames${framesRejected > 0 ? `, ${framesRejected} rejected` : ''}`;
  const about = `${type.padEnd(5)} ${filter.padEnd(3)} ${when.padEnd(9)} ${status.padEnd(7)}`;
  return status === 'DONE'
    ? `    ${about} ${grade.padEnd(4)} ${masterId}  ${frames}: ${reason}`
    : `    ${about} ${cause}`;
}

function requestText(
  { id, target, filters, status, framesDone, framesAsked, cause }: RequestLine,
  width: number,
): string {
  const reason = status === 'COMPLETED' ? '' : `  ${cause}`;
  return `    ${id.padEnd(width)}  ${target.padEnd(16)} ${filters.padEnd(5)} ${status.padEnd(15)} ${framesDone}/${framesAsked}${reason}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1).padStart(6)} %`;
