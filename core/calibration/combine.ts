import { FramesDisagree } from '../errors.ts';
import type { Combination } from '../records/observatory.ts';
import { combineTiles } from './combine-kernels.ts';

/** The same pixels of several frames, and what is to be done to each frame before they are combined. */
export interface Stack {
  /** Equally long, of one type. */
  frames: readonly (Uint16Array | Float32Array)[];
  /** Taken off every pixel of a frame: its overscan level; 0 when left out. */
  offsets?: readonly number[] | undefined;
  /** Planes taken off pixel by pixel, times a factor for each frame: a master bias (all 1), a dark rate (the dark times). */
  subtract?: readonly { plane: Float32Array; factors: readonly number[] }[] | undefined;
  /** By what a frame is multiplied after that: flats to one level; 1 when left out. */
  scales?: readonly number[] | undefined;
  /** By which frames count in a mean; alike when left out. */
  weights?: readonly number[] | undefined;
  /** Pixels of a frame that are left out where not 0. */
  masks?: readonly (Uint8Array | undefined)[] | undefined;
}

/** What became of a stack, pixel by pixel. */
export interface CombinedPixels {
  /** NaN where no frame was kept. */
  value: Float32Array;
  /** Standard error of `value` from the scatter of what was kept; 0 with fewer than two. */
  uncertainty: Float32Array;
  /** How many frames were kept. */
  kept: Uint8Array;
}

/** More do not fit into the count of those kept. */
export const FRAMES_MAX = 255;

/**
 * Combines the frames of a stack pixel by pixel. A frame's pixel becomes ((pixel - offset) - Σ plane * factor) * scale in float32;
 * masked pixels and those that are not finite are left out.
 *
 * @throws FramesDisagree when there are not 2 to 255 frames, or lists and planes do not fit them.
 */
export function combine(stack: Stack, combination: Combination): CombinedPixels {
  checkStack(stack);
  const pixels = stack.frames[0].length;
  const out: CombinedPixels = {
    value: new Float32Array(pixels),
    uncertainty: new Float32Array(pixels),
    kept: new Uint8Array(pixels),
  };
  combineTiles(stack, combination, out);
  return out;
}

function checkStack(stack: Stack): void {
  const { frames, offsets, subtract = [], scales, weights, masks } = stack;
  if (frames.length < 2 || frames.length > FRAMES_MAX) {
    throw new FramesDisagree([`combine takes 2 to ${FRAMES_MAX} frames, got ${frames.length}`]);
  }
  const pixels = frames[0].length;
  const faults: string[] = [];
  frames.forEach((frame, f) => {
    if (frame.length !== pixels) faults.push(`frame ${f} has ${frame.length} pixels, frame 0 has ${pixels}`);
    if (frame.constructor !== frames[0].constructor) {
      faults.push(`frame ${f} is a ${frame.constructor.name}, frame 0 a ${frames[0].constructor.name}`);
    }
    const mask = masks?.[f];
    if (mask && mask.length !== pixels) faults.push(`the mask of frame ${f} has ${mask.length} pixels, not ${pixels}`);
  });
  const lists = { offsets, scales, weights, masks };
  for (const [name, list] of Object.entries(lists)) {
    if (list && list.length !== frames.length) faults.push(`${list.length} ${name} for ${frames.length} frames`);
  }
  for (const [name, list] of Object.entries({ offsets, scales, weights })) {
    list?.forEach((value, f) => {
      if (!Number.isFinite(value)) faults.push(`${name}[${f}] is ${value}: it must be finite`);
    });
  }
  weights?.forEach((weight, f) => {
    if (!(weight > 0)) faults.push(`weights[${f}] is ${weight}: it must be positive; leave a frame out with a mask`);
  });
  subtract.forEach(({ plane, factors }, k) => {
    if (plane.length !== pixels) faults.push(`plane ${k} has ${plane.length} pixels, the frames have ${pixels}`);
    if (factors.length !== frames.length)
      faults.push(`plane ${k} has ${factors.length} factors for ${frames.length} frames`);
  });
  if (faults.length > 0) throw new FramesDisagree(faults);
}
