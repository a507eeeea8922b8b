import type { HeldFrame, Strip } from './strips.ts';

/** The same pixels of every frame of one amplifier, ADU, less offset, bias and dark, not scaled. */
export interface Samples {
  name: string;
  gainEPerAdu: number;
  readNoiseE: number;
  /** Of each frame. */
  values: readonly Float32Array[];
}

/** Pixels of an amplifier of which samples are kept: the noise of one difference to 0.2 %. */
const SAMPLES_MAX = 131_072;
/** Of all frames and amplifiers together. */
const TOTAL_MAX = 8_000_000;

/** Takes every so many pixels out of the strips that go by. */
export class Sampler {
  private readonly samples: (Samples & { step: number; filled: number })[];
  private readonly frames: readonly HeldFrame[];

  constructor(frames: readonly HeldFrame[]) {
    this.frames = frames;
    const { amplifiers } = frames[0].about;
    this.samples = amplifiers.map(({ name, gainEPerAdu, readNoiseE, data }) => {
      const width = data.x1 - data.x0;
      const pixels = width * (data.y1 - data.y0);
      const wanted = Math.min(SAMPLES_MAX, Math.floor(TOTAL_MAX / frames.length / amplifiers.length));
      // No divisor in common with the width: else a few columns would stand for all.
      let step = Math.max(1, Math.ceil(pixels / wanted));
      while (divisor(step, width) > 1) step++;
      const count = Math.ceil(pixels / step);
      return {
        name,
        gainEPerAdu,
        readNoiseE,
        step,
        filled: 0,
        values: frames.map(() => new Float32Array(count)),
      };
    });
  }

  add({ amplifier, y0, y1, widthPix, stack }: Strip): void {
    const into = this.samples[amplifier];
    const { step } = into;
    const begin = y0 * widthPix;
    const first = Math.ceil(begin / step) * step - begin;
    const length = (y1 - y0) * widthPix;
    for (const [i, pixels] of stack.frames.entries()) {
      const values = into.values[i];
      const offset = stack.offsets?.[i] ?? 0;
      const mask = stack.masks?.[i];
      for (let k = first, at = into.filled; k < length; k += step) {
        let value = pixels[k] - offset;
        for (const { plane, factors } of stack.subtract ?? []) value -= plane[k] * factors[i];
        values[at++] = mask?.[k] ? Number.NaN : value;
      }
    }
    into.filled += Math.max(0, Math.ceil((length - first) / step));
  }

  /** Only pixels that are numbers in every frame. */
  finish(): Samples[] {
    return this.samples.map(({ name, gainEPerAdu, readNoiseE, values }) => {
      const whole = values.every((each) => !each.some(Number.isNaN));
      if (whole) return { name, gainEPerAdu, readNoiseE, values };
      const good = Array.from(values[0].keys()).filter((k) => this.frames.every((_, i) => !Number.isNaN(values[i][k])));
      return {
        name,
        gainEPerAdu,
        readNoiseE,
        values: values.map((each) => Float32Array.from(good, (k) => each[k])),
      };
    });
  }
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
