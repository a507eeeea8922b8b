import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { skyToPixel } from '../../../core/gnomonic.ts';
import type { Observatory } from '../../../core/records/observatory.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { projectionOf } from '../../../core/twin/projection.ts';
import { smallObservatory } from './observatory.ts';

/** Made by astropy; test/truth/twin/projection.py says how. */
const truth = JSON.parse(readFileSync(new URL('../../truth/twin/projection.json', import.meta.url), 'utf8')) as {
  fields: {
    utc: string;
    raDeg: number;
    decDeg: number;
    wavelengthNm: number;
    altitudeDeg: number;
    stars: { raDeg: number; decDeg: number; x: number; y: number }[];
  }[];
};

const SIDE = 2048;
const whole = smallObservatory({ camera: { widthPix: SIDE, heightPix: SIDE } });
const midMs = Date.UTC(2026, 10, 10, 23, 30);
const instant = skyAt(midMs, whole.site);
const R = { effectiveWavelengthNm: 622.1 };
const SCALE_ARCSEC = (206264.80624709636 * 13.5e-6) / 1.54;
const CENTRE = (SIDE - 1) / 2;

const projected = (
  altitudeDeg: number,
  {
    observatory = whole,
    filter = R,
    rotationDeg = 0,
  }: { observatory?: Observatory; filter?: typeof R; rotationDeg?: number } = {},
) => projectionOf({ observatory, pointing: instant.icrs(altitudeDeg, 140), instant, filter, rotationDeg });

/** Pixels over the field and a little beyond. */
const pixels = Array.from({ length: 400 }, (_, i) => ({
  x: -150 + ((i % 20) / 19) * (SIDE + 300),
  y: -150 + (Math.floor(i / 20) / 19) * (SIDE + 300),
}));

describe('the path of light', () => {
  it.each(truth.fields)('is that of astropy at RA $raDeg, Dec $decDeg, $wavelengthNm nm', (field) => {
    const { raDeg, decDeg, wavelengthNm, stars } = field;
    const projection = projectionOf({
      observatory: whole,
      pointing: { raDeg, decDeg },
      instant: skyAt(Date.parse(`${field.utc}Z`), whole.site),
      filter: { effectiveWavelengthNm: wavelengthNm },
    });
    for (const star of stars) {
      const pixel = projection.pixelOf(star.raDeg, star.decDeg)!;
      // 0.01 pixel is 0.018 arcsec, the size of the terms of nutation and precession that differ.
      expect(Math.hypot(pixel.x - star.x, pixel.y - star.y)).toBeLessThan(0.01);
    }
  });

  it.each([80, 45, 25, 16])('is met by the fast one at altitude %d', (altitudeDeg) => {
    const observatory = { ...whole, telescope: { ...whole.telescope, distortion: { radialPerDeg2: 0.002 } } };
    const projection = projected(altitudeDeg, { observatory });
    for (const { x, y } of pixels) {
      const { raDeg, decDeg } = projection.skyOf(x, y);
      const fast = projection.pixelOf(raDeg, decDeg)!;
      const exact = projection.exactPixelOf(raDeg, decDeg)!;
      expect(Math.hypot(fast.x - exact.x, fast.y - exact.y)).toBeLessThan(1e-3);
      expect(Math.hypot(fast.x - x, fast.y - y)).toBeLessThan(1e-6);
      expect(Math.abs(projection.airmassAt(x, y) - instant.horizontal(raDeg, decDeg).airmass)).toBeLessThan(1e-5);
    }
  });

  it('squeezes the field towards the zenith as the refraction does', () => {
    // A tan z: 0.5 degrees up or down in altitude at zenith distance z is squeezed by A / cos^2 z; across by A.
    const dry = 60.4 * (whole.site.elevationM > 0 ? Math.exp(-whole.site.elevationM / 8430) : 1);
    for (const altitudeDeg of [60, 45, 30]) {
      const at = projected(altitudeDeg, { filter: { effectiveWavelengthNm: 550 } });
      const off = projected(altitudeDeg, {
        filter: { effectiveWavelengthNm: 550 },
        observatory: { ...whole, without: ['differentialRefraction'] },
      });
      const z = 90 - altitudeDeg;
      const [low, high] = [instant.icrs(altitudeDeg - 0.5, 140), instant.icrs(altitudeDeg + 0.5, 140)];
      const span = (p: typeof at) => {
        const [a, b] = [low, high].map((place) => p.pixelOf(place.raDeg, place.decDeg)!);
        return Math.hypot(a.x - b.x, a.y - b.y) * SCALE_ARCSEC;
      };
      // One degree, and sec^2 z for the tangent: about 1 arcsec at 45 degrees.
      const expected = (dry * (Math.PI / 180)) / Math.cos((z * Math.PI) / 180) ** 2;
      expect(Math.abs((span(off) - span(at)) / expected - 1)).toBeLessThan(0.1);
    }
  });

  it('stretches the field by aberration as its cosine law says', () => {
    // Differential aberration: towards the apex of the Earth's motion the scale changes by v / c = 1e-4 (0.36 arcsec a degree).
    const [vx, vy, vz] = instant.earth.velocityAuPerDay;
    const speed = Math.hypot(vx, vy, vz);
    const apex = { raDeg: (Math.atan2(vy, vx) * 180) / Math.PI, decDeg: (Math.asin(vz / speed) * 180) / Math.PI };
    const later = [0, 6, 12, 18].map((hours) => skyAt(midMs + hours * 3_600_000, whole.site));
    const high = later.find((each) => each.horizontal(apex.raDeg, apex.decDeg).altitudeUnrefractedDeg > 30)!;
    const projection = projectionOf({
      observatory: { ...whole, without: ['differentialRefraction'] },
      pointing: apex,
      instant: high,
      filter: R,
    });
    const north = projection.pixelOf(apex.raDeg, apex.decDeg + 0.5)!;
    const far = Math.hypot(north.x - CENTRE, north.y - CENTRE) * SCALE_ARCSEC;
    const plain = Math.tan((0.5 * Math.PI) / 180) * 206264.806;
    expect((plain - far) / plain / (speed / 173.1446)).toBeCloseTo(1, 1);
  });

  it('shifts blue light against red light, by nearly the same all over the field', () => {
    const [blue, red] = [372.4, 868].map((nm) => projected(45, { filter: { effectiveWavelengthNm: nm } }));
    const offsets = pixels.map(({ x, y }) => {
      const { raDeg, decDeg } = red.skyOf(x, y);
      const at = blue.pixelOf(raDeg, decDeg)!;
      return Math.hypot(at.x - x, at.y - y) * SCALE_ARCSEC;
    });
    // Edlen 1953 (J. Opt. Soc. Am. 43, 339), as Filippenko 1982 uses it: 1e6 (n - 1) is 284.43 at 372.4 nm and 274.67 at 868 nm,
    // at 15 degrees and 1013.25 hPa; standard air at 2396 m has 0.790 of it. At 45 degrees tan z is 1: 1.59 arcsec.
    const mean = offsets.reduce((sum, each) => sum + each, 0) / offsets.length;
    expect(Math.abs(mean - 1.59)).toBeLessThan(0.03);
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(0.13);
  });

  it('turns with the camera and its error together', () => {
    const projection = projected(60, {
      rotationDeg: 30,
      observatory: { ...whole, camera: { ...whole.camera, positionAngleDeg: 60 } },
    });
    const { raDeg, decDeg } = projection.centre;
    const here = projection.pixelOf(raDeg, decDeg)!;
    const north = projection.pixelOf(raDeg, decDeg + 0.2)!;
    // The upward direction has position angle 90: north lies to the right.
    expect((north.x - here.x) / (720 / SCALE_ARCSEC)).toBeCloseTo(1, 3);
    expect(Math.abs(north.y - here.y)).toBeLessThan(0.05);
  });

  it('bends outwards with distortion as r (1 + k r^2)', () => {
    const observatory = { ...whole, telescope: { ...whole.telescope, distortion: { radialPerDeg2: 0.002 } } };
    const [bent, straight, off] = [
      projected(70, { observatory }),
      projected(70),
      projected(70, { observatory: { ...observatory, without: ['distortion'] } }),
    ];
    for (const { x, y } of pixels) {
      const { raDeg, decDeg } = straight.skyOf(x, y);
      const at = bent.pixelOf(raDeg, decDeg)!;
      const r = (Math.hypot(x - CENTRE, y - CENTRE) * SCALE_ARCSEC) / 3600;
      expect((at.x - CENTRE) / (x - CENTRE)).toBeCloseTo(1 + 0.002 * r * r, 6);
      expect(off.pixelOf(raDeg, decDeg)).toEqual(straight.pixelOf(raDeg, decDeg));
    }
  });
});

describe('the WCS of a field', () => {
  it.each([
    ['TAN', undefined, 80, 0.02],
    ['TAN', undefined, 45, 0.02],
    // The air bends a field at 25 degrees by more than a plane can follow.
    ['TAN', undefined, 25, 0.05],
    ['TAN-SIP', { radialPerDeg2: 0.002 }, 45, 0.02],
    ['TAN-SIP', { radialPerDeg2: -0.004 }, 25, 0.02],
  ])('%s with distortion %o at altitude %d agrees with the pixels', (kind, distortion, altitudeDeg, within) => {
    const telescope = { ...whole.telescope, ...(distortion ? { distortion } : {}) };
    const projection = projected(altitudeDeg, { observatory: { ...whole, telescope } });
    expect(projection.wcs.sip !== undefined).toBe(kind === 'TAN-SIP');
    for (const { x, y } of pixels.filter((each) => Math.max(each.x, each.y) < SIDE && Math.min(each.x, each.y) > 0)) {
      const { raDeg, decDeg } = projection.skyOf(x, y);
      const pixel = skyToPixel(projection.wcs, raDeg, decDeg)!;
      expect(Math.hypot(pixel.x - 1 - x, pixel.y - 1 - y)).toBeLessThan(within);
    }
    expect(projection.wcsMaxPix).toBeLessThan(within);
  });
});

describe('awkward places', () => {
  it.each([
    ['RA 0', { raDeg: 0.001, decDeg: 10 }],
    ['RA 360', { raDeg: 359.999, decDeg: 10 }],
    ['the pole', { raDeg: 123, decDeg: 90 }],
    ['near the pole', { raDeg: 200, decDeg: 89.95 }],
  ])('are as good as any: %s', (_, pointing) => {
    const projection = projectionOf({ observatory: whole, pointing, instant, filter: R });
    for (const { x, y } of pixels) {
      const { raDeg, decDeg } = projection.skyOf(x, y);
      expect(raDeg >= 0 && raDeg < 360 && Math.abs(decDeg) <= 90).toBe(true);
      const exact = projection.exactPixelOf(raDeg, decDeg)!;
      expect(Math.hypot(exact.x - x, exact.y - y)).toBeLessThan(1e-3);
    }
    expect(projection.wcsMaxPix).toBeLessThan(0.02);
  });

  it('behind the telescope or below the horizon have no pixel', () => {
    const projection = projected(20);
    const { raDeg, decDeg } = projection.centre;
    expect(projection.pixelOf(raDeg + 180, -decDeg)).toBeUndefined();
    const below = instant.icrs(-20, 140);
    expect(projection.pixelOf(below.raDeg, below.decDeg)).toBeUndefined();
  });
});
