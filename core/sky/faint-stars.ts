import { type RandomStream, randomStream } from '../random.ts';
import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';
import { galacticOf, separationDeg } from './angles.ts';
import { faintStarCounts } from './star-counts.ts';
import type { StarCatalogue, StarColumns } from './stars.ts';

/** Of the sky, not of a night: the same stars stand in every frame of every night. */
const SKY_SEED = 20250101;
/** Height of a band of declination, and width of a cell along it, degrees. */
const CELL_DEG = 0.5;
const STEP_MAG = 0.1;
/** Down to here the catalogue is complete; no star of the model is brighter. */
export const MODEL_BRIGHTEST_V = 10.4;
/** Around a cell's centre, degrees: where real stars are counted. */
const AROUND_DEG = 3;
const AROUND_DEG2 = 2 * Math.PI * (1 - Math.cos(AROUND_DEG * DEG_TO_RAD)) * RAD_TO_DEG ** 2;
/** Bounds of B-V. */
const BLUEST = -0.2;
const REDDEST = 1.8;

/**
 * Stars fainter than the catalogue, V from 10.4 to `vFaintest` (at most 22), whose cell touches the cone: a few may stand outside
 * of it. The sky is cut into cells; each has its own stream of chance, and in it each 0.1 mag its own lane, so that the same star
 * stands at the same place whatever the cone and the limit. In each step a cell has as many stars (Poisson) as the model of star
 * counts has there less those the catalogues have in the 3 degrees around, so that both together agree with the model.
 *
 * B-V: two Gaussians, 0.65 +- 0.18 (turn-off stars) and 1.45 +- 0.12 (M dwarfs); the share of the red ones grows from 0.1 at V
 * 12 to 0.5 at V 20. A simple rule of ours after the two peaks, of G and M stars, that Gilmore 1981 (MNRAS 195, 183) and Bahcall
 * & Soneira 1981 (ApJS 47, 357) describe.
 */
export function faintStarsAround(
  catalogues: readonly StarCatalogue[],
  cone: { raDeg: number; decDeg: number; radiusDeg: number },
  vFaintest: number,
): StarColumns {
  const stars = new Columns();
  for (const cell of cellsOf(cone)) drawCell(cell, wantedIn(cell, catalogues, vFaintest), vFaintest, stars);
  return stars.columns();
}

interface Cell {
  key: string;
  raDeg: number;
  widthDeg: number;
  sinDecLow: number;
  sinDecHigh: number;
  centreDecDeg: number;
  areaDeg2: number;
}

/** Every cell that a cone touches: bands of declination, each cut into as many equal parts as keep them about square. */
function cellsOf({ raDeg, decDeg, radiusDeg }: { raDeg: number; decDeg: number; radiusDeg: number }): Cell[] {
  const cells: Cell[] = [];
  const bands = 180 / CELL_DEG;
  const lowest = Math.max(0, Math.floor((decDeg - radiusDeg + 90) / CELL_DEG));
  const highest = Math.min(bands - 1, Math.floor((decDeg + radiusDeg + 90) / CELL_DEG));
  for (let band = lowest; band <= highest; band++) {
    const lowDeg = band * CELL_DEG - 90;
    const centreDecDeg = lowDeg + CELL_DEG / 2;
    const count = Math.max(3, Math.round((360 / CELL_DEG) * Math.cos(centreDecDeg * DEG_TO_RAD)));
    const widthDeg = 360 / count;
    const sinDecLow = Math.sin(lowDeg * DEG_TO_RAD);
    const sinDecHigh = Math.sin((lowDeg + CELL_DEG) * DEG_TO_RAD);
    const areaDeg2 = widthDeg * (sinDecHigh - sinDecLow) * RAD_TO_DEG;
    for (let i = 0; i < count; i++) {
      const cell = {
        key: `${band}/${i}`,
        raDeg: i * widthDeg,
        widthDeg,
        sinDecLow,
        sinDecHigh,
        centreDecDeg,
        areaDeg2,
      };
      if (touches(cell, raDeg, decDeg, radiusDeg)) cells.push(cell);
    }
  }
  return cells;
}

function touches(
  { raDeg, widthDeg, centreDecDeg }: Cell,
  coneRaDeg: number,
  coneDecDeg: number,
  radiusDeg: number,
): boolean {
  const highestCos = Math.cos(Math.max(0, Math.abs(centreDecDeg) - CELL_DEG / 2) * DEG_TO_RAD);
  // No corner lies farther than this from the cell's centre.
  const cornerDeg = Math.hypot(CELL_DEG, widthDeg * highestCos) / 2;
  return separationDeg(coneRaDeg, coneDecDeg, raDeg + widthDeg / 2, centreDecDeg) <= radiusDeg + cornerDeg;
}

/** Stars that a cell should have in each step of magnitude, from MODEL_BRIGHTEST_V on. */
function wantedIn(cell: Cell, catalogues: readonly StarCatalogue[], vFaintest: number): Float64Array {
  // Whole steps, so that a step's stars are the same whatever the limit.
  const steps = Math.max(0, Math.ceil((vFaintest - MODEL_BRIGHTEST_V) / STEP_MAG - 1e-9));
  const centreRaDeg = cell.raDeg + cell.widthDeg / 2;
  const real = new Float64Array(steps);
  for (const catalogue of catalogues) {
    const { vMag } = catalogue.cone(centreRaDeg, cell.centreDecDeg, AROUND_DEG, MODEL_BRIGHTEST_V + steps * STEP_MAG);
    for (const v of vMag) {
      const step = Math.floor((v - MODEL_BRIGHTEST_V) / STEP_MAG);
      if (step >= 0 && step < steps) real[step]++;
    }
  }
  const { latitudeDeg } = galacticOf(centreRaDeg, cell.centreDecDeg);
  let brighter = faintStarCounts(MODEL_BRIGHTEST_V, latitudeDeg);
  return real.map((count, step) => {
    const edge = Math.min(22, MODEL_BRIGHTEST_V + (step + 1) * STEP_MAG);
    const whole = faintStarCounts(edge, latitudeDeg);
    const modelled = whole - brighter;
    brighter = whole;
    return Math.max(0, modelled - count / AROUND_DEG2) * cell.areaDeg2;
  });
}

function drawCell(cell: Cell, wanted: Float64Array, vFaintest: number, out: Columns): void {
  const stream = randomStream(SKY_SEED, 'faintStars', cell.key);
  for (let step = 0; step < wanted.length; step++) {
    stream.enterLane(step);
    const low = MODEL_BRIGHTEST_V + step * STEP_MAG;
    const count = stream.poisson(wanted[step]);
    for (let i = 0; i < count; i++) {
      const raDeg = cell.raDeg + stream.uniform() * cell.widthDeg;
      const sinDec = cell.sinDecLow + stream.uniform() * (cell.sinDecHigh - cell.sinDecLow);
      const v = low + stream.uniform() * STEP_MAG;
      const bMinusV = colourOf(v, stream);
      if (v <= vFaintest) out.add(raDeg, Math.asin(Math.max(-1, Math.min(1, sinDec))) * RAD_TO_DEG, v, bMinusV);
    }
  }
}

function colourOf(v: number, stream: RandomStream): number {
  const redShare = 0.1 + 0.4 * Math.min(1, Math.max(0, (v - 12) / 8));
  const isRed = stream.uniform() < redShare;
  const colour = isRed ? 1.45 + 0.12 * stream.normal() : 0.65 + 0.18 * stream.normal();
  return Math.min(REDDEST, Math.max(BLUEST, colour));
}

/** Star columns that are filled one star after another. */
class Columns {
  private count = 0;
  private raDeg = new Float64Array(1024);
  private decDeg = new Float64Array(1024);
  private vMag = new Float32Array(1024);
  private bMinusV = new Float32Array(1024);

  add(raDeg: number, decDeg: number, v: number, bMinusV: number): void {
    if (this.count === this.raDeg.length) this.grow();
    this.raDeg[this.count] = raDeg;
    this.decDeg[this.count] = decDeg;
    this.vMag[this.count] = v;
    this.bMinusV[this.count++] = bMinusV;
  }

  columns(): StarColumns {
    const { count, raDeg, decDeg, vMag, bMinusV } = this;
    return {
      count,
      raDeg: raDeg.subarray(0, count),
      decDeg: decDeg.subarray(0, count),
      vMag: vMag.subarray(0, count),
      bMinusV: bMinusV.subarray(0, count),
    };
  }

  private grow(): void {
    const { raDeg, decDeg, vMag, bMinusV } = this;
    const length = 2 * raDeg.length;
    this.raDeg = new Float64Array(length);
    this.raDeg.set(raDeg);
    this.decDeg = new Float64Array(length);
    this.decDeg.set(decDeg);
    this.vMag = new Float32Array(length);
    this.vMag.set(vMag);
    this.bMinusV = new Float32Array(length);
    this.bMinusV.set(bMinusV);
  }
}
