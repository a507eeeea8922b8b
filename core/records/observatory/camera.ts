import * as z from 'zod';
import { asArray, asciiText, EVEN_WHEN_FAULTY, nonNegative, number, positive } from '../primitives.ts';
import {
  type Amplifier,
  amplifier,
  biasStructure,
  bleeding,
  cosmicRays,
  crosstalk,
  dust,
  flatStructure,
  hotPixels,
  nonLinearity,
  pixelResponse,
  scan,
  shutter,
  temperature,
} from './detector.ts';

/** Sets of corners that cut a chip into equal parts, each with one amplifier: the whole, two halves, four quarters. */
const LAYOUTS = [1, 2, 4];

export const camera = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9]{1,11}$/, 'must be 2 to 12 lower-case letters and digits: it begins every file name'),
    name: asciiText(60),
    widthPix: z.int().min(16).max(16384),
    heightPix: z.int().min(16).max(16384),
    pixelSizeUm: positive,
    gainEPerAdu: positive,
    readNoiseE: nonNegative,
    darkCurrentEPerS: nonNegative,
    fullWellE: positive,
    biasLevelAdu: nonNegative.max(60000),
    readoutS: nonNegative,
    filterChangeS: nonNegative,
    mountedFilters: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('names of the filters that are in the changer, the first one in the beam by day; absent: all'),
    exposureTimeMinS: nonNegative,
    exposureTimeMaxS: positive,
    positionAngleDeg: number.min(-180).max(180).describe('of the image vertical, from north through east'),
    adcBits: z.int().min(8).max(16).optional().describe('bits of the converter; without it 16'),
    amplifiers: z
      .array(amplifier)
      .min(1)
      .max(4)
      .optional()
      .describe(
        '1, 2 or 4, each reading an equal part; without it one at the lower left with gain, noise and bias level of the camera',
      ),
    scan: scan.optional(),
    temperature: temperature.optional(),
    hotPixels: hotPixels.optional(),
    cosmicRays: cosmicRays.optional(),
    bleeding: bleeding.optional(),
    nonLinearity: nonLinearity.optional(),
    crosstalk: crosstalk.optional(),
    biasStructure: biasStructure.optional(),
    shutter: shutter.optional(),
    pixelResponse: pixelResponse.optional(),
    flatStructure: flatStructure.optional(),
    dust: dust.optional(),
  })
  .superRefine((value, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const amplifiers = asArray(value.amplifiers);
    const count = Math.max(1, amplifiers.length);
    if (!LAYOUTS.includes(count)) refuse(['amplifiers'], `${count} amplifiers; must be 1, 2 or 4`);
    const sides = new Set(amplifiers.map((each) => each?.corner));
    const halves = new Set(amplifiers.map((each) => String(each?.corner).slice(5)));
    const rows = new Set(amplifiers.map((each) => String(each?.corner).slice(0, 5)));
    if (sides.size < amplifiers.length || (count === 2 && halves.size === 2 && rows.size === 2)) {
      refuse(['amplifiers'], 'must read from different corners, two of them from corners on one side of the chip');
    }
    if (new Set(amplifiers.map((each) => each?.name)).size < amplifiers.length) {
      refuse(['amplifiers'], 'a name stands twice; names must differ');
    }
    const splitColumns = count === 4 || halves.size === 2;
    const splitRows = count === 4 || rows.size === 2;
    if (splitColumns && value.widthPix % 2 === 1) refuse(['widthPix'], 'must be even: two amplifiers share a row');
    if (splitRows && value.heightPix % 2 === 1) refuse(['heightPix'], 'must be even: two amplifiers share a column');
    if (value.crosstalk !== undefined) {
      const matrix = asArray(value.crosstalk);
      const square = matrix.length === count && matrix.every((row) => asArray(row).length === count);
      if (!square) refuse(['crosstalk'], `must have ${count} rows of ${count} numbers, one per amplifier`);
      else if (matrix.some((row, i) => row[i] !== 0)) refuse(['crosstalk'], 'must be 0 on the diagonal');
    }
  }, EVEN_WHEN_FAULTY);
export type Camera = z.infer<typeof camera>;

const ADC_BITS = 16;

/** Largest number that the camera's converter knows. */
export function converterMaxAdu({ adcBits = ADC_BITS }: Camera): number {
  return 2 ** adcBits - 1;
}

/** Whether a camera can sum `binning` x `binning` pixels to one: the parts of its amplifiers must hold whole ones. */
export function canBin({ amplifiers, widthPix, heightPix }: Camera, binning: number): boolean {
  const corners = asArray(amplifiers).map((each) => String(each?.corner));
  const parts = (of: (corner: string) => string) => Math.max(1, new Set(corners.map(of)).size);
  const across = parts((corner) => corner.slice(5));
  const up = parts((corner) => corner.slice(0, 5));
  return widthPix % (binning * across) === 0 && heightPix % (binning * up) === 0;
}

/** The amplifiers of a camera; one that does not name any has one at the lower left, with the camera's own numbers. */
export function amplifiersOf({ amplifiers, gainEPerAdu, readNoiseE, biasLevelAdu }: Camera): readonly Amplifier[] {
  return amplifiers ?? [{ name: '1', corner: 'lowerLeft', gainEPerAdu, readNoiseE, biasLevelAdu }];
}

/** Share of the full well from which on a pixel is called saturated: what is left is room for the bias level's structure and for noise. */
const SATURATED_SHARE = 0.99;

/**
 * The count from which on a pixel of an amplifier may no longer tell the light: close below that of a full well, which a bent
 * amplifier shows lower than a straight one, or the converter's end.
 */
export function amplifierSaturationAdu(camera: Camera, { biasLevelAdu, gainEPerAdu }: Amplifier): number {
  const { fullWellE, nonLinearity: { quadratic, cubic } = { quadratic: 0, cubic: 0 } } = camera;
  const shownE = SATURATED_SHARE * fullWellE * (1 - quadratic - cubic);
  return Math.min(converterMaxAdu(camera), Math.floor(biasLevelAdu + shownE / gainEPerAdu));
}
