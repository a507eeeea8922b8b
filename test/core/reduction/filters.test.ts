import { describe, expect, it } from 'vitest';
import { laplacian, median3x3, median5x5, SMOOTH_NOISE, smooth3x3 } from '../../../core/reduction/filters.ts';
import { medianInPlace } from '../../../core/reduction/medians.ts';
import { stream } from './frames.ts';

/** The window about each pixel, edges repeated, given to a function. */
function slowly(
  plane: { widthPix: number; heightPix: number; data: Float32Array },
  reach: number,
  of: (values: number[]) => number,
) {
  const { widthPix, heightPix, data } = plane;
  const clamp = (i: number, size: number) => Math.min(size - 1, Math.max(0, i));
  return data.map((_, i) => {
    const [x, y] = [i % widthPix, Math.floor(i / widthPix)];
    const values: number[] = [];
    for (let v = y - reach; v <= y + reach; v++) {
      for (let u = x - reach; u <= x + reach; u++)
        values.push(data[clamp(v, heightPix) * widthPix + clamp(u, widthPix)]);
    }
    return of(values);
  });
}
const middle = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

describe('filters', () => {
  const plane = { widthPix: 37, heightPix: 70, data: new Float32Array(37 * 70) };
  stream('filters').fillNormal(plane.data);
  // Equal values too.
  for (let i = 0; i < plane.data.length; i += 3) plane.data[i] = Math.round(plane.data[i]) + 0;

  it('take medians as sorting does', () => {
    expect(median3x3(plane)).toEqual(slowly(plane, 1, middle));
    expect(median5x5(plane)).toEqual(slowly(plane, 2, middle));
  });

  it('have networks that are right for every order: of 0 and 1 in all 512 arrangements of 3 x 3', () => {
    // The zero-one principle (Knuth, The Art of Computer Programming 3, 5.3.4): right for zeros and ones is right for all numbers.
    for (let bits = 0; bits < 512; bits++) {
      const data = Float32Array.from({ length: 9 }, (_, i) => (bits >> i) & 1);
      expect(median3x3({ widthPix: 3, heightPix: 3, data })[4]).toBe(middle([...data]));
    }
  });

  it('give a lone pixel its height as Laplacian, and none to an even slope', () => {
    const lone = { widthPix: 9, heightPix: 9, data: new Float32Array(81) };
    lone.data[40] = 80;
    expect(laplacian(lone)[40]).toBe(80);
    const slope = { widthPix: 9, heightPix: 9, data: Float32Array.from({ length: 81 }, (_, i) => 4 * (i % 9)) };
    // Of the quarters, those towards the lower side are 4 lower than their neighbour, and count as 0.
    expect(laplacian(slope)[40]).toBe(1);
  });

  it('smooth with weights whose sum is 1 and whose noise is known', () => {
    const lone = { widthPix: 5, heightPix: 5, data: new Float32Array(25) };
    lone.data[12] = 16;
    expect([...smooth3x3(lone)]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 2, 4, 2, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0]);
    expect(SMOOTH_NOISE).toBeCloseTo(Math.sqrt(4 * 1 + 4 * 4 + 16) / 16, 12);
  });

  it('select medians of odd and even counts', () => {
    expect(medianInPlace(Float64Array.of(5, 1, 4))).toBe(4);
    expect(medianInPlace(Float64Array.of(5, 1, 4, 2))).toBe(3);
    expect(medianInPlace(Float32Array.of(3, 1, 2, 99, -99), 3)).toBe(2);
    expect(medianInPlace(Float32Array.of(7))).toBe(7);
  });
});
