import * as z from 'zod';
import { nonNegative, number, positive } from '../primitives.ts';

/** Where on the chip, seen as an image, an amplifier reads from. */
const CORNERS = ['lowerLeft', 'lowerRight', 'upperLeft', 'upperRight'] as const;

export const amplifier = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9]{1,8}$/, 'must be 1 to 8 letters and digits'),
  corner: z.enum(CORNERS).describe('of its part of the chip, at which it reads the first pixel'),
  gainEPerAdu: positive,
  readNoiseE: nonNegative,
  biasLevelAdu: nonNegative.max(60000),
});
export type Amplifier = z.infer<typeof amplifier>;

export const scan = z
  .strictObject({
    prescanColumns: z.int().min(0).max(256).describe('columns that each amplifier reads before those that see the sky'),
    overscanColumns: z
      .int()
      .min(0)
      .max(256)
      .describe('columns that each amplifier reads after the last pixel of a row'),
    overscanRows: z.int().min(0).max(256).describe('rows that each amplifier reads after the last row'),
  })
  .describe('pixels without charge, which tell the bias level of each row');

export const temperature = z
  .strictObject({
    setC: number.min(-150).max(40).describe('temperature that the cooler keeps'),
    regulationC: nonNegative.max(5).describe('rms from exposure to exposure'),
    referenceC: number.min(-150).max(40).describe('temperature for which dark current and hot pixels are given'),
  })
  .describe('of the detector; without it dark current is that of the reference always');

export const hotPixels = z
  .strictObject({
    share: number.min(0).max(0.1).describe('of the pixels that are hot'),
    medianRateEPerS: positive.describe('of a hot pixel, at the reference temperature'),
    spread: nonNegative.max(5).describe('rms of the natural logarithm of the rates'),
  })
  .describe('pixels with a dark current of their own; the same ones in every night');

export const cosmicRays = z
  .strictObject({
    ratePerCm2PerMin: nonNegative.max(100).describe('1 at sea level, 2 to 5 on mountains'),
    siliconThicknessUm: number.min(1).max(1000).describe('in which charge is collected'),
    diffusionUm: nonNegative.max(50).describe('rms of the way that charge spreads sideways'),
  })
  .describe('charged particles through the chip while charge gathers and while it is read');

export const bleeding = z
  .strictObject({
    upShare: number.min(0).max(1).describe('of the overflow that goes to higher rows; the rest goes down'),
  })
  .describe('charge beyond the full well spills along the column; without it the charge is lost where it is');

export const nonLinearity = z
  .strictObject({
    quadratic: number
      .min(-0.2)
      .max(0.2)
      .describe('share of the signal that is lost at the full well, growing with the signal'),
    cubic: number.min(-0.2).max(0.2).describe('the same, growing with the square of the signal'),
  })
  .describe('counts e (1 - quadratic e / fullWell - cubic (e / fullWell)^2) for e electrons');

export const crosstalk = z
  .array(z.array(number.min(-0.1).max(0.1)))
  .describe(
    'row: the amplifier that is disturbed; column: the one that disturbs; share of its counts; 0 on the diagonal',
  );

export const biasStructure = z
  .strictObject({
    columnPatternAdu: nonNegative.max(1000).describe('rms of the bias level from column to column, fixed'),
    rowGradientAdu: number
      .min(-1000)
      .max(1000)
      .describe('change of the bias level from the first row read to the last'),
    columnGradientAdu: number.min(-1000).max(1000).describe('change from the first column read to the last'),
    driftAdu: nonNegative.max(1000).describe('rms of the bias level from exposure to exposure, per amplifier'),
  })
  .describe('what the bias level does besides standing still');

export const shutter = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('iris').describe('opens from the centre of the field and closes to it'),
      travelMs: nonNegative.max(1000).describe('time that the corners are exposed less than the centre'),
    }),
    z.strictObject({
      kind: z.literal('blade').describe('crosses the field from the first column to the last, opening and closing'),
      mismatchMs: number.min(-1000).max(1000).describe('time that the last column is exposed longer than the first'),
    }),
  ])
  .describe('the exposure time that is asked for is that of the centre of the field');

export const pixelResponse = z
  .strictObject({ rms: nonNegative.max(0.2).describe('of the relative sensitivity of the pixels') })
  .describe('differences of sensitivity from pixel to pixel, fixed');

export const flatStructure = z
  .strictObject({
    lowOrder: nonNegative
      .max(0.3)
      .describe('largest departure of the smooth pattern of a filter from the centre of the field'),
    treeRings: nonNegative.max(0.1).describe('amplitude of the rings of the silicon'),
    treeRingSpacingUm: positive.describe('from ring to ring, half way out from their centre'),
  })
  .describe('sensitivity over the field, fixed: a smooth pattern for each filter and the rings of the silicon');

export const dust = z
  .strictObject({
    surfaces: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[A-Za-z0-9]{1,16}$/, 'must be 1 to 16 letters and digits'),
          distanceMm: positive.max(1000).describe('from the focal plane'),
          specks: z.int().min(0).max(2000).describe('on the part that the field sees through'),
          perFilter: z
            .boolean()
            .describe('true: the surface belongs to a filter, and each filter has specks of its own'),
        }),
      )
      .min(1)
      .max(8),
    speckDiameterUm: positive.max(2000).describe('median'),
    spread: nonNegative.max(2).describe('rms of the natural logarithm of the diameters'),
    driftUmPerDay: nonNegative
      .max(1000)
      .describe('rms of the way that a speck moves from night to night, in each direction'),
    cleanedEveryDays: z.int().min(1).max(3660).describe('days after which all specks are other ones'),
  })
  .describe('shadows of dust: rings as wide as the beam is at the speck');
