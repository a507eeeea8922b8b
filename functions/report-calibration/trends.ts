import { type TrendRow, trendsOf } from '../../core/calibration/trends.ts';
import { trendPlot } from '../shared/plots.ts';
import { html, Markup } from './html.ts';
import type { CalibrationNight } from './night.ts';

const PLOT = { widthPx: 360, heightPx: 170 };

/** How each metric went over the masters of the keys that the night made masters of: a plot where there are two or more. */
export async function trendsSection({ masters, certificates }: CalibrationNight): Promise<Markup> {
  if (masters.length === 0) return html``;
  const rows = trendsOf([...masters, ...certificates.map(({ master }) => master)]);
  const plotted = rows.filter(({ points }) => points.filter(({ value }) => value !== undefined).length >= 2);
  const keys = [...new Set(plotted.map(({ calibrationKey }) => calibrationKey))];
  const plots: Markup[] = [];
  for (const key of keys) {
    plots.push(
      await keyPlots(
        key,
        plotted.filter(({ calibrationKey }) => calibrationKey === key),
      ),
    );
  }
  return html`<section id="trends"><h2>Trends</h2>
${
  keys.length === 0
    ? html`<p>No kind of master has two values to compare yet.</p>`
    : html`<p>A circle is a master graded GOOD, a triangle WARN, a diamond BAD. Dashed lines are the limits that stand now.</p>`
}
${plots}</section>
`;
}

async function keyPlots(key: string, rows: readonly TrendRow[]): Promise<Markup> {
  const plots: Markup[] = [];
  for (const [index, row] of rows.entries()) {
    const id = `plot-${key}-${index}`.replace(/[^A-Za-z0-9_-]/g, '-');
    plots.push(html`<figure>${new Markup(await trendPlot(row, { ...PLOT, id }))}<figcaption>${row.metric}${row.unit && `, ${row.unit}`}: ${row.meaning}</figcaption></figure>
`);
  }
  return html`<details><summary><code>${key}</code>: ${rows.length} metrics</summary><div class="plots">
${plots}</div></details>
`;
}
