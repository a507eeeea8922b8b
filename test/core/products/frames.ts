import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Observatory, observatory as observatorySchema } from '../../../core/records/observatory.ts';
import { type MadeFrame, makeFrame, weatherFor } from '../../../core/visits/frame.ts';
import { type SingleExposure, singleRecipe } from '../../../core/visits/single.ts';
import { ROOT } from '../../helpers/night.ts';
import { realSky } from '../../judges/sky-frames.ts';

export const FOUR_AMPLIFIERS = [
  { name: 'A', corner: 'lowerLeft', gainEPerAdu: 1.3, readNoiseE: 5, biasLevelAdu: 900 },
  { name: 'B', corner: 'lowerRight', gainEPerAdu: 1.6, readNoiseE: 6.5, biasLevelAdu: 1000 },
  { name: 'C', corner: 'upperLeft', gainEPerAdu: 1.9, readNoiseE: 8, biasLevelAdu: 1100 },
  { name: 'D', corner: 'upperRight', gainEPerAdu: 2.4, readNoiseE: 12, biasLevelAdu: 1300 },
];

/** The observatory of La Palma with a small chip that is read with prescan and overscan, and other changes. */
export function smallObservatory(camera: Record<string, unknown> = {}, sidePix = 128): Observatory {
  const json = JSON.parse(readFileSync(path.join(ROOT, 'observatories', 'la-palma.json'), 'utf8'));
  json.without = ['cloud'];
  const scan = { prescanColumns: 8, overscanColumns: 16, overscanRows: 4 };
  Object.assign(json.camera, { widthPix: sidePix, heightPix: sidePix, scan, ...camera });
  return observatorySchema.parse(json);
}

/** One frame of an observatory as the twin makes it; a bias when nothing else is wished. */
export function madeFrame(observatory: Observatory, wish: Partial<SingleExposure> = {}): MadeFrame {
  const single: SingleExposure = {
    observatory,
    parameters: 'observatory.json',
    imageType: 'bias',
    filter: 'r',
    target: null,
    exposureTimeS: 0,
    levelAdu: undefined,
    flatLight: 'dome',
    seed: 1,
    seqNum: 1,
    binning: 1,
    window: undefined,
    focusOffsetUm: 0,
    beginMs: Date.UTC(2026, 10, 11, 3),
    dayObs: 20261110,
    ...wish,
  };
  const weather = weatherFor(observatory, single.seed);
  return makeFrame(singleRecipe(single, weather), weather, realSky());
}

/** A wish for a frame of the sky. */
export const OF_THE_SKY: Partial<SingleExposure> = {
  imageType: 'object',
  exposureTimeS: 60,
  target: { name: 'field', raDeg: 60, decDeg: -5 },
};
