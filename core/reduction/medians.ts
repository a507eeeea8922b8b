/** The median of the first `count` numbers, 1 or more, none of them NaN; of an even count the mean of the middle two. Reorders them. */
export function medianInPlace(values: Float32Array | Float64Array, count = values.length): number {
  const middle = count >> 1;
  const upper = select(values, count, middle);
  if (count % 2 === 1) return upper;
  let lower = values[0];
  for (let i = 1; i < middle; i++) if (values[i] > lower) lower = values[i];
  return (lower + upper) / 2;
}

/** The median of some numbers, which stay as they are; undefined of none. */
export function medianOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : medianInPlace(Float64Array.from(values));
}

/** Number `rank` (from 0) of the first `count` in ascending order; smaller ones then stand before it. Hoare's quickselect. */
export function select(values: Float32Array | Float64Array, count: number, rank: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
      i++;
      j--;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}
