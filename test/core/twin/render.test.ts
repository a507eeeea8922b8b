import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigureFailed, ExposureFailed } from '../../../core/errors.ts';
import { skyToPixel } from '../../../core/gnomonic.ts';
import type { Effect } from '../../../core/records/observatory.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { openGalaxies } from '../../../core/sky/galaxies.ts';
import { openStars, type StarCatalogue } from '../../../core/sky/stars.ts';
import { type Exposure, expectedLight, renderFrame } from '../../../core/twin/render.ts';
import { smallObservatory as anyObservatory } from './observatory.ts';

/** What has tests of its own. */
const QUIET: Effect[] = ['pointingError', 'trackingError', 'focusError'];
const smallObservatory = (changes: Parameters<typeof anyObservatory>[0] = {}) => ({
  ...anyObservatory(changes),
  without: QUIET,
});

interface Star {
  raDeg: number;
  decDeg: number;
  v: number;
  bv: number;
}

/** A catalogue of a few made-up stars. */
function starsOf(...stars: Star[]): StarCatalogue {
  const columns = {
    count: stars.length,
    raDeg: Float64Array.from(stars, (star) => star.raDeg),
    decDeg: Float64Array.from(stars, (star) => star.decDeg),
    vMag: Float32Array.from(stars, (star) => star.v),
    bMinusV: Float32Array.from(stars, (star) => star.bv),
  };
  return { count: stars.length, epochJulianYear: 2025, vFaintest: 99, cone: () => columns };
}

const dataFile = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../data/${name}`, import.meta.url))).buffer;
const noGalaxies = { count: 0, cone: () => [] };
const empty: Exposure['sky'] = { stars: [], galaxies: noGalaxies };
const observatory = smallObservatory();
const midMs = Date.UTC(2026, 10, 10, 23, 30);
const sky = skyAt(midMs, observatory.site);
const pointing = sky.icrs(60, 140);
const SCALE_ARCSEC = (206264.80625 * 13.5e-6) / 1.54;

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
  sky: empty,
  ...changes,
});
const star = (v = 11, eastArcsec = 0, northArcsec = 0): Star => ({
  raDeg: pointing.raDeg + eastArcsec / 3600 / Math.cos((pointing.decDeg * Math.PI) / 180),
  decDeg: pointing.decDeg + northArcsec / 3600,
  v,
  bv: 0.7,
});
const withStars = (...stars: Star[]): Exposure['sky'] => ({ stars: [starsOf(...stars)], galaxies: noGalaxies });
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** What the star adds to the expected light, electrons per pixel. */
function starLight(one: Exposure): Float64Array {
  const [lit, dark] = [one, { ...one, sky: empty }].map((each) => expectedLight(each).electrons);
  return Float64Array.from(lit, (electrons, i) => electrons - dark[i]);
}

function centroid(values: Float64Array, width = 256) {
  const total = sum(values);
  return {
    x: sum(values.map((value, i) => value * (i % width))) / total,
    y: sum(values.map((value, i) => value * Math.floor(i / width))) / total,
  };
}

describe('light on the chip', () => {
  it.each([
    // r = V - 0.42 (B-V) + 0.11 and g = V + 0.60 (B-V) - 0.12 (Jester et al. 2005); zero points and k of the filters.
    ['r', 11 - 0.42 * 0.7 + 0.11, 21.52, 0.126],
    ['g', 11 + 0.6 * 0.7 - 0.12, 21.67, 0.213],
  ])('of a star in %s is that of its magnitude through the air', (filter, mag, zeroPoint, k) => {
    const one = exposure({ filter, sky: withStars(star(11, 7, -4)) });
    const { airmass } = expectedLight(one).sky!;
    // Kasten & Young 1989 at a zenith distance of 30 degrees: 1.1539.
    expect(airmass).toBeCloseTo(1.1539, 3);
    const expected = 60 * 10 ** (-0.4 * (mag + k * (1.1539 - 1) - zeroPoint));
    expect(Math.abs(sum(starLight(one)) / expected - 1)).toBeLessThan(1e-3);
  });

  it('is measured back from the noisy frame within its noise', () => {
    const one = exposure({ sky: withStars(star(12)) });
    const { frame } = renderFrame(one);
    const light = starLight(one);
    const { electrons, sky: summary } = expectedLight(one);
    // All pixels within 12 of the star; the sky is known from the expectation.
    let [measured, expected, variance] = [0, 0, 0];
    for (let i = 0; i < frame.pixels.length; i++) {
      if (Math.hypot((i % 256) - 127.5, Math.floor(i / 256) - 127.5) > 12) continue;
      measured += (frame.pixels[i] - 1000) * 1.6 - (electrons[i] - light[i]);
      expected += light[i];
      variance += electrons[i] + 36;
    }
    expect(summary!.starsRendered).toBe(1);
    expect(expected / Math.sqrt(variance)).toBeGreaterThan(200);
    expect(Math.abs(measured - expected)).toBeLessThan(4.5 * Math.sqrt(variance));
  });

  it('of the sky is its brightness times the area of a pixel, with the dark current', () => {
    const one = exposure();
    const { sky: summary } = expectedLight(one);
    // The zero point is that of sources above the air, and the sky is seen below it: k = 0.126 mag.
    const skyE = 60 * SCALE_ARCSEC ** 2 * 10 ** (-0.4 * (summary!.skyMagPerArcsec2 - 21.52 - 0.126));
    expect(summary!.skyElectronsPerPix / skyE).toBeCloseTo(1, 6);
    const { pixels } = renderFrame(one).frame;
    const measuredE = (sum(pixels) / pixels.length - 1000) * 1.6;
    const error = Math.sqrt((skyE + 36) / pixels.length);
    // Over 7.7 arcmin the sky's slope averages out to 1e-4.
    expect(Math.abs(measuredE - skyE - 60 * 0.02)).toBeLessThan(4.5 * error + 1e-4 * skyE);
  });

  it('of the moonless sky at the zenith is that of the filter, with more zodiacal light than at its pole', () => {
    // New Moon of 2026-11-09, 07:02 UTC: the Moon is down before midnight of the 10th.
    const quiet = smallObservatory({ site: { solarFluxSfu: 130 } });
    const { sky: summary } = expectedLight(exposure({ observatory: quiet, pointing: sky.icrs(89.5, 10) }));
    // RA 43, Dec 29: ecliptic latitude 12, 174 degrees from the Sun: between 165 and 180 degrees, 10 and 15 of Leinert's table,
    // 188 against 77 at the pole: 110 / 1.28 more stars of V 10 a square degree, -0.14 redder in r; the air takes 0.5 * 0.126.
    const more = 10 ** (-0.4 * (27.78 - 2.5 * Math.log10(111 / 1.28) - 0.14 + 0.06));
    expect(summary!.skyMagPerArcsec2).toBeCloseTo(-2.5 * Math.log10(10 ** (-0.4 * 21.1) + more), 1);
    expect(summary!.skyMagPerArcsec2).toBeLessThan(21.0);
  });

  it('falls by cloud as its magnitudes say, and so does the moonless sky', () => {
    const one = exposure({ sky: withStars(star()) });
    const cloudy = { ...one, conditions: { ...one.conditions, cloudExtinctionMag: 0.7 } };
    expect(sum(starLight(cloudy)) / sum(starLight(one))).toBeCloseTo(10 ** (-0.4 * 0.7), 4);
    const [dim, clear] = [cloudy, one].map((each) => expectedLight(each).sky!.skyElectronsPerPix);
    expect(dim / clear).toBeCloseTo(10 ** (-0.4 * 0.7), 4);
  });

  it('falls towards the corners as the vignetting says', () => {
    const vignetted = smallObservatory({ telescope: { vignettingAtCorner: 0.4 } });
    const open = smallObservatory();
    const [dim, full] = [vignetted, open].map((each) => expectedLight(exposure({ observatory: each })).electrons);
    const kept = (x: number, y: number) => dim[y * 256 + x] / full[y * 256 + x];
    expect(kept(0, 0)).toBeCloseTo(0.6, 5);
    expect(kept(255, 255)).toBeCloseTo(0.6, 5);
    expect(kept(127, 128)).toBeCloseTo(1, 4);
    // Half way to the corner a quarter of the loss.
    expect(kept(191, 191)).toBeCloseTo(1 - 0.4 * (63.5 / 127.5) ** 2, 5);
  });

  it('comes from where the WCS says', () => {
    const { wcs } = expectedLight(exposure());
    const shown = star(11, 60, -80);
    const at = centroid(starLight(exposure({ sky: withStars(shown) })));
    const pixel = skyToPixel(wcs!, shown.raDeg, shown.decDeg)!;
    expect(at.x).toBeCloseTo(pixel.x - 1, 2);
    expect(at.y).toBeCloseTo(pixel.y - 1, 2);
    // The pointing falls on the chip's centre, but for the colour of the air: r is bent 0.1 arcsec less than V at 60 degrees.
    const centre = skyToPixel(wcs!, pointing.raDeg, pointing.decDeg)!;
    expect(Math.hypot(centre.x - 128.5, centre.y - 128.5) * SCALE_ARCSEC).toBeCloseTo(0.1, 1);
  });

  it.each([
    // The vertical points to the position angle, from north through east. East is a quarter turn from north against the clock.
    [0, 0, 1],
    [90, 1, 0],
    [-90, -1, 0],
    [180, 0, -1],
    [30, 0.5, Math.sqrt(0.75)],
  ])('at position angle %d has north towards (%d, %d), east to the left of it', (positionAngleDeg, toX, toY) => {
    const turned = {
      ...smallObservatory({ camera: { positionAngleDeg } }),
      without: [...QUIET, 'differentialRefraction' as const],
    };
    const away = 100 / SCALE_ARCSEC;
    const one = exposure({ observatory: turned, sky: withStars(star(10, 0, 100)) });
    const north = centroid(starLight(one));
    expect(north.x).toBeCloseTo(127.5 + toX * away, 1);
    expect(north.y).toBeCloseTo(127.5 + toY * away, 1);
    const east = centroid(starLight({ ...one, sky: withStars(star(10, 100, 0)) }));
    expect(east.x).toBeCloseTo(127.5 - toY * away, 1);
    expect(east.y).toBeCloseTo(127.5 + toX * away, 1);
  });

  it('has the delivered width', () => {
    // At the zenith in r: atmosphere 0.76 (500 / 622.1)^0.3 = 0.7118; 1.16 sqrt(2.1^2 + 1.04 * 0.5067) = 2.5774 arcsec,
    // and 0.8113 of it, for a Moffat profile of beta 3.5 has 3.443 FWHM^2 of noise-equivalent area and a Gaussian 2.266.
    const { sky: summary } = expectedLight(exposure({ pointing: sky.icrs(89.5, 10) }));
    expect(summary!.psfFwhmArcsec).toBeCloseTo(0.8113 * 2.5774, 2);
  });
});

describe('chance', () => {
  it('makes the same bytes for the same seed and exposure', () => {
    const one = exposure({ sky: withStars(star()) });
    expect(renderFrame(one)).toEqual(renderFrame({ ...one }));
  });

  it('changes the noise with the seed and the exposure, and not the sky', () => {
    const one = exposure({ sky: withStars(star()) });
    const changed = [
      { ...one, seed: 43 },
      { ...one, exposureId: 'x2' },
    ];
    for (const other of changed) {
      expect(expectedLight(other)).toEqual(expectedLight(one));
      const [a, b] = [renderFrame(one).frame.pixels, renderFrame(other).frame.pixels];
      const same = a.filter((adu, i) => adu === b[i]).length / a.length;
      expect(same).toBeLessThan(0.05);
    }
  });
});

describe('a frame without light', () => {
  it('is dark behind a closed dome, though the telescope points', () => {
    const closed = exposure({ domeOpen: false, exposureTimeS: 600, sky: withStars(star(3)) });
    const { electrons, wcs, sky: summary } = expectedLight(closed);
    expect(electrons.every((e) => e === 0)).toBe(true);
    const { pixels } = renderFrame(closed).frame;
    // 600 s of 0.02 electrons at 1.6 electrons a count, over the bias level.
    expect(sum(pixels) / pixels.length).toBeCloseTo(1000 + 12 / 1.6, 0);
    expect(wcs).toBeDefined();
    expect(summary).toMatchObject({ skyElectronsPerPix: 0, starsRendered: 0 });
  });

  it('is a bias frame when it is one, whatever the sky', () => {
    const bias = exposure({ imageType: 'bias', exposureTimeS: 0, pointing: null, sky: withStars(star(3)) });
    const { frame, wcs, summary } = renderFrame(bias);
    expect(sum(frame.pixels) / frame.pixels.length).toBeCloseTo(1000, 0);
    expect(wcs).toBeUndefined();
    expect(summary).toEqual({ saturatedPixels: 0, sky: undefined });
  });
});

describe('bright stars', () => {
  it('saturate at the full well', () => {
    const { frame, summary } = renderFrame(exposure({ sky: withStars(star(3)) }));
    const top = frame.pixels.reduce((a, b) => Math.max(a, b));
    expect(summary.saturatedPixels).toBeGreaterThan(20);
    // 1000 + 100000 / 1.6, and a few of 3.75 ADU of read noise.
    expect(Math.abs(top - 63_500)).toBeLessThan(6 * 3.75);
    expect(frame.pixels.filter((adu) => adu > 63_400).length).toBeGreaterThan(0.9 * summary.saturatedPixels);
  });

  it('are those of the real sky: Alcyone and Atlas in the Pleiades', () => {
    // Hipparcos, J2000 (25 years of proper motion are below 2 arcsec): HIP 17702, V 2.85, and HIP 17847, V 3.62.
    const alcyone = { raDeg: 56.87115, decDeg: 24.10514 };
    const atlas = { raDeg: 57.29059, decDeg: 24.05342 };
    const sky = { stars: [openStars(dataFile('stars.bin'))], galaxies: noGalaxies };
    const lights = [alcyone, atlas].map((place) => {
      const { electrons } = expectedLight(exposure({ pointing: place, exposureTimeS: 0.5, sky }));
      const brightest = electrons.indexOf(electrons.reduce((a, b) => Math.max(a, b)));
      expect(Math.abs((brightest % 256) - 127.5)).toBeLessThan(1.6);
      expect(Math.abs(Math.floor(brightest / 256) - 127.5)).toBeLessThan(1.6);
      return electrons[brightest];
    });
    // 10^(0.4 * 0.77) = 2.03; how the star lies on its brightest pixel can change that by a quarter.
    expect(Math.abs(Math.log(lights[0] / lights[1] / 2.03))).toBeLessThan(0.3);
  });
});

describe('galaxies', () => {
  it('are those of the real sky: M31 fills the chip, M32 lies on it', () => {
    const galaxies = openGalaxies(JSON.parse(new TextDecoder().decode(dataFile('galaxies.json'))));
    const m31 = { raDeg: 10.68479, decDeg: 41.26906 };
    const wide = smallObservatory({ camera: { pixelSizeUm: 108 } });
    const one = exposure({ observatory: wide, pointing: m31, sky: { stars: [], galaxies } });
    const { electrons, sky: summary } = expectedLight(one);
    expect(summary!.galaxiesRendered).toBeGreaterThanOrEqual(3);
    const dark = expectedLight({ ...one, sky: empty }).electrons;
    // 60 x 60 arcmin at 14.5 arcsec a pixel. 10 arcmin (41 pixels) from the centre along the major axis, position angle 35
    // degrees, there is more light than across it: east is left.
    const light = (pa: number, pixels: number) => {
      const [dx, dy] = [-Math.sin((pa * Math.PI) / 180) * pixels, Math.cos((pa * Math.PI) / 180) * pixels];
      const i = Math.round(127.5 + dy) * 256 + Math.round(127.5 + dx);
      return electrons[i] - dark[i];
    };
    expect(light(35, 41)).toBeGreaterThan(1.5 * light(125, 41));
    expect(light(215, 41)).toBeGreaterThan(1.5 * light(305, 41));
    // M32: 24.2 arcmin south and a little east of the centre.
    const m32 = (128 - Math.round((24.2 * 60) / (SCALE_ARCSEC * 8))) * 256 + 127;
    expect(electrons[m32] - dark[m32]).toBeGreaterThan(2 * (electrons[m32 + 12] - dark[m32 + 12]));
  });
});

describe('what cannot be taken', () => {
  it('is refused: a filter that there is not', () => {
    expect(() => renderFrame(exposure({ filter: 'H' }))).toThrow(ConfigureFailed);
  });

  it('is refused: a field below the horizon', () => {
    const act = () => renderFrame(exposure({ pointing: sky.icrs(-20, 140) }));
    expect(act).toThrow(ExposureFailed);
    expect(act).toThrow(/altitude -20\.00 deg/);
  });
});
