import { describe, expect, it } from 'vitest';
import { ConfigureFailed } from '../../../core/errors.ts';
import { sunAltitudeDeg } from '../../../core/sky/sun-moon.ts';
import { nightTimes } from '../../../core/sky/twilight.ts';
import { domeFlatExposureS, domeFlatLight } from '../../../core/twin/flats.ts';
import {
  twilightElectrons,
  twilightFlatLight,
  twilightFlatPlan,
  twilightFlatPointing,
  twilightRateE,
} from '../../../core/twin/twilight-flats.ts';
import { smallObservatory } from './observatory.ts';

const flatLamp = {
  electronsPerS: { r: 5000 },
  gradient: 0.1,
  gradientAngleDeg: 90,
  warmUpShare: 0.2,
  warmUpS: 100,
};
const observatory = { ...smallObservatory(), flatLamp };
const night = nightTimes(20261121, observatory.site);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, each) => sum + each, 0) / values.length;

describe('a dome flat', () => {
  it('has the light of the lamp, and its slope', () => {
    const light = domeFlatLight({ observatory, filter: 'r', exposureTimeS: 4 });
    expect(mean(light)).toBeCloseTo(20_000, 0);
    const rows = [0, 255].map((y) => mean(light.subarray(y * 256, (y + 1) * 256)));
    expect((rows[1] - rows[0]) / 20_000).toBeCloseTo(0.1 * (255 / 256), 5);
    expect(light[0]).toBeCloseTo(light[255], 1);
  });

  it('under a cold lamp lacks what the lamp lacks while it warms', () => {
    const light = domeFlatLight({ observatory, filter: 'r', exposureTimeS: 4, lampOnS: 50 });
    // The integral of 1 - 0.2 exp(-t / 100) from 50 to 54 s: 4 - 20 (e^-0.5 - e^-0.54) = 3.524349.
    expect(mean(light) / 5000).toBeCloseTo(3.524349, 4);
  });

  it.each([undefined, 0, 120])('gets the exposure time for a count: lamp on for %s s', (lampOnS) => {
    const lamp = lampOnS === undefined ? {} : { lampOnS };
    const exposureTimeS = domeFlatExposureS({ observatory, filter: 'r', targetAdu: 25_000, ...lamp });
    expect(mean(domeFlatLight({ observatory, filter: 'r', exposureTimeS, ...lamp })) / 1.6).toBeCloseTo(25_000, 0);
  });

  it('needs a lamp that shines in the filter', () => {
    const flat = { filter: 'r', exposureTimeS: 1 };
    expect(() => domeFlatLight({ ...flat, observatory: { ...observatory, flatLamp: undefined } })).toThrow(
      ConfigureFailed,
    );
    expect(() => domeFlatLight({ ...flat, observatory, filter: 'g' })).toThrow(/no brightness in filter g; it has r/);
    expect(() => domeFlatLight({ ...flat, observatory, filter: 'q' })).toThrow(ConfigureFailed);
  });
});

describe('the twilight sky', () => {
  const rate = (minutes: number, filter = 'r') =>
    twilightRateE(observatory, filter, night.sunsetMs! + minutes * 60_000);

  it.each(['g', 'r', 'i'])('darkens as measured at the same site, in %s', (filter) => {
    // Isaac Newton Group, Twilight sky brightness (INT, 2010 to 2011): log10 B falls by 0.103 a minute from 10 to 35 minutes after
    // sunset, all filters and seasons together; the fit that the sky is made of has a scatter of its own.
    const slope = (Math.log10(rate(12, filter)) - Math.log10(rate(35, filter))) / 23;
    expect(Math.abs(slope / 0.103 - 1)).toBeLessThan(0.2);
  });

  it('is integrated over an exposure', () => {
    const beginMs = night.sunsetMs! + 20 * 60_000;
    // Simpson's rule with steps of a second.
    let sum = 0;
    for (let k = 0; k <= 120; k++) {
      const weight = k === 0 || k === 120 ? 1 : k % 2 === 1 ? 4 : 2;
      sum += (weight / 3) * twilightRateE(observatory, 'r', beginMs + k * 1000);
    }
    const electrons = twilightElectrons({ observatory, filter: 'r', beginMs, exposureTimeS: 120 });
    expect(Math.abs(electrons / sum - 1)).toBeLessThan(2e-4);
    const light = twilightFlatLight({ observatory, filter: 'r', beginMs, exposureTimeS: 120 });
    expect(light[777] / electrons).toBeCloseTo(1, 6);
  });

  it('is looked at away from the Sun', () => {
    const { altitudeDeg, azimuthDeg } = twilightFlatPointing(observatory, night.sunsetMs!);
    expect(altitudeDeg).toBe(75);
    // In November the Sun sets in the south-west, so the other side is in the north-east.
    expect(azimuthDeg).toBeGreaterThan(45);
    expect(azimuthDeg).toBeLessThan(90);
  });
});

describe('a series of twilight flats', () => {
  const plan = (changes: object = {}) =>
    twilightFlatPlan({
      observatory,
      filter: 'r',
      targetAdu: 25_000,
      count: 10,
      fromMs: night.sunsetMs! - 3600_000,
      when: 'dusk',
      exposureMinS: 2,
      exposureMaxS: 60,
      ...changes,
    });

  it('at dusk begins with short exposures and meets the count in each', () => {
    const flats = plan();
    expect(flats.length).toBe(10);
    flats.forEach(({ beginMs, exposureTimeS, expectedAdu }, i) => {
      const electrons = twilightElectrons({ observatory, filter: 'r', beginMs, exposureTimeS });
      expect(electrons / 1.6).toBeCloseTo(expectedAdu, 6);
      expect(Math.abs(expectedAdu / 25_000 - 1)).toBeLessThan(1e-3);
      expect(sunAltitudeDeg(beginMs, observatory.site)).toBeLessThan(0);
      if (i === 0) return;
      expect(exposureTimeS).toBeGreaterThan(flats[i - 1].exposureTimeS);
      expect(beginMs).toBeGreaterThanOrEqual(flats[i - 1].beginMs + (flats[i - 1].exposureTimeS + 4) * 1000 - 1);
    });
    expect(flats[0].exposureTimeS).toBeLessThan(2.1);
  });

  it('grows as Tyson & Gal say for an exponential sky', () => {
    // Equal light in each: with growth k per second, exp(-k t_i) (1 - exp(-k e_i)) is the same for all. k is taken from the sky.
    const flats = plan({ count: 4 });
    const [first, last] = [flats[0], flats[3]];
    const k =
      Math.log(twilightRateE(observatory, 'r', first.beginMs) / twilightRateE(observatory, 'r', last.beginMs)) /
      ((last.beginMs - first.beginMs) / 1000);
    const light = ({ beginMs, exposureTimeS }: typeof first) =>
      Math.exp((-k * (beginMs - first.beginMs)) / 1000) * -Math.expm1(-k * exposureTimeS);
    expect(light(last) / light(first)).toBeCloseTo(1, 2);
  });

  it('at dawn begins with long ones', () => {
    const flats = plan({ when: 'dawn', fromMs: night.midnightMs });
    expect(flats.length).toBe(10);
    expect(flats[0].exposureTimeS).toBeGreaterThan(55);
    for (let i = 1; i < 10; i++) expect(flats[i].exposureTimeS).toBeLessThan(flats[i - 1].exposureTimeS);
    expect(flats[9].beginMs).toBeLessThan(night.sunriseMs!);
  });

  it('ends when the sky does', () => {
    const many = plan({ count: 1000 });
    expect(many.length).toBeGreaterThan(20);
    expect(many.length).toBeLessThan(200);
    expect(many.at(-1)!.exposureTimeS).toBeLessThanOrEqual(60);
    // Asked for in the dark, there are none.
    expect(plan({ fromMs: night.astronomical.eveningMs! - 60_000 })).toEqual([]);
  });

  it('refuses times that the camera does not take', () => {
    expect(() => plan({ exposureMaxS: 4000 })).toThrow(/within 0.1 to 1800 s/);
    expect(() => plan({ targetAdu: 0 })).toThrow(ConfigureFailed);
  });
});
