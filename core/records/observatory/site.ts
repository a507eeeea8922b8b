import { z } from 'zod';
import { asciiText, number } from '../primitives.ts';

export const site = z.strictObject({
  name: asciiText(60),
  latitudeDeg: number.min(-90).max(90),
  longitudeDeg: number.min(-180).max(180).describe('east of Greenwich positive'),
  elevationM: number.min(-500).max(9000),
  timeZone: z
    .string()
    .refine((zone) => isTimeZone(zone), 'must be an IANA time zone such as Atlantic/Canary')
    .describe('for showing local times; the night itself is bound by the Sun'),
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
