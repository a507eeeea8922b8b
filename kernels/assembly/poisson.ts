/**
 * Poisson numbers. Means from 10 on by rounded normals, of which the few that are too many are taken away and replaced: algorithm PD of
 * Ahrens & Dieter 1982 (ACM Trans. Math. Soft. 8, 163). Smaller means by inversion. A number takes one counter: from its two words come
 * 32 bits of value and 8 of layer of the normal, and 24 of the uniform that decides; or 53 bits for the inversion.
 */
import {
  CHUNK,
  certain,
  edgeOf,
  inside,
  LATE,
  LATE_BITS,
  LATE_PLACE,
  normalOutside,
  noteLate,
  QUICK_ERROR,
  quickFloor,
  quickNormals,
  stepOf,
  WORDS,
} from './normal';
import { beginRepair, repairUniform } from './repair';
import { fillThreefry, fillThreefryByFours } from './threefry';

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
/** Four numbers by the quick way, f32. */
let numbers: v128 = i64x2.splat(0);

/** What `weigh` needs of a mean: one over its root, and the coefficients of the normal's share. */
let inverseRoot: f64 = 0;
let c0: f64 = 0;
let c1: f64 = 0;
let c2: f64 = 0;
let c3: f64 = 0;

/** Procedure F of the paper, its first part. The normal's share is Taylor's series over the unit interval, to its sixth power. */
function beginWeighing(root: f64): void {
  inverseRoot = 1 / root;
  const b1 = (1.0 / 24) * inverseRoot * inverseRoot;
  const b2 = 0.3 * b1 * b1;
  c3 = (1.0 / 7) * b1 * b2;
  c2 = b2 - 15 * c3;
  c1 = b1 - 6 * b2 + 45 * c3;
  c0 = 1 - b1 + 3 * b2 - 15 * c3;
}

/** Its second part, for one number of that mean. */
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
  const x = (k - mean + 0.5) * inverseRoot;
  const x2 = x * x;
  normalExponent = -0.5 * x2;
  normalFactor = ONE_OVER_ROOT_2_PI * inverseRoot * (((c3 * x2 + c2) * x2 + c1) * x2 + c0);
}

/** The hundredth case: `g` is a normal of this mean that the quick test did not let pass, `u` the uniform that decides. */
function outside(mean: f64, g: f64, u: f64, key0: i32, key1: i32, lane: i32, counter: i32): f64 {
  const root = Math.sqrt(mean);
  beginWeighing(root);
  // Mostly wanted, and the processor can do it besides.
  beginRepair(key0, key1, lane, counter, 1);
  let e = -Math.log(repairUniform());
  let side = 2 * repairUniform() - 1;
  if (g >= 0) {
    const k = Math.floor(g);
    weigh(mean, k);
    if (normalFactor * (1 - u) <= poissonFactor * Math.exp(poissonExponent - normalExponent)) return k;
  }
  // From where the Poisson distribution lies above the normal one: under a double-exponential hat.
  while (true) {
    const t = side < 0 ? 1.8 - e : 1.8 + e;
    if (t > -0.6744) {
      const k = Math.floor(mean + root * t);
      weigh(mean, k);
      const difference = poissonFactor * Math.exp(poissonExponent + e) - normalFactor * Math.exp(normalExponent + e);
      if ((0.1069 / mean) * abs(side) <= difference) return k;
    }
    e = -Math.log(repairUniform());
    side = 2 * repairUniform() - 1;
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

/** A number of any mean from its counter's words. */
function one(mean: f64, value: i32, word: i32, key0: i32, key1: i32, lane: i32, counter: i32): f64 {
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
 * Four numbers into `numbers`, in single precision. All bits of the answer are set where that cannot have changed what `one` would give:
 * the mean is large, no limit is near, and the quick tests pass with room to spare. `words` are the values, then the other words.
 */
// @ts-ignore: decorator
@inline
function quick(means: v128, words: usize): v128 {
  const away = f32x4.mul(f32x4.sqrt(means), quickNormals(v128.load(words), words + 16));
  let sure = v128.and(inside, f32x4.ge(means, f32x4.splat(<f32>SMALL_MEAN)));
  const error = f32x4.mul(f32x4.add(means, f32x4.abs(away)), f32x4.splat(QUICK_ERROR));
  numbers = quickFloor(f32x4.add(means, away), error);
  sure = v128.and(sure, certain);
  const missing = f32x4.sub(means, numbers);
  const cube = f32x4.mul(f32x4.mul(missing, missing), missing);
  // 24 bits of the uniform, rounded down: never more than it is.
  const uniform = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(words, 16), 8));
  const factor = f32x4.splat(<f32>(6 * TWO_TO_MINUS_24) * (1 - QUICK_ERROR));
  return v128.and(sure, f32x4.le(cube, f32x4.mul(f32x4.mul(f32x4.mul(factor, means), means), uniform)));
}

/**
 * Fills `out` with a Poisson number for each of the f32 means; number i takes the counter `counter + i`. Gives back the place of the
 * first mean that is not from 0 to 1e15, at which it stops, or -1. Reads and writes up to three numbers past the last.
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
    fillThreefryByFours(key0, key1, counter + done, lane, WORDS, size);
    let late = 0;
    for (let i = 0; i < size; i += 4) {
      const sure = quick(v128.load(means + (<usize>(done + i) << 2)), WORDS + (<usize>i << 3));
      const to = out + <usize>(done + i) * sizeof<T>();
      if (sizeof<T>() == 8) {
        v128.store(to, f64x2.promote_low_f32x4(numbers));
        v128.store(to, f64x2.promote_low_f32x4(v128.shuffle<i32>(numbers, numbers, 2, 3, 2, 3)), 16);
      } else {
        v128.store(to, numbers);
      }
      late = noteLate(late, i, sure);
    }
    for (let n = 0; n < late; n++) {
      const note = load<i32>(LATE + (<usize>n << 2));
      const i = note & LATE_PLACE;
      const words = WORDS + (<usize>i << 3);
      for (let left = note >> LATE_BITS; left != 0; left &= left - 1) {
        const j = ctz(left);
        const place = done + i + j;
        if (i + j >= size) break;
        const mean = <f64>load<f32>(means + (<usize>place << 2));
        if (!(mean >= 0 && mean <= LARGEST_MEAN)) return place;
        const value = load<i32>(words + (<usize>j << 2));
        const word = load<i32>(words + (<usize>j << 2), 16);
        store<T>(out + <usize>place * sizeof<T>(), <T>one(mean, value, word, key0, key1, lane, counter + place));
      }
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
  return one(mean, load<i32>(WORDS), load<i32>(WORDS, 4), key0, key1, lane, counter);
}
