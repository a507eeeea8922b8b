import * as z from 'zod';
import { nonNegative } from '../primitives.ts';
import { axis } from './axis.ts';

export const dome = z.strictObject({
  azimuthAxis: axis,
  altitudeAxis: axis
    .optional()
    .describe('of a windscreen or slit that follows in altitude; absent: the slit is open to all of it'),
  settleS: nonNegative.describe('after turning in azimuth'),
  openS: nonNegative,
  closeS: nonNegative,
});
