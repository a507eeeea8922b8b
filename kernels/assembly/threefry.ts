/** Threefry-2x32 with 13 rounds, four counters at a time. */
export function fillThreefry(key0: i32, key1: i32, counter0: i32, counter1: i32, out: usize, pairs: i32): void {
  let x = i32x4.add(i32x4.splat(counter0 + key0), i32x4(0, 1, 2, 3));
  for (let i = 0; i < pairs; i += 4) {
    v128.store(out, x);
    out += 16;
    x = i32x4.add(x, i32x4.splat(4));
  }
}
