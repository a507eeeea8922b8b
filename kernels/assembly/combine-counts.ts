// Combining counts of 16 bits: 64 pixels at a time are sorted by a network of comparators, 8 in a register. What the sorted values say is
// worked out for 8 pixels at once in whole numbers; a pixel where something may be rejected goes through combine-columns alone.
import {
  CLIPPED_MAD, combineColumn, MAD_TO_SIGMA, MEAN, MEDIAN, ruleHigh, ruleIterations, ruleLow, ruleMethod, ruleRejectHigh, ruleRejectLow,
} from './combine-columns';
import { ROW_BYTES, sortBlock } from './combine-sort';

/** Thresholds of 32 bits are drawn in by this much, so that what they let pass is within those of 64 bits. */
const SURE_MAD: f64 = 1 - 1e-6;
const SURE_STD: f64 = 1 - 1e-4;

/**
 * `samples`: `frames` rows of `rowBytes` bytes, counts of 16 bits, a multiple of 64 of them in use. `network` and
 * `steps`: see `sortBlock`. `block`: room for 128 bytes a frame.
 */
export function combineCounts(
  samples: usize, rowBytes: usize, frames: i32, pixels: i32, network: usize, steps: i32, block: usize,
  rules: usize, value: usize, uncertainty: usize, kept: usize,
): void {
  prepare(frames, rules);
  for (let p: usize = 0; p < <usize>pixels; p += 64) {
    sortBlock<u16>(samples + (p << 1), rowBytes, frames, network, steps, block);
    for (let v: usize = 0; v < 8; v++) {
      const pixel = p + (v << 3);
      settle(block + (v << 4), frames, rules, value + (pixel << 2), uncertainty + (pixel << 2), kept + pixel);
    }
  }
}

// What is alike for all pixels of a call.
let method: i32 = 0;
let rejectLow: i32 = 0;
/** Frames in the range that is looked at first. */
let count: i32 = 0;
/** Twice the median absolute deviation, or the standard deviation, times these: surely not rejected below. */
let sureLow: f32 = 0;
let sureHigh: f32 = 0;
/** Squares of deviations below it, summed over the frames, fit into 31 bits. */
let guard: i16 = 0;
let perFrame: f32 = 0;
/** Of the sum of squares, to the variance of the mean; of twice the median absolute deviation, to the error of the median. */
let toVariance: f32 = 0;
let toMedianError: f32 = 0;

/** Of eight pixels: twice the median, gap, twice the deviation, sums of squares, deviations, sizes; 32 bits each. */
const moments = memory.data(6 * 32, 16);

function prepare(frames: i32, rules: usize): void {
  method = ruleMethod(rules);
  rejectLow = ruleRejectLow(rules);
  count = frames - rejectLow - ruleRejectHigh(rules);
  const factor = method == CLIPPED_MAD ? 0.5 * MAD_TO_SIGMA * SURE_MAD : SURE_STD;
  sureLow = <f32>(ruleLow(rules) * factor);
  sureHigh = <f32>(ruleHigh(rules) * factor);
  if (count < 1) return;
  const n = <f64>count;
  guard = <i16>(0.5 * sqrt(<f64>0x7fffffff / (n + 1)));
  perFrame = <f32>n;
  toVariance = count > 1 ? <f32>(1 / (n * (n - 1))) : 0;
  toMedianError = <f32>((0.5 * MAD_TO_SIGMA * sqrt(Math.PI / 2)) / sqrt(n));
}

/** Eight pixels of sorted values; those that remain unsure one by one. */
function settle(columns: usize, frames: i32, rules: usize, value: usize, uncertainty: usize, kept: usize): void {
  store<u64>(kept, <u64>count * 0x0101010101010101);
  let unsure = count > 0 ? settleSure(columns, value, uncertainty) : 0xff;
  while (unsure) {
    const lane = <usize>ctz(unsure);
    unsure &= unsure - 1;
    const column = columns + (lane << 1);
    const isDone =
      method == CLIPPED_MAD && clip(column, rules, lane << 2, value + (lane << 2), uncertainty + (lane << 2), kept + lane);
    if (isDone) continue;
    combineColumn<u16>(column, ROW_BYTES, frames, rules, value + (lane << 2), uncertainty + (lane << 2), kept + lane);
  }
}

/**
 * Clips one pixel about its median by its median absolute deviation, from what was left in `moments`: sums over all frames, of which
 * those of the rejected are taken off again. Sums are kept modulo 2^32, products of 16 bits as they were formed: what remains is exact when it
 * is small. Gives back false, with nothing written, when it is not.
 */
@inline function clip(column: usize, rules: usize, lane: usize, value: usize, uncertainty: usize, kept: usize): bool {
  const frames = count;
  let lo = 0;
  let hi = frames;
  const twiceMedian = load<i32>(moments + lane);
  const gap = load<i32>(moments + lane, 32);
  const squares = load<i32>(moments + lane, 96);
  const sum = load<i32>(moments + lane, 128);
  const size = load<i32>(moments + lane, 160);
  const b = (twiceMedian + gap) >> 1;
  const a = b - gap;
  const firstRight = (frames + 1) >> 1;
  const rightCount = frames - firstRight;
  // Deviations about a: those to the right were formed about b.
  let first = sum + gap * rightCount;
  let second = squares + gap * (sum + size) + gap * gap * rightCount;
  let middle = 0.5 * <f64>twiceMedian;
  let sigma = 0.5 * MAD_TO_SIGMA * <f64>load<i32>(moments + lane, 64);
  const sigmaLow = ruleLow(rules);
  const sigmaHigh = ruleHigh(rules);
  for (let left = ruleIterations(rules); ; ) {
    // Counts are whole: so are the last that pass.
    const low = <i32>ceil(middle - sigmaLow * sigma);
    const high = <i32>floor(middle + sigmaHigh * sigma);
    const before = hi - lo;
    for (; lo < hi; lo++) {
      const x = <i32>load<u16>(column + <usize>lo * ROW_BYTES);
      if (x >= low) break;
      const d = deviationFrom(a, b, gap, x, lo < firstRight);
      first -= d;
      second -= d * d;
    }
    for (; lo < hi; hi--) {
      const x = <i32>load<u16>(column + <usize>(hi - 1) * ROW_BYTES);
      if (x <= high) break;
      const d = deviationFrom(a, b, gap, x, hi - 1 < firstRight);
      first -= d;
      second -= d * d;
    }
    const n = hi - lo;
    if (n == before || --left == 0) {
      // The last thresholds hold for all: see `keptOf`.
      for (; lo > 0; lo--) {
        const x = <i32>load<u16>(column + <usize>(lo - 1) * ROW_BYTES);
        if (x < low) break;
        const d = deviationFrom(a, b, gap, x, lo - 1 < firstRight);
        first += d;
        second += d * d;
      }
      for (; hi < frames; hi++) {
        const x = <i32>load<u16>(column + <usize>hi * ROW_BYTES);
        if (x > high) break;
        const d = deviationFrom(a, b, gap, x, hi < firstRight);
        first += d;
        second += d * d;
      }
      break;
    }
    if (n == 0) return false;
    const right = lo + (n >> 1);
    middle =
      0.5 *
      <f64>(
        <i32>load<u16>(column + <usize>(right - 1 + (n & 1)) * ROW_BYTES) + <i32>load<u16>(column + <usize>right * ROW_BYTES)
      );
    sigma = 0.5 * MAD_TO_SIGMA * <f64>twiceDeviationOf(column, lo, hi);
  }
  const n = hi - lo;
  const leftmost = a - <i32>load<u16>(column + <usize>lo * ROW_BYTES);
  const rightmost = <i32>load<u16>(column + <usize>(hi - 1) * ROW_BYTES) - a;
  if (n < 2 || max(leftmost, rightmost) > <i32>guard) return false;
  const all = <f64>n;
  store<u8>(kept, <u8>n);
  store<f32>(value, <f32>(a * n + first) / <f32>n);
  store<f32>(uncertainty, <f32>sqrt((all * <f64>second - <f64>first * <f64>first) / (all * all * (all - 1))));
  return true;
}

/** Of a count from a, as it went into the sums. */
@inline function deviationFrom(a: i32, b: i32, gap: i32, x: i32, isLeft: bool): i32 {
  return isLeft ? -(<i32>(<i16>(a - x))) : <i32>(<i16>(x - b)) + gap;
}

/** Twice the median absolute deviation of the sorted counts from `lo` to before `hi`: see `deviationOf`. */
@inline function twiceDeviationOf(column: usize, lo: i32, hi: i32): i32 {
  const n = hi - lo;
  const isOdd = n & 1;
  const right = column + <usize>(lo + (n >> 1)) * ROW_BYTES;
  const left = isOdd ? right : right - ROW_BYTES;
  const reach = <usize>((n - 1) >> 1) * ROW_BYTES;
  const last = right + reach;
  const both = <i32>load<u16>(left) + <i32>load<u16>(right);
  let from: usize = 0;
  let to = reach;
  while (from < to) {
    const j = ((from + to) >> 1) & ~(ROW_BYTES - 1);
    const isBeyond = <i32>load<u16>(left - j) + <i32>load<u16>(last - j) <= both;
    to = isBeyond ? j : to;
    from = isBeyond ? from : j + ROW_BYTES;
  }
  let upper = both - 2 * <i32>load<u16>(left - from);
  if (from > 0) upper = min(upper, 2 * <i32>load<u16>(last - from + ROW_BYTES) - both);
  if (isOdd) return upper;
  let lower = 2 * <i32>load<u16>(last - from) - both;
  if (from > 0) lower = max(lower, both - 2 * <i32>load<u16>(left - from + ROW_BYTES));
  return (lower + upper) >> 1;
}

/** Writes value and uncertainty of eight pixels, right where the bit of the pixel is 0 in what it gives back. */
@inline function settleSure(columns: usize, value: usize, uncertainty: usize): i32 {
  const isOdd = count & 1;
  const leftmost = columns + <usize>rejectLow * ROW_BYTES;
  let right = leftmost + <usize>(count - 1) * ROW_BYTES;
  let left = leftmost + <usize>((count >> 1) - 1 + isOdd) * ROW_BYTES;
  const a = v128.load(left);
  const b = v128.load(leftmost + <usize>(count >> 1) * ROW_BYTES);
  const signs = i16x8(-1, 1, -1, 1, -1, 1, -1, 1);
  const ones = i16x8.splat(1);
  // Of the deviations to the left of a and to the right of b, all growing outwards: the two in the middle of all.
  let upper = i16x8.splat(-1);
  let lower = i16x8.splat(-1);
  let before = i16x8.splat(0);
  let squares0 = i32x4.splat(0);
  let squares1 = i32x4.splat(0);
  let sum0 = i32x4.splat(0);
  let sum1 = i32x4.splat(0);
  let size0 = i32x4.splat(0);
  let size1 = i32x4.splat(0);
  const rightmost = i16x8.sub(v128.load(right), b);
  for (; left >= leftmost; left -= ROW_BYTES, right -= ROW_BYTES) {
    const l = i16x8.sub(a, v128.load(left));
    const r = i16x8.sub(v128.load(right), b);
    upper = i16x8.min_u(upper, i16x8.max_u(l, r));
    lower = i16x8.min_u(lower, i16x8.max_u(before, r));
    before = l;
    const both0 = v128.shuffle<i16>(l, r, 0, 8, 1, 9, 2, 10, 3, 11);
    const both1 = v128.shuffle<i16>(l, r, 4, 12, 5, 13, 6, 14, 7, 15);
    squares0 = i32x4.add(squares0, i32x4.dot_i16x8_s(both0, both0));
    squares1 = i32x4.add(squares1, i32x4.dot_i16x8_s(both1, both1));
    sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(both0, signs));
    sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(both1, signs));
    if (!isOdd) {
      size0 = i32x4.add(size0, i32x4.dot_i16x8_s(both0, ones));
      size1 = i32x4.add(size1, i32x4.dot_i16x8_s(both1, ones));
    }
  }
  lower = isOdd ? upper : i16x8.min_u(lower, before);
  const gap = i16x8.sub(b, a);
  const small = i16x8.le_u(i16x8.max_u(gap, i16x8.max_u(before, rightmost)), i16x8.splat(guard));
  const sure0 = settleFour(
    i32x4.extend_low_i16x8_u(a), i32x4.extend_low_i16x8_u(gap), i32x4.extend_low_i16x8_u(upper), i32x4.extend_low_i16x8_u(lower),
    i32x4.extend_low_i16x8_u(before), i32x4.extend_low_i16x8_u(rightmost), i32x4.extend_low_i16x8_s(small),
    squares0, sum0, size0, value, uncertainty, moments,
  );
  const sure1 = settleFour(
    i32x4.extend_high_i16x8_u(a), i32x4.extend_high_i16x8_u(gap), i32x4.extend_high_i16x8_u(upper), i32x4.extend_high_i16x8_u(lower),
    i32x4.extend_high_i16x8_u(before), i32x4.extend_high_i16x8_u(rightmost), i32x4.extend_high_i16x8_s(small),
    squares1, sum1, size1, value + 16, uncertainty + 16, moments + 16,
  );
  return (i32x4.bitmask(sure0) | (i32x4.bitmask(sure1) << 4)) ^ 0xff;
}

/** Of four pixels, all whole numbers of 32 bits; deviations are about `a` to the left and `a + gap` to the right. */
@inline function settleFour(
  a: v128, gap: v128, upper: v128, lower: v128, leftmost: v128, rightmost: v128, small: v128,
  squares: v128, sum: v128, size: v128, value: usize, uncertainty: usize, moments: usize,
): v128 {
  const both = i32x4.add(i32x4.add(a, a), gap);
  const twice = i32x4.add(gap, i32x4.add(upper, lower));
  const twiceDeviation = f32x4.convert_i32x4_s(twice);
  const half = f32x4.splat(0.5);
  if (method == MEDIAN) {
    v128.store(value, f32x4.mul(f32x4.convert_i32x4_s(both), half));
    v128.store(uncertainty, f32x4.mul(twiceDeviation, f32x4.splat(toMedianError)));
    return i32x4.splat(-1);
  }
  const total = i32x4.add(i32x4.shr_u(i32x4.mul(both, i32x4.splat(count)), 1), sum);
  const n = f32x4.splat(perFrame);
  v128.store(value, f32x4.div(f32x4.convert_i32x4_s(total), n));
  // About the median, half a gap from each: sum of squares of (d + gap / 2), less what the mean lies off the median.
  const gaps = f32x4.convert_i32x4_s(gap);
  const halves = f32x4.mul(gaps, half);
  const sums = f32x4.convert_i32x4_s(sum);
  let scatter = f32x4.add(
    f32x4.convert_i32x4_s(squares),
    f32x4.mul(gaps, f32x4.add(f32x4.convert_i32x4_s(size), f32x4.mul(f32x4.mul(halves, half), n))),
  );
  scatter = f32x4.max(f32x4.splat(0), f32x4.sub(scatter, f32x4.div(f32x4.mul(sums, sums), n)));
  v128.store(uncertainty, f32x4.sqrt(f32x4.mul(scatter, f32x4.splat(toVariance))));
  if (method == MEAN) return small;
  if (method == CLIPPED_MAD) {
    v128.store(moments, both);
    v128.store(moments, gap, 32);
    v128.store(moments, twice, 64);
    v128.store(moments, squares, 96);
    v128.store(moments, sum, 128);
    v128.store(moments, size, 160);
  }
  const sigma = method == CLIPPED_MAD ? twiceDeviation : f32x4.sqrt(f32x4.div(scatter, n));
  const low = f32x4.le(f32x4.add(f32x4.convert_i32x4_s(leftmost), halves), f32x4.mul(sigma, f32x4.splat(sureLow)));
  const high = f32x4.le(f32x4.add(f32x4.convert_i32x4_s(rightmost), halves), f32x4.mul(sigma, f32x4.splat(sureHigh)));
  return v128.and(small, v128.and(low, high));
}
