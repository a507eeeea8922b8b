import { FramesDisagree } from '../errors.ts';
import type { CalibrationType } from '../records/calibration.ts';
import { sampleOf } from './defects.ts';
import { type Donut, findDonuts } from './donuts.ts';
import { DQ, type Planes } from './planes.ts';
import { medianOf } from './robust.ts';

/** Pixels farther apart than that are another value. */
const DIFFERENT_SIGMAS = 6;

/** A master against the one before it. */
export interface Comparison {
  /** Share of the pixels that differ by more than 6 sigma, of those that both know. */
  differentShare: number;
  /** Change of the median in read noises of a frame; undefined for flats, which are normalised. */
  levelChange?: number | undefined;
  /** Shadows that came (depth above 0) or went (below 0); of flats. */
  movedDust?: Donut[] | undefined;
}

/**
 * Compares a master with the one before.
 * @param readNoiseInUnit the read noise of a frame in the unit of the masters
 */
export function comparePlanes(now: Planes, before: Planes, type: CalibrationType, readNoiseInUnit: number): Comparison {
  if (now.widthPix !== before.widthPix || now.heightPix !== before.heightPix) {
    throw new FramesDisagree([
      `the master before has ${before.widthPix} x ${before.heightPix} pixels, this one ${now.widthPix} x ${now.heightPix}`,
    ]);
  }
  const differentShare = shareThatDiffers(now, before);
  if (type === 'flat') return { differentShare, movedDust: movedDust(now, before) };
  const change = medianOf(sampleOf(now, DQ.NO_DATA)) - medianOf(sampleOf(before, DQ.NO_DATA));
  return { differentShare, ...(readNoiseInUnit > 0 && { levelChange: change / readNoiseInUnit }) };
}

function shareThatDiffers(now: Planes, before: Planes): number {
  let known = 0;
  let different = 0;
  for (let i = 0; i < now.data.length; i++) {
    if (((now.dq[i] | before.dq[i]) & DQ.NO_DATA) !== 0) continue;
    known++;
    const difference = now.data[i] - before.data[i];
    const variance = now.uncertainty[i] ** 2 + before.uncertainty[i] ** 2;
    if (difference * difference > DIFFERENT_SIGMAS ** 2 * variance) different++;
  }
  return known === 0 ? 1 : different / known;
}

function movedDust(now: Planes, before: Planes): Donut[] {
  const { widthPix, heightPix } = now;
  const masked = now.dq.map((flags, i) => flags | before.dq[i]);
  const ratio = now.data.map((value, i) => (masked[i] ? 1 : value / before.data[i]));
  return findDonuts(ratio, widthPix, heightPix, {}, masked);
}
