import { WASM_BASE64 } from './wasm.ts';

/** The functions of kernels/assembly, by their exported names; addresses are bytes in `memory`. */
interface Kernels {
  memory: WebAssembly.Memory;
  /** First byte that the module does not use itself. */
  heapBase(): number;
  fillThreefry(key0: number, key1: number, counter0: number, counter1: number, out: number, pairs: number): void;
}

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
