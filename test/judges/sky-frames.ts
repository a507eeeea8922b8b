import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { truthTable } from '../../cli/truth-table.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import { openGalaxies } from '../../core/sky/galaxies.ts';
import { openStars } from '../../core/sky/stars.ts';
import type { TruthEntry } from '../../core/twin/light.ts';
import type { SkyCatalogue } from '../../core/twin/render.ts';
import { makeFrame, weatherFor } from '../../core/visits/frame.ts';
import { type SingleExposure, singleRecipe } from '../../core/visits/single.ts';
import { frameTruth } from '../../core/visits/truth.ts';
import { ROOT } from '../helpers/night.ts';

/** A shipped observatory under a sky without cloud, with changes. */
export function clearObservatory(name: string, change: (json: Record<string, any>) => void = () => {}): Observatory {
  const json = JSON.parse(readFileSync(path.join(ROOT, 'observatories', `${name}.json`), 'utf8'));
  json.without = ['cloud'];
  change(json);
  return observatorySchema.parse(json);
}

let catalogue: SkyCatalogue | undefined;

/** The sky that comes with the product. */
export function realSky(): SkyCatalogue {
  const bytes = (name: string) => new Uint8Array(readFileSync(path.join(ROOT, 'data', name))).buffer;
  catalogue ??= {
    stars: [openStars(bytes('stars.bin')), openStars(bytes('stars-faint.bin'))],
    galaxies: openGalaxies(JSON.parse(readFileSync(path.join(ROOT, 'data/galaxies.json'), 'utf8'))),
  };
  return catalogue;
}

export type FrameWish = Pick<SingleExposure, 'observatory' | 'filter' | 'beginMs' | 'dayObs'> & Partial<SingleExposure>;

/** Takes one frame and writes it to a folder, with its truth table beside it. */
export function takeFrame(
  folder: string,
  wish: FrameWish,
): { file: string; truth: string; made: ReturnType<typeof makeFrame> } {
  mkdirSync(folder, { recursive: true });
  const single: SingleExposure = {
    parameters: 'observatory.json',
    imageType: 'object',
    target: null,
    exposureTimeS: 60,
    levelAdu: undefined,
    flatLight: 'dome',
    seed: 1,
    seqNum: 1,
    binning: 1,
    window: undefined,
    focusOffsetUm: 0,
    ...wish,
  };
  const weather = weatherFor(single.observatory, single.seed);
  const recipe = singleRecipe(single, weather);
  const entries: TruthEntry[] = [];
  const made = makeFrame(recipe, weather, realSky(), (entry) => entries.push(entry));
  const file = path.join(folder, made.filename);
  const truth = file.replace(/fits$/, 'truth.ecsv');
  writeFileSync(file, made.file);
  writeFileSync(truth, truthTable(recipe.identity.exposureId, frameTruth(recipe, made, entries)));
  return { file, truth, made };
}
