import { describe, expect, it } from 'vitest';
import { separationDeg } from '../../../core/sky/angles.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { planetsAt } from '../../../core/sky/planets.ts';
import type { StarCatalogue } from '../../../core/sky/stars.ts';
import { moonAt } from '../../../core/sky/sun-moon.ts';
import { addAureole, aureoleOnChip } from '../../../core/twin/aureole.ts';
import { faintestStarE } from '../../../core/twin/faint-stars.ts';
import type { Light, TruthEntry } from '../../../core/twin/light.ts';
import { addMoon, meanOverDisc } from '../../../core/twin/moon.ts';
import { addPlanets } from '../../../core/twin/planets.ts';
import { projectionOf } from '../../../core/twin/projection.ts';
import { psfOf } from '../../../core/twin/psf.ts';
import { type Exposure, expectedLight, renderFrame } from '../../../core/twin/render.ts';
import { addStars } from '../../../core/twin/stars.ts';
import { addStreak, addTrails } from '../../../core/twin/trails.ts';
import { smallObservatory } from './observatory.ts';

const SIDE = 301;
const observatory = smallObservatory({ camera: { widthPix: SIDE, heightPix: SIDE } });
const { site } = observatory;
const MIDDLE = (SIDE - 1) / 2;
const SCALE_ARCSEC = (206264.80625 * 13.5e-6) / 1.54;
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** An empty frame about a place; `fluxE` electrons from a source of magnitude 0. */
function lightOn(
  pointing: { raDeg: number; decDeg: number },
  utcMs: number,
  fluxE: number,
  changes: Partial<Light> = {},
) {
  const instant = skyAt(utcMs, site);
  const projection = projectionOf({ observatory, pointing, instant, filter: observatory.filters[2] });
  const light: Light = {
    image: { width: SIDE, height: SIDE, electrons: new Float32Array(SIDE * SIDE) },
    projection,
    psf: psfOf(1.5),
    filter: observatory.filters[2],
    electronsOf: (mag) => fluxE * 10 ** (-0.4 * mag),
    ...changes,
  };
  return { light, instant };
}

const noGalaxies = { count: 0, cone: () => [] };
const midMs = Date.UTC(2026, 10, 10, 23, 30);
const pointing = skyAt(midMs, site).icrs(60, 140);
const exposure = (changes: Partial<Exposure> = {}): Exposure => ({
  observatory,
  filter: 'r',
  imageType: 'object',
  exposureTimeS: 60,
  pointing,
  domeOpen: true,
  midMs,
  conditions: { sunAltitudeDeg: -50, cloudExtinctionMag: 0, seeingZenith500Arcsec: 0.76 },
  seed: 42,
  exposureId: 'x1',
  sky: { stars: [], galaxies: noGalaxies },
  ...changes,
});

describe('planets in the field', () => {
  const saturnAt = Date.UTC(2026, 10, 10, 23, 30);

  it('have the light of their magnitude, on a disc of their diameter', () => {
    const saturn = planetsAt(skyAt(saturnAt, site)).find(({ name }) => name === 'Saturn')!;
    const truth: TruthEntry[] = [];
    const { light, instant } = lightOn(saturn, saturnAt, 1e6, { truth: (entry) => truth.push(entry) });
    expect(addPlanets(light, instant)).toBe(1);
    // r = V - 0.42 (B-V) + 0.11, B-V 1.09.
    const mag = saturn.vMag - 0.42 * 1.09 + 0.11;
    expect(truth).toMatchObject([{ kind: 'planet', id: 'Saturn' }]);
    expect(truth[0].mag).toBeCloseTo(mag, 6);
    expect(sum(light.image.electrons) / (1e6 * 10 ** (-0.4 * mag))).toBeCloseTo(1, 2);
    // A uniform disc of radius R has a mean square radius of R^2 / 2; so much more than the blur that it shows.
    const radiusPix = saturn.diameterArcsec / 2 / SCALE_ARCSEC;
    const level = light.image.electrons[Math.round(truth[0].y) * SIDE + Math.round(truth[0].x)];
    expect(level / (sum(light.image.electrons) / (Math.PI * radiusPix ** 2))).toBeCloseTo(1, 0);
    expect(level * Math.PI * radiusPix ** 2).toBeGreaterThan(0.8 * sum(light.image.electrons));
  });

  it('are in the frame, and not when they are off', () => {
    const saturn = planetsAt(skyAt(saturnAt, site)).find(({ name }) => name === 'Saturn')!;
    const place = { raDeg: saturn.raDeg, decDeg: saturn.decDeg };
    const one = exposure({ pointing: place, exposureTimeS: 0.1 });
    const off = { ...observatory, without: ['planets' as const] };
    expect(expectedLight(one).sky!.planetsRendered).toBe(1);
    expect(expectedLight({ ...one, observatory: off }).sky!.planetsRendered).toBe(0);
  });
});

describe('the Moon', () => {
  // Half lit on 2026-11-17 11:48 UTC (first quarter).
  const quarterMs = Date.UTC(2026, 10, 17, 20, 30);

  it('in the field is a disc of its size, lit from the side of the Sun', () => {
    const wide = smallObservatory({ camera: { widthPix: SIDE, heightPix: SIDE, pixelSizeUm: 80 } });
    const instant = skyAt(quarterMs, site);
    const moon = moonAt(instant);
    const projection = projectionOf({ observatory: wide, pointing: moon, instant, filter: wide.filters[2] });
    const { light } = lightOn(moon, quarterMs, 1);
    light.projection = projection;
    expect(addMoon(light, instant)).toBe(true);
    const radiusPix = (Math.asin(1737.4 / moon.distanceKm) * 180) / Math.PI / projection.scaleDegPerPix;
    const lit = light.image.electrons.filter((each) => each > 0).length;
    expect(Math.abs(lit / (Math.PI * radiusPix ** 2 * moon.illuminatedFraction) - 1)).toBeLessThan(0.03);
    // V = -12.73 + 0.026 a + 4e-9 a^4 (Allen), and the Moon's r - V of -0.27.
    const mag = -12.73 + 0.026 * moon.phaseAngleDeg + 4e-9 * moon.phaseAngleDeg ** 4 - 0.27;
    expect(Math.abs(sum(light.image.electrons) / 10 ** (-0.4 * mag) - 1)).toBeLessThan(0.03);
    // The waxing Moon is lit on the west, which is right: north is up and east is left.
    const x = light.image.electrons.reduce((total, e, i) => total + (e > 0 ? (i % SIDE) - MIDDLE : 0), 0) / lit;
    expect(x).toBeGreaterThan(0.2 * radiusPix);
  });

  it('near the field adds glare that falls with its distance, and none without an aureole or far away', () => {
    const moon = moonAt(skyAt(quarterMs, site));
    const aureole = { lightShare: 0.04, innerRadiusArcsec: 20, outerRadiusDeg: 5 };
    const glareAt = (southDeg: number, given?: Light['aureole']) => {
      const { light, instant } = lightOn({ raDeg: moon.raDeg, decDeg: moon.decDeg - southDeg }, quarterMs, 1e9, {
        aureole: given,
      });
      expect(addMoon(light, instant)).toBe(false);
      return light.image.electrons[MIDDLE * SIDE + MIDDLE];
    };
    expect(glareAt(1.5)).toBe(0);
    expect(glareAt(8, aureole)).toBe(0);
    const [near, far] = [glareAt(1.5, aureole), glareAt(3, aureole)];
    // Inverse squares of distance, less that at the outer radius, 5 degrees.
    const expected = (1 / 1.5 ** 2 - 1 / 25) / (1 / 9 - 1 / 25);
    expect(Math.abs(near / far / expected - 1)).toBeLessThan(0.04);
  });

  it('has as aureole the mean of those of its parts', () => {
    // Sums over the disc by hand, radius 10, at distances inside and outside.
    for (const [distance, inner2] of [
      [0, 4],
      [7, 4],
      [25, 4],
      [300, 1],
    ]) {
      let total = 0;
      let points = 0;
      for (let v = -9.975; v < 10; v += 0.05) {
        for (let u = -9.975; u < 10; u += 0.05) {
          if (u * u + v * v > 100) continue;
          total += 1 / ((distance - u) ** 2 + v * v + inner2);
          points++;
        }
      }
      expect(Math.abs(meanOverDisc(distance * distance, 10, inner2) / (total / points) - 1)).toBeLessThan(2e-3);
    }
  });
});

describe('the aureole', () => {
  const aureole = { lightShare: 0.05, innerRadiusArcsec: 15, outerRadiusDeg: 2 };

  it("is King's: 16 mag per square arcsec at an arcminute from a star of magnitude 0", () => {
    const { perPix, inner2 } = aureoleOnChip(aureole, 1 / 3600);
    const share = perPix / (60 ** 2 + inner2);
    // King 1971, PASP 83, 199, figure 1, read to 0.5 mag.
    expect(Math.abs(-2.5 * Math.log10(share) - 16)).toBeLessThan(0.5);
  });

  it('holds its share of the light, and falls with the inverse square', () => {
    const { perPix, inner2, outer2 } = aureoleOnChip(aureole, 1 / 3600);
    const at = (distance2: number) => perPix / (distance2 + inner2);
    let light = 0;
    for (let r = 0.5; r < 7200; r++) light += 2 * Math.PI * r * at(r * r);
    expect(light).toBeCloseTo(0.05, 4);
    expect(at(400 ** 2) / at(800 ** 2)).toBeCloseTo(4, 1);
    expect(outer2).toBe(7200 ** 2);
  });

  it('lies about bright stars, also about those outside of the frame', () => {
    const { light } = lightOn(pointing, midMs, 1e9, { aureole });
    addAureole(light, { x: 1000, y: MIDDLE }, 1e9);
    const { electrons } = light.image;
    expect(electrons[MIDDLE * SIDE + SIDE - 1]).toBeGreaterThan(electrons[MIDDLE * SIDE]);
    expect(electrons[MIDDLE * SIDE]).toBeGreaterThan(0);
  });

  it('leaves no trace when it is off', () => {
    const one = { raDeg: pointing.raDeg, decDeg: pointing.decDeg, v: 3, bv: 0.7 };
    const stars: StarCatalogue = {
      count: 1,
      epochJulianYear: 2025,
      vFaintest: 99,
      cone: () => ({
        count: 1,
        raDeg: Float64Array.of(one.raDeg),
        decDeg: Float64Array.of(one.decDeg),
        vMag: Float32Array.of(one.v),
        bMinusV: Float32Array.of(one.bv),
      }),
    };
    const with_ = { ...observatory, telescope: { ...observatory.telescope, aureole } };
    const sky = { stars: [stars], galaxies: noGalaxies };
    const [plain, halo, off] = [observatory, with_, { ...with_, without: ['starHalos' as const] }].map(
      (each) => expectedLight(exposure({ observatory: each, sky })).electrons,
    );
    expect(off).toEqual(plain);
    expect(halo[20 * SIDE + 20]).toBeGreaterThan(plain[20 * SIDE + 20] + 1);
  });
});

describe('satellite trails', () => {
  const satellites = { trailsPerHourPerDeg: 40, altitudeKm: 550, magAt1000Km: 6, magSpread: 0.5 };
  const trailed = smallObservatory({ camera: { widthPix: SIDE, heightPix: SIDE }, site: { satellites } });

  it.each([
    [0, 10],
    [0.3, -4],
    [Math.PI / 2, 0.4],
    [2.2, 30],
  ])('at an angle of %d hold their light per pixel of length', (turn, offset) => {
    const image = { width: SIDE, height: SIDE, electrons: new Float32Array(SIDE * SIDE) };
    const line = {
      x: MIDDLE - offset * Math.sin(turn),
      y: MIDDLE + offset * Math.cos(turn),
      cos: Math.cos(turn),
      sin: Math.sin(turn),
    };
    expect(addStreak(image, psfOf(2.5), line, 100)).toBe(true);
    // What lies between two lines across the trail, 100 pixels apart.
    let light = 0;
    image.electrons.forEach((e, i) => {
      const [dx, dy] = [(i % SIDE) - line.x, Math.floor(i / SIDE) - line.y];
      const along = dx * line.cos + dy * line.sin;
      if (Math.abs(along) < 50) light += e;
    });
    expect(Math.abs(light / 1e4 - 1)).toBeLessThan(0.02);
  });

  it('cross at the rate given, and only where the Sun lights them', () => {
    const twilight = Date.UTC(2026, 10, 10, 19, 30);
    const counts = [twilight, Date.UTC(2026, 10, 11, 0, 54)].map((utcMs) => {
      const { light, instant } = lightOn(skyAt(utcMs, site).icrs(80, 250), utcMs, 1e6);
      let count = 0;
      for (let i = 0; i < 400; i++) {
        count += addTrails(light, { satellites, instant, exposureTimeS: 60, seed: 1, exposureId: `x${i}` });
      }
      return count;
    });
    // 40 an hour and degree, over a diagonal of 0.2138 degrees, in 400 minutes.
    const expected = ((40 * (Math.hypot(SIDE, SIDE) * SCALE_ARCSEC)) / 3600 / 60) * 400;
    expect(Math.abs(counts[0] - expected)).toBeLessThan(4 * Math.sqrt(expected));
    // At midnight the Sun stands 73 degrees under the horizon: everything low is in the Earth's shadow.
    expect(counts[1]).toBe(0);
  });

  it('are as bright as their speed leaves them', () => {
    const truth: TruthEntry[] = [];
    const utcMs = Date.UTC(2026, 10, 10, 19, 30);
    const { light, instant } = lightOn(skyAt(utcMs, site).icrs(89, 250), utcMs, 1e6, {
      truth: (each) => truth.push(each),
    });
    const steady = { ...satellites, magSpread: 0, trailsPerHourPerDeg: 400 };
    addTrails(light, { satellites: steady, instant, exposureTimeS: 60, seed: 1, exposureId: 'x1' });
    // Overhead: 550 km away, 7.59 km/s, so 0.790 degrees a second; V 6 + 5 log10(0.55), r = V - 0.163.
    const mag = 6 + 5 * Math.log10(0.55) - 0.42 * 0.65 + 0.11;
    const perPixS = SCALE_ARCSEC / 3600 / 0.79;
    expect(truth.length).toBeGreaterThan(0);
    expect(truth[0].kind).toBe('trail');
    expect(truth[0].electrons / ((1e6 * 10 ** (-0.4 * mag) * perPixS) / 60)).toBeCloseTo(1, 1);
  });

  it('leave no trace when they are off, and are keyed by the exposure', () => {
    const many = { ...trailed, site: { ...trailed.site, satellites: { ...satellites, trailsPerHourPerDeg: 1000 } } };
    const utcMs = Date.UTC(2026, 10, 10, 19, 30);
    const at = exposure({ midMs: utcMs, pointing: skyAt(utcMs, site).icrs(80, 250), observatory: many });
    const off = renderFrame({ ...at, observatory: { ...many, without: ['satelliteTrails'] } });
    expect(off.frame).toEqual(renderFrame({ ...at, observatory }).frame);
    const frames = ['x1', 'x2'].map((exposureId) => expectedLight({ ...at, exposureId }));
    expect(frames[0].sky!.trailsRendered).toBeGreaterThan(0);
    expect(frames[0].electrons).not.toEqual(frames[1].electrons);
  });
});

describe('faint stars of a frame', () => {
  it('are cut where a fifth of the noise is', () => {
    // FWHM 2: 2.266 (1.23 * 2)^2 = 13.71 pixels; 100 of sky, read noise 6: a noise of 43.2.
    expect(faintestStarE({ fwhmPix: 2, backgroundE: 100, readNoiseE: 6 })).toBeCloseTo(0.2 * 43.2, 1);
  });

  it('stand at the same place of the sky in overlapping frames, and are off with their effect', () => {
    const faint = { ...observatory, site: { ...site, faintStarsVMax: 19 } };
    const seen = [pointing, { raDeg: pointing.raDeg + 0.03, decDeg: pointing.decDeg }].map((place, i) => {
      const truth: TruthEntry[] = [];
      const one = exposure({
        observatory: faint,
        pointing: place,
        seed: i,
        exposureId: `x${i}`,
        truth: (each) => truth.push(each),
      });
      expect(expectedLight(one).sky!.faintStarsRendered).toBe(truth.length);
      return truth;
    });
    const [a, b] = seen.map((list) => new Map(list.map((each) => [`${each.raDeg} ${each.decDeg}`, each.mag])));
    const both = [...a].filter(([place]) => b.has(place));
    expect(both.length).toBeGreaterThan(10);
    expect(both.every(([place, mag]) => b.get(place) === mag)).toBe(true);
    // Of those in the first frame that lie in the second one's, all are there.
    const missing = seen[0].filter((each) => {
      const apart = separationDeg(each.raDeg, each.decDeg, pointing.raDeg + 0.03, pointing.decDeg);
      return apart < 0.06 && !b.has(`${each.raDeg} ${each.decDeg}`);
    });
    expect(missing).toEqual([]);
    const off = exposure({ observatory: { ...faint, without: ['faintStars'] } });
    expect(expectedLight(off).electrons).toEqual(expectedLight(exposure()).electrons);
  });
});

describe('truth', () => {
  it('says where each star was put and how much light it sent', () => {
    const truth: TruthEntry[] = [];
    const { light } = lightOn(pointing, midMs, 1e9, { truth: (each) => truth.push(each) });
    const stars: StarCatalogue = {
      count: 1,
      epochJulianYear: 2025,
      vFaintest: 99,
      cone: () => ({
        count: 1,
        raDeg: Float64Array.of(pointing.raDeg + 0.01),
        decDeg: Float64Array.of(pointing.decDeg),
        vMag: Float32Array.of(10),
        bMinusV: Float32Array.of(0.7),
      }),
    };
    expect(addStars(light, [stars])).toBe(1);
    const { electrons } = light.image;
    const total = sum(electrons);
    const x = electrons.reduce((s, e, i) => s + e * (i % SIDE), 0) / total;
    const y = electrons.reduce((s, e, i) => s + e * Math.floor(i / SIDE), 0) / total;
    expect(truth.length).toBe(1);
    expect(truth[0]).toMatchObject({ kind: 'star', raDeg: pointing.raDeg + 0.01, decDeg: pointing.decDeg });
    expect(Math.hypot(truth[0].x - x, truth[0].y - y)).toBeLessThan(0.01);
    expect(total / truth[0].electrons).toBeCloseTo(1, 3);
  });
});
