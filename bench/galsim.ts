/**
 * A field of 2,000 stars with all its noise (2048 x 2048: Moffat profiles, sky, shot noise, read noise, counts) against GalSim at its
 * default accuracy, each star drawn at its place within a pixel.
 * Run: node bench/galsim.ts [--check]; the Python interpreter with GalSim is NOCTURNE_PYTHON, or python3.
 */
import { randomStream } from '../core/random.ts';
import { addPointSources, psfOf } from '../core/twin/psf.ts';
import { compareCounts } from './compare-counts.ts';

const side = 2048;
const stars = 2000;
const fwhmPix = 2.2;
const skyE = 200;
const chain = { gainEPerAdu: 1.5, readNoiseE: 6, biasAdu: 1000 };
const places = randomStream(20261121, 'benchField', '');
const draw = (next: () => number) => Array.from({ length: stars }, next);
const x = draw(() => places.uniform() * side - 0.5);
const y = draw(() => places.uniform() * side - 0.5);
// As many stars in each magnitude, from 100 to 1,000,000 electrons.
const fluxE = draw(() => 10 ** (2 + 4 * places.uniform()));

await compareCounts({
  what: `${stars} stars, ${side} x ${side}`,
  script: 'galsim-field',
  parameters: { side, fwhmPix, skyE, x, y, fluxE, seed: 20261121, ...chain },
  ours(round) {
    const electrons = new Float32Array(side * side).fill(skyE);
    addPointSources({ width: side, height: side, electrons }, psfOf(fwhmPix), { x, y, fluxE });
    const shotNoise = randomStream(20261121, 'shotNoise', `bench-${round}`);
    const readNoise = randomStream(20261121, 'readNoise', `bench-${round}`);
    const counts = new Uint16Array(side * side);
    shotNoise.fillPoisson(electrons, electrons, side);
    readNoise.fillCounts(electrons, chain, counts, side);
    return counts;
  },
  rounds: 9,
  factor: 5,
  // GalSim's stamps end where half a percent of a star's light is left out; ours at a ten-thousandth.
  agreement: { mean: 1e-3, variance: 0.02 },
});
