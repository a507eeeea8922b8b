/** Median and range of some timings; the range says how noisy the machine was. */
export function spread(values: readonly number[]): { median: number; least: number; most: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

/** One line of a benchmark's table: what, median with its range, and the number it is held against. */
export function line(what: string, values: readonly number[], unit: string, limit?: string): string {
  const { median, least, most } = spread(values);
  const digits = most < 10 ? 3 : most < 100 ? 1 : 0;
  const text = `${median.toFixed(digits)} ${unit}`.padStart(12);
  const range = `(${least.toFixed(digits)} to ${most.toFixed(digits)}, n = ${values.length})`.padEnd(32);
  return `${what.padEnd(52)} ${text} ${range}${limit ? `  wanted ${limit}` : ''}`.trimEnd();
}
