import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradeOf, metricOf, rangeText, worstOf } from '../../../core/calibration/limits.ts';
import { overscanLevels } from '../../../core/calibration/overscan.ts';
import { gainOfPairs, nonLinearityOf } from '../../../core/calibration/photon-transfer.ts';
import type { RawAmplifier } from '../../../core/calibration/planes.ts';
import { CountHistogram, clippedMoments, madSigmaOf, medianOf } from '../../../core/calibration/robust.ts';
import { gradientsOf, smoothSurface } from '../../../core/calibration/surface.ts';
import { trendsOf } from '../../../core/calibration/trends.ts';
import { randomStream } from '../../../core/random.ts';
import { METRIC_NAMES } from '../../../core/records/observatory/calibration-metrics.ts';
import { policyWith } from '../../helpers/raw-frames.ts';
import { masterOf } from './masters-of-tests.ts';

describe('robust statistics', () => {
  it('the median is that of the sorted values, and leaves them as they are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 200 }), (values) => {
        const copy = [...values];
        const sorted = [...values].sort((a, b) => a - b);
        const middle = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
        expect(medianOf(values)).toBe(middle);
        expect(values).toEqual(copy);
      }),
    );
    expect(medianOf([])).toBeNaN();
  });

  it('a histogram gives the quantiles and moments of a normal distribution in counts', () => {
    const values = new Float64Array(400_000);
    randomStream(3, 'readNoise', 'histogram').fillNormal(values);
    const counts = Uint16Array.from(values, (value) => Math.round(1000.3 + 3.75 * value));
    const histogram = new CountHistogram();
    histogram.add(counts, 1000, 400, 0, 1000);
    expect(Math.abs(histogram.median - 1000.3)).toBeLessThan(0.03);
    expect(Math.abs(histogram.sigma - Math.sqrt(3.75 ** 2 + 1 / 12))).toBeLessThan(0.03);
    const { mean, std } = histogram.clipped(5);
    expect(Math.abs(mean - 1000.3)).toBeLessThan(0.03);
    expect(Math.abs(std - Math.sqrt(3.75 ** 2 + 1 / 12))).toBeLessThan(0.02);
    expect(histogram.shareFrom(65_535)).toBe(0);
    expect(histogram.shareFrom(0)).toBe(1);
  });

  it('outliers have no say', () => {
    const values = Array.from({ length: 101 }, (_, i) => i - 50);
    expect(madSigmaOf(values)).toBeCloseTo(25 * 1.482602218505602, 12);
    expect(clippedMoments([...values, 1e6], 5).mean).toBe(0);
    expect(clippedMoments([7, 7, 7], 5)).toEqual({ mean: 7, std: 0, kept: 3 });
  });
});

describe('the level of the overscan', () => {
  const amplifier = (pixels: Uint16Array): RawAmplifier => ({
    name: '1',
    widthPix: 12,
    heightPix: 4,
    pixels,
    data: { x0: 0, y0: 0, x1: 4, y1: 4 },
    overscan: { x0: 4, y0: 0, x1: 12, y1: 4 },
    detector: { x0: 0, y0: 0, x1: 4, y1: 4 },
    gainEPerAdu: 1,
    readNoiseE: 1,
    saturationAdu: 60_000,
  });
  // Rows at 1000, 1001, 1002, 1003; the sky at 5000.
  const pixels = Uint16Array.from({ length: 48 }, (_, i) => (i % 12 < 4 ? 5000 : 1000 + Math.floor(i / 12)));

  it('is one for an amplifier, one for each of its rows, or none', () => {
    expect([...overscanLevels(amplifier(pixels), 'amplifier')]).toEqual([1001.5]);
    expect([...overscanLevels(amplifier(pixels), 'row')]).toEqual([1000, 1001, 1002, 1003]);
    expect([...overscanLevels(amplifier(pixels), 'none')]).toEqual([0]);
    expect([...overscanLevels({ ...amplifier(pixels), overscan: undefined }, 'row')]).toEqual([0]);
  });

  it('leaves out what is hit', () => {
    const hit = pixels.slice();
    hit[5] = 30_000;
    // The mean of the other 31.
    expect(overscanLevels(amplifier(hit), 'amplifier')[0]).toBeCloseTo((32 * 1001.5 - 1000) / 31, 9);
    expect(overscanLevels(amplifier(hit), 'row')[0]).toBe(1000);
  });
});

describe('photon transfer', () => {
  it('of two flats of different levels takes nothing for noise but noise', () => {
    const length = 200_000;
    const [a, b, response] = ['a', 'b', 'response'].map((key) => {
      const values = new Float64Array(length);
      randomStream(5, 'readNoise', key).fillNormal(values);
      return values;
    });
    // Pixels that differ by 2 % among each other; 2 e/ADU, read noise 3 ADU; 10000 and 14000 ADU.
    const flat = (level: number, noise: Float64Array) =>
      Float32Array.from(noise, (value, i) => {
        const mean = level * (1 + 0.02 * response[i]);
        return Math.round(mean + Math.sqrt(mean / 2 + 9) * value);
      });
    const gain = gainOfPairs({ values: [flat(10_000, a), flat(14_000, b)] }, 3);
    // A variance of 200000 values is known to 0.32 %.
    expect(Math.abs(gain / 2 - 1)).toBeLessThan(0.01);
  });

  it('tells an amplifier that bends from a lamp that drifts', () => {
    const points = (bend: number, drift: number) =>
      [1, 4, 2, 5, 3, 6].map((exposureTimeS, i) => {
        const light = 4000 * exposureTimeS * (1 + drift * i);
        return { levelAdu: light * (1 - bend * light), exposureTimeS, midMs: 60_000 * i };
      });
    expect(nonLinearityOf(points(0, 0))).toBeCloseTo(0, 12);
    expect(nonLinearityOf(points(0, 0.01))).toBeCloseTo(0, 12);
    // 2 % are lost at 24000, 0.3 % at 4000: a line through all is off by about 1 % at the ends.
    expect(nonLinearityOf(points(0.02 / 24_000, 0))).toBeGreaterThan(0.005);
    expect(nonLinearityOf(points(0, 0).slice(0, 3))).toBeUndefined();
    expect(nonLinearityOf(points(0, 0).map((each) => ({ ...each, exposureTimeS: 3 })))).toBeUndefined();
  });
});

describe('a smooth surface', () => {
  it('is the polynomial that the grid follows, whatever lies off it', () => {
    const truth = Float64Array.from({ length: 40 * 30 }, (_, i) => {
      const [x, y] = [i % 40, Math.floor(i / 40)];
      return 1 + 0.01 * x - 0.002 * y + 0.0003 * x * y - 0.00001 * x * x * y;
    });
    const spoilt = truth.map((value, i) => (i % 37 === 0 ? Number.NaN : i % 11 === 0 ? value + 5 : value));
    const surface = smoothSurface(spoilt, 40, 30, 4);
    expect(Math.max(...surface.map((value, i) => Math.abs(value - truth[i])))).toBeLessThan(1e-9);
  });

  it('tells gradients from edge to edge', () => {
    // 16 x 8 squares: the plane rises by 0.16 over the width and falls by 0.04 over the height.
    const plane = Float64Array.from({ length: 128 }, (_, i) => 1 + 0.01 * (i % 16) - 0.005 * Math.floor(i / 16));
    const { acrossX, acrossY } = gradientsOf(plane, 16, 8);
    expect(acrossX).toBeCloseTo(0.16, 9);
    expect(acrossY).toBeCloseTo(-0.04, 9);
  });
});

describe('grades', () => {
  const limits = { goodMin: -1, goodMax: 1, badMin: -2, badMax: 2 };

  it('are GOOD, WARN and BAD on both sides; what cannot be measured is BAD', () => {
    const grades = [-2.1, -2, -1.1, -1, 0, 1, 1.1, 2, 2.1, Number.NaN].map((value) => gradeOf(value, limits));
    expect(grades).toEqual(['BAD', 'WARN', 'WARN', 'GOOD', 'GOOD', 'GOOD', 'WARN', 'WARN', 'BAD', 'BAD']);
    expect(gradeOf(1e9, {})).toBe('GOOD');
    expect(worstOf(['GOOD', 'WARN', 'GOOD'])).toBe('WARN');
    expect(worstOf(['WARN', 'BAD'])).toBe('BAD');
    expect(worstOf([])).toBe('GOOD');
  });

  it('come with the limits of the policy, in words too', () => {
    const policy = policyWith({ limits: { hotPixelCount: { goodMax: 3 } } });
    expect(metricOf('hotPixelCount', 4, 'dark', policy)).toMatchObject({
      value: 4,
      goodMax: 3,
      grade: 'WARN',
      unit: 'pixels',
    });
    expect(metricOf('hotPixelCount', 4, 'dark', policyWith())).toMatchObject({ grade: 'GOOD' });
    expect(metricOf('gainDeviation', Number.NaN, 'flat', policy)).not.toHaveProperty('value');
    expect(rangeText(limits, 'good')).toBe('from -1 to 1');
    expect(rangeText({ badMax: 3 }, 'good')).toBe('at most 3');
    expect(rangeText({ badMin: 3 }, 'bad')).toBe('at least 3');
  });

  it('have names that a record can hold', () => {
    for (const name of METRIC_NAMES) expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
  });
});

describe('trends', () => {
  const metric = (name: string, value: number) => ({
    name,
    value,
    unit: 'e',
    meaning: name,
    goodMax: 7,
    grade: 'GOOD' as const,
  });
  const master = (masterId: string, takenFrom: string, value: number, calibrationKey = 'noc1.bias.b1.t-60') =>
    masterOf(masterId, {
      calibrationKey,
      takenFrom,
      quality: {
        grade: 'GOOD',
        reasons: [],
        metrics: [metric('noiseDeviation', value), metric('biasResidual', 2 * value)],
      },
    });

  it('have a row for each key and metric, and its values in the order of time', () => {
    const late = master('b', '2026-11-22T16:00:00.000', 2);
    const early = master('a', '2026-11-21T16:00:00.000', 1);
    const other = master('c', '2026-11-21T17:00:00.000', 9, 'noc1.bias.b2.t-60');
    const rows = trendsOf([late, other, early, late]);
    expect(
      rows.map(({ calibrationKey, metric, points }) => [calibrationKey, metric, points.map(({ value }) => value)]),
    ).toEqual([
      ['noc1.bias.b1.t-60', 'noiseDeviation', [1, 2]],
      ['noc1.bias.b1.t-60', 'biasResidual', [2, 4]],
      ['noc1.bias.b2.t-60', 'noiseDeviation', [9]],
      ['noc1.bias.b2.t-60', 'biasResidual', [18]],
    ]);
    expect(rows[0]).toMatchObject({ unit: 'e', goodMax: 7 });
    expect(rows[0].points[0]).toEqual({
      masterId: 'a',
      dayObs: 20261121,
      takenFrom: early.takenFrom,
      value: 1,
      grade: 'GOOD',
    });
    expect(trendsOf([])).toEqual([]);
  });
});
