import * as z from 'zod';
import { asArray, EVEN_WHEN_FAULTY, nonNegative, number } from '../primitives.ts';
import { axis } from './axis.ts';
import { ALT_AZ_TERMS, EQUATORIAL_TERMS, pointing } from './pointing.ts';
import { tracking } from './tracking.ts';

export const mount = z
  .strictObject({
    kind: z.enum(['altAz', 'equatorial']),
    longitudeAxis: axis.describe('azimuth, or hour angle'),
    latitudeAxis: axis.describe('altitude, or declination'),
    settleS: nonNegative,
    altitudeMinDeg: number.min(0).max(89),
    altitudeMaxDeg: number.min(1).max(90),
    park: z.strictObject({ altitudeDeg: number.min(0).max(90), azimuthDeg: number.min(0).lt(360) }),
    azimuthRangeDeg: z
      .strictObject({ min: number.min(-720).max(720), max: number.min(-720).max(720) })
      .optional()
      .describe('cable wrap of an altAz mount: how far azimuth turns, 0 is north; absent: without end'),
    horizon: z
      .array(z.strictObject({ azimuthDeg: number.min(0).lt(360), altitudeDeg: number.min(0).max(89) }))
      .min(1)
      .max(360)
      .optional()
      .describe('what stands around the dome, by growing azimuth, straight between; the telescope points above it'),
    german: z
      .strictObject({
        hourAngleLimitDeg: number.min(0).max(90).describe('how far past the meridian it follows before it must flip'),
        flipS: nonNegative.describe('what a flip takes more than the turning of the axes: centring anew'),
      })
      .optional()
      .describe('a German equatorial mount; absent: a fork, which passes the meridian as it is'),
    fieldRotates: z.boolean().optional().describe('altAz without a derotator: the field turns on the camera'),
    pointing: pointing.optional(),
    tracking: tracking.optional(),
  })
  .superRefine((value, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { kind, azimuthRangeDeg, horizon, german, fieldRotates, pointing, tracking } = value;
    if (azimuthRangeDeg && azimuthRangeDeg.min >= azimuthRangeDeg.max) {
      refuse(['azimuthRangeDeg', 'min'], `must be below max, ${azimuthRangeDeg.max}`);
    }
    if (azimuthRangeDeg && kind === 'equatorial') refuse(['azimuthRangeDeg'], 'only an altAz mount has one');
    if (fieldRotates && kind === 'equatorial') refuse(['fieldRotates'], 'only an altAz mount turns the field');
    if (german && kind === 'altAz') refuse(['german'], 'only an equatorial mount can be one');
    if (tracking?.rate === 'sidereal' && kind === 'altAz') {
      refuse(['tracking', 'rate'], 'an altAz mount follows no star at an even rate; must be model');
    }
    if (tracking?.periodic && kind === 'altAz') refuse(['tracking', 'periodic'], 'only an equatorial mount has one');
    asArray(horizon).forEach((point, index, points) => {
      if (index > 0 && !(point?.azimuthDeg > points[index - 1]?.azimuthDeg)) {
        refuse(['horizon', index, 'azimuthDeg'], 'must be larger than the one before');
      }
    });
    const allowed: readonly string[] = kind === 'altAz' ? ALT_AZ_TERMS : EQUATORIAL_TERMS;
    for (const term of Object.keys(pointing?.termsRmsArcsec ?? {})) {
      if (!allowed.includes(term)) {
        refuse(
          ['pointing', 'termsRmsArcsec', term],
          `no term of this kind of mount; must be one of ${allowed.join(', ')}`,
        );
      }
    }
  }, EVEN_WHEN_FAULTY);
