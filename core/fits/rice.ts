import { kernels, SCRATCH, scratch } from '../kernels/instance.ts';
import { NotFits } from './errors.ts';

/** Bytes of a stored pixel that the coder knows. */
export type BytePix = 1 | 2 | 4;

/** Bytes of pixels that are coded at once: a part of the processor's cache. */
const CHUNK_BYTES = 1 << 18;
/** The kernel reads words: so many bytes beyond its input must be there. */
const SLACK_BYTES = 16;
/** A block of 32 pixels is never coded with fewer bits than say how it is split. */
const LEAST_BITS_PER_BLOCK = { 1: 3, 2: 4, 4: 5 } as const;
const BLOCK_PIXELS = 32;

const ENCODERS = { 1: kernels.encodeRice8, 2: kernels.encodeRice16, 4: kernels.encodeRice32 } as const;
const DECODERS = { 1: kernels.decodeRice8, 2: kernels.decodeRice16, 4: kernels.decodeRice32 } as const;

/**
 * Codes tiles of pixels with RICE_1, blocks of 32, to the same bytes as CFITSIO's `fits_rcomp`, `fits_rcomp_short` and
 * `fits_rcomp_byte`.
 * @param pixels big-endian integers, a whole number of tiles
 * @returns the bytes of all tiles one after the other, in parts, and how many belong to each
 */
export function encodeRice(
  pixels: Uint8Array,
  bytePix: BytePix,
  tilePix: number,
): { parts: Uint8Array[]; lengths: Uint32Array } {
  const tileBytes = tilePix * bytePix;
  const tiles = pixels.length / tileBytes;
  const tilesAtOnce = Math.min(tiles, Math.max(1, Math.floor(CHUNK_BYTES / tileBytes)));
  const inputBytes = align(tilesAtOnce * tileBytes + SLACK_BYTES);
  const lengthBytes = align(tilesAtOnce * 4);
  // A tile may grow, by much less than this: a single pixel of a byte by a byte, a full block by 4 bytes.
  const outBytes = tilesAtOnce * (2 * tileBytes + SLACK_BYTES);
  const memory = scratch(inputBytes + lengthBytes + outBytes);
  const [inputAt, lengthsAt, outAt] = [SCRATCH, SCRATCH + inputBytes, SCRATCH + inputBytes + lengthBytes];
  const parts: Uint8Array[] = [];
  const lengths = new Uint32Array(tiles);
  for (let tile = 0; tile < tiles; tile += tilesAtOnce) {
    const count = Math.min(tilesAtOnce, tiles - tile);
    new Uint8Array(memory, inputAt).set(pixels.subarray(tile * tileBytes, (tile + count) * tileBytes));
    const length = ENCODERS[bytePix](inputAt, tilePix, count, outAt, lengthsAt);
    parts.push(new Uint8Array(memory, outAt, length).slice());
    lengths.set(new Uint32Array(memory, lengthsAt, count), tile);
  }
  return { parts, lengths };
}

/**
 * Decodes one tile of RICE_1 into `out`, big-endian. Throws NotFits for bytes that end too early or that no coder writes.
 * @param out room for the pixels of the tile
 */
export function decodeRice(coded: Uint8Array, bytePix: BytePix, out: Uint8Array): void {
  const inputBytes = align(coded.length + SLACK_BYTES);
  const memory = scratch(inputBytes + out.length);
  const input = new Uint8Array(memory, SCRATCH, inputBytes);
  input.set(coded);
  input.fill(0, coded.length, coded.length + SLACK_BYTES);
  const outAt = SCRATCH + inputBytes;
  const fault = DECODERS[bytePix](SCRATCH, coded.length, out.length / bytePix, outAt);
  if (fault !== 0) throw new NotFits(`a tile of ${coded.length} bytes is not RICE_1 of ${out.length / bytePix} pixels`);
  out.set(new Uint8Array(memory, outAt, out.length));
}

/** Pixels that so many bytes of code can hold at most: what claims more is damaged. */
export function mostPixels(codedBytes: number, bytePix: BytePix): number {
  return (codedBytes * 8 * BLOCK_PIXELS) / LEAST_BITS_PER_BLOCK[bytePix];
}

function align(lengthBytes: number): number {
  return Math.ceil(lengthBytes / 16) * 16;
}
