import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RawFrame } from '../../core/calibration/planes.ts';
import { readRawFrame } from '../../core/products/raw-frame.ts';
import type { CalibrationSet } from '../../core/records/calibration.ts';
import { type CalibrationPolicy, calibrationPolicy } from '../../core/records/observatory/calibration-policy.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import type { Degradation } from '../../core/twin/faults.ts';
import { makeFrame, weatherFor } from '../../core/visits/frame.ts';
import { type SingleExposure, singleRecipe } from '../../core/visits/single.ts';

/** The default observatory with a small chip, and other changes. */
export function calibratedObservatory(
  sidePix: number,
  change: (json: Record<string, any>) => void = () => {},
): Observatory {
  const json = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../observatories/la-palma.json'), 'utf8'));
  Object.assign(json.camera, { widthPix: sidePix, heightPix: sidePix });
  json.without = ['cloud'];
  change(json);
  return observatorySchema.parse(json);
}

/** A policy with the usual numbers, and others. */
export function policyWith(changes: Record<string, unknown> = {}): CalibrationPolicy {
  const set = { id: 'bias', type: 'bias', count: 5, when: 'afternoon', everyDays: 1, validDays: 2 };
  return calibrationPolicy.parse({ sets: [set], ...changes });
}

/** A set of frames of the default camera. */
export function setOf(of: Partial<CalibrationSet> & Pick<CalibrationSet, 'type'>): CalibrationSet {
  return { count: 5, minimum: 2, configuration: { binning: 1, setTemperatureC: -60 }, ...of };
}

export type RawWish = Partial<Omit<SingleExposure, 'observatory'>> & Pick<SingleExposure, 'imageType'>;

/** A frame of the twin as a reader of its file sees it, with the file. */
export function takeRaw(
  observatory: Observatory,
  wish: RawWish,
  degradation?: Degradation,
): { raw: RawFrame; file: Uint8Array; name: string } {
  const single: SingleExposure = {
    observatory,
    parameters: 'observatory.json',
    target: null,
    filter: 'r',
    exposureTimeS: 0,
    levelAdu: undefined,
    flatLight: 'dome',
    beginMs: Date.UTC(2026, 10, 21, 17),
    dayObs: 20261121,
    seed: 1,
    seqNum: 1,
    binning: 1,
    window: undefined,
    focusOffsetUm: 0,
    ...wish,
  };
  const weather = weatherFor(observatory, single.seed);
  const recipe = { ...singleRecipe(single, weather), ...(degradation && { degradation }) };
  const made = makeFrame(recipe, weather, { stars: [], galaxies: { count: 0, cone: () => [] } });
  return { raw: readRawFrame(made.file).raw, file: made.file, name: made.filename };
}

/** Several frames alike, numbered from `wish.seqNum` on, a minute apart. */
export function takeSeries(observatory: Observatory, count: number, wish: RawWish): RawFrame[] {
  const { seqNum = 1, beginMs = Date.UTC(2026, 10, 21, 17) } = wish;
  return Array.from(
    { length: count },
    (_, i) => takeRaw(observatory, { ...wish, seqNum: seqNum + i, beginMs: beginMs + i * 60_000 }).raw,
  );
}

/** A frame with other pixels: `change` gives the new count for the old one at (x, y) of an amplifier's image. */
export function withPixels(
  frame: RawFrame,
  change: (count: number, x: number, y: number, amplifier: number) => number,
): RawFrame {
  return {
    ...frame,
    amplifiers: frame.amplifiers.map((amplifier, index) => ({
      ...amplifier,
      pixels: amplifier.pixels.map((count, i) =>
        change(count, i % amplifier.widthPix, Math.floor(i / amplifier.widthPix), index),
      ),
    })),
  };
}
