import { randomBytes } from 'node:crypto';
import { decode, encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { pictureOf, pictureWidthPx } from '../../../functions/report-calibration/pictures.ts';

const bytesOf = (dataUri: string): Uint8Array => Buffer.from(dataUri.split(',')[1], 'base64');
const grey = (width: number, height: number, data: Uint8Array) =>
  encode({ width, height, data, depth: 8, channels: 1 });

describe('pictures of the calibration page', () => {
  it('are means of square blocks', () => {
    const png = grey(4, 4, Uint8Array.from([0, 10, 200, 200, 20, 30, 200, 200, 1, 1, 7, 9, 1, 1, 9, 7]));
    const { dataUri, widthPx, heightPx } = pictureOf(png, 2);
    expect([widthPx, heightPx]).toEqual([2, 2]);
    expect([...decode(bytesOf(dataUri)).data]).toEqual([15, 200, 1, 8]);
  });

  it('are never wider nor higher than asked for', () => {
    const { widthPx, heightPx } = pictureOf(grey(500, 900, new Uint8Array(450_000)), 100);
    expect([widthPx, heightPx]).toEqual([55, 100]);
  });

  it('of 40 frames and 12 masters, of pure noise, take less than 6 MB', () => {
    const sidePx = pictureWidthPx(52);
    const noise = pictureOf(grey(1024, 1024, randomBytes(1 << 20)), sidePx);
    expect(noise.widthPx).toBeGreaterThan(150);
    expect(52 * noise.dataUri.length).toBeLessThan(6e6);
    expect(pictureWidthPx(1)).toBe(480);
  });

  it('of another kind are refused', () => {
    const colours = encode({ width: 2, height: 2, data: new Uint8Array(12), depth: 8, channels: 3 });
    expect(() => pictureOf(colours, 2)).toThrow('3 channels of 8 bits');
  });
});
