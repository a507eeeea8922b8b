/**
 * Standard normals by the ziggurat of 256 layers (Marsaglia & Tsang 2000, J. Stat. Soft. 5(8)), with layer and value from separate
 * bits of a word (Doornik 2005: the original's shared bits fail tests).
 */
import { beginRepair, repairUniform, repairWord } from './repair';
import { fillThreefry } from './threefry';

/** Right edge of each layer and of the top (257), the density there (257), and what 2^-23 of the edge is worth (256). */
const TABLES = memory.data(8 * (257 + 257 + 256), 16);
const EDGES = TABLES;
const DENSITIES = TABLES + 8 * 257;
const STEPS = TABLES + 16 * 257;
/** Pixels that are done at a time, and their words: small enough for the nearest cache. Even. */
export const CHUNK: i32 = 512;
export const WORDS = memory.data(8 * 512, 16);

/** Where the tables go: the module's owner writes them once. */
export function zigguratTables(): usize {
  return TABLES;
}

// @ts-ignore: decorator
@inline
export function edgeAt(layer: i32): usize {
  return EDGES + (<usize>layer << 3);
}

// @ts-ignore: decorator
@inline
export function stepAt(layer: i32): usize {
  return STEPS + (<usize>layer << 3);
}

// @ts-ignore: decorator
@inline
export function edgeOf(layer: i32): f64 {
  return load<f64>(edgeAt(layer));
}

// @ts-ignore: decorator
@inline
export function stepOf(layer: i32): f64 {
  return load<f64>(stepAt(layer));
}

// @ts-ignore: decorator
@inline
function densityAt(layer: i32): f64 {
  return load<f64>(DENSITIES + (<usize>layer << 3));
}

/** The hundredth case: `x` in a layer, but not in the part of it that lies under the curve for sure. After beginRepair. */
export function normalOutside(layer: i32, x: f64): f64 {
  while (true) {
    if (layer == 0) {
      // Beyond the base layer: Marsaglia 1964, Technometrics 6, 101.
      const base = edgeOf(1);
      while (true) {
        const beyond = -Math.log(repairUniform()) / base;
        if (-2 * Math.log(repairUniform()) > beyond * beyond) return x < 0 ? -base - beyond : base + beyond;
      }
    }
    const low = densityAt(layer);
    const height = low + repairUniform() * (densityAt(layer + 1) - low);
    if (height < Math.exp(-0.5 * x * x)) return x;
    // Rejected: another point, from 32 bits of value.
    const word = repairWord();
    layer = repairWord() & 255;
    x = (<f64>word + 0.5) * (stepOf(layer) * 0.00390625);
    if (abs(x) < edgeOf(layer + 1)) return x;
  }
}

/** The normal number `index` of a lane, from its word: 8 bits of layer and 24 of value, halfway between the steps. */
// @ts-ignore: decorator
@inline
export function normalFrom(word: i32, key0: i32, key1: i32, lane: i32, counter: i32, which: i32): f64 {
  const layer = word & 255;
  const x = (<f64>(word >> 8) + 0.5) * stepOf(layer);
  if (abs(x) < edgeOf(layer + 1)) return x;
  beginRepair(key0, key1, lane, counter, which);
  return normalOutside(layer, x);
}

/** Two values that lie anywhere. */
// @ts-ignore: decorator
@inline
export function gather(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1);
}

/** Writes a chunk's normals as f64 from its words, by the operations of `normalFrom`, four at a time: up to three past the last. */
export function normalsOfChunk(key0: i32, key1: i32, counter: i32, lane: i32, out: usize, size: i32): void {
  const half = f64x2.splat(0.5);
  for (let i = 0; i < size; i += 4) {
    const words = WORDS + (<usize>i << 2);
    const layer0: i32 = load<u8>(words);
    const layer1: i32 = load<u8>(words, 4);
    const layer2: i32 = load<u8>(words, 8);
    const layer3: i32 = load<u8>(words, 12);
    const values = i32x4.shr_s(v128.load(words), 8);
    const low = f64x2.add(f64x2.convert_low_i32x4_s(values), half);
    const high = f64x2.add(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(values, values, 2, 3, 2, 3)), half);
    const x01 = f64x2.mul(low, gather(stepAt(layer0), stepAt(layer1)));
    const x23 = f64x2.mul(high, gather(stepAt(layer2), stepAt(layer3)));
    const inside01 = f64x2.lt(f64x2.abs(x01), gather(edgeAt(layer0 + 1), edgeAt(layer1 + 1)));
    const inside23 = f64x2.lt(f64x2.abs(x23), gather(edgeAt(layer2 + 1), edgeAt(layer3 + 1)));
    const to = out + (<usize>i << 3);
    v128.store(to, x01);
    v128.store(to, x23, 16);
    if (i64x2.all_true(v128.and(inside01, inside23))) continue;
    for (let j = i; j < min(i + 4, size); j++) {
      const word = load<i32>(WORDS + (<usize>j << 2));
      store<f64>(out + (<usize>j << 3), normalFrom(word, key0, key1, lane, counter + (j >> 1), j & 1));
    }
  }
}

/** Normals from the words of consecutive counters, two a counter, as f32 or f64. */
function fill<T extends number>(key0: i32, key1: i32, counter: i32, lane: i32, out: usize, count: i32): void {
  for (let done = 0; done < count; done += CHUNK) {
    const size = min(CHUNK, count - done);
    fillThreefry(key0, key1, counter, lane, WORDS, (size + 1) >> 1);
    for (let i = 0; i < size; i++) {
      const word = load<i32>(WORDS + (<usize>i << 2));
      store<T>(out, <T>normalFrom(word, key0, key1, lane, counter + (i >> 1), i & 1));
      out += sizeof<T>();
    }
    counter += CHUNK >> 1;
  }
}

/** `rows` rows of `width` normals, each in the next lane from the same counter on; so too for the other kinds of numbers. */
export function fillNormal32(key0: i32, key1: i32, counter: i32, lane: i32, out: usize, width: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) fill<f32>(key0, key1, counter, lane + row, out + 4 * <usize>(row * width), width);
}

export function fillNormal64(key0: i32, key1: i32, counter: i32, lane: i32, out: usize, width: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) fill<f64>(key0, key1, counter, lane + row, out + 8 * <usize>(row * width), width);
}
