import path from 'node:path';
import { describe, expect } from 'vitest';
import { twilightFlatPlan } from '../../core/twin/twilight-flats.ts';
import { bestTimeMs } from '../../core/visits/best-time.ts';
import { itWith, pythonJson } from '../helpers/judges.ts';
import { temporaryFolder } from '../helpers/night.ts';
import { clearObservatory, type FrameWish, takeFrame } from './sky-frames.ts';

const DAY_OBS = 20261110;
/** In Taurus, 10 degrees from the Milky Way's plane; New Moon was the day before. */
const TARGET = { name: 'field', raDeg: 75, decDeg: 26 };
/** Zero points, mag of one electron a second at airmass 1, and mag per airmass, of observatories/la-palma.json. */
const GLASS = { g: { zeroPointMag: 21.67, k: 0.213 }, r: { zeroPointMag: 21.52, k: 0.126 } } as const;

interface Trend {
  gradientX: number;
  gradientY: number;
  radial: number;
  fitted: number;
  cells: number[];
}
interface Photometry {
  stars: number;
  outliers: number;
  chi2: number;
  medianRatio: number;
  medianSigma: number;
  flat: Trend;
  noFlat: Trend;
  mags: [catalogue: number, instrument: number][];
  airmass: number;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

describe('aperture photometry by photutils of a frame that numpy has calibrated', () => {
  for (const filter of ['r', 'g'] as const) {
    itWith(
      'photutils',
      `gives the catalogue back, all over the field, in ${filter}`,
      () => {
        const folder = temporaryFolder();
        const observatory = clearObservatory('la-palma');
        const beginMs = bestTimeMs(observatory.site, DAY_OBS, TARGET);
        let seqNum = 0;
        const take = (wish: Partial<FrameWish>) =>
          takeFrame(folder, { observatory, filter, beginMs, dayObs: DAY_OBS, seqNum: ++seqNum, ...wish });
        const { file, truth } = take({ target: TARGET, exposureTimeS: 30 });
        const times = [1, 2, 3];
        // Long enough that the shutter, 20 ms slower in the corners, is no matter.
        const evening = { fromMs: Date.UTC(2026, 10, 10, 15), when: 'dusk', exposureMinS: 15, count: 3 } as const;
        const plan = twilightFlatPlan({ observatory, filter, targetAdu: 20_000, ...evening });
        const dusk = plan.map((when) => take({ imageType: 'flat', flatLight: 'dusk', ...when }).file).join(',');
        const domeWish = { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000 } as const;
        const dome = filter === 'r' ? times.map(() => take(domeWish).file).join(',') : undefined;
        const biases = times.map(() => take({ imageType: 'bias', exposureTimeS: 0 }).file).join(',');
        const script = path.join(import.meta.dirname, 'photometry.py');
        const measure = (flats: string) => pythonJson(script, [file, truth, flats, biases])[0] as Photometry;
        const result = measure(dusk);
        const { stars, outliers, chi2, medianRatio, medianSigma, flat, noFlat, mags, airmass } = result;
        process.stdout.write(`${filter}: ${JSON.stringify({ ...result, mags: undefined })}\n`);
        expect(stars).toBeGreaterThan(60);
        expect(outliers).toBeLessThan(0.05 * stars);
        expect(medianSigma).toBeLessThan(0.01);
        // Measured electrons are those of the truth table, to a percent, and scatter about them as their noise says: chi^2 of n
        // stars has a standard deviation of sqrt(2 / n); flat field and hot pixels add some.
        expect(Math.abs(medianRatio - 1)).toBeLessThan(0.01);
        expect(chi2).toBeGreaterThan(1 - 4 * Math.sqrt(2 / stars));
        expect(chi2).toBeLessThan(1.15 + 4 * Math.sqrt(2 / stars));
        // Catalogue magnitudes come back by zero point, extinction and airmass.
        const { zeroPointMag, k } = GLASS[filter];
        const offsets = mags.map(([mag, instrument]) => instrument + zeroPointMag - k * (airmass - 1) - mag);
        expect(Math.abs(median(offsets))).toBeLessThan(0.01);
        // The same all over the field; and not so without the flat field: a twelfth of the light is lost towards the corners.
        const most = ({ cells }: Trend) => Math.max(...cells.map(Math.abs));
        expect(most(flat)).toBeLessThan(0.01);
        expect(flat.fitted).toBeLessThan(0.01);
        expect(noFlat.radial).toBeLessThan(-0.04);
        expect(noFlat.fitted).toBeGreaterThan(0.05);
        if (dome === undefined) return;
        // The lamp's own gradient, 0.03 over the side of the field at 35 degrees, is what dome flats put in.
        const { flat: ofLamp } = measure(dome);
        expect(Math.abs(ofLamp.gradientX + 0.015 * Math.cos((35 * Math.PI) / 180))).toBeLessThan(0.004);
        expect(Math.abs(ofLamp.gradientY + 0.015 * Math.sin((35 * Math.PI) / 180))).toBeLessThan(0.004);
      },
      300_000,
    );
  }
});
