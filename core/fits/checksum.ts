/**
 * The FITS checksum convention (standard 4.0, section 4.4.2.7 and appendix J; Seaman, Pence & Rots): the ones-complement sum of all
 * big-endian 32-bit words of an HDU, written so that the sum of the whole HDU becomes -0.
 */

/** Words summed before carries are folded back: their 16-bit halves then stay below 2^31, where integers are fastest. */
const FOLD_EVERY = 32_768;
const WORD = 4;
const DIGITS = 16;

/**
 * Sum of the two 16-bit halves of ones-complement words into one 32-bit word: carries out of the low half go to the high one,
 * carries out of the high half come back in at the bottom.
 * @param high sum of the upper halves, 0 to 2^52
 * @param low sum of the lower halves, 0 to 2^52
 * @returns 0 to 2^32 - 1
 */
export function foldHalves(high: number, low: number): number {
  while (high > 0xffff || low > 0xffff) {
    const carryOfLow = Math.floor(low / 0x10000);
    const carryOfHigh = Math.floor(high / 0x10000);
    low = (low % 0x10000) + carryOfHigh;
    high = (high % 0x10000) + carryOfLow;
  }
  return high * 0x10000 + low;
}

/** Ones-complement sum of two words, each 0 to 2^32 - 1. */
export function addWords(a: number, b: number): number {
  return foldHalves((a >>> 16) + (b >>> 16), (a & 0xffff) + (b & 0xffff));
}

/** Ones-complement sum of bytes as big-endian words, 0 to 2^32 - 1. The number of bytes must be a multiple of 4. */
export function sumBytes(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % WORD === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / WORD);
  let sum = 0;
  for (let start = 0; start < words.length; start += FOLD_EVERY) {
    const end = Math.min(start + FOLD_EVERY, words.length);
    let high = 0;
    let low = 0;
    for (let i = start; i < end; i++) {
      const word = words[i];
      // Machines read the words of a file with their bytes reversed: here each half has its own in order again, the first one below.
      const halves = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);
      high += halves & 0xffff;
      low += halves >>> 16;
    }
    sum = addWords(sum, foldHalves(high, low));
  }
  return sum;
}

/** Punctuation between the digits and the letters of ASCII, which the convention leaves out. */
const isExcluded = (code: number) => (code >= 0x3a && code <= 0x40) || (code >= 0x5b && code <= 0x60);

/**
 * The 16 characters of a CHECKSUM card for a sum (0 to 2^32 - 1): its complement, each byte spread over four characters, so that
 * adding them at the card's place brings the sum of the HDU to -0. 868229149 gives `hcHjjc9ghcEghc9g`.
 */
export function encodeChecksum(sum: number): string {
  const complement = ~sum >>> 0;
  const codes = new Uint8Array(DIGITS);
  for (let byteIndex = 0; byteIndex < WORD; byteIndex++) {
    const byte = (complement >>> (24 - 8 * byteIndex)) & 0xff;
    const quarter = Math.floor(byte / 4) + 0x30;
    const four = [quarter + (byte % 4), quarter, quarter, quarter];
    while (four.some(isExcluded)) {
      for (const i of [0, 2]) {
        if (isExcluded(four[i]) || isExcluded(four[i + 1])) {
          four[i]++;
          four[i + 1]--;
        }
      }
    }
    // The value begins in column 12, the last byte of a word: all is turned by one.
    for (const [i, code] of four.entries()) codes[(WORD * i + byteIndex + 1) % DIGITS] = code;
  }
  return String.fromCharCode(...codes);
}
