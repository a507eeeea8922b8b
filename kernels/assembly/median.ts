/**
 * Medians of the 3 x 3 and the 5 x 5 pixels about each one, by networks of comparisons: Paeth 1990 (Graphics Gems, p. 171) and Devillard 1998
 * ("Fast median search: an ANSI C implementation"), 19 and 99 exchanges, four pixels at a time. The same steps whatever the numbers are.
 */

// @ts-ignore: decorator
@inline
function median9(at: usize, stride: usize): v128 {
  const row0 = at;
  const row1 = at + stride;
  const row2 = at + 2 * stride;
  let p0 = v128.load(row0);
  let p1 = v128.load(row0, 4);
  let p2 = v128.load(row0, 8);
  let p3 = v128.load(row1);
  let p4 = v128.load(row1, 4);
  let p5 = v128.load(row1, 8);
  let p6 = v128.load(row2);
  let p7 = v128.load(row2, 4);
  let p8 = v128.load(row2, 8);
  let low: v128;
  low = f32x4.pmin(p1, p2); p2 = f32x4.pmax(p1, p2); p1 = low;
  low = f32x4.pmin(p4, p5); p5 = f32x4.pmax(p4, p5); p4 = low;
  low = f32x4.pmin(p7, p8); p8 = f32x4.pmax(p7, p8); p7 = low;
  low = f32x4.pmin(p0, p1); p1 = f32x4.pmax(p0, p1); p0 = low;
  low = f32x4.pmin(p3, p4); p4 = f32x4.pmax(p3, p4); p3 = low;
  low = f32x4.pmin(p6, p7); p7 = f32x4.pmax(p6, p7); p6 = low;
  low = f32x4.pmin(p1, p2); p2 = f32x4.pmax(p1, p2); p1 = low;
  low = f32x4.pmin(p4, p5); p5 = f32x4.pmax(p4, p5); p4 = low;
  low = f32x4.pmin(p7, p8); p8 = f32x4.pmax(p7, p8); p7 = low;
  low = f32x4.pmin(p0, p3); p3 = f32x4.pmax(p0, p3); p0 = low;
  low = f32x4.pmin(p5, p8); p8 = f32x4.pmax(p5, p8); p5 = low;
  low = f32x4.pmin(p4, p7); p7 = f32x4.pmax(p4, p7); p4 = low;
  low = f32x4.pmin(p3, p6); p6 = f32x4.pmax(p3, p6); p3 = low;
  low = f32x4.pmin(p1, p4); p4 = f32x4.pmax(p1, p4); p1 = low;
  low = f32x4.pmin(p2, p5); p5 = f32x4.pmax(p2, p5); p2 = low;
  low = f32x4.pmin(p4, p7); p7 = f32x4.pmax(p4, p7); p4 = low;
  low = f32x4.pmin(p4, p2); p2 = f32x4.pmax(p4, p2); p4 = low;
  low = f32x4.pmin(p6, p4); p4 = f32x4.pmax(p6, p4); p6 = low;
  low = f32x4.pmin(p4, p2); p2 = f32x4.pmax(p4, p2); p4 = low;
  return p4;
}

// @ts-ignore: decorator
@inline
function median25(at: usize, stride: usize): v128 {
  const row0 = at;
  const row1 = at + stride;
  const row2 = at + 2 * stride;
  const row3 = at + 3 * stride;
  const row4 = at + 4 * stride;
  let p0 = v128.load(row0);
  let p1 = v128.load(row0, 4);
  let p2 = v128.load(row0, 8);
  let p3 = v128.load(row0, 12);
  let p4 = v128.load(row0, 16);
  let p5 = v128.load(row1);
  let p6 = v128.load(row1, 4);
  let p7 = v128.load(row1, 8);
  let p8 = v128.load(row1, 12);
  let p9 = v128.load(row1, 16);
  let p10 = v128.load(row2);
  let p11 = v128.load(row2, 4);
  let p12 = v128.load(row2, 8);
  let p13 = v128.load(row2, 12);
  let p14 = v128.load(row2, 16);
  let p15 = v128.load(row3);
  let p16 = v128.load(row3, 4);
  let p17 = v128.load(row3, 8);
  let p18 = v128.load(row3, 12);
  let p19 = v128.load(row3, 16);
  let p20 = v128.load(row4);
  let p21 = v128.load(row4, 4);
  let p22 = v128.load(row4, 8);
  let p23 = v128.load(row4, 12);
  let p24 = v128.load(row4, 16);
  let low: v128;
  low = f32x4.pmin(p0, p1); p1 = f32x4.pmax(p0, p1); p0 = low;
  low = f32x4.pmin(p3, p4); p4 = f32x4.pmax(p3, p4); p3 = low;
  low = f32x4.pmin(p2, p4); p4 = f32x4.pmax(p2, p4); p2 = low;
  low = f32x4.pmin(p2, p3); p3 = f32x4.pmax(p2, p3); p2 = low;
  low = f32x4.pmin(p6, p7); p7 = f32x4.pmax(p6, p7); p6 = low;
  low = f32x4.pmin(p5, p7); p7 = f32x4.pmax(p5, p7); p5 = low;
  low = f32x4.pmin(p5, p6); p6 = f32x4.pmax(p5, p6); p5 = low;
  low = f32x4.pmin(p9, p10); p10 = f32x4.pmax(p9, p10); p9 = low;
  low = f32x4.pmin(p8, p10); p10 = f32x4.pmax(p8, p10); p8 = low;
  low = f32x4.pmin(p8, p9); p9 = f32x4.pmax(p8, p9); p8 = low;
  low = f32x4.pmin(p12, p13); p13 = f32x4.pmax(p12, p13); p12 = low;
  low = f32x4.pmin(p11, p13); p13 = f32x4.pmax(p11, p13); p11 = low;
  low = f32x4.pmin(p11, p12); p12 = f32x4.pmax(p11, p12); p11 = low;
  low = f32x4.pmin(p15, p16); p16 = f32x4.pmax(p15, p16); p15 = low;
  low = f32x4.pmin(p14, p16); p16 = f32x4.pmax(p14, p16); p14 = low;
  low = f32x4.pmin(p14, p15); p15 = f32x4.pmax(p14, p15); p14 = low;
  low = f32x4.pmin(p18, p19); p19 = f32x4.pmax(p18, p19); p18 = low;
  low = f32x4.pmin(p17, p19); p19 = f32x4.pmax(p17, p19); p17 = low;
  low = f32x4.pmin(p17, p18); p18 = f32x4.pmax(p17, p18); p17 = low;
  low = f32x4.pmin(p21, p22); p22 = f32x4.pmax(p21, p22); p21 = low;
  low = f32x4.pmin(p20, p22); p22 = f32x4.pmax(p20, p22); p20 = low;
  low = f32x4.pmin(p20, p21); p21 = f32x4.pmax(p20, p21); p20 = low;
  low = f32x4.pmin(p23, p24); p24 = f32x4.pmax(p23, p24); p23 = low;
  low = f32x4.pmin(p2, p5); p5 = f32x4.pmax(p2, p5); p2 = low;
  low = f32x4.pmin(p3, p6); p6 = f32x4.pmax(p3, p6); p3 = low;
  low = f32x4.pmin(p0, p6); p6 = f32x4.pmax(p0, p6); p0 = low;
  low = f32x4.pmin(p0, p3); p3 = f32x4.pmax(p0, p3); p0 = low;
  low = f32x4.pmin(p4, p7); p7 = f32x4.pmax(p4, p7); p4 = low;
  low = f32x4.pmin(p1, p7); p7 = f32x4.pmax(p1, p7); p1 = low;
  low = f32x4.pmin(p1, p4); p4 = f32x4.pmax(p1, p4); p1 = low;
  low = f32x4.pmin(p11, p14); p14 = f32x4.pmax(p11, p14); p11 = low;
  low = f32x4.pmin(p8, p14); p14 = f32x4.pmax(p8, p14); p8 = low;
  low = f32x4.pmin(p8, p11); p11 = f32x4.pmax(p8, p11); p8 = low;
  low = f32x4.pmin(p12, p15); p15 = f32x4.pmax(p12, p15); p12 = low;
  low = f32x4.pmin(p9, p15); p15 = f32x4.pmax(p9, p15); p9 = low;
  low = f32x4.pmin(p9, p12); p12 = f32x4.pmax(p9, p12); p9 = low;
  low = f32x4.pmin(p13, p16); p16 = f32x4.pmax(p13, p16); p13 = low;
  low = f32x4.pmin(p10, p16); p16 = f32x4.pmax(p10, p16); p10 = low;
  low = f32x4.pmin(p10, p13); p13 = f32x4.pmax(p10, p13); p10 = low;
  low = f32x4.pmin(p20, p23); p23 = f32x4.pmax(p20, p23); p20 = low;
  low = f32x4.pmin(p17, p23); p23 = f32x4.pmax(p17, p23); p17 = low;
  low = f32x4.pmin(p17, p20); p20 = f32x4.pmax(p17, p20); p17 = low;
  low = f32x4.pmin(p21, p24); p24 = f32x4.pmax(p21, p24); p21 = low;
  low = f32x4.pmin(p18, p24); p24 = f32x4.pmax(p18, p24); p18 = low;
  low = f32x4.pmin(p18, p21); p21 = f32x4.pmax(p18, p21); p18 = low;
  low = f32x4.pmin(p19, p22); p22 = f32x4.pmax(p19, p22); p19 = low;
  low = f32x4.pmin(p8, p17); p17 = f32x4.pmax(p8, p17); p8 = low;
  low = f32x4.pmin(p9, p18); p18 = f32x4.pmax(p9, p18); p9 = low;
  low = f32x4.pmin(p0, p18); p18 = f32x4.pmax(p0, p18); p0 = low;
  low = f32x4.pmin(p0, p9); p9 = f32x4.pmax(p0, p9); p0 = low;
  low = f32x4.pmin(p10, p19); p19 = f32x4.pmax(p10, p19); p10 = low;
  low = f32x4.pmin(p1, p19); p19 = f32x4.pmax(p1, p19); p1 = low;
  low = f32x4.pmin(p1, p10); p10 = f32x4.pmax(p1, p10); p1 = low;
  low = f32x4.pmin(p11, p20); p20 = f32x4.pmax(p11, p20); p11 = low;
  low = f32x4.pmin(p2, p20); p20 = f32x4.pmax(p2, p20); p2 = low;
  low = f32x4.pmin(p2, p11); p11 = f32x4.pmax(p2, p11); p2 = low;
  low = f32x4.pmin(p12, p21); p21 = f32x4.pmax(p12, p21); p12 = low;
  low = f32x4.pmin(p3, p21); p21 = f32x4.pmax(p3, p21); p3 = low;
  low = f32x4.pmin(p3, p12); p12 = f32x4.pmax(p3, p12); p3 = low;
  low = f32x4.pmin(p13, p22); p22 = f32x4.pmax(p13, p22); p13 = low;
  low = f32x4.pmin(p4, p22); p22 = f32x4.pmax(p4, p22); p4 = low;
  low = f32x4.pmin(p4, p13); p13 = f32x4.pmax(p4, p13); p4 = low;
  low = f32x4.pmin(p14, p23); p23 = f32x4.pmax(p14, p23); p14 = low;
  low = f32x4.pmin(p5, p23); p23 = f32x4.pmax(p5, p23); p5 = low;
  low = f32x4.pmin(p5, p14); p14 = f32x4.pmax(p5, p14); p5 = low;
  low = f32x4.pmin(p15, p24); p24 = f32x4.pmax(p15, p24); p15 = low;
  low = f32x4.pmin(p6, p24); p24 = f32x4.pmax(p6, p24); p6 = low;
  low = f32x4.pmin(p6, p15); p15 = f32x4.pmax(p6, p15); p6 = low;
  low = f32x4.pmin(p7, p16); p16 = f32x4.pmax(p7, p16); p7 = low;
  low = f32x4.pmin(p7, p19); p19 = f32x4.pmax(p7, p19); p7 = low;
  low = f32x4.pmin(p13, p21); p21 = f32x4.pmax(p13, p21); p13 = low;
  low = f32x4.pmin(p15, p23); p23 = f32x4.pmax(p15, p23); p15 = low;
  low = f32x4.pmin(p7, p13); p13 = f32x4.pmax(p7, p13); p7 = low;
  low = f32x4.pmin(p7, p15); p15 = f32x4.pmax(p7, p15); p7 = low;
  low = f32x4.pmin(p1, p9); p9 = f32x4.pmax(p1, p9); p1 = low;
  low = f32x4.pmin(p3, p11); p11 = f32x4.pmax(p3, p11); p3 = low;
  low = f32x4.pmin(p5, p17); p17 = f32x4.pmax(p5, p17); p5 = low;
  low = f32x4.pmin(p11, p17); p17 = f32x4.pmax(p11, p17); p11 = low;
  low = f32x4.pmin(p9, p17); p17 = f32x4.pmax(p9, p17); p9 = low;
  low = f32x4.pmin(p4, p10); p10 = f32x4.pmax(p4, p10); p4 = low;
  low = f32x4.pmin(p6, p12); p12 = f32x4.pmax(p6, p12); p6 = low;
  low = f32x4.pmin(p7, p14); p14 = f32x4.pmax(p7, p14); p7 = low;
  low = f32x4.pmin(p4, p6); p6 = f32x4.pmax(p4, p6); p4 = low;
  low = f32x4.pmin(p4, p7); p7 = f32x4.pmax(p4, p7); p4 = low;
  low = f32x4.pmin(p12, p14); p14 = f32x4.pmax(p12, p14); p12 = low;
  low = f32x4.pmin(p10, p14); p14 = f32x4.pmax(p10, p14); p10 = low;
  low = f32x4.pmin(p6, p7); p7 = f32x4.pmax(p6, p7); p6 = low;
  low = f32x4.pmin(p10, p12); p12 = f32x4.pmax(p10, p12); p10 = low;
  low = f32x4.pmin(p6, p10); p10 = f32x4.pmax(p6, p10); p6 = low;
  low = f32x4.pmin(p6, p17); p17 = f32x4.pmax(p6, p17); p6 = low;
  low = f32x4.pmin(p12, p17); p17 = f32x4.pmax(p12, p17); p12 = low;
  low = f32x4.pmin(p7, p17); p17 = f32x4.pmax(p7, p17); p7 = low;
  low = f32x4.pmin(p7, p10); p10 = f32x4.pmax(p7, p10); p7 = low;
  low = f32x4.pmin(p12, p18); p18 = f32x4.pmax(p12, p18); p12 = low;
  low = f32x4.pmin(p7, p12); p12 = f32x4.pmax(p7, p12); p7 = low;
  low = f32x4.pmin(p10, p18); p18 = f32x4.pmax(p10, p18); p10 = low;
  low = f32x4.pmin(p12, p20); p20 = f32x4.pmax(p12, p20); p12 = low;
  low = f32x4.pmin(p10, p20); p20 = f32x4.pmax(p10, p20); p10 = low;
  low = f32x4.pmin(p10, p12); p12 = f32x4.pmax(p10, p12); p10 = low;
  return p12;
}

/**
 * Medians of 3 x 3 pixels (f32). The first window's lower left pixel is at `input`, rows are `stride` bytes apart; `out` has rows of `width`
 * numbers, a multiple of four.
 */
export function medianPlane9(input: usize, stride: usize, out: usize, width: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column += 4) {
      v128.store(out, median9(input + (<usize>column << 2), stride));
      out += 16;
    }
    input += stride;
  }
}

/** As `medianPlane9`, of 5 x 5 pixels. */
export function medianPlane25(input: usize, stride: usize, out: usize, width: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column += 4) {
      v128.store(out, median25(input + (<usize>column << 2), stride));
      out += 16;
    }
    input += stride;
  }
}
