import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type CatalogueFile, checkCatalogueFile, openGalaxies, openStars } from '../../core/sky/catalogue.ts';
import type { SkyCatalogue } from '../../core/twin/render.ts';

/** Files of the catalogue that a frame of the sky is made from. */
export const SKY_FILES = ['stars.bin', 'stars-faint.bin', 'galaxies.json'] as const satisfies CatalogueFile[];

let sky: SkyCatalogue | undefined;

/** The catalogue of the sky, read once per process: beside the bundle in Lambda, in data/ in a checkout. */
export function loadSky(): SkyCatalogue {
  if (!sky) {
    const bundled = path.join(process.env.LAMBDA_TASK_ROOT ?? '', 'data');
    sky = readSky(existsSync(bundled) ? bundled : path.resolve(import.meta.dirname, '../../data'));
  }
  return sky;
}

/** Reads the catalogue of a folder. Throws InvalidCatalogue, naming the file, when one is damaged. */
export function readSky(folder: string): SkyCatalogue {
  const bytes = (name: CatalogueFile): Uint8Array<ArrayBuffer> => {
    const content = new Uint8Array(readFileSync(path.join(folder, name)));
    checkCatalogueFile(name, crc32(content));
    return content;
  };
  return {
    stars: [openStars(bytes('stars.bin').buffer), openStars(bytes('stars-faint.bin').buffer)],
    galaxies: openGalaxies(JSON.parse(new TextDecoder().decode(bytes('galaxies.json')))),
  };
}
