import { describe, expect, it } from 'vitest';
import type { Observatory } from '../../../../core/records/observatory.ts';
import { dustShadows } from '../../../../core/twin/detector/dust.ts';
import { passOptics } from '../../../../core/twin/detector/optics.ts';
import { responseOf } from '../../../../core/twin/detector/response.ts';
import { domeFlatLight } from '../../../../core/twin/flats.ts';
import { chip, cut, even, read, realChip, statistics } from './helpers.ts';

const NIGHT = { filter: 'r', dayObs: 20261121 };
const dust: NonNullable<Observatory['camera']['dust']> = {
  surfaces: [{ name: 'window', distanceMm: 8, specks: 6, perFilter: false }],
  speckDiameterUm: 160,
  spread: 0,
  driftUmPerDay: 10,
  cleanedEveryDays: 120,
};
const response = (observatory: Observatory, night: Partial<typeof NIGHT> = {}) =>
  responseOf({ observatory, ...NIGHT, ...night })!;

describe('pixel response', () => {
  it('has the rms that is given, in every filter and night the same', () => {
    const observatory = chip({ pixelResponse: { rms: 0.02 } });
    const map = response(observatory);
    const { mean, variance, count } = statistics(map);
    expect(Math.abs(mean - 1)).toBeLessThan((4.5 * 0.02) / Math.sqrt(count));
    expect(Math.abs(Math.sqrt(variance) / 0.02 - 1)).toBeLessThan(4.5 / Math.sqrt(2 * count));
    expect(response(observatory, { filter: 'g', dayObs: 20270301 })).toEqual(map);
    expect(response(chip({ pixelResponse: { rms: 0.02 }, id: 'other' }))).not.toEqual(map);
  });

  it('adds to the noise of a flat as its square, and cancels in a difference of two', () => {
    const observatory = chip({ pixelResponse: { rms: 0.02 } });
    const light = even(observatory, 40_000);
    passOptics(light, { observatory, ...NIGHT, exposureTimeS: 10 });
    const [a, b] = ['a', 'b'].map((id) => read(observatory, light, id).frame.pixels);
    const shot = (40_000 + 36) / 1.6 ** 2 + 1 / 12;
    const fixed = (0.02 * 25_000) ** 2;
    const limit = 4.5 * Math.sqrt(2 / a.length);
    expect(Math.abs(statistics(a).variance / (shot + fixed) - 1)).toBeLessThan(limit);
    expect(Math.abs(statistics(Array.from(a, (adu, i) => adu - b[i])).variance / 2 / shot - 1)).toBeLessThan(limit);
  });
});

describe('vignetting', () => {
  it('takes what it says from the corners, and a quarter of it half way', () => {
    const small = chip();
    const map = response({ ...small, telescope: { ...small.telescope, vignettingAtCorner: 0.4 } });
    expect(map[0]).toBeCloseTo(0.6, 6);
    expect(map[255 * 256 + 255]).toBeCloseTo(0.6, 6);
    expect(map[191 * 256 + 191]).toBeCloseTo(1 - 0.4 * (63.5 / 127.5) ** 2, 6);
  });
});

describe('flat structure', () => {
  it('departs from the centre by what is given, and differently in each filter', () => {
    const observatory = chip({ flatStructure: { lowOrder: 0.03, treeRings: 0, treeRingSpacingUm: 500 } });
    const [r, g] = ['r', 'g'].map((filter) => response(observatory, { filter }));
    for (const map of [r, g]) {
      expect(map[128 * 256 + 128]).toBeCloseTo(1, 3);
      expect(Math.max(...map.map((each) => Math.abs(each - 1)))).toBeCloseTo(0.03, 3);
    }
    expect(r).not.toEqual(g);
  });

  it('has rings of the amplitude that is given', () => {
    const map = response(chip({ flatStructure: { lowOrder: 0, treeRings: 0.002, treeRingSpacingUm: 300 } }));
    expect(Math.max(...map)).toBeCloseTo(1.002, 4);
    expect(Math.min(...map)).toBeCloseTo(0.998, 4);
    // A sine has half of its amplitude squared as variance.
    expect(Math.sqrt(statistics(map).variance)).toBeCloseTo(0.002 / Math.SQRT2, 4);
  });
});

describe('dust', () => {
  it('throws rings as wide as the beam at the speck', () => {
    // f/5.133: 8 mm before the focal plane the beam is 1558 um wide, 115.4 pixels; its hole 0.4 of that.
    const [shadow] = dustShadows(chip({ dust }), 'r', 20261121);
    expect(shadow.outerRadiusPix).toBeCloseTo(57.7, 1);
    expect(shadow.innerRadiusPix).toBeCloseTo(0.4 * 57.7, 1);
    // The area of the speck over that of the beam: 160^2 / (1558^2 (1 - 0.16)).
    expect(shadow.depth).toBeCloseTo(0.01255, 4);
  });

  it('takes as much light as the speck covers', () => {
    const one = { ...dust, surfaces: [{ ...dust.surfaces[0], distanceMm: 1, specks: 1 }], speckDiameterUm: 20 };
    // A camera whose only ring, 32 pixels in radius and the soft edge, lies on the chip as a whole.
    const observatory = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8']
      .map((id) => chip({ dust: one, pixelSizeUm: 3, id }))
      .find((each) =>
        dustShadows(each, 'r', 20261121).every(({ xPix, yPix }) => [xPix, yPix].every((at) => at > 40 && at < 215)),
      )!;
    const lost = response(observatory).reduce((sum, each) => sum + 1 - each, 0);
    expect(lost / ((Math.PI / 4) * (20 / 3) ** 2)).toBeCloseTo(1, 1);
  });

  it('moves a little from night to night, until the next cleaning', () => {
    const at = (dayObs: number) => dustShadows(chip({ dust }), 'r', dayObs);
    const step = (from: number, to: number) =>
      at(to).map((shadow, i) => Math.hypot(shadow.xPix - at(from)[i].xPix, shadow.yPix - at(from)[i].yPix));
    // 10 um of 13.5 in each direction.
    expect(Math.max(...step(20261121, 20261122))).toBeLessThan(4);
    expect(Math.max(...step(20261121, 20261122))).toBeGreaterThan(0);
    expect(Math.max(...step(20261121, 20270601))).toBeGreaterThan(30);
    expect(at(20261121)).toEqual(at(20261121));
  });

  it('on a filter is that of the filter', () => {
    const [window, filter] = [false, true].map((perFilter) =>
      chip({ dust: { ...dust, surfaces: [{ ...dust.surfaces[0], perFilter }] } }),
    );
    expect(dustShadows(window, 'r', 20261121)).toEqual(dustShadows(window, 'g', 20261121));
    expect(dustShadows(filter, 'r', 20261121)).not.toEqual(dustShadows(filter, 'g', 20261121));
  });
});

describe('the shutter', () => {
  const passed = (observatory: Observatory, exposureTimeS: number) => {
    const light = even(observatory, 1000);
    passOptics(light, { observatory, ...NIGHT, exposureTimeS });
    return light;
  };

  it('of an iris exposes the corners for a shorter time', () => {
    const observatory = chip({ shutter: { kind: 'iris', travelMs: 50 } });
    const [short, long] = [1, 10].map((exposureTimeS) => passed(observatory, exposureTimeS));
    expect(short[0]).toBeCloseTo(950, 2);
    expect(long[0]).toBeCloseTo(995, 2);
    expect(short[191 * 256 + 191]).toBeCloseTo(1000 - 50 * (63.5 / 127.5), 2);
    // As it is measured from two exposure times: the counts are a line in time that does not begin at 0.
    const rate = (10 * long[0] - 1 * short[0]) / 9;
    expect(short[0] - rate).toBeCloseTo(-50, 1);
  });

  it('of two blades exposes one side longer', () => {
    const light = passed(chip({ shutter: { kind: 'blade', mismatchMs: 20 } }), 1);
    expect(light[0]).toBeCloseTo(990, 3);
    expect(light[255]).toBeCloseTo(1010, 3);
    expect(light[255 * 256]).toBe(light[0]);
  });

  it('has no pattern in an exposure of no time', () => {
    const observatory = chip({ shutter: { kind: 'iris', travelMs: 50 } });
    const light = even(observatory, 0);
    passOptics(light, { observatory, ...NIGHT, exposureTimeS: 0 });
    expect(light).toEqual(even(observatory, 0));
  });

  it('lets nothing in for less than no time', () => {
    expect(Math.min(...passed(chip({ shutter: { kind: 'iris', travelMs: 500 } }), 0.1))).toBe(0);
  });
});

describe('a flat', () => {
  it('divides out of another light', () => {
    const real = realChip(['cosmicRays', 'hotPixels', 'nonLinearity']);
    const observatory = { ...real, flatLamp: { ...real.flatLamp!, gradient: 0 } };
    const frames = (electrons: number, name: string) => {
      const sum = new Float64Array(256 * 256);
      for (let k = 0; k < 8; k++) {
        const light = even(observatory, electrons);
        passOptics(light, { observatory, ...NIGHT, exposureTimeS: 10 });
        const { frame, imageSection, amplifiers } = read(observatory, light, `${name}${k}`);
        const level = statistics(cut(frame, amplifiers[0].biasSection!)).mean;
        cut(frame, imageSection).forEach((adu, i) => {
          sum[i] += adu - level;
        });
      }
      return sum;
    };
    const [flat, sky] = [frames(60_000, 'flat'), frames(30_000, 'sky')];
    const raw = statistics(sky);
    expect(Math.sqrt(raw.variance) / raw.mean).toBeGreaterThan(0.02);
    const divided = Array.from(sky, (value, i) => value / flat[i]);
    // Blocks of 32 x 32 pixels: what is left of a trend, with noise of 1e-4.
    const blocks = new Float64Array(64);
    divided.forEach((value, i) => {
      blocks[Math.floor(Math.floor(i / 256) / 32) * 8 + Math.floor((i % 256) / 32)] += value / 1024;
    });
    expect(Math.max(...blocks) / Math.min(...blocks)).toBeLessThan(1.003);
    // Pixel by pixel the two frames' own noise is all that is left, with the bias pattern of 0.8 ADU.
    const { mean, variance } = statistics(divided);
    const expected = 1 / (8 * 60_000) + 1 / (8 * 30_000);
    expect(Math.abs(variance / mean ** 2 / expected - 1)).toBeLessThan(0.15);
  });

  it.each(['vignetting', 'dust', 'flatStructure', 'pixelResponse', 'shutterPattern'] as const)(
    'without %s has no trace of it',
    (effect) => {
      const section = effect === 'shutterPattern' ? 'shutter' : effect;
      const off = realChip([effect]);
      const on = realChip();
      const absent =
        effect === 'vignetting'
          ? { ...on, telescope: { ...on.telescope, vignettingAtCorner: 0 } }
          : { ...on, camera: { ...on.camera, [section]: undefined } };
      const [a, b, c] = [off, absent, on].map((observatory) => {
        const light = domeFlatLight({ observatory, filter: 'r', exposureTimeS: 2 });
        passOptics(light, { observatory, ...NIGHT, exposureTimeS: 2 });
        return light;
      });
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
    },
  );

  it('of an ideal chip needs no map', () => {
    expect(responseOf({ observatory: chip(), ...NIGHT })).toBeUndefined();
    const light = even(chip(), 7);
    passOptics(light, { observatory: chip(), ...NIGHT, exposureTimeS: 1 });
    expect(light).toEqual(even(chip(), 7));
  });
});
