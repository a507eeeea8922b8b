import type { Combination } from '../records/observatory/calibration-policy.ts';
import { type CombinedPixels, combine } from './combine.ts';
import { DQ, type Planes, type Section } from './planes.ts';
import { medianOf } from './robust.ts';
import { Sampler, type Samples } from './samples.ts';
import { cut, forStrips, type HeldFrame, type Preparation, type Strip } from './strips.ts';

export interface Assembled {
  planes: Planes;
  /** Standard error of each pixel from the scatter of its frames. */
  scatter: Float32Array;
  samples: Samples[];
}

/** Prepares and combines frames strip by strip, and puts the amplifiers together on the detector. */
export async function assembled(
  frames: readonly HeldFrame[],
  preparation: Preparation,
  how: { combination: Combination; noiseFactor: number; memoryBytes: number },
): Promise<Assembled> {
  const { widthPix, heightPix, amplifiers } = frames[0].about;
  const length = widthPix * heightPix;
  const planes: Planes = {
    widthPix,
    heightPix,
    data: new Float32Array(length),
    uncertainty: new Float32Array(length).fill(Number.POSITIVE_INFINITY),
    dq: new Uint8Array(length).fill(DQ.NO_DATA),
  };
  const scatter = new Float32Array(length);
  const sampler = new Sampler(frames);
  await forStrips(frames, preparation, how.memoryBytes, (strip) => {
    sampler.add(strip);
    const combined = combine(strip.stack, how.combination);
    const { gainEPerAdu, readNoiseE } = amplifiers[strip.amplifier];
    const noise = noiseModel(frames, preparation, strip.amplifier, { gainEPerAdu, readNoiseE });
    place(planes, scatter, strip, combined, { noise, factor: how.noiseFactor, preparation });
  });
  return { planes, scatter, samples: sampler.finish() };
}

/** Variance of a mean of n frames of value v: (constant + perValue v) / n; and what the masters taken off are multiplied by in it. */
interface NoiseModel {
  constant: number;
  perValue: number;
  biasFactor: number;
  darkFactor: number;
}

/** Light is counted in electrons: in ADU, of gain g, a level S has the variance S / g, and reading adds (R / g)^2; scaling by s scales both. */
function noiseModel(
  frames: readonly HeldFrame[],
  { scales, darkFactors, dark }: Preparation,
  amplifier: number,
  { gainEPerAdu, readNoiseE }: { gainEPerAdu: number; readNoiseE: number },
): NoiseModel {
  const scale = frames.map((_, i) => scales?.[i][amplifier] ?? 1);
  const mean = (of: (s: number, i: number) => number) => scale.reduce((sum, s, i) => sum + of(s, i), 0) / scale.length;
  return {
    constant: mean((s) => s * s) * (readNoiseE / gainEPerAdu) ** 2,
    perValue: mean((s) => s) / gainEPerAdu,
    biasFactor: mean((s) => s),
    darkFactor: dark ? mean((s, i) => s * (darkFactors?.[i] ?? 1)) : 0,
  };
}

function place(
  planes: Planes,
  scatter: Float32Array,
  { at, y0, y1, widthPix, saturated }: Strip,
  { value, uncertainty, kept }: CombinedPixels,
  how: { noise: NoiseModel; factor: number; preparation: Preparation },
): void {
  const { constant, perValue, biasFactor, darkFactor } = how.noise;
  const { bias, dark } = how.preparation;
  const factor2 = how.factor * how.factor;
  const light = bias ? 1 : 0;
  for (let y = 0; y < y1 - y0; y++) {
    let to = at + y * planes.widthPix;
    for (let i = y * widthPix; i < (y + 1) * widthPix; i++, to++) {
      let flags = bias ? bias.dq[to] : 0;
      if (dark) flags |= dark.dq[to];
      if (saturated?.[i]) flags |= DQ.SATURATED;
      if (kept[i] === 0) {
        planes.dq[to] = flags | DQ.NO_DATA;
        continue;
      }
      planes.dq[to] = flags;
      planes.data[to] = value[i];
      scatter[to] = uncertainty[i];
      let variance = (factor2 * (constant + light * perValue * Math.max(0, value[i]))) / kept[i];
      if (bias) variance += (biasFactor * bias.uncertainty[to]) ** 2;
      if (dark) variance += (darkFactor * dark.uncertainty[to]) ** 2;
      planes.uncertainty[to] = Math.sqrt(variance);
    }
  }
}

/** The middle of a detector, half as wide and half as high: 25 % of the area. */
export function centralSection(widthPix: number, heightPix: number): Section {
  return {
    x0: Math.floor(widthPix / 4),
    y0: Math.floor(heightPix / 4),
    x1: Math.ceil((3 * widthPix) / 4),
    y1: Math.ceil((3 * heightPix) / 4),
  };
}

/** Median of the good pixels in the central quarter; NaN when there are none. */
export function centralMedian({ data, dq, widthPix, heightPix }: Omit<Planes, 'uncertainty'>): number {
  const { x0, y0, x1, y1 } = centralSection(widthPix, heightPix);
  const values = new Float32Array((x1 - x0) * (y1 - y0));
  let count = 0;
  for (let y = y0; y < y1; y++) {
    for (let i = y * widthPix + x0; i < y * widthPix + x1; i++) if (dq[i] === 0) values[count++] = data[i];
  }
  return medianOf(values.subarray(0, count));
}

/** Light of a flat at its centre. */
export interface FrameLevel {
  electrons: number;
  /** The same by the mean gain of the amplifiers that read the centre. */
  adu: number;
}

/** Median of each frame in the central quarter, less offset, bias and dark, in electrons by each amplifier's gain. */
export async function frameLevels(frames: readonly HeldFrame[], preparation: Preparation): Promise<FrameLevel[]> {
  const levels: FrameLevel[] = [];
  for (const [i, frame] of frames.entries()) {
    const { about } = frame;
    const centre = centralSection(about.widthPix, about.heightPix);
    const parts: Float32Array[] = [];
    let gains = 0;
    for (const [index, { detector, gainEPerAdu }] of about.amplifiers.entries()) {
      const section = overlap(detector, centre);
      if (!section) continue;
      const part = await centralPart(frame, index, section, preparation, i);
      gains += part.length * gainEPerAdu;
      parts.push(part);
    }
    const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    const electrons = medianOf(values);
    levels.push({ electrons, adu: (electrons * values.length) / gains });
  }
  return levels;
}

function overlap(a: Section, b: Section): Section | undefined {
  const section = {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
  return section.x0 < section.x1 && section.y0 < section.y1 ? section : undefined;
}

async function centralPart(
  frame: HeldFrame,
  index: number,
  section: Section,
  { bias, dark, darkFactors }: Preparation,
  i: number,
): Promise<Float32Array> {
  const { data, detector, widthPix, gainEPerAdu } = frame.about.amplifiers[index];
  const { offsets } = frame.statistics.amplifiers[index];
  const fromRow = section.y0 - detector.y0;
  const rows = await frame.rows(index, data.y0 + fromRow, data.y0 + section.y1 - detector.y0);
  const width = section.x1 - section.x0;
  const part = new Float32Array(width * (section.y1 - section.y0));
  const biasPart = bias && cut(bias.data, bias.widthPix, section);
  const darkPart = dark && cut(dark.data, dark.widthPix, section);
  const darkFactor = darkFactors?.[i] ?? 1;
  for (let y = 0; y < section.y1 - section.y0; y++) {
    const offset = offsets[offsets.length > 1 ? fromRow + y : 0];
    const from = y * widthPix + data.x0 + section.x0 - detector.x0;
    for (let x = 0; x < width; x++) {
      let value = rows[from + x] - offset;
      if (biasPart) value -= biasPart[y * width + x];
      if (darkPart) value -= darkPart[y * width + x] * darkFactor;
      part[y * width + x] = value * gainEPerAdu;
    }
  }
  return part;
}
