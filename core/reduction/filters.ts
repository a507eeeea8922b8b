import { kernels, SCRATCH, scratch } from '../kernels/instance.ts';

/** A plane of numbers: pixel (x, y) is `data[y * widthPix + x]`. */
export interface Plane {
  widthPix: number;
  heightPix: number;
  data: Float32Array;
}

/** Rows of output that a kernel makes at a time: what it reads and writes then stays in the processor's second cache. */
const ROWS_AT_ONCE = 32;

/** Median of the 3 x 3 pixels about each; beyond the edges the last row and column go on. No pixel may be NaN. */
export function median3x3(plane: Plane): Float32Array {
  return filtered(plane, 1, kernels.medianPlane9);
}

/** Median of the 5 x 5 pixels about each, as `median3x3`. */
export function median5x5(plane: Plane): Float32Array {
  return filtered(plane, 2, kernels.medianPlane25);
}

/**
 * The part of each pixel that is sharper than a quarter pixel's neighbours: L+ / 2 of van Dokkum 2001 (PASP 113, 1420). A lone pixel of
 * height h over an even sky gives h.
 */
export function laplacian(plane: Plane): Float32Array {
  return filtered(plane, 1, kernels.laplacePlane);
}

/** Sums of the 3 x 3 pixels about each with the weights 1 2 1, 2 4 2, 1 2 1 over 16: about the shape of a narrow star. */
export function smooth3x3(plane: Plane): Float32Array {
  return filtered(plane, 1, kernels.smoothPlane);
}

/** Root of the sum of squares of the weights of `smooth3x3`: what even noise is multiplied by. */
export const SMOOTH_NOISE = 0.375;

function filtered(plane: Plane, reach: number, kernel: typeof kernels.smoothPlane): Float32Array {
  const { widthPix, heightPix, data } = plane;
  const outWidth = Math.ceil(widthPix / 4) * 4;
  const stride = outWidth + 2 * reach + 4;
  const inLength = stride * (ROWS_AT_ONCE + 2 * reach);
  const outAt = SCRATCH + Math.ceil(inLength / 4) * 16;
  const buffer = scratch(outAt - SCRATCH + 4 * outWidth * ROWS_AT_ONCE);
  const input = new Float32Array(buffer, SCRATCH, inLength);
  const output = new Float32Array(buffer, outAt, outWidth * ROWS_AT_ONCE);
  // What stands there is anybody's, and the columns behind the last are read: a NaN would be slow on some machines.
  input.fill(0);
  const result = new Float32Array(data.length);
  for (let row = 0; row < heightPix; row += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, heightPix - row);
    for (let i = 0; i < rows + 2 * reach; i++) {
      const y = Math.min(heightPix - 1, Math.max(0, row + i - reach));
      const at = i * stride;
      input.set(data.subarray(y * widthPix, (y + 1) * widthPix), at + reach);
      for (let edge = 0; edge < reach; edge++) {
        input[at + edge] = input[at + reach];
        input[at + reach + widthPix + edge] = input[at + reach + widthPix - 1];
      }
    }
    kernel(SCRATCH, 4 * stride, outAt, outWidth, rows);
    if (outWidth === widthPix) result.set(output.subarray(0, rows * widthPix), row * widthPix);
    else {
      for (let i = 0; i < rows; i++) {
        result.set(output.subarray(i * outWidth, i * outWidth + widthPix), (row + i) * widthPix);
      }
    }
  }
  return result;
}
