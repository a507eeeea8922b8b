import { FramesDisagree } from '../errors.ts';
import type { Combination } from '../records/observatory.ts';
import { type CombinedPixels, combine, type Stack } from './combine.ts';

/** Frames too many to be held at a time, given row by row. */
export interface StripSource {
  frameCount: number;
  widthPix: number;
  heightPix: number;
  /** Bytes that a pixel of one frame takes: 2 as Uint16Array, 4 as Float32Array, 1 more with a mask. */
  bytesPerPixel: number;
  /** Rows y0 to y1, the end not included, of every frame. Asked from the bottom up, once for each row; the arrays given before may be filled anew. */
  stack(y0: number, y1: number): Promise<Stack>;
}

/** How many rows of every frame fit into `memoryBytes`. Throws FramesDisagree when not even one does. */
export function rowsAtOnce(source: Omit<StripSource, 'stack'>, memoryBytes: number): number {
  const rowBytes = source.frameCount * source.widthPix * source.bytesPerPixel;
  const rows = Math.floor(memoryBytes / rowBytes);
  if (rows >= 1) return Math.min(rows, source.heightPix);
  throw new FramesDisagree([
    `one row of ${source.frameCount} frames takes ${rowBytes} bytes, more than the ${memoryBytes} allowed: allow more memory`,
  ]);
}

/**
 * As `combine`, strip by strip: of the frames never more than `memoryBytes` is asked for at a time. The result, 9 bytes a pixel, comes on
 * top. What `combine` throws, and FramesDisagree when one row of all frames takes more, or when a strip has another size.
 */
export async function combineStrips(
  source: StripSource,
  combination: Combination,
  memoryBytes: number,
): Promise<CombinedPixels> {
  const { frameCount, widthPix, heightPix } = source;
  const rows = rowsAtOnce(source, memoryBytes);
  const out: CombinedPixels = {
    value: new Float32Array(widthPix * heightPix),
    uncertainty: new Float32Array(widthPix * heightPix),
    kept: new Uint8Array(widthPix * heightPix),
  };
  for (let y0 = 0; y0 < heightPix; y0 += rows) {
    const y1 = Math.min(y0 + rows, heightPix);
    const stack = await source.stack(y0, y1);
    const pixels = (y1 - y0) * widthPix;
    if (stack.frames.length !== frameCount || stack.frames[0].length !== pixels) {
      throw new FramesDisagree([
        `rows ${y0} to ${y1} came as ${stack.frames.length} frames of ${stack.frames[0]?.length} pixels: ` +
          `there must be ${frameCount} of ${pixels}`,
      ]);
    }
    const strip = combine(stack, combination);
    out.value.set(strip.value, y0 * widthPix);
    out.uncertainty.set(strip.uncertainty, y0 * widthPix);
    out.kept.set(strip.kept, y0 * widthPix);
  }
  return out;
}
