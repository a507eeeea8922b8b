import type { RawFrame } from '../calibration/planes.ts';
import { readHdus } from '../fits/hdus.ts';
import { imageOf } from '../fits/read.ts';
import { type RawLayout, rawLayout } from './raw-layout.ts';

export interface ReadRawFrame extends Omit<RawLayout, 'about'> {
  raw: RawFrame;
}

/**
 * Reads a raw frame: a file of one image, or of an extension for each amplifier. Its sections become those of arrays (from 0, ends
 * not included), and its world coordinates those of the detector without overscan.
 *
 * Throws NotFits, TruncatedFits, UnsupportedFits, MissingExtensions for a file that is damaged or of another kind; ChecksumMismatch,
 * unless `verify` is false; InvalidFrameHeader for a header that does not fit the header table; FramesDisagree, with every fault,
 * where headers and pixels contradict each other.
 */
export function readRawFrame(bytes: Uint8Array, options: { verify?: boolean } = {}): ReadRawFrame {
  const hdus = readHdus(bytes, options);
  const { about, ...layout } = rawLayout(hdus);
  const images = hdus.length === 1 ? hdus : hdus.slice(1);
  // The layout has made sure that they are counts of 16 bits.
  const amplifiers = about.amplifiers.map((amplifier, i) => ({
    ...amplifier,
    pixels: imageOf(images[i]).pixels as Uint16Array,
  }));
  return { ...layout, raw: { ...about, amplifiers } };
}
