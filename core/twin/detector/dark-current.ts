import { randomStream } from '../../random.ts';
import type { Observatory } from '../../records/observatory.ts';

const BOLTZMANN_EV_PER_K = 8.617333262e-5;
const ZERO_C_IN_K = 273.15;

/**
 * How much more dark current there is at one temperature than at another: T^1.5 exp(-Eg / 2 k T) with the silicon's band gap
 * Eg = 1.1557 - 7.021e-4 T^2 / (1108 + T) eV (Janesick 2001, Scientific Charge-Coupled Devices, section 7.1.1). It doubles every
 * 7 degrees near 0 C, and every 4 near -70 C.
 */
export function darkCurrentFactor(temperatureC: number, referenceC: number): number {
  return darkCurrentShape(temperatureC) / darkCurrentShape(referenceC);
}

function darkCurrentShape(temperatureC: number): number {
  const kelvin = temperatureC + ZERO_C_IN_K;
  const gapEv = 1.1557 - (7.021e-4 * kelvin * kelvin) / (1108 + kelvin);
  return kelvin * Math.sqrt(kelvin) * Math.exp(-gapEv / (2 * BOLTZMANN_EV_PER_K * kelvin));
}

/** Temperature of the detector during an exposure: what the cooler is set to and its error. Undefined when it is not told. */
export function detectorTemperatureC(
  { camera }: Pick<Observatory, 'camera'>,
  seed: number,
  exposureId: string,
): number | undefined {
  if (camera.temperature === undefined) return undefined;
  const { setC, regulationC } = camera.temperature;
  return setC + regulationC * randomStream(seed, 'detectorTemperature', exposureId).normal();
}
