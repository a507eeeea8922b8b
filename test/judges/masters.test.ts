import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { buildMaster } from '../../core/calibration/build.ts';
import { sourceOf } from '../../core/calibration/frames.ts';
import type { RawFrame } from '../../core/calibration/planes.ts';
import type { CalibrationSet } from '../../core/records/calibration.ts';
import { itWith, pythonJson } from '../helpers/judges.ts';
import { temporaryFolder } from '../helpers/night.ts';
import { calibratedObservatory, policyWith, type RawWish, setOf, takeRaw } from '../helpers/raw-frames.ts';

const SIDE = 256;

interface Found {
  pixels: number;
  /** Largest difference, and pixels that differ by more than rounding. */
  largest: number;
  differing: number;
}

describe('masters by ccdproc from the same raw frames', () => {
  itWith(
    'ccdproc',
    'agree to rounding: bias, dark, flat, clipped about the median by MAD',
    async () => {
      const folder = temporaryFolder();
      const observatory = calibratedObservatory(SIDE);
      const take = (count: number, seqNum: number, wish: RawWish) =>
        Array.from({ length: count }, (_, i) => {
          const { raw, file, name } = takeRaw(observatory, { ...wish, seqNum: seqNum + i });
          const at = path.join(folder, name);
          writeFileSync(at, file);
          return { raw, at };
        });
      const biases = take(10, 1, { imageType: 'bias' });
      const darks = take(7, 101, { imageType: 'dark', exposureTimeS: 300 });
      const flats = [2, 3, 3, 4, 4, 5].flatMap((exposureTimeS, i) =>
        take(1, 201 + i, { imageType: 'flat', exposureTimeS }),
      );
      const lists = [biases, darks, flats].map((frames) => frames.map(({ at }) => at).join(','));
      for (const overscan of ['row', 'amplifier'] as const) {
        const clipped = { method: 'clippedMean', ...(overscan === 'row' && { iterationsMax: 1 }) };
        const policy = policyWith({ overscan, combine: { bias: clipped, dark: clipped, flat: clipped } });
        const build = (set: CalibrationSet, frames: { raw: RawFrame }[], more = {}) => {
          const sources = frames.map(({ raw }) => sourceOf(raw));
          return buildMaster({ instrument: 'noc1', set, policy, sources, ...more });
        };
        const bias = await build(setOf({ type: 'bias' }), biases);
        const ofBias = { masterId: 'bias', planes: bias.planes };
        const dark = await build(setOf({ type: 'dark', exposureTimeS: 300 }), darks, { bias: ofBias });
        const ofDark = { masterId: 'dark', planes: dark.planes, bunit: 'adu/s', darkTimeS: 300 };
        const flat = await build(setOf({ type: 'flat', filter: 'r' }), flats, { bias: ofBias, dark: ofDark });
        const masters = Object.entries({ bias, dark, flat }).map(([name, { planes, rejected }]) => {
          expect(rejected).toEqual([]);
          const at = path.join(folder, `${name}.f32`);
          writeFileSync(at, planes.data);
          return at;
        });
        const args = [overscan, ...lists, ...masters];
        const [found] = pythonJson(path.join(import.meta.dirname, 'masters.py'), args) as [Record<string, Found>];
        process.stdout.write(`${overscan} ${JSON.stringify(found)}\n`);
        for (const type of ['bias', 'dark', 'flat']) {
          expect(found[type].pixels).toBe(SIDE * SIDE);
          expect(found[type].differing).toBe(0);
        }
      }
    },
    240_000,
  );
});
