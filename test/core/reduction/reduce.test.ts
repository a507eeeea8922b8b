import { describe, expect, it } from 'vitest';
import { FramesDisagree } from '../../../core/errors.ts';
import { pixelToSky, type Wcs } from '../../../core/gnomonic.ts';
import { type Reduction, reduceFrame } from '../../../core/reduction/reduce.ts';
import { evenPlanes, noisyPlanes, policyWith, rawFrame, scatteredStars, stream } from './frames.ts';

const size = { widthPix: 512, heightPix: 512 };
const [skyE, readNoiseE, exposureTimeS, fwhmPix] = [200, 6, 60, 2.5];
const ZERO_POINT_MAG = 24.6;
const chance = stream('reduce');
const stars = scatteredStars({ ...size, count: 150, apartPix: 20, fluxE: [3000, 300_000], fwhmPix }, chance);
const sky = noisyPlanes({ ...size, skyE, readNoiseE, stars }, chance);
const raw = rawFrame(
  { ...size, exposureTimeS, readNoiseE, gainEPerAdu: 1.5 },
  () => 1000,
  (x, y) => Math.round(1000 + sky.data[y * 512 + x] / 1.5),
);
/** A pixel of 1.8 arcsec, turned by 20 degrees. */
const scaleDeg = 1.8 / 3600;
const [cos, sin] = [Math.cos(0.35), Math.sin(0.35)];
const wcs: Wcs = {
  crval1Deg: 150,
  crval2Deg: 30,
  crpix1: 256.5,
  crpix2: 256.5,
  cd11: -scaleDeg * cos,
  cd12: scaleDeg * sin,
  cd21: scaleDeg * sin,
  cd22: scaleDeg * cos,
};
const references = stars.map(({ xPix, yPix, fluxE }) => ({
  ...pixelToSky(wcs, xPix + 1, yPix + 1),
  mag: ZERO_POINT_MAG - 2.5 * Math.log10(fluxE / exposureTimeS),
}));
const masters = {
  bias: { id: 'bias-1', planes: evenPlanes(512, 512, 0, 0.1) },
  dark: { id: 'dark-1', planes: evenPlanes(512, 512, 0, 0), bunit: 'adu/s', exposureTimeS: 300 },
  flat: { id: 'flat-1', planes: evenPlanes(512, 512, 1, 0.001) },
} as const;
const usual: Reduction = { raw, masters, policy: policyWith({}), wcs, plateScaleArcsecPerPix: 1.8, references };
const stepsOf = (reduction: Reduction) => reduceFrame(reduction).steps;

describe('reducing a frame', () => {
  it('finds the zero point, the seeing and the sky that are in it, and changes nothing that it was given', () => {
    const before = structuredClone(usual);
    const frame = reduceFrame({ ...usual, airmass: 1.5, extinctionMagPerAirmass: 0.2 });
    expect(usual).toEqual(before);
    expect(frame.status).toBe('COMPLETE');
    expect(frame.matchedCount).toBeGreaterThan(120);
    const error = frame.zeroPointErrorMag ?? 1;
    expect(error).toBeLessThan(0.003);
    expect(Math.abs((frame.zeroPointMag ?? 0) - ZERO_POINT_MAG)).toBeLessThan(4 * error);
    expect(frame.zeroPointAtAirmass1Mag).toBeCloseTo((frame.zeroPointMag ?? 0) + 0.1, 10);
    expect(frame.seeingArcsec).toBeCloseTo(fwhmPix * 1.8, 1);
    expect(frame.skyElectronsPerPix).toBeCloseTo(skyE, 0);
    expect(frame.skyMagPerArcsec2).toBeCloseTo(ZERO_POINT_MAG - 2.5 * Math.log10(skyE / exposureTimeS / 1.8 ** 2), 2);
    const { raDeg, decDeg } = pixelToSky(wcs, frame.sources[0].xPix + 1, frame.sources[0].yPix + 1);
    expect(frame.sources[0]).toMatchObject({ raDeg, decDeg });
    expect(frame.steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'overscan COMPLETE',
      'saturation COMPLETE',
      'bias COMPLETE',
      'dark COMPLETE',
      'flat COMPLETE',
      'gain COMPLETE',
      'uncertainty COMPLETE',
      'dataQuality COMPLETE',
      'cosmicRays SKIPPED',
      'background COMPLETE',
      'sources COMPLETE',
      'photometry COMPLETE',
    ]);
  });

  it('is not led astray by a pointing that is off, by variable stars, or by references that are not there', () => {
    const off = { ...wcs, crpix1: wcs.crpix1 - 17, crpix2: wcs.crpix2 + 11 };
    const odd = references.map((reference, i) => ({ ...reference, mag: reference.mag + (i % 10 === 0 ? 1 : 0) }));
    const absent = Array.from({ length: 100 }, () => ({
      ...pixelToSky(wcs, 512 * chance.uniform(), 512 * chance.uniform()),
      mag: 18 + 2 * chance.uniform(),
    }));
    const frame = reduceFrame({ ...usual, wcs: off, references: [...odd, ...absent] });
    expect(frame.offsetPix?.dxPix).toBeCloseTo(17, 1);
    expect(frame.offsetPix?.dyPix).toBeCloseTo(-11, 1);
    expect(Math.abs((frame.zeroPointMag ?? 0) - ZERO_POINT_MAG)).toBeLessThan(4 * (frame.zeroPointErrorMag ?? 0));
  });

  it('skips what there is no master of, says why, and is INCOMPLETE', () => {
    const frame = reduceFrame({
      ...usual,
      masters: { bias: masters.bias },
      missing: { flat: 'none is valid on that day' },
    });
    expect(frame.missing).toEqual(['dark', 'flat']);
    expect(frame.status).toBe('INCOMPLETE');
    const steps = frame.steps.filter(({ status }) => status === 'SKIPPED');
    expect(steps).toContainEqual({ step: 'flat', status: 'SKIPPED', detail: 'none is valid on that day' });
    expect(steps).toContainEqual({ step: 'dark', status: 'SKIPPED', detail: 'there is no master dark' });
    expect(frame.zeroPointMag).toBeCloseTo(ZERO_POINT_MAG, 2);
  });

  it('scales a dark by the dark time: per second, or from its own', () => {
    const level = (dark: Reduction['masters']['dark']) =>
      reduceFrame({ ...usual, masters: { ...masters, dark } }).background.levelE;
    const without = level(masters.dark);
    const planes = (value: number) => evenPlanes(512, 512, value);
    // 0.5 ADU a second over 60 s at 1.5 electrons per ADU.
    expect(level({ id: 'd', planes: planes(0.5), bunit: 'adu/s', exposureTimeS: 300 }) - without).toBeCloseTo(-45, 1);
    expect(level({ id: 'd', planes: planes(150), bunit: 'adu', exposureTimeS: 300 }) - without).toBeCloseTo(-45, 1);
    expect(
      level({ id: 'd', planes: planes(150), bunit: 'adu', exposureTimeS: 299, darkTimeS: 300 }) - without,
    ).toBeCloseTo(-45, 1);
  });

  it('says why there is no zero point, and no sky', () => {
    const { wcs: _, ...without } = usual;
    expect(stepsOf(without).at(-1)).toEqual({
      step: 'photometry',
      status: 'SKIPPED',
      detail: 'the frame has no world coordinates',
    });
    expect(stepsOf({ ...usual, references: [] }).at(-1)?.detail).toBe('there are no reference stars');
    const flat = { id: 'dim', planes: evenPlanes(512, 512, 0.1) };
    const dim = reduceFrame({ ...usual, masters: { ...masters, flat } });
    expect(dim.maskedPixels).toBe(512 * 512);
    expect(dim.steps.slice(-3).map(({ status }) => status)).toEqual(['SKIPPED', 'SKIPPED', 'SKIPPED']);
  });

  it('refuses masters of another size, all at once, and a policy without a reduction', () => {
    const other = {
      bias: { id: 'b', planes: evenPlanes(256, 512, 0) },
      flat: { id: 'f', planes: evenPlanes(512, 256, 1) },
    };
    expect(() => reduceFrame({ ...usual, masters: other })).toThrow(/bias b has 256 x 512.*\n.*flat f has 512 x 256/);
    const { reduction: _, ...policy } = usual.policy;
    expect(() => reduceFrame({ ...usual, policy })).toThrow(FramesDisagree);
  });
});
