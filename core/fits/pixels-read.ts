/** Pixels as they come back from a file; Float64Array also holds scaled integers. */
export type ReadPixels = Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array | Float64Array;

const BITPIX = [8, 16, 32, -32, -64] as const;
type Bitpix = (typeof BITPIX)[number];

export const isBitpix = (value: number): value is Bitpix => (BITPIX as readonly number[]).includes(value);

/**
 * Pixels of a data unit's bytes (big-endian, without the padding). Unscaled ones keep their type, 16-bit ones with BSCALE 1 and
 * BZERO 32768 become unsigned, all others Float64Array of `stored * scale + zero`.
 */
export function decodePixels(bytes: Uint8Array, bitpix: Bitpix, scale: number, zero: number): ReadPixels {
  const stored = storedPixels(bytes, bitpix);
  if (scale === 1 && zero === 0) return stored;
  if (bitpix === 16 && scale === 1 && zero === 32768) {
    const unsigned = new Uint16Array(stored.length);
    for (let i = 0; i < stored.length; i++) unsigned[i] = stored[i] + 32768;
    return unsigned;
  }
  const scaled = new Float64Array(stored.length);
  for (let i = 0; i < stored.length; i++) scaled[i] = stored[i] * scale + zero;
  return scaled;
}

function storedPixels(bytes: Uint8Array, bitpix: Bitpix): ReadPixels {
  if (bitpix === 8) return bytes.slice();
  const width = Math.abs(bitpix) / 8;
  const reversed = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += width) {
    for (let i = 0; i < width; i++) reversed[start + i] = bytes[start + width - 1 - i];
  }
  switch (bitpix) {
    case 16:
      return new Int16Array(reversed.buffer);
    case 32:
      return new Int32Array(reversed.buffer);
    case -32:
      return new Float32Array(reversed.buffer);
    case -64:
      return new Float64Array(reversed.buffer);
  }
}
