import pc from 'picocolors';
import type { NightReport } from '../core/night/report.ts';
import { reportText } from '../core/night/report-text.ts';
import { nightKey } from '../core/records/ids.ts';
import { listObjects } from './night-files.ts';
import type { Session } from './session.ts';

/** The end of a night for a person at a terminal: the report's own text with its headings in bold, and where files and pages are. */
export async function printSummary(out: NodeJS.WriteStream, report: NightReport, session: Session): Promise<void> {
  const { locate } = session;
  const text = reportText(report).replace(/^#+ (.*)$/gm, (_line, heading: string) => pc.bold(heading));
  const first = report.frames[0];
  const files = first
    ? `${report.frames.length} FITS files, ${sizeText(report.bytes)}, in ${locate(first.key.slice(0, first.key.lastIndexOf('/')))}`
    : 'No frames were taken.';
  const page = nightKey(report.nightId, 'calibration.html');
  const calibration = (await listObjects(session, page)).length > 0 ? `Calibration: ${locate(page)}\n` : '';
  out.write(`\n${text}\n${files}\nReport: ${locate(nightKey(report.nightId, 'report.md'))}\n${calibration}`);
}

/** `386 MB`, `11.5 MB`, `115 kB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}
