/** Rows of a column among which all its full pixels lie. */
export interface FullRows {
  first: number;
  last: number;
}

/**
 * Spills charge beyond the full well along the columns, in place. What a pixel cannot hold goes up and down by `upShare`, into the
 * nearest pixels that have room left; none gets lost but for what reaches the first or last row. The way up is filled first where
 * both meet.
 * @param charge whole electrons, row by row
 * @param columns where the columns that hold a pixel beyond the full well have such; then, where those have full pixels
 */
export function bleed(
  charge: Float32Array,
  widthPix: number,
  heightPix: number,
  columns: ReadonlyMap<number, FullRows>,
  fullWellE: number,
  upShare: number,
): void {
  const down = new Float64Array(heightPix);
  for (const [x, rows] of columns) {
    const { first, last } = rows;
    let carried = 0;
    let y = first;
    for (; y < heightPix && (y <= last || carried > 0); y++) {
      const i = y * widthPix + x;
      const excess = Math.max(0, charge[i] - fullWellE);
      const up = Math.floor(excess * upShare);
      down[y] = excess - up;
      if (excess > 0) charge[i] = fullWellE;
      const taken = Math.min(carried, fullWellE - charge[i]);
      charge[i] += taken;
      carried += up - taken;
    }
    rows.last = y - 1;
    carried = 0;
    for (y = last; y >= 0 && (y >= first || carried > 0); y--) {
      const i = y * widthPix + x;
      const taken = Math.min(carried, fullWellE - charge[i]);
      charge[i] += taken;
      carried += (y >= first ? down[y] : 0) - taken;
    }
    rows.first = y + 1;
  }
}
