import type { CombinedPixels, Stack } from '../../../core/calibration/combine.ts';
import type { Combination } from '../../../core/records/observatory.ts';

/** Standard deviation of a normal distribution in units of its median absolute deviation: 1 / Φ⁻¹(3/4). */
const MAD_TO_SIGMA = 1.482602218505602;

/** What `combine` is to give, written down as plainly as can be: one pixel after the other, numbers of 64 bits. */
export function combinePlainly(stack: Stack, combination: Combination): CombinedPixels {
  const { frames, offsets, subtract, scales, weights, masks } = stack;
  const pixels = frames[0].length;
  const out: CombinedPixels = {
    value: new Float32Array(pixels),
    uncertainty: new Float32Array(pixels),
    kept: new Uint8Array(pixels),
  };
  const { fround } = Math;
  for (let i = 0; i < pixels; i++) {
    const column: Sample[] = [];
    for (let f = 0; f < frames.length; f++) {
      if (masks?.[f]?.[i]) continue;
      let x = fround(frames[f][i] - fround(offsets?.[f] ?? 0));
      for (const { plane, factors } of subtract ?? []) x = fround(x - fround(plane[i] * fround(factors[f])));
      x = fround(x * fround(scales?.[f] ?? 1));
      if (Number.isFinite(x)) column.push({ x, weight: weights?.[f] ?? 1 });
    }
    column.sort((a, b) => a.x - b.x);
    const kept = keep(column, combination);
    out.kept[i] = kept.length;
    const [value, uncertainty] = kept.length === 0 ? [NaN, 0] : of(kept, combination.method);
    out.value[i] = value;
    out.uncertainty[i] = uncertainty;
  }
  return out;
}

interface Sample {
  x: number;
  weight: number;
}

function keep(sorted: Sample[], combination: Combination): Sample[] {
  if (combination.method === 'minMax') {
    return sorted.slice(combination.rejectLow, Math.max(0, sorted.length - combination.rejectHigh));
  }
  if (combination.method !== 'clippedMean') return sorted;
  let kept = sorted;
  for (let iteration = 0; iteration < combination.iterationsMax && kept.length > 0; iteration++) {
    const middle = median(kept.map(({ x }) => x));
    const sigma = combination.deviation === 'mad' ? MAD_TO_SIGMA * deviationOf(kept, middle) : standardDeviation(kept);
    const low = middle - combination.sigmaLow * sigma;
    const high = middle + combination.sigmaHigh * sigma;
    const isWithin = ({ x }: Sample) => x >= low && x <= high;
    const next = kept.filter(isWithin);
    // The last thresholds hold for all, as in astropy.
    if (next.length === kept.length || iteration === combination.iterationsMax - 1) return sorted.filter(isWithin);
    kept = next;
  }
  return kept;
}

function of(kept: readonly Sample[], method: Combination['method']): [value: number, uncertainty: number] {
  const n = kept.length;
  if (method === 'median') {
    const value = median(kept.map(({ x }) => x));
    return [value, (Math.sqrt(Math.PI / 2) * MAD_TO_SIGMA * deviationOf(kept, value)) / Math.sqrt(n)];
  }
  let [sum, weights, squares] = [0, 0, 0];
  for (const { x, weight } of kept) {
    sum += x * weight;
    weights += weight;
  }
  const value = sum / weights;
  if (n < 2) return [value, 0];
  for (const { x, weight } of kept) squares += weight * (x - value) ** 2;
  return [value, Math.sqrt(squares / ((n - 1) * weights))];
}

/** Median absolute deviation. */
function deviationOf(kept: readonly Sample[], middle: number): number {
  return median(kept.map(({ x }) => Math.abs(x - middle)).sort((a, b) => a - b));
}

/** Of the population. */
function standardDeviation(kept: readonly Sample[]): number {
  const mean = kept.reduce((sum, { x }) => sum + x, 0) / kept.length;
  return Math.sqrt(kept.reduce((sum, { x }) => sum + (x - mean) ** 2, 0) / kept.length);
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
