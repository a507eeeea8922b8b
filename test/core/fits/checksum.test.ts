import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addWords, encodeChecksum, sumBytes } from '../../../core/fits/checksum.ts';

const WORD_MAX = 0xffffffff;
const word = fc.integer({ min: 0, max: WORD_MAX });

/** The sum as the convention states it: 32-bit words, carries brought round, in numbers without end. */
function sumByDefinition(bytes: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < bytes.length; i += 4) {
    const value = [0, 1, 2, 3].reduce((high, j) => high * 256n + BigInt(bytes[i + j]), 0n);
    sum += value;
    if (sum > BigInt(WORD_MAX)) sum -= BigInt(WORD_MAX);
  }
  return Number(sum);
}

describe('checksum', () => {
  it('of the example of the convention is written as it says', () => {
    expect(encodeChecksum(868229149)).toBe('hcHjjc9ghcEghc9g');
  });

  it('of nothing is written as all ones', () => {
    // astropy: fits.PrimaryHDU()._char_encode(0xffffffff)
    expect(encodeChecksum(WORD_MAX)).toBe('0000000000000000');
  });

  it('sums bytes as the convention defines it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), (some) => {
        const bytes = some.subarray(0, some.length - (some.length % 4));
        expect(sumBytes(bytes)).toBe(sumByDefinition(bytes));
      }),
    );
  });

  it('brings carries round in long runs of ones', () => {
    const bytes = new Uint8Array(4 * 70_000).fill(0xff);
    expect(sumBytes(bytes)).toBe(sumByDefinition(bytes));
  });

  it('is written in letters and digits that add up to the complement', () => {
    fc.assert(
      fc.property(word, (sum) => {
        const text = encodeChecksum(sum);
        expect(text).toMatch(/^[0-9A-Za-z]{16}$/);
        // At its place in the card, one byte before the end of a word, it adds up with the sum to what 16 zeros add up to.
        const placed = (digits: string) =>
          sumBytes(Uint8Array.from(`   ${digits} `, (character) => character.charCodeAt(0)));
        expect(addWords(placed(text), sum) % WORD_MAX).toBe(addWords(placed('0'.repeat(16)), WORD_MAX) % WORD_MAX);
      }),
    );
  });
});
