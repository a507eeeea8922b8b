// What the module exports: the kernels of the twin and of the FITS writer, each in a file of its own.
export { laplacePlane, smoothPlane } from './laplace';
export { medianPlane9, medianPlane25 } from './median';
export { combineWeighted } from './combine-columns';
export { combineCounts } from './combine-counts';
export { combineFloats, prepareSamples } from './combine-floats';
export { drawMoffat } from './moffat';
export { fillNormal32, fillNormal64, zigguratTables } from './normal';
export { fillPoisson32, fillPoisson64, poissonAt } from './poisson';
export { fillCounts32, fillCounts64 } from './read-out';
export { calibrateRow } from './reduce';
export { decodeRice16, decodeRice32, decodeRice8, encodeRice16, encodeRice32, encodeRice8 } from './rice';
export { fillThreefry } from './threefry';

/** First byte of the memory that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base;
}
