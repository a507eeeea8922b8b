import { leastSquares } from './least-squares.ts';

/** A polynomial of two variables. */
export type Polynomial2 = (u: number, v: number) => number;

/**
 * The polynomial of two variables of a degree that fits `values` at (u, v) best, in least squares. Arguments should lie within -1
 * and 1. Throws RangeError where the places are too few, or lie so that they do not tell the polynomial's terms apart.
 */
export function fitPolynomial2(
  u: readonly number[],
  v: readonly number[],
  values: readonly number[],
  degree: number,
): Polynomial2 {
  const powers: [p: number, q: number][] = [];
  for (let total = 0; total <= degree; total++) for (let q = 0; q <= total; q++) powers.push([total - q, q]);
  const fit = leastSquares(
    values.map((_, i) => powers.map(([p, q]) => u[i] ** p * v[i] ** q)),
    values,
  );
  if (fit === undefined) {
    throw new RangeError(`${values.length} places do not determine the ${powers.length} terms of degree ${degree}`);
  }
  // Rows by power of v, each in Horner's form in u.
  const rows = Array.from({ length: degree + 1 }, () => new Float64Array(degree + 1));
  powers.forEach(([p, q], i) => {
    rows[q][p] = fit.values[i];
  });
  return (x, y) => {
    let sum = 0;
    for (let q = degree; q >= 0; q--) {
      const row = rows[q];
      let inner = 0;
      for (let p = degree - q; p >= 0; p--) inner = inner * x + row[p];
      sum = sum * y + inner;
    }
    return sum;
  };
}
