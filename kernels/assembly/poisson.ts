/**
 * Poisson numbers. Means from 10 on by rounded normals, of which the few that are too many are taken away and replaced: algorithm PD of
 * Ahrens & Dieter 1982 (ACM Trans. Math. Soft. 8, 163). Smaller means by inversion. A number takes one counter: from its two words come
 * 32 bits of value and 8 of layer of the normal, and 24 of the uniform that decides; or 53 bits for the inversion.
 */
import { CHUNK, edgeAt, edgeOf, gather, normalOutside, stepAt, stepOf, WORDS } from './normal';
import { beginRepair, repairUniform } from './repair';
import { fillThreefry } from './threefry';

const SMALL_MEAN: f64 = 10;
/** Above it neighbouring integers become too coarse. */
const LARGEST_MEAN: f64 = 1e15;
const TWO_TO_MINUS_24: f64 = 1.0 / 16_777_216;
const TWO_TO_MINUS_53: f64 = 1.0 / 9_007_199_254_740_992;
const ONE_OVER_ROOT_2_PI: f64 = 0.3989422804014327;

/** Probability of k as [factor, exponent], and that of a normal between k and k + 1 that has been rounded down to it. */
let poissonFactor: f64 = 0;
let poissonExponent: f64 = 0;
let normalFactor: f64 = 0;
let normalExponent: f64 = 0;
let numbers: v128 = i64x2.splat(0);

/** Procedure F of the paper. The normal's share is Taylor's series over the unit interval, to its sixth power. */
function weigh(mean: f64, k: f64): void {
  if (k < 10) {
    poissonExponent = -mean;
    poissonFactor = 1;
    for (let i: f64 = 1; i <= k; i++) poissonFactor *= mean / i;
  } else {
    // Stirling's series to its third term: the error is below 1e-10.
    const inverse = 1 / k;
    const inverse2 = inverse * inverse;
    const series = inverse * (1.0 / 12 - inverse2 * (1.0 / 360 - inverse2 / 1260));
    const missing = mean - k;
    poissonExponent = k * Math.log1p(missing * inverse) - missing - series;
    poissonFactor = ONE_OVER_ROOT_2_PI * Math.sqrt(inverse);
  }
  const root = Math.sqrt(mean);
  const x = (k - mean + 0.5) / root;
  const x2 = x * x;
  const b1 = 1 / (24 * mean);
  const b2 = 0.3 * b1 * b1;
  const c3 = (b1 * b2) / 7;
  const c2 = b2 - 15 * c3;
  const c1 = b1 - 6 * b2 + 45 * c3;
  const c0 = 1 - b1 + 3 * b2 - 15 * c3;
  normalExponent = -0.5 * x2;
  normalFactor = (ONE_OVER_ROOT_2_PI / root) * (((c3 * x2 + c2) * x2 + c1) * x2 + c0);
}

/** The hundredth case: `g` is a normal of this mean that the quick test did not let pass, `u` the uniform that decides. */
function outside(mean: f64, g: f64, u: f64, key0: i32, key1: i32, lane: i32, counter: i32): f64 {
  if (g >= 0) {
    const k = Math.floor(g);
    weigh(mean, k);
    if (normalFactor * (1 - u) <= poissonFactor * Math.exp(poissonExponent - normalExponent)) return k;
  }
  // From where the Poisson distribution lies above the normal one: under a double-exponential hat.
  beginRepair(key0, key1, lane, counter, 1);
  const root = Math.sqrt(mean);
  while (true) {
    const e = -Math.log(repairUniform());
    const side = 2 * repairUniform() - 1;
    const t = side < 0 ? 1.8 - e : 1.8 + e;
    if (t <= -0.6744) continue;
    const k = Math.floor(mean + root * t);
    weigh(mean, k);
    const difference = poissonFactor * Math.exp(poissonExponent + e) - normalFactor * Math.exp(normalExponent + e);
    if ((0.1069 / mean) * abs(side) <= difference) return k;
  }
}

/** The normal of a pixel, from its two words. */
// @ts-ignore: decorator
@inline
function deviate(value: i32, word: i32, key0: i32, key1: i32, lane: i32, counter: i32): f64 {
  const layer = word & 255;
  const x = (<f64>value + 0.5) * (stepOf(layer) * 0.00390625);
  if (abs(x) < edgeOf(layer + 1)) return x;
  beginRepair(key0, key1, lane, counter, 0);
  return normalOutside(layer, x);
}

/** By inversion, adding up the probabilities from 0 on. */
function small(mean: f64, word0: i32, word1: i32): f64 {
  let left = (<f64>(<u32>word0 >>> 5) * 67_108_864 + <f64>(<u32>word1 >>> 6)) * TWO_TO_MINUS_53;
  let share = Math.exp(-mean);
  let k: f64 = 0;
  while (left >= share) {
    left -= share;
    k++;
    share *= mean / k;
    // What is left is rounding: no larger k has a share that a double could tell.
    if (share < TWO_TO_MINUS_53 && k > mean) break;
  }
  return k;
}

// @ts-ignore: decorator
@inline
function one(mean: f64, words: usize, key0: i32, key1: i32, lane: i32, counter: i32): f64 {
  const value = load<i32>(words);
  const word = load<i32>(words, 4);
  if (mean < SMALL_MEAN) return small(mean, value, word);
  const g = mean + Math.sqrt(mean) * deviate(value, word, key0, key1, lane, counter);
  const k = Math.floor(g);
  const missing = mean - k;
  const u = (<f64>(<u32>word >>> 8) + 0.5) * TWO_TO_MINUS_24;
  // Never passes for g < 0: missing >= mean >= 10.
  if (missing * missing * missing <= 6 * mean * mean * u) return k;
  return outside(mean, g, u, key0, key1, lane, counter);
}

/**
 * Two numbers at once into `numbers`, by the operations of `one`, where both means are large. Bits 0 and 1 of the answer say which of
 * them have passed the quick tests.
 */
// @ts-ignore: decorator
@inline
function quickPair(means: v128, words: usize): i32 {
  if (!i64x2.all_true(v128.and(f64x2.ge(means, f64x2.splat(SMALL_MEAN)), f64x2.le(means, f64x2.splat(LARGEST_MEAN))))) {
    return 0;
  }
  const four = v128.load(words);
  const layer0: i32 = load<u8>(words, 4);
  const layer1: i32 = load<u8>(words, 12);
  const half = f64x2.splat(0.5);
  const values = f64x2.add(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(four, four, 0, 2, 0, 2)), half);
  const x = f64x2.mul(values, f64x2.mul(gather(stepAt(layer0), stepAt(layer1)), f64x2.splat(0.00390625)));
  const edges = gather(edgeAt(layer0 + 1), edgeAt(layer1 + 1));
  const uniform = i32x4.shr_u(v128.shuffle<i32>(four, four, 1, 3, 1, 3), 8);
  const u = f64x2.mul(f64x2.add(f64x2.convert_low_i32x4_s(uniform), half), f64x2.splat(TWO_TO_MINUS_24));
  numbers = f64x2.floor(f64x2.add(means, f64x2.mul(f64x2.sqrt(means), x)));
  const missing = f64x2.sub(means, numbers);
  const cube = f64x2.mul(f64x2.mul(missing, missing), missing);
  const limit = f64x2.mul(f64x2.mul(f64x2.mul(f64x2.splat(6), means), means), u);
  return i64x2.bitmask(v128.and(f64x2.lt(f64x2.abs(x), edges), f64x2.le(cube, limit)));
}

/**
 * Fills `out` with a Poisson number for each of the f32 means; number i takes the counter `counter + i`. Gives back the place of the
 * first mean that is not from 0 to 1e15, at which it stops, or -1. Reads up to one mean past the last.
 */
function fill<T extends number>(
  key0: i32,
  key1: i32,
  counter: i32,
  lane: i32,
  means: usize,
  out: usize,
  count: i32,
): i32 {
  for (let done = 0; done < count; done += CHUNK) {
    const size = min(CHUNK, count - done);
    fillThreefry(key0, key1, counter + done, lane, WORDS, size);
    for (let i = 0; i < size; i += 2) {
      const two = v128.load64_zero(means);
      const words = WORDS + (<usize>i << 3);
      const passed = i + 1 < size ? quickPair(f64x2.promote_low_f32x4(two), words) : 0;
      if (passed != 0) {
        if (sizeof<T>() == 8) v128.store(out, numbers);
        else v128.store64_lane(out, f32x4.demote_f64x2_zero(numbers), 0);
      }
      if (passed != 3) {
        for (let j = i; j < min(i + 2, size); j++) {
          if ((passed >> (j - i)) & 1) continue;
          const mean = <f64>load<f32>(means + (<usize>(j - i) << 2));
          if (!(mean >= 0 && mean <= LARGEST_MEAN)) return done + j;
          const number = one(mean, WORDS + (<usize>j << 3), key0, key1, lane, counter + done + j);
          store<T>(out + <usize>(j - i) * sizeof<T>(), <T>number);
        }
      }
      means += 8;
      out += 2 * sizeof<T>();
    }
  }
  return -1;
}

export function fillPoisson32(
  key0: i32,
  key1: i32,
  counter: i32,
  lane: i32,
  means: usize,
  out: usize,
  width: i32,
  rows: i32,
): i32 {
  for (let row = 0; row < rows; row++) {
    const done = <usize>(row * width);
    const bad = fill<f32>(key0, key1, counter, lane + row, means + 4 * done, out + 4 * done, width);
    if (bad >= 0) return row * width + bad;
  }
  return -1;
}

export function fillPoisson64(
  key0: i32,
  key1: i32,
  counter: i32,
  lane: i32,
  means: usize,
  out: usize,
  width: i32,
  rows: i32,
): i32 {
  for (let row = 0; row < rows; row++) {
    const done = <usize>(row * width);
    const bad = fill<f64>(key0, key1, counter, lane + row, means + 4 * done, out + 8 * done, width);
    if (bad >= 0) return row * width + bad;
  }
  return -1;
}

/** One number of a mean in double precision, from 0 to 1e15, with the words of one counter. */
export function poissonAt(key0: i32, key1: i32, counter: i32, lane: i32, mean: f64): f64 {
  fillThreefry(key0, key1, counter, lane, WORDS, 1);
  return one(mean, WORDS, key0, key1, lane, counter);
}
