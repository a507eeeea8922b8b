import * as z from 'zod';
import { asciiText, nonNegative, number, positive } from '../primitives.ts';
import { axis } from './axis.ts';
import { focus } from './focus.ts';

export const telescope = z.strictObject({
  name: asciiText(60),
  apertureM: positive.describe('clear diameter of the primary'),
  obstructionM: nonNegative.describe('diameter of the central obstruction'),
  focalLengthM: positive,
  systemFwhmArcsec: positive.describe(
    'image width of the telescope alone at zenith: optics, and whatever of focus and tracking is not given by itself',
  ),
  vignettingAtCorner: number.min(0).max(0.9).describe('share of the light lost in the corners of the field'),
  opticsLoop: z
    .strictObject({
      openLoopSPerDeg: nonNegative.describe(
        'aligning the optics by table, per degree of altitude; runs while the mount settles',
      ),
      closedLoopAboveDeg: positive.describe(
        'a turn in altitude from which the optics are aligned by their images, too',
      ),
      closedLoopS: nonNegative.describe('what that takes, after all else'),
    })
    .optional()
    .describe('active optics that are aligned after a slew; absent: nothing to align'),
  rotator: z
    .strictObject({
      axis,
      minDeg: number
        .min(-360)
        .max(360)
        .describe('least angle: position angle of the camera less the parallactic angle'),
      maxDeg: number.min(-360).max(360),
    })
    .refine(({ minDeg, maxDeg }) => maxDeg - minDeg >= 180, {
      path: ['maxDeg'],
      message: 'must be at least 180 above minDeg, so that every field is reached one way or the other',
    })
    .optional()
    .describe('keeps the field of an altAz mount upright; absent: takes no time, knows no end'),
  focus: focus.optional(),
  distortion: z
    .strictObject({
      radialPerDeg2: number
        .min(-0.01)
        .max(0.01)
        .describe('k of r (1 + k r^2), r in degrees from the axis: above 0 a pincushion, below 0 a barrel'),
    })
    .optional()
    .describe('radial distortion of the optics; absent: none'),
  aureole: z
    .strictObject({
      lightShare: positive.max(0.3).describe('light of a star in its aureole, as a share of the light in its core'),
      innerRadiusArcsec: positive.describe('where the inverse square begins; flat inside'),
      outerRadiusDeg: positive.max(20).describe('where it ends'),
    })
    .optional()
    .describe('faint wide halo about everything bright: stars, planets, the Moon; absent: none'),
});
