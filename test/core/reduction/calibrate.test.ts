import { describe, expect, it } from 'vitest';
import { DQ } from '../../../core/calibration/planes.ts';
import { calibrate } from '../../../core/reduction/calibrate.ts';
import { evenPlanes, rawFrame, stream } from './frames.ts';

const plain = { overscan: 'amplifier', lowFlat: 0.2 } as const;

describe('counts to electrons', () => {
  it('is the formula, pixel by pixel, of two amplifiers of odd width with levels and gains of their own', () => {
    const [width, height] = [23, 5];
    const raw = rawFrame(
      { widthPix: width, heightPix: height, amplifiers: 2 },
      (k) => 1000 + 100 * k,
      (x, y) => 1500 + 37 * x + 11 * y,
    );
    const amplifiers = raw.amplifiers.map((amplifier, k) => ({
      ...amplifier,
      gainEPerAdu: k === 0 ? 1.5 : 2,
      readNoiseE: k === 0 ? 6 : 8,
    }));
    const bias = evenPlanes(width, height, 3, 0.5);
    const dark = evenPlanes(width, height, 0.1, 0.01);
    const flat = evenPlanes(width, height, 0.9, 0.003);
    bias.data.set(bias.data.map((_, i) => 3 + (i % 7) / 8));
    flat.data.set(flat.data.map((_, i) => 0.8 + (i % 5) / 16));
    const result = calibrate({ ...raw, amplifiers }, { ...plain, bias, dark: { planes: dark, factor: 60 }, flat });
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const [level, gain, noise] = x < 11 ? [1000, 1.5, 6] : [1100, 2, 8];
        const charge = gain * (1500 + 37 * x + 11 * y - level - bias.data[i]);
        const value = (charge - gain * 60 * 0.1) / flat.data[i];
        const variance = charge + noise ** 2 + gain ** 2 * (0.5 ** 2 + (60 * 0.01) ** 2);
        const sigma = Math.sqrt(variance + (value * 0.003) ** 2) / flat.data[i];
        expect(result.data[i] / value).toBeCloseTo(1, 5);
        expect(result.uncertainty[i] / sigma).toBeCloseTo(1, 5);
        expect(result.dq[i]).toBe(0);
      }
    }
  });

  it('does not divide by a flat below the limit, by none, by a negative one', () => {
    const raw = rawFrame(
      { widthPix: 8, heightPix: 2 },
      () => 1000,
      () => 2000,
    );
    const flat = evenPlanes(8, 2, 1);
    flat.data.set([0.19, 0, -1, Number.NaN, 0.2]);
    const { data, uncertainty, dq } = calibrate(raw, { ...plain, flat });
    expect([...data.subarray(0, 4)]).toEqual([1500, 1500, 1500, 1500]);
    expect([...uncertainty.subarray(0, 4)]).toEqual(new Array(4).fill(Number.POSITIVE_INFINITY));
    expect([...dq.subarray(0, 5)]).toEqual([DQ.LOW_FLAT, DQ.LOW_FLAT, DQ.LOW_FLAT, DQ.LOW_FLAT, 0]);
    expect(data[4]).toBeCloseTo(7500, 2);
    expect([...data].every(Number.isFinite)).toBe(true);
  });

  it('flags saturation from the level on, keeps the flags of every master, and has no data where a master has no number', () => {
    const raw = rawFrame(
      { widthPix: 9, heightPix: 3 },
      () => 1000,
      (x) => (x < 2 ? 60_000 : 59_999),
    );
    const [bias, dark, flat] = [evenPlanes(9, 3, 0), evenPlanes(9, 3, 0), evenPlanes(9, 3, 1)];
    bias.dq[8] = DQ.BAD_PIXEL;
    dark.dq[8] = DQ.HOT_PIXEL;
    flat.dq[8] = DQ.COSMIC_RAY;
    bias.data[12] = Number.NaN;
    const { data, uncertainty, dq } = calibrate(raw, { ...plain, bias, dark: { planes: dark, factor: 1 }, flat });
    expect([...dq.subarray(0, 3)]).toEqual([DQ.SATURATED, DQ.SATURATED, 0]);
    expect(dq[8]).toBe(DQ.BAD_PIXEL | DQ.HOT_PIXEL | DQ.COSMIC_RAY);
    expect([data[12], uncertainty[12], dq[12]]).toEqual([0, Number.POSITIVE_INFINITY, DQ.NO_DATA]);
  });

  it('modifies neither frame nor masters', () => {
    const raw = rawFrame(
      { widthPix: 12, heightPix: 4 },
      () => 1000,
      (x, y) => 1100 + x * y,
    );
    const masters = { bias: evenPlanes(12, 4, 2, 1), flat: evenPlanes(12, 4, 0.1, 0.01) };
    const before = structuredClone({ raw, masters });
    calibrate(raw, { ...plain, ...masters });
    expect({ raw, masters }).toEqual(before);
  });

  it('tells an uncertainty that is the scatter of many frames', () => {
    const [width, height, frames, gain, readNoiseE] = [32, 32, 400, 1.5, 6];
    const chance = stream('scatter');
    const length = width * height;
    // A master bias and flat that are wrong by as much as they say, anew in each frame.
    const [biasSigma, flatSigma, skyE] = [2, 0.02, 900];
    const sums = { data: 0, squares: 0, variance: 0 };
    const normals = new Float32Array(length);
    for (let frame = 0; frame < frames; frame++) {
      const electrons = new Float32Array(length);
      chance.fillPoisson(new Float32Array(length).fill(skyE), electrons);
      chance.fillNormal(normals);
      const counts = electrons.map((value, i) => Math.round(1000.5 + (value + readNoiseE * normals[i]) / gain));
      const raw = rawFrame(
        { widthPix: width, heightPix: height, gainEPerAdu: gain, readNoiseE },
        () => 1000,
        (x, y) => counts[y * width + x],
      );
      const bias = evenPlanes(width, height, 0.5, biasSigma);
      chance.fillNormal(normals);
      bias.data.set(normals.map((normal) => 0.5 + biasSigma * normal));
      const flat = evenPlanes(width, height, 1, flatSigma);
      chance.fillNormal(normals);
      flat.data.set(normals.map((normal) => 1 + flatSigma * normal));
      const { data, uncertainty } = calibrate(raw, { ...plain, bias, flat });
      for (let i = 0; i < length; i++) {
        sums.data += data[i];
        sums.squares += (data[i] - skyE) ** 2;
        sums.variance += uncertainty[i] ** 2;
      }
    }
    // Known to sqrt(2 / 409600) = 0.2 %. Rounding to counts adds gain^2 / 12 of 1269 electrons^2, the division by a noisy flat some
    // 3 sigma_f^2 of its part.
    expect(sums.squares / sums.variance).toBeGreaterThan(0.985);
    expect(sums.squares / sums.variance).toBeLessThan(1.015);
  });
});
