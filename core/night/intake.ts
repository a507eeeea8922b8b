import { type Observatory, observatory as observatorySchema } from '../records/observatory.ts';
import { parseAll } from '../records/primitives.ts';
import { type Programme, programme as programmeSchema } from '../records/programme.ts';
import { type NightBounds, nightBounds } from './bounds.ts';

/** What a night is made from, before anything of it is trusted. What could not be read at all is left out, and not judged. */
export interface NightMaterial {
  observatory?: unknown;
  programme?: unknown;
  /** Day of observation, integer YYYYMMDD. */
  dayObs?: number | undefined;
}

export type Intake =
  | { faults: readonly string[]; accepted?: never }
  | { faults: readonly []; accepted: { observatory: Observatory; programme: Programme; bounds: NightBounds } };

/**
 * Everything that can be wrong with the input of a night, found at once: each file by its schema, then what they say of each
 * other (filters, exposure times), then the sky (a polar day). Nothing is thrown; accepted when all is there and faultless.
 */
export function checkNight(material: NightMaterial): Intake {
  const { observatory, programme, dayObs } = material;
  const site = observatory === undefined ? MISSING : parseAll(observatorySchema, observatory, 'observatory');
  const plan = programme === undefined ? MISSING : parseAll(programmeSchema, programme, 'programme');
  const faults = [...site.faults, ...plan.faults];
  if (site.value && plan.value) faults.push(...requestFaults(site.value, plan.value));
  const bounds = site.value && dayObs !== undefined ? nightBounds(site.value.site, dayObs) : undefined;
  if (site.value && dayObs !== undefined && !bounds) {
    const { name, latitudeDeg } = site.value.site;
    faults.push(
      `night: polar day: at ${name} (latitude ${latitudeDeg} deg) the Sun does not set on ${dayObs}; choose a date on which it does, or another site`,
    );
  }
  if (faults.length > 0 || !site.value || !plan.value || !bounds) return { faults };
  return { faults: [], accepted: { observatory: site.value, programme: plan.value, bounds } };
}

const MISSING = { value: undefined, faults: [] } as const;

function requestFaults({ camera, filters }: Observatory, programme: Programme): string[] {
  const names = filters.map((filter) => filter.name);
  return programme.requests.flatMap((request, index) =>
    request.exposures.flatMap((exposure, at) => {
      const where = `programme: requests[${index}].exposures[${at}]`;
      const faults: string[] = [];
      if (!names.includes(exposure.filter)) {
        faults.push(
          `${where}.filter: unknown filter "${exposure.filter}" in ${request.id}; this camera has ${names.join(', ')}`,
        );
      }
      if (exposure.exposureTimeS < camera.exposureTimeMinS || exposure.exposureTimeS > camera.exposureTimeMaxS) {
        faults.push(
          `${where}.exposureTimeS: ${exposure.exposureTimeS} s in ${request.id} is beyond the limits of ${camera.id}, ${camera.exposureTimeMinS} to ${camera.exposureTimeMaxS} s`,
        );
      }
      return faults;
    }),
  );
}
