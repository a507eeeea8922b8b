import { z } from 'zod';
import { nonNegative } from '../primitives.ts';
import { axis } from './axis.ts';

export const dome = z.strictObject({
  azimuthAxis: axis,
  settleS: nonNegative,
  openS: nonNegative,
  closeS: nonNegative,
});
