import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';

/** The air at the telescope, as far as it bends light. */
export interface Air {
  pressureHPa: number;
  temperatureC: number;
}

/** Wavelength for which refraction is given when none is, micrometres: V. From 0.4 to 0.9 um it changes by 2 % (1 arcsec at 45 degrees). */
const WAVELENGTH_UM = 0.55;

/** The International Standard Atmosphere (ICAO Doc 7488) at an elevation in metres, -500 to 11000. */
export function standardAir(elevationM: number): Air {
  return {
    pressureHPa: 1013.25 * (1 - 2.25577e-5 * elevationM) ** 5.25588,
    temperatureC: 15 - 0.0065 * elevationM,
  };
}

/**
 * Refraction for one state of the air: from the altitude without air (unrefracted) to the degrees by which the air lifts it.
 *
 * From 10 degrees up: A tan z + B tan^3 z with the constants of SOFA's `refco` for dry air (Stone 1996, PASP 108, 1051; Green
 * 1985, Spherical Astronomy), solved for the unrefracted zenith distance. Below 5 degrees: Saemundsson 1986 (Sky & Telescope
 * 72, 70; Meeus, Astronomical Algorithms, chapter 16), scaled by pressure and temperature. Between, one passes smoothly into
 * the other. Whole down to -1 degree, gone at -2. The slope is continuous, and a higher place is always seen higher.
 * @param wavelengthUm of the light, 0.3 to 1.2; below 5 degrees it scales the law as it scales the one above 10
 */
export function refractionBy(air: Air, wavelengthUm = WAVELENGTH_UM): (altitudeUnrefractedDeg: number) => number {
  const kelvin = air.temperatureC + 273.15;
  const gammaAt = (um: number) =>
    ((77.53484e-6 + (4.39108e-7 + 3.666e-9 / (um * um)) / (um * um)) * air.pressureHPa) / kelvin;
  const gamma = gammaAt(wavelengthUm);
  const beta = 4.4474e-6 * kelvin;
  const a = gamma * (1 - beta);
  const b = -gamma * (beta - gamma / 2);
  const scale = (air.pressureHPa / 1010) * (283 / (273 + air.temperatureC)) * (gamma / gammaAt(WAVELENGTH_UM));

  const highDeg = (altitudeDeg: number): number => {
    const sin = Math.sin(altitudeDeg * DEG_TO_RAD);
    const tanZ = Math.cos(altitudeDeg * DEG_TO_RAD) / sin;
    const bTan2 = b * tanZ * tanZ;
    return (((a + bTan2) * tanZ) / (1 + (a + 3 * bTan2) / (sin * sin))) * RAD_TO_DEG;
  };
  const lowDeg = (altitudeDeg: number): number =>
    (scale * 1.02) / Math.tan((altitudeDeg + 10.3 / (altitudeDeg + 5.11)) * DEG_TO_RAD) / 60;

  return (altitudeDeg) => {
    if (altitudeDeg >= 10) return highDeg(altitudeDeg);
    if (altitudeDeg <= -2) return 0;
    if (altitudeDeg <= 5) return lowDeg(altitudeDeg) * smoothStep(altitudeDeg + 2);
    const high = smoothStep((altitudeDeg - 5) / 5);
    return high * highDeg(altitudeDeg) + (1 - high) * lowDeg(altitudeDeg);
  };
}

/** The altitude without air that is seen at `altitudeRefractedDeg`: the exact inverse of adding the refraction, any altitude. */
export function unrefractedDeg(
  altitudeRefractedDeg: number,
  refraction: (altitudeUnrefractedDeg: number) => number,
): number {
  let altitudeDeg = altitudeRefractedDeg - refraction(altitudeRefractedDeg);
  // The slope of the seen altitude lies between 0.7 and 2.1, so a few steps reach the last digit.
  for (let step = 0; step < 20; step++) {
    const missDeg = altitudeDeg + refraction(altitudeDeg) - altitudeRefractedDeg;
    const slope = 1 + (refraction(altitudeDeg + 1e-4) - refraction(altitudeDeg - 1e-4)) / 2e-4;
    altitudeDeg -= missDeg / slope;
    if (Math.abs(missDeg) < 1e-12) break;
  }
  return altitudeDeg;
}

/** 0 below 0, 1 above 1, with a continuous slope. */
function smoothStep(x: number): number {
  const inside = Math.min(1, Math.max(0, x));
  return inside * inside * (3 - 2 * inside);
}
