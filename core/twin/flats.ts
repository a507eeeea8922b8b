import { ConfigureFailed } from '../errors.ts';
import type { FlatLamp, Observatory } from '../records/observatory.ts';
import { DEG_TO_RAD } from '../units.ts';
import { filterNamed } from './instrument.ts';

/**
 * Light of the dome's lamp on the chip, before `passOptics`: expected electrons per pixel, row by row. The lamp's light grows in a
 * straight line across the screen, and with the time that it has burned.
 * @param lampOnS how long the lamp has burned when the shutter opens; a warm lamp when left out
 * Throws ConfigureFailed for a filter that is not there, and without a lamp or its brightness in the filter.
 */
export function domeFlatLight(from: {
  observatory: Observatory;
  filter: string;
  exposureTimeS: number;
  lampOnS?: number;
}): Float32Array {
  const { observatory, filter, exposureTimeS, lampOnS = Number.POSITIVE_INFINITY } = from;
  const { lamp, rateE } = lampIn(observatory, filter);
  const { widthPix, heightPix } = observatory.camera;
  const centreE = rateE * lampLightS(lamp, lampOnS, exposureTimeS);
  const [perX, perY] = [Math.cos, Math.sin].map(
    (of) => centreE * lamp.gradient * of(lamp.gradientAngleDeg * DEG_TO_RAD),
  );
  const light = new Float32Array(widthPix * heightPix);
  const row = new Float64Array(widthPix);
  for (let x = 0; x < widthPix; x++) row[x] = centreE + perX * ((x + 0.5) / widthPix - 0.5);
  for (let y = 0, i = 0; y < heightPix; y++) {
    const ofRow = perY * ((y + 0.5) / heightPix - 0.5);
    for (let x = 0; x < widthPix; x++, i++) light[i] = row[x] + ofRow;
  }
  return light;
}

/**
 * Exposure time that gives a count above the bias level at the centre of the field under the dome's lamp, s. Not held to the
 * camera's limits. Throws as domeFlatLight.
 */
export function domeFlatExposureS(from: {
  observatory: Observatory;
  filter: string;
  targetAdu: number;
  lampOnS?: number;
}): number {
  const { observatory, filter, targetAdu, lampOnS = Number.POSITIVE_INFINITY } = from;
  const { lamp, rateE } = lampIn(observatory, filter);
  const wantedS = (targetAdu * observatory.camera.gainEPerAdu) / rateE;
  // A cold lamp lacks light: the time is between that of a warm one and that of one that never warms. Bisection, to rounding.
  let [low, high] = [wantedS, wantedS / (1 - lamp.warmUpShare)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (lampLightS(lamp, lampOnS, middle) < wantedS) low = middle;
    else high = middle;
  }
  return high;
}

/** Light of an exposure in seconds of the warm lamp: the integral of 1 - share e^(-t / tau). */
function lampLightS({ warmUpShare, warmUpS }: FlatLamp, lampOnS: number, exposureTimeS: number): number {
  const lacking = warmUpShare * warmUpS * Math.exp(-lampOnS / warmUpS) * -Math.expm1(-exposureTimeS / warmUpS);
  return exposureTimeS - lacking;
}

function lampIn(observatory: Observatory, filter: string): { lamp: FlatLamp; rateE: number } {
  const { flatLamp: lamp } = observatory;
  const { name } = filterNamed(observatory, filter);
  if (lamp === undefined) {
    throw new ConfigureFailed(`${observatory.id} has no flatLamp; give it one, or take flats of the twilight sky`);
  }
  const rateE = lamp.electronsPerS[name];
  if (rateE === undefined) {
    const known = Object.keys(lamp.electronsPerS).join(', ');
    throw new ConfigureFailed(`the flatLamp of ${observatory.id} has no brightness in filter ${name}; it has ${known}`);
  }
  return { lamp, rateE };
}
