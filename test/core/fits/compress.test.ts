import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressFrame } from '../../../core/fits/compress.ts';
import { decompressFrame } from '../../../core/fits/decompress.ts';
import { ChecksumMismatch, NotFits, UnsupportedFits } from '../../../core/fits/errors.ts';
import { writeFrame } from '../../../core/fits/frame.ts';
import { readHdus, verifyHdu } from '../../../core/fits/hdus.ts';
import { writeImage } from '../../../core/fits/image.ts';
import type { Pixels } from '../../../core/fits/pixels.ts';
import { type BytePix, decodeRice, encodeRice, mostPixels } from '../../../core/fits/rice.ts';
import { writeTable } from '../../../core/fits/table.ts';
import { multiExtension, replacedBytes, skyCounts, valuesOf } from './example-files.ts';
import { OBJECT_HEADER, OBJECT_WCS } from './example-frame.ts';

interface Truth {
  cases: { bitpix: 8 | 16 | 32; pixels: number[]; codedHex: string }[];
}
const truth: Truth = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../truth/fits/rice.json'), 'utf8'));

/** Integers as they stand in a file. */
function bigEndian(pixels: readonly number[], bytePix: BytePix): Uint8Array {
  const bytes = new Uint8Array(pixels.length * bytePix);
  const view = new DataView(bytes.buffer);
  for (const [i, pixel] of pixels.entries()) {
    if (bytePix === 1) view.setUint8(i, pixel);
    else if (bytePix === 2) view.setInt16(i * 2, pixel);
    else view.setInt32(i * 4, pixel);
  }
  return bytes;
}

describe('the Rice coder against CFITSIO', () => {
  it.each(truth.cases.map((one, i) => ({ ...one, row: i % 10 })))(
    'row $row of $bitpix bits: the same bytes, and the same pixels of them',
    ({ bitpix, pixels, codedHex }) => {
      const bytePix = (bitpix / 8) as BytePix;
      const raw = bigEndian(pixels, bytePix);
      const { parts, lengths } = encodeRice(raw, bytePix, pixels.length);
      expect(Buffer.concat(parts).toString('hex')).toBe(codedHex);
      expect([...lengths]).toEqual([codedHex.length / 2]);
      const decoded = new Uint8Array(raw.length);
      decodeRice(Buffer.from(codedHex, 'hex'), bytePix, decoded);
      expect(decoded).toEqual(raw);
    },
  );
});

describe('the Rice coder', () => {
  it('gives back whatever it was given, in tiles of any length', () => {
    const bytePix = fc.constantFrom<BytePix>(1, 2, 4);
    fc.assert(
      fc.property(
        bytePix,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, tilePix, tiles, stream) => {
          const raw = Uint8Array.from({ length: width * tilePix * tiles }, () => stream.next().value as number);
          const { parts, lengths } = encodeRice(raw, width, tilePix);
          const coded = new Uint8Array(Buffer.concat(parts));
          expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(coded.length);
          let at = 0;
          for (let tile = 0; tile < tiles; tile++) {
            const out = new Uint8Array(width * tilePix);
            decodeRice(coded.subarray(at, at + lengths[tile]), width, out);
            expect(out).toEqual(raw.subarray(tile * out.length, (tile + 1) * out.length));
            expect(tilePix).toBeLessThanOrEqual(mostPixels(lengths[tile], width));
            at += lengths[tile];
          }
        },
      ),
    );
  });

  it('refuses bytes that end too early, and ends with any bytes', () => {
    const raw = bigEndian(truth.cases[13].pixels, 2);
    const [coded] = encodeRice(raw, 2, raw.length / 2).parts;
    const out = new Uint8Array(raw.length);
    for (let length = 0; length < coded.length; length++) {
      expect(() => decodeRice(coded.subarray(0, length), 2, out), `${length} bytes`).toThrow(NotFits);
    }
    const any = fc.tuple(fc.constantFrom<BytePix>(1, 2, 4), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(any, ([bytePix, bytes]) => {
        try {
          decodeRice(bytes, bytePix, new Uint8Array(bytePix * 64));
        } catch (error) {
          expect(error).toBeInstanceOf(NotFits);
        }
      }),
    );
  });
});

const image = (pixels: Pixels, widthPix: number) =>
  writeImage({ cards: [], widthPix, heightPix: pixels.length / widthPix, pixels });
const FILES: [name: string, bytes: Uint8Array][] = [
  ['a frame', writeFrame(OBJECT_HEADER, OBJECT_WCS, 64, 48, skyCounts(64 * 48))],
  ['a frame of several amplifiers', multiExtension()],
  [
    'signed 16 bit',
    image(
      Int16Array.from(skyCounts(999), (count) => count - 30000),
      37,
    ),
  ],
  [
    'signed 32 bit',
    image(
      Int32Array.from(skyCounts(999), (count) => (count - 1500) * 30000),
      37,
    ),
  ],
  ['one pixel', image(Uint16Array.of(7), 1)],
  ['larger than one piece of work', image(skyCounts(700 * 500), 700)],
];

describe('a compressed file', () => {
  it.each(FILES)('of %s comes back byte for byte', (_, bytes) => {
    expect(Buffer.compare(decompressFrame(compressFrame(bytes)), bytes)).toBe(0);
  });

  it.each(FILES)('of %s has right sums of its own, and keeps those of the original', (_, bytes) => {
    const original = readHdus(bytes).filter(({ dataBytes }) => dataBytes.length > 0);
    const compressed = readHdus(compressFrame(bytes));
    for (const hdu of compressed) expect(verifyHdu(hdu)).toEqual({ hdu: 'right', data: 'right' });
    for (const [i, { header }] of compressed.slice(1).entries()) {
      const { values } = original[i].header;
      expect(valuesOf(header)).toMatchObject({
        ZIMAGE: true,
        ZCMPTYPE: 'RICE_1',
        ZBITPIX: values.get('BITPIX'),
        ZNAXIS1: values.get('NAXIS1'),
        ZTILE1: values.get('NAXIS1'),
        ZTILE2: 1,
        ZHECKSUM: values.get('CHECKSUM'),
        ZDATASUM: values.get('DATASUM'),
      });
    }
  });

  it('is smaller where there is a sky', () => {
    const [, bytes] = FILES[5];
    expect(compressFrame(bytes).length).toBeLessThan(0.6 * bytes.length);
  });

  it('has floating numbers and tables as they were', () => {
    for (const bytes of [
      image(Float32Array.of(1, 2, 3), 3),
      writeTable({ name: 'T', columns: [{ name: 'a', values: Uint8Array.of(1) }] }),
    ]) {
      expect(Buffer.compare(compressFrame(bytes), bytes)).toBe(0);
    }
  });

  it('is told to be damaged, wherever a byte is another one', () => {
    const compressed = compressFrame(FILES[0][1]);
    const { dataBytes } = readHdus(compressed)[1];
    const damaged = compressed.slice();
    damaged[dataBytes.byteOffset - compressed.byteOffset + dataBytes.length - 5] ^= 16;
    expect(() => decompressFrame(damaged)).toThrow(ChecksumMismatch);
    const original = FILES[0][1].slice();
    original[original.length - 3000] ^= 1;
    expect(() => compressFrame(original)).toThrow(ChecksumMismatch);
  });

  it('is refused where it says what cannot be', () => {
    const compressed = compressFrame(FILES[0][1]);
    const loosely = (from: string, to: string) => () =>
      decompressFrame(replacedBytes(compressed, from, to), { verify: false });
    expect(loosely("'RICE_1  '", "'GZIP_1  '")).toThrow(UnsupportedFits);
    expect(loosely('ZTILE1  =                   64', 'ZTILE1  =                   32')).toThrow(UnsupportedFits);
    expect(loosely('ZTILE1  =                   64', 'ZTILE1  =                    0')).toThrow(NotFits);
    expect(loosely('ZNAXIS1 =                   64', 'ZNAXIS1 =                   63')).toThrow(UnsupportedFits);
    expect(loosely('ZNAXIS2 =                   48', 'ZNAXIS2 =                   49')).toThrow(NotFits);
    expect(loosely('ZVAL2   =                    2', 'ZVAL2   =                    4')).toThrow(UnsupportedFits);
    expect(loosely('ZBITPIX =                   16', 'ZBITPIX =                  -32')).toThrow(UnsupportedFits);
  });

  it('takes no memory for an image that its bytes cannot hold', () => {
    const compressed = replacedBytes(
      compressFrame(FILES[0][1]),
      'ZNAXIS1 =                   64',
      'ZNAXIS1 =           4000000000',
    );
    const wide = replacedBytes(compressed, 'ZTILE1  =                   64', 'ZTILE1  =           4000000000');
    expect(() => decompressFrame(wide, { verify: false })).toThrow(NotFits);
  });
});
