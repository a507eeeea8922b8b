import type { CalibrationSet, Metric, Quality } from '../records/calibration.ts';
import { METRICS, type MetricName } from '../records/observatory/calibration-metrics.ts';
import type { CalibrationPolicy } from '../records/observatory/calibration-policy.ts';
import type { Comparison } from './compare.ts';
import { countOf, sampleOf, shareOf } from './defects.ts';
import { metricOf, rangeText, shortNumber, worstOf } from './limits.ts';
import { gainOfPairs, noiseOfHalves, noiseOfPairs, nonLinearityOf } from './photon-transfer.ts';
import { DQ, type Planes } from './planes.ts';
import { clippedMoments, madSigmaOf, medianOf } from './robust.ts';
import type { Samples } from './samples.ts';
import type { HeldFrame } from './strips.ts';
import { gradientsOf } from './surface.ts';

/** A master that is to be judged, with what it was made from. */
export interface Judged {
  set: CalibrationSet;
  policy: CalibrationPolicy;
  planes: Planes;
  frames: readonly HeldFrame[];
  rejectedCount: number;
  samples: readonly Samples[];
  /** Against the master before; undefined when there is none. */
  comparison: Comparison | undefined;
  /** By how much a master of frames that scatter alike is noisier than their mean. */
  noiseFactor: number;
}

/** One value of a metric for the worst amplifier, with its name. */
interface Worst {
  value: number;
  amplifier: string;
}

const GRID = 16;
/** Halves of fewer than two frames each say nothing of their mean. */
const FEWEST_FOR_HALVES = 4;

/** Judges a master: every metric of its type, its limits, its grade, and a line for each that is not GOOD. */
export function judgeMaster(judged: Judged): Quality {
  const { set, policy } = judged;
  const metrics: Metric[] = [];
  const reasons: string[] = [];
  const add = (name: MetricName, measured: number | Worst | undefined) => {
    if (measured === undefined) return;
    const { value, amplifier } = typeof measured === 'number' ? { value: measured, amplifier: undefined } : measured;
    const metric = metricOf(name, value, set.type, policy);
    metrics.push(metric);
    if (metric.grade === 'GOOD') return;
    const where = amplifier === undefined || judged.samples.length === 1 ? '' : ` of amplifier ${amplifier}`;
    const got = Number.isFinite(value) ? `${shortNumber(value)}${metric.unit && ` ${metric.unit}`}` : 'not measurable';
    reasons.push(
      `${metric.grade}: ${name}${where} is ${got}; GOOD is ${rangeText(metric, 'good')} (${METRICS[name].meaning})`,
    );
  };
  const delivered = judged.frames.length + judged.rejectedCount;
  add('frameCount', judged.frames.length);
  add('rejectedShare', judged.rejectedCount / delivered);
  add('noDataShare', shareOf(judged.planes, DQ.NO_DATA));
  add('temperatureOffsetC', temperatureOffsetC(judged.frames));
  if (set.type === 'bias') addBias(judged, add);
  else if (set.type === 'dark') addDark(judged, add);
  else addFlat(judged, add);
  add('badPixelShare', shareOf(judged.planes, DQ.BAD_PIXEL));
  addComparison(judged, add, metrics, reasons);
  return { grade: worstOf(metrics.map((metric) => metric.grade)), metrics, reasons };
}

type Add = (name: MetricName, measured: number | Worst | undefined) => void;

/** The value that is farthest from 0, of all amplifiers. */
function worst(samples: readonly Samples[], of: (each: Samples) => number): Worst {
  const values = samples.map((each) => ({ value: of(each), amplifier: each.name }));
  const size = ({ value }: Worst) => (Number.isFinite(value) ? Math.abs(value) : Number.POSITIVE_INFINITY);
  return values.reduce((most, each) => (size(each) > size(most) ? each : most));
}

function addBias({ samples, noiseFactor }: Judged, add: Add): void {
  const noisy = samples.filter(({ readNoiseE }) => readNoiseE > 0);
  if (noisy.length > 0) {
    add(
      'noiseDeviation',
      worst(noisy, (each) => (noiseOfPairs(each) * each.gainEPerAdu) / each.readNoiseE - 1),
    );
    add(
      'masterAddedNoise',
      worst(noisy, (each) => addedNoise(each, noiseFactor)),
    );
    if (samples[0].values.length >= FEWEST_FOR_HALVES) add('noiseFall', fall(noisy));
  }
  add(
    'biasResidual',
    worst(samples, (each) => residual(each, Math.max(each.readNoiseE / each.gainEPerAdu, 0.5))),
  );
}

function addDark({ planes, samples, noiseFactor, frames }: Judged, add: Add): void {
  const noisy = samples.filter(({ readNoiseE }) => readNoiseE > 0);
  if (noisy.length > 0) {
    const expected = (each: Samples) =>
      Math.hypot(each.readNoiseE / each.gainEPerAdu, Math.sqrt(Math.max(0, levelOf(each)) / each.gainEPerAdu));
    add(
      'noiseDeviation',
      worst(noisy, (each) => noiseOfPairs(each) / expected(each) - 1),
    );
    add(
      'masterAddedNoise',
      worst(noisy, (each) => addedNoise(each, noiseFactor)),
    );
    if (samples[0].values.length >= FEWEST_FOR_HALVES) add('noiseFall', fall(noisy));
  }
  const darkTimeS = frames.reduce((sum, { about }) => sum + about.darkTimeS, 0) / frames.length;
  add(
    'darkRateEPerS',
    worst(samples, (each) => (levelOf(each) * each.gainEPerAdu) / darkTimeS),
  );
  add(
    'darkResidual',
    worst(samples, (each) => residual(each, Math.max(noiseOfPairs(each), 0.5))),
  );
  add('hotPixelCount', countOf(planes, DQ.HOT_PIXEL));
  add('hotPixelShare', shareOf(planes, DQ.HOT_PIXEL));
}

function addFlat({ planes, samples, frames, set }: Judged, add: Add): void {
  const sample = sampleOf(planes, DQ.NO_DATA | DQ.BAD_PIXEL | DQ.LOW_FLAT);
  let sum = 0;
  for (const value of sample) sum += value;
  add('flatMean', sum / sample.length);
  add('flatScatter', madSigmaOf(sample));
  const grid = gridOf(planes);
  const { acrossX, acrossY } = gradientsOf(grid.values, grid.columns, grid.rows);
  add('gradientX', 100 * acrossX);
  add('gradientY', 100 * acrossY);
  add(
    'gainDeviation',
    worst(samples, (each) => gainOf(each) / each.gainEPerAdu - 1),
  );
  if (set.target === 'dome') add('nonLinearity', worstLinearity(samples, frames));
  add('lowFlatShare', shareOf(planes, DQ.LOW_FLAT));
}

function addComparison({ set, policy, comparison }: Judged, add: Add, metrics: Metric[], reasons: string[]): void {
  if (comparison) {
    add('previousDifferentShare', comparison.differentShare);
    add('previousLevelChange', comparison.levelChange);
    add('movedDustCount', comparison.movedDust?.length);
    return;
  }
  const grade = ({ accept: 'GOOD', warn: 'WARN', reject: 'BAD' } as const)[policy.firstMaster];
  const metric = metricOf('previousDifferentShare', 0, set.type, policy);
  const { value: _, ...unmeasured } = metric;
  metrics.push({ ...unmeasured, grade });
  if (grade !== 'GOOD') {
    reasons.push(
      `${grade}: the first master of its kind has none to be compared with; the policy's firstMaster is ${policy.firstMaster}`,
    );
  }
}

/** Gain of one amplifier by photon transfer with the read noise of its header. */
export function gainOf(samples: Samples): number {
  return gainOfPairs(samples, samples.readNoiseE / samples.gainEPerAdu);
}

function levelOf({ values }: Samples): number {
  return medianOf(values.map((each) => clippedMoments(each, 5).mean));
}

/** Largest mean of a frame less the mean of the others, over a noise. */
function residual({ values }: Samples, noiseAdu: number): number {
  const means = values.map((each) => clippedMoments(each, 5).mean);
  const total = means.reduce((sum, mean) => sum + mean, 0);
  const off = means.map((mean) => mean - (total - mean) / (means.length - 1));
  return Math.max(...off.map(Math.abs)) / noiseAdu;
}

/** By how much a frame gets noisier when a master with the noise of its halves is taken off. */
function addedNoise(samples: Samples, noiseFactor: number): number {
  const one = noiseWithRounding(samples);
  const { measuredAdu, perFrameNoise } = noiseOfHalves(samples);
  const ofMaster = (noiseFactor * (measuredAdu / perFrameNoise)) / Math.sqrt(samples.values.length);
  return Math.sqrt(1 + (ofMaster / one) ** 2) - 1;
}

/** As it is in a frame: what rounding to whole counts adds is noise too. */
function noiseWithRounding(samples: Samples): number {
  return Math.hypot(noiseOfPairs(samples), Math.sqrt(1 / 12));
}

function fall(samples: readonly Samples[]): Worst {
  const off = worst(samples, (each) => {
    const { measuredAdu, perFrameNoise } = noiseOfHalves(each);
    return measuredAdu / (noiseWithRounding(each) * perFrameNoise) - 1;
  });
  return { ...off, value: off.value + 1 };
}

function worstLinearity(samples: readonly Samples[], frames: readonly HeldFrame[]): Worst | undefined {
  const all = samples.flatMap((each) => {
    const points = frames.map(({ about: { exposureTimeS, midMs } }, i) => ({
      levelAdu: clippedMoments(each.values[i], 5).mean,
      exposureTimeS,
      midMs,
    }));
    const value = nonLinearityOf(points);
    return value === undefined ? [] : [{ value, amplifier: each.name }];
  });
  return all.length === 0 ? undefined : all.reduce((most, each) => (each.value > most.value ? each : most));
}

function temperatureOffsetC(frames: readonly HeldFrame[]): number | undefined {
  const offsets = frames.flatMap(({ about: { temperatureC, setTemperatureC } }) =>
    temperatureC === undefined || setTemperatureC === undefined ? [] : [temperatureC - setTemperatureC],
  );
  return offsets.length === 0 ? undefined : offsets.reduce((sum, each) => sum + each, 0) / offsets.length;
}

/** Medians of the good pixels of a grid of squares. */
function gridOf({ data, dq, widthPix, heightPix }: Planes): { values: Float64Array; columns: number; rows: number } {
  const columns = Math.min(GRID, widthPix);
  const rows = Math.min(GRID, heightPix);
  const boxes: number[][] = Array.from({ length: columns * rows }, () => []);
  const stepX = Math.max(1, Math.floor(widthPix / columns / GRID));
  const stepY = Math.max(1, Math.floor(heightPix / rows / GRID));
  for (let y = 0; y < heightPix; y += stepY) {
    const row = Math.floor((y * rows) / heightPix) * columns;
    for (let x = 0; x < widthPix; x += stepX) {
      if (dq[y * widthPix + x] === 0) boxes[row + Math.floor((x * columns) / widthPix)].push(data[y * widthPix + x]);
    }
  }
  return { values: Float64Array.from(boxes, (box) => medianOf(box)), columns, rows };
}
