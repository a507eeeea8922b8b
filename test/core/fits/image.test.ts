import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentCards, integerCard, textCards } from '../../../core/fits/cards.ts';
import {
  ChecksumMismatch,
  InvalidImageSize,
  NotFits,
  TruncatedFits,
  UnsupportedFits,
} from '../../../core/fits/errors.ts';
import { imageExtension, writeImage } from '../../../core/fits/image.ts';
import type { Pixels } from '../../../core/fits/pixels.ts';
import { decodePixels } from '../../../core/fits/pixels-read.ts';
import { readHeader, readImage, verifyChecksum } from '../../../core/fits/read.ts';

const image = (pixels: Pixels, widthPix = pixels.length, heightPix = 1) =>
  writeImage({ cards: [], widthPix, heightPix, pixels });
const dataOf = (bytes: Uint8Array) => [...bytes.subarray(readHeader(bytes).lengthBytes)];
/** The bytes of a file with the first place of a text replaced by another of the same length. */
function replaced(bytes: Uint8Array, text: string, other: string): Uint8Array {
  const out = bytes.slice();
  const at = new TextDecoder('latin1').decode(bytes).indexOf(text);
  expect(at).toBeGreaterThanOrEqual(0);
  out.set(
    Uint8Array.from(other, (character) => character.charCodeAt(0)),
    at,
  );
  return out;
}

/** The bytes of a file with zeros after them, up to a length. */
function longer(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

describe('an image', () => {
  it('is stored big-endian, unsigned counts as signed ones 32768 below, rows from the bottom', () => {
    const bytes = image(Uint16Array.of(0, 1, 32768, 65535, 258, 40000), 3, 2);
    const data = dataOf(bytes);
    // 0 -> -32768, 1 -> -32767, 32768 -> 0, 65535 -> 32767, 258 -> -32510 = 0x8102, 40000 -> 7232 = 0x1c40.
    expect(data.slice(0, 12)).toEqual([0x80, 0x00, 0x80, 0x01, 0x00, 0x00, 0x7f, 0xff, 0x81, 0x02, 0x1c, 0x40]);
    expect(data).toHaveLength(2880);
    expect(data.slice(12).every((byte) => byte === 0)).toBe(true);
    const { values } = readHeader(bytes);
    expect(Object.fromEntries([...values].slice(0, 7))).toEqual({
      SIMPLE: true,
      BITPIX: 16,
      NAXIS: 2,
      NAXIS1: 3,
      NAXIS2: 2,
      BSCALE: 1,
      BZERO: 32768,
    });
  });

  it.each([
    ['doubles', Float64Array.of(1), [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['floats', Float32Array.of(-2), [0xc0, 0, 0, 0]],
    ['32-bit integers', Int32Array.of(-2), [0xff, 0xff, 0xff, 0xfe]],
    ['16-bit integers', Int16Array.of(-2, 1, 3), [0xff, 0xfe, 0, 1, 0, 3]],
    ['bytes', Uint8Array.of(255, 1, 3, 0, 7), [0xff, 1, 3, 0, 7]],
  ])('of %s is stored big-endian', (_, pixels, expected) => {
    expect(dataOf(image(pixels)).slice(0, expected.length)).toEqual(expected);
  });

  it('comes back with the same pixels and right checksums, whatever it holds', () => {
    const options = { minLength: 1, maxLength: 3000 };
    const pixels = fc.oneof(
      fc.uint8Array(options),
      fc.uint16Array(options),
      fc.int16Array(options),
      fc.int32Array(options),
      fc.float32Array(options),
      fc.float64Array(options),
    );
    fc.assert(
      fc.property(pixels, (given) => {
        const before = given.slice();
        const bytes = image(given);
        expect(readImage(bytes).pixels).toEqual(before);
        expect(given).toEqual(before);
        expect(bytes.length % 2880).toBe(0);
        expect(verifyChecksum(bytes)).toEqual({ hdu: 'right', data: 'right' });
      }),
    );
  });

  it('comes back when its pixels begin in the middle of a word', () => {
    const pixels = new Uint16Array(8).map((_, i) => i * 9000).subarray(1);
    expect(readImage(image(pixels)).pixels).toEqual(pixels);
  });

  it('has right checksums when it is large and all ones', () => {
    const bytes = image(new Int16Array(300_001).fill(-1));
    expect(verifyChecksum(bytes)).toEqual({ hdu: 'right', data: 'right' });
  });

  it('tells older software of continued texts, and only then', () => {
    const long = writeImage({
      cards: textCards('LONG', 'x'.repeat(200)),
      widthPix: 1,
      heightPix: 1,
      pixels: new Int16Array(1),
    });
    expect(readHeader(long).values.get('LONGSTRN')).toBe('OGIP 1.0');
    expect(readHeader(image(new Int16Array(1))).values.has('LONGSTRN')).toBe(false);
  });

  it('has its own cards and the free texts', () => {
    const cards = [integerCard('SEQNUM', 7), ...commentCards('seen')];
    const { header, widthPix, heightPix } = readImage(
      writeImage({ cards, widthPix: 2, heightPix: 3, pixels: new Int16Array(6) }),
    );
    expect({ widthPix, heightPix }).toEqual({ widthPix: 2, heightPix: 3 });
    expect(header.values.get('SEQNUM')).toBe(7);
    expect(header.comments).toEqual(['seen']);
  });

  it.each([
    [2, 2],
    [0, 0],
    [-1, -3],
    [1.5, 2],
  ])('of 3 pixels is refused as one of %d x %d', (widthPix, heightPix) => {
    expect(() => image(new Uint16Array(3), widthPix, heightPix)).toThrow(InvalidImageSize);
  });
});

describe('stored pixels', () => {
  it('are scaled by BSCALE and BZERO', () => {
    expect(decodePixels(Uint8Array.of(0, 1, 0xff, 0xff), 16, 0.5, 10)).toEqual(Float64Array.of(10.5, 9.5));
    expect(decodePixels(Uint8Array.of(0, 255), 8, 1, 0)).toEqual(Uint8Array.of(0, 255));
  });
});

describe('a damaged file', () => {
  const bytes = image(Uint16Array.from({ length: 3000 }, (_, i) => i));

  it('has a wrong checksum wherever one bit is flipped', () => {
    const dataStart = readHeader(bytes).lengthBytes;
    const inData = bytes.slice();
    inData[dataStart + 1234] ^= 4;
    expect(verifyChecksum(inData)).toEqual({ hdu: 'wrong', data: 'wrong' });
    expect(verifyChecksum(replaced(bytes, 'columns', 'Columns'))).toEqual({ hdu: 'wrong', data: 'right' });
  });

  it('is not read, unless it is asked for all the same, and it is said which part is damaged', () => {
    const inData = bytes.slice();
    inData[readHeader(bytes).lengthBytes + 1234] ^= 4;
    expect(() => readImage(inData)).toThrow(ChecksumMismatch);
    expect(() => readImage(inData)).toThrow('DATASUM of HDU 0 (PRIMARY)');
    expect(() => readImage(replaced(bytes, 'columns', 'Columns'))).toThrow('CHECKSUM of HDU 0 (PRIMARY)');
    expect(readImage(inData, { verify: false }).pixels.filter((pixel, i) => pixel !== i)).toHaveLength(1);
  });

  it('has none where the cards are missing', () => {
    const without = replaced(replaced(bytes, 'CHECKSUM=', 'CHECKSUX='), 'DATASUM =', 'DATASUX =');
    expect(verifyChecksum(without)).toEqual({ hdu: 'absent', data: 'absent' });
  });

  it.each([
    ['within its first card', 40],
    ['within its header', 1600],
    ['within its data', 5760],
    ['within the last block', -1],
  ])('is told from a whole one when it ends %s', (_, length) => {
    expect(() => readImage(bytes.slice(0, length))).toThrow(TruncatedFits);
  });

  it.each([
    ['another begin', replaced(bytes, 'SIMPLE  =', 'SAMPLE  =')],
    ['SIMPLE = F', replaced(bytes, 'T / conforms', 'F / conforms')],
    ['a control character', replaced(bytes, 'columns', 'col\tmns')],
    ['a keyword twice', replaced(bytes, 'BSCALE  =', 'BITPIX  =')],
    ['a keyword in lower case', replaced(bytes, 'BSCALE  =', 'bscale  =')],
    ['a card without a value indicator', replaced(bytes, 'BSCALE  =', 'BSCALE   ')],
    ['a value that is none', replaced(bytes, '                   16 /', '                  1x6 /')],
    ['no NAXIS2', replaced(bytes, 'NAXIS2', 'NAXISX')],
    ['bytes after its data unit', Uint8Array.of(...bytes, ...new Uint8Array(2880))],
    ['text after END', replaced(bytes, `END${' '.repeat(80)}`, `END${' '.repeat(79)}x`)],
  ])('is not FITS with %s', (_, damaged) => {
    expect(() => readImage(damaged)).toThrow(NotFits);
  });

  it.each([
    [
      'an extension',
      Uint8Array.of(
        ...bytes,
        ...imageExtension('MORE', { cards: [], widthPix: 1, heightPix: 1, pixels: new Int16Array(1) }),
      ),
    ],
    ['64-bit integers', longer(replaced(bytes, '                   16 /', '                   64 /'), 28_800)],
    ['a line', replaced(bytes, '                    2 /', '                    1 /')],
    ['a huge integer', replaced(bytes, '                32768 /', ' 99999999999999999999 /')],
    ['a complex number', replaced(bytes, '                32768 /', '               (1, 2) /')],
    ['blank pixels', replaced(bytes, 'BSCALE  =', 'BLANK   =')],
  ])('of a kind that is not read is refused: %s', (_, other) => {
    expect(() => readImage(other, { verify: false })).toThrow(UnsupportedFits);
  });
});
