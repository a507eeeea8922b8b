// What the module exports: the kernels of the twin and of the FITS writer, each in a file of its own.
export * from './threefry';

/** First byte of the memory that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base;
}
