import { readFileSync } from 'node:fs';
import type { Camera } from '../../../../core/records/observatory/camera.ts';
import {
  type Effect,
  type Observatory,
  observatory as observatorySchema,
} from '../../../../core/records/observatory.ts';
import { readOut } from '../../../../core/twin/detector/read-out.ts';
import { smallObservatory } from '../observatory.ts';

/** An ideal chip of 256 x 256 pixels without dark current, and what a test adds to it. */
export function chip(camera: Partial<Camera> = {}, without: Effect[] = []): Observatory {
  const small = smallObservatory({ camera: { darkCurrentEPerS: 0, ...camera } });
  return { ...small, without };
}

/** Every effect of the default camera, on a chip of 256 x 256 pixels. */
export function realChip(without: Effect[] = []): Observatory {
  const file = new URL('../../../../observatories/la-palma.json', import.meta.url);
  const base = observatorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { ...base, without, camera: { ...base.camera, widthPix: 256, heightPix: 256 } };
}

/** An even light, electrons. */
export const even = ({ camera }: Observatory, electrons: number): Float32Array =>
  new Float32Array(camera.widthPix * camera.heightPix).fill(electrons);

/** A frame with what matters in most tests. */
export function read(
  observatory: Observatory,
  light: Float32Array | undefined,
  exposureId: string,
  more: Partial<Parameters<typeof readOut>[0]> = {},
) {
  return readOut({ observatory, light, darkTimeS: 0, seed: 7, exposureId, ...more });
}

export function statistics(values: ArrayLike<number>): { count: number; mean: number; variance: number } {
  let [mean, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const step = values[i] - mean;
    mean += step / (i + 1);
    squares += step * (values[i] - mean);
  }
  return { count: values.length, mean, variance: squares / (values.length - 1) };
}

/** Pixels of a section as FITS writes it, `[17:2064,1:2048]`, row by row. */
export function cut(frame: { width: number; pixels: ArrayLike<number> }, section: string): number[] {
  const [x0, x1, y0, y1] = section.match(/\d+/g)!.map(Number);
  const values: number[] = [];
  for (let y = y0 - 1; y < y1; y++) for (let x = x0 - 1; x < x1; x++) values.push(frame.pixels[y * frame.width + x]);
  return values;
}

export const FOUR: NonNullable<Camera['amplifiers']> = [
  { name: 'A', corner: 'lowerLeft', gainEPerAdu: 1.6, readNoiseE: 6, biasLevelAdu: 1000 },
  { name: 'B', corner: 'lowerRight', gainEPerAdu: 1.4, readNoiseE: 8, biasLevelAdu: 1100 },
  { name: 'C', corner: 'upperLeft', gainEPerAdu: 1.8, readNoiseE: 5, biasLevelAdu: 900 },
  { name: 'D', corner: 'upperRight', gainEPerAdu: 1.5, readNoiseE: 12, biasLevelAdu: 1200 },
];
