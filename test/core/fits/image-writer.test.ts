import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerCard } from '../../../core/fits/cards.ts';
import { InvalidImageSize } from '../../../core/fits/errors.ts';
import { writeImage } from '../../../core/fits/image.ts';
import { openImageWriter } from '../../../core/fits/image-writer.ts';
import type { Pixels } from '../../../core/fits/pixels.ts';

const FORMATS = {
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** The file that comes of writing so many rows at a time, the last header over the first. */
function streamed(format: keyof typeof FORMATS, pixels: Pixels, widthPix: number, rowsAtOnce: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const heightPix = pixels.length / widthPix;
  const cards = [integerCard('SEQNUM', 7)];
  const writer = openImageWriter({ cards, widthPix, heightPix, format, write: (bytes) => parts.push(bytes) });
  for (let row = 0; row < heightPix; row += rowsAtOnce) {
    writer.writeRows(pixels.subarray(row * widthPix, (row + rowsAtOnce) * widthPix));
  }
  const header = writer.close();
  expect(header.length).toBe(parts[0].length);
  return new Uint8Array(Buffer.concat([header, ...parts.slice(1)]));
}

describe('an image written row by row', () => {
  it.each(Object.keys(FORMATS) as (keyof typeof FORMATS)[])('is the file that is written at once: %s', (format) => {
    const size = fc.integer({ min: 1, max: 17 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 5 }), fc.nat(), (widthPix, heightPix, rowsAtOnce, seed) => {
        const random = Array.from(
          { length: widthPix * heightPix },
          (_, i) => Math.imul(i + 1, seed + 2654435761) >> 15,
        );
        const pixels = FORMATS[format].from(random);
        const whole = writeImage({ cards: [integerCard('SEQNUM', 7)], widthPix, heightPix, pixels });
        expect(Buffer.compare(streamed(format, pixels, widthPix, rowsAtOnce), whole)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps nothing of what it has written', () => {
    let most = 0;
    const writer = openImageWriter({
      cards: [],
      widthPix: 1000,
      heightPix: 2000,
      format: 'uint16',
      write: (bytes) => {
        most = Math.max(most, bytes.buffer.byteLength);
      },
    });
    for (let row = 0; row < 2000; row++) writer.writeRows(new Uint16Array(1000));
    writer.close();
    // The largest piece that was ever made ready is a header, of whole blocks.
    expect(most).toBe(2880);
  });

  it('is refused with parts of rows, too many or too few of them, other pixels and no size', () => {
    const open = (widthPix: number, heightPix: number) =>
      openImageWriter({ cards: [], widthPix, heightPix, format: 'int16', write: () => {} });
    expect(() => open(3, 2).writeRows(new Int16Array(2))).toThrow(InvalidImageSize);
    expect(() => open(3, 2).writeRows(new Int16Array(9))).toThrow(InvalidImageSize);
    expect(() => open(3, 2).writeRows(new Uint16Array(3))).toThrow(TypeError);
    expect(() => open(3, 2).close()).toThrow(InvalidImageSize);
    expect(() => open(0, 2)).toThrow(InvalidImageSize);
  });
});
