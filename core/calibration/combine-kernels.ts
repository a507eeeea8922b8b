import { kernels, SCRATCH, scratch } from '../kernels/instance.ts';
import type { Combination } from '../records/observatory.ts';
import type { CombinedPixels, Stack } from './combine.ts';
import { sortingNetwork } from './sorting-network.ts';

/** Samples that are held for the kernels at a time: they stay in the processor's second cache. */
const TILE_BYTES = 512 * 1024;
const TILE_PIXELS_MAX = 16_384;
/** Pixels that are sorted at a time. */
const BLOCK_PIXELS = 64;

/** Numbers that kernels/assembly/combine-columns.ts gives the methods. */
const METHODS = { median: 0, mean: 1, mad: 2, std: 3, minMax: 1 } as const;

/** Combines a stack that has been checked, tile by tile, into `out`. */
export function combineTiles(stack: Stack, combination: Combination, out: CombinedPixels): void {
  const { frames, weights } = stack;
  const isPlain = frames[0] instanceof Uint16Array && !isPrepared(stack);
  const pixels = frames[0].length;
  const sampleBytes = isPlain ? 2 : 4;
  const fitting = Math.floor(TILE_BYTES / (frames.length * sampleBytes));
  const tilePixels = roundUp(Math.min(Math.max(fitting, BLOCK_PIXELS), TILE_PIXELS_MAX, pixels), BLOCK_PIXELS);
  const network = sortingNetwork(frames.length);
  const at = layOut(stack, tilePixels, tilePixels * sampleBytes, network);
  const buffer = scratch(at.end - SCRATCH);
  new Float64Array(buffer, at.rules, 6).set(rulesOf(combination));
  new Uint32Array(buffer, at.network, network.length).set(network);
  if (weights) new Float64Array(buffer, at.weights, weights.length).set(weights);
  const value = new Float32Array(buffer, at.value, tilePixels);
  const uncertainty = new Float32Array(buffer, at.uncertainty, tilePixels);
  const kept = new Uint8Array(buffer, at.kept, tilePixels);
  const samples = isPlain ? new Uint16Array(buffer, at.samples, tilePixels * frames.length) : undefined;

  for (let begin = 0; begin < pixels; begin += tilePixels) {
    const count = Math.min(tilePixels, pixels - begin);
    if (samples) {
      for (let f = 0; f < frames.length; f++) samples.set(frames[f].subarray(begin, begin + count), f * tilePixels);
    } else {
      prepare(stack, begin, count, at, tilePixels, buffer);
    }
    const whole = roundUp(count, BLOCK_PIXELS);
    const results = [at.rules, at.value, at.uncertainty, at.kept] as const;
    if (weights && combination.method !== 'median') {
      kernels.combineWeighted(at.samples, tilePixels * 4, frames.length, count, at.weights, at.work, ...results);
    } else {
      const kernel = isPlain ? kernels.combineCounts : kernels.combineFloats;
      const steps = network.length / 4;
      const rowBytes = tilePixels * sampleBytes;
      kernel(at.samples, rowBytes, frames.length, whole, at.network, steps, at.work, ...results);
    }
    out.value.set(value.subarray(0, count), begin);
    out.uncertainty.set(uncertainty.subarray(0, count), begin);
    out.kept.set(kept.subarray(0, count), begin);
  }
}

/** Whether anything is done to the counts before they are combined. */
function isPrepared({ offsets, subtract, scales, weights, masks }: Stack): boolean {
  return (
    offsets?.some((offset) => offset !== 0) ||
    (subtract?.length ?? 0) > 0 ||
    scales?.some((scale) => scale !== 1) ||
    weights !== undefined ||
    masks?.some((mask) => mask !== undefined) ||
    false
  );
}

function rulesOf(combination: Combination): number[] {
  switch (combination.method) {
    case 'clippedMean': {
      const { deviation, sigmaLow, sigmaHigh, iterationsMax } = combination;
      return [METHODS[deviation], sigmaLow, sigmaHigh, iterationsMax, 0, 0];
    }
    case 'minMax':
      return [METHODS.minMax, 0, 0, 0, combination.rejectLow, combination.rejectHigh];
    default:
      return [METHODS[combination.method], 0, 0, 0, 0, 0];
  }
}

type Addresses = Record<
  | 'rules'
  | 'network'
  | 'weights'
  | 'factors'
  | 'work'
  | 'value'
  | 'uncertainty'
  | 'kept'
  | 'raw'
  | 'mask'
  | 'planes'
  | 'samples'
  | 'end',
  number
>;

/** Where everything of a tile lies in the memory of the kernels, all at multiples of 16 bytes. */
function layOut(stack: Stack, tilePixels: number, rowBytes: number, network: Uint32Array): Addresses {
  const { frames, subtract = [] } = stack;
  let end = SCRATCH;
  const room = (bytes: number) => {
    const begin = end;
    end = roundUp(end + bytes, 16);
    return begin;
  };
  const at = {
    rules: room(6 * 8),
    network: room(network.byteLength),
    weights: room(frames.length * 8),
    factors: room(subtract.length * 4),
    work: room(frames.length * BLOCK_PIXELS * 4),
    value: room(tilePixels * 4),
    uncertainty: room(tilePixels * 4),
    kept: room(tilePixels),
    raw: room(tilePixels * 4),
    mask: room(tilePixels),
    planes: room(subtract.length * tilePixels * 4),
    samples: room(frames.length * rowBytes),
  };
  return { ...at, end };
}

/** Puts `count` pixels of every frame, from `begin` on, as they are to be combined, into the rows of samples. */
function prepare(
  stack: Stack,
  begin: number,
  count: number,
  at: Addresses,
  tilePixels: number,
  buffer: ArrayBuffer,
): void {
  const { frames, offsets, subtract = [], scales, masks } = stack;
  const end = begin + count;
  const planes = new Float32Array(buffer, at.planes, subtract.length * tilePixels);
  for (const [k, { plane }] of subtract.entries()) planes.set(plane.subarray(begin, end), k * tilePixels);
  const factors = new Float32Array(buffer, at.factors, subtract.length);
  const isFloat = frames[0] instanceof Float32Array;
  const raw = new (isFloat ? Float32Array : Uint16Array)(buffer, at.raw, tilePixels);
  const flags = new Uint8Array(buffer, at.mask, tilePixels);
  for (let f = 0; f < frames.length; f++) {
    raw.set(frames[f].subarray(begin, end));
    const mask = masks?.[f];
    if (mask) flags.set(mask.subarray(begin, end));
    for (let k = 0; k < subtract.length; k++) factors[k] = subtract[k].factors[f];
    kernels.prepareSamples(
      ...([at.raw, isFloat, roundUp(count, 4), offsets?.[f] ?? 0] as const),
      ...([at.planes, tilePixels * 4, subtract.length, at.factors] as const),
      ...([scales?.[f] ?? 1, mask ? at.mask : 0, at.samples + f * tilePixels * 4] as const),
    );
  }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
