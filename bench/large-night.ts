/** Nights of any size for benchmarks and tests: many short visits, all of which can be observed. */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { type Observatory, observatory as observatorySchema } from '../core/records/observatory.ts';
import type { programmeRequest } from '../core/records/programme.ts';

export type LargeRequest = z.input<typeof programmeRequest>;

/** La Palma with a camera of 64 x 64 pixels that is read out at once, under a sky that is always clear. */
export function quickObservatory(): Observatory {
  const file = new URL('../observatories/la-palma.json', import.meta.url);
  const observatory = observatorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const { camera, climate, safety } = observatory;
  return {
    ...observatory,
    calibration: undefined,
    camera: { ...camera, widthPix: 64, heightPix: 64, readoutS: 1 },
    climate: { ...climate, clearShare: 1, seasons: undefined },
    safety: { ...safety, humidityMaxPercent: 100, windMaxMPerS: 100 },
  };
}

/** Targets stand on a grid this wide, so that slews between neighbours take seconds. */
const STEP_DEG = 0.1;

/**
 * A programme of so many requests of one frame of one second, on a grid near the pole, which never sets.
 * @param change makes another request of each.
 */
export function largeProgramme(requests: number, change = (request: LargeRequest): LargeRequest => request) {
  const side = Math.ceil(Math.sqrt(requests));
  return {
    id: `requests-${requests}`,
    name: `${requests} requests`,
    requests: Array.from({ length: requests }, (_each, index) =>
      change({
        // Ids and names as long as they may be: what they make large is seen.
        id: `request-${String(index).padStart(6, '0')}-${'x'.repeat(25)}`,
        target: {
          name: `Field ${index} ${'x'.repeat(48)}`.slice(0, 60),
          raDeg: 15 + (index % side) * STEP_DEG * 6,
          decDeg: 80 + Math.floor(index / side) * STEP_DEG,
        },
        exposures: [{ filter: 'r', exposureTimeS: 1, count: 1 }],
        constraints: { airmassMax: 10, moonSeparationMinDeg: 0, twilight: 'nautical' },
      }),
    ),
  };
}
