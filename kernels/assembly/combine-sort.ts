// Sorting many columns at once by a network of comparators: a row is 128 bytes, 8 registers of pixels beside each other, one row for
// each frame; a comparator puts the smaller of two rows into one and the greater into the other, pixel by pixel.

/** Of one frame in the block that is sorted. */
export const ROW_BYTES: usize = 128;

/** In place of a row number: the step of the network has only two. */
const NONE: u32 = 0xffffffff;

@inline function least<T>(x: v128, y: v128): v128 {
  return sizeof<T>() == 2 ? i16x8.min_u(x, y) : f32x4.pmin(x, y);
}

@inline function greatest<T>(x: v128, y: v128): v128 {
  return sizeof<T>() == 2 ? i16x8.max_u(x, y) : f32x4.pmax(x, y);
}

@inline function exchangeTwo<T>(a: usize, b: usize): void {
  const x = v128.load(a);
  const y = v128.load(b);
  v128.store(a, least<T>(x, y));
  v128.store(b, greatest<T>(x, y));
}

/** Comparators (a, c), (b, d), (b, c). */
@inline function exchangeFour<T>(a: usize, b: usize, c: usize, d: usize): void {
  const w = v128.load(a);
  const x = v128.load(b);
  const y = v128.load(c);
  const z = v128.load(d);
  v128.store(a, least<T>(w, y));
  v128.store(d, greatest<T>(x, z));
  const high = greatest<T>(w, y);
  const low = least<T>(x, z);
  v128.store(b, least<T>(low, high));
  v128.store(c, greatest<T>(low, high));
}

/** Sorts registers from eight rows into eight rows: 19 comparators (Knuth, TAOCP 3, 5.3.4). */
@inline function sortEight<T>(from: usize, rowBytes: usize, to: usize): void {
  let a = v128.load(from);
  let b = v128.load(from + rowBytes);
  let c = v128.load(from + 2 * rowBytes);
  let d = v128.load(from + 3 * rowBytes);
  let e = v128.load(from + 4 * rowBytes);
  let f = v128.load(from + 5 * rowBytes);
  let g = v128.load(from + 6 * rowBytes);
  let h = v128.load(from + 7 * rowBytes);
  let t = least<T>(a, c); c = greatest<T>(a, c); a = t;
  t = least<T>(b, d); d = greatest<T>(b, d); b = t;
  t = least<T>(e, g); g = greatest<T>(e, g); e = t;
  t = least<T>(f, h); h = greatest<T>(f, h); f = t;
  t = least<T>(a, e); e = greatest<T>(a, e); a = t;
  t = least<T>(b, f); f = greatest<T>(b, f); b = t;
  t = least<T>(c, g); g = greatest<T>(c, g); c = t;
  t = least<T>(d, h); h = greatest<T>(d, h); d = t;
  t = least<T>(a, b); b = greatest<T>(a, b); a = t;
  t = least<T>(c, d); d = greatest<T>(c, d); c = t;
  t = least<T>(e, f); f = greatest<T>(e, f); e = t;
  t = least<T>(g, h); h = greatest<T>(g, h); g = t;
  t = least<T>(c, e); e = greatest<T>(c, e); c = t;
  t = least<T>(d, f); f = greatest<T>(d, f); d = t;
  t = least<T>(b, e); e = greatest<T>(b, e); b = t;
  t = least<T>(d, g); g = greatest<T>(d, g); d = t;
  t = least<T>(b, c); c = greatest<T>(b, c); b = t;
  t = least<T>(d, e); e = greatest<T>(d, e); d = t;
  t = least<T>(f, g); g = greatest<T>(f, g); f = t;
  v128.store(to, a);
  v128.store(to, b, ROW_BYTES);
  v128.store(to, c, 2 * ROW_BYTES);
  v128.store(to, d, 3 * ROW_BYTES);
  v128.store(to, e, 4 * ROW_BYTES);
  v128.store(to, f, 5 * ROW_BYTES);
  v128.store(to, g, 6 * ROW_BYTES);
  v128.store(to, h, 7 * ROW_BYTES);
}

/**
 * Takes 128 bytes from each of `frames` rows that begin `rowBytes` apart and writes them to `block`, each column sorted: groups of eight
 * rows first, then `steps` steps of the network, each of four 32-bit row numbers: comparators (a, c), (b, d), (b, c), or (a, b) where c is
 * none.
 */
@inline export function sortBlock<T>(
  samples: usize, rowBytes: usize, frames: i32, network: usize, steps: i32, block: usize,
): void {
  let f = 0;
  for (; f + 8 <= frames; f += 8) {
    const from = samples + <usize>f * rowBytes;
    const to = block + <usize>f * ROW_BYTES;
    for (let v: usize = 0; v < ROW_BYTES; v += 16) sortEight<T>(from + v, rowBytes, to + v);
  }
  for (; f < frames; f++) {
    const from = samples + <usize>f * rowBytes;
    const to = block + <usize>f * ROW_BYTES;
    for (let v: usize = 0; v < ROW_BYTES; v += 16) v128.store(to + v, v128.load(from + v));
  }
  for (let step = network, end = network + (<usize>steps << 4); step < end; step += 16) {
    const a = block + <usize>load<u32>(step) * ROW_BYTES;
    const b = block + <usize>load<u32>(step, 4) * ROW_BYTES;
    if (load<u32>(step, 8) == NONE) {
      for (let v: usize = 0; v < ROW_BYTES; v += 64) {
        exchangeTwo<T>(a + v, b + v);
        exchangeTwo<T>(a + v + 16, b + v + 16);
        exchangeTwo<T>(a + v + 32, b + v + 32);
        exchangeTwo<T>(a + v + 48, b + v + 48);
      }
      continue;
    }
    const c = block + <usize>load<u32>(step, 8) * ROW_BYTES;
    const d = block + <usize>load<u32>(step, 12) * ROW_BYTES;
    for (let v: usize = 0; v < ROW_BYTES; v += 64) {
      exchangeFour<T>(a + v, b + v, c + v, d + v);
      exchangeFour<T>(a + v + 16, b + v + 16, c + v + 16, d + v + 16);
      exchangeFour<T>(a + v + 32, b + v + 32, c + v + 32, d + v + 32);
      exchangeFour<T>(a + v + 48, b + v + 48, c + v + 48, d + v + 48);
    }
  }
}
