/** Neighbourhoods of 3 x 3 pixels: edges that are sharper than a star, and a filter that is as wide as one. */

/**
 * The Laplacian of an image whose pixels are cut in four, its negative parts set to 0, averaged back over each pixel, and halved: L+ / f_s of
 * van Dokkum 2001 (PASP 113, 1420, eq. 3 to 10). A quarter next to the left and the lower neighbour has 4 v - 2 v - left - below.
 * Windows, strides and output are as of `medianPlane9`.
 */
export function laplacePlane(input: usize, stride: usize, out: usize, width: i32, rows: i32): void {
  const zero = f32x4.splat(0);
  const eighth = f32x4.splat(0.125);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column += 4) {
      const at = input + (<usize>column << 2);
      const middle = at + stride;
      const v = v128.load(middle, 4);
      const left = f32x4.sub(v, v128.load(middle));
      const right = f32x4.sub(v, v128.load(middle, 8));
      const below = f32x4.sub(v, v128.load(at, 4));
      const above = f32x4.sub(v, v128.load(middle + stride, 4));
      const lower = f32x4.add(f32x4.pmax(zero, f32x4.add(left, below)), f32x4.pmax(zero, f32x4.add(right, below)));
      const upper = f32x4.add(f32x4.pmax(zero, f32x4.add(left, above)), f32x4.pmax(zero, f32x4.add(right, above)));
      v128.store(out, f32x4.mul(f32x4.add(lower, upper), eighth));
      out += 16;
    }
    input += stride;
  }
}

// @ts-ignore: decorator
@inline
function sum121(at: usize): v128 {
  const middle = v128.load(at, 4);
  return f32x4.add(f32x4.add(v128.load(at), v128.load(at, 8)), f32x4.add(middle, middle));
}

/** Sums of 3 x 3 pixels with the weights 1 2 1, 2 4 2, 1 2 1 over 16. Windows, strides and output are as of `medianPlane9`. */
export function smoothPlane(input: usize, stride: usize, out: usize, width: i32, rows: i32): void {
  const share = f32x4.splat(0.0625);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column += 4) {
      const at = input + (<usize>column << 2);
      const middle = sum121(at + stride);
      const sum = f32x4.add(f32x4.add(sum121(at), sum121(at + 2 * stride)), f32x4.add(middle, middle));
      v128.store(out, f32x4.mul(sum, share));
      out += 16;
    }
    input += stride;
  }
}
