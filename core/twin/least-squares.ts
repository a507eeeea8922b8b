/** Values that fit best, their standard errors, and what is left: the root mean square per degree of freedom. */
export interface Fit {
  values: number[];
  standardErrors: number[];
  /** Of the values, with those errors in its diagonal. */
  covariance: number[][];
  residualRms: number;
}

/**
 * Linear least squares with equal weights: the `values` for which rows times values come nearest to `measured`, by the normal
 * equations and Gauss-Jordan with pivots. Undefined where the rows do not tell the values apart, or are no more than they.
 * @param rows one row per measurement, one number per value
 */
export function leastSquares(rows: readonly (readonly number[])[], measured: readonly number[]): Fit | undefined {
  const count = rows[0]?.length ?? 0;
  if (count === 0 || rows.length <= count) return undefined;
  const normal = Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)),
  );
  const inverse = inverseOf(normal);
  if (!inverse) return undefined;
  const right = Array.from({ length: count }, (_, i) => rows.reduce((sum, row, k) => sum + row[i] * measured[k], 0));
  const values = inverse.map((line) => line.reduce((sum, each, i) => sum + each * right[i], 0));
  const square = rows.reduce((sum, row, k) => {
    const left = measured[k] - row.reduce((model, each, i) => model + each * values[i], 0);
    return sum + left * left;
  }, 0);
  const variance = square / (rows.length - count);
  return {
    values,
    standardErrors: inverse.map((line, i) => Math.sqrt(variance * line[i])),
    covariance: inverse.map((line) => line.map((each) => variance * each)),
    residualRms: Math.sqrt(variance),
  };
}

/** Relative size of a pivot below which a matrix counts as singular. */
const SMALLEST_PIVOT = 1e-12;

function inverseOf(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const size = matrix.length;
  const scale = Math.max(...matrix.map((line, i) => line[i]));
  const work = matrix.map((line, i) => [...line, ...line.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    let best = column;
    for (let i = column + 1; i < size; i++) if (Math.abs(work[i][column]) > Math.abs(work[best][column])) best = i;
    if (!(Math.abs(work[best][column]) > SMALLEST_PIVOT * scale)) return undefined;
    [work[column], work[best]] = [work[best], work[column]];
    const pivot = work[column][column];
    work[column] = work[column].map((each) => each / pivot);
    for (let i = 0; i < size; i++) {
      const factor = work[i][column];
      if (i !== column && factor !== 0) work[i] = work[i].map((each, j) => each - factor * work[column][j]);
    }
  }
  return work.map((line) => line.slice(size));
}
