/** The catalogue of the sky: real stars and galaxies, and a model for the stars that are too faint to be in it. */
export { CATALOGUE_CRC32, type CatalogueFile, checkCatalogueFile } from './catalogue-files.ts';
export { faintStarsAround } from './faint-stars.ts';
export { type Galaxy, type GalaxyCatalogue, openGalaxies } from './galaxies.ts';
export { faintStarCounts, StarCountsUnknown } from './star-counts.ts';
export { InvalidCatalogue, openStars, type StarCatalogue, type StarColumns } from './stars.ts';
