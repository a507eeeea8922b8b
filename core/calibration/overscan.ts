import type { CalibrationPolicy } from '../records/observatory/calibration-policy.ts';
import type { RawAmplifier, Section } from './planes.ts';
import { CountHistogram } from './robust.ts';

export type OverscanMode = CalibrationPolicy['overscan'];

/** Pixels of the overscan farther from their median are hit by something: a trail of charge, a particle. */
const OVERSCAN_SIGMAS = 5;

/** Level and noise of an overscan, ADU: of the pixels within 5 sigma of their median. */
export interface OverscanLevel {
  levelAdu: number;
  noiseAdu: number;
}

/** Collects the overscan of one amplifier, strip by strip, and tells its level. */
export class OverscanGauge {
  private readonly histogram = new CountHistogram();
  private readonly rows: { y: number; pixels: Uint16Array }[] = [];
  private readonly section: Section;
  private readonly widthPix: number;

  constructor(amplifier: { widthPix: number; overscan: Section }) {
    this.section = amplifier.overscan;
    this.widthPix = amplifier.widthPix;
  }

  /** @param pixels whole rows as read, from row `y0` on */
  add(pixels: Uint16Array, y0: number): void {
    const { x0, x1 } = this.section;
    const { widthPix } = this;
    const height = pixels.length / widthPix;
    const from = Math.max(this.section.y0, y0);
    const to = Math.min(this.section.y1, y0 + height);
    if (from >= to) return;
    const inside = pixels.subarray((from - y0) * widthPix, (to - y0) * widthPix);
    this.histogram.add(inside, widthPix, to - from, x0, x1);
    for (let y = from; y < to; y++) {
      const at = (y - y0) * widthPix;
      this.rows.push({ y, pixels: pixels.slice(at + x0, at + x1) });
    }
  }

  level(): OverscanLevel {
    const { mean, std } = this.histogram.clipped(OVERSCAN_SIGMAS);
    return { levelAdu: mean, noiseAdu: std };
  }

  /** Level of each row of `data`: its own where its overscan has pixels within 5 sigma, else that of the amplifier. */
  rowLevels(data: Section): Float64Array {
    const { mean } = this.histogram.clipped(OVERSCAN_SIGMAS);
    const reach = Math.max(1, OVERSCAN_SIGMAS * this.histogram.sigma);
    const levels = new Float64Array(data.y1 - data.y0).fill(mean);
    for (const { y, pixels } of this.rows) {
      if (y < data.y0 || y >= data.y1) continue;
      const kept = pixels.filter((pixel) => Math.abs(pixel - mean) <= reach);
      if (kept.length > 0) levels[y - data.y0] = kept.reduce((sum, pixel) => sum + pixel, 0) / kept.length;
    }
    return levels;
  }
}

/**
 * The bias level of an amplifier by its overscan, ADU: one number, or one for each row of `data`; 0 when the camera reads no overscan
 * or none is to be taken off.
 */
export function overscanLevels(amplifier: RawAmplifier, mode: OverscanMode): Float64Array {
  const { overscan, data } = amplifier;
  if (mode === 'none' || overscan === undefined) return new Float64Array(1);
  const gauge = new OverscanGauge({ widthPix: amplifier.widthPix, overscan });
  gauge.add(amplifier.pixels, 0);
  return mode === 'row' ? gauge.rowLevels(data) : Float64Array.of(gauge.level().levelAdu);
}
