import { describe, expect, it } from 'vitest';
import type { Effect, Observatory } from '../../core/records/observatory.ts';
import { bandMag } from '../../core/sky/colours.ts';
import { skyAt } from '../../core/sky/coordinates.ts';
import type { StarCatalogue } from '../../core/sky/stars.ts';
import type { TruthEntry } from '../../core/twin/light.ts';
import { renderFrame } from '../../core/twin/render.ts';
import { clearObservatory } from './sky-frames.ts';

/** SMTN-002 (Rubin Observatory, "Calculating LSST limiting magnitudes and SNR"): per band, for one visit of 30 s. */
const SMTN = {
  u: { cm: 22.968, dCmInf: 0.543, darkSkyMag: 23.052, k: 0.47, magOf1e6: 15.2, wavelengthNm: 372.4 },
  g: { cm: 24.582, dCmInf: 0.088, darkSkyMag: 22.254, k: 0.213, magOf1e6: 17.2, wavelengthNm: 480.7 },
  r: { cm: 24.602, dCmInf: 0.043, darkSkyMag: 21.198, k: 0.126, magOf1e6: 17.1, wavelengthNm: 622.1 },
  i: { cm: 24.541, dCmInf: 0.028, darkSkyMag: 20.463, k: 0.096, magOf1e6: 16.9, wavelengthNm: 755.9 },
  z: { cm: 24.371, dCmInf: 0.019, darkSkyMag: 19.606, k: 0.068, magOf1e6: 16.5, wavelengthNm: 868.0 },
  y: { cm: 23.84, dCmInf: 0.016, darkSkyMag: 18.602, k: 0.171, magOf1e6: 15.5, wavelengthNm: 975.3 },
} as const;
type Band = keyof typeof SMTN;

const SIDE = 512;
const EXPOSURE_S = 30;
const PIXEL_ARCSEC = (206_264.806 * 10e-6) / 10.31;
const APERTURE_PIX = 25;
const SEEING_ARCSEC = 0.62;
/** New Moon of 2026-11-09, 07:02 UTC; midnight on Cerro Pachon is at 4:43 UTC. */
const MID_MS = Date.UTC(2026, 10, 10, 4, 43);
/** Sources that would lie on the stars, and what would move these from frame to frame. */
const WITHOUT: Effect[] = ['faintStars', 'galaxies', 'satelliteTrails', 'pointingError'];

const CHIP = [
  'amplifiers',
  'crosstalk',
  'scan',
  'hotPixels',
  'cosmicRays',
  'pixelResponse',
  'flatStructure',
  'shutter',
];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** m5 by the formula of SMTN-002, from the sky and the image that the frame says that it had. */
function formulaMag(band: Band, skyMag: number, fwhmEffArcsec: number, airmass: number): number {
  const { cm, dCmInf, darkSkyMag, k } = SMTN[band];
  const tScale = (EXPOSURE_S / 30) * 10 ** (-0.4 * (skyMag - darkSkyMag));
  const dCm = dCmInf - 1.25 * Math.log10(1 + (10 ** (0.8 * dCmInf) - 1) / tScale);
  const sharpness = 2.5 * Math.log10(0.7 / fwhmEffArcsec);
  return cm + dCm + 0.5 * (skyMag - 21) + sharpness + 1.25 * Math.log10(EXPOSURE_S / 30) - k * (airmass - 1);
}

/** Rubin's model of the delivered image: 0.3986 arcsec of the telescope, the air's share by wavelength, both by airmass. */
function effectiveFwhmArcsec(wavelengthNm: number, airmass: number): number {
  const air = SEEING_ARCSEC * (500 / wavelengthNm) ** 0.3;
  return 1.16 * airmass ** 0.6 * Math.sqrt(0.3986 ** 2 + 1.04 * air ** 2);
}

/** 25 stars of one V magnitude and B-V 0.7, 20 arcsec apart. */
function grid(centre: { raDeg: number; decDeg: number }, vMag: number): StarCatalogue {
  const steps = [-40, -20, 0, 20, 40];
  const places = steps.flatMap((north) => steps.map((east) => ({ north: north + 0.031 * east, east })));
  const cosDec = Math.cos((centre.decDeg * Math.PI) / 180);
  const columns = {
    count: places.length,
    raDeg: Float64Array.from(places, ({ east }) => centre.raDeg + east / 3600 / cosDec),
    decDeg: Float64Array.from(places, ({ north }) => centre.decDeg + north / 3600),
    vMag: new Float32Array(places.length).fill(vMag),
    bMinusV: new Float32Array(places.length).fill(0.7),
  };
  return { count: places.length, epochJulianYear: 2025, vFaintest: 99, cone: () => columns };
}

/** What a photometrist measures: flux scale, noise of a pixel and noise-equivalent area, in electrons and pixels. */
function measure(observatory: Observatory, band: Band, altitudeDeg: number) {
  const pointing = skyAt(MID_MS, observatory.site).icrs(altitudeDeg, 120);
  const vMag = SMTN[band].magOf1e6 - bandMag(band, 0, 0.7);
  const stars: TruthEntry[] = [];
  const { frame, summary } = renderFrame({
    observatory,
    filter: band,
    imageType: 'object',
    exposureTimeS: EXPOSURE_S,
    pointing,
    domeOpen: true,
    midMs: MID_MS,
    conditions: { sunAltitudeDeg: -50, cloudExtinctionMag: 0, seeingZenith500Arcsec: SEEING_ARCSEC },
    seed: 5,
    exposureId: `${band}${altitudeDeg}`,
    sky: { stars: [grid(pointing, vMag)], galaxies: { count: 0, cone: () => [] } },
    truth: (entry) => stars.push(entry),
  });
  const electrons = Float64Array.from(frame.pixels, (adu) => (adu - 1000) * 1.6);
  const near = (x: number, y: number, radius: number) =>
    stars.some((star) => Math.hypot(star.x - x, star.y - y) < radius);
  // Differences of neighbours: a slope in the sky is no noise.
  const empty: number[] = [];
  let squares = 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x + 1 < SIDE; x += 2) {
      if (near(x, y, 40)) continue;
      const [a, b] = [electrons[y * SIDE + x], electrons[y * SIDE + x + 1]];
      empty.push(a, b);
      squares += (a - b) ** 2;
    }
  }
  const variance = squares / empty.length;
  const fluxes: number[] = [];
  const sharpness: number[] = [];
  for (const star of stars) {
    const inside = (radius: number, from: number) => {
      const values: number[] = [];
      for (let y = Math.ceil(star.y - radius); y <= star.y + radius; y++) {
        for (let x = Math.ceil(star.x - radius); x <= star.x + radius; x++) {
          const distance = Math.hypot(x - star.x, y - star.y);
          if (distance <= radius && distance >= from) values.push(electrons[y * SIDE + x]);
        }
      }
      return values;
    };
    const sky = mean(inside(45, 32));
    const flux = inside(APERTURE_PIX, 0).reduce((sum, e) => sum + e - sky, 0);
    fluxes.push(flux);
    // The noise's own squares are no light.
    sharpness.push(
      inside(15, 0).reduce((sum, e) => sum + (e - sky) ** 2 - variance - Math.max(0, e - sky), 0) / flux ** 2,
    );
  }
  return {
    flux: mean(fluxes),
    variance,
    areaPix: 1 / mean(sharpness),
    stars: fluxes.length,
    empty: empty.length,
    sky: summary.sky!,
  };
}

describe('limiting magnitudes of the Rubin-like observatory, measured on its frames', () => {
  const observatory = clearObservatory('rubin-like', (json) => {
    json.camera.widthPix = SIDE;
    json.camera.heightPix = SIDE;
    json.without = ['cloud', ...WITHOUT];
    // One amplifier, and a chip that is flat-fielded already: what SMTN-002 counts with.
    for (const name of CHIP) delete json.camera[name];
  });

  it.each((Object.keys(SMTN) as Band[]).flatMap((band) => [85, 45].map((altitudeDeg) => ({ band, altitudeDeg }))))(
    'in $band at $altitudeDeg degrees are those of SMTN-002 within 0.05 mag',
    ({ band, altitudeDeg }) => {
      const { flux, variance, areaPix, stars, empty, sky } = measure(observatory, band, altitudeDeg);
      expect(stars).toBe(25);
      expect(empty).toBeGreaterThan(100_000);
      // S = 5 sqrt(S + N var): the light of a star that stands five times above its noise.
      const limitE = 12.5 * (1 + Math.sqrt(1 + (4 * areaPix * variance) / 25));
      const measuredMag = SMTN[band].magOf1e6 - 2.5 * Math.log10(limitE / flux);
      const fwhmEffArcsec = effectiveFwhmArcsec(SMTN[band].wavelengthNm, sky.airmass);
      const expectedMag = formulaMag(band, sky.skyMagPerArcsec2, fwhmEffArcsec, sky.airmass);
      expect(Math.abs(measuredMag - expectedMag)).toBeLessThan(0.05);
      // The area of a Moffat profile is pi alpha^2 (2 beta - 1) / (beta - 1)^2: of beta 3.5 3.443 FWHM^2; a pixel adds to it.
      const profilePix = 3.443 * (sky.psfFwhmArcsec / PIXEL_ARCSEC) ** 2;
      expect(areaPix / profilePix).toBeGreaterThan(1);
      expect(areaPix / profilePix).toBeLessThan(1.06);
    },
  );
});
