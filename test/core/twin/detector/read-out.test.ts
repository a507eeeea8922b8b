import { describe, expect, it } from 'vitest';
import { saturationAdu } from '../../../../core/records/observatory.ts';
import { frameWcs } from '../../../../core/twin/detector/geometry.ts';
import { chip, cut, even, FOUR, read, realChip, statistics } from './helpers.ts';

const PIXELS = 256 * 256;
const SCAN = { prescanColumns: 8, overscanColumns: 16, overscanRows: 4 };

/** Mean level and variance of the noise of a pair of equal frames, from one section: a difference has twice the variance. */
function pair(frames: [Parameters<typeof cut>[0], Parameters<typeof cut>[0]], section: string) {
  const [one, two] = frames.map((frame) => cut(frame, section));
  return {
    mean: (statistics(one).mean + statistics(two).mean) / 2,
    variance: statistics(one.map((adu, i) => adu - two[i])).variance / 2,
  };
}

describe('photon transfer', () => {
  it('gives back gain and read noise of each of four amplifiers', () => {
    const observatory = chip({ widthPix: 1024, heightPix: 1024, amplifiers: FOUR, scan: SCAN });
    const take = (electrons: number, id: string) => read(observatory, even(observatory, electrons), id);
    const frames = (electrons: number) => [take(electrons, `${electrons}a`), take(electrons, `${electrons}b`)] as const;
    const [flats, biases] = [frames(40_000), frames(0)];
    FOUR.forEach((amplifier, k) => {
      const { dataSection, biasSection, name } = flats[0].amplifiers[k];
      expect(name).toBe(amplifier.name);
      const level = (pairs: typeof flats, section: string) => pair([pairs[0].frame, pairs[1].frame], section);
      const flat = level(flats, dataSection);
      const bias = level(biases, dataSection);
      const gain = (flat.mean - level(flats, biasSection!).mean) / (flat.variance - bias.variance);
      // 512 x 512 pixels twice: a variance is known to sqrt(2 / 262144) = 0.28 %, the gain with it.
      expect(Math.abs(gain / amplifier.gainEPerAdu - 1)).toBeLessThan(0.01);
      const readNoise = Math.sqrt(bias.variance - 1 / 12) * gain;
      expect(Math.abs(readNoise / amplifier.readNoiseE - 1)).toBeLessThan(0.01);
      expect(Math.abs(level(biases, biasSection!).mean - amplifier.biasLevelAdu)).toBeLessThan(0.2);
    });
  });

  it('of a straight amplifier is a line, and of a bent one bends as it should', () => {
    const nonLinearity = { quadratic: 0.03, cubic: 0.02 };
    const observatory = chip({ nonLinearity }, ['shotNoise', 'readNoise']);
    for (const e of [0, 1000, 20_000, 50_000, 90_000]) {
      const full = e / 100_000;
      const expected = 1000 + (e * (1 - 0.03 * full - 0.02 * full * full)) / 1.6;
      expect(Math.abs(read(observatory, even(observatory, e), 'x').frame.pixels[5] - expected)).toBeLessThanOrEqual(
        0.51,
      );
      const straight = read(
        { ...observatory, without: ['shotNoise', 'readNoise', 'nonLinearity'] },
        even(observatory, e),
        'x',
      );
      expect(Math.abs(straight.frame.pixels[5] - 1000 - e / 1.6)).toBeLessThanOrEqual(0.5);
    }
  });
});

describe('the frame as read', () => {
  it('has the image in one piece between the scans of all amplifiers', () => {
    const observatory = chip({ amplifiers: FOUR, scan: SCAN }, ['readNoise', 'shotNoise']);
    const light = even(observatory, 0).map((_, i) => 160 * ((i % 256) + Math.floor(i / 256)));
    const { frame, imageOrigin, imageSection, amplifiers } = read(observatory, light, 'x');
    expect([frame.width, frame.height]).toEqual([16 + 256 + 32, 256 + 8]);
    expect(imageOrigin).toEqual({ x: 16, y: 0 });
    expect(imageSection).toBe('[17:272,1:256]');
    expect(amplifiers.map((each) => [each.dataSection, each.biasSection, each.detectorSection])).toEqual([
      ['[17:144,1:128]', '[273:288,1:128]', '[1:128,1:128]'],
      ['[145:272,1:128]', '[289:304,1:128]', '[129:256,1:128]'],
      ['[17:144,129:256]', '[273:288,129:256]', '[1:128,129:256]'],
      ['[145:272,129:256]', '[289:304,129:256]', '[129:256,129:256]'],
    ]);
    FOUR.forEach(({ biasLevelAdu, gainEPerAdu, corner }, k) => {
      const [x, y] = [corner.endsWith('Right') ? 200 : 30, corner.startsWith('upper') ? 170 : 20];
      const expected = biasLevelAdu + (160 * (x + y)) / gainEPerAdu;
      expect(Math.abs(frame.pixels[y * 304 + 16 + x] - expected)).toBeLessThanOrEqual(0.5);
      expect(cut(frame, amplifiers[k].biasSection!).every((adu) => adu === biasLevelAdu)).toBe(true);
    });
    // Prescan, and rows after the last one: nothing but the level.
    expect(cut(frame, '[1:8,1:128]').every((adu) => adu === 1000)).toBe(true);
    expect(cut(frame, '[9:16,129:256]').every((adu) => adu === 1200)).toBe(true);
    expect(cut(frame, '[17:144,257:260]').every((adu) => adu === 1000)).toBe(true);
    expect(cut(frame, '[145:272,261:264]').every((adu) => adu === 1200)).toBe(true);
  });

  it('has the same image pixels with scans and without', () => {
    const observatory = chip({ scan: SCAN });
    const light = even(observatory, 300);
    const scanned = read(observatory, light, 'x');
    expect(cut(scanned.frame, scanned.imageSection)).toEqual(Array.from(read(chip(), light, 'x').frame.pixels));
  });

  it('has read noise of its own in the overscan', () => {
    const { frame, amplifiers } = read(chip({ scan: SCAN }), undefined, 'x');
    const bias = cut(frame, amplifiers[0].biasSection!);
    const { mean, variance, count } = statistics(bias);
    const expected = 36 / 1.6 ** 2 + 1 / 12;
    expect(Math.abs(mean - 1000)).toBeLessThan(4.5 * Math.sqrt(expected / count));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count));
    expect(new Set([bias, cut(frame, '[9:24,1:256]')].map(String)).size).toBe(2);
  });

  it('puts the sky where the scans, the window and the binning move it', () => {
    const wcs = {
      crval1Deg: 10,
      crval2Deg: 20,
      crpix1: 128.5,
      crpix2: 128.5,
      cd11: -1e-3,
      cd12: 0,
      cd21: 0,
      cd22: 1e-3,
    };
    expect(frameWcs(wcs, { imageOrigin: { x: 16, y: 0 } })).toEqual({ ...wcs, crpix1: 144.5 });
    // Pixels 129 and 130 of the chip are pixel 15 of a window that begins behind 100 others, binned by 2.
    const binned = frameWcs(wcs, { imageOrigin: { x: 4, y: 0 }, binning: 2, window: { xPix: 100, yPix: 0 } });
    expect(binned).toMatchObject({ crpix1: 14.5 + 4, crpix2: 64.5, cd11: -2e-3, cd22: 2e-3 });
  });

  it('of a camera with fewer bits ends earlier', () => {
    const observatory = chip({ adcBits: 12, biasLevelAdu: 100 });
    const { frame, saturatedPixels } = read(observatory, even(observatory, 20_000), 'x');
    expect(frame.pixels.every((adu) => adu === 4095)).toBe(true);
    expect(saturatedPixels).toBe(PIXELS);
    expect(saturationAdu(observatory.camera)).toBe(4095);
  });
});

describe('the bias level', () => {
  const biasStructure = { columnPatternAdu: 3, rowGradientAdu: 20, columnGradientAdu: 0, driftAdu: 0 };

  it('has a pattern that is the same in every exposure, and a gradient that the overscan shares', () => {
    const observatory = chip({ biasStructure, scan: SCAN }, ['readNoise']);
    const [a, b] = ['a', 'b'].map((id) => read(observatory, undefined, id));
    expect(a.frame).toEqual(b.frame);
    const columns = cut(a.frame, '[9:264,1:1]');
    expect(Math.abs(Math.sqrt(statistics(columns).variance) / 3 - 1)).toBeLessThan(4.5 / Math.sqrt(512));
    const overscan = cut(a.frame, '[265:265,1:256]');
    expect(overscan[255] - overscan[0]).toBe(20);
    // The columns are the chip's: the scans have no pattern, and change none.
    expect(new Set(cut(a.frame, '[265:280,1:1]')).size).toBe(1);
    const unscanned = read(chip({ biasStructure }, ['readNoise']), undefined, 'a');
    expect(cut(a.frame, a.imageSection)).toEqual(Array.from(unscanned.frame.pixels));
  });

  it('drifts from exposure to exposure, and the overscan with it', () => {
    const driftAdu = 30;
    const observatory = chip(
      { biasStructure: { ...biasStructure, columnPatternAdu: 0, rowGradientAdu: 0, driftAdu }, scan: SCAN },
      ['readNoise'],
    );
    const levels = Array.from({ length: 30 }, (_, i) => {
      const { frame, imageSection, amplifiers } = read(observatory, undefined, `x${i}`);
      const [image, bias] = [imageSection, amplifiers[0].biasSection!].map((section) => new Set(cut(frame, section)));
      expect([image.size, image]).toEqual([1, bias]);
      return [...image][0];
    });
    expect(Math.abs(Math.sqrt(statistics(levels).variance) / driftAdu - 1)).toBeLessThan(4.5 / Math.sqrt(60));
  });
});

describe('crosstalk', () => {
  const matrix = FOUR.map((_, i) => FOUR.map((__, j) => (i === 1 && j === 0 ? 0.0021 : 0)));

  it('makes a ghost in the other amplifier at the mirrored place', () => {
    const observatory = chip({ amplifiers: FOUR, crosstalk: matrix }, ['readNoise', 'shotNoise']);
    const light = even(observatory, 0);
    light[20 * 256 + 30] = 80_000;
    const { pixels } = read(observatory, light, 'x').frame;
    // 80000 / 1.6 counts in A, pixel 30 from its corner; B reads from the right.
    expect(pixels[20 * 256 + 225]).toBe(1100 + 105);
    const lit = Array.from(pixels.keys()).filter((i) => ![1000, 1100, 900, 1200].includes(pixels[i]));
    expect(lit).toEqual([20 * 256 + 30, 20 * 256 + 225]);
    const without = read({ ...observatory, without: ['readNoise', 'shotNoise', 'crosstalk'] }, light, 'x').frame.pixels;
    expect(without[20 * 256 + 225]).toBe(1100);
  });

  it('disturbs from outside of a window as well', () => {
    const observatory = chip({ amplifiers: FOUR, crosstalk: matrix }, ['readNoise', 'shotNoise']);
    const light = even(observatory, 0);
    light[20 * 256 + 30] = 80_000;
    const window = { xPix: 200, yPix: 10, widthPix: 40, heightPix: 20 };
    expect(read(observatory, light, 'x', { window }).frame.pixels[10 * 40 + 25]).toBe(1205);
  });
});

describe('binning', () => {
  it('sums charge and reads it with one read noise', () => {
    const observatory = chip();
    const { frame } = read(observatory, even(observatory, 50), 'x', { binning: 2 });
    expect([frame.width, frame.height]).toEqual([128, 128]);
    const { mean, variance, count } = statistics(frame.pixels);
    const expected = (4 * 50 + 36) / 1.6 ** 2 + 1 / 12;
    expect(Math.abs(mean - 1000 - 200 / 1.6)).toBeLessThan(4.5 * Math.sqrt(expected / count));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count));
  });

  it('gives sections in binned pixels', () => {
    const { amplifiers } = read(chip({ scan: SCAN }), undefined, 'x', { binning: 4 });
    expect(amplifiers[0]).toMatchObject({
      dataSection: '[3:66,1:64]',
      biasSection: '[67:70,1:64]',
      detectorSection: '[1:256,1:256]',
    });
  });

  it('refuses what does not fit', () => {
    expect(() => read(chip(), undefined, 'x', { binning: 3 })).toThrow(/binning 3 does not divide/);
    expect(() => read(chip(), undefined, 'x', { binning: 1.5 })).toThrow(/whole numbers from 1 to 16/);
    const window = { xPix: 200, yPix: 0, widthPix: 100, heightPix: 10 };
    expect(() => read(chip(), undefined, 'x', { window })).toThrow(/must lie on the 256 x 256 pixels/);
  });
});

describe('a window', () => {
  it.each([
    ['one amplifier', realChip(), 1],
    ['four amplifiers', chip({ amplifiers: FOUR, scan: SCAN }), 1],
    ['one amplifier, binned', realChip(), 2],
  ])('shows the same pixels as the whole frame: %s', (_, observatory, binning) => {
    const light = even(observatory, 300);
    const [xPix, yPix, widthPix, heightPix] = [100, 60, 80, 120];
    const whole = read(observatory, light, 'x', { darkTimeS: 30, binning });
    const part = read(observatory, light, 'x', { darkTimeS: 30, binning, window: { xPix, yPix, widthPix, heightPix } });
    const left = whole.imageOrigin.x + xPix / binning;
    const section = `[${left + 1}:${left + widthPix / binning},${yPix / binning + 1}:${(yPix + heightPix) / binning}]`;
    expect(cut(part.frame, part.imageSection)).toEqual(cut(whole.frame, section));
    // The scans are those of the same rows.
    const rows = (section: string) => section.replace(/,.*/, `,${yPix / binning + 1}:${(yPix + heightPix) / binning}]`);
    if (observatory.camera.amplifiers === undefined) {
      expect(cut(part.frame, part.amplifiers[0].biasSection!)).toEqual(
        cut(whole.frame, rows(whole.amplifiers[0].biasSection!)),
      );
    }
    expect(part.amplifiers[0].detectorSection).toBe(
      observatory.camera.amplifiers ? '[101:128,61:128]' : '[101:180,61:180]',
    );
  });
});

describe('an effect that is off', () => {
  const light = even(realChip(), 2000);
  light[5000] = 3e6;
  it.each([
    ['biasStructure', ['biasStructure']],
    ['cosmicRays', ['cosmicRays']],
    ['hotPixels', ['hotPixels']],
    ['bleeding', ['bleeding']],
    ['nonLinearity', ['nonLinearity']],
  ] as const)('leaves no trace: %s', (section, without) => {
    const off = realChip([...without]);
    const absent = { ...realChip(), camera: { ...realChip().camera, [section]: undefined } };
    const [a, b, on] = [off, absent, realChip()].map((each) => read(each, light, 'x', { darkTimeS: 600 }).frame);
    expect(a).toEqual(b);
    expect(a.pixels).not.toEqual(on.pixels);
  });

  it('does not change the draws of the others', () => {
    const on = read(realChip(), light, 'x', { darkTimeS: 600 });
    const off = read(realChip(['cosmicRays']), light, 'x', { darkTimeS: 600 });
    const changed = on.frame.pixels.filter((adu, i) => adu !== off.frame.pixels[i]).length;
    expect(on.truth.cosmicRays.length).toBeGreaterThan(0);
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(20 * on.truth.cosmicRays.length);
  });
});
