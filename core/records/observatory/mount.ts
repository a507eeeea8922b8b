import { z } from 'zod';
import { nonNegative, number } from '../primitives.ts';
import { axis } from './axis.ts';

export const mount = z.strictObject({
  kind: z.enum(['altAz', 'equatorial']),
  /** Azimuth, or hour angle. */
  longitudeAxis: axis,
  /** Altitude, or declination. */
  latitudeAxis: axis,
  settleS: nonNegative,
  altitudeMinDeg: number.min(0).max(89),
  altitudeMaxDeg: number.min(1).max(90),
  park: z.strictObject({ altitudeDeg: number.min(0).max(90), azimuthDeg: number.min(0).lt(360) }),
});
