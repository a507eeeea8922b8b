import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../../core/records/observatory/camera.ts';
import { saturationAdu } from '../../../../core/records/observatory.ts';
import { chip, read, statistics } from './helpers.ts';

const { camera } = chip({ widthPix: 512, heightPix: 512 });
/** A frame of an ideal chip. */
const readOut = (from: Camera, light: Float32Array | undefined, exposureId: string) =>
  read(chip(from), light, exposureId);
const PIXELS = 512 * 512;
const flat = (electrons: number) => new Float32Array(PIXELS).fill(electrons);

describe('an ideal chip', () => {
  it.each([0, 0.5, 8, 40, 600, 20_000, 80_000])('obeys the photon transfer curve at %d electrons', (electrons) => {
    // Variance in ADU^2: (S + R^2) / g^2 of light and readout, and 1/12 of rounding.
    const { pixels } = readOut(camera, flat(electrons), `ptc-${electrons}`).frame;
    const { mean, variance } = statistics(pixels);
    const expected = (electrons + 36) / 1.6 ** 2 + 1 / 12;
    expect(Math.abs(mean - 1000 - electrons / 1.6)).toBeLessThan(4.5 * Math.sqrt(expected / PIXELS));
    // The variance of a variance is (2 + excess kurtosis) / n; a Poisson number adds 1 / S.
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4.5 * Math.sqrt((2 + 1 / Math.max(electrons, 20)) / PIXELS));
  });

  it('gives a bias frame of bias level and read noise alone', () => {
    const { frame, saturatedPixels } = readOut(camera, undefined, 'bias');
    const { mean, variance } = statistics(frame.pixels);
    const expected = 36 / 1.6 ** 2 + 1 / 12;
    expect(saturatedPixels).toBe(0);
    expect(Math.abs(mean - 1000)).toBeLessThan(4.5 * Math.sqrt(expected / PIXELS));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4.5 * Math.sqrt(2 / PIXELS));
  });

  it('holds no more than the full well', () => {
    const { frame, saturatedPixels } = readOut(camera, flat(1e6), 'bright');
    // 1000 + 100000 / 1.6 ADU, with the read noise on it.
    const { mean, variance } = statistics(frame.pixels);
    expect(saturatedPixels).toBe(PIXELS);
    // 1000 + 0.99 * 62500.
    expect(saturationAdu(camera)).toBe(62_875);
    expect(mean).toBeCloseTo(63_500, 1);
    expect(Math.abs(variance / (36 / 1.6 ** 2 + 1 / 12) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / PIXELS));
  });

  it('converts to no more than 65535 and no less than 0', () => {
    const bright = readOut({ ...camera, gainEPerAdu: 0.5 }, flat(90_000), 'bright');
    expect(bright.frame.pixels.every((adu) => adu === 65_535)).toBe(true);
    expect(bright.saturatedPixels).toBe(PIXELS);
    const low = readOut({ ...camera, biasLevelAdu: 2, readNoiseE: 16 }, undefined, 'low').frame.pixels;
    // Half of all below 2 - 0.5 and so on: Phi((0.5 - 2) / 10) of a normal of sigma 10 lands on 0.
    const zeros = low.filter((adu) => adu === 0).length / PIXELS;
    expect(Math.abs(zeros - 0.4403823)).toBeLessThan(4.5 * Math.sqrt(0.25 / PIXELS));
  });

  it('makes noise that is neighbour to neighbour and frame to frame uncorrelated', () => {
    const values = (exposureId: string) =>
      Array.from(readOut(camera, flat(400), exposureId).frame.pixels, (adu) => adu - 1250);
    const [one, two] = [values('a'), values('b')];
    const correlation = (lag: number, other: number[]) => {
      let sum = 0;
      for (let i = 0; i + lag < PIXELS; i++) sum += one[i] * other[i + lag];
      return sum / (PIXELS * ((400 + 36) / 1.6 ** 2 + 1 / 12));
    };
    for (const r of [correlation(1, one), correlation(512, one), correlation(513, one), correlation(0, two)]) {
      expect(Math.abs(r)).toBeLessThan(4.5 / Math.sqrt(PIXELS));
    }
  });

  it('makes noise in a row that does not depend on the light in others', () => {
    const light = flat(400);
    const without = readOut(camera, light, 'a').frame.pixels;
    light.fill(50_000, 100 * 512, 101 * 512);
    const withStar = readOut(camera, light, 'a').frame.pixels;
    expect(withStar.subarray(0, 100 * 512)).toEqual(without.subarray(0, 100 * 512));
    expect(withStar.subarray(101 * 512)).toEqual(without.subarray(101 * 512));
    expect(withStar[100 * 512]).toBeGreaterThan(30_000);
  });
});
