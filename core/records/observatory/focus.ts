import * as z from 'zod';
import { nonNegative, number } from '../primitives.ts';

export const focus = z
  .strictObject({
    referenceTemperatureC: number.min(-60).max(60).describe('where the focuser stands at 0 um in the best focus'),
    bestUmPerC: number.describe('shift of the best focus with the temperature of the tube'),
    bestUmZenithToHorizon: number.describe(
      'shift of the best focus from the zenith to the horizon, as 1 - sin(altitude)',
    ),
    filterOffsetsUm: z.record(z.string(), number).default({}).describe('shift of the best focus by filter; others 0'),
    setUmPerC: number.describe('what the controller takes for bestUmPerC'),
    setErrorUm: nonNegative.describe('rms error of a setting: backlash, error of the filter offset'),
  })
  .describe('how the focus drifts and is set; absent: always in focus');
