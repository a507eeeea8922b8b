import { describe, expect, it } from 'vitest';
import { bleed } from '../../../../core/twin/detector/bleeding.ts';
import { addCosmicRays, chargeOnPath } from '../../../../core/twin/detector/cosmic-rays.ts';
import { darkCurrentFactor, detectorTemperatureC } from '../../../../core/twin/detector/dark-current.ts';
import { hotPixelsOf } from '../../../../core/twin/detector/hot-pixels.ts';
import { chip, even, read, statistics } from './helpers.ts';

const PIXELS = 256 * 256;
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const RAYS = { ratePerCm2PerMin: 3, siliconThicknessUm: 40, diffusionUm: 0 };

describe('dark current', () => {
  it.each([
    // Janesick 2001, figure 7.1's law worked out by hand: Eg(0 C) = 1.11777 eV, Eg(20 C) = 1.11262 eV; ratio 6.2184.
    [20, 0, 6.2184],
    // The usual rule for cooled chips: a factor of two every 5 to 7 degrees.
    [-20, -26.1, 2],
    [-40, -45.2, 2],
  ])('at %d C is more than at %d C by a factor of %d', (at, reference, factor) => {
    expect(Math.abs(darkCurrentFactor(at, reference) / factor - 1)).toBeLessThan(0.02);
  });

  it('grows with time and temperature, with its shot noise', () => {
    const temperature = { setC: -50, regulationC: 0, referenceC: -60 };
    const warm = chip({ darkCurrentEPerS: 0.5, temperature });
    const { frame, truth } = read(warm, undefined, 'dark', { darkTimeS: 300 });
    const expectedE = 150 * darkCurrentFactor(-50, -60);
    const { mean, variance } = statistics(frame.pixels);
    expect(truth.detectorTemperatureC).toBe(-50);
    expect(truth.darkE).toBeCloseTo(expectedE, 9);
    const expected = (expectedE + 36) / 1.6 ** 2 + 1 / 12;
    expect(Math.abs(mean - 1000 - expectedE / 1.6)).toBeLessThan(4.5 * Math.sqrt(expected / PIXELS));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4.5 * Math.sqrt(2 / PIXELS));
  });

  it('follows a cooler that is as exact as it says', () => {
    const observatory = chip({ temperature: { setC: -60, regulationC: 0.3, referenceC: -60 } });
    const errors = Array.from({ length: 1000 }, (_, i) => detectorTemperatureC(observatory, 7, `x${i}`)! + 60);
    const { mean, variance } = statistics(errors);
    expect(Math.abs(mean)).toBeLessThan(4.5 * 0.3 * Math.sqrt(1 / 1000));
    expect(Math.abs(Math.sqrt(variance) / 0.3 - 1)).toBeLessThan(4.5 / Math.sqrt(2000));
    expect(detectorTemperatureC(chip(), 7, 'x')).toBeUndefined();
  });
});

describe('hot pixels', () => {
  const hotPixels = { share: 0.01, medianRateEPerS: 2, spread: 1 };

  it('are as many and as hot as they should be', () => {
    const { pixels, ratesEPerS } = hotPixelsOf(chip({ hotPixels }).camera);
    // 655 draws on 65536 pixels: about three fall on another one.
    expect(pixels.length).toBeGreaterThan(640);
    expect(pixels.length).toBeLessThanOrEqual(655);
    const { mean, variance } = statistics(Array.from(ratesEPerS, Math.log));
    expect(Math.abs(mean - Math.log(2))).toBeLessThan(4.5 / Math.sqrt(650));
    expect(Math.abs(variance - 1)).toBeLessThan(4.5 * Math.sqrt(2 / 650));
  });

  it('are the same in every night, and twice as bright in twice the time', () => {
    const observatory = chip({ hotPixels: { ...hotPixels, spread: 0, medianRateEPerS: 50 } }, [
      'readNoise',
      'shotNoise',
    ]);
    const short = read(observatory, undefined, 'a', { darkTimeS: 60 }).frame.pixels;
    const long = read(observatory, undefined, 'b', { darkTimeS: 120, seed: 8 }).frame.pixels;
    const { pixels, ratesEPerS } = hotPixelsOf(observatory.camera);
    pixels.forEach((pixel, k) => {
      expect(short[pixel]).toBe(Math.floor(1000.5 + (60 * ratesEPerS[k]) / 1.6));
      expect(long[pixel]).toBe(Math.floor(1000.5 + (120 * ratesEPerS[k]) / 1.6));
    });
    expect(short.filter((adu) => adu > 1000).length).toBe(pixels.length);
  });
});

describe('cosmic rays', () => {
  const many = () => {
    const { camera } = chip({ cosmicRays: RAYS });
    return addCosmicRays(camera, new Float32Array(PIXELS), 60_000, 7, 'rays').rays;
  };

  it('come at the rate that is given', () => {
    // (256 * 13.5 um)^2 = 0.1194 cm2; 3 per cm2 and minute in 1000 minutes.
    const expected = 3 * (256 * 13.5e-4) ** 2 * 1000;
    expect(Math.abs(many().length - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
  });

  it('leave tracks whose lengths follow from a cos^2 law of directions', () => {
    // Through a level plate of thickness h the share of tracks longer than l is (1 + (l / h)^2)^-2.
    const lengths = many().map((ray) => (ray.lengthPix * 13.5) / 40);
    for (const length of [0.25, 0.5, 1, 2]) {
      const share = lengths.filter((each) => each > length).length / lengths.length;
      const expected = (1 + length * length) ** -2;
      expect(Math.abs(share - expected)).toBeLessThan(4.5 * Math.sqrt((expected * (1 - expected)) / lengths.length));
    }
  });

  it('leave the charge of a fast muon', () => {
    // Bichsel 1988 and PDG figure 34.8: the most probable loss in 300 um of silicon is about 84 keV, or 23 000 electrons.
    expect(chargeOnPath(300).mostProbableE).toBeCloseTo(84_000 / 3.65, -3);
    // About 60 electrons per um in thin chips, 77 in thick ones.
    expect(chargeOnPath(16).mostProbableE / 16).toBeCloseTo(62.6, 0);
    // The median of Moyal's distribution lies 0.7876 widths above its most probable value.
    const above = many().filter((ray) => {
      const pathUm = Math.hypot(40, ray.lengthPix * 13.5);
      const { mostProbableE, widthE } = chargeOnPath(pathUm);
      return ray.chargeE > mostProbableE + 0.7876 * widthE;
    });
    const count = many().length;
    expect(Math.abs(above.length / count - 0.5)).toBeLessThan(4.5 * Math.sqrt(0.25 / count));
  });

  it('put all of their charge on the chip but for what falls beside it', () => {
    const { camera } = chip({ cosmicRays: RAYS });
    const charge = new Float32Array(PIXELS);
    const { rays } = addCosmicRays(camera, charge, 60_000, 7, 'rays');
    const inside = rays.filter(({ xPix, yPix, lengthPix }) =>
      [xPix, yPix].every((at) => at - lengthPix > 0 && at + lengthPix < 255),
    );
    const total = sum(rays.map((ray) => ray.chargeE));
    expect(sum(charge)).toBeLessThanOrEqual(total);
    expect(sum(charge)).toBeGreaterThan(sum(inside.map((ray) => Math.floor(ray.chargeE))));
    expect(inside.length / rays.length).toBeGreaterThan(0.9);
  });

  it('hit bias frames as well, while these are read', () => {
    const observatory = chip({ cosmicRays: { ...RAYS, ratePerCm2PerMin: 100 }, readoutS: 600 });
    // Half of the readout: 5 minutes.
    const expected = 100 * (256 * 13.5e-4) ** 2 * 5;
    const { truth } = read(observatory, undefined, 'bias');
    expect(Math.abs(truth.cosmicRays.length - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
  });
});

describe('full wells', () => {
  it('spill along the column and lose nothing inside of the chip', () => {
    const [width, height] = [3, 101];
    const charge = new Float32Array(width * height).fill(100);
    charge[50 * width + 1] = 21_000;
    const rows = { first: 50, last: 50 };
    bleed(charge, width, height, new Map([[1, rows]]), 1000, 0.5);
    const column = Array.from({ length: height }, (_, y) => charge[y * width + 1]);
    expect(sum(column)).toBe(21_000 + 100 * 100);
    // 20 000 too many, 10 000 each way, and each neighbour has room for 900: eleven full ones and a rest of 100.
    expect(column.slice(38, 63)).toEqual(
      [200, ...Array(23).fill(1000), 200].map((each, i) => (i === 0 || i === 24 ? 200 : each)),
    );
    expect(column[37]).toBe(100);
    expect(rows.first).toBeLessThanOrEqual(39);
    expect(rows.last).toBeGreaterThanOrEqual(61);
    expect(charge.filter((_, i) => i % width !== 1).every((each) => each === 100)).toBe(true);
  });

  it('drain at the edge', () => {
    const charge = new Float32Array(20).fill(0);
    charge[2] = 100_000;
    bleed(charge, 1, 20, new Map([[0, { first: 2, last: 2 }]]), 1000, 0.5);
    expect(Array.from(charge)).toEqual(Array(20).fill(1000));
  });

  it('make a trail of a saturated star as long as its charge asks', () => {
    const observatory = chip({ bleeding: { upShare: 0.5 }, fullWellE: 10_000 }, ['readNoise', 'shotNoise']);
    const light = even(observatory, 0);
    light[128 * 256 + 60] = 210_000;
    const { frame, saturatedPixels } = read(observatory, light, 'star');
    expect(saturatedPixels).toBe(21);
    const lit = Array.from(frame.pixels.keys()).filter((i) => frame.pixels[i] > 1000);
    expect(lit).toEqual(Array.from({ length: 21 }, (_, k) => (118 + k) * 256 + 60));
    const clipped = read({ ...observatory, without: ['readNoise', 'shotNoise', 'bleeding'] }, light, 'star');
    expect(clipped.saturatedPixels).toBe(1);
    const unlimited = read({ ...observatory, without: ['readNoise', 'shotNoise', 'fullWell'] }, light, 'star');
    expect(unlimited.frame.pixels[128 * 256 + 60]).toBe(65_535);
  });
});
