import type { Combination } from '../records/observatory.ts';

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
  value: Float32Array;
  /** Standard error of `value` from the scatter of what was kept; 0 with fewer than two. */
  uncertainty: Float32Array;
  /** How many frames were kept. */
  kept: Uint8Array;
}

/** See the docstring in the implementation. */
export type Combine = (stack: Stack, combination: Combination) => CombinedPixels;
