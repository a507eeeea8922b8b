import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CombinedPixels, combine } from '../../../core/calibration/combine.ts';

interface Clipped {
  low: number;
  high: number;
  deviation: 'mad' | 'std';
  iterations: number | null;
  value: number[];
  kept: number[];
}

interface Case {
  type: 'u16' | 'f32';
  frames: number[][];
  clipped: Clipped[];
  median: number[];
  mean: number[];
  weights: number[];
  weighted: number[];
  scales: number[];
  scaled: number[];
  ccdprocClipped: number[];
  minMax?: number[];
}

/** Made by test/truth/calibration/combine.py with astropy and ccdproc, whose versions stand in it. */
const truth = JSON.parse(readFileSync('test/truth/calibration/combine.json', 'utf8')) as { cases: Case[] };

describe.each(truth.cases.map((one) => [`${one.frames.length} frames of ${one.type}`, one] as const))(
  '%s',
  (_, one) => {
    const frames = one.frames.map((frame) => (one.type === 'u16' ? Uint16Array : Float32Array).from(frame));
    /** One unit in the last place of a number of 32 bits. */
    const agrees = ({ value }: CombinedPixels, wanted: number[]) => {
      expect(value.length).toBe(wanted.length);
      value.forEach((mine, i) => {
        expect(Math.abs(mine - wanted[i])).toBeLessThanOrEqual(2 ** -23 * Math.abs(wanted[i]));
      });
    };

    it.each(one.clipped)(
      'is clipped as by astropy: $deviation, -$low +$high sigma, iterations $iterations',
      (clipped) => {
        const combined = combine(
          { frames },
          {
            method: 'clippedMean',
            sigmaLow: clipped.low,
            sigmaHigh: clipped.high,
            deviation: clipped.deviation,
            iterationsMax: clipped.iterations ?? 100,
          },
        );
        expect([...combined.kept]).toEqual(clipped.kept);
        agrees(combined, clipped.value);
      },
    );

    it('has the median, the mean, and the clipped mean of ccdproc, which clips once', () => {
      agrees(combine({ frames }, { method: 'median' }), one.median);
      agrees(combine({ frames }, { method: 'mean' }), one.mean);
      const once = { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 3, deviation: 'mad', iterationsMax: 1 } as const;
      agrees(combine({ frames }, once), one.ccdprocClipped);
    });

    it('is weighted as by ccdproc', () => {
      agrees(combine({ frames, weights: one.weights }, { method: 'mean' }), one.weighted);
    });

    it('is scaled as by ccdproc', () => {
      const { value } = combine({ frames, scales: one.scales }, { method: 'median' });
      // Each value was rounded to 32 bits once before.
      value.forEach((mine, i) => {
        expect(Math.abs(mine / one.scaled[i] - 1)).toBeLessThan(2 ** -22);
      });
    });

    it.runIf(one.minMax)('leaves out the lowest and the two highest as ccdproc does', () => {
      const combined = combine({ frames }, { method: 'minMax', rejectLow: 1, rejectHigh: 2 });
      agrees(combined, one.minMax ?? []);
      expect(new Set(combined.kept)).toEqual(new Set([frames.length - 3]));
    });
  },
);
