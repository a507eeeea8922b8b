import type { Observatory } from '../records/observatory.ts';
import { domeFlatLight } from './flats.ts';

/** Share of a burning lamp's light that gets onto the chip past a closed shutter, or off the walls of an open dome. Our choice. */
const STRAY_SHARE = 0.01;
/** Electrons per second and pixel from a light that was left on, in a dome without a lamp for flats. Our choice. */
const OTHER_LAMP_E_PER_S = 5000;

/**
 * Adds the light of a lamp that should be off, in place: 1 % of what a dome flat has in the same time, with its slope. It comes past
 * the filters, so it is that of the filter in which the lamp is brightest. It reaches the chip while that is read, too: a row waits
 * half of the readout on average, so a bias has some of it.
 * @param electrons expected electrons per pixel of the unbinned active area, row by row
 */
export function addStrayLight(electrons: Float32Array, observatory: Observatory, exposureTimeS: number): void {
  const seenS = exposureTimeS + observatory.camera.readoutS / 2;
  const brightest = Object.entries(observatory.flatLamp?.electronsPerS ?? {}).toSorted(([, a], [, b]) => b - a)[0];
  if (brightest === undefined) {
    const strayE = STRAY_SHARE * OTHER_LAMP_E_PER_S * seenS;
    for (let i = 0; i < electrons.length; i++) electrons[i] += strayE;
    return;
  }
  const lamp = domeFlatLight({ observatory, filter: brightest[0], exposureTimeS: seenS });
  for (let i = 0; i < electrons.length; i++) electrons[i] += STRAY_SHARE * lamp[i];
}
