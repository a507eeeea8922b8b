import path from 'node:path';
import { describe, expect } from 'vitest';
import { itWith, pythonJson } from '../helpers/judges.ts';
import { temporaryFolder } from '../helpers/night.ts';
import { clearObservatory, type FrameWish, takeFrame } from './sky-frames.ts';

const AMPLIFIERS = [
  { name: 'A', corner: 'lowerLeft', gainEPerAdu: 1.3, readNoiseE: 5, biasLevelAdu: 900 },
  { name: 'B', corner: 'lowerRight', gainEPerAdu: 1.6, readNoiseE: 6.5, biasLevelAdu: 1000 },
  { name: 'C', corner: 'upperLeft', gainEPerAdu: 1.9, readNoiseE: 8, biasLevelAdu: 1100 },
  { name: 'D', corner: 'upperRight', gainEPerAdu: 2.4, readNoiseE: 12, biasLevelAdu: 1300 },
];
const DARK_E_PER_S = 0.2;
const DARK_TIME_S = 1000;
/** Counts of flats where the amplifier bends by 0.1 % at most. */
const LEVELS_ADU = [1000, 2500, 4000, 6000, 8000];
/** Camera of 1024 x 1024 pixels: 262144 for each amplifier, so that a variance is known to 0.28 %. */
const SIDE = 1024;
const DAY_OBS = 20261110;

interface Amplifier {
  name: string;
  gain: number;
  noise: number;
  foundGain: number;
  foundNoise: number;
  levels: number[];
  bias: number;
  dark: [meanAdu: number, variance: number];
  sky: [meanAdu: number, variance: number];
}

describe('photon transfer by numpy from the files of a camera with four amplifiers', () => {
  itWith(
    'astropy',
    'gives gain, read noise and every variance as the numbers of the amplifier say',
    () => {
      const folder = temporaryFolder();
      const observatory = clearObservatory('la-palma', (json) => {
        Object.assign(json.camera, { widthPix: SIDE, heightPix: SIDE, darkCurrentEPerS: DARK_E_PER_S });
        json.camera.amplifiers = AMPLIFIERS;
        // Two frames of the sky look at the same place.
        json.without.push('pointingError', 'trackingError', 'satelliteTrails');
      });
      let seqNum = 0;
      const beginMs = Date.UTC(2026, 10, 11, 3);
      const take = (wish: Partial<FrameWish>) =>
        takeFrame(folder, { observatory, filter: 'r', beginMs, dayObs: DAY_OBS, seqNum: ++seqNum, ...wish }).file;
      const two = (wish: Partial<FrameWish>) => [take(wish), take(wish)];
      const biases = two({ imageType: 'bias', exposureTimeS: 0 });
      const darks = two({ imageType: 'dark', exposureTimeS: DARK_TIME_S });
      const skies = two({ target: { name: 'sky', raDeg: 60, decDeg: -5 }, exposureTimeS: 120 });
      const flats = LEVELS_ADU.flatMap((levelAdu) => two({ imageType: 'flat', exposureTimeS: undefined, levelAdu }));
      const files = [biases, darks, skies, flats].map((each) => each.join(','));
      const found = pythonJson(path.join(import.meta.dirname, 'photon-transfer.py'), files) as Amplifier[];

      expect(found.map(({ name }) => name)).toEqual(['A', 'B', 'C', 'D']);
      for (const [index, each] of found.entries()) {
        process.stdout.write(`${JSON.stringify(each)}\n`);
        const { gainEPerAdu: gain, readNoiseE: noise } = AMPLIFIERS[index];
        expect({ gain: each.gain, noise: each.noise }).toEqual({ gain, noise });
        expect(each.levels).toHaveLength(LEVELS_ADU.length);
        expect(Math.abs(each.foundGain / gain - 1)).toBeLessThan(0.01);
        expect(Math.abs(each.foundNoise / noise - 1)).toBeLessThan(0.01);
        // (S + R^2) / g^2, and 1/12 of rounding to counts.
        const variance = (signalE: number) => (signalE + noise ** 2) / gain ** 2 + 1 / 12;
        expect(Math.abs(each.bias / variance(0) - 1)).toBeLessThan(0.0125);
        const [darkAdu, darkVariance] = each.dark;
        // The cooler holds the chip to 0.1 degrees, by which the dark current goes up and down by 1.5 %.
        expect(Math.abs((darkAdu * gain) / (DARK_E_PER_S * DARK_TIME_S) - 1)).toBeLessThan(0.05);
        expect(Math.abs(darkVariance / variance(darkAdu * gain) - 1)).toBeLessThan(0.0125);
        const [skyAdu, skyVariance] = each.sky;
        expect(skyAdu * gain).toBeGreaterThan(300);
        expect(Math.abs(skyVariance / variance(skyAdu * gain) - 1)).toBeLessThan(0.0125);
      }
    },
    120_000,
  );
});
