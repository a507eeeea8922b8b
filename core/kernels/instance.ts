import { WASM_BASE64 } from './wasm.ts';

/** The functions of kernels/assembly, by their exported names; addresses are bytes in `memory`. */
interface Kernels {
  memory: WebAssembly.Memory;
  /** First byte that the module does not use itself. */
  heapBase(): number;
  fillThreefry(key0: number, key1: number, counter0: number, counter1: number, out: number, pairs: number): void;
  zigguratTables(): number;
  fillNormal32: FillNormal;
  fillNormal64: FillNormal;
  fillPoisson32: FillPoisson;
  fillPoisson64: FillPoisson;
  poissonAt(key0: number, key1: number, counter: number, lane: number, mean: number): number;
  fillCounts32: FillCounts;
  fillCounts64: FillCounts;
  encodeRice8: EncodeRice;
  encodeRice16: EncodeRice;
  encodeRice32: EncodeRice;
  decodeRice8: DecodeRice;
  decodeRice16: DecodeRice;
  decodeRice32: DecodeRice;
  combineCounts: CombineSorted;
  combineFloats: CombineSorted;
  /** One frame, a multiple of 4 pixels; `mask` is 0 for none. */
  prepareSamples(
    raw: number,
    isFloat: boolean,
    pixels: number,
    offset: number,
    planes: number,
    planeBytes: number,
    planeCount: number,
    factors: number,
    scale: number,
    mask: number,
    out: number,
  ): void;
  /** `weights`: one number of 64 bits for each frame; `work`: room for 16 bytes a frame. */
  combineWeighted(
    samples: number,
    rowBytes: number,
    frames: number,
    pixels: number,
    weights: number,
    work: number,
    rules: number,
    value: number,
    uncertainty: number,
    kept: number,
  ): void;
  drawMoffat(
    out: number,
    columns: number,
    rows: number,
    dx0: number,
    dy0: number,
    a: number,
    b: number,
    c: number,
    height: number,
    cut: number,
    limits: number,
    rules: number,
  ): void;
  calibrateRow(
    raw: number,
    masters: number,
    planeBytes: number,
    flags: number,
    flagBytes: number,
    data: number,
    uncertainty: number,
    quality: number,
    width: number,
    level: number,
    factor: number,
    gain: number,
    readVariance: number,
    saturation: number,
    lowFlat: number,
  ): void;
  medianPlane9: FilterPlane;
  medianPlane25: FilterPlane;
  laplacePlane: FilterPlane;
  smoothPlane: FilterPlane;
}

/** Of each pixel's neighbourhood: windows `stride` bytes apart by rows, `width` a multiple of four. */
type FilterPlane = (input: number, stride: number, out: number, width: number, rows: number) => void;

/** `rows` rows of `width` numbers: each row is another lane, from the same counter on. */
type FillNormal = (
  key0: number,
  key1: number,
  counter: number,
  lane: number,
  out: number,
  width: number,
  rows: number,
) => void;
/** Gives back the place of the first mean that is none, or -1. */
type FillPoisson = (
  key0: number,
  key1: number,
  counter: number,
  lane: number,
  means: number,
  out: number,
  width: number,
  rows: number,
) => number;
type FillCounts = (
  key0: number,
  key1: number,
  counter: number,
  lane: number,
  charges: number,
  biases: number,
  bias: number,
  aduPerE: number,
  noiseAdu: number,
  out: number,
  width: number,
  rows: number,
) => void;

/**
 * Combines `pixels` pixels, a multiple of 64, of `frames` rows of `rowBytes` bytes. `network`: `steps` steps of four 32-bit row numbers
 * (core/calibration/sorting-network.ts); `block`: room for 128 bytes of each frame; `rules`: six numbers of 64 bits (method, sigmas,
 * iterations, ranks left out).
 */
type CombineSorted = (
  samples: number,
  rowBytes: number,
  frames: number,
  pixels: number,
  network: number,
  steps: number,
  block: number,
  rules: number,
  value: number,
  uncertainty: number,
  kept: number,
) => void;

/** Codes `tiles` tiles of `pixels` pixels one after the other. */
type EncodeRice = (input: number, pixels: number, tiles: number, out: number, lengths: number) => number;
type DecodeRice = (input: number, length: number, pixels: number, out: number) => number;

const PAGE_BYTES = 65_536;

const bytes = Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0));
export const kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Kernels;

/** Scratch memory of the kernels begins here, at a multiple of 16 bytes. */
export const SCRATCH = Math.ceil(kernels.heapBase() / 16) * 16;

/**
 * Makes sure that `byteLength` bytes of scratch are there and gives the memory they lie in, from `SCRATCH` on. What stood there is
 * anybody's: no kernel keeps anything between calls. Views of earlier calls may be detached.
 */
export function scratch(byteLength: number): ArrayBuffer {
  const missing = SCRATCH + byteLength - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE_BYTES));
  return kernels.memory.buffer;
}
