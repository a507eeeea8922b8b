import { describe, expect, it } from 'vitest';
import { buildMaster } from '../../../core/calibration/build.ts';
import { sourceOf } from '../../../core/calibration/frames.ts';
import { gainOfPairs, noiseOfPairs } from '../../../core/calibration/photon-transfer.ts';
import { DQ, type RawFrame } from '../../../core/calibration/planes.ts';
import { medianOf } from '../../../core/calibration/robust.ts';
import type { CalibrationSet } from '../../../core/records/calibration.ts';
import { hotPixelsOf } from '../../../core/twin/detector/hot-pixels.ts';
import { multiplyPixelResponse } from '../../../core/twin/detector/pixel-response.ts';
import { calibratedObservatory, policyWith, setOf, takeSeries } from '../../helpers/raw-frames.ts';

// What the twin is made of, found again from its frames alone. Only this test knows both.
const SIDE = 384;
const observatory = calibratedObservatory(SIDE, (json) => {
  delete json.camera.dust;
  json.camera.hotPixels.share = 0.002;
});
const { camera } = observatory;
const policy = policyWith();
const build = (set: CalibrationSet, frames: readonly RawFrame[], more = {}) =>
  buildMaster({ instrument: 'noc1', set, policy, sources: frames.map(sourceOf), ...more });

const biases = takeSeries(observatory, 10, { imageType: 'bias' });
const bias = await build(setOf({ type: 'bias' }), biases);
const ofBias = { masterId: 'b', planes: bias.planes };
const darks = takeSeries(observatory, 7, { imageType: 'dark', exposureTimeS: 600, seqNum: 101 });
const dark = await build(setOf({ type: 'dark', exposureTimeS: 600 }), darks, { bias: ofBias });

/** Counts above the overscan, as one array. */
function trimmed(frame: RawFrame): Float32Array {
  const { data, widthPix, pixels } = frame.amplifiers[0];
  const level = medianOf(pixels.filter((_, i) => i % widthPix >= data.x1));
  const counts: number[] = [];
  for (let y = data.y0; y < data.y1; y++) {
    for (let x = data.x0; x < data.x1; x++) counts.push(pixels[y * widthPix + x] - level);
  }
  return Float32Array.from(counts);
}

describe('from its frames alone the camera gives away', () => {
  it('its read noise, to 0.5 %', () => {
    // 5 pairs of 147456 pixels: 0.08 %.
    expect(Math.abs(bias.facts.readNoiseE![0].value / camera.readNoiseE - 1)).toBeLessThan(0.005);
  });

  it('its gain to 1 % and its read noise to 5 %, by photon transfer over levels where the amplifier hardly bends', () => {
    const flats = [0.4, 0.8, 1.2, 1.6].flatMap((exposureTimeS, i) =>
      takeSeries(observatory, 2, { imageType: 'flat', exposureTimeS, seqNum: 201 + 2 * i }),
    );
    const readNoiseAdu = noiseOfPairs({ values: biases.slice(0, 2).map(trimmed) });
    const lit = flats.map((flat) => trimmed(flat).map((counts, i) => counts - bias.planes.data[i]));
    const gainEPerAdu = gainOfPairs({ values: lit }, readNoiseAdu);
    expect(Math.abs(gainEPerAdu / camera.gainEPerAdu - 1)).toBeLessThan(0.01);
    expect(Math.abs((gainEPerAdu * readNoiseAdu) / camera.readNoiseE - 1)).toBeLessThan(0.05);
  });

  it('its dark current, to 5 %', () => {
    // The cooler keeps 0.1 degrees rms, by which the dark current goes up and down by 1.6 %.
    const rate = dark.quality.metrics.find(({ name }) => name === 'darkRateEPerS')!.value!;
    expect(Math.abs(rate / camera.darkCurrentEPerS - 1)).toBeLessThan(0.05);
  });

  it('its hot pixels: each that is well above the limit, next to none besides, and their rates to 5 %', () => {
    const { pixels, ratesEPerS } = hotPixelsOf(camera);
    const truth = new Map(Array.from(pixels, (pixel, i) => [pixel, ratesEPerS[i]]));
    const limit = dark.facts.hotPixelsFrom! * camera.gainEPerAdu - camera.darkCurrentEPerS;
    const { dq, data } = dark.planes;
    const strong = [...truth].filter(([, rate]) => rate > 1.25 * limit);
    expect(strong.length).toBeGreaterThan(200);
    const missed = strong.filter(([pixel]) => (dq[pixel] & DQ.HOT_PIXEL) === 0);
    // A hot pixel of more than 100 e/s is saturated in 600 s, which is a flag of its own.
    expect(missed.filter(([pixel]) => (dq[pixel] & DQ.SATURATED) === 0)).toEqual([]);
    const invented = Array.from(dq.keys()).filter((i) => dq[i] & DQ.HOT_PIXEL && !((truth.get(i) ?? 0) > 0.75 * limit));
    expect(invented.length).toBeLessThanOrEqual(2);
    const rates = strong.filter(([, rate]) => rate > 0.5 && rate < 50);
    const ratios = rates.map(([pixel, rate]) => (data[pixel] * camera.gainEPerAdu - camera.darkCurrentEPerS) / rate);
    expect(Math.abs(medianOf(ratios) - 1)).toBeLessThan(0.05);
  });

  it('the response of its pixels, one by one', async () => {
    const flats = takeSeries(observatory, 10, { imageType: 'flat', exposureTimeS: 5, seqNum: 301 });
    const flat = await build(setOf({ type: 'flat', filter: 'r' }), flats, {
      bias: ofBias,
      dark: { masterId: 'd', planes: dark.planes, bunit: 'adu/s', darkTimeS: 600 },
    });
    const truth = new Float32Array(SIDE * SIDE).fill(1);
    multiplyPixelResponse(camera, truth);
    const [found, wanted]: [number[], number[]] = [[], []];
    const BOX = 4;
    // In the middle vignetting, rings and lamp hardly change over a square of 4 pixels.
    for (let y = SIDE / 4; y < (3 * SIDE) / 4; y += BOX) {
      for (let x = SIDE / 4; x < (3 * SIDE) / 4; x += BOX) {
        const places = Array.from({ length: BOX * BOX }, (_, k) => (y + Math.floor(k / BOX)) * SIDE + x + (k % BOX));
        const good = places.filter((i) => flat.planes.dq[i] === 0);
        const mean = (of: Float32Array) => good.reduce((sum, i) => sum + of[i], 0) / good.length;
        const [level, response] = [mean(flat.planes.data), mean(truth)];
        for (const i of good) {
          found.push(flat.planes.data[i] / level - 1);
          wanted.push(truth[i] / response - 1);
        }
      }
    }
    const product = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const slope = product(found, wanted) / product(wanted, wanted);
    // The slope's error is the noise of the flat over that of the response / sqrt(pixels): 0.1 %.
    expect(Math.abs(slope - 1)).toBeLessThan(0.02);
    // A square's own mean takes 1/16 of every variance away.
    const own = Math.sqrt(1 - 1 / BOX ** 2);
    const noise = own * medianOf(flat.planes.uncertainty);
    const rms = Math.sqrt(product(found, found) / found.length - noise ** 2) / own;
    expect(Math.abs(rms / camera.pixelResponse!.rms - 1)).toBeLessThan(0.03);
    const off = found.map((value, i) => value - wanted[i]);
    expect(Math.sqrt(product(off, off) / off.length) / noise).toBeLessThan(1.15);
  });
});
