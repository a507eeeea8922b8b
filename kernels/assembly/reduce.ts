/** From counts to electrons: what every pixel of a science frame goes through, four at a time, one pass. */

/** Flags of the plane of data quality that are set here: `DQ` of core/calibration/planes.ts. */
const SATURATED = 4;
const LOW_FLAT = 16;
const NO_DATA = 32;

/**
 * One row of one amplifier. Six planes of f32 stand `planeBytes` apart from `masters` on: bias, its uncertainty, dark, its uncertainty,
 * flat, its uncertainty; three of u8, `flagBytes` apart, from `flags` on: their data quality. Written: electrons at `data`, one standard
 * deviation at `uncertainty` (f32), data quality at `quality` (u8). Pixels go by four: reads and writes go up to three past the last.
 *
 *     signal = gain (raw - level - bias - factor dark)
 *     variance = max(0, gain (raw - level - bias)) + readVariance + gain^2 (sigma_bias^2 + (factor sigma_dark)^2)
 *     data = signal / flat        uncertainty = sqrt(variance + (data sigma_flat)^2) / flat
 *
 * Where the flat is below `lowFlat`, or no number, nothing is divided and the uncertainty is infinite.
 */
export function calibrateRow(
  raw: usize,
  masters: usize,
  planeBytes: usize,
  flags: usize,
  flagBytes: usize,
  data: usize,
  uncertainty: usize,
  quality: usize,
  width: i32,
  level: f32,
  factor: f32,
  gain: f32,
  readVariance: f32,
  saturation: f32,
  lowFlat: f32,
): void {
  const level4 = f32x4.splat(level);
  const factor4 = f32x4.splat(factor);
  const gain4 = f32x4.splat(gain);
  const gainSquared = f32x4.splat(gain * gain);
  const read4 = f32x4.splat(readVariance);
  const full = f32x4.splat(saturation);
  const low = f32x4.splat(lowFlat);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const unknown = f32x4.splat(f32.MAX_VALUE * 2);
  for (let i = 0; i < width; i += 4) {
    const at = masters + (<usize>i << 2);
    const counts = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v128.load64_zero(raw + (<usize>i << 1))));
    const bias = v128.load(at);
    const biasSigma = v128.load(at + planeBytes);
    const dark = f32x4.mul(factor4, v128.load(at + 2 * planeBytes));
    const darkSigma = f32x4.mul(factor4, v128.load(at + 3 * planeBytes));
    const flat = v128.load(at + 4 * planeBytes);
    const flatSigma = v128.load(at + 5 * planeBytes);

    const charge = f32x4.mul(gain4, f32x4.sub(f32x4.sub(counts, level4), bias));
    const signal = f32x4.sub(charge, f32x4.mul(gain4, dark));
    const ofMasters = f32x4.add(f32x4.mul(biasSigma, biasSigma), f32x4.mul(darkSigma, darkSigma));
    const variance = f32x4.add(f32x4.add(f32x4.pmax(zero, charge), read4), f32x4.mul(gainSquared, ofMasters));

    const bright = v128.and(f32x4.ge(flat, low), f32x4.gt(flat, zero));
    const divisor = v128.bitselect(flat, one, bright);
    const value = f32x4.div(signal, divisor);
    const ofFlat = f32x4.mul(value, flatSigma);
    const sigma = f32x4.div(f32x4.sqrt(f32x4.add(variance, f32x4.mul(ofFlat, ofFlat))), divisor);
    // Comparisons with what is no number are false: such a pixel becomes 0, with nothing known.
    const finite = f32x4.lt(f32x4.abs(value), unknown);
    const known = v128.and(v128.and(bright, finite), f32x4.lt(sigma, unknown));
    v128.store(data + (<usize>i << 2), v128.and(value, finite));
    v128.store(uncertainty + (<usize>i << 2), v128.bitselect(sigma, unknown, known));

    const saturated = v128.and(f32x4.ge(counts, full), i32x4.splat(SATURATED));
    const dim = v128.andnot(i32x4.splat(LOW_FLAT), bright);
    const empty = v128.andnot(i32x4.splat(NO_DATA), finite);
    const found = v128.or(v128.or(saturated, dim), empty);
    const words = i16x8.narrow_i32x4_u(found, found);
    const own = i8x16.narrow_i16x8_u(words, words);
    const at8 = flags + <usize>i;
    const first = v128.or(v128.load32_zero(at8), v128.load32_zero(at8 + flagBytes));
    const theirs = v128.or(first, v128.load32_zero(at8 + 2 * flagBytes));
    v128.store32_lane(quality + <usize>i, v128.or(own, theirs), 0);
  }
}
