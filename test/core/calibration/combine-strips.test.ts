import { describe, expect, it } from 'vitest';
import { combine, type Stack } from '../../../core/calibration/combine.ts';
import { combineStrips, rowsAtOnce } from '../../../core/calibration/combine-strips.ts';

const CLIPPED = { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 3, deviation: 'mad', iterationsMax: 100 } as const;
const [frameCount, widthPix, heightPix] = [12, 37, 23];
const frames = Array.from({ length: frameCount }, (_, f) =>
  Uint16Array.from(
    { length: widthPix * heightPix },
    (_, i) => 1000 + 20 * Math.sin(i * (f + 1)) + (i % 50 === f ? 9000 : 0),
  ),
);
const plane = Float32Array.from({ length: widthPix * heightPix }, (_, i) => Math.cos(i));
const factors = frames.map(() => 3);
const cut = (y0: number, y1: number): Stack => ({
  frames: frames.map((frame) => frame.slice(y0 * widthPix, y1 * widthPix)),
  offsets: frames.map((_, f) => 900 + f / 7),
  subtract: [{ plane: plane.slice(y0 * widthPix, y1 * widthPix), factors }],
});

describe('combineStrips', () => {
  it.each([1, 2, 5, 22, 23, 1000])('gives what combine gives, %i rows at a time', async (rows) => {
    const asked: [number, number][] = [];
    const stack = async (y0: number, y1: number) => {
      asked.push([y0, y1]);
      return cut(y0, y1);
    };
    const memoryBytes = rows * frameCount * widthPix * 2 + 1;
    const combined = await combineStrips(
      { frameCount, widthPix, heightPix, bytesPerPixel: 2, stack },
      CLIPPED,
      memoryBytes,
    );
    expect(combined).toEqual(combine(cut(0, heightPix), CLIPPED));
    expect(asked[0][0]).toBe(0);
    expect(asked.at(-1)?.[1]).toBe(heightPix);
    for (const [y0, y1] of asked) expect(y1 - y0).toBeLessThanOrEqual(rows);
    for (let i = 1; i < asked.length; i++) expect(asked[i][0]).toBe(asked[i - 1][1]);
  });

  it('says so when one row does not fit, and when a strip has another size', async () => {
    const size = { frameCount, widthPix, heightPix, bytesPerPixel: 2 };
    expect(() => rowsAtOnce(size, 887)).toThrow('one row of 12 frames takes 888 bytes, more than the 887 allowed');
    expect(rowsAtOnce(size, 888)).toBe(1);
    const short = combineStrips({ ...size, stack: async (y0, y1) => cut(y0, y1 - 1) }, CLIPPED, 888 * 4);
    await expect(short).rejects.toThrow('rows 0 to 4 came as 12 frames of 111 pixels: there must be 12 of 148');
  });
});
