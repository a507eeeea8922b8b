import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { TrendRow } from '../../../core/calibration/trends.ts';
import { trendPlot } from '../../../functions/shared/plots.ts';

const row: TrendRow = {
  calibrationKey: 'noc1.flat.dome.<g>.b1',
  metric: 'flatScatter',
  unit: '',
  meaning: 'scatter',
  goodMax: 10,
  badMax: 20,
  points: [
    { masterId: 'a', dayObs: 20261119, takenFrom: '2026-11-19T16:30:37.000', value: 0, grade: 'GOOD' },
    { masterId: 'b', dayObs: 20261120, takenFrom: '2026-11-20T16:30:37.000', grade: 'GOOD' },
    { masterId: 'c', dayObs: 20261121, takenFrom: '2026-11-21T16:30:37.000', value: 20, grade: 'WARN' },
  ],
};
const size = { widthPx: 400, heightPx: 200 };

/** Heights of everything dashed: the limits. */
const dashed = (svg: string): number[] =>
  [...svg.matchAll(/d="M[\d.]+ ([\d.]+)L[\d.]+ \1"[^>]*stroke-dasharray/g)].map(([, y]) => Number(y));

describe('the plot of a trend', () => {
  it('is an SVG of its own, with its text escaped', async () => {
    const svg = await trendPlot(row, size);
    expect(XMLValidator.validate(svg)).toBe(true);
    const { svg: root } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(svg);
    expect([root.width, root.height]).toEqual(['400', '200']);
    expect(svg).toContain('aria-label="flatScatter of noc1.flat.dome.&lt;g&gt;.b1 over time"');
    expect(svg).not.toMatch(/<style|<script|class=/);
  });

  it('is the same however many were drawn before', async () => {
    const first = await trendPlot(row, size);
    await trendPlot({ ...row, metric: 'flatMean' }, size);
    expect(await trendPlot(row, size)).toBe(first);
  });

  it('draws the limits where their values are', async () => {
    const svg = await trendPlot(row, size);
    const lines = dashed(svg).toSorted((a, b) => a - b);
    expect(lines).toHaveLength(2);
    // Points at 0 and 20: the limit at 20 goes through the second point, the limit at 10 half way to the first.
    const centres = [...svg.matchAll(/transform="matrix\([^)]*,([\d.]+)\)"/g)]
      .map(([, y]) => Number(y))
      .toSorted((a, b) => a - b);
    expect(centres).toHaveLength(2);
    expect(Math.abs(lines[0] - centres[0])).toBeLessThan(1.5);
    expect(Math.abs(lines[1] - (centres[0] + centres[1]) / 2)).toBeLessThan(1.5);
  });
});
