/**
 * Threefry-2x32 with 13 rounds (Salmon, Moraes, Dror & Shaw 2011, SC'11): the rounds' rotations are 13 15 26 6 17 29 16 24, over and
 * over, and a part of the key is added after each four.
 */
const SKEIN_PARITY: i32 = 0x1bd11bda;

// @ts-ignore: decorator
@inline
function turn(v: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(v, bits), i32x4.shr_u(v, 32 - bits));
}

/** As `turn` by 16 and by 24 bits: whole bytes, which one instruction moves. */
// @ts-ignore: decorator
@inline
function turn16(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

// @ts-ignore: decorator
@inline
function turn24(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}

/** The rounds for four counters, from x and y with the key added on; 8 words go to `out`, pair by pair or the first words first. */
// @ts-ignore: decorator
@inline
function mix(
  x0: v128,
  y0: v128,
  k0: v128,
  k0Plus2: v128,
  k1: v128,
  k1Plus3: v128,
  k2: v128,
  k2Plus1: v128,
  out: usize,
  paired: bool,
): void {
  let x = i32x4.add(x0, y0);
  let y = v128.xor(turn(y0, 13), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 15), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 26), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 6), x);
  x = i32x4.add(x, k1);
  y = i32x4.add(y, k2Plus1);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 17), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 29), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn16(y), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn24(y), x);
  x = i32x4.add(x, k2);
  y = i32x4.add(y, k0Plus2);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 13), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 15), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 26), x);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 6), x);
  x = i32x4.add(x, k0);
  y = i32x4.add(y, k1Plus3);
  x = i32x4.add(x, y);
  y = v128.xor(turn(y, 17), x);
  v128.store(out, paired ? v128.shuffle<i32>(x, y, 0, 4, 1, 5) : x);
  v128.store(out, paired ? v128.shuffle<i32>(x, y, 2, 6, 3, 7) : y, 16);
}

// @ts-ignore: decorator
@inline
function fill(key0: i32, key1: i32, counter0: i32, counter1: i32, out: usize, pairs: i32, paired: bool): void {
  const key2 = key0 ^ key1 ^ SKEIN_PARITY;
  const k0 = i32x4.splat(key0);
  const k0Plus2 = i32x4.splat(key0 + 2);
  const k1 = i32x4.splat(key1);
  const k1Plus3 = i32x4.splat(key1 + 3);
  const k2 = i32x4.splat(key2);
  const k2Plus1 = i32x4.splat(key2 + 1);
  const y = i32x4.splat(counter1 + key1);
  const four = i32x4.splat(4);
  let x = i32x4.add(i32x4.splat(counter0 + key0), i32x4(0, 1, 2, 3));
  for (let i = 0; i < pairs; i += 4) {
    mix(x, y, k0, k0Plus2, k1, k1Plus3, k2, k2Plus1, out, paired);
    out += 32;
    x = i32x4.add(x, four);
  }
}

/**
 * Words 2 i and 2 i + 1 from `out` on are the output for the counter (counter0 + i, counter1), for i below `pairs`; up to three pairs
 * more are written, as four counters are done at a time.
 */
export function fillThreefry(key0: i32, key1: i32, counter0: i32, counter1: i32, out: usize, pairs: i32): void {
  fill(key0, key1, counter0, counter1, out, pairs, true);
}

/** As `fillThreefry`, in another order: of each four counters the four first words, then the four second ones. */
export function fillThreefryByFours(key0: i32, key1: i32, counter0: i32, counter1: i32, out: usize, pairs: i32): void {
  fill(key0, key1, counter0, counter1, out, pairs, false);
}

/** 8 words from one counter under four keys: (key0, key1) to (key0, key1 + 3). */
export function underFourKeys(key0: i32, key1: i32, counter0: i32, counter1: i32, out: usize): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.add(i32x4.splat(key1), i32x4(0, 1, 2, 3));
  const k2 = v128.xor(v128.xor(k0, k1), i32x4.splat(SKEIN_PARITY));
  const k0Plus2 = i32x4.add(k0, i32x4.splat(2));
  const k1Plus3 = i32x4.add(k1, i32x4.splat(3));
  const k2Plus1 = i32x4.add(k2, i32x4.splat(1));
  const x = i32x4.splat(counter0 + key0);
  const y = i32x4.add(i32x4.splat(counter1), k1);
  mix(x, y, k0, k0Plus2, k1, k1Plus3, k2, k2Plus1, out, true);
}
