import pc from 'picocolors';
import type { NightReport } from '../core/night/report.ts';
import { reportText } from '../core/night/report-text.ts';

/** The end of a night for a person at a terminal: the report's own text with its headings in bold, and where the files are. */
export function printSummary(out: NodeJS.WriteStream, report: NightReport, locate: (key: string) => string): void {
  const text = reportText(report).replace(/^#+ (.*)$/gm, (_line, heading: string) => pc.bold(heading));
  const first = report.frames[0];
  const files = first
    ? `${report.frames.length} FITS files, ${sizeText(report.bytes)}, in ${locate(first.key.slice(0, first.key.lastIndexOf('/')))}`
    : 'No frames were taken.';
  out.write(`\n${text}\n${files}\nReport: ${locate(`nights/${report.nightId}/report.md`)}\n`);
}

/** `386 MB`, `11.5 MB`, `115 kB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}
