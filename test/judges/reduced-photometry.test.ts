import { describe, expect, it } from 'vitest';
import { buildMaster } from '../../core/calibration/build.ts';
import { sourceOf } from '../../core/calibration/frames.ts';
import type { Planes } from '../../core/calibration/planes.ts';
import { readRawFrame } from '../../core/products/raw-frame.ts';
import type { CalibrationSet } from '../../core/records/calibration.ts';
import { calibrationPolicy } from '../../core/records/observatory/calibration-policy.ts';
import { reduceFrame } from '../../core/reduction/reduce.ts';
import type { TruthEntry } from '../../core/twin/light.ts';
import { twilightFlatPlan } from '../../core/twin/twilight-flats.ts';
import { bestTimeMs } from '../../core/visits/best-time.ts';
import { makeFrame, weatherFor } from '../../core/visits/frame.ts';
import { type SingleExposure, singleRecipe } from '../../core/visits/single.ts';
import { clearObservatory, realSky } from './sky-frames.ts';

const DAY_OBS = 20261110;
/** In Aries, 40 degrees from the Milky Way's plane; New Moon was the day before. */
const TARGET = { name: 'field', raDeg: 30, decDeg: 20 };
const FILTER = 'r';

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

describe('a frame that is reduced with masters of the same twin', () => {
  it('gives the catalogue back to the predicted noise, all over the field', async () => {
    const observatory = clearObservatory('la-palma');
    const beginMs = bestTimeMs(observatory.site, DAY_OBS, TARGET);
    const weather = weatherFor(observatory, 1);
    let seqNum = 0;
    const take = (wish: Partial<SingleExposure>) => {
      const single: SingleExposure = {
        ...{
          parameters: 'observatory.json',
          imageType: 'object',
          target: null,
          exposureTimeS: 30,
          levelAdu: undefined,
        },
        ...{ flatLight: 'dome', seed: 1, binning: 1, window: undefined, focusOffsetUm: 0, dayObs: DAY_OBS },
        ...{ observatory, filter: FILTER, beginMs, seqNum: ++seqNum },
        ...wish,
      };
      const truth: TruthEntry[] = [];
      const made = makeFrame(singleRecipe(single, weather), weather, realSky(), (entry) => truth.push(entry));
      return { ...readRawFrame(made.file), truth };
    };
    const policy = calibrationPolicy.parse({
      sets: [{ id: 'bias', type: 'bias', count: 5, when: 'afternoon', everyDays: 1, validDays: 1 }],
      reduction: { cosmicRays: {} },
    });
    const configuration = { binning: 1, setTemperatureC: -60 };
    const master = async (
      set: Partial<CalibrationSet>,
      wishes: Partial<SingleExposure>[],
      bias?: Planes,
      dark?: Planes,
    ) => {
      const { planes } = await buildMaster({
        instrument: 'noc1',
        set: { count: wishes.length, minimum: 3, configuration, type: 'bias', ...set },
        policy,
        sources: wishes.map((wish) => sourceOf(take(wish).raw)),
        ...(bias && { bias: { masterId: 'bias', planes: bias } }),
        ...(dark && { dark: { masterId: 'dark', planes: dark, bunit: 'adu/s', darkTimeS: 120 } }),
      });
      return planes;
    };
    const times = (count: number, wish: Partial<SingleExposure>) =>
      new Array<Partial<SingleExposure>>(count).fill(wish);
    const bias = await master({ type: 'bias' }, times(9, { imageType: 'bias', exposureTimeS: 0 }));
    const dark = await master(
      { type: 'dark', exposureTimeS: 120 },
      times(3, { imageType: 'dark', exposureTimeS: 120 }),
      bias,
    );
    const evening = { fromMs: Date.UTC(2026, 10, 10, 15), when: 'dusk', exposureMinS: 15, count: 5 } as const;
    const plan = twilightFlatPlan({ observatory, filter: FILTER, targetAdu: 20_000, ...evening });
    const dusk = plan.map((when): Partial<SingleExposure> => ({ imageType: 'flat', flatLight: 'dusk', ...when }));
    const flat = await master({ type: 'flat', target: 'twilight', filter: FILTER, levelAdu: 20_000 }, dusk, bias, dark);

    const { raw, wcs, header, truth } = take({ target: TARGET });
    const stars = truth.filter(({ kind }) => kind === 'star' || kind === 'faintStar');
    const glass = observatory.filters.find(({ name }) => name === FILTER);
    const reduced = reduceFrame({
      raw,
      wcs,
      policy,
      masters: {
        bias: { id: 'bias', planes: bias },
        dark: { id: 'dark', planes: dark, bunit: 'adu/s', exposureTimeS: 120 },
        flat: { id: 'flat', planes: flat },
      },
      plateScaleArcsecPerPix: 1.8086,
      references: stars,
      airmass: header.airmass,
      extinctionMagPerAirmass: glass?.extinctionMagPerAirmass,
    });
    const light = truth.filter(({ kind }) => kind !== 'trail');
    const pairs = reduced.sources
      .filter(({ flags, peakE }) => flags === 0 && peakE < 30_000)
      .flatMap((source) => {
        const near = light.filter(({ x, y }) => Math.hypot(x - source.xPix, y - source.yPix) < 8);
        const star = near.find(({ x, y }) => Math.hypot(x - source.xPix, y - source.yPix) < 1.5);
        const all = near.reduce((sum, { electrons }) => sum + electrons, 0);
        return star && all < 1.01 * star.electrons ? [{ source, star }] : [];
      });
    const bright = pairs.filter(({ star }) => star.electrons > 20_000);
    // A master flat is 1 in the middle of the central quarter; magnitudes are those of the very centre, where a little more light falls.
    const centre: number[] = [];
    for (let y = 974; y < 1074; y++) for (let x = 974; x < 1074; x++) centre.push(flat.data[y * 2048 + x]);
    const flatCentre = median(centre);
    const ratio = median(bright.map(({ source, star }) => source.fluxE / star.electrons));
    const pulls = pairs.map(({ source, star }) => (source.fluxE / ratio - star.electrons) / source.fluxErrorE);
    const clipped = pulls.filter((pull) => Math.abs(pull) < 5);
    const chi2 = clipped.reduce((sum, pull) => sum + pull * pull, 0) / clipped.length;
    const off = bright.map(({ source, star }) => Math.hypot(source.xPix - star.x, source.yPix - star.y));
    const cells = Array.from({ length: 9 }, (_, cell) => {
      const inCell = bright.filter(({ source }) => {
        const [column, row] = [Math.floor((source.xPix / 2048) * 3), Math.floor((source.yPix / 2048) * 3)];
        return 3 * row + column === cell;
      });
      return median(inCell.map(({ source, star }) => source.fluxE / star.electrons)) / ratio - 1;
    });
    const { zeroPointAtAirmass1Mag = 0, zeroPointErrorMag = 1, seeingArcsec = 0 } = reduced;
    const found = {
      flatCentre,
      stars: pairs.length,
      bright: bright.length,
      ratio,
      chi2,
      clipped: pulls.length - clipped.length,
    };
    process.stdout.write(
      `${JSON.stringify({ ...found, offPix: median(off), cells, zeroPointAtAirmass1Mag, zeroPointErrorMag, seeingArcsec, rays: reduced.cosmicRayPixels })}\n${reduced.steps.map(({ step, detail }) => `${step}: ${detail}`).join('\n')}\n`,
    );
    expect(reduced.status).toBe('COMPLETE');
    expect(pairs.length).toBeGreaterThan(300);
    // All light of a star, to a percent; and as much scatter about it as the plane of uncertainty says.
    expect(Math.abs(ratio * flatCentre - 1)).toBeLessThan(0.01);
    expect(chi2).toBeGreaterThan(1 - 4 * Math.sqrt(2 / pairs.length));
    expect(chi2).toBeLessThan(1.15 + 4 * Math.sqrt(2 / pairs.length));
    expect(clipped.length / pulls.length).toBeGreaterThan(0.97);
    expect(median(off)).toBeLessThan(0.05);
    // Zero point of the observatory's file; the share of the light that the aperture's correction misses is common to all stars.
    const expectedMag = (glass?.zeroPointMag ?? 0) - 2.5 * Math.log10(flatCentre);
    expect(Math.abs(zeroPointAtAirmass1Mag - expectedMag)).toBeLessThan(4 * zeroPointErrorMag + 0.005);
    // The header's is that of a still image of a Moffat profile; its Gaussian, and the motion of the telescope, are wider.
    expect(seeingArcsec / (header.seeingArcsec ?? 1)).toBeGreaterThan(1);
    expect(seeingArcsec / (header.seeingArcsec ?? 1)).toBeLessThan(1.25);
    // The flat leaves no trend over the field.
    expect(Math.max(...cells.map(Math.abs))).toBeLessThan(0.005);
  }, 300_000);
});
