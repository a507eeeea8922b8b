import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NocturneError } from '../../../core/errors.ts';
import { compressFrame } from '../../../core/fits/compress.ts';
import { decompressFrame } from '../../../core/fits/decompress.ts';
import { writeFrame } from '../../../core/fits/frame.ts';
import { type Hdu, readHdus } from '../../../core/fits/hdus.ts';
import { imageOf } from '../../../core/fits/read.ts';
import { writeTable } from '../../../core/fits/table.ts';
import { tableOf } from '../../../core/fits/table-read.ts';
import { wcsOf } from '../../../core/fits/wcs.ts';
import { multiExtension, skyCounts } from './example-files.ts';
import { OBJECT_HEADER, OBJECT_WCS } from './example-frame.ts';

type Reader = (bytes: Uint8Array, options: { verify: boolean }) => unknown[];

const dataOf = (hdu: Hdu) => {
  if (hdu.kind === 'BINTABLE') return tableOf(hdu).columns.map(({ values }) => values);
  return hdu.dataBytes.length === 0 ? [] : [imageOf(hdu).pixels];
};
const readAll: Reader = (bytes, options) =>
  readHdus(bytes, options).flatMap((hdu) => {
    wcsOf(hdu.header);
    return dataOf(hdu);
  });
const decompressAll: Reader = (bytes, options) => readAll(decompressFrame(bytes, options), options);

const frame = writeFrame(OBJECT_HEADER, OBJECT_WCS, 64, 48, skyCounts(64 * 48));
const table = writeTable({
  name: 'T',
  columns: [
    { name: 'a', values: Float64Array.from({ length: 50 }, (_, i) => i / 7) },
    { name: 'b', values: Array.from({ length: 50 }, (_, i) => `row ${i}`) },
    { name: 'c', values: Array.from({ length: 50 }, (_, i) => i % 3 === 0) },
    { name: 'd', values: Uint16Array.from({ length: 50 }, (_, i) => i * 1000) },
  ],
});
const FILES: [name: string, bytes: Uint8Array, read: Reader][] = [
  ['frame', frame, readAll],
  ['several amplifiers', multiExtension(), readAll],
  ['table', table, readAll],
  ['compressed frame', compressFrame(frame), decompressAll],
  ['compressed amplifiers', compressFrame(multiExtension()), decompressAll],
];

/** What came out, or the name of the error; errors that are not ours go through. */
function attempt(read: Reader, bytes: Uint8Array, verify: boolean): unknown[] | string {
  try {
    return read(bytes, { verify });
  } catch (error) {
    if (error instanceof NocturneError) return error.name;
    throw error;
  }
}

const valueCount = (data: unknown[]) => data.reduce<number>((sum, values) => sum + (values as unknown[]).length, 0);

describe.each(FILES)('a damaged file: %s', (_, bytes, read) => {
  const whole = read(bytes, { verify: true });
  const place = fc.nat(bytes.length - 1);

  it('with one byte changed gives an error with a name, or the right data', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = bytes.slice();
        damaged[at] ^= flip;
        const got = attempt(read, damaged, true);
        if (typeof got !== 'string') expect(got).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('with one byte of its data changed is always found out', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const hdus = readHdus(bytes).filter(({ dataBytes }) => dataBytes.length > 0);
        const { dataBytes } = hdus[at % hdus.length];
        const damaged = bytes.slice();
        damaged[dataBytes.byteOffset - bytes.byteOffset + (at % dataBytes.length)] ^= flip;
        expect(attempt(read, damaged, true)).toBe('ChecksumMismatch');
      }),
      { numRuns: 100 },
    );
  });

  it('that is cut short gives an error with a name', () => {
    fc.assert(
      fc.property(place, (length) => {
        expect(typeof attempt(read, bytes.slice(0, length), true), `${length} bytes`).toBe('string');
      }),
      { numRuns: 100 },
    );
    for (let length = 0; length < bytes.length; length += 2880) {
      expect(typeof attempt(read, bytes.slice(0, length), true), `${length} bytes`).toBe('string');
    }
  });

  it('that is read without a look at its sums neither breaks the reader nor takes more memory than its bytes can hold', () => {
    const change = fc.record({ at: place, with: fc.uint8Array({ minLength: 1, maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = bytes.slice();
        for (const { at, with: other } of changes) damaged.set(other.subarray(0, damaged.length - at), at);
        const got = attempt(read, damaged, false);
        // A coded block of 32 pixels has 3 bits at least.
        if (typeof got !== 'string') expect(valueCount(got)).toBeLessThanOrEqual(damaged.length * 86);
      }),
      { numRuns: 120 },
    );
  });

  it('with other digits in its header neither breaks the reader nor takes more memory than its bytes can hold', () => {
    const digits = [...Buffer.from(bytes).toString('latin1').matchAll(/= +\d/g)].map(({ index }) => index + 10);
    fc.assert(
      fc.property(fc.nat(digits.length - 1), fc.stringMatching(/^ *[-+]?\d{1,18}$/), (which, number) => {
        const damaged = bytes.slice();
        damaged.set(Buffer.from(number.slice(-20).padStart(20)), digits[which] - 8);
        const got = attempt(read, damaged, false);
        if (typeof got !== 'string') expect(valueCount(got)).toBeLessThanOrEqual(damaged.length * 86);
      }),
      { numRuns: 120 },
    );
  });
});

describe('bytes that are no FITS file', () => {
  it('give an error with a name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6000 }), fc.boolean(), (bytes, verify) => {
        expect(typeof attempt(readAll, bytes, verify)).toBe('string');
        expect(typeof attempt(decompressAll, bytes, verify)).toBe('string');
      }),
    );
  });
});
