import type { Metric } from '../../core/records/calibration.ts';
import { html, Markup, table } from './html.ts';
import { badge, figure, limitWords } from './words.ts';

/** Every metric of a master with its limits. */
export function metricTable(metrics: readonly Metric[], caption: string): Markup {
  return table(
    caption,
    ['Metric', 'Value', 'Where in its limits', 'GOOD', 'Grade', 'Meaning'],
    metrics.map((metric) => [
      metric.name,
      figure(metric.value, metric.unit),
      limitBar(metric),
      limitWords(metric),
      badge(metric.grade),
      metric.meaning,
    ]),
  );
}

const WIDTH = 120;
const HEIGHT = 14;

/** Where a value lies among its limits, for the eye; the table beside it has the numbers. Nothing where there is no limit. */
function limitBar(metric: Metric): Markup | string {
  const { value, goodMin, goodMax, badMin, badMax } = metric;
  const known = [goodMin, goodMax, badMin, badMax].filter((limit) => limit !== undefined);
  if (known.length === 0 || value === undefined) return '';
  const [low, high] = scaleOf(metric, known);
  const x = (at: number) => round(WIDTH * Math.min(1, Math.max(0, (at - low) / (high - low))));
  const band = (from: number | undefined, to: number | undefined, tone: string) => {
    const [x0, x1] = [from === undefined ? 0 : x(from), to === undefined ? WIDTH : x(to)];
    return html`<rect class="${tone}" x="${x0}" y="4" width="${round(Math.max(0, x1 - x0))}" height="6"/>`;
  };
  const at = x(value);
  return html`<svg class="limits" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${[
    band(undefined, undefined, 'bad'),
    band(badMin, badMax, 'warn'),
    band(goodMin ?? badMin, goodMax ?? badMax, 'good'),
    new Markup(`<path class="value" d="M${at} 1V13"/>`),
  ]}</svg>`;
}

/** From below the lowest limit to above the highest; a side without limits gets room from zero on, or as much again. */
function scaleOf({ goodMin, goodMax, badMin, badMax }: Metric, limits: readonly number[]): [low: number, high: number] {
  const [lowest, highest] = [Math.min(...limits), Math.max(...limits)];
  const span = highest - lowest || Math.abs(highest) || 1;
  const hasLower = goodMin !== undefined || badMin !== undefined;
  const hasUpper = goodMax !== undefined || badMax !== undefined;
  const below = hasLower ? span / 5 : lowest > 0 ? lowest : span;
  return [lowest - below, highest + (hasUpper ? span / 5 : 2 * span)];
}

const round = (value: number): number => Math.round(value * 10) / 10;
