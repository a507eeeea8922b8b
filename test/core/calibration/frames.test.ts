import { describe, expect, it } from 'vitest';
import { checkFrame, type Expected } from '../../../core/calibration/frames.ts';
import { gaugeRawFrame } from '../../../core/calibration/gauge.ts';
import type { RawFrame } from '../../../core/calibration/planes.ts';
import { checkSet } from '../../../core/calibration/set.ts';
import { type Degradation, UNDEGRADED } from '../../../core/twin/faults.ts';
import {
  calibratedObservatory,
  policyWith,
  type RawWish,
  setOf,
  takeRaw,
  takeSeries,
  withPixels,
} from '../../helpers/raw-frames.ts';

const SIDE = 128;
const observatory = calibratedObservatory(SIDE);
const policy = policyWith();
const BIAS: Expected = { set: setOf({ type: 'bias' }), instrument: 'noc1' };
const DARK: Expected = { set: setOf({ type: 'dark', exposureTimeS: 300 }), instrument: 'noc1' };
const FLAT: Expected = { set: setOf({ type: 'flat', filter: 'r', levelAdu: 20_000 }), instrument: 'noc1' };
const bias = takeRaw(observatory, { imageType: 'bias' }).raw;
const dark = takeRaw(observatory, { imageType: 'dark', exposureTimeS: 300 }).raw;
const flat = takeRaw(observatory, { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000 }).raw;

const reasonsOf = (frame: RawFrame, expected: Expected) => {
  const { accepted, reasons } = checkFrame(frame, expected, policy);
  expect(accepted).toBe(reasons.length === 0);
  return reasons.join('\n');
};

/** Data and overscan of the default camera stand beside each other. */
const isLit = (x: number) => x >= bias.amplifiers[0].data.x0 && x < bias.amplifiers[0].data.x1;

describe('a frame that is as it should be', () => {
  it('is accepted', () => {
    expect(reasonsOf(bias, BIAS)).toBe('');
    expect(reasonsOf(dark, DARK)).toBe('');
    expect(reasonsOf(flat, FLAT)).toBe('');
  });

  it('is measured: overscan, level and noise as the observatory says', () => {
    const [statistics] = checkFrame(flat, FLAT, policy).statistics.amplifiers;
    // The bias drifts by 1.5 ADU rms, and goes up by 3 over the rows.
    expect(Math.abs(statistics.overscanAdu! - 1001.5)).toBeLessThan(6);
    // The lamp is 8 % fainter when it is cold, and 3 % lower at one side.
    expect(Math.abs(statistics.levelAdu / 20_000 - 1)).toBeLessThan(0.15);
    const [ofBias] = checkFrame(bias, BIAS, policy).statistics.amplifiers;
    // 6 e of 1.6 e/ADU, 1/12 of rounding, and 0.8 ADU of pattern of the columns; 8192 differences.
    expect(Math.abs(ofBias.noiseAdu / Math.sqrt(3.75 ** 2 + 1 / 12 + 0.8 ** 2) - 1)).toBeLessThan(0.04);
  });
});

describe('a frame that must not be used is named', () => {
  it('light left on: a bias or a dark with a level or a shape', () => {
    expect(
      reasonsOf(
        withPixels(bias, (count, x) => count + (isLit(x) ? 40 : 0)),
        BIAS,
      ),
    ).toMatch(/^light left on:/);
    // As much light as a lamp gives that shines in from one side.
    const shaped = withPixels(bias, (count, x) => count + (isLit(x) ? Math.round(x / 3) : 0));
    expect(reasonsOf(shaped, BIAS)).toMatch(/light left on: the medians of boxes/);
    const lit = withPixels(dark, (count, x) => count + (isLit(x) ? 15_000 : 0));
    expect(reasonsOf(lit, DARK)).toMatch(/^light left on or a warm detector: amplifier 1 gathers 8\d/m);
  });

  it('a warm detector: by its thermometer, or by its dark current', () => {
    expect(reasonsOf({ ...dark, temperatureC: -59.5 }, DARK)).toMatch(/^warm detector: -59.5 C, set to -60 C/);
    expect(reasonsOf({ ...dark, temperatureC: -60.5 }, DARK)).toMatch(/^cold detector/);
    expect(reasonsOf({ ...dark, temperatureC: -59.51 }, DARK)).toBe('');
    const warm = calibratedObservatory(SIDE, (json) => {
      json.camera.darkCurrentEPerS = 20;
    });
    const { raw } = takeRaw(warm, { imageType: 'dark', exposureTimeS: 300 });
    expect(reasonsOf(raw, DARK)).toMatch(/^light left on or a warm detector/m);
  });

  it('a dead amplifier: noise far too low', () => {
    const dead = (frame: RawFrame) => withPixels(frame, (_, x) => 1000 + (x % 2));
    expect(reasonsOf(dead(bias), BIAS)).toMatch(/^dead amplifier 1: its noise of 0 ADU/);
    expect(reasonsOf(dead(dark), DARK)).toMatch(/^dead amplifier 1/);
    expect(reasonsOf(dead(flat), FLAT)).toMatch(/^dead amplifier 1/);
    const alone = takeRaw(observatory, { imageType: 'bias' }).raw;
    const noisy = withPixels(alone, (count) => Math.round(1000 + 3 * (count - 1000)));
    expect(reasonsOf(noisy, BIAS)).toMatch(/^too much noise/);
  });

  it('a saturated flat, one that is too bright, and an empty one', () => {
    const saturated = withPixels(flat, (count, x) => (isLit(x) ? Math.min(65_535, count * 4) : count));
    expect(reasonsOf(saturated, FLAT)).toMatch(/^saturated: 100 % of the pixels/m);
    expect(
      reasonsOf(
        withPixels(flat, (count, x) => (isLit(x) ? count + 25_000 : count)),
        FLAT,
      ),
    ).toMatch(/^too bright/m);
    const shut = {
      ...bias,
      imageType: 'flat',
      filter: 'r',
      exposureTimeS: 2,
      darkTimeS: 2,
      endMs: bias.beginMs + 2000,
    };
    expect(reasonsOf(shut, FLAT)).toMatch(/^empty: amplifier 1 is at/);
    const anyLevel = { ...FLAT, set: setOf({ type: 'flat', filter: 'r' }) };
    expect(reasonsOf(shut, anyLevel)).toMatch(/^empty: amplifier 1 is at/);
    expect(reasonsOf(flat, anyLevel)).toBe('');
  });

  it('another size, filter, binning, exposure time, instrument, temperature or target', () => {
    expect(reasonsOf({ ...flat, filter: 'g' }, FLAT)).toBe('other filter: g; the set is of r');
    expect(reasonsOf({ ...flat, filter: undefined }, FLAT)).toBe('other filter: none; the set is of r');
    expect(reasonsOf({ ...bias, binning: 2 }, BIAS)).toBe('other binning: 2; the set is of 1');
    expect(reasonsOf({ ...dark, exposureTimeS: 299 }, DARK)).toBe('other exposure time: 299 s; the set is of 300 s');
    expect(reasonsOf({ ...bias, instrument: 'noc2' }, BIAS)).toBe('other instrument: noc2; the set is of noc1');
    expect(reasonsOf({ ...bias, setTemperatureC: -70, temperatureC: -70 }, BIAS)).toMatch(
      /^other temperature: set to -70/,
    );
    const dome = { ...FLAT, set: { ...FLAT.set, target: 'dome' as const } };
    expect(reasonsOf({ ...flat, domeOpen: true }, dome)).toMatch(/^other target: the dome was open/);
    expect(reasonsOf({ ...flat, domeOpen: false }, dome)).toBe('');
    const twilight = { ...FLAT, set: { ...FLAT.set, target: 'twilight' as const } };
    expect(reasonsOf({ ...flat, domeOpen: false }, twilight)).toMatch(/^other target: the dome was closed/);
  });

  it('a wrong header: another type, values that cannot be, or pixels that say otherwise; every fault at once', () => {
    expect(reasonsOf(dark, BIAS)).toMatch(/^other type: dark; the set is of bias/);
    expect(reasonsOf({ ...bias, exposureTimeS: 10, darkTimeS: 10 }, BIAS)).toMatch(
      /^wrong header: a bias with an EXPTIME of 10/,
    );
    const wrong = {
      ...dark,
      exposureTimeS: 300,
      darkTimeS: 20,
      endMs: dark.beginMs - 1,
      amplifiers: dark.amplifiers.map((each) => ({ ...each, gainEPerAdu: 0, readNoiseE: Number.NaN })),
    };
    expect(reasonsOf(wrong, DARK).split('\n')).toEqual([
      'wrong header: DARKTIME of 20 s is shorter than EXPTIME of 300 s',
      'wrong header: the exposure ends before it begins',
      'wrong header: GAIN of amplifier 1 is 0; must be above 0',
      'wrong header: RDNOISE of amplifier 1 is NaN; must be 0 or more',
    ]);
    // A flat that calls itself a bias.
    const lying = { ...flat, imageType: 'bias', exposureTimeS: 0, darkTimeS: 0, filter: undefined };
    expect(reasonsOf(lying, BIAS)).toMatch(/^light left on/m);
    expect(reasonsOf({ ...bias, imageType: 'master bias' }, BIAS)).toMatch(/^a master \(master bias\)/);
    expect(reasonsOf({ ...bias, exposureId: 'noc1_mb_20261121_000001' }, BIAS)).toMatch(/^a master/);
  });

  it('limits of the policy go before the usual ones', () => {
    const lit = withPixels(bias, (count, x) => count + (isLit(x) ? 40 : 0));
    const wide = policyWith({ limits: { frameLevelSigma: { badMax: 20 } } });
    expect(checkFrame(lit, BIAS, wide).reasons).toEqual([]);
    const narrow = policyWith({ limits: { frameNoiseRatio: { badMax: 0.9 } } });
    expect(checkFrame(bias, BIAS, narrow).reasons.join()).toMatch(/^too much noise/);
  });
});

describe('what fails on the twin', () => {
  const verdictOf = (wish: RawWish, fault: Partial<Degradation>, expected: Expected) =>
    reasonsOf(takeRaw(observatory, wish, { ...UNDEGRADED, ...fault }).raw, expected);
  const DARK_WISH = { imageType: 'dark', exposureTimeS: 300 } as const;

  it('is caught and named: lamp, cooler, amplifier, shutter', () => {
    expect(verdictOf(DARK_WISH, {}, DARK)).toBe('');
    expect(verdictOf(DARK_WISH, { lampOn: true }, DARK)).toMatch(/light left on/);
    expect(verdictOf(DARK_WISH, { chipWarmingC: 15 }, DARK)).toMatch(/^warm detector/);
    expect(verdictOf(DARK_WISH, { deadAmplifier: true }, DARK)).toMatch(/^dead amplifier 1/);
    expect(verdictOf({ imageType: 'bias' }, { deadAmplifier: true }, BIAS)).toMatch(/^dead amplifier 1/);
    const flatWish = { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000 } as const;
    expect(verdictOf(flatWish, { deadAmplifier: true }, FLAT)).toMatch(/^dead amplifier 1/);
    expect(verdictOf(flatWish, { shutterStuck: true }, FLAT)).toMatch(/^empty/);
  });
});

describe('frames as a set', () => {
  const series = takeSeries(observatory, 5, { imageType: 'bias' });
  const delivered = (frames: readonly RawFrame[]) =>
    frames.map((about) => ({ about, statistics: gaugeRawFrame(about, 'amplifier') }));
  const verdict = (frames: readonly RawFrame[]) => {
    const { accepted, rejected } = checkSet(delivered(frames), BIAS, policy);
    return { accepted: accepted.map(({ about }) => about.exposureId), rejected };
  };
  const ids = series.map(({ exposureId }) => exposureId);

  it('are in one order, however they are delivered', () => {
    expect(verdict(series)).toEqual({ accepted: ids, rejected: [] });
    expect(verdict([3, 0, 4, 2, 1].map((i) => series[i]))).toEqual({ accepted: ids, rejected: [] });
  });

  it('count once when they are delivered twice', () => {
    const { accepted, rejected } = verdict([...series, series[2]]);
    expect(accepted).toEqual(ids);
    expect(rejected).toEqual([{ exposureId: ids[2], reason: 'duplicate: delivered twice; it counts once' }]);
  });

  it('count once when the same pixels have two names, and not at all when one name has two contents', () => {
    const copy = { ...series[1], exposureId: `${ids[1]}9` };
    expect(verdict([...series, copy])).toEqual({
      accepted: ids,
      rejected: [{ exposureId: `${ids[1]}9`, reason: `duplicate: has the same pixels as ${ids[1]}` }],
    });
    const other = { ...series[1], exposureId: ids[0] };
    const { accepted, rejected } = verdict([other, series[0], series[2], series[3]]);
    expect(accepted).toEqual([ids[2], ids[3]]);
    expect(rejected.map(({ exposureId }) => exposureId)).toEqual([ids[0], ids[0]]);
  });

  it('have one size: that of most', () => {
    const small = takeRaw(calibratedObservatory(64), { imageType: 'bias', seqNum: 1 }).raw;
    const { accepted, rejected } = verdict([{ ...small, exposureId: 'a' }, ...series]);
    expect(accepted).toEqual(ids);
    expect(rejected[0].reason).toMatch(/^other size: 64 x 64 pixels.*the others have 128 x 128/);
  });

  it('have one level: one that is off by half a read noise has seen light', () => {
    const lit = withPixels(series[3], (count, x) => count + (isLit(x) ? 3 : 0));
    const { accepted, rejected } = verdict(series.map((each, i) => (i === 3 ? lit : each)));
    expect(accepted).toEqual(ids.filter((_, i) => i !== 3));
    expect(rejected).toHaveLength(1);
    expect(rejected[0].reason).toMatch(/^light left on: amplifier 1 is 3\.?\d* ADU off the other frames/);
  });

  it('without those that were turned down before', () => {
    const { accepted, rejected } = checkSet(
      delivered(series).map((each, i) => (i === 0 ? { ...each, rejected: 'a person said so' } : each)),
      BIAS,
      policy,
    );
    expect(accepted).toHaveLength(4);
    expect(rejected).toEqual([{ exposureId: ids[0], reason: 'turned down before: a person said so' }]);
  });
});
