import * as z from 'zod';
import { asciiText, nonNegative, number, positive } from '../primitives.ts';

export const site = z.strictObject({
  name: asciiText(60),
  latitudeDeg: number.min(-90).max(90),
  longitudeDeg: number.min(-180).max(180).describe('east of Greenwich positive'),
  elevationM: number.min(-500).max(9000),
  timeZone: z
    .string()
    .refine((zone) => isTimeZone(zone), 'must be an IANA time zone such as Atlantic/Canary')
    .describe('for showing local times; the night itself is bound by the Sun'),
  faintStarsVMax: number
    .min(10.5)
    .max(22)
    .optional()
    .describe('faintest V of the stars that the model of star counts adds to the catalogue; absent: no such stars'),
  solarFluxSfu: number
    .min(60)
    .max(400)
    .optional()
    .describe(
      'flux of the Sun at 10.7 cm, 1e-22 W m^-2 Hz^-1, which airglow follows; absent: the mean cycle at the date',
    ),
  cloudStructure: z
    .strictObject({
      heightM: positive.max(20000).describe('of the cloud above the site'),
      driftMPerS: nonNegative.describe('speed of the wind at that height'),
      outerScaleM: positive.describe('length beyond which cloud has no memory'),
      contrast: nonNegative.max(2).describe('standard deviation of the natural logarithm of the extinction'),
    })
    .optional()
    .describe('patches in the cloud, driven by the wind; absent: cloud is the same all over the field'),
  satellites: z
    .strictObject({
      trailsPerHourPerDeg: nonNegative.describe('satellites that cross a field one degree wide in an hour, lit or not'),
      altitudeKm: number.min(160).max(36000).describe('of their orbits above the ground'),
      magAt1000Km: number.min(-5).max(15).describe('mean V at a range of 1000 km'),
      magSpread: nonNegative.max(3).describe('standard deviation of that magnitude'),
    })
    .optional()
    .describe('satellites that leave trails; absent: none'),
});
export type Site = z.infer<typeof site>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
