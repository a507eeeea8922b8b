import { addWords, foldHalves, sumBytes } from './checksum.ts';

/**
 * Pixels into and out of the big-endian bytes of a data unit. Both run over 32-bit words of little-endian machines, which are
 * all that this software meets: x86 and ARM.
 */

/** Pixels as they can be stored. Uint16Array becomes signed 16-bit with BZERO 32768, as the standard does it. */
export type Pixels = Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Words between two foldings of the sum: their 16-bit halves then stay below 2^31, where integers are fastest. */
const FOLD_EVERY = 32_768;
/** Turns an unsigned 16-bit number into the signed one that is 32768 less; here for the two of a word. */
const SIGN_BITS = 0x80008000;

/** BITPIX of the standard, and the BZERO that goes with it. */
export function formatOf(pixels: Pixels): { bitpix: number; bzero: number } {
  if (pixels instanceof Uint8Array) return { bitpix: 8, bzero: 0 };
  if (pixels instanceof Uint16Array) return { bitpix: 16, bzero: 32768 };
  if (pixels instanceof Int16Array) return { bitpix: 16, bzero: 0 };
  if (pixels instanceof Int32Array) return { bitpix: 32, bzero: 0 };
  return { bitpix: pixels instanceof Float32Array ? -32 : -64, bzero: 0 };
}

/**
 * Writes pixels big-endian to the begin of `out` and gives the checksum of the words written (0 to 2^32 - 1), in one pass.
 * @param out zeros, begins at a multiple of 4 bytes and has room for the pixels, rounded up to 4 bytes
 */
export function encodePixels(pixels: Pixels, out: Uint8Array): number {
  if (pixels instanceof Uint8Array) {
    out.set(pixels);
    return sumBytes(out.subarray(0, Math.ceil(pixels.length / 4) * 4));
  }
  const aligned = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
  const wordCount = Math.floor(aligned.byteLength / 4);
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, wordCount);
  const outWords = new Uint32Array(out.buffer, out.byteOffset, Math.ceil(aligned.byteLength / 4));
  if (aligned.BYTES_PER_ELEMENT === 8) return encode64(words, outWords);
  if (aligned.BYTES_PER_ELEMENT === 4) return encode32(words, outWords);
  const flip = aligned instanceof Uint16Array ? SIGN_BITS : 0;
  const sum = encode16(words, outWords, flip);
  if (aligned.length % 2 === 0) return sum;
  const last = (aligned[aligned.length - 1] ^ flip) & 0xffff;
  outWords[wordCount] = (last >>> 8) | ((last & 0xff) << 8);
  return addWords(sum, last * 0x10000);
}

function encode16(words: Uint32Array, out: Uint32Array, flip: number): number {
  let sum = 0;
  for (let start = 0; start < words.length; start += FOLD_EVERY) {
    const end = Math.min(start + FOLD_EVERY, words.length);
    let first = 0;
    let second = 0;
    for (let i = start; i < end; i++) {
      const word = words[i] ^ flip;
      first += word & 0xffff;
      second += word >>> 16;
      out[i] = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);
    }
    sum = addWords(sum, foldHalves(first, second));
  }
  return sum;
}

function encode32(words: Uint32Array, out: Uint32Array): number {
  let sum = 0;
  for (let start = 0; start < words.length; start += FOLD_EVERY) {
    const end = Math.min(start + FOLD_EVERY, words.length);
    let high = 0;
    let low = 0;
    for (let i = start; i < end; i++) {
      const word = words[i];
      high += word >>> 16;
      low += word & 0xffff;
      out[i] = swapped(word);
    }
    sum = addWords(sum, foldHalves(high, low));
  }
  return sum;
}

function encode64(words: Uint32Array, out: Uint32Array): number {
  let sum = 0;
  for (let start = 0; start < words.length; start += FOLD_EVERY) {
    const end = Math.min(start + FOLD_EVERY, words.length);
    let high = 0;
    let low = 0;
    for (let i = start; i < end; i++) {
      const word = words[i];
      high += word >>> 16;
      low += word & 0xffff;
      // The upper half of a double comes second here and first in the file.
      out[i ^ 1] = swapped(word);
    }
    sum = addWords(sum, foldHalves(high, low));
  }
  return sum;
}

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
