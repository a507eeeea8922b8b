import { describe, expect, it } from 'vitest';
import { DQ } from '../../../core/calibration/planes.ts';
import { removeCosmicRays } from '../../../core/reduction/cosmic-rays.ts';
import { noisyPlanes, scatteredStars, stream } from './frames.ts';

const parameters = { sigma: 4.5, neighbourSigma: 0.3, objectContrast: 5, iterations: 4 };
const size = { widthPix: 512, heightPix: 512 };
const [skyE, readNoiseE] = [200, 6];

describe('cosmic rays', () => {
  for (const fwhmPix of [1.4, 2.5, 4]) {
    it(`are found, and stars of ${fwhmPix} pixels spared`, () => {
      const chance = stream(`rays ${fwhmPix}`);
      const stars = scatteredStars({ ...size, count: 400, apartPix: 12, fluxE: [500, 100_000], fwhmPix }, chance);
      const planes = noisyPlanes({ ...size, skyE, readNoiseE, stars }, chance);
      const clean = planes.data.slice();
      const hits = new Set<number>();
      const rays: number[][] = [];
      // Single pixels and tracks of three, 40 sigma of the sky each pixel, away from the stars.
      while (rays.length < 150) {
        const [x, y] = [5 + Math.floor(502 * chance.uniform()), 5 + Math.floor(502 * chance.uniform())];
        if (stars.some((star) => Math.hypot(star.xPix - x, star.yPix - y) < 10)) continue;
        const places = rays.length % 2 ? [0, 1, 2].map((k) => (y + k) * 512 + x + k) : [y * 512 + x];
        if (places.some((place) => hits.has(place))) continue;
        for (const place of places) {
          planes.data[place] += 600;
          planes.uncertainty[place] = Math.sqrt(planes.data[place] + readNoiseE ** 2);
          hits.add(place);
        }
        rays.push(places);
      }
      const before = structuredClone(planes);
      const result = removeCosmicRays(planes, parameters);
      expect(planes).toEqual(before);
      const flagged = (place: number) => (result.planes.dq[place] & DQ.COSMIC_RAY) !== 0;
      const found = rays.flat().filter(flagged).length;
      expect(found / rays.flat().length).toBeGreaterThan(0.99);
      const onStars = stars.filter(({ xPix, yPix }) => flagged(Math.round(yPix) * 512 + Math.round(xPix)));
      expect(onStars.length / stars.length).toBeLessThanOrEqual(0.01);
      // Beside the rays' own neighbours, which 0.3 of 4.5 sigma lets in, next to nothing.
      const nearRay = (place: number) =>
        rays
          .flat()
          .some(
            (hit) =>
              Math.abs((hit % 512) - (place % 512)) <= 2 &&
              Math.abs(Math.floor(hit / 512) - Math.floor(place / 512)) <= 2,
          );
      let strangers = 0;
      let squares = 0;
      let changed = 0;
      for (let place = 0; place < clean.length; place++) {
        if (flagged(place) && !nearRay(place)) strangers++;
        if (flagged(place) && hits.has(place)) squares += (result.planes.data[place] - clean[place]) ** 2;
        if (!flagged(place) && result.planes.data[place] !== planes.data[place]) changed++;
      }
      expect(changed).toBe(0);
      expect(strangers).toBeLessThan(25);
      // What stands there instead differs from what was there by the noise of a pixel and of the median of some twenty.
      expect(Math.sqrt(squares / found)).toBeLessThan(1.3 * Math.sqrt(skyE + readNoiseE ** 2));
    });
  }

  it('leave saturated and worthless pixels as they are', () => {
    const planes = noisyPlanes({ ...size, skyE, readNoiseE }, stream('spared'));
    for (const [place, flag] of [
      [512 * 100 + 100, DQ.SATURATED],
      [512 * 200 + 200, DQ.HOT_PIXEL],
      [512 * 300 + 300, DQ.BAD_PIXEL],
    ]) {
      planes.data[place] += 5000;
      planes.dq[place] = flag;
    }
    const { planes: cleaned, hitPixels } = removeCosmicRays(planes, parameters);
    expect(cleaned.data[512 * 100 + 100]).toBe(planes.data[512 * 100 + 100]);
    expect(cleaned.dq[512 * 200 + 200]).toBe(DQ.HOT_PIXEL);
    expect(cleaned.dq[512 * 300 + 300]).toBe(DQ.BAD_PIXEL);
    // Of 262144 pixels of noise.
    expect(hitPixels).toBeLessThan(10);
  });
});
