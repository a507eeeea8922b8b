import { describe, expect, it } from 'vitest';
import { pixelToSky, skyToPixel } from '../../../core/gnomonic.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import type { Galaxy } from '../../../core/sky/galaxies.ts';
import { addGalaxies } from '../../../core/twin/galaxies.ts';
import type { Light } from '../../../core/twin/light.ts';
import { type Projection, projectionOf } from '../../../core/twin/projection.ts';
import { psfOf } from '../../../core/twin/psf.ts';
import { sersicB, sersicIndex, sersicOf } from '../../../core/twin/sersic.ts';
import { smallObservatory } from './observatory.ts';

const galaxy = (changes: Partial<Galaxy> = {}): Galaxy => ({
  name: 'test',
  aliases: [],
  raDeg: 150,
  decDeg: 20,
  vMag: 11,
  bMinusV: 0.8,
  majorArcmin: 3,
  minorArcmin: 1.5,
  positionAngleDeg: 30,
  type: 'Sc',
  ...changes,
});

const SIDE = 401;
const SCALE_ARCSEC = 2;
const FLUX_E = 1e6;

/** The galaxy alone on a chip with north up and east left, 2 arcsec a pixel, its centre `dx`, `dy` pixels from the chip's. */
function rendered(shown: Galaxy, { dx = 0, dy = 0, fwhmPix = 1.3 } = {}): Light['image'] {
  const image = { width: SIDE, height: SIDE, electrons: new Float32Array(SIDE * SIDE) };
  const scaleDegPerPix = SCALE_ARCSEC / 3600;
  const wcs = {
    crval1Deg: shown.raDeg,
    crval2Deg: shown.decDeg,
    crpix1: (SIDE + 1) / 2 + dx,
    crpix2: (SIDE + 1) / 2 + dy,
    cd11: -scaleDegPerPix,
    cd12: 0,
    cd21: 0,
    cd22: scaleDegPerPix,
  };
  const pixelOf = (raDeg: number, decDeg: number) => {
    const { x, y } = skyToPixel(wcs, raDeg, decDeg)!;
    return { x: x - 1, y: y - 1 };
  };
  const projection: Projection = {
    centre: shown,
    scaleDegPerPix,
    pixelOf,
    exactPixelOf: pixelOf,
    skyOf: (x, y) => pixelToSky(wcs, x + 1, y + 1),
    airmassAt: () => 1,
    wcs,
    wcsMaxPix: 0,
  };
  const light: Light = {
    image,
    projection,
    psf: psfOf(fwhmPix),
    filter: smallObservatory().filters[2],
    electronsOf: () => FLUX_E,
  };
  expect(addGalaxies(light, { count: 1, cone: () => [shown] })).toBe(1);
  return image;
}

/** Light, centre and second moments of an image about its centre, pixels. */
function moments({ width, electrons }: Light['image']) {
  let [light, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < electrons.length; i++) {
    const [u, v, e] = [i % width, Math.floor(i / width), electrons[i]];
    light += e;
    x += e * u;
    y += e * v;
    xx += e * u * u;
    yy += e * v * v;
    xy += e * u * v;
  }
  x /= light;
  y /= light;
  return { light, x, y, xx: xx / light - x * x, yy: yy / light - y * y, xy: xy / light - x * y };
}

const peak = ({ electrons }: Light['image']) => electrons.reduce((a, b) => Math.max(a, b));

describe('the profile of a galaxy', () => {
  it.each([
    // Graham & Driver 2005, PASA 22, 118: b of n = 1, 2, 4.
    [1, 1.678],
    [2, 3.672],
    [4, 7.669],
  ])('has for n = %d the b of half the light', (n, b) => {
    expect(sersicB(n)).toBeCloseTo(b, 3);
  });

  it.each([
    ['E', 4],
    ['E-S0', 4],
    ['S0-a', 3],
    ['SBab', 2],
    ['Sb', 2],
    ['Sbc', 1],
    ['IB', 1],
    [undefined, 1],
  ])('of type %s has the index %d', (type, n) => {
    expect(sersicIndex(type)).toBe(n);
  });

  it.each(['E', 'S0', 'Sb', 'Sc'])('of type %s holds all its light inside the cut', (type) => {
    const profile = sersicOf(galaxy({ type }));
    let sum = 0;
    const steps = 200_000;
    const dr = profile.cutRadiusArcsec / steps;
    for (let i = 0; i < steps; i++) {
      const r = (i + 0.5) * dr;
      sum += profile.shareAt(r) * 2 * Math.PI * profile.axisRatio * r * dr;
    }
    expect(sum).toBeCloseTo(1, 4);
    expect(profile.shareAt(profile.cutRadiusArcsec * 1.001)).toBe(0);
  });

  it.each(['E', 'S0', 'Sb', 'Sc'])('of type %s has 25 B mag per square arcsec at the catalogued diameter', (type) => {
    const shown = galaxy({ type });
    const share = sersicOf(shown).shareAt((shown.majorArcmin * 60) / 2);
    expect(shown.vMag + shown.bMinusV - 2.5 * Math.log10(share)).toBeCloseTo(25, 6);
  });

  it('of M31 has about the half-light radius of its disc', () => {
    // D25 177.83 x 69.66 arcmin, B 4.29. Walterbos & Kennicutt 1988, A&A 198, 61: the disc's scale length in B is 5.8 kpc for a
    // distance of 690 kpc, 28.9 arcmin, so its half-light radius 48 arcmin; the bulge, a quarter of the light, makes it less.
    const m31 = galaxy({ majorArcmin: 177.83, minorArcmin: 69.66, vMag: 3.44, bMinusV: 0.85, type: 'Sb' });
    const arcmin = sersicOf(m31).effectiveRadiusArcsec / 60;
    expect(arcmin).toBeGreaterThan(30);
    expect(arcmin).toBeLessThan(48);
  });

  it('of a galaxy too faint for its diameter is finite and has all its light', () => {
    const profile = sersicOf(galaxy({ vMag: 16 }));
    expect(profile.effectiveRadiusArcsec).toBeGreaterThan(10);
    expect(profile.effectiveRadiusArcsec).toBeLessThan(90);
  });
});

describe('a rendered galaxy', () => {
  it.each([
    ['E', 0],
    ['S0', 0.37],
    ['Sb', -0.5],
    ['Sc', 0.21],
  ])('of type %s keeps its light and its place, %d pixels off a pixel centre', (type, off) => {
    const { light, x, y } = moments(rendered(galaxy({ type }), { dx: off, dy: -off }));
    expect(Math.abs(light / FLUX_E - 1)).toBeLessThan(2e-3);
    expect(Math.abs(x - (SIDE - 1) / 2 - off)).toBeLessThan(0.02);
    expect(Math.abs(y - (SIDE - 1) / 2 + off)).toBeLessThan(0.02);
  });

  it.each([0, 30, 90, 135])('at position angle %d lies so, from north (up) through east (left)', (positionAngleDeg) => {
    const { xx, yy, xy } = moments(rendered(galaxy({ positionAngleDeg })));
    const fromXDeg = (Math.atan2(2 * xy, xx - yy) / 2) * (180 / Math.PI);
    // A direction at angle p from north through east is (-sin p, cos p) on the chip, at p + 90 degrees from its x axis.
    const differenceDeg = (fromXDeg - positionAngleDeg - 90) % 180;
    expect(Math.min(Math.abs(differenceDeg), 180 - Math.abs(differenceDeg))).toBeLessThan(0.1);
  });

  it('has the axis ratio of the catalogue, but for the seeing', () => {
    const { xx, yy } = moments(rendered(galaxy({ positionAngleDeg: 0 }), { fwhmPix: 0.6 }));
    expect(Math.sqrt(xx / yy)).toBeCloseTo(0.5, 2);
  });

  it('is blurred: its peak falls and its light stays when the seeing is worse', () => {
    const sharp = rendered(galaxy({ type: 'E' }), { fwhmPix: 1.2 });
    const blurred = rendered(galaxy({ type: 'E' }), { fwhmPix: 4 });
    expect(peak(blurred)).toBeLessThan(0.5 * peak(sharp));
    expect(moments(blurred).light / moments(sharp).light).toBeCloseTo(1, 2);
  });

  it.each([0.01, 0.05, 0.2])('of %d arcmin, much smaller than the seeing, looks like a star', (arcmin) => {
    const tiny = galaxy({ majorArcmin: arcmin, minorArcmin: arcmin / 8, vMag: 16 });
    const image = rendered(tiny, { fwhmPix: 12, dx: 0.3 });
    const { light, x } = moments(image);
    expect(Math.abs(light / FLUX_E - 1)).toBeLessThan(1e-3);
    expect(x).toBeCloseTo((SIDE - 1) / 2 + 0.3, 1);
    // Peak of a Moffat star, (beta - 1) / (pi alpha^2), which a pixel, its phase and the galaxy's own width lower a little.
    const alpha = 12 / (2 * Math.sqrt(2 ** (1 / 3.5) - 1));
    const share = peak(image) / ((FLUX_E * 2.5) / (Math.PI * alpha * alpha));
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(1);
  });

  it('has no seam where the blurred part ends', () => {
    const { electrons } = rendered(galaxy({ type: 'E', minorArcmin: 3 }), { fwhmPix: 1.3 });
    // Along the row through the centre the light falls steadily: each step down is smaller than 1.3 times the one before.
    const row = electrons.subarray(200 * SIDE + 200, 200 * SIDE + 290);
    for (let x = 5; x < 80; x++) {
      const [before, here] = [row[x - 1] - row[x], row[x] - row[x + 1]];
      expect(here).toBeGreaterThan(0);
      expect(here / before).toBeLessThan(1.3);
    }
  });

  it.each([
    // The image's vertical has position angle 25: the galaxy's axis at 70 lies 45 degrees against the clock from it, up and left.
    [25, 0, 70, 135],
    [0, -40, 50, 180],
    [10, 20, 30, 90],
  ])(
    'on a camera at %d with an error of %d lies with position angle %d along %d degrees',
    (camera, rotationDeg, pa, alongDeg) => {
      const observatory = smallObservatory({ camera: { widthPix: SIDE, heightPix: SIDE, positionAngleDeg: camera } });
      const instant = skyAt(Date.UTC(2026, 10, 10, 23, 30), observatory.site);
      // Far in the north, where the meridians spread; 3 arcmin off the centre.
      const pointing = { raDeg: 20, decDeg: 85 };
      const filter = observatory.filters[2];
      const projection = projectionOf({ observatory, pointing, instant, filter, rotationDeg });
      const image = { width: SIDE, height: SIDE, electrons: new Float32Array(SIDE * SIDE) };
      const light: Light = { image, projection, psf: psfOf(1.3), filter, electronsOf: () => FLUX_E };
      const shown = galaxy({ ...pointing, majorArcmin: 3, minorArcmin: 1.5, positionAngleDeg: pa });
      expect(addGalaxies(light, { count: 1, cone: () => [shown] })).toBe(1);
      const { xx, yy, xy } = moments(image);
      const axisDeg = (Math.atan2(2 * xy, xx - yy) / 2) * (180 / Math.PI);
      const apart = ((((axisDeg - alongDeg) % 180) + 270) % 180) - 90;
      expect(Math.abs(apart)).toBeLessThan(0.3);
    },
  );
});
