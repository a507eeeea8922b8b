/** The end of the chain: charge, read noise and bias level to counts. */
import { CHUNK, normalsOfChunk, WORDS } from './normal';
import { fillThreefry } from './threefry';

const NORMALS = memory.data(8 * 512, 16);

/** Two charges as f64. */
// @ts-ignore: decorator
@inline
function pair<T extends number>(at: usize): v128 {
  return sizeof<T>() == 8 ? v128.load(at) : f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** Two counts as whole numbers in the low 32 bits of each half: a number from 0 to 65535 is the lowest bits of 2^52 and that number. */
// @ts-ignore: decorator
@inline
function counts(bias: v128, charge: v128, normal: v128, aduPerE: v128, noiseAdu: v128): v128 {
  const level = f64x2.add(f64x2.add(bias, f64x2.mul(charge, aduPerE)), f64x2.mul(normal, noiseAdu));
  const whole = f64x2.floor(f64x2.add(level, f64x2.splat(0.5)));
  const cut = f64x2.pmax(f64x2.splat(0), f64x2.pmin(f64x2.splat(65_535), whole));
  return f64x2.add(cut, f64x2.splat(4_503_599_627_370_496));
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
  count: i32,
): void {
  const factor = f64x2.splat(aduPerE);
  const noise = f64x2.splat(noiseAdu);
  let bias01 = f64x2.splat(bias);
  let bias23 = bias01;
  for (let done = 0; done < count; done += CHUNK) {
    const size = min(CHUNK, count - done);
    fillThreefry(key0, key1, counter, lane, WORDS, (size + 1) >> 1);
    normalsOfChunk(key0, key1, counter, lane, NORMALS, size);
    for (let i = 0; i < size; i += 4) {
      if (biases != 0) {
        bias01 = f64x2.promote_low_f32x4(v128.load64_zero(biases));
        bias23 = f64x2.promote_low_f32x4(v128.load64_zero(biases, 8));
        biases += 16;
      }
      const normals = NORMALS + (<usize>i << 3);
      const low = counts(bias01, pair<T>(charges), v128.load(normals), factor, noise);
      const high = counts(bias23, pair<T>(charges + 2 * sizeof<T>()), v128.load(normals, 16), factor, noise);
      const four = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
      v128.store64_lane(out, i16x8.narrow_i32x4_u(four, four), 0);
      charges += 4 * sizeof<T>();
      out += 8;
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
