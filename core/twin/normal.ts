/**
 * Share of the standard normal distribution below x, 0 to 1: West 2005, "Better approximations to cumulative normal
 * functions", Wilmott Magazine, after Hart 1968. To 1e-15, and small shares to 1e-8 of themselves.
 */
export function normalCdf(x: number): number {
  const size = Math.abs(x);
  if (size > 38) return x < 0 ? 0 : 1;
  const density = Math.exp((-size * size) / 2);
  const above = size < 7.07106781186547 ? density * hartRatio(size) : density / (2.506628274631 * continued(size));
  return x > 0 ? 1 - above : above;
}

/** The x below which the given share of the standard normal distribution lies; shares of 0 and 1 give about -38 and 8. */
export function normalQuantile(share: number): number {
  let low = -38;
  let high = 38;
  // Halving 76 sixty times leaves less than a double can tell.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function hartRatio(x: number): number {
  const over = polynomial(
    x,
    [
      3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
      220.206867912376,
    ],
  );
  const under = polynomial(
    x,
    [
      8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
      793.826512519948, 440.413735824752,
    ],
  );
  return over / under;
}

/** Coefficients from the highest power down. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

function continued(x: number): number {
  return x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))));
}
