import { describe, expect, it } from 'vitest';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { cloudOver } from '../../../core/twin/cloud-field.ts';
import { projectionOf } from '../../../core/twin/projection.ts';
import { expectedLight } from '../../../core/twin/render.ts';
import { smallObservatory } from './observatory.ts';

const SIDE = 1024;
const cloudStructure = { heightM: 8000, driftMPerS: 20, outerScaleM: 4000, contrast: 0.6 };
const camera = { widthPix: SIDE, heightPix: SIDE };
const patchy = smallObservatory({ camera, site: { cloudStructure } });
const midMs = Date.UTC(2026, 10, 10, 23, 30);
const DAY = 20261110;

const over = ({
  observatory = patchy,
  meanMag = 0.5,
  exposureTimeS = 1,
  seed = 1,
  dayObs = DAY,
  utcMs = midMs,
  altitudeDeg = 80,
} = {}) => {
  const instant = skyAt(utcMs, observatory.site);
  const pointing = skyAt(utcMs, observatory.site).icrs(altitudeDeg, 140);
  const projection = projectionOf({ observatory, pointing, instant, filter: observatory.filters[2] });
  return cloudOver({ observatory, projection, instant, meanMag, exposureTimeS, seed, dayObs });
};
const spread = (field: (x: number, y: number) => number) => {
  const values = Array.from({ length: 400 }, (_, i) => field((i % 20) * 53, Math.floor(i / 20) * 53));
  const mean = values.reduce((a, b) => a + b, 0) / 400;
  return { mean, values, deviation: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 400) };
};

describe('cloud over the field', () => {
  it('is the same everywhere without structure, none when it is off or clear', () => {
    const plain = smallObservatory({ camera });
    expect(spread(over({ observatory: plain })).values.every((each) => each === 0.5)).toBe(true);
    expect(over({ observatory: { ...patchy, without: ['cloud'] } })(3, 4)).toBe(0);
    expect(over({ meanMag: 0 })(500, 500)).toBe(0);
  });

  it('has patches that are never negative and belong to the night', () => {
    const { values, deviation } = spread(over());
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(deviation).toBeGreaterThan(0.005);
    expect(spread(over()).values).toEqual(values);
    expect(spread(over({ dayObs: DAY + 1 })).values).not.toEqual(values);
    expect(spread(over({ seed: 2 })).values).not.toEqual(values);
  });

  it('has over many nights the mean of the weather, and the contrast of the structure', () => {
    const nights = Array.from({ length: 250 }, (_, i) => over({ dayObs: DAY, seed: i })(500, 500));
    const mean = nights.reduce((a, b) => a + b, 0) / nights.length;
    const logs = nights.map(Math.log);
    const logMean = logs.reduce((a, b) => a + b, 0) / logs.length;
    const logDeviation = Math.sqrt(logs.reduce((a, b) => a + (b - logMean) ** 2, 0) / logs.length);
    // The mean's own error is 0.5 * 0.65 / sqrt(250) = 0.021.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.08);
    expect(Math.abs(logDeviation - 0.6)).toBeLessThan(0.09);
  });

  it('varies with distance by the power 2/3 of its structure function', () => {
    // At 80 degrees one pixel spans 1.8 arcsec of a layer 8.1 km away: 0.071 m, so the lengths are 4.6 and 37 m.
    const observatory = smallObservatory({
      camera,
      site: { cloudStructure: { ...cloudStructure, outerScaleM: 1000 } },
    });
    const structure = (lengthPix: number) => {
      let total = 0;
      for (let seed = 0; seed < 60; seed++) {
        const field = over({ observatory, seed, exposureTimeS: 0 });
        // Between nodes the field is straight, so whole nodes (32 pixels) are compared.
        total += (Math.log(field(0, 512)) - Math.log(field(lengthPix, 512))) ** 2;
      }
      return total;
    };
    const node = (SIDE - 1) / 32;
    const slope = Math.log(structure(16 * node) / structure(2 * node)) / Math.log(8);
    expect(Math.abs(slope - 2 / 3)).toBeLessThan(0.2);
  });

  it('is smoothed along the wind by a long exposure', () => {
    let [short, long] = [0, 0];
    for (let seed = 0; seed < 20; seed++) {
      short += spread(over({ seed, exposureTimeS: 0.1 })).deviation;
      long += spread(over({ seed, exposureTimeS: 120 })).deviation;
    }
    expect(long).toBeLessThan(0.5 * short);
  });

  it('moves: after a minute another part of it stands over the field', () => {
    const [now, soon] = [over()(500, 500), over({ utcMs: midMs + 60_000 })(500, 500)];
    expect(Math.abs(now / soon - 1)).toBeGreaterThan(1e-3);
  });

  it('in a frame takes its light from stars and sky, and is off with its effect', () => {
    const small = smallObservatory({ site: { cloudStructure } });
    const sky = { stars: [], galaxies: { count: 0, cone: () => [] } };
    const frame = (observatory = small, cloudExtinctionMag = 0.5) =>
      expectedLight({
        observatory,
        filter: 'r',
        imageType: 'object',
        exposureTimeS: 10,
        pointing: skyAt(midMs, small.site).icrs(60, 140),
        domeOpen: true,
        midMs,
        conditions: { sunAltitudeDeg: -50, cloudExtinctionMag, seeingZenith500Arcsec: 0.76 },
        seed: 1,
        exposureId: 'x',
        sky,
      });
    const off = frame({ ...small, without: ['cloud'] });
    expect(off.electrons).toEqual(frame(small, 0).electrons);
    expect(frame().sky!.skyMagPerArcsec2).toBeGreaterThan(off.sky!.skyMagPerArcsec2 + 0.05);
  });
});
