import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NocturneError } from '../../../core/errors.ts';
import { readMaster, writeMaster } from '../../../core/products/master-file.ts';
import { readRawFrame } from '../../../core/products/raw-frame.ts';
import { openRawSource } from '../../../core/products/raw-source.ts';
import { readReduced, writeReduced } from '../../../core/products/reduced-file.ts';
import { examplePlanes, exampleReduced, MASTER } from './examples.ts';
import { FOUR_AMPLIFIERS, madeFrame, OF_THE_SKY, smallObservatory } from './frames.ts';

const { file: raw } = madeFrame(smallObservatory({ amplifiers: FOUR_AMPLIFIERS }, 32), OF_THE_SKY);
const master = writeMaster({ ...MASTER, planes: examplePlanes(17, 11) }).bytes;
const reduced = writeReduced(exampleReduced(readRawFrame(raw))).bytes;

type Read = (bytes: Uint8Array, options: { verify: boolean }) => unknown;
const FILES: [name: string, bytes: Uint8Array, read: Read][] = [
  ['raw frame', raw, readRawFrame],
  ['master', master, readMaster],
  ['reduced frame', reduced, readReduced],
];

/** What came out, or the name of the error; errors that are not ours go through. */
function attempt(read: Read, bytes: Uint8Array, verify: boolean): unknown {
  try {
    return read(bytes, { verify });
  } catch (error) {
    if (error instanceof NocturneError) return error.name;
    throw error;
  }
}

describe.each(FILES)('a damaged %s', (_, bytes, read) => {
  const place = fc.nat(bytes.length - 1);

  it('with one byte changed gives an error with a name, or what it holds', () => {
    const whole = read(bytes, { verify: true });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = bytes.slice();
        damaged[at] ^= flip;
        const got = attempt(read, damaged, true);
        if (typeof got !== 'string') expect(got).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('that is cut short gives an error with a name', () => {
    fc.assert(
      fc.property(place, (length) => typeof attempt(read, bytes.slice(0, length), true) === 'string'),
      { numRuns: 60 },
    );
    for (let length = 0; length < bytes.length; length += 2880) {
      expect(typeof attempt(read, bytes.slice(0, length), true), `${length} bytes`).toBe('string');
    }
  });

  it('that is read without a look at its sums gives no error without a name', () => {
    const change = fc.record({ at: place, with: fc.uint8Array({ minLength: 1, maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = bytes.slice();
        for (const { at, with: other } of changes) damaged.set(other.subarray(0, damaged.length - at), at);
        attempt(read, damaged, false);
      }),
      { numRuns: 150 },
    );
  });

  it('with other digits in its header gives no error without a name', () => {
    const digits = [...Buffer.from(bytes).toString('latin1').matchAll(/= +\d/g)].map(({ index }) => index + 10);
    fc.assert(
      fc.property(fc.nat(digits.length - 1), fc.stringMatching(/^ *[-+]?\d{1,18}$/), (which, number) => {
        const damaged = bytes.slice();
        damaged.set(Buffer.from(number.slice(-20).padStart(20)), digits[which] - 8);
        attempt(read, damaged, false);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a raw frame that is read in rows', () => {
  it('and has other digits in its header gives no error without a name', async () => {
    const digits = [...Buffer.from(raw).toString('latin1').matchAll(/= +\d/g)].map(({ index }) => index + 10);
    await fc.assert(
      fc.asyncProperty(fc.nat(digits.length - 1), fc.stringMatching(/^ *[-+]?\d{1,18}$/), async (which, number) => {
        const damaged = raw.slice();
        damaged.set(Buffer.from(number.slice(-20).padStart(20)), digits[which] - 8);
        const read = async (from: number, to: number) => damaged.slice(from, to);
        await openRawSource({ read, sizeBytes: damaged.length }).then(
          (source) => source.rows(0, 0, 1),
          (error: unknown) => expect(error).toBeInstanceOf(NocturneError),
        );
      }),
      { numRuns: 150 },
    );
  });
});
