/**
 * Standard normals by the ziggurat of 256 layers (Marsaglia & Tsang 2000, J. Stat. Soft. 5(8)), with layer and value from separate
 * bits of a word (Doornik 2005: the original's shared bits fail tests).
 */
import { beginRepair, repairUniform, repairWord } from './repair';
import { fillThreefry } from './threefry';

/** Right edge of each layer and of the top (257), the density there (257), and what 2^-23 of the edge is worth (256). */
const TABLES = memory.data(8 * (257 + 257 + 256 + 256), 16);
const EDGES = TABLES;
const DENSITIES = TABLES + 8 * 257;
const STEPS = TABLES + 16 * 257;
/** For each layer as f32: what 2^-31 of its right edge is worth, and within which |x| a point lies under the curve for sure. */
const QUICK = TABLES + 8 * (257 + 257 + 256);
/** Pixels that are done at a time, and their words: small enough for the nearest cache. Even. */
export const CHUNK: i32 = 512;
export const WORDS = memory.data(8 * 512, 16);
/** For each four of a chunk that the quick way did not settle: its place, and above it a bit for each of the four that is left. */
export const LATE = memory.data(4 * 128, 16);
export const LATE_PLACE: i32 = 0xffff;
export const LATE_BITS: i32 = 16;

/** Where the tables go: the module's owner writes them once. */
export function zigguratTables(): usize {
  return TABLES;
}

// @ts-ignore: decorator
@inline
export function edgeOf(layer: i32): f64 {
  return load<f64>(EDGES + (<usize>layer << 3));
}

// @ts-ignore: decorator
@inline
export function stepOf(layer: i32): f64 {
  return load<f64>(STEPS + (<usize>layer << 3));
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

/** How far the f32 that the quick ways work in may be off, as a share: eight times its rounding. */
export const QUICK_ERROR: f32 = 1.0 / 2_097_152;

/** Whether all four of `quickNormals` lie under the curve for sure: all bits set where they do. */
export let inside: v128 = i64x2.splat(0);

/**
 * Four normals as f32, for the quick ways: within QUICK_ERROR of their value. Their layers are bytes 0, 4, 8 and 12 from `layers` on,
 * their values of 32 bits (or 24, and 8 of zeros) `values`.
 */
// @ts-ignore: decorator
@inline
export function quickNormals(values: v128, layers: usize): v128 {
  const first = v128.load64_zero(quickAt(load<u8>(layers)));
  const third = v128.load64_zero(quickAt(load<u8>(layers, 8)));
  const low = v128.load64_lane(quickAt(load<u8>(layers, 4)), first, 1);
  const high = v128.load64_lane(quickAt(load<u8>(layers, 12)), third, 1);
  const x = f32x4.mul(f32x4.convert_i32x4_s(values), v128.shuffle<i32>(low, high, 0, 2, 4, 6));
  inside = f32x4.lt(f32x4.abs(x), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
  return x;
}

// @ts-ignore: decorator
@inline
function quickAt(layer: i32): usize {
  return QUICK + (<usize>layer << 3);
}

/** floor(x) for four f32, and in `certain` whether it is that for all numbers closer to x than `error`. */
// @ts-ignore: decorator
@inline
export function quickFloor(x: v128, error: v128): v128 {
  const half = f32x4.splat(0.5);
  const floor = f32x4.floor(x);
  certain = f32x4.lt(f32x4.abs(f32x4.sub(f32x4.sub(x, floor), half)), f32x4.sub(half, error));
  return floor;
}

export let certain: v128 = i64x2.splat(0);

/**
 * Notes the four from `i` on as number `late` of a chunk's late ones if not all are sure; gives back how many there are then. Without
 * a branch: they are rare, and come when nobody expects them.
 */
// @ts-ignore: decorator
@inline
export function noteLate(late: i32, i: i32, sure: v128): i32 {
  const left = i32x4.bitmask(sure) ^ 15;
  store<i32>(LATE + (<usize>late << 2), i | (left << LATE_BITS));
  return late + <i32>(left != 0);
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
