/**
 * Spills charge beyond the full well along the columns, in place. What a pixel cannot hold goes up and down by `upShare`, into the
 * nearest pixels that have room left; none gets lost but for what reaches the first or last row. The way up is filled first where
 * both meet.
 * @param charge whole electrons, row by row
 * @param columns which columns hold a pixel beyond the full well
 */
export function bleed(
  charge: Float32Array,
  widthPix: number,
  heightPix: number,
  columns: Iterable<number>,
  fullWellE: number,
  upShare: number,
): void {
  const down = new Float64Array(heightPix);
  for (const x of columns) {
    let carried = 0;
    for (let y = 0; y < heightPix; y++) {
      const i = y * widthPix + x;
      const excess = Math.max(0, charge[i] - fullWellE);
      const up = Math.floor(excess * upShare);
      down[y] = excess - up;
      if (excess > 0) charge[i] = fullWellE;
      const taken = Math.min(carried, fullWellE - charge[i]);
      charge[i] += taken;
      carried += up - taken;
    }
    carried = 0;
    for (let y = heightPix - 1; y >= 0; y--) {
      const i = y * widthPix + x;
      const taken = Math.min(carried, fullWellE - charge[i]);
      charge[i] += taken;
      carried += down[y] - taken;
    }
  }
}
