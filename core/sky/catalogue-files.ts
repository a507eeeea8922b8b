import { InvalidCatalogue } from './stars.ts';

/** CRC-32 (IEEE 802.3) of the files of the catalogue that frames are made from, as data/ holds them. */
export const CATALOGUE_CRC32 = {
  'stars.bin': 'da4c6fc0',
  'stars-faint.bin': 'cd7311a2',
  'galaxies.json': '8fdc26cd',
} as const;
export type CatalogueFile = keyof typeof CATALOGUE_CRC32;

/**
 * Refuses a file of the catalogue that is not the one this version was made with: every single flipped byte is found.
 * @param crc32 of the file's bytes, 0 to 2^32 - 1
 * Throws InvalidCatalogue, naming the file.
 */
export function checkCatalogueFile(name: CatalogueFile, crc32: number): void {
  const wanted = CATALOGUE_CRC32[name];
  const got = crc32.toString(16).padStart(8, '0');
  if (got === wanted) return;
  throw new InvalidCatalogue(
    `data/${name} is damaged or of another version: its CRC-32 is ${got}; must be ${wanted}; restore the file`,
  );
}
