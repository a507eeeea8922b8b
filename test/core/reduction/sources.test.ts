import { describe, expect, it } from 'vitest';
import { findBackground } from '../../../core/reduction/background.ts';
import { backgroundBetweenSources, findSources, SOURCE_FLAGS, starShape } from '../../../core/reduction/sources.ts';
import { noisyPlanes, scatteredStars, stream } from './frames.ts';

const size = { widthPix: 512, heightPix: 512 };
const [skyE, readNoiseE] = [200, 6];

describe('the sky', () => {
  it('is told to a thirtieth of its noise, and its noise to 3 %, among stars', () => {
    const chance = stream('sky');
    const stars = scatteredStars({ ...size, count: 300, apartPix: 10, fluxE: [300, 200_000], fwhmPix: 3 }, chance);
    const planes = noisyPlanes({ ...size, skyE, readNoiseE, stars }, chance);
    const { level, noise } = backgroundBetweenSources(planes, 5);
    const sigma = Math.sqrt(skyE + readNoiseE ** 2);
    expect(Math.abs(level - skyE)).toBeLessThan(sigma / 30);
    // Clipping at 3 sigma takes 1.3 % off the deviation of a Gaussian.
    expect(noise / sigma).toBeGreaterThan(0.97);
    expect(noise / sigma).toBeLessThan(1.01);
  });

  it('follows a slope to the edges', () => {
    const planes = noisyPlanes({ ...size, skyE: 0, readNoiseE: 3 }, stream('slope'));
    planes.data.forEach((value, i) => {
      planes.data[i] = value + 100 + 0.05 * (i % 512) + 0.025 * Math.floor(i / 512);
    });
    const background = findBackground(planes, planes.dq);
    const signal = findSources(planes, background, 5);
    expect(signal.sources).toEqual([]);
    expect(background.level).toBeCloseTo(100 + 0.05 * 255.5 + 0.025 * 255.5, 0);
  });
});

describe('sources', () => {
  for (const fwhmPix of [1.5, 2.5, 4]) {
    it(`have the places, fluxes and widths of stars of ${fwhmPix} pixels`, () => {
      const chance = stream(`stars ${fwhmPix}`);
      const stars = scatteredStars({ ...size, count: 150, apartPix: 30, fluxE: [2000, 200_000], fwhmPix }, chance);
      const planes = noisyPlanes({ ...size, skyE, readNoiseE, stars }, chance);
      const { sources, aperture } = findSources(planes, backgroundBetweenSources(planes, 5), 5);
      const pairs = stars.map((star) => {
        const near = sources.filter(({ xPix, yPix }) => Math.hypot(xPix - star.xPix, yPix - star.yPix) < 3);
        expect(near).toHaveLength(1);
        return { star, source: near[0] };
      });
      // One false one by chance is allowed: 262144 pixels at 5 sigma.
      expect(sources.length).toBeLessThanOrEqual(stars.length + 1);
      const bright = pairs.filter(({ star }) => star.fluxE > 20_000);
      expect(bright.length).toBeGreaterThan(50);
      for (const { star, source } of bright) {
        expect(Math.hypot(source.xPix - star.xPix, source.yPix - star.yPix)).toBeLessThan(0.05);
      }
      const chi2 = pairs.reduce(
        (sum, { star, source }) => sum + ((source.fluxE - star.fluxE) / source.fluxErrorE) ** 2,
        0,
      );
      // Of 150 stars to sqrt(2 / 150) = 0.12; sky and correction of the aperture, which all share, add a little.
      expect(chi2 / pairs.length).toBeGreaterThan(0.65);
      expect(chi2 / pairs.length).toBeLessThan(1.6);
      // A Gaussian has 2^-16 of its light beyond 2 FWHM; under 1.5 pixels the aperture of 3 pixels is as wide.
      expect(aperture.correction).toBeGreaterThan(0.995);
      expect(aperture.correction).toBeLessThan(1.005);
      const shape = starShape(sources);
      expect(Math.abs((shape?.fwhmPix ?? 0) / fwhmPix - 1)).toBeLessThan(0.03);
      expect(shape?.ellipticity).toBeLessThan(0.05);
    });
  }

  it('have the ellipticity and angle of stars that are drawn out', () => {
    const chance = stream('ellipses');
    const stars = scatteredStars({ ...size, count: 60, apartPix: 40, fluxE: [50_000, 100_000], fwhmPix: 4 }, chance);
    const drawn = stars.map((star) => ({ ...star, axisRatio: 1.5, angleDeg: 30 }));
    const planes = noisyPlanes({ ...size, skyE, readNoiseE, stars: drawn }, chance);
    const { sources } = findSources(planes, findBackground(planes, planes.dq), 5);
    // Pixels make round: moments of 1/12 square pixel are added to those of 4.3 and 1.9.
    expect(starShape(sources)?.ellipticity).toBeCloseTo(1 - 1 / 1.5, 1);
    const angles = sources.slice(0, 30).map(({ positionAngleDeg }) => positionAngleDeg);
    for (const angle of angles) expect(Math.abs(angle - 30)).toBeLessThan(4);
  });

  it('that touch are parted and flagged; so are those at the edge, saturated, hit and masked ones', () => {
    const stars = [
      { xPix: 100, yPix: 100, fluxE: 30_000, fwhmPix: 3 },
      { xPix: 106, yPix: 100, fluxE: 20_000, fwhmPix: 3 },
      { xPix: 1, yPix: 300, fluxE: 30_000, fwhmPix: 3 },
      { xPix: 200, yPix: 200, fluxE: 30_000, fwhmPix: 3 },
      { xPix: 300, yPix: 300, fluxE: 30_000, fwhmPix: 3 },
      { xPix: 400, yPix: 400, fluxE: 30_000, fwhmPix: 3 },
      { xPix: 400, yPix: 100, fluxE: 30_000, fwhmPix: 3 },
    ];
    const planes = noisyPlanes({ ...size, skyE, readNoiseE, stars }, stream('flags'));
    planes.dq[200 * 512 + 200] = 4;
    planes.dq[301 * 512 + 300] = 8;
    planes.dq[400 * 512 + 401] = 2;
    planes.data[400 * 512 + 401] = 60_000;
    const { sources } = findSources(planes, findBackground(planes, planes.dq), 5);
    const flagsAt = (star: { xPix: number; yPix: number }) =>
      sources.find(({ xPix, yPix }) => Math.hypot(xPix - star.xPix, yPix - star.yPix) < 1)?.flags;
    const { BLENDED, EDGE, SATURATED, COSMIC_RAY, MASKED } = SOURCE_FLAGS;
    expect(stars.map(flagsAt)).toEqual([BLENDED, BLENDED, EDGE, SATURATED, COSMIC_RAY, MASKED, 0]);
  });
});
