import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openGalaxies, openStars } from '../../core/sky/catalogue.ts';
import type { SkyCatalogue } from '../../core/twin/render.ts';

/** Files of the catalogue that a frame of the sky is made from. */
export const SKY_FILES = ['stars.bin', 'stars-faint.bin', 'galaxies.json'] as const;

let sky: SkyCatalogue | undefined;

/** The catalogue of the sky, read once per process: beside the bundle in Lambda, in data/ in a checkout. */
export function loadSky(): SkyCatalogue {
  if (!sky) {
    const bundled = path.join(process.env.LAMBDA_TASK_ROOT ?? '', 'data');
    const folder = existsSync(bundled) ? bundled : path.resolve(import.meta.dirname, '../../data');
    const bytes = (name: string): ArrayBuffer => new Uint8Array(readFileSync(path.join(folder, name))).buffer;
    sky = {
      stars: [openStars(bytes('stars.bin')), openStars(bytes('stars-faint.bin'))],
      galaxies: openGalaxies(JSON.parse(readFileSync(path.join(folder, 'galaxies.json'), 'utf8'))),
    };
  }
  return sky;
}
