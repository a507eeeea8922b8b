/** A MAD times this is the standard deviation of a normal distribution: 1 / Phi^-1(3/4). */
export const SIGMA_PER_MAD = 1.482602218505602;
const COUNTS = 65_536;
/** Shares of a normal distribution below minus and plus one sigma. */
const ONE_SIGMA_BELOW = 0.15865525393145707;

/** How often each count from 0 to 65535 was met: every statistic of a frame of 16 bits in one pass, without sorting. */
export class CountHistogram {
  readonly counts: Uint32Array = new Uint32Array(COUNTS);
  total = 0;

  /** Adds the columns x0 to x1 (not included) of `rows` whole rows of `widthPix`. */
  add(pixels: Uint16Array, widthPix: number, rows: number, x0: number, x1: number): void {
    const { counts } = this;
    for (let y = 0; y < rows; y++) {
      const end = y * widthPix + x1;
      for (let i = y * widthPix + x0; i < end; i++) counts[pixels[i]]++;
    }
    this.total += rows * (x1 - x0);
  }

  /** Count below which a share of the pixels lies, each count taken as evenly spread over 1 ADU; NaN without pixels. */
  quantile(share: number): number {
    if (this.total === 0) return Number.NaN;
    const wanted = share * this.total;
    let below = 0;
    let count = 0;
    while (count < COUNTS - 1 && below + this.counts[count] < wanted) below += this.counts[count++];
    return this.counts[count] === 0 ? count : count - 0.5 + (wanted - below) / this.counts[count];
  }

  get median(): number {
    return this.quantile(0.5);
  }

  /** Half of the distance between the quantiles of minus and plus one sigma. */
  get sigma(): number {
    return (this.quantile(1 - ONE_SIGMA_BELOW) - this.quantile(ONE_SIGMA_BELOW)) / 2;
  }

  /** Share of the pixels with at least that count. */
  shareFrom(count: number): number {
    let above = 0;
    for (let i = Math.max(0, Math.ceil(count)); i < COUNTS; i++) above += this.counts[i];
    return this.total === 0 ? 0 : above / this.total;
  }

  /** Mean and standard deviation of the counts within so many sigma of the median; at least those within 1 ADU of it. */
  clipped(sigmas: number): Moments {
    const { median } = this;
    const reach = Math.max(1, sigmas * this.sigma);
    const from = Math.max(0, Math.ceil(median - reach));
    const to = Math.min(COUNTS - 1, Math.floor(median + reach));
    let kept = 0;
    let sum = 0;
    for (let i = from; i <= to; i++) {
      kept += this.counts[i];
      sum += this.counts[i] * i;
    }
    const mean = sum / kept;
    let squares = 0;
    for (let i = from; i <= to; i++) squares += this.counts[i] * (i - mean) * (i - mean);
    return { mean, std: Math.sqrt(squares / kept), kept };
  }
}

export interface Moments {
  mean: number;
  /** Of the population. */
  std: number;
  kept: number;
}

/** The median; the mean of the middle two of an even number; NaN of none. The values are left as they are. */
export function medianOf(values: ArrayLike<number>): number {
  return medianInPlace(Float64Array.from(values));
}

/** Half-width that holds half of the values about a centre, as a standard deviation. */
export function madSigmaOf(values: ArrayLike<number>, centre: number = medianOf(values)): number {
  const distances = new Float64Array(values.length);
  for (let i = 0; i < distances.length; i++) distances[i] = Math.abs(values[i] - centre);
  return SIGMA_PER_MAD * medianInPlace(distances);
}

/** Mean and standard deviation of the values within so many sigma (by MAD) of their median; of all when MAD is 0. */
export function clippedMoments(values: ArrayLike<number>, sigmas: number): Moments {
  const centre = medianOf(values);
  const reach = sigmas * madSigmaOf(values, centre) || Number.POSITIVE_INFINITY;
  let kept = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = values[i] - centre;
    if (!(Math.abs(distance) <= reach)) continue;
    kept++;
    sum += distance;
    squares += distance * distance;
  }
  const mean = sum / kept;
  return { mean: centre + mean, std: Math.sqrt(Math.max(0, squares / kept - mean * mean)), kept };
}

/** Of an array that may be put into another order. */
function medianInPlace(values: Float64Array): number {
  const { length } = values;
  if (length === 0) return Number.NaN;
  const middle = length >> 1;
  const upper = select(values, middle);
  if (length % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) if (values[i] > lower) lower = values[i];
  return (lower + upper) / 2;
}

/** Hoare's selection: the value that would be at `place`; smaller ones end up before it. */
function select(values: Float64Array, place: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[(from + to) >> 1];
    let i = from - 1;
    let j = to + 1;
    for (;;) {
      do i++;
      while (values[i] < pivot);
      do j--;
      while (values[j] > pivot);
      if (i >= j) break;
      const swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
    if (place <= j) to = j;
    else from = j + 1;
  }
  return values[place];
}
