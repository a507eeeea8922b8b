import path from 'node:path';
import { describe, expect } from 'vitest';
import { randomStream } from '../../core/random.ts';
import { dayObsOfDate } from '../../core/time.ts';
import { bestTimeMs } from '../../core/visits/best-time.ts';
import { itWith, pythonJson } from '../helpers/judges.ts';
import { temporaryFolder } from '../helpers/night.ts';
import { clearObservatory, takeFrame } from './sky-frames.ts';

const FIELDS = 20;
/** Frames that astrometry.net gives back as one JSON object a line. */
interface Solution {
  solved: boolean;
  matched: number;
  ownMedianPix: number;
  own90Pix: number;
}

describe('random fields of the default observatory', () => {
  itWith(
    'astrometry',
    `are solved blind by astrometry.net, all ${FIELDS}, and stars lie where the frame's own WCS says`,
    () => {
      const folder = temporaryFolder();
      const observatory = clearObservatory('la-palma');
      const draw = randomStream(2026, 'plate-solving', 'fields');
      const files = Array.from({ length: FIELDS }, (_, index) => {
        // Even over the sky that La Palma sees well, each in the month in which it culminates at midnight.
        const decDeg = (Math.asin(-0.4 + 1.4 * draw.uniform()) * 180) / Math.PI;
        const raDeg = 360 * draw.uniform();
        const month = String(1 + (Math.floor(raDeg / 30 + 9) % 12)).padStart(2, '0');
        const dayObs = dayObsOfDate(`2026-${month}-10`);
        const target = { name: `field ${index}`, raDeg, decDeg };
        const beginMs = bestTimeMs(observatory.site, dayObs, target);
        const wish = { observatory, filter: 'r', beginMs, dayObs, target, exposureTimeS: 10, seqNum: index + 1 };
        return takeFrame(folder, wish).file;
      });
      const solutions = pythonJson(path.join(import.meta.dirname, 'plate-solve.py'), files) as Solution[];
      for (const [index, solution] of solutions.entries()) {
        process.stdout.write(`${files[index].split('/').at(-1)}: ${JSON.stringify(solution)}\n`);
      }
      expect(solutions.map(({ solved }) => solved)).toEqual(Array(FIELDS).fill(true));
      for (const { ownMedianPix } of solutions) expect(ownMedianPix).toBeLessThan(0.3);
    },
    900_000,
  );
});
