import { describe, expect, it } from 'vitest';
import { darkSkyParts, type SkyBackground, skyBrightness, twilightGradientMag } from '../../../core/sky/background.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { airglowShare, solarFluxAt } from '../../../core/sky/solar-flux.ts';
import { sunAt } from '../../../core/sky/sun-moon.ts';
import { eclipticOf, zodiacalMag, zodiacalRadiance } from '../../../core/sky/zodiacal.ts';

const flux = (mag: number) => 10 ** (-0.4 * mag);

describe('zodiacal light', () => {
  it.each([
    // Leinert et al. 1998, table 16: the same sky in stars of V 10 per square degree; 1.28 of the units of table 17 each.
    [30, 0, 1940],
    [60, 0, 395],
    [90, 0, 202],
    [90, 30, 103],
    [135, 0, 140],
    [180, 0, 180],
    [90, 90, 60],
  ])('%d degrees from the Sun at latitude %d is as bright as %d stars of V 10', (fromSunDeg, latitudeDeg, stars) => {
    const radiance = zodiacalRadiance({ fromSunDeg, latitudeDeg });
    expect(Math.abs(radiance / 1.28 / stars - 1)).toBeLessThan(0.012);
    // A star of V 10 over a square degree of 3600^2 square arcsec; at 500 nm there is no colour correction.
    const mag = 10 + 2.5 * Math.log10(3600 ** 2 / stars);
    expect(Math.abs(zodiacalMag({ fromSunDeg, latitudeDeg }, 500) - mag)).toBeLessThan(0.02);
  });

  it('is continuous between the places of the table, and keeps its value near the Sun', () => {
    for (let fromSunDeg = 0; fromSunDeg < 180; fromSunDeg += 0.5) {
      for (let latitudeDeg = 0; latitudeDeg < 90; latitudeDeg += 0.5) {
        const here = zodiacalRadiance({ fromSunDeg, latitudeDeg });
        const there = zodiacalRadiance({ fromSunDeg: fromSunDeg + 0.5, latitudeDeg: latitudeDeg + 0.5 });
        expect(Math.abs(Math.log(there / here))).toBeLessThan(0.16);
      }
    }
    expect(zodiacalRadiance({ fromSunDeg: 0, latitudeDeg: 0 })).toBe(11500);
  });

  it('is redder than the Sun by 0.6 log10 of the wavelength beyond 500 nm, and 0.9 below it', () => {
    const far = { fromSunDeg: 120, latitudeDeg: 0 };
    expect(zodiacalMag(far, 500) - zodiacalMag(far, 1000)).toBeCloseTo(2.5 * Math.log10(1 + 0.6 * Math.log10(2)), 10);
    expect(zodiacalMag(far, 400) - zodiacalMag(far, 500)).toBeCloseTo(-2.5 * Math.log10(1 + 0.9 * Math.log10(0.8)), 10);
  });

  it('knows where the Sun stands in the ecliptic', () => {
    const sun = sunAt(skyAt(Date.UTC(2026, 2, 20, 14, 46), { latitudeDeg: 28, longitudeDeg: -17, elevationM: 0 }));
    // Equinox of March 2026, 14:46 UTC: the pole of the ecliptic at RA 270, Dec 66.56, the solstice 90 degrees on.
    expect(eclipticOf({ raDeg: 270, decDeg: 66.5607 }, sun).latitudeDeg).toBeCloseTo(90, 3);
    const solstice = eclipticOf({ raDeg: 90, decDeg: 23.4393 }, sun);
    expect(solstice.latitudeDeg).toBeCloseTo(0, 3);
    // The equinox of date lies 26 years of precession, 0.37 degrees, from that of J2000.
    expect(Math.abs(solstice.fromSunDeg - 90.37)).toBeLessThan(0.02);
    expect(eclipticOf({ raDeg: 180, decDeg: 0 }, sun).fromSunDeg).toBeGreaterThan(179.5);
  });
});

describe('airglow', () => {
  it('follows the Sun as Noll et al. 2012 say: 0.63 of the mean at 70 sfu, 1.43 at 200', () => {
    expect(airglowShare(70)).toBeCloseTo(0.631, 2);
    expect(airglowShare(130)).toBe(1);
    expect(airglowShare(200)).toBeCloseTo(1.43, 2);
  });

  it('sees a cycle of 11 years: lowest in December 2019, highest four to five years later', () => {
    const months = Array.from({ length: 132 }, (_, i) => solarFluxAt(Date.UTC(2019, 11 + i, 1)));
    const top = months.indexOf(Math.max(...months));
    expect(months[0]).toBeLessThan(72);
    expect(Math.max(...months)).toBeGreaterThan(140);
    expect(Math.max(...months)).toBeLessThan(160);
    expect(top).toBeGreaterThan(46);
    expect(top).toBeLessThan(60);
    expect(solarFluxAt(Date.UTC(2024, 5, 1))).toBeCloseTo(solarFluxAt(Date.UTC(2035, 5, 1)), 0);
  });
});

const rubin: SkyBackground = {
  band: 'r',
  darkSkyMagPerArcsec2: 21.198,
  extinctionMagPerAirmass: 0.126,
  zenithDistanceDeg: 0,
  sunAltitudeDeg: -40,
  moon: { zenithDistanceDeg: 120, separationDeg: 90, phaseAngleDeg: 90 },
};

describe('the dark sky in parts', () => {
  it.each([
    // SMTN-002.
    ['u', 23.052, 0.47],
    ['g', 22.254, 0.213],
    ['r', 21.198, 0.126],
    ['i', 20.463, 0.096],
    ['z', 19.606, 0.068],
    ['y', 18.602, 0.171],
  ] as const)("adds up to Rubin's at the reference in %s", (band, darkSkyMagPerArcsec2, extinctionMagPerAirmass) => {
    const sky = { ...rubin, band, darkSkyMagPerArcsec2, extinctionMagPerAirmass };
    expect(skyBrightness(sky)).toBeCloseTo(darkSkyMagPerArcsec2, 10);
    const { airglowMag, zodiacalMag: zodiacal } = darkSkyParts(sky);
    expect(flux(airglowMag) + flux(zodiacal)).toBeCloseTo(flux(darkSkyMagPerArcsec2), 20);
    // Zodiacal light is a part of it everywhere, and the least part where airglow's OH lines are.
    expect(zodiacal - darkSkyMagPerArcsec2).toBeGreaterThan(0.5);
  });

  it('is brighter in the ecliptic by the difference of the zodiacal light', () => {
    const sky = { ...rubin, extinctionMagPerAirmass: 0 };
    const ecliptic = { ...sky, ecliptic: { fromSunDeg: 90, latitudeDeg: 0 } };
    const more = flux(skyBrightness(ecliptic)) - flux(skyBrightness(sky));
    // 202 less 60 stars of V 10 a square degree, r = V - 0.14 for the Sun, and 1.05 redder at 622 nm.
    const expected = flux(10 + 2.5 * Math.log10(3600 ** 2 / 142) - 0.14) * (1 + 0.6 * Math.log10(622.1 / 500));
    expect(Math.abs(more / expected - 1)).toBeLessThan(0.02);
  });

  it('grows with the solar flux as airglow alone does', () => {
    const { airglowMag } = darkSkyParts(rubin);
    const active = skyBrightness({ ...rubin, solarFluxSfu: 200 });
    expect(flux(active) - flux(21.198)).toBeCloseTo(flux(airglowMag) * (airglowShare(200) - 1), 15);
  });

  it('follows the Sun no further than the light of towns begins', () => {
    const town = { ...rubin, darkSkyMagPerArcsec2: 18.5 };
    const more = (sky: SkyBackground) => flux(skyBrightness({ ...sky, solarFluxSfu: 200 })) - flux(skyBrightness(sky));
    expect(more(town)).toBeCloseTo(more(rubin), 15);
  });

  it('goes out light by light', () => {
    const bright = {
      ...rubin,
      sunAltitudeDeg: -10,
      moon: { zenithDistanceDeg: 40, separationDeg: 60, phaseAngleDeg: 30 },
    };
    const lights = ['airglow', 'zodiacalLight', 'moonlight', 'twilight'];
    const alone = lights.map((light) =>
      flux(skyBrightness({ ...bright, without: lights.filter((each) => each !== light) })),
    );
    expect(alone.every((each) => each > 0)).toBe(true);
    expect(alone.reduce((sum, each) => sum + each, 0)).toBeCloseTo(flux(skyBrightness(bright)), 18);
    expect(skyBrightness({ ...bright, without: lights })).toBe(Number.POSITIVE_INFINITY);
  });

  it('is dimmed by cloud; a moonlit sky brightens', () => {
    expect(skyBrightness({ ...rubin, cloudMag: 0.5 }) - 21.198).toBeCloseTo(0.5, 10);
    const moonlit = { ...rubin, moon: { zenithDistanceDeg: 40, separationDeg: 60, phaseAngleDeg: 10 } };
    expect(skyBrightness({ ...moonlit, cloudMag: 0.3 })).toBeLessThan(skyBrightness(moonlit) - 0.5);
  });
});

describe('the gradient of twilight', () => {
  it('is that of Yoachim et al. 2016: 10^(0.3 (X - 1)) away from the Sun, its square towards it', () => {
    // X = 1.5 by the airmass in use: (1 - 0.96 sin^2 z)^-1/2.
    const z = (Math.asin(Math.sqrt((1 - 1 / 2.25) / 0.96)) * 180) / Math.PI;
    expect(twilightGradientMag(0, 20)).toBe(0);
    expect(twilightGradientMag(z, 180)).toBeCloseTo(0.375, 10);
    expect(twilightGradientMag(z, 90)).toBeCloseTo(0.375, 10);
    expect(twilightGradientMag(z, 0)).toBeCloseTo(0.75, 10);
    expect(twilightGradientMag(z, -360)).toBeCloseTo(0.75, 10);
  });
});
