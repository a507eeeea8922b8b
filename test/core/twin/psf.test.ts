import { describe, expect, it } from 'vitest';
import {
  addPointSource,
  cutRadiusPix,
  encircledShare,
  gaussLegendre,
  type LightImage,
  pixelShare,
  psfOf,
} from '../../../core/twin/psf.ts';

const image = (side: number): LightImage => ({ width: side, height: side, electrons: new Float32Array(side * side) });
const total = ({ electrons }: LightImage) => electrons.reduce((sum, value) => sum + value, 0);

/** Moffat profile of whole light 1, straight from its definition. */
function moffat(r: number, fwhm: number, beta = 3.5): number {
  const alpha = fwhm / (2 * Math.sqrt(2 ** (1 / beta) - 1));
  return ((beta - 1) / (Math.PI * alpha * alpha)) * (1 + (r / alpha) ** 2) ** -beta;
}

describe('the point spread function', () => {
  it('falls to half its height at half its FWHM', () => {
    const { alphaPix } = psfOf(2);
    const height = (r: number) => (1 + (r / alphaPix) ** 2) ** -3.5;
    expect(height(1)).toBeCloseTo(0.5, 12);
  });

  it('has the encircled light of its profile', () => {
    for (const radius of [0.5, 1, 3, 10]) {
      let sum = 0;
      const steps = 20_000;
      for (let i = 0; i < steps; i++) {
        const r = ((i + 0.5) / steps) * radius;
        sum += moffat(r, 2.3) * 2 * Math.PI * r * (radius / steps);
      }
      expect(encircledShare(psfOf(2.3), radius)).toBeCloseTo(sum, 7);
    }
  });

  it.each([0.8, 1.27, 2.5, 5])('of %d pixels FWHM is integrated over each pixel', (fwhm) => {
    const psf = psfOf(fwhm);
    for (const [dx, dy] of [
      [0, 0],
      [0.5, 0.3],
      [1.2, -0.7],
      [-2.9, 2.1],
    ]) {
      const fine = 200;
      let sum = 0;
      for (let j = 0; j < fine; j++) {
        for (let i = 0; i < fine; i++) {
          sum += moffat(Math.hypot(dx + (i + 0.5) / fine - 0.5, dy + (j + 0.5) / fine - 0.5), fwhm);
        }
      }
      expect(Math.abs(pixelShare(psf, dx, dy) / (sum / fine ** 2) - 1)).toBeLessThan(2e-4);
    }
  });

  it.each([
    [0.9, 1e3],
    [1.27, 1e3],
    [1.27, 1e9],
    [4, 1e5],
  ])('of %d pixels FWHM keeps %d electrons, wherever in a pixel the star stands', (fwhm, fluxE) => {
    for (const [x, y] of [
      [100, 100],
      [100.5, 100.5],
      [99.73, 100.21],
    ]) {
      const out = image(201);
      expect(addPointSource(out, psfOf(fwhm), x, y, fluxE)).toBe(true);
      expect(Math.abs(total(out) / fluxE - 1)).toBeLessThan(5e-4);
    }
  });

  it('has its centroid at the star', () => {
    const out = image(41);
    addPointSource(out, psfOf(1.27), 20.3, 19.6, 1e5);
    let [sumX, sumY] = [0, 0];
    for (let i = 0; i < out.electrons.length; i++) {
      sumX += out.electrons[i] * (i % 41);
      sumY += out.electrons[i] * Math.floor(i / 41);
    }
    expect(sumX / total(out)).toBeCloseTo(20.3, 2);
    expect(sumY / total(out)).toBeCloseTo(19.6, 2);
  });

  it('reaches farther for brighter stars, and out to 0.02 electrons a pixel', () => {
    const psf = psfOf(1.27);
    expect(cutRadiusPix(psf, 1e8)).toBeGreaterThan(2 * cutRadiusPix(psf, 1e5));
    expect(1e8 * moffat(cutRadiusPix(psf, 1e8), 1.27)).toBeCloseTo(0.02, 6);
    expect(1 - encircledShare(psf, cutRadiusPix(psf, 10))).toBeCloseTo(1e-4, 9);
  });

  it('of a star at the edge leaves half of its light in the image, of one outside none', () => {
    const out = image(64);
    expect(addPointSource(out, psfOf(2), -0.5, 31, 1000)).toBe(true);
    expect(total(out)).toBeCloseTo(500, 0);
    expect(addPointSource(out, psfOf(2), -40, 31, 1000)).toBe(false);
  });

  it('covers as many pixels of noise as the effective width says, within 3 %', () => {
    // Noise-equivalent area of a Gaussian: 4 pi sigma^2 = 2.266 FWHM^2; the effective width is (FWHM - 0.052) / 0.822, for large ones.
    const psf = psfOf(16);
    let sumOfSquares = 0;
    for (let y = -80; y <= 80; y++) {
      for (let x = -80; x <= 80; x++) sumOfSquares += pixelShare(psf, x, y) ** 2;
    }
    expect(Math.abs(1 / sumOfSquares / (2.266 * (16 / 0.822) ** 2) - 1)).toBeLessThan(0.03);
  });
});

describe('Gauss-Legendre quadrature', () => {
  it('has the points and weights of Abramowitz & Stegun, table 25.4', () => {
    const { places, weights } = gaussLegendre(4);
    expect(places.map((x) => 2 * x)).toEqual([
      expect.closeTo(0.861136311594053, 14),
      expect.closeTo(0.339981043584856, 14),
      expect.closeTo(-0.339981043584856, 14),
      expect.closeTo(-0.861136311594053, 14),
    ]);
    expect(weights.map((w) => 2 * w)).toEqual([
      expect.closeTo(0.347854845137454, 14),
      expect.closeTo(0.652145154862546, 14),
      expect.closeTo(0.652145154862546, 14),
      expect.closeTo(0.347854845137454, 14),
    ]);
  });
});
