// Combining numbers of 32 bits: what combine-counts does, 4 in a register. Pixels that are left out are infinite: they sort to the end, and a
// pixel that has any goes through combine-columns alone.
import {
  CLIPPED_MAD, combineColumn, MAD_TO_SIGMA, MEAN, MEDIAN, ruleHigh, ruleLow, ruleMethod, ruleRejectHigh, ruleRejectLow,
} from './combine-columns';
import { ROW_BYTES, sortBlock } from './combine-sort';

/** Thresholds of 32 bits are drawn in by this much, so that what they let pass is within those of 64 bits. */
const SURE_MAD: f64 = 1 - 1e-6;
const SURE_STD: f64 = 1 - 1e-4;

/**
 * Writes ((pixel - offset) - sum of plane * factor) * scale for the pixels of one frame, a multiple of 4; infinite where the mask (one byte a
 * pixel, 0: none) is not 0 or the result is not finite. `raw`: counts of 16 bits, or numbers of 32 bits. `planes`: `planeCount` rows of
 * `planeBytes` bytes; `factors`: one number of 32 bits for each.
 */
export function prepareSamples(
  raw: usize, isFloat: bool, pixels: i32, offset: f32, planes: usize, planeBytes: usize, planeCount: i32, factors: usize,
  scale: f32, mask: usize, out: usize,
): void {
  const zero = f32x4.splat(0);
  const infinite = f32x4.splat(f32.POSITIVE_INFINITY);
  for (let p: usize = 0; p < <usize>pixels; p += 4) {
    let x = isFloat ? v128.load(raw + (p << 2)) : f32x4.convert_i32x4_u(v128.load16x4_u(raw + (p << 1)));
    x = f32x4.sub(x, f32x4.splat(offset));
    for (let k: usize = 0; k < <usize>planeCount; k++) {
      const plane = v128.load(planes + k * planeBytes + (p << 2));
      x = f32x4.sub(x, f32x4.mul(plane, v128.load32_splat(factors + (k << 2))));
    }
    x = f32x4.mul(x, f32x4.splat(scale));
    let used = f32x4.eq(f32x4.sub(x, x), zero);
    if (mask) {
      const flags = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(mask + p)));
      used = v128.and(used, i32x4.eq(flags, zero));
    }
    v128.store(out + (p << 2), v128.bitselect(x, infinite, used));
  }
}

/** As `combineCounts`, of a multiple of 32 pixels. */
export function combineFloats(
  samples: usize, rowBytes: usize, frames: i32, pixels: i32, network: usize, steps: i32, block: usize,
  rules: usize, value: usize, uncertainty: usize, kept: usize,
): void {
  prepare(frames, rules);
  for (let p: usize = 0; p < <usize>pixels; p += 32) {
    sortBlock<f32>(samples + (p << 2), rowBytes, frames, network, steps, block);
    for (let v: usize = 0; v < 8; v++) {
      const pixel = p + (v << 2);
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
let perFrame: f32 = 0;
/** Of the sum of squares, to the variance of the mean; of twice the median absolute deviation, to the error of the median. */
let toVariance: f32 = 0;
let toMedianError: f32 = 0;

function prepare(frames: i32, rules: usize): void {
  method = ruleMethod(rules);
  rejectLow = ruleRejectLow(rules);
  count = frames - rejectLow - ruleRejectHigh(rules);
  const factor = method == CLIPPED_MAD ? 0.5 * MAD_TO_SIGMA * SURE_MAD : SURE_STD;
  sureLow = <f32>(ruleLow(rules) * factor);
  sureHigh = <f32>(ruleHigh(rules) * factor);
  const n = <f64>count;
  perFrame = <f32>n;
  toVariance = count > 1 ? <f32>(1 / (n * (n - 1))) : 0;
  toMedianError = count > 0 ? <f32>((0.5 * MAD_TO_SIGMA * sqrt(Math.PI / 2)) / sqrt(n)) : 0;
}

@inline function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
}

/** Four pixels of sorted values; those that remain unsure one by one. */
function settle(columns: usize, frames: i32, rules: usize, value: usize, uncertainty: usize, kept: usize): void {
  let unsure = count > 0 ? settleSure(columns, frames, value, uncertainty) : 0xf;
  store<u32>(kept, <u32>count * 0x01010101);
  while (unsure) {
    const lane = <usize>ctz(unsure);
    unsure &= unsure - 1;
    const column = columns + (lane << 2);
    let n = frames;
    while (n > 0 && load<f32>(column + <usize>(n - 1) * ROW_BYTES) == f32.POSITIVE_INFINITY) n--;
    combineColumn<f32>(column, ROW_BYTES, n, rules, value + (lane << 2), uncertainty + (lane << 2), kept + lane);
  }
}

/** Writes value and uncertainty of four pixels, right where the bit of the pixel is 0 in what it gives back. */
@inline function settleSure(columns: usize, frames: i32, value: usize, uncertainty: usize): i32 {
  const isOdd = count & 1;
  const leftmost = columns + <usize>rejectLow * ROW_BYTES;
  let right = leftmost + <usize>(count - 1) * ROW_BYTES;
  let left = leftmost + <usize>((count >> 1) - 1 + isOdd) * ROW_BYTES;
  const middlemost = left;
  const infinite = f32x4.splat(f32.POSITIVE_INFINITY);
  const a = v128.load(left);
  const b = v128.load(leftmost + <usize>(count >> 1) * ROW_BYTES);
  const finite = f32x4.lt(v128.load(columns + <usize>(frames - 1) * ROW_BYTES), infinite);
  // Of the deviations to the left of a and to the right of b, all growing outwards: the two in the middle of all.
  let upper = infinite;
  let lower = infinite;
  let before = f32x4.splat(0);
  let squares = f32x4.splat(0);
  let sum = f32x4.splat(0);
  let size = f32x4.splat(0);
  let total0 = f64x2.splat(0);
  let total1 = f64x2.splat(0);
  const rightmost = f32x4.sub(v128.load(right), b);
  for (; left >= leftmost; left -= ROW_BYTES, right -= ROW_BYTES) {
    const below = v128.load(left);
    const above = v128.load(right);
    // The median of an odd number of frames is met from both sides.
    const other = isOdd && left == middlemost ? f32x4.splat(0) : below;
    total0 = f64x2.add(total0, f64x2.add(f64x2.promote_low_f32x4(other), f64x2.promote_low_f32x4(above)));
    total1 = f64x2.add(total1, f64x2.add(promoteHigh(other), promoteHigh(above)));
    const l = f32x4.sub(a, below);
    const r = f32x4.sub(above, b);
    upper = f32x4.pmin(upper, f32x4.pmax(l, r));
    lower = f32x4.pmin(lower, f32x4.pmax(before, r));
    before = l;
    squares = f32x4.add(squares, f32x4.add(f32x4.mul(l, l), f32x4.mul(r, r)));
    sum = f32x4.add(sum, f32x4.sub(r, l));
    size = f32x4.add(size, f32x4.add(r, l));
  }
  lower = isOdd ? upper : f32x4.pmin(lower, before);
  const gap = f32x4.sub(b, a);
  const halves = f32x4.mul(gap, f32x4.splat(0.5));
  const twiceDeviation = f32x4.add(gap, f32x4.add(upper, lower));
  if (method == MEDIAN) {
    v128.store(value, f32x4.mul(f32x4.add(a, b), f32x4.splat(0.5)));
    v128.store(uncertainty, f32x4.mul(twiceDeviation, f32x4.splat(toMedianError)));
    return i32x4.bitmask(finite) ^ 0xf;
  }
  const n = f32x4.splat(perFrame);
  const all = f64x2.splat(<f64>count);
  v128.store64_lane(value, f32x4.demote_f64x2_zero(f64x2.div(total0, all)), 0);
  v128.store64_lane(value, f32x4.demote_f64x2_zero(f64x2.div(total1, all)), 0, 8);
  // About the median, half a gap from each: sum of squares of (d + gap / 2), less what the mean lies off the median.
  let scatter = f32x4.add(
    squares,
    f32x4.mul(gap, f32x4.add(size, f32x4.mul(f32x4.mul(halves, f32x4.splat(0.5)), n))),
  );
  scatter = f32x4.max(f32x4.splat(0), f32x4.sub(scatter, f32x4.div(f32x4.mul(sum, sum), n)));
  v128.store(uncertainty, f32x4.sqrt(f32x4.mul(scatter, f32x4.splat(toVariance))));
  const sure = v128.and(finite, f32x4.lt(scatter, infinite));
  if (method == MEAN) return i32x4.bitmask(sure) ^ 0xf;
  const sigma = method == CLIPPED_MAD ? twiceDeviation : f32x4.sqrt(f32x4.div(scatter, n));
  const low = f32x4.le(f32x4.add(before, halves), f32x4.mul(sigma, f32x4.splat(sureLow)));
  const high = f32x4.le(f32x4.add(rightmost, halves), f32x4.mul(sigma, f32x4.splat(sureHigh)));
  return i32x4.bitmask(v128.and(sure, v128.and(low, high))) ^ 0xf;
}
