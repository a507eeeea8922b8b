import type { EChartsCoreOption } from 'echarts/core';
import type { TrendRow } from '../../core/calibration/trends.ts';
import type { Grade } from '../../core/records/calibration.ts';
import { isoOf, utcMsOfTai } from '../../core/time.ts';
import { escapeMarkup } from './markup.ts';

/** Shapes tell the grades apart without their colours, which are seen on white and on black. */
const MARKS: Record<Grade, { symbol: string; colour: string }> = {
  GOOD: { symbol: 'circle', colour: '#2f8f4e' },
  WARN: { symbol: 'triangle', colour: '#b7791f' },
  BAD: { symbol: 'diamond', colour: '#d0453a' },
};
const LINE_COLOUR = '#4a7fc1';
/** Axes and text have the colour of the text around the plot. */
const TEXT_COLOUR = 'currentColor';
const FAINT_COLOUR = 'rgba(128,128,128,0.35)';

export interface PlotOptions {
  widthPx: number;
  heightPx: number;
  /** Of the only thing in the plot that has an id; different for every plot of a page. */
  id?: string;
  /** Absent: what is behind the plot. */
  backgroundColour?: string;
}

/**
 * A metric of the masters of a key over time as SVG: each master by its grade (circle GOOD, triangle WARN, diamond BAD), the limits as
 * dashed lines. Masters without a value leave a gap. The same row gives the same text.
 */
export async function trendPlot(row: TrendRow, options: PlotOptions): Promise<string> {
  const { widthPx, heightPx, id = 'trend', backgroundColour } = options;
  // Loaded when there is something to plot: it is a large library, and most that is done here draws nothing.
  const { init } = await import('./echarts.ts');
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height: heightPx });
  try {
    chart.setOption({ ...optionOf(row), ...(backgroundColour && { backgroundColor: backgroundColour }) });
    return plain(chart.renderToSVGString(), id, `${row.metric} of ${row.calibrationKey} over time`);
  } finally {
    // Without it the process would not end.
    chart.dispose();
  }
}

function optionOf(row: TrendRow): EChartsCoreOption {
  const { points } = row;
  const limits = (['badMin', 'goodMin', 'goodMax', 'badMax'] as const).flatMap((name) => {
    const value = row[name];
    return value === undefined ? [] : [{ name, value }];
  });
  const values = [...points.flatMap(({ value }) => value ?? []), ...limits.map(({ value }) => value)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  const axis = {
    axisLine: { show: true, onZero: false, lineStyle: { color: TEXT_COLOUR } },
    axisTick: { lineStyle: { color: TEXT_COLOUR } },
    axisLabel: { color: TEXT_COLOUR, fontSize: 11 },
  };
  return {
    animation: false,
    useUTC: true,
    grid: { left: 8, right: 74, top: 12, bottom: 8, outerBoundsMode: 'same' },
    xAxis: {
      type: 'category',
      boundaryGap: true,
      data: points.map(({ takenFrom }) => dayOf(takenFrom)),
      ...axis,
      axisLabel: { ...axis.axisLabel, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      min: low - margin,
      max: high + margin,
      splitNumber: 3,
      ...axis,
      axisLabel: { ...axis.axisLabel, formatter: tickText, showMinLabel: false, showMaxLabel: false },
      splitLine: { lineStyle: { color: FAINT_COLOUR } },
    },
    series: [
      {
        type: 'line',
        symbolSize: 9,
        lineStyle: { color: LINE_COLOUR, width: 1.5 },
        data: points.map(({ value, grade }) => ({
          value: value ?? '-',
          symbol: MARKS[grade].symbol,
          itemStyle: { color: MARKS[grade].colour, borderColor: MARKS[grade].colour },
        })),
        markLine: {
          symbol: 'none',
          silent: true,
          data: limits.map(({ name, value }) => {
            const { colour: color } = MARKS[name.startsWith('bad') ? 'BAD' : 'WARN'];
            const words = `${name.startsWith('bad') ? 'BAD' : 'WARN'} ${name.endsWith('Min') ? 'below' : 'above'}`;
            return {
              yAxis: value,
              lineStyle: { color, type: 'dashed', width: 1 },
              label: { formatter: words, color, fontSize: 10, position: 'end', textBorderWidth: 0 },
            };
          }),
        },
      },
    ],
  };
}

/** The day on which a master's first frame was taken. */
const dayOf = (tai: string): string => isoOf(utcMsOfTai(tai)).slice(0, 10);

const tickText = (value: number): string => String(Number(value.toPrecision(3)));

/** Without what the library adds for a mouse, and numbers that it counts up from plot to plot. */
function plain(svg: string, id: string, title: string): string {
  return svg
    .replace(/<style\b[\s\S]*?<\/style>\s*/g, '')
    .replace(/ (class="zr[^"]*"|ecmeta_\w+="[^"]*"|pointer-events="[^"]*"|baseProfile="[^"]*")/g, '')
    .replace(/zr\d+-/g, `${id}-`)
    .replace(/^<svg /, `<svg role="img" aria-label="${escapeMarkup(title)}" `)
    .replaceAll('></rect>', '/>')
    .replaceAll('></path>', '/>');
}
