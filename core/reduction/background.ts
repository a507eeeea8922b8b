import { DQ } from '../calibration/planes.ts';
import type { Plane } from './filters.ts';
import { medianInPlace, medianOf } from './medians.ts';

/** Light of the sky over a frame: level and noise of the pixels without stars, of cells of a mesh, and between their centres. */
export interface Background {
  meshPix: number;
  columns: number;
  rows: number;
  cellWidthPix: number;
  cellHeightPix: number;
  /** By cell, the lower left one first. */
  levels: Float64Array;
  rms: Float64Array;
  /** Medians of all cells. */
  level: number;
  noise: number;
}

export const MESH_PIX = 64;
const CLIP_SIGMAS = 3;
const CLIPS_MOST = 8;
/** Share of a cell's pixels that must be good, and looked at. */
const GOOD_SHARE = 0.125;
/** Of mean and median, in sigma: farther apart, and the field is too crowded for the estimate of the mode. */
const CROWDED = 0.3;
/** What does not show the sky. A replaced pixel shows it. */
const BLIND = DQ.BAD_PIXEL | DQ.HOT_PIXEL | DQ.SATURATED | DQ.LOW_FLAT | DQ.NO_DATA;

/**
 * The sky as SExtractor finds it (Bertin & Arnouts 1996, A&AS 117, 393, section 3): in each cell pixels (every second one) are clipped at 3 sigma about the
 * median until nothing more goes; the level is the mode, 2.5 median - 1.5 mean, or the median where both are far apart; over the cells goes
 * a median of 3 x 3, which takes out those that a bright object fills. Cells with too few good pixels have the median of their neighbours.
 * Where sources are hidden the level is the mean of what is left: photons alone make it differ from the median and the mode.
 * A plane without a good cell has level 0 and noise 0.
 * @param hidden not 0 where something is known to stand before the sky
 */
export function findBackground(plane: Plane, dq: Uint8Array, hidden?: Uint8Array): Background {
  const meshPix = MESH_PIX;
  const { widthPix, heightPix, data } = plane;
  const columns = Math.max(1, Math.round(widthPix / meshPix));
  const rows = Math.max(1, Math.round(heightPix / meshPix));
  const values = new Float32Array(Math.ceil(widthPix / columns) * Math.ceil(heightPix / rows));
  const levels = new Float64Array(columns * rows).fill(Number.NaN);
  const rms = levels.slice();
  const edge = (i: number, cells: number, size: number) => Math.floor((i * size) / cells);
  for (let row = 0; row < rows; row++) {
    const [y0, y1] = [edge(row, rows, heightPix), edge(row + 1, rows, heightPix)];
    for (let column = 0; column < columns; column++) {
      const [x0, x1] = [edge(column, columns, widthPix), edge(column + 1, columns, widthPix)];
      let count = 0;
      for (let y = y0; y < y1; y++) {
        for (let i = y * widthPix + x0; i < y * widthPix + x1; i++) {
          if (((i ^ y) & 1) === 0 && (dq[i] & BLIND) === 0 && !hidden?.[i]) values[count++] = data[i];
        }
      }
      if (count < Math.max(1, GOOD_SHARE * (x1 - x0) * (y1 - y0))) continue;
      const sky = clippedSky(values, count, hidden !== undefined);
      levels[row * columns + column] = sky.level;
      rms[row * columns + column] = sky.sigma;
    }
  }
  const filtered = { levels: smoothed(levels, columns, rows), rms: smoothed(rms, columns, rows) };
  return {
    meshPix,
    columns,
    rows,
    cellWidthPix: widthPix / columns,
    cellHeightPix: heightPix / rows,
    ...filtered,
    level: medianInPlace(filtered.levels.slice()),
    noise: medianInPlace(filtered.rms.slice()),
  };
}

/**
 * Writes row `y` of a quantity of the cells (`levels` or `rms`), linear between the cells' centres and beyond the outermost ones.
 * @param out as long as the plane is wide
 */
export function backgroundRow(background: Background, cells: Float64Array, y: number, out: Float32Array): void {
  const { columns, rows, cellWidthPix, cellHeightPix } = background;
  const v = (y + 0.5) / cellHeightPix - 0.5;
  const row = Math.max(0, Math.min(rows - 2, Math.floor(v)));
  const above = rows > 1 ? v - row : 0;
  const at = (column: number) => {
    const lower = cells[row * columns + column];
    return rows > 1 ? lower + above * (cells[(row + 1) * columns + column] - lower) : lower;
  };
  if (columns === 1) {
    out.fill(at(0));
    return;
  }
  for (let column = 0; column < columns - 1; column++) {
    const [left, right] = [at(column), at(column + 1)];
    const from = column === 0 ? 0 : Math.ceil((column + 0.5) * cellWidthPix - 0.5);
    const to = column === columns - 2 ? out.length : Math.ceil((column + 1.5) * cellWidthPix - 0.5);
    const slope = (right - left) / cellWidthPix;
    const base = left + (0.5 - (column + 0.5) * cellWidthPix) * slope;
    for (let x = from; x < to; x++) out[x] = base + x * slope;
  }
}

/** A plane less its background. */
export function withoutBackground(plane: Plane, background: Background): Float32Array {
  const { widthPix, heightPix, data } = plane;
  const result = new Float32Array(data.length);
  const sky = new Float32Array(widthPix);
  for (let y = 0; y < heightPix; y++) {
    backgroundRow(background, background.levels, y, sky);
    for (let x = 0, i = y * widthPix; x < widthPix; x++, i++) result[i] = data[i] - sky[x];
  }
  return result;
}

/** Reorders the values. */
function clippedSky(values: Float32Array, given: number, isFreeOfSources: boolean): { level: number; sigma: number } {
  let count = given;
  for (let clip = 0; ; clip++) {
    const median = medianInPlace(values, count);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const off = values[i] - median;
      sum += off;
      squares += off * off;
    }
    const mean = sum / count;
    const sigma = Math.sqrt(Math.max(0, squares / count - mean * mean));
    const reach = CLIP_SIGMAS * sigma;
    let kept = 0;
    if (clip < CLIPS_MOST) {
      for (let i = 0; i < count; i++) if (Math.abs(values[i] - median) <= reach) values[kept++] = values[i];
    }
    if (clip === CLIPS_MOST || kept === count || kept === 0) {
      const isCrowded = Math.abs(mean) > CROWDED * sigma;
      const mode = isCrowded ? median : median - 1.5 * mean;
      return { level: isFreeOfSources ? median + mean : mode, sigma };
    }
    count = kept;
  }
}

/**
 * Median of each cell and its neighbours, as many on either side, so that a slope stays what it is; of those about a cell that is not known, as
 * far as they are; of all that are known where none is near.
 */
function smoothed(cells: Float64Array, columns: number, rows: number): Float64Array {
  const all = medianOf([...cells].filter(Number.isFinite)) ?? 0;
  return cells.map((own, i) => {
    const column = i % columns;
    const row = (i - column) / columns;
    const isKnown = Number.isFinite(own);
    const reachX = isKnown ? Math.min(1, column, columns - 1 - column) : 1;
    const reachY = isKnown ? Math.min(1, row, rows - 1 - row) : 1;
    const near: number[] = [];
    for (let v = Math.max(0, row - reachY); v <= Math.min(rows - 1, row + reachY); v++) {
      for (let u = Math.max(0, column - reachX); u <= Math.min(columns - 1, column + reachX); u++) {
        const value = cells[v * columns + u];
        if (Number.isFinite(value)) near.push(value);
      }
    }
    return medianOf(near) ?? all;
  });
}
