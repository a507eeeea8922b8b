import { expect } from 'vitest';
import type { FitsHeader } from '../../../core/fits/header-read.ts';
import type { AmplifierImage } from '../../../core/fits/multi-extension.ts';
import { writeMultiExtension } from '../../../core/fits/multi-extension.ts';
import { AMPLIFIER_HEADER, OBJECT_WCS, SHARED_HEADER } from './example-frame.ts';

/** The bytes of a file with the first place of a text replaced by another of the same length. */
export function replacedBytes(bytes: Uint8Array, text: string, other: string): Uint8Array {
  const at = Buffer.from(bytes).indexOf(text, 0, 'latin1');
  expect(at, text).toBeGreaterThanOrEqual(0);
  expect(other.length).toBe(text.length);
  const out = bytes.slice();
  out.set(Buffer.from(other, 'latin1'), at);
  return out;
}

/** Values of a header by keyword. */
export const valuesOf = ({ values }: FitsHeader) => Object.fromEntries(values);

/** Counts that look like a sky: neighbours are near each other, with a few stars. */
export function skyCounts(pixels: number): Uint16Array {
  let state = 12345;
  return Uint16Array.from({ length: pixels }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return 1500 + ((state >>> 16) % 64) + (i % 211 === 0 ? (state >>> 8) % 60000 : 0);
  });
}

const WIDTH = 36;
const HEIGHT = 24;

export const AMPLIFIERS: readonly AmplifierImage[] = ['AMP01', 'AMP02', 'AMP03'].map((name, i) => ({
  name,
  header: { ...AMPLIFIER_HEADER, gainEPerAdu: 1.4 + i / 10 },
  wcs: { ...OBJECT_WCS, crpix1: OBJECT_WCS.crpix1 - 32 * i },
  widthPix: WIDTH,
  heightPix: HEIGHT,
  pixels: skyCounts(WIDTH * HEIGHT).map((count) => count + i),
}));

/** A frame of three amplifiers. */
export const multiExtension = () => writeMultiExtension({ header: SHARED_HEADER, extensions: AMPLIFIERS });
