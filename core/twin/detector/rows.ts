/**
 * Loops over one row of pixels. A frame has few loops but long ones, and an engine that compiles while it runs makes machine code
 * of a function that is called for every row within the first frame, of one loop over all pixels often only after it.
 */

/** out = values + constant, row by row of equal length. */
export function addTo(values: Float32Array, constant: number, out: Float32Array): void {
  for (let x = 0; x < out.length; x++) out[x] = values[x] + constant;
}

/** values *= factors. */
export function multiply(values: Float32Array, factors: Float32Array): void {
  for (let x = 0; x < values.length; x++) values[x] *= factors[x];
}

/** values *= 1 + factor * shares, but never below 0. */
export function multiplyAbout(values: Float32Array, shares: Float32Array, factor: number): void {
  for (let x = 0; x < values.length; x++) values[x] *= Math.max(0, 1 + shares[x] * factor);
}

/** values *= factors * (1 + factor * shares), but never below 0. */
export function multiplyAboutBy(
  values: Float32Array,
  factors: Float32Array,
  shares: Float32Array,
  factor: number,
): void {
  for (let x = 0; x < values.length; x++) values[x] *= factors[x] * Math.max(0, 1 + shares[x] * factor);
}

/** values += more. */
export function add(values: Float32Array, more: Float64Array): void {
  for (let x = 0; x < values.length; x++) values[x] += more[x];
}

/** Whether any of the values reaches a limit. */
export function reaches(values: Float32Array, limit: number): boolean {
  for (let x = 0; x < values.length; x++) if (values[x] >= limit) return true;
  return false;
}

/** How many of the counts are `value`. */
export function countOf(counts: Uint16Array, value: number): number {
  let count = 0;
  for (let x = 0; x < counts.length; x++) if (counts[x] === value) count++;
  return count;
}

/** Sums each `binning` neighbours of a row into `out`, on top of what is there. */
export function addBinned(values: Float32Array, binning: number, out: Float32Array): void {
  for (let x = 0, i = 0; x < out.length; x++) {
    let sum = 0;
    for (let k = 0; k < binning; k++, i++) sum += values[i];
    out[x] += sum;
  }
}
