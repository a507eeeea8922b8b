/**
 * Maps of a piece of hardware are worked out once and kept, the last used longest: a frame of the same night finds them there. They
 * are functions of their key alone, so what is kept never changes what is rendered.
 */
const kept = new Map<string, Float32Array>();
let keptBytes = 0;
/** Ten maps of 2048 x 2048 pixels: five filters, and what they are made of. */
const KEEP_BYTES = 160 * 2 ** 20;
/** What one frame needs, however large it is: pixel response, response in its filter, shutter. */
const KEEP_LEAST = 3;

/** The map of that key, from the kept ones or made now. Whoever gets it must not write to it. */
export function keptMap(key: string, make: () => Float32Array): Float32Array {
  const known = kept.get(key);
  if (known !== undefined) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const map = make();
  kept.set(key, map);
  keptBytes += map.byteLength;
  for (const [oldest, old] of kept) {
    if (keptBytes <= KEEP_BYTES || kept.size <= KEEP_LEAST) break;
    kept.delete(oldest);
    keptBytes -= old.byteLength;
  }
  return map;
}
