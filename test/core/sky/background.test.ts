import { describe, expect, it } from 'vitest';
import {
  darkSkyMag,
  type MoonGeometry,
  magOfNanoLamberts,
  moonlightMag,
  moonlightNanoLamberts,
  skyBrightness,
  twilightMag,
} from '../../../core/sky/background.ts';
import { type Band, bandMag, DEFAULT_B_MINUS_V } from '../../../core/sky/colours.ts';
import { extinguishedMag, transmission } from '../../../core/sky/extinction.ts';

const MOON: MoonGeometry = { zenithDistanceDeg: 70, separationDeg: 50, phaseAngleDeg: 45 };
const MOON_DOWN: MoonGeometry = { ...MOON, zenithDistanceDeg: 91 };
const flux = (mag: number) => 10 ** (-0.4 * mag);

describe('moonlight', () => {
  it('is the published example', () => {
    expect(magOfNanoLamberts(moonlightNanoLamberts(MOON, 20, 0.15))).toBeCloseTo(19.855, 3);
  });

  it('converts 79 nanoLamberts to the 21.587 mag of the same paper', () => {
    // Krisciunas & Schaefer 1991: their dark zenith sky, V = 21.587, is 79.0 nL.
    expect(magOfNanoLamberts(79.0)).toBeCloseTo(21.587, 2);
  });

  it('grows towards the Moon without a step, and stops at its disc', () => {
    let before = 0;
    for (let separationDeg = 30; separationDeg > 0.001; separationDeg -= 0.01) {
      const light = moonlightNanoLamberts({ ...MOON, separationDeg }, 60, 0.15);
      expect(light).toBeGreaterThanOrEqual(before);
      if (before > 0 && separationDeg > 1) expect(light / before).toBeLessThan(1.03);
      before = light;
    }
    const inside = (separationDeg: number) => moonlightNanoLamberts({ ...MOON, separationDeg }, 60, 0.15);
    expect(inside(0.1) / inside(0.2)).toBeCloseTo(1, 4);
  });

  it.each([
    // Far from the Moon and in thin air, light scattered by molecules is the source's times wavelength^-4.
    ['g', 'r', 0.45 + 0.27, (622.1 / 480.7) ** 4],
    ['r', 'i', -0.27 + 0.59, (755.9 / 622.1) ** 4],
  ] as const)('in %s and %s has the colour of the Moon, made bluer by the air', (blue, red, moonColour, rayleigh) => {
    const moon = { ...MOON, separationDeg: 120 };
    const colour = moonlightMag(blue, moon, 0, 0) - moonlightMag(red, moon, 0, 0);
    // Some haze is left at 120 degrees, and 0.172 mag is not quite thin.
    expect(Math.abs(colour - (moonColour - 2.5 * Math.log10(rayleigh)))).toBeLessThan(0.15);
  });

  it('is none when the Moon is down, and the same for a waxing and a waning Moon', () => {
    expect(moonlightNanoLamberts(MOON_DOWN, 20, 0.15)).toBe(0);
    expect(moonlightMag('r', MOON_DOWN, 20, 0.15)).toBe(Number.POSITIVE_INFINITY);
    expect(moonlightNanoLamberts({ ...MOON, phaseAngleDeg: -45 }, 20, 0.15)).toBe(
      moonlightNanoLamberts(MOON, 20, 0.15),
    );
  });
});

describe('the moonless sky', () => {
  it('follows van Rhijn and the extinction', () => {
    expect(darkSkyMag(21.5, 0.17, 0)).toBe(21.5);
    const x = 1 / Math.sqrt(1 - 0.96 * 0.75);
    expect(darkSkyMag(21.5, 0.17, 60)).toBeCloseTo(21.5 + 0.17 * (x - 1) - 2.5 * Math.log10(x), 12);
  });
});

describe('twilight', () => {
  it.each([
    // Patat et al. 2006, table 1, and Blanton & Roweis 2007 for AB - Vega; night sky of Patat 2003.
    { band: 'u', fit: [11.78, 1.376, -0.039], nightMag: 22.3, abMinusVega: 0.79 },
    { band: 'r', fit: [11.4, 1.567, -0.064], nightMag: 20.9, abMinusVega: 0.21 },
  ] as const)('and night together are what was measured in $band', ({ band, fit, nightMag, abMinusVega }) => {
    for (const sunAltitudeDeg of [-5, -8, -10, -13, -15]) {
      const x = -sunAltitudeDeg - 5;
      const measured = fit[0] + fit[1] * x + fit[2] * x * x;
      const sum = flux(twilightMag(band, sunAltitudeDeg) - abMinusVega) + flux(nightMag);
      expect(-2.5 * Math.log10(sum)).toBeCloseTo(measured, 10);
    }
  });

  it.each(['u', 'g', 'r', 'i', 'z', 'y'] as Band[])('fades steadily in %s and is gone at -18 degrees', (band) => {
    for (let altitudeDeg = 2; altitudeDeg > -15; altitudeDeg -= 0.01) {
      const fading = twilightMag(band, altitudeDeg - 0.01) - twilightMag(band, altitudeDeg);
      expect(fading).toBeGreaterThanOrEqual(0);
      expect(fading).toBeLessThan(0.05);
    }
    expect(twilightMag(band, -18)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the brightness of the sky', () => {
  const dark = {
    band: 'r' as Band,
    darkSkyMagPerArcsec2: 21.1,
    extinctionMagPerAirmass: 0.126,
    zenithDistanceDeg: 0,
    sunAltitudeDeg: -40,
    moon: MOON_DOWN,
  };

  it('is the dark sky when Sun and Moon are down', () => {
    expect(skyBrightness(dark)).toBeCloseTo(21.1, 10);
  });

  it('adds the light of twilight to it', () => {
    const sum = flux(21.1) + flux(twilightMag('r', -12));
    expect(skyBrightness({ ...dark, sunAltitudeDeg: -12 })).toBeCloseTo(-2.5 * Math.log10(sum), 10);
  });

  it('adds the light of the Moon, which spoils blue bands more than red ones', () => {
    const moon = { zenithDistanceDeg: 40, separationDeg: 60, phaseAngleDeg: 10 };
    // Dark sky and extinction of SMTN-002.
    const bands: [Band, number, number][] = [
      ['u', 23.052, 0.47],
      ['g', 22.254, 0.213],
      ['r', 21.198, 0.126],
      ['i', 20.463, 0.096],
      ['z', 19.606, 0.068],
    ];
    const brighter = bands.map(
      ([band, darkSkyMagPerArcsec2, extinctionMagPerAirmass]) =>
        darkSkyMagPerArcsec2 - skyBrightness({ ...dark, band, darkSkyMagPerArcsec2, extinctionMagPerAirmass, moon }),
    );
    const [u, g, r, i, z] = brighter;
    expect(u).toBeGreaterThan(r);
    expect([g, r, i, z]).toEqual([g, r, i, z].toSorted((a, b) => b - a));
    expect(g).toBeGreaterThan(2);
    expect(z).toBeGreaterThan(0.1);
  });
});

describe('colours of stars', () => {
  it.each([
    // www.sdss.org, "Estimates for the ugriz colors of Vega and the Sun"; uncertain by 0.02 to 0.08.
    { star: 'Sun', v: 4.82, bMinusV: 0.65, g: 5.12, ug: 1.43, gr: 0.44, ri: 0.11, iz: 0.03 },
    { star: 'Vega', v: 0.03, bMinusV: 0, g: -0.08, ug: 1.02, gr: -0.25, ri: -0.23, iz: -0.17 },
  ])('are those of the $star', ({ v, bMinusV, g, ug, gr, ri, iz }) => {
    const mag = (band: Band) => bandMag(band, v, bMinusV);
    expect(Math.abs(mag('g') - g)).toBeLessThan(0.05);
    expect(Math.abs(mag('u') - mag('g') - ug)).toBeLessThan(0.14);
    expect(Math.abs(mag('g') - mag('r') - gr)).toBeLessThan(0.05);
    expect(Math.abs(mag('r') - mag('i') - ri)).toBeLessThan(0.05);
    expect(Math.abs(mag('i') - mag('z') - iz)).toBeLessThan(0.07);
    expect(Math.abs(mag('z') - mag('y'))).toBeLessThan(0.15);
  });

  it('are finite and continuous for every B-V of the catalogue, and those of B-V 0.7 where it is unknown', () => {
    for (const band of ['u', 'g', 'r', 'i', 'z', 'y'] as Band[]) {
      for (let code = 0; code < 254; code++) {
        const bMinusV = code * 0.02 - 0.8;
        const step = bandMag(band, 10, bMinusV + 0.02) - bandMag(band, 10, bMinusV);
        expect(Math.abs(step), `${band} at ${bMinusV}`).toBeLessThan(0.15);
      }
      expect(bandMag(band, 10, Number.NaN)).toBe(bandMag(band, 10, DEFAULT_B_MINUS_V));
    }
  });
});

describe('extinction', () => {
  it('is k X and the cloud', () => {
    expect(extinguishedMag(12, 0.2, 1.5, 0.4)).toBeCloseTo(12.7, 12);
    expect(transmission(0.2, 1.5, 0.45)).toBeCloseTo(10 ** -0.3, 12);
  });
});
