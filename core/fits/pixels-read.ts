/** Pixels as they come back from a file; Float64Array also holds scaled integers. */
export type ReadPixels = Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Turns a signed 16-bit number into the unsigned one that is 32768 more; here for the two of a word. */
const SIGN_BITS = 0x80008000;

const BITPIX = [8, 16, 32, -32, -64] as const;
type Bitpix = (typeof BITPIX)[number];

export const isBitpix = (value: number): value is Bitpix => (BITPIX as readonly number[]).includes(value);

/**
 * Pixels of a data unit's bytes (big-endian, without the padding). Unscaled ones keep their type, 16-bit ones with BSCALE 1 and
 * BZERO 32768 become unsigned, all others Float64Array of `stored * scale + zero`.
 */
export function decodePixels(bytes: Uint8Array, bitpix: Bitpix, scale: number, zero: number): ReadPixels {
  if (bitpix === 16 && scale === 1 && zero === 32768)
    return new Uint16Array(swapped(bytes, 2, SIGN_BITS), 0, bytes.length / 2);
  const stored = storedPixels(bytes, bitpix);
  if (scale === 1 && zero === 0) return stored;
  const scaled = new Float64Array(stored.length);
  for (let i = 0; i < stored.length; i++) scaled[i] = stored[i] * scale + zero;
  return scaled;
}

function storedPixels(bytes: Uint8Array, bitpix: Bitpix): ReadPixels {
  switch (bitpix) {
    case 8:
      return bytes.slice();
    case 16:
      return new Int16Array(swapped(bytes, 2, 0), 0, bytes.length / 2);
    case 32:
      return new Int32Array(swapped(bytes, 4, 0));
    case -32:
      return new Float32Array(swapped(bytes, 4, 0));
    case -64:
      return new Float64Array(swapped(bytes, 8, 0));
  }
}

/** A copy, of whole words, with the bytes of each pixel in the order of the machine, which is the other one; `flip` turns bits of words. */
function swapped(bytes: Uint8Array, width: 2 | 4 | 8, flip: number): ArrayBuffer {
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  const stored = wordsOf(bytes, words);
  if (width === 2) {
    for (let i = 0; i < words.length; i++) {
      const word = stored[i];
      words[i] = (((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff)) ^ flip;
    }
    return words.buffer;
  }
  for (let i = 0; i < words.length; i++) {
    const word = stored[i];
    words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
  if (width === 8) {
    for (let i = 0; i < words.length; i += 2) {
      const first = words[i];
      words[i] = words[i + 1];
      words[i + 1] = first;
    }
  }
  return words.buffer;
}

/** The words of bytes: where they lie if they begin and end between words, else copied to `room`. */
function wordsOf(bytes: Uint8Array, room: Uint32Array): Uint32Array {
  if (bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  new Uint8Array(room.buffer).set(bytes);
  return room;
}
