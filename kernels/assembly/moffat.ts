/** Light of a point source on pixels: a Moffat profile with beta = 3.5 over an ellipse, four pixels at a time. */

const BETA: f32 = 3.5;

/** w^-3.5 at four places. */
// @ts-ignore: decorator
@inline
function profile(w: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.mul(f32x4.mul(f32x4.mul(w, w), w), f32x4.sqrt(w)));
}

/** Mean of the profile over four pixels by a rule: `points` places (f32), and as many weights behind them. */
function meanByRule(dx: v128, dy: f32, a: v128, b: f32, c: f32, rule: usize, points: i32): v128 {
  const weights = rule + (<usize>points << 2);
  let sum = f32x4.splat(0);
  for (let j = 0; j < points; j++) {
    const v = dy + load<f32>(rule + (<usize>j << 2));
    const base = f32x4.splat(1 + c * v * v);
    const slope = f32x4.splat(b * v);
    let along = f32x4.splat(0);
    for (let i = 0; i < points; i++) {
      const u = f32x4.add(dx, v128.load32_splat(rule + (<usize>i << 2)));
      const w = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(a, u), slope), u), base);
      along = f32x4.add(along, f32x4.mul(v128.load32_splat(weights + (<usize>i << 2)), profile(w)));
    }
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (<usize>j << 2)), along));
  }
  return sum;
}

/** The same from the profile at the centres and its Laplacian: Taylor's series over a pixel to its second power. */
// @ts-ignore: decorator
@inline
function meanByCentre(q: v128, dx: v128, dy: f32, a: f32, b: f32, c: f32): v128 {
  const inverse = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), q));
  const cube = f32x4.mul(f32x4.mul(inverse, inverse), inverse);
  const slopeX = f32x4.add(f32x4.mul(f32x4.splat(2 * a), dx), f32x4.splat(b * dy));
  const slopeY = f32x4.add(f32x4.mul(f32x4.splat(b), dx), f32x4.splat(2 * c * dy));
  const slope2 = f32x4.add(f32x4.mul(slopeX, slopeX), f32x4.mul(slopeY, slopeY));
  const bend = f32x4.mul(f32x4.mul(f32x4.splat((BETA * (BETA + 1)) / 24), slope2), inverse);
  const more = f32x4.mul(f32x4.sub(bend, f32x4.splat((BETA / 12) * (a + c))), inverse);
  return f32x4.mul(f32x4.mul(cube, f32x4.sqrt(inverse)), f32x4.add(f32x4.splat(1), more));
}

/**
 * Writes a stamp of f32, row by row: `height` times the mean over each pixel of (1 + q)^-3.5, with q = a dx^2 + b dx dy + c dy^2 of the
 * offset from the source, and 0 where q at the pixel's centre exceeds `cut`. The first pixel's centre is at (dx0, dy0); `columns` is a
 * multiple of four. Four pixels share a method, by the smallest q among them: below each of the f32 limits from `limits` on the rule of
 * as many points as the i32 there says, and above the last the centre alone. The rules stand behind, one after the other.
 */
export function drawMoffat(
  out: usize,
  columns: i32,
  rows: i32,
  dx0: f64,
  dy0: f64,
  a: f32,
  b: f32,
  c: f32,
  height: f32,
  cut: f32,
  limits: usize,
  rules: i32,
): void {
  const a4 = f32x4.splat(a);
  const lanes = f32x4(0, 1, 2, 3);
  for (let row = 0; row < rows; row++) {
    const dy = <f32>(dy0 + row);
    for (let column = 0; column < columns; column += 4) {
      const dx = f32x4.add(f32x4.splat(<f32>(dx0 + column)), lanes);
      const q = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(a4, dx), f32x4.splat(b * dy)), dx), f32x4.splat(c * dy * dy));
      const inside = f32x4.le(q, f32x4.splat(cut));
      let light = f32x4.splat(0);
      if (v128.any_true(inside)) {
        let rule = limits + (<usize>rules << 3);
        let i = 0;
        for (; i < rules; i++) {
          if (v128.any_true(f32x4.lt(q, v128.load32_splat(limits + (<usize>i << 3))))) break;
          rule += <usize>load<i32>(limits + (<usize>i << 3), 4) << 3;
        }
        const mean =
          i < rules
            ? meanByRule(dx, dy, a4, b, c, rule, load<i32>(limits + (<usize>i << 3), 4))
            : meanByCentre(q, dx, dy, a, b, c);
        light = v128.and(f32x4.mul(mean, f32x4.splat(height)), inside);
      }
      v128.store(out, light);
      out += 16;
    }
  }
}
