import { rangeText, shortNumber } from '../../core/calibration/limits.ts';
import type { CalibrationSet, CalibrationTime, Metric } from '../../core/records/calibration.ts';
import { isoOf, utcMsOfTai } from '../../core/time.ts';
import { html, type Markup } from './html.ts';

export const TIMES: Record<CalibrationTime, string> = {
  afternoon: 'afternoon, dome closed',
  evening: 'evening twilight',
  nightEnd: 'after the last visit, dome closed',
  morning: 'morning twilight',
};

/** The page lies in `nights/<night>/`; other files of the bucket are two folders up. */
export const fileUrl = (key: string): string => `../../${key.split('/').map(encodeURIComponent).join('/')}`;

export const fileLink = (key: string, name: string): Markup => html`<a href="${fileUrl(key)}">${name}</a>`;

/** What a set is, in short: `twilight flat in g`, `dark of 300 s`, `bias, binned 2 x 2`. */
export function setName({ type, target, filter, exposureTimeS, configuration }: CalibrationSet): string {
  const { binning } = configuration;
  return [
    target,
    type,
    filter && `in ${filter}`,
    exposureTimeS !== undefined && type !== 'bias' && `of ${exposureTimeS} s`,
    binning > 1 && `binned ${binning} x ${binning}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Outcomes by their mark, which tells them apart without colour, and the class that colours it. */
const MARKS: Record<string, readonly [mark: string, tone: 'good' | 'warn' | 'bad' | 'plain']> = {
  GOOD: ['✓', 'good'],
  WARN: ['▲', 'warn'],
  BAD: ['✕', 'bad'],
  A: ['✓', 'good'],
  B: ['▲', 'warn'],
  C: ['✕', 'bad'],
  COMPLETE: ['✓', 'good'],
  INCOMPLETE: ['▲', 'warn'],
  SKIPPED: ['–', 'plain'],
  DONE: ['✓', 'good'],
  ERROR: ['✕', 'bad'],
  QUEUED: ['…', 'plain'],
  RUNNING: ['…', 'plain'],
  accepted: ['✓', 'good'],
  'turned down': ['✕', 'bad'],
};

/** A grade or status with its mark. */
export function badge(word: string): Markup {
  const [mark, tone] = MARKS[word] ?? ['', 'plain'];
  return html`<span class="badge ${tone}"><span aria-hidden="true">${mark}</span> ${word}</span>`;
}

/** A number with its unit; a dash where there is none. */
export const figure = (value: number | undefined, unit = ''): string =>
  value === undefined ? '–' : `${shortNumber(value)}${unit && ` ${unit}`}`;

/** What a metric must be to be GOOD, and not to be BAD. */
export function limitWords(metric: Metric): string {
  const [good, bad] = [rangeText(metric, 'good'), rangeText(metric, 'bad')];
  if (good === 'any') return 'no limit';
  return bad === 'any' || bad === good ? good : `${good}; BAD unless ${bad}`;
}

/** `2026-11-21 18:00:37 TAI (18:00:00 UTC)`. */
export function taiWords(tai: string): string {
  const utc = isoOf(utcMsOfTai(tai));
  const day = utc.slice(0, 10) === tai.slice(0, 10) ? '' : `${utc.slice(0, 10)} `;
  return `${tai.slice(0, 10)} ${tai.slice(11, 19)} TAI (${day}${utc.slice(11, 19)} UTC)`;
}

/** `19:42:10 UTC`. */
export const clockWords = (instant: string): string => `${instant.slice(11, 19)} UTC`;
