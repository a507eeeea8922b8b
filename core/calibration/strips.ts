import type { Stack } from './combine.ts';
import type { FrameSource, FrameStatistics, RawAmplifierInfo } from './gauge.ts';
import { gaugeFrame } from './gauge.ts';
import type { OverscanMode } from './overscan.ts';
import type { Planes, Section } from './planes.ts';

/** A frame with what was measured on it, and its pixels where they were kept. */
export interface HeldFrame {
  about: FrameSource['about'];
  rejected?: string | undefined;
  statistics: FrameStatistics;
  /** Whole rows as read. */
  rows: FrameSource['rows'];
  /** Whether its pixels lie in memory; else its rows are read again. */
  isHeld: boolean;
}

/** Strips of frames that lie in memory anyway are small; of others as large as may be, because each is asked for by itself. */
const STRIP_BYTES = 2 ** 24;
/** Of a pixel while it is combined: as read, as cut out, and its mask. */
const BYTES_IN_WORK = 2 + 4 + 1;

/**
 * Reads every frame once, measures it, and keeps its pixels as long as all of them fit into `memoryBytes`; of those that do not fit
 * the rows are read again when they are needed.
 */
export async function holdFrames(
  sources: readonly FrameSource[],
  mode: OverscanMode,
  memoryBytes: number,
): Promise<HeldFrame[]> {
  const bytes = sources.reduce((sum, { about }) => sum + frameBytes(about), 0);
  const fits = bytes <= memoryBytes;
  const held: HeldFrame[] = [];
  for (const source of sources) {
    const { about, rejected } = source;
    const pixels = fits ? about.amplifiers.map((each) => new Uint16Array(each.widthPix * each.heightPix)) : undefined;
    const statistics = await gaugeFrame(source, mode, (index, y0, rows) => {
      pixels?.[index].set(rows, y0 * about.amplifiers[index].widthPix);
    });
    const kept: FrameSource['rows'] = async (index, y0, y1) => {
      const { widthPix } = about.amplifiers[index];
      return pixels![index].subarray(y0 * widthPix, y1 * widthPix);
    };
    held.push({ about, rejected, statistics, rows: pixels ? kept : source.rows, isHeld: fits });
  }
  return held;
}

function frameBytes({ amplifiers }: FrameSource['about']): number {
  return amplifiers.reduce((sum, { widthPix, heightPix }) => sum + 2 * widthPix * heightPix, 0);
}

/** What is done to frames before they are combined. */
export interface Preparation {
  bias?: Planes | undefined;
  dark?: Planes | undefined;
  /** Of each frame: by what the dark is multiplied, and by what the frame in the end, for each amplifier. */
  darkFactors?: readonly number[] | undefined;
  scales?: readonly (readonly number[])[] | undefined;
}

/** Some rows of an amplifier of all frames. */
export interface Strip {
  amplifier: number;
  /** Rows of the amplifier's data, from 0. */
  y0: number;
  y1: number;
  widthPix: number;
  /** First pixel on the detector; the next row is the detector's width on. */
  at: number;
  stack: Stack;
  /** Pixels that were saturated in more than half of the frames. */
  saturated: Uint8Array | undefined;
}

/** Calls `each` with one strip after the other, from the bottom up, amplifier by amplifier. */
export async function forStrips(
  frames: readonly HeldFrame[],
  preparation: Preparation,
  memoryBytes: number,
  each: (strip: Strip) => void,
): Promise<void> {
  const { amplifiers, widthPix: detectorWidth } = frames[0].about;
  for (const [index, amplifier] of amplifiers.entries()) {
    const { data, detector } = amplifier;
    const height = data.y1 - data.y0;
    const rowBytes = frames.length * amplifier.widthPix * BYTES_IN_WORK;
    const stripBytes = frames[0].isHeld ? Math.min(memoryBytes, STRIP_BYTES) : memoryBytes;
    const rows = Math.max(1, Math.floor(stripBytes / rowBytes));
    for (let y0 = 0; y0 < height; y0 += rows) {
      const y1 = Math.min(height, y0 + rows);
      const read = await Promise.all(frames.map((frame) => frame.rows(index, data.y0 + y0, data.y0 + y1)));
      const masks = read.map((pixels, i) => saturationMask(pixels, amplifier, frames[i].statistics, index));
      each({
        amplifier: index,
        y0,
        y1,
        widthPix: data.x1 - data.x0,
        at: (detector.y0 + y0) * detectorWidth + detector.x0,
        stack: stackOf(frames, read, masks, preparation, { index, amplifier, y0, y1, detectorWidth }),
        saturated: saturatedInMost(masks),
      });
    }
  }
}

/** A part of a plane as an array of its own. */
export function cut(plane: Float32Array, widthPix: number, { x0, y0, x1, y1 }: Section): Float32Array {
  const width = x1 - x0;
  if (width === widthPix) return plane.subarray(y0 * widthPix, y1 * widthPix);
  const part = new Float32Array(width * (y1 - y0));
  for (let y = y0; y < y1; y++) part.set(plane.subarray(y * widthPix + x0, y * widthPix + x1), (y - y0) * width);
  return part;
}

interface Place {
  index: number;
  amplifier: RawAmplifierInfo;
  y0: number;
  y1: number;
  detectorWidth: number;
}

function stackOf(
  frames: readonly HeldFrame[],
  read: readonly Uint16Array[],
  masks: readonly (Uint8Array | undefined)[],
  { bias, dark, darkFactors, scales }: Preparation,
  { index, amplifier, y0, y1, detectorWidth }: Place,
): Stack {
  const offsets = frames.map(({ statistics }) => statistics.amplifiers[index].offsets);
  const byRow = offsets.some((levels) => levels.length > 1);
  const { detector } = amplifier;
  const section = { x0: detector.x0, x1: detector.x1, y0: detector.y0 + y0, y1: detector.y0 + y1 };
  const part = ({ data }: Planes) => cut(data, detectorWidth, section);
  const subtract = [
    ...(bias ? [{ plane: part(bias), factors: frames.map(() => 1) }] : []),
    ...(dark ? [{ plane: part(dark), factors: darkFactors ?? frames.map(() => 1) }] : []),
  ];
  return {
    frames: byRow
      ? read.map((pixels, i) => lessRows(pixels, amplifier, offsets[i].subarray(y0, y1)))
      : read.map((pixels) => trim(pixels, amplifier)),
    ...(!byRow && { offsets: offsets.map(([level]) => level) }),
    ...(subtract.length > 0 && { subtract }),
    ...(scales && { scales: scales.map((ofAmplifiers) => ofAmplifiers[index]) }),
    ...(masks.some((mask) => mask) && { masks }),
  };
}

/** The columns of `data` of whole rows. */
function trim(pixels: Uint16Array, { widthPix, data: { x0, x1 } }: RawAmplifierInfo): Uint16Array {
  if (x1 - x0 === widthPix) return pixels;
  const rows = pixels.length / widthPix;
  const width = x1 - x0;
  const trimmed = new Uint16Array(width * rows);
  for (let y = 0; y < rows; y++) trimmed.set(pixels.subarray(y * widthPix + x0, y * widthPix + x1), y * width);
  return trimmed;
}

/** The same less a level for each row. */
function lessRows(pixels: Uint16Array, amplifier: RawAmplifierInfo, levels: Float64Array): Float32Array {
  const trimmed = Float32Array.from(trim(pixels, amplifier));
  const width = trimmed.length / levels.length;
  for (let y = 0; y < levels.length; y++) {
    const level = levels[y];
    for (let i = y * width; i < (y + 1) * width; i++) trimmed[i] -= level;
  }
  return trimmed;
}

/** Where the pixels of `data` are saturated; undefined when the frame has none such. */
function saturationMask(
  pixels: Uint16Array,
  amplifier: RawAmplifierInfo,
  statistics: FrameStatistics,
  index: number,
): Uint8Array | undefined {
  if (statistics.amplifiers[index].saturatedShare === 0) return undefined;
  const trimmed = trim(pixels, amplifier);
  return Uint8Array.from(trimmed, (pixel) => (pixel >= amplifier.saturationAdu ? 1 : 0));
}

function saturatedInMost(masks: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const some = masks.filter((mask) => mask !== undefined);
  if (2 * some.length <= masks.length) return undefined;
  return some[0].map((_, i) => (2 * some.reduce((sum, mask) => sum + mask[i], 0) > masks.length ? 1 : 0));
}
