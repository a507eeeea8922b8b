import { madSigmaOf, medianOf } from './robust.ts';
import { smoothSurface } from './surface.ts';

/** A shadow of dust, in pixels of the image; the light gathers in a ring as wide as the beam is where the speck lies. */
export interface Donut {
  /** Its middle, by the light that is missing. */
  xPix: number;
  yPix: number;
  /** Of the circle with the area of what is darker than half of its depth, holes filled. */
  diameterPix: number;
  /** Share of the light that is missing: positive in a shadow, negative where there was one. */
  depth: number;
}

export interface DonutSearch {
  /** Pixels of a side of the squares of which medians are taken: noise goes down, shadows are larger. */
  boxPix?: number;
  /** How far a square must lie from the smooth image to belong to a shadow. */
  sigmas?: number;
  /** Fewest squares of a shadow. */
  boxesMin?: number;
}

/** Degree of the polynomial that vignetting and lamp follow, and shadows do not. */
const DEGREE = 4;

/**
 * Finds shadows of dust in a flat, or in one flat over another, in which those that stayed are gone. Of squares of pixels the median is
 * taken, a smooth surface is divided out, and what lies together by more than so many sigma (of the squares, by MAD) is one shadow.
 * @param image around 1, row 0 at the bottom
 * @param masked pixels that are left out where not 0
 * @returns the deepest first
 */
export function findDonuts(
  image: Float32Array,
  widthPix: number,
  heightPix: number,
  { boxPix = 8, sigmas = 5, boxesMin = 6 }: DonutSearch = {},
  masked?: Uint8Array,
): Donut[] {
  const columns = Math.floor(widthPix / boxPix);
  const rows = Math.floor(heightPix / boxPix);
  if (columns < 2 * DEGREE || rows < 2 * DEGREE) return [];
  const boxes = boxMedians(image, widthPix, columns, rows, boxPix, masked);
  const surface = smoothSurface(boxes, columns, rows, DEGREE);
  const residual = boxes.map((value, i) => value / surface[i] - 1);
  const sigma = madSigmaOf(residual.filter(Number.isFinite));
  const limit = sigmas * sigma;
  const donuts: Donut[] = [];
  const seen = new Uint8Array(residual.length);
  for (let i = 0; i < residual.length; i++) {
    if (seen[i] || !(Math.abs(residual[i]) > limit)) continue;
    const region = connected(residual, seen, columns, rows, i, limit);
    if (region.length < boxesMin) continue;
    donuts.push(measured(residual, region, columns, boxPix));
  }
  return donuts.sort((a, b) => Math.abs(b.depth) - Math.abs(a.depth));
}

function boxMedians(
  image: Float32Array,
  widthPix: number,
  columns: number,
  rows: number,
  boxPix: number,
  masked: Uint8Array | undefined,
): Float64Array {
  const boxes = new Float64Array(columns * rows);
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values.length = 0;
      for (let y = row * boxPix; y < (row + 1) * boxPix; y++) {
        for (let x = column * boxPix; x < (column + 1) * boxPix; x++) {
          const i = y * widthPix + x;
          if (!masked?.[i] && Number.isFinite(image[i])) values.push(image[i]);
        }
      }
      boxes[row * columns + column] = medianOf(values);
    }
  }
  return boxes;
}

function connected(
  residual: Float64Array,
  seen: Uint8Array,
  columns: number,
  rows: number,
  from: number,
  limit: number,
): number[] {
  const sign = Math.sign(residual[from]);
  const region: number[] = [];
  const left = [from];
  seen[from] = 1;
  for (let i = left.pop(); i !== undefined; i = left.pop()) {
    region.push(i);
    const x = i % columns;
    const y = (i - x) / columns;
    for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) {
        const other = v * columns + u;
        if (seen[other] || !(sign * residual[other] > limit)) continue;
        seen[other] = 1;
        left.push(other);
      }
    }
  }
  return region;
}

function measured(residual: Float64Array, region: readonly number[], columns: number, boxPix: number): Donut {
  let [missing, sumX, sumY] = [0, 0, 0];
  for (const i of region) {
    const x = i % columns;
    missing += residual[i];
    sumX += residual[i] * x;
    sumY += (residual[i] * (i - x)) / columns;
  }
  const depth = -medianOf(region.map((i) => residual[i]));
  const strong = region.filter((i) => Math.abs(residual[i]) > Math.abs(depth) / 2);
  return {
    xPix: (sumX / missing + 0.5) * boxPix - 0.5,
    yPix: (sumY / missing + 0.5) * boxPix - 0.5,
    diameterPix: 2 * Math.sqrt(filledArea(strong, columns) / Math.PI) * boxPix,
    depth,
  };
}

/** Squares between the first and the last of each row of a region: a ring with its hole. */
function filledArea(region: readonly number[], columns: number): number {
  const byRow = new Map<number, { from: number; to: number }>();
  for (const i of region) {
    const x = i % columns;
    const row = (i - x) / columns;
    const range = byRow.get(row) ?? { from: x, to: x };
    byRow.set(row, { from: Math.min(range.from, x), to: Math.max(range.to, x) });
  }
  return [...byRow.values()].reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
