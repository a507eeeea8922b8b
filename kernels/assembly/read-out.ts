/** The end of the chain: charge, read noise and bias level to counts. */
import { CHUNK, certain, inside, LATE, LATE_BITS, LATE_PLACE, normalFrom, noteLate, QUICK_ERROR, quickFloor, quickNormals, WORDS } from './normal';
import { fillThreefry } from './threefry';

/** Four charges as f32. */
// @ts-ignore: decorator
@inline
function four<T extends number>(at: usize): v128 {
  if (sizeof<T>() == 4) return v128.load(at);
  const low = f32x4.demote_f64x2_zero(v128.load(at));
  return v128.shuffle<i32>(low, f32x4.demote_f64x2_zero(v128.load(at, 16)), 0, 1, 4, 5);
}

// @ts-ignore: decorator
@inline
function count(bias: f64, charge: f64, normal: f64, aduPerE: f64, noiseAdu: f64): u16 {
  const level = bias + charge * aduPerE + normal * noiseAdu;
  return <u16>max(0, min(65_535, Math.floor(level + 0.5)));
}

/**
 * Writes u16 counts: floor(bias + charge * aduPerE + normal * noiseAdu + 0.5), cut to 0 and 65535. Bias levels are f32 from `biases` on,
 * or `bias` for all if that is 0. Pixels go by four: reads and writes go up to three pixels past the last.
 */
function fill<T extends number>(
  key0: i32,
  key1: i32,
  counter: i32,
  lane: i32,
  charges: usize,
  biases: usize,
  bias: f64,
  aduPerE: f64,
  noiseAdu: f64,
  out: usize,
  numbers: i32,
): void {
  const factor = f32x4.splat(<f32>aduPerE);
  const noise = f32x4.splat(<f32>noiseAdu);
  const half = f32x4.splat(0.5);
  let levels = f32x4.splat(<f32>bias);
  for (let done = 0; done < numbers; done += CHUNK) {
    const size = min(CHUNK, numbers - done);
    fillThreefry(key0, key1, counter, lane, WORDS, (size + 1) >> 1);
    let late = 0;
    for (let i = 0; i < size; i += 4) {
      const place = <usize>(done + i);
      const words = WORDS + (<usize>i << 2);
      // In single precision first. It will do where no whole number is so near that rounding could decide.
      const normals = quickNormals(v128.andnot(v128.load(words), i32x4.splat(255)), words);
      if (biases != 0) levels = v128.load(biases + (place << 2));
      const signal = f32x4.mul(four<T>(charges + place * sizeof<T>()), factor);
      const scatter = f32x4.mul(normals, noise);
      const sum = f32x4.add(f32x4.add(f32x4.add(levels, signal), scatter), half);
      const parts = f32x4.add(f32x4.add(f32x4.abs(levels), f32x4.abs(signal)), f32x4.add(f32x4.abs(scatter), half));
      const whole = quickFloor(sum, f32x4.mul(parts, f32x4.splat(QUICK_ERROR)));
      const sure = v128.and(inside, certain);
      const cut = i32x4.trunc_sat_f32x4_s(whole);
      v128.store64_lane(out + (place << 1), i16x8.narrow_i32x4_u(cut, cut), 0);
      late = noteLate(late, i, sure);
    }
    for (let n = 0; n < late; n++) {
      const note = load<i32>(LATE + (<usize>n << 2));
      const i = note & LATE_PLACE;
      for (let left = note >> LATE_BITS; left != 0; left &= left - 1) {
        const j = i + ctz(left);
        if (j >= size) break;
        const place = <usize>(done + j);
        const normal = normalFrom(load<i32>(WORDS + (<usize>j << 2)), key0, key1, lane, counter + (j >> 1), j & 1);
        const level = biases != 0 ? <f64>load<f32>(biases + (place << 2)) : bias;
        const charge = <f64>load<T>(charges + place * sizeof<T>());
        store<u16>(out + (place << 1), count(level, charge, normal, aduPerE, noiseAdu));
      }
    }
    counter += CHUNK >> 1;
  }
}

export function fillCounts32(
  key0: i32,
  key1: i32,
  counter: i32,
  lane: i32,
  charges: usize,
  biases: usize,
  bias: f64,
  aduPerE: f64,
  noiseAdu: f64,
  out: usize,
  width: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const done = <usize>(row * width);
    const levels: usize = biases == 0 ? 0 : biases + 4 * done;
    fill<f32>(key0, key1, counter, lane + row, charges + 4 * done, levels, bias, aduPerE, noiseAdu, out + 2 * done, width);
  }
}

export function fillCounts64(
  key0: i32,
  key1: i32,
  counter: i32,
  lane: i32,
  charges: usize,
  biases: usize,
  bias: f64,
  aduPerE: f64,
  noiseAdu: f64,
  out: usize,
  width: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const done = <usize>(row * width);
    const levels: usize = biases == 0 ? 0 : biases + 4 * done;
    fill<f64>(key0, key1, counter, lane + row, charges + 8 * done, levels, bias, aduPerE, noiseAdu, out + 2 * done, width);
  }
}
