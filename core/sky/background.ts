import { DEG_TO_RAD } from '../units.ts';
import type { Band } from './colours.ts';
import { airglowShare, REFERENCE_FLUX_SFU } from './solar-flux.ts';
import { type EclipticPlace, zodiacalRadiance, zodiacalMag as zodiacalVMag } from './zodiacal.ts';

/** The parts of the sky's light that can be switched off, by the names of their effects. */
export type SkyLight = 'airglow' | 'zodiacalLight' | 'moonlight' | 'twilight';

/** What the brightness of the sky in one direction depends on. Zenith distances as seen through the air. */
export interface SkyBackground {
  band: Band;
  /** Moonless sky at the zenith, at an ecliptic pole and a solar flux of 130 sfu, AB mag per square arcsec. */
  darkSkyMagPerArcsec2: number;
  extinctionMagPerAirmass: number;
  /** Of the direction looked at, degrees, 0 to 90. */
  zenithDistanceDeg: number;
  /** Of the Sun's centre, without the air, degrees. */
  sunAltitudeDeg: number;
  /** Of the direction looked at less that of the Sun, degrees; absent: twilight is that of the zenith. */
  azimuthFromSunDeg?: number;
  moon: MoonGeometry;
  /** Absent: an ecliptic pole. */
  ecliptic?: EclipticPlace;
  /** Flux of the Sun at 10.7 cm; absent: 130. */
  solarFluxSfu?: number;
  /** Cloud in this direction; absent: clear. */
  cloudMag?: number;
  without?: readonly string[];
}

export interface MoonGeometry {
  /** Of the Moon, degrees; beyond 90 it is down and gives no light. */
  zenithDistanceDeg: number;
  /** Between the direction looked at and the Moon, degrees, 0 to 180. */
  separationDeg: number;
  /** 0 at full, 180 at new Moon, degrees. */
  phaseAngleDeg: number;
}

/**
 * Brightness of the sky, AB mag per square arcsec: airglow, zodiacal light, scattered moonlight and twilight, added as light;
 * Infinity when there is none. Cloud dims all of them, and scatters moonlight itself: it counts as so much more air that
 * scatters, and half of it as so much more before the Moon. That is all a moonlit cloud does here. Good to 0.2 mag in moonlight
 * in V, 0.3 mag in other bands, and 0.2 to 0.4 mag in twilight.
 */
export function skyBrightness(background: SkyBackground): number {
  const { band, extinctionMagPerAirmass, zenithDistanceDeg, sunAltitudeDeg, moon, cloudMag = 0 } = background;
  const shines = (light: SkyLight) => !background.without?.includes(light);
  const { airglowMag, zodiacalMag } = darkSkyParts(background);
  let flux = 0;
  if (shines('airglow')) flux += fluxOf(airglowMag + cloudMag);
  if (shines('zodiacalLight')) flux += fluxOf(zodiacalMag + cloudMag);
  if (shines('moonlight'))
    flux += fluxOf(moonlightMag(band, moon, zenithDistanceDeg, extinctionMagPerAirmass, cloudMag));
  if (shines('twilight')) {
    const brighterMag = twilightGradientMag(zenithDistanceDeg, background.azimuthFromSunDeg);
    flux += fluxOf(twilightMag(band, sunAltitudeDeg) - brighterMag + cloudMag);
  }
  return flux > 0 ? -2.5 * Math.log10(flux) : Number.POSITIVE_INFINITY;
}

/** However bright the zodiacal light, airglow is at least this share of the dark sky of the reference. */
const LEAST_AIRGLOW = 0.2;

/**
 * The moonless sky in two parts, AB mag per square arcsec, as seen through clear air. Zodiacal light: core/sky/zodiacal.ts, in
 * the colours of the Sun, dimmed by the air as an extended source (after Noll et al. 2012, A&A 543, A92: air takes light
 * out of the line of sight and scatters light into it). Airglow: all of the dark sky of the reference that is not zodiacal light
 * (so the faint stars, the scattered starlight of the pole and the light of towns are in it), brighter towards the horizon, and
 * with the solar flux as far as it is no brighter than Rubin's.
 */
export function darkSkyParts(background: SkyBackground): { airglowMag: number; zodiacalMag: number } {
  const { band, darkSkyMagPerArcsec2, extinctionMagPerAirmass, zenithDistanceDeg } = background;
  const zodiacal = (place: EclipticPlace, airmass: number) => {
    const { wavelengthNm, sunMinusV } = BANDS[band];
    const log = Math.log10(zodiacalRadiance(place));
    const share = Math.min(1, Math.max(0, log <= 2.255 ? 1.407 * log - 2.692 : 0.527 * log - 0.715));
    return zodiacalVMag(place, wavelengthNm) + sunMinusV + share * extinctionMagPerAirmass * airmass;
  };
  const dark = fluxOf(darkSkyMagPerArcsec2);
  const reference = Math.min(fluxOf(zodiacal(ECLIPTIC_POLE, 1)), (1 - LEAST_AIRGLOW) * dark);
  const remainder = dark - reference;
  // What a dark site does not have is light of towns, which does not follow the Sun.
  const natural = Math.min(remainder, Math.max(0, fluxOf(BANDS[band].naturalMag) - reference));
  const airglow = remainder + natural * (airglowShare(background.solarFluxSfu ?? REFERENCE_FLUX_SFU) - 1);
  const airmass = airglowAirmass(zenithDistanceDeg);
  return {
    airglowMag: darkSkyMag(-2.5 * Math.log10(airglow), extinctionMagPerAirmass, zenithDistanceDeg),
    zodiacalMag: zodiacal(background.ecliptic ?? ECLIPTIC_POLE, airmass),
  };
}

const ECLIPTIC_POLE: EclipticPlace = { fromSunDeg: 90, latitudeDeg: 90 };

/**
 * Airglow at a zenith distance: a layer that lies high, seen at a slant, dimmed by the air. Krisciunas & Schaefer 1991,
 * PASP 103, 1033, equation 2: brighter than at the zenith down to about 75 degrees, then darker again.
 */
export function darkSkyMag(
  zenithMagPerArcsec2: number,
  extinctionMagPerAirmass: number,
  zenithDistanceDeg: number,
): number {
  const x = airglowAirmass(zenithDistanceDeg);
  return zenithMagPerArcsec2 + extinctionMagPerAirmass * (x - 1) - 2.5 * Math.log10(x);
}

/**
 * Moonlight scattered by clear air, V, nanoLamberts: Krisciunas & Schaefer 1991, equations 15 to 21. Valid to 8-23 % for
 * separations above 10 degrees; nearer, their equation 19 for forward scattering, held constant inside the Moon's disc. The
 * surge of a Moon within 7 degrees of full (up to 35 % more) is left out. 0 when the Moon is down.
 */
export function moonlightNanoLamberts(
  moon: MoonGeometry,
  zenithDistanceDeg: number,
  extinctionMagPerAirmass: number,
): number {
  return glowNanoLamberts(moon, zenithDistanceDeg, extinctionMagPerAirmass, extinctionMagPerAirmass, 0);
}

/**
 * Moonlight scattered by clear air in a band, AB mag per square arcsec; Infinity when the Moon is down. Krisciunas & Schaefer
 * with the Moon's colour, the band's extinction on the way, and the wavelength's share of scattering: molecules scatter as
 * wavelength^-4, haze as wavelength^-1.3, and together 0.172 mag per airmass in V, as on their Mauna Kea.
 * @param cloudMag of the cloud in this direction; see `skyBrightness`
 */
export function moonlightMag(
  band: Band,
  moon: MoonGeometry,
  zenithDistanceDeg: number,
  extinctionMagPerAirmass: number,
  cloudMag = 0,
): number {
  const { rayleigh, haze } = scatteringOf(moon.separationDeg);
  const { wavelengthNm, moonMinusV } = BANDS[band];
  const bluer = V_WAVELENGTH_NM / wavelengthNm;
  const scatteringMag = (V_SCATTERING_MAG * (rayleigh * bluer ** 4 + haze * bluer ** 1.3)) / (rayleigh + haze);
  const glow = glowNanoLamberts(moon, zenithDistanceDeg, extinctionMagPerAirmass, scatteringMag, cloudMag);
  return glow > 0 ? magOfNanoLamberts(glow) + moonMinusV : Number.POSITIVE_INFINITY;
}

function glowNanoLamberts(
  moon: MoonGeometry,
  zenithDistanceDeg: number,
  extinctionMagPerAirmass: number,
  scatteringMagPerAirmass: number,
  cloudMag: number,
): number {
  if (moon.zenithDistanceDeg > 90) return 0;
  const phase = Math.abs(moon.phaseAngleDeg);
  const moonOutside = 10 ** (-0.4 * (MOON_FULL_MAG + 0.026 * phase + 4e-9 * phase ** 4));
  const towardsMoonMag = extinctionMagPerAirmass * airglowAirmass(moon.zenithDistanceDeg) + cloudMag / 2;
  const throughToMoon = 10 ** (-0.4 * towardsMoonMag);
  const scattered = 1 - 10 ** (-0.4 * (scatteringMagPerAirmass * airglowAirmass(zenithDistanceDeg) + cloudMag));
  const { rayleigh, haze } = scatteringOf(moon.separationDeg);
  return (rayleigh + haze) * moonOutside * throughToMoon * scattered;
}

/** How much air molecules and haze scatter at an angle from the Moon, in the units of the paper. */
function scatteringOf(separationDeg: number): { rayleigh: number; haze: number } {
  const rayleigh = 10 ** 5.36 * (1.06 + Math.cos(separationDeg * DEG_TO_RAD) ** 2);
  const haze = 10 ** (6.15 - separationDeg / 40);
  // The two laws for haze cross at 8.5 degrees: the larger one makes them meet without a step.
  const nearMoon = separationDeg < 10 ? 6.2e7 / Math.max(separationDeg, 0.25) ** 2 : 0;
  return { rayleigh, haze: Math.max(haze, nearMoon) };
}

/** Krisciunas & Schaefer's constant of the full Moon, in the units of their illuminance. */
const MOON_FULL_MAG = 3.84;

/**
 * Magnitude of the whole Moon in a band, AB, outside the air, at its mean distance: V = -12.73 + 0.026 phase + 4e-9 phase^4
 * (Allen 1976, the law that Krisciunas & Schaefer use), with the Moon's colour.
 * @param phaseAngleDeg 0 full, 180 new
 */
export function moonInBand(band: Band, phaseAngleDeg: number): number {
  const phase = Math.abs(phaseAngleDeg);
  return -12.73 + 0.026 * phase + 4e-9 * phase ** 4 + BANDS[band].moonMinusV;
}

/** V mag per square arcsec of a brightness in nanoLamberts (Garstang 1989, as Krisciunas & Schaefer use it). */
export function magOfNanoLamberts(nanoLamberts: number): number {
  return (20.7233 - Math.log(nanoLamberts / 34.08)) / 0.92104;
}

/**
 * The light of twilight alone at the zenith, AB mag per square arcsec; Infinity when there is none. Patat, Ugolnikov &
 * Postylyakov 2006, A&A 455, 385, table 1: parabolas for the whole zenith sky, measured for Sun altitudes of -5 to -15
 * degrees (scatter 0.1 to 0.4 mag), less Paranal's night sky. Between -5 and 0 the line that touches the parabola at -5 goes
 * on, and a Sun higher than that changes nothing: only the order of magnitude. Away from the zenith: `twilightGradientMag`.
 */
export function twilightMag(band: Band, sunAltitudeDeg: number): number {
  const mags = TWILIGHT_BANDS[band].map((name) => {
    const { fit, nightMag, abMinusVega } = TWILIGHT[name];
    const [a0, a1, a2] = fit;
    const x = Math.max(-5, -sunAltitudeDeg - 5);
    const darkest = -a1 / (2 * a2);
    const zenithMag = x <= 0 ? a0 + a1 * x : a0 + a1 * Math.min(x, darkest) + a2 * Math.min(x, darkest) ** 2;
    const nightFlux = fluxOf(Math.min(nightMag, a0 + a1 * darkest + a2 * darkest * darkest));
    return abMinusVega - 2.5 * Math.log10(Math.max(0, fluxOf(zenithMag) - nightFlux));
  });
  return mags.reduce((sum, mag) => sum + mag, 0) / mags.length;
}

/**
 * How much brighter twilight is than at the zenith, mag: 0.75 (X - 1), and towards the Sun 0.75 (X - 1) cos(azimuth from the
 * Sun) more, as Yoachim et al. 2016 (Proc. SPIE 9910, 99101A) fitted it to the sky over Cerro Pachon: exponents of 0.29 to 0.33
 * of ten in their bands, here 0.3 in all, to X 2.5, where their data end. 0 without an azimuth.
 */
export function twilightGradientMag(zenithDistanceDeg: number, azimuthFromSunDeg: number | undefined): number {
  if (azimuthFromSunDeg === undefined) return 0;
  const beyondZenith = Math.min(2.5, airglowAirmass(zenithDistanceDeg)) - 1;
  return 2.5 * 0.3 * beyondZenith * (1 + Math.max(0, Math.cos(azimuthFromSunDeg * DEG_TO_RAD)));
}

/** Patat et al. 2006 (fit) and Patat 2003, A&A 400, 1183 (night sky); AB - Vega of Blanton & Roweis 2007, AJ 133, 734. */
const TWILIGHT = {
  U: { fit: [11.78, 1.376, -0.039], nightMag: 22.3, abMinusVega: 0.79 },
  B: { fit: [11.84, 1.411, -0.041], nightMag: 22.6, abMinusVega: -0.09 },
  V: { fit: [11.84, 1.518, -0.057], nightMag: 21.6, abMinusVega: 0.02 },
  R: { fit: [11.4, 1.567, -0.064], nightMag: 20.9, abMinusVega: 0.21 },
  I: { fit: [10.93, 1.47, -0.062], nightMag: 19.7, abMinusVega: 0.45 },
} as const;
/** g lies half way between B and V; z and y, which nobody measured there, are taken as I. */
const TWILIGHT_BANDS: Record<Band, readonly (keyof typeof TWILIGHT)[]> = {
  u: ['U'],
  g: ['B', 'V'],
  r: ['R'],
  i: ['I'],
  z: ['I'],
  y: ['I'],
};

/**
 * Effective wavelengths (SMTN-002) and colours, AB magnitude in the band less V: the Sun's (SDSS: g-V 0.30, u-g 1.43, g-r 0.44,
 * r-i 0.11, i-z 0.03; y as z), and the Moon's, which is the Sun's reddened by an albedo that grows in proportion to the
 * wavelength, -2.5 log10(wavelength / 551 nm), which turns the Sun's B-V of 0.65 into the Moon's 0.9; and the dark sky of
 * Rubin's site (SMTN-002).
 */
const BANDS: Record<Band, { wavelengthNm: number; sunMinusV: number; moonMinusV: number; naturalMag: number }> = {
  u: { wavelengthNm: 372.4, sunMinusV: 1.73, moonMinusV: 2.16, naturalMag: 23.052 },
  g: { wavelengthNm: 480.7, sunMinusV: 0.3, moonMinusV: 0.45, naturalMag: 22.254 },
  r: { wavelengthNm: 622.1, sunMinusV: -0.14, moonMinusV: -0.27, naturalMag: 21.198 },
  i: { wavelengthNm: 755.9, sunMinusV: -0.25, moonMinusV: -0.59, naturalMag: 20.463 },
  z: { wavelengthNm: 868, sunMinusV: -0.28, moonMinusV: -0.77, naturalMag: 19.606 },
  y: { wavelengthNm: 975.3, sunMinusV: -0.28, moonMinusV: -0.9, naturalMag: 18.602 },
};
const V_WAVELENGTH_NM = 551;
const V_SCATTERING_MAG = 0.172;

/** Airmass of a layer that lies high: (1 - 0.96 sin^2 z)^-1/2, 1 at the zenith and 5 at the horizon (Garstang 1989). */
function airglowAirmass(zenithDistanceDeg: number): number {
  return (1 - 0.96 * Math.sin(Math.min(90, zenithDistanceDeg) * DEG_TO_RAD) ** 2) ** -0.5;
}

function fluxOf(mag: number): number {
  return 10 ** (-0.4 * mag);
}
