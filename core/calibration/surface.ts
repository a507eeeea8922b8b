import { madSigmaOf } from './robust.ts';

const CLIP_SIGMAS = 3;
const ROUNDS = 5;

/**
 * The polynomial in x and y of total degree `degree` that fits a grid best, without what lies more than 3 sigma (by MAD) off it; fitted
 * again until five times. Values that are not finite are left out.
 * @returns its values on the grid, row by row
 */
export function smoothSurface(values: Float64Array, columns: number, rows: number, degree: number): Float64Array {
  const terms = termsOf(columns, rows, degree);
  let keep: Float64Array = values.map((value) => (Number.isFinite(value) ? 1 : 0));
  let surface = values;
  for (let round = 0; round < ROUNDS; round++) {
    const coefficients = solved(terms, values, keep);
    surface = new Float64Array(values.length);
    for (const [k, term] of terms.entries())
      for (let i = 0; i < term.length; i++) surface[i] += coefficients[k] * term[i];
    const off = values.map((value, i) => value - surface[i]);
    const sigma = madSigmaOf(off.filter(Number.isFinite), 0);
    keep = off.map((value) => (Math.abs(value) <= CLIP_SIGMAS * sigma ? 1 : 0));
    if (sigma === 0) break;
  }
  return surface;
}

/** Of the straight plane through a grid: change from the first to the last column, and row, edge to edge. */
export function gradientsOf(values: Float64Array, columns: number, rows: number): { acrossX: number; acrossY: number } {
  const plane = smoothSurface(values, columns, rows, 1);
  const [origin, right, up] = [plane[0], plane[columns - 1], plane[(rows - 1) * columns]];
  return {
    acrossX: ((right - origin) * columns) / (columns - 1),
    acrossY: ((up - origin) * rows) / (rows - 1),
  };
}

/** Products of Legendre polynomials on the grid: nearly independent of each other, so that the normal equations are well behaved. */
function termsOf(columns: number, rows: number, degree: number): Float64Array[] {
  const legendre = (count: number) => {
    const x = Float64Array.from({ length: count }, (_, i) => (count === 1 ? 0 : (2 * i) / (count - 1) - 1));
    const all = [x.map(() => 1), x];
    for (let n = 1; n < degree; n++) {
      all.push(x.map((value, i) => ((2 * n + 1) * value * all[n][i] - n * all[n - 1][i]) / (n + 1)));
    }
    return all;
  };
  const inX = legendre(columns);
  const inY = legendre(rows);
  const terms: Float64Array[] = [];
  for (let p = 0; p <= degree; p++) {
    for (let q = 0; p + q <= degree; q++) {
      const term = new Float64Array(columns * rows);
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) term[y * columns + x] = inX[p][x] * inY[q][y];
      terms.push(term);
    }
  }
  return terms;
}

/** Least squares over the grid points that are kept, by elimination with pivots. */
function solved(terms: readonly Float64Array[], values: Float64Array, keep: Float64Array): number[] {
  const n = terms.length;
  const places = Int32Array.from(keep.keys()).filter((i) => keep[i] !== 0);
  const product = (a: Float64Array, b: Float64Array) => {
    let sum = 0;
    for (const i of places) sum += a[i] * b[i];
    return sum;
  };
  const matrix = terms.map((a) => [...terms.map((b) => product(a, b)), product(a, values)]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let r = k + 1; r < n; r++) if (Math.abs(matrix[r][k]) > Math.abs(matrix[pivot][k])) pivot = r;
    [matrix[k], matrix[pivot]] = [matrix[pivot], matrix[k]];
    for (let r = 0; r < n; r++) {
      if (r === k || matrix[k][k] === 0) continue;
      const factor = matrix[r][k] / matrix[k][k];
      for (let c = k; c <= n; c++) matrix[r][c] -= factor * matrix[k][c];
    }
  }
  return matrix.map((row, k) => (row[k] === 0 ? 0 : row[n] / row[k]));
}
