// Combining one pixel of many frames, one by one: where the pixels beside it go another way than it does. Sorted values lie `stride`
// bytes apart. Thresholds are in 64 bits.

/** Standard deviation of a normal distribution in units of its median absolute deviation: 1 / quantile(3/4). */
export const MAD_TO_SIGMA: f64 = 1.482602218505602;

/** The method and its parameters, as numbers of 64 bits in memory. */
export const MEDIAN: i32 = 0;
export const MEAN: i32 = 1;
export const CLIPPED_MAD: i32 = 2;
export const CLIPPED_STD: i32 = 3;

@inline export function ruleMethod(rules: usize): i32 { return <i32>load<f64>(rules); }
@inline export function ruleLow(rules: usize): f64 { return load<f64>(rules, 8); }
@inline export function ruleHigh(rules: usize): f64 { return load<f64>(rules, 16); }
@inline export function ruleIterations(rules: usize): i32 { return <i32>load<f64>(rules, 24); }
@inline export function ruleRejectLow(rules: usize): i32 { return <i32>load<f64>(rules, 32); }
@inline export function ruleRejectHigh(rules: usize): i32 { return <i32>load<f64>(rules, 40); }

@inline function at<T>(column: usize, stride: usize, i: i32): f64 {
  return <f64>load<T>(column + <usize>i * stride);
}

/**
 * Median absolute deviation of the sorted values from `lo` to before `hi`, at least one. Deviations to the left and to the right of
 * the median grow outwards: of two sorted lists the middle is found by halving.
 */
export function deviationOf<T>(column: usize, stride: usize, lo: i32, hi: i32): f64 {
  const n = hi - lo;
  const isOdd = n & 1;
  const right = lo + (n >> 1);
  const left = right - 1 + isOdd;
  const reach = hi - 1 - right;
  const a = at<T>(column, stride, left);
  const b = at<T>(column, stride, right);
  const middle = 0.5 * (a + b);
  let from = 0;
  let to = reach;
  while (from < to) {
    const j = (from + to) >> 1;
    const isBeyond = middle - at<T>(column, stride, left - j) >= at<T>(column, stride, right + reach - j) - middle;
    to = isBeyond ? j : to;
    from = isBeyond ? from : j + 1;
  }
  let upper = middle - at<T>(column, stride, left - from);
  if (from > 0) upper = min(upper, at<T>(column, stride, right + reach - from + 1) - middle);
  if (isOdd) return upper;
  let lower = at<T>(column, stride, right + reach - from) - middle;
  if (from > 0) lower = max(lower, middle - at<T>(column, stride, left - from + 1));
  return 0.5 * (lower + upper);
}

function standardDeviationOf<T>(column: usize, stride: usize, lo: i32, hi: i32): f64 {
  let sum: f64 = 0;
  for (let i = lo; i < hi; i++) sum += at<T>(column, stride, i);
  const mean = sum / <f64>(hi - lo);
  let squares: f64 = 0;
  for (let i = lo; i < hi; i++) {
    const d = at<T>(column, stride, i) - mean;
    squares += d * d;
  }
  return sqrt(squares / <f64>(hi - lo));
}

/**
 * Which of the first `n` sorted values are kept: from the lower half of the result to before its upper half (16 bits each). As in astropy the
 * last thresholds hold for all values: one that was rejected before comes back where they let it.
 */
export function keptOf<T>(column: usize, stride: usize, n: i32, rules: usize): i32 {
  let lo = min(ruleRejectLow(rules), n);
  let hi = max(n - ruleRejectHigh(rules), lo);
  const method = ruleMethod(rules);
  if (method < CLIPPED_MAD) return lo | (hi << 16);
  const iterations = ruleIterations(rules);
  for (let iteration = 0; iteration < iterations && hi > lo; iteration++) {
    const right = lo + ((hi - lo) >> 1);
    const left = right - 1 + ((hi - lo) & 1);
    const middle = 0.5 * (at<T>(column, stride, left) + at<T>(column, stride, right));
    const sigma =
      method == CLIPPED_MAD
        ? MAD_TO_SIGMA * deviationOf<T>(column, stride, lo, hi)
        : standardDeviationOf<T>(column, stride, lo, hi);
    const low = middle - ruleLow(rules) * sigma;
    const high = middle + ruleHigh(rules) * sigma;
    const before = hi - lo;
    while (lo < hi && at<T>(column, stride, lo) < low) lo++;
    while (lo < hi && at<T>(column, stride, hi - 1) > high) hi--;
    if (hi - lo == before || iteration == iterations - 1) {
      while (lo > 0 && at<T>(column, stride, lo - 1) >= low) lo--;
      while (hi < n && at<T>(column, stride, hi) <= high) hi++;
      break;
    }
  }
  return lo | (hi << 16);
}

/** Combines the first `n` sorted values of a column and writes what became of it. */
export function combineColumn<T>(
  column: usize, stride: usize, n: i32, rules: usize, value: usize, uncertainty: usize, kept: usize,
): void {
  const range = keptOf<T>(column, stride, n, rules);
  const lo = range & 0xffff;
  const hi = range >>> 16;
  const count = hi - lo;
  store<u8>(kept, <u8>count);
  store<f32>(uncertainty, 0);
  if (count == 0) {
    store<f32>(value, f32.NaN);
    return;
  }
  const right = lo + (count >> 1);
  const left = right - 1 + (count & 1);
  const middle = 0.5 * (at<T>(column, stride, left) + at<T>(column, stride, right));
  if (ruleMethod(rules) == MEDIAN) {
    store<f32>(value, <f32>middle);
    const factor = sqrt(Math.PI / 2) * MAD_TO_SIGMA;
    store<f32>(uncertainty, <f32>(factor * deviationOf<T>(column, stride, lo, hi) / sqrt(<f64>count)));
    return;
  }
  let sum: f64 = 0;
  for (let i = lo; i < hi; i++) sum += at<T>(column, stride, i);
  const mean = sum / <f64>count;
  store<f32>(value, <f32>mean);
  if (count < 2) return;
  let squares: f64 = 0;
  for (let i = lo; i < hi; i++) {
    const d = at<T>(column, stride, i) - mean;
    squares += d * d;
  }
  store<f32>(uncertainty, <f32>sqrt(squares / (<f64>(count - 1) * <f64>count)));
}

/**
 * Combines `pixels` pixels with weights. `samples`: `frames` rows of `rowBytes` bytes, 32-bit floats, infinite where left out;
 * `weights`: one 64-bit number for each frame; `work`: room for 16 bytes a frame.
 */
export function combineWeighted(
  samples: usize, rowBytes: usize, frames: i32, pixels: i32, weights: usize, work: usize,
  rules: usize, value: usize, uncertainty: usize, kept: usize,
): void {
  const weightsOfSorted = work + (<usize>frames << 3);
  for (let p = 0; p < pixels; p++) {
    let n = 0;
    for (let f = 0; f < frames; f++) {
      const x = load<f32>(samples + <usize>f * rowBytes + (<usize>p << 2));
      if (x == f32.POSITIVE_INFINITY) continue;
      let i = n++;
      for (; i > 0 && load<f32>(work + (<usize>(i - 1) << 2)) > x; i--) {
        store<f32>(work + (<usize>i << 2), load<f32>(work + (<usize>(i - 1) << 2)));
        store<f64>(weightsOfSorted + (<usize>i << 3), load<f64>(weightsOfSorted + (<usize>(i - 1) << 3)));
      }
      store<f32>(work + (<usize>i << 2), x);
      store<f64>(weightsOfSorted + (<usize>i << 3), load<f64>(weights + (<usize>f << 3)));
    }
    const range = keptOf<f32>(work, 4, n, rules);
    const lo = range & 0xffff;
    const hi = range >>> 16;
    let sum: f64 = 0;
    let all: f64 = 0;
    for (let i = lo; i < hi; i++) {
      const weight = load<f64>(weightsOfSorted + (<usize>i << 3));
      sum += weight * at<f32>(work, 4, i);
      all += weight;
    }
    const mean = sum / all;
    let squares: f64 = 0;
    for (let i = lo; i < hi; i++) {
      const d = at<f32>(work, 4, i) - mean;
      squares += load<f64>(weightsOfSorted + (<usize>i << 3)) * d * d;
    }
    store<u8>(kept + <usize>p, <u8>(hi - lo));
    store<f32>(value + (<usize>p << 2), <f32>mean);
    store<f32>(uncertainty + (<usize>p << 2), hi - lo < 2 ? 0 : <f32>sqrt(squares / (<f64>(hi - lo - 1) * all)));
  }
}
