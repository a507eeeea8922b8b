import { amplifiersOf, type Camera, converterMaxAdu } from '../../records/observatory/camera.ts';
import type { Observatory } from '../../records/observatory.ts';
import { AmplifierChain } from './amplifier-chain.ts';
import { type Layout, layoutOf, type Part } from './geometry.ts';

const UINT16_MAX = 65_535;

/**
 * The signal of an amplifier that is not quite linear, in place: e (1 - quadratic e / W - cubic (e / W)^2) for e electrons and a
 * full well of W.
 */
export function bendSignal(electrons: Float32Array, camera: Camera): void {
  if (camera.nonLinearity === undefined) return;
  const quadratic = camera.nonLinearity.quadratic / camera.fullWellE;
  const cubic = camera.nonLinearity.cubic / camera.fullWellE ** 2;
  const width = camera.widthPix;
  for (let begin = 0; begin < electrons.length; begin += width) {
    bendRow(electrons.subarray(begin, begin + width), quadratic, cubic);
  }
}

function bendRow(electrons: Float32Array, quadratic: number, cubic: number): void {
  for (let x = 0; x < electrons.length; x++) {
    const e = electrons[x];
    electrons[x] = e * (1 - e * (quadratic + e * cubic));
  }
}

/**
 * Reads charge out through the amplifiers: crosstalk, gain, bias level, read noise, converter. Read noise comes from a stream per
 * amplifier with a lane per row of the (binned) detector, and the whole row is drawn whatever the window: a pixel's noise does not
 * depend on what is read besides. The scans draw from streams of their own.
 * @param electrons signal per binned pixel of the whole active area, row by row
 * @param deadAmplifier the last amplifier of the camera reads nothing but its bias level
 * @returns counts of the frame as `layout` says
 */
export function amplify(
  observatory: Observatory,
  electrons: Float32Array,
  layout: Layout,
  seed: number,
  exposureId: string,
  deadAmplifier = false,
): Uint16Array {
  const { camera, without } = observatory;
  const width = camera.widthPix / layout.binning;
  const pixels = new Uint16Array(layout.widthPix * layout.heightPix);
  const crosstalk = without.includes('crosstalk') ? undefined : camera.crosstalk;
  const lastIndex = amplifiersOf(camera).length - 1;
  // Amplifiers outside of the window disturb as well: they are read, and their counts thrown away.
  const disturbers = crosstalk && layoutOf(camera, layout.binning).parts;
  for (const part of layout.parts) {
    const { columns, readColumns, readRows } = part;
    const chain = new AmplifierChain(
      observatory,
      layout,
      part,
      seed,
      exposureId,
      deadAmplifier && part.index === lastIndex,
    );
    const length = columns.end - columns.begin;
    const signal = new Float32Array(length);
    const counts = new Uint16Array(length);
    for (let y = readRows.begin; y < readRows.end; y++) {
      let row = electrons.subarray(y * width + columns.begin, y * width + columns.end);
      if (crosstalk !== undefined && disturbers !== undefined) {
        signal.set(row);
        row = signal;
        for (const other of disturbers) {
          const share = crosstalk[part.index][other.index];
          if (share !== 0) addMirrored(row, part, other, electrons, width, y, share);
        }
      }
      const target = (layout.imageOrigin.y + y - layout.image.rows.begin) * layout.widthPix;
      const at = target + layout.imageOrigin.x + readColumns.begin - layout.image.columns.begin;
      if (readColumns.end - readColumns.begin === length) {
        chain.imageRow(y, row, pixels.subarray(at, at + length));
      } else {
        chain.imageRow(y, row, counts);
        pixels.set(counts.subarray(readColumns.begin - columns.begin, readColumns.end - columns.begin), at);
      }
      chain.scanRow(y, pixels, target);
    }
    chain.overscanRows(pixels);
  }
  const most = converterMaxAdu(camera);
  if (most < UINT16_MAX) for (let i = 0; i < pixels.length; i++) if (pixels[i] > most) pixels[i] = most;
  return pixels;
}

/** Adds a share of another amplifier's counts, of the pixel that it reads at the same time, in this amplifier's electrons. */
function addMirrored(
  row: Float32Array,
  part: Part,
  other: Part,
  electrons: Float32Array,
  width: number,
  y: number,
  share: number,
): void {
  const readRow = part.fromTop ? part.rows.end - 1 - y : y - part.rows.begin;
  const otherY = other.fromTop ? other.rows.end - 1 - readRow : other.rows.begin + readRow;
  const factor = (share * part.amplifier.gainEPerAdu) / other.amplifier.gainEPerAdu;
  const begin = otherY * width + other.columns.begin;
  const last = row.length - 1;
  if (part.fromRight === other.fromRight) {
    for (let k = 0; k <= last; k++) row[k] += factor * electrons[begin + k];
  } else {
    for (let k = 0; k <= last; k++) row[k] += factor * electrons[begin + last - k];
  }
}
