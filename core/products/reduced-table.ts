import type { HeaderGroup } from '../fits/header-table.ts';
import type { HeaderOf } from './product-header.ts';

/**
 * What the header of a reduced frame has beside that of its raw frame, defined once: writer, reader, validator, the type
 * `ReductionHeader` and docs/products.md derive from it.
 */

const STATES = ['COMPLETE', 'SKIPPED'] as const;

// biome-ignore format: a table is read by its columns.
export const REDUCTION_GROUPS = [
  { title: 'Reduction', entries: [
    { keyword: 'RAWFILE', property: 'rawFile', type: 'text', required: 'every', comment: 'raw frame that it was made from' },
    { keyword: 'RAWVERS', property: 'rawSoftwareVersion', type: 'text', required: 'every', comment: 'software that wrote the raw frame' },
    { keyword: 'REDBLOCK', property: 'reductionBlockId', type: 'text', required: 'optional', comment: 'reduction block: what was reduced together' },
    { keyword: 'CAL_MISS', property: 'calMissing', type: 'text', required: 'optional', comment: 'types of masters missing, with commas' },
    { keyword: 'DARKSCAL', property: 'darkScale', type: 'real', required: 'optional', min: 0, comment: 'time of the frame over that of its dark' },
    { keyword: 'BUNIT', property: 'bunit', type: 'text', required: 'every', values: ['electron'], comment: 'unit of the pixels' },
    { keyword: 'GAIN', property: 'gain', type: 'real', required: 'every', min: 1, max: 1, comment: 'electrons in a unit of the pixels' },
    { keyword: 'RDNOISE', property: 'readNoiseE', type: 'real', unit: 'electron', required: 'every', min: 0, comment: 'read noise of a pixel, rms of amplifiers' },
    { keyword: 'SATURATE', property: 'saturationE', type: 'real', unit: 'electron', required: 'every', min: 0, comment: 'least light that an amplifier loses' },
  ] },
  { title: 'Steps', entries: [
    { keyword: 'S_OVERSC', property: 'overscan', type: 'text', required: 'optional', values: STATES, comment: 'overscan taken off, trimmed' },
    { keyword: 'S_SATURA', property: 'saturation', type: 'text', required: 'optional', values: STATES, comment: 'saturated pixels flagged' },
    { keyword: 'S_BIAS', property: 'bias', type: 'text', required: 'optional', values: STATES, comment: 'master bias taken off' },
    { keyword: 'S_DARK', property: 'dark', type: 'text', required: 'optional', values: STATES, comment: 'master dark taken off' },
    { keyword: 'S_FLAT', property: 'flat', type: 'text', required: 'optional', values: STATES, comment: 'divided by master flat' },
    { keyword: 'S_GAIN', property: 'gainStep', type: 'text', required: 'optional', values: STATES, comment: 'counts turned into electrons' },
    { keyword: 'S_UNCERT', property: 'uncertainty', type: 'text', required: 'optional', values: STATES, comment: 'uncertainty of each pixel' },
    { keyword: 'S_DQ', property: 'dataQuality', type: 'text', required: 'optional', values: STATES, comment: 'flags of each pixel' },
    { keyword: 'S_CRREJ', property: 'cosmicRays', type: 'text', required: 'optional', values: STATES, comment: 'cosmic rays found and replaced' },
    { keyword: 'S_BKG', property: 'background', type: 'text', required: 'optional', values: STATES, comment: 'sky measured; it stays in the pixels' },
    { keyword: 'S_SOURCE', property: 'sources', type: 'text', required: 'optional', values: STATES, comment: 'sources found' },
    { keyword: 'S_PHOTOM', property: 'photometry', type: 'text', required: 'optional', values: STATES, comment: 'zero point measured' },
  ] },
  { title: 'Measured on the frame', entries: [
    { keyword: 'OBSGRADE', property: 'grade', type: 'text', required: 'every', values: ['A', 'B', 'C'], comment: 'A constraints met, B one nearly, C not' },
    { keyword: 'MAGZPT', property: 'zeroPointMag', type: 'real', unit: 'mag', required: 'optional', comment: 'AB of one electron a second' },
    { keyword: 'MAGZERR', property: 'zeroPointErrorMag', type: 'real', unit: 'mag', required: 'optional', min: 0, comment: 'its standard error' },
    { keyword: 'MAGZPT1', property: 'zeroPointAtAirmass1Mag', type: 'real', unit: 'mag', required: 'optional', comment: 'zero point at airmass 1' },
    { keyword: 'NMATCH', property: 'matchedCount', type: 'integer', required: 'every', min: 0, comment: 'sources found in the catalogue' },
    { keyword: 'WCSDX', property: 'offsetXPix', type: 'real', unit: 'pix', required: 'optional', comment: 'sources right of where the WCS has them' },
    { keyword: 'WCSDY', property: 'offsetYPix', type: 'real', unit: 'pix', required: 'optional', comment: 'sources above where the WCS has them' },
    { keyword: 'NSOURCES', property: 'sourceCount', type: 'integer', required: 'every', min: 0, comment: 'rows of SOURCES' },
    { keyword: 'STARFWHM', property: 'measuredSeeingArcsec', type: 'real', unit: 'arcsec', required: 'optional', min: 0, comment: 'median FWHM of its stars' },
    { keyword: 'STARELL', property: 'ellipticity', type: 'real', required: 'optional', min: 0, max: 1, comment: 'their ellipticity, 1 - b/a' },
    { keyword: 'SKYLEVEL', property: 'skyElectronsPerPix', type: 'real', unit: 'electron', required: 'optional', comment: 'sky in a pixel' },
    { keyword: 'SKYRMS', property: 'skyRmsE', type: 'real', unit: 'electron', required: 'optional', min: 0, comment: 'its scatter from pixel to pixel' },
    { keyword: 'SKYMAG', property: 'measuredSkyMagPerArcsec2', type: 'real', unit: 'mag/arcsec2', required: 'optional', comment: 'sky brightness, AB' },
    { keyword: 'NCOSMIC', property: 'cosmicRayPixels', type: 'integer', required: 'every', min: 0, comment: 'pixels hit by cosmic rays' },
    { keyword: 'NSATURAT', property: 'saturatedPixels', type: 'integer', required: 'every', min: 0, comment: 'saturated pixels' },
    { keyword: 'NMASKED', property: 'maskedPixels', type: 'integer', required: 'every', min: 0, comment: 'pixels bad, hot, dim or without data' },
  ] },
] as const satisfies readonly HeaderGroup[];

/** Names of the steps of a reduction by the properties that hold what became of them. */
export const STEP_PROPERTIES = {
  overscan: 'overscan',
  saturation: 'saturation',
  bias: 'bias',
  dark: 'dark',
  flat: 'flat',
  gain: 'gainStep',
  uncertainty: 'uncertainty',
  dataQuality: 'dataQuality',
  cosmicRays: 'cosmicRays',
  background: 'background',
  sources: 'sources',
  photometry: 'photometry',
} as const satisfies Record<string, keyof ReductionHeader>;

/** Cards of a reduced frame that come in numbers; nnn is 001, 002, … */
export const REDUCED_NUMBERED_CARDS = {
  SRCnnn: { type: 'text', comment: 'exposure that it was made from' },
  SRCBITn: { type: 'text', comment: 'meaning of bit n of `flags`, in SOURCES' },
} as const;

/** The values of the cards that a reduced frame has beside those of its raw frame. */
export type ReductionHeader = HeaderOf<typeof REDUCTION_GROUPS>;
