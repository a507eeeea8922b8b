import { DQ, type Planes } from '../calibration/planes.ts';
import type { CalibrationPolicy } from '../records/observatory.ts';
import { laplacian, median3x3, median5x5 } from './filters.ts';
import { medianInPlace } from './medians.ts';

export type CosmicRayParameters = NonNullable<NonNullable<CalibrationPolicy['reduction']>['cosmicRays']>;

export interface Cleaned {
  planes: Planes;
  /** Pixels that were replaced. */
  hitPixels: number;
  /** Passes that found something, and the last that did not. */
  iterations: number;
}

/** Flags of pixels whose value means nothing: they are neither hits nor good neighbours. */
const WORTHLESS = DQ.BAD_PIXEL | DQ.HOT_PIXEL | DQ.LOW_FLAT | DQ.NO_DATA;
/** Pixels about a saturated one that are spared: charge that flows over has edges as sharp as a hit's. */
const SPARED_PIX = 2;
/** Fine structure in noise; where there is less, the ratio to it says nothing. */
const FINE_LEAST = 0.01;
/**
 * What is added to the fine structure before a Laplacian is held against it: three times its standard deviation in even noise, 0.37. Where
 * stars are faint and no wider than a pixel and a half, and there are thousands, chance would else leave some without any.
 */
const FINE_MARGIN = 1.1;
/** How far from a changed pixel a verdict may change: medians of 7 x 7 over medians of 3 x 3. */
const VERDICT_REACH = 4;
/** Half the side of the box whose median replaces a hit; it grows where no pixel of it is good. */
const BOX_REACH = 2;
const BOX_REACH_MOST = 12;

/**
 * Cosmic rays by Laplacian edge detection, L.A.Cosmic (van Dokkum 2001, PASP 113, 1420). A pixel is hit when its Laplacian, in units of twice
 * the noise and less the median of the 5 x 5 about it, is above `sigma`, and above `objectContrast` times the fine structure of the image
 * there (median of 3 x 3 less median of 7 x 7 of that, in noise, and 1.1 for its own noise): stars have some, hits none. Neighbours of a hit are hit above `sigma`, and
 * neighbours of those above `sigma` times `neighbourSigma`. Hits get the median of the good pixels of the 5 x 5 about them, and the whole is
 * done again until nothing new is found or `iterations` are over.
 *
 * The noise is the median of `uncertainty` over 5 x 5 pixels: that is the noise model of the paper (Poisson noise of the median of 5 x 5, and
 * read noise) with the read noise of each amplifier, the flat and the masters in it.
 *
 * Pixels that are bad, hot, dim or empty take no part: for the search they have the median of their neighbours. Saturated ones and what is
 * within 2 pixels of them are never hits. Later passes look again only where the last one changed something, which gives the same.
 *
 * The result has new arrays; hits are flagged COSMIC_RAY, and have the uncertainty that is usual about them.
 */
export function removeCosmicRays(planes: Planes, parameters: CosmicRayParameters): Cleaned {
  const search = new Search(planes, parameters);
  let candidates = search.everywhere();
  let iterations = 0;
  while (iterations < parameters.iterations) {
    iterations++;
    const hits = search.hitsAmong(candidates);
    if (hits.length === 0) break;
    search.replace(hits);
    if (iterations < parameters.iterations) candidates = search.near(hits);
  }
  return { planes: search.result(), hitPixels: search.hitPixels, iterations };
}

/** A copy of the data in which pixels without a meaning have the median of their neighbours, for filters; and the like of the noise. */
export function withoutWorthless(planes: Planes): { data: Float32Array; uncertainty: Float32Array } {
  const data = planes.data.slice();
  const uncertainty = planes.uncertainty.slice();
  const { dq } = planes;
  const box = new Box(planes);
  for (let i = 0; i < dq.length; i++) {
    if ((dq[i] & WORTHLESS) === 0) continue;
    data[i] = box.medianOf(planes.data, dq, i);
    uncertainty[i] = box.medianOf(planes.uncertainty, dq, i);
  }
  return { data, uncertainty };
}

/** Medians of the good pixels about one. */
class Box {
  private readonly widthPix: number;
  private readonly heightPix: number;
  private readonly values = new Float32Array((2 * BOX_REACH_MOST + 1) ** 2);

  constructor({ widthPix, heightPix }: Planes) {
    this.widthPix = widthPix;
    this.heightPix = heightPix;
  }

  /** 0 where there is no good pixel far and wide. */
  medianOf(plane: Float32Array, dq: Uint8Array, place: number): number {
    for (let reach = BOX_REACH; reach <= BOX_REACH_MOST; reach++) {
      const count = this.gather(plane, dq, place, reach);
      if (count > 0) return medianInPlace(this.values, count);
    }
    return 0;
  }

  private gather(plane: Float32Array, dq: Uint8Array, place: number, reach: number): number {
    const { widthPix, heightPix, values } = this;
    const x = place % widthPix;
    const y = (place - x) / widthPix;
    let count = 0;
    for (let v = Math.max(0, y - reach); v <= Math.min(heightPix - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(widthPix - 1, x + reach); u++) {
        const at = v * widthPix + u;
        if ((dq[at] & (WORTHLESS | DQ.COSMIC_RAY)) === 0) values[count++] = plane[at];
      }
    }
    return count;
  }
}

class Search {
  hitPixels = 0;
  private readonly widthPix: number;
  private readonly heightPix: number;
  private readonly given: Planes;
  private readonly parameters: CosmicRayParameters;
  /** Data and noise with what has been replaced so far, and with neighbours' medians where a pixel is worthless. */
  private readonly data: Float32Array;
  private readonly uncertainty: Float32Array;
  private readonly dq: Uint8Array;
  private readonly spared: Uint8Array;
  private readonly laplacian: Float32Array;
  private readonly noise: Float32Array;
  private readonly fine: Float32Array;
  private readonly box: Box;
  private readonly values = new Float32Array(49);
  private readonly hits: number[] = [];

  constructor(planes: Planes, parameters: CosmicRayParameters) {
    const { widthPix, heightPix, dq } = planes;
    this.given = planes;
    this.parameters = parameters;
    this.widthPix = widthPix;
    this.heightPix = heightPix;
    const { data, uncertainty } = withoutWorthless(planes);
    this.data = data;
    this.uncertainty = uncertainty;
    this.dq = dq.slice();
    this.spared = sparedPixels(planes);
    this.laplacian = laplacian({ widthPix, heightPix, data });
    this.noise = median5x5({ widthPix, heightPix, data: uncertainty });
    this.fine = median3x3({ widthPix, heightPix, data });
    this.box = new Box(planes);
  }

  /** Every pixel that may be a hit: medians of what is not negative are not, so what they are taken off only becomes less. */
  everywhere(): number[] {
    const { laplacian, noise, parameters } = this;
    const places: number[] = [];
    for (let i = 0; i < laplacian.length; i++) if (laplacian[i] > parameters.sigma * noise[i]) places.push(i);
    return places;
  }

  hitsAmong(places: readonly number[]): number[] {
    const { sigma, neighbourSigma, objectContrast } = this.parameters;
    const hits = new Set<number>();
    for (const place of places) {
      const excess = this.excessAt(place, sigma);
      if (excess > objectContrast * this.fineStructureAt(place)) hits.add(place);
    }
    this.grow(hits, sigma);
    this.grow(hits, sigma * neighbourSigma);
    return [...hits].sort((a, b) => a - b);
  }

  replace(hits: readonly number[]): void {
    const { data, uncertainty, dq, box } = this;
    for (const hit of hits) dq[hit] |= DQ.COSMIC_RAY;
    this.hits.push(...hits);
    this.hitPixels += hits.length;
    const medians = hits.map((hit) => [box.medianOf(data, dq, hit), box.medianOf(uncertainty, dq, hit)]);
    hits.forEach((hit, i) => {
      [data[hit], uncertainty[hit]] = medians[i];
    });
    this.each(hits, 1, (place, x, y) => {
      this.laplacian[place] = this.laplacianAt(x, y);
      this.fine[place] = this.medianAbout(data, x, y, 1);
    });
    this.each(hits, 2, (place, x, y) => {
      this.noise[place] = this.medianAbout(uncertainty, x, y, 2);
    });
  }

  near(hits: readonly number[]): number[] {
    const { laplacian, noise, parameters } = this;
    const places: number[] = [];
    this.each(hits, VERDICT_REACH, (place) => {
      if (laplacian[place] > parameters.sigma * noise[place]) places.push(place);
    });
    return places;
  }

  result(): Planes {
    const { given, widthPix, heightPix, dq } = this;
    const data = given.data.slice();
    const uncertainty = given.uncertainty.slice();
    for (const hit of this.hits) {
      data[hit] = this.data[hit];
      uncertainty[hit] = this.uncertainty[hit];
    }
    return { widthPix, heightPix, data, uncertainty, dq };
  }

  /** S' of the paper where it is above a limit and the pixel may be a hit, else 0. */
  private excessAt(place: number, limit: number): number {
    const { laplacian, noise, widthPix, heightPix, values } = this;
    const own = laplacian[place] / noise[place];
    if (!(own > limit) || this.spared[place] !== 0 || (this.dq[place] & DQ.COSMIC_RAY) !== 0) return 0;
    const x = place % widthPix;
    const y = (place - x) / widthPix;
    let count = 0;
    for (let v = y - 2; v <= y + 2; v++) {
      for (let u = x - 2; u <= x + 2; u++) {
        const at = clamped(v, heightPix) * widthPix + clamped(u, widthPix);
        values[count++] = laplacian[at] / noise[at];
      }
    }
    const excess = own - medianInPlace(values, count);
    return excess > limit ? excess : 0;
  }

  private fineStructureAt(place: number): number {
    const x = place % this.widthPix;
    const y = (place - x) / this.widthPix;
    const structure = this.fine[place] - this.medianAbout(this.fine, x, y, 3);
    return Math.max(FINE_LEAST, structure / this.noise[place]) + FINE_MARGIN;
  }

  /** Adds the neighbours of hits that are above a limit themselves. */
  private grow(hits: Set<number>, limit: number): void {
    const more: number[] = [];
    this.each([...hits], 1, (place) => {
      if (!hits.has(place) && this.excessAt(place, limit) > 0) more.push(place);
    });
    for (const place of more) hits.add(place);
  }

  private laplacianAt(x: number, y: number): number {
    const { data, widthPix, heightPix } = this;
    const at = (u: number, v: number) => data[clamped(v, heightPix) * widthPix + clamped(u, widthPix)];
    const value = at(x, y);
    const [left, right] = [value - at(x - 1, y), value - at(x + 1, y)];
    const [below, above] = [value - at(x, y - 1), value - at(x, y + 1)];
    const lower = Math.max(0, left + below) + Math.max(0, right + below);
    return (lower + Math.max(0, left + above) + Math.max(0, right + above)) / 8;
  }

  private medianAbout(plane: Float32Array, x: number, y: number, reach: number): number {
    const { widthPix, heightPix, values } = this;
    let count = 0;
    for (let v = y - reach; v <= y + reach; v++) {
      const row = clamped(v, heightPix) * widthPix;
      for (let u = x - reach; u <= x + reach; u++) values[count++] = plane[row + clamped(u, widthPix)];
    }
    return medianInPlace(values, count);
  }

  /** Calls for each pixel within `reach` of some places, once, in ascending order. */
  private each(places: readonly number[], reach: number, call: (place: number, x: number, y: number) => void): void {
    const { widthPix, heightPix } = this;
    const found = new Set<number>();
    for (const place of places) {
      const x = place % widthPix;
      const y = (place - x) / widthPix;
      for (let v = Math.max(0, y - reach); v <= Math.min(heightPix - 1, y + reach); v++) {
        for (let u = Math.max(0, x - reach); u <= Math.min(widthPix - 1, x + reach); u++) found.add(v * widthPix + u);
      }
    }
    for (const place of Int32Array.from(found).sort()) {
      const x = place % widthPix;
      call(place, x, (place - x) / widthPix);
    }
  }
}

function clamped(index: number, size: number): number {
  return index < 0 ? 0 : index < size ? index : size - 1;
}

function sparedPixels({ widthPix, heightPix, dq }: Planes): Uint8Array {
  const spared = new Uint8Array(dq.length);
  for (let i = 0; i < dq.length; i++) {
    if ((dq[i] & WORTHLESS) !== 0) spared[i] = 1;
    if ((dq[i] & DQ.SATURATED) === 0) continue;
    const x = i % widthPix;
    const y = (i - x) / widthPix;
    for (let v = Math.max(0, y - SPARED_PIX); v <= Math.min(heightPix - 1, y + SPARED_PIX); v++) {
      spared.fill(1, v * widthPix + Math.max(0, x - SPARED_PIX), v * widthPix + Math.min(widthPix, x + SPARED_PIX + 1));
    }
  }
  return spared;
}
