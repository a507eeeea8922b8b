/**
 * The noise of one frame (2048 x 2048: Poisson numbers of a smooth sky of about 200 electrons, read noise, counts) against numpy.
 * Run: node bench/noise.ts [--check]; the Python interpreter with numpy is NOCTURNE_PYTHON, or python3.
 */
import { randomStream } from '../core/random.ts';
import { compareCounts } from './compare-counts.ts';

const side = 2048;
/** A part of the image that stays in the processor's cache. */
const ROWS_AT_ONCE = 16;
const [skyFirstE, skyLastE] = [190, 210];
const chain = { gainEPerAdu: 1.5, readNoiseE: 6, biasAdu: 1000 };
const sky = Float32Array.from(
  { length: side * side },
  (_, i) => skyFirstE + ((skyLastE - skyFirstE) * i) / (side * side - 1),
);

await compareCounts({
  what: `noise, ${side} x ${side}`,
  script: 'noise',
  parameters: { side, skyFirstE, skyLastE, seed: 20261121, ...chain },
  ours(round) {
    const shotNoise = randomStream(20261121, 'shotNoise', `bench-${round}`);
    const readNoise = randomStream(20261121, 'readNoise', `bench-${round}`);
    const counts = new Uint16Array(side * side);
    const chargesE = new Float32Array(ROWS_AT_ONCE * side);
    for (let begin = 0; begin < counts.length; begin += chargesE.length) {
      const end = begin + chargesE.length;
      shotNoise.fillPoisson(sky.subarray(begin, end), chargesE, side);
      readNoise.fillCounts(chargesE, chain, counts.subarray(begin, end), side);
    }
    return counts;
  },
  rounds: 15,
  factor: 5,
  // The variance of some 134 ADU^2 is known to sqrt(2 / 4e6) of itself on each side: five standard deviations of the difference.
  agreement: { mean: 1e-4, variance: 5e-3 },
});
