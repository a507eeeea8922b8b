import { randomStream } from '../random.ts';
import { MS_PER_S } from '../units.ts';

/** A process of mean 0 and variance 1 whose value at an instant is a function of seed, name, key and instant alone. */
export type Process = (utcMs: number) => number;

/** Memory that is left of what happened before the first draw: below what anybody could tell. */
const FORGOTTEN = 1e-9;
/** Grid of quick processes and of slow ones. */
const STEP_MS = 300_000;
const SLOW_STEP_MS = 1_800_000;
const SLOW_FROM_S = 6 * 3600;
/** Points that are drawn together: as many as the generator gives at a time, and some to spare for its second tries. */
const BLOCK_POINTS = 240;

/**
 * A stationary Ornstein-Uhlenbeck process (Gaussian, memory `exp(-t / timescale)`) on a grid of absolute time: the exact
 * recursion of Gillespie 1996, Phys. Rev. E 54, 2084. Its news come from a lane of the stream for each block of time, and the
 * recursion for a block begins so many blocks before that 1e-9 of the beginning is left. So the value at an instant never
 * depends on which night asks: nights in a row go on with each other's weather.
 *
 * Between grid points the straight line is divided by its own standard deviation: the variance is 1 at every instant.
 * @param timescaleS up to 10 days
 */
export function stationaryProcess(seed: number, name: string, key: string, timescaleS: number): Process {
  const stepMs = timescaleS < SLOW_FROM_S ? STEP_MS : SLOW_STEP_MS;
  const memory = Math.exp(-stepMs / MS_PER_S / timescaleS);
  const news = Math.sqrt(1 - memory * memory);
  const blocksBefore = Math.ceil((-Math.log(FORGOTTEN) * timescaleS * MS_PER_S) / (stepMs * BLOCK_POINTS));
  const stream = randomStream(seed, name, key);
  const blocks = new Map<number, Float64Array>();

  const drawBlock = (block: number): Float64Array => {
    const values = new Float64Array(BLOCK_POINTS);
    let value = 0;
    for (let at = block - blocksBefore; at <= block; at++) {
      stream.enterLane(at >>> 0);
      for (let i = 0; i < BLOCK_POINTS; i++) {
        value = memory * value + news * stream.normal();
        values[i] = value;
      }
    }
    return values;
  };
  const atPoint = (point: number): number => {
    const block = Math.floor(point / BLOCK_POINTS);
    let values = blocks.get(block);
    if (values === undefined) {
      values = drawBlock(block);
      blocks.set(block, values);
    }
    return values[point - block * BLOCK_POINTS];
  };

  return (utcMs) => {
    const place = utcMs / stepMs;
    const before = Math.floor(place);
    const after = place - before;
    if (after === 0) return atPoint(before);
    const variance = (1 - after) ** 2 + after ** 2 + 2 * after * (1 - after) * memory;
    return ((1 - after) * atPoint(before) + after * atPoint(before + 1)) / Math.sqrt(variance);
  };
}
