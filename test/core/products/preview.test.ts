import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { DQ, type Planes } from '../../../core/calibration/planes.ts';
import { masterPreview, previewOf, reducedPreview } from '../../../core/products/preview.ts';
import { madeFrame, OF_THE_SKY, smallObservatory } from './frames.ts';

/** Planes of some values, with flags at some pixels. */
function planesOf(widthPix: number, values: ArrayLike<number>, flags: Record<number, number> = {}): Planes {
  const data = Float32Array.from(values);
  const dq = new Uint8Array(data.length);
  for (const [at, flag] of Object.entries(flags)) dq[Number(at)] = flag;
  return { widthPix, heightPix: data.length / widthPix, data, uncertainty: new Float32Array(data.length), dq };
}

const ramp = (count: number) => Float32Array.from({ length: count }, (_, i) => i);

describe('the picture of a master', () => {
  it('of a flat goes in proportion from its lowest to its highest values but for half a per cent', () => {
    // 1001 values 0 to 1000: black is 5, white is 995.
    const { data, width, height, channels } = decode(masterPreview(planesOf(1001, ramp(1001)), 'flat', 2000));
    expect([width, height, channels]).toEqual([1001, 1, 1]);
    const at = [0, 5, 203, 500, 995, 1000];
    expect(at.map((i) => data[i])).toEqual([0, 0, 51, 128, 255, 255]);
  });

  it('of a bias goes from three standard deviations below its median to five above', () => {
    // Median 0, median of deviations 1: a standard deviation of 1.4826.
    const values = [...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : -1)), 0, 5 * 1.4827, -3 * 1.4827];
    const { data } = decode(masterPreview(planesOf(43, values), 'bias', 100));
    expect([...data.slice(40)]).toEqual([96, 255, 0]);
  });

  it('of one value throughout is grey', () => {
    const { data } = decode(masterPreview(planesOf(4, new Float32Array(16).fill(0.01)), 'dark', 100));
    expect([...new Set(data)]).toEqual([128]);
  });

  it('has the bottom row at the bottom', () => {
    const { data } = decode(masterPreview(planesOf(1, ramp(200)), 'flat', 100));
    expect(data[0]).toBe(255);
    expect(data[199]).toBe(0);
  });

  it('shows means of blocks, from which pixels without worth are left out', () => {
    const values = [
      [1, 1, 3, 3],
      [1, 900, 3, Number.NaN],
      [5, 5, -900, 9],
      [5, 5, 9, 9],
    ];
    const planes = planesOf(4, values.flat(), { 5: DQ.BAD_PIXEL, 10: DQ.NO_DATA });
    const { width, height, data } = decode(masterPreview(planes, 'flat', 2));
    expect([width, height]).toEqual([2, 2]);
    // Means 1, 3, 5, 9; of four values the lowest and the third are the levels: 1 and 5.
    expect([...data]).toEqual([255, 255, 0, 128]);
  });

  it('with no value at all is black', () => {
    const { data } = decode(masterPreview(planesOf(2, new Float32Array(4).fill(Number.NaN)), 'flat', 2));
    expect([...new Set(data)]).toEqual([0]);
  });
});

describe('the picture of a reduced frame', () => {
  // 1000 values: black is number 19 of them, white number 997.
  const sky = planesOf(1000, ramp(1000), { 500: DQ.COSMIC_RAY | DQ.SATURATED, 600: DQ.HOT_PIXEL });

  it('raises the faint by the inverse hyperbolic sine', () => {
    const { data, channels } = decode(reducedPreview(sky, 1000));
    expect(channels).toBe(1);
    const grey = (value: number) => Math.round((255 * Math.asinh((12 * (value - 19)) / (997 - 19))) / Math.asinh(12));
    expect([0, 19, 40, 250, 750, 997, 999].map((i) => data[i])).toEqual([
      0,
      0,
      grey(40),
      grey(250),
      grey(750),
      255,
      255,
    ]);
  });

  it('shows flags in colours, when it is asked to', () => {
    const { data, channels } = decode(reducedPreview(sky, 1000, { showFlags: true }));
    expect(channels).toBe(3);
    const pixel = (i: number) => [...data.slice(3 * i, 3 * i + 3)];
    expect(new Set(pixel(499)).size).toBe(1);
    expect(pixel(500)).toEqual([230, 60, 50]);
    expect(pixel(600)).toEqual([250, 130, 30]);
  });

  it('leaves the planes as they are', () => {
    const planes = planesOf(4, [4, 3, 2, 1, 8, 7, 6, 5]);
    reducedPreview(planes, 4);
    masterPreview(planes, 'bias', 4);
    expect([...planes.data]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  });
});

describe('the picture of a raw frame', () => {
  it('shows its section alone, as wide as it may be', () => {
    const { rendered } = madeFrame(smallObservatory(), OF_THE_SKY);
    const png = (width: number) => decode(previewOf(rendered.frame, rendered.readOut.imageSection, width));
    expect([png(500).width, png(500).height]).toEqual([128, 128]);
    // Blocks of 3 x 3 pixels; two columns and rows are over.
    expect([png(50).width, png(50).height]).toEqual([42, 42]);
  });
});
