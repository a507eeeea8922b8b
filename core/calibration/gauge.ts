import { OverscanGauge, type OverscanMode } from './overscan.ts';
import type { RawAmplifier, RawFrame } from './planes.ts';
import { CountHistogram, medianOf } from './robust.ts';

export type RawAmplifierInfo = Omit<RawAmplifier, 'pixels'>;
/** A raw frame without its pixels. */
export type RawFrameInfo = Omit<RawFrame, 'amplifiers'> & { amplifiers: readonly RawAmplifierInfo[] };

/** A raw frame whose pixels come when they are asked for. */
export interface FrameSource {
  about: RawFrameInfo;
  /** Whole rows as read, overscan included, from y0 to y1 (not included) of an amplifier's image. */
  rows(amplifier: number, y0: number, y1: number): Promise<Uint16Array>;
  /** Why the frame was turned down before; then it is never used. */
  rejected?: string | undefined;
}

/** A source of a frame that lies in memory. */
export function sourceOf(frame: RawFrame): FrameSource {
  return {
    about: frame,
    rows: async (index, y0, y1) => {
      const { pixels, widthPix } = frame.amplifiers[index];
      return pixels.subarray(y0 * widthPix, y1 * widthPix);
    },
  };
}

export interface AmplifierStatistics {
  name: string;
  /** Absent where the camera reads no overscan, or none is to be taken off. */
  overscanAdu?: number;
  overscanNoiseAdu?: number;
  /** What is to be taken off: one number, or one for each row of `data`. */
  offsets: Float64Array;
  /** Median of the pixels that see the sky, above the overscan. */
  levelAdu: number;
  /** Mean of those within 5 sigma of it, above the overscan: finer than the median of whole counts. */
  meanAdu: number;
  /** Of a pixel, by the differences of neighbours in a row. */
  noiseAdu: number;
  /** Range of the medians of 8 x 8 boxes. */
  structureAdu: number;
  saturatedShare: number;
  /** Share of the pixels more than 10 noises above the level: cosmic rays, hot pixels, stars. */
  brightShare: number;
}

/** What can be measured on a frame by itself. */
export interface FrameStatistics {
  amplifiers: readonly AmplifierStatistics[];
  /** Of all pixels in their order: the same only for the same pixels. */
  fingerprint: string;
}

const CLIP_SIGMAS = 5;
const BRIGHT_NOISES = 10;
const BOXES = 8;
/** Pixels of a box along an axis of which its median is taken. */
const BOX_SAMPLES = 12;
/** So many rows are read at a time. */
const STRIP_ROWS = 512;
/** The noise is measured in about so many rows: of 2048 columns, to 0.1 %. */
const NOISE_ROWS = 512;
/** Differences of neighbours are counted from here. */
const NO_DIFFERENCE = 32_768;

/** Measures a frame in one pass over its pixels, which come strip by strip. `keep` is told of every strip. */
export async function gaugeFrame(
  source: FrameSource,
  mode: OverscanMode,
  keep: (amplifier: number, y0: number, rows: Uint16Array) => void = () => {},
): Promise<FrameStatistics> {
  const amplifiers: AmplifierStatistics[] = [];
  const prints: string[] = [];
  for (const [index, amplifier] of source.about.amplifiers.entries()) {
    const gauge = new AmplifierGauge(amplifier, mode);
    for (let y0 = 0; y0 < amplifier.heightPix; y0 += STRIP_ROWS) {
      const y1 = Math.min(amplifier.heightPix, y0 + STRIP_ROWS);
      const rows = await source.rows(index, y0, y1);
      gauge.add(rows, y0);
      keep(index, y0, rows);
    }
    amplifiers.push(gauge.statistics());
    prints.push(gauge.fingerprint);
  }
  return { amplifiers, fingerprint: prints.join('-') };
}

/** The same of a frame in memory. */
export function gaugeRawFrame(frame: RawFrame, mode: OverscanMode): FrameStatistics {
  const gauges = frame.amplifiers.map((amplifier) => {
    const gauge = new AmplifierGauge(amplifier, mode);
    gauge.add(amplifier.pixels, 0);
    return gauge;
  });
  return {
    amplifiers: gauges.map((gauge) => gauge.statistics()),
    fingerprint: gauges.map((gauge) => gauge.fingerprint).join('-'),
  };
}

class AmplifierGauge {
  private readonly amplifier: RawAmplifierInfo;
  private readonly mode: OverscanMode;
  private readonly levels = new CountHistogram();
  private readonly differences = new CountHistogram();
  private readonly overscan: OverscanGauge | undefined;
  private readonly boxes: number[][] = Array.from({ length: BOXES * BOXES }, () => []);
  private hashA = 0x811c9dc5;
  private hashB = 0x9e3779b9;

  constructor(amplifier: RawAmplifierInfo, mode: OverscanMode) {
    this.amplifier = amplifier;
    this.mode = mode;
    const { widthPix, overscan } = amplifier;
    this.overscan = overscan && mode !== 'none' ? new OverscanGauge({ widthPix, overscan }) : undefined;
  }

  get fingerprint(): string {
    return `${(this.hashA >>> 0).toString(16)}${(this.hashB >>> 0).toString(16)}`;
  }

  add(pixels: Uint16Array, y0: number): void {
    const { data, widthPix } = this.amplifier;
    this.overscan?.add(pixels, y0);
    this.hash(pixels);
    const from = Math.max(data.y0, y0);
    const to = Math.min(data.y1, y0 + pixels.length / widthPix);
    if (from >= to) return;
    const inside = pixels.subarray((from - y0) * widthPix, (to - y0) * widthPix);
    this.levels.add(inside, widthPix, to - from, data.x0, data.x1);
    this.addDifferences(inside, to - from);
    for (let y = from; y < to; y++) this.addToBoxes(pixels.subarray((y - y0) * widthPix, (y - y0 + 1) * widthPix), y);
  }

  statistics(): AmplifierStatistics {
    const { name, saturationAdu, data } = this.amplifier;
    const level = this.overscan?.level();
    const offsets =
      level === undefined
        ? new Float64Array(1)
        : this.mode === 'row'
          ? this.overscan!.rowLevels(data)
          : Float64Array.of(level.levelAdu);
    const offset = level?.levelAdu ?? 0;
    const median = this.levels.median;
    const noiseAdu = this.differences.clipped(CLIP_SIGMAS).std / Math.SQRT2;
    const medians = this.boxes.filter((box) => box.length > 0).map((box) => medianOf(box));
    return {
      name,
      ...(level && { overscanAdu: level.levelAdu, overscanNoiseAdu: level.noiseAdu }),
      offsets,
      levelAdu: median - offset,
      meanAdu: this.levels.clipped(CLIP_SIGMAS).mean - offset,
      noiseAdu,
      structureAdu: Math.max(...medians) - Math.min(...medians),
      saturatedShare: this.levels.shareFrom(saturationAdu),
      brightShare: this.levels.shareFrom(median + BRIGHT_NOISES * Math.max(0.5, noiseAdu)),
    };
  }

  /** FNV-1a over pairs of counts, even and odd pairs in two sums that go their own ways. */
  private hash(pixels: Uint16Array): void {
    const aligned = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, pixels.length >> 1);
    let { hashA, hashB } = this;
    for (let i = 0; i + 1 < words.length; i += 2) {
      hashA = Math.imul(hashA ^ words[i], 0x01000193);
      hashB = Math.imul(hashB ^ words[i + 1], 0x01000193);
    }
    for (let i = (words.length & ~1) << 1; i < pixels.length; i++) hashA = Math.imul(hashA ^ pixels[i], 0x01000193);
    this.hashA = hashA;
    this.hashB = hashB;
  }

  private addDifferences(inside: Uint16Array, rows: number): void {
    const { counts } = this.differences;
    const { data, widthPix } = this.amplifier;
    const step = Math.max(1, Math.floor((data.y1 - data.y0) / NOISE_ROWS));
    for (let y = 0; y < rows; y += step) {
      const end = y * widthPix + data.x1 - 1;
      for (let i = y * widthPix + data.x0; i < end; i += 2) {
        const difference = inside[i + 1] - inside[i] + NO_DIFFERENCE;
        counts[difference < 0 ? 0 : difference > 65_535 ? 65_535 : difference]++;
        this.differences.total++;
      }
    }
  }

  private addToBoxes(row: Uint16Array, y: number): void {
    const { x0, x1, y0, y1 } = this.amplifier.data;
    const stepY = Math.max(1, Math.floor((y1 - y0) / BOXES / BOX_SAMPLES));
    if ((y - y0) % stepY !== 0) return;
    const stepX = Math.max(1, Math.floor((x1 - x0) / BOXES / BOX_SAMPLES));
    const boxY = Math.floor(((y - y0) * BOXES) / (y1 - y0));
    for (let x = x0; x < x1; x += stepX) {
      this.boxes[boxY * BOXES + Math.floor(((x - x0) * BOXES) / (x1 - x0))].push(row[x]);
    }
  }
}
