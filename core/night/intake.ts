import { replayGap } from '../records/observatory/weather.ts';
import { mountedFilters, type Observatory, observatory as observatorySchema } from '../records/observatory.ts';
import { parseAll } from '../records/primitives.ts';
import { type Programme, programme as programmeSchema } from '../records/programme.ts';
import { utcMsOf } from '../time.ts';
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

/** What of it can be judged without a date: each file by its schema, and what they say of each other. */
export interface FilesIntake {
  faults: readonly string[];
  /** Only where the file agrees with its schema. */
  observatory?: Observatory | undefined;
  programme?: Programme | undefined;
}

/** Everything that can be wrong with an observatory and a programme, on whatever date they are used. Nothing is thrown. */
export function checkFiles({ observatory, programme }: Omit<NightMaterial, 'dayObs'>): FilesIntake {
  const site = observatory === undefined ? MISSING : parseAll(observatorySchema, observatory, 'observatory');
  const plan = programme === undefined ? MISSING : parseAll(programmeSchema, programme, 'programme');
  const faults = [...site.faults, ...plan.faults];
  if (site.value && plan.value)
    faults.push(...requestFaults(site.value, plan.value), ...calibrationFaults(site.value, plan.value));
  return { faults, observatory: site.value, programme: plan.value };
}

/**
 * Everything that can be wrong with the input of a night, found at once: each file by its schema, then what they say of each
 * other (filters, exposure times), then the sky (a polar day). Nothing is thrown; accepted when all is there and faultless.
 */
export function checkNight(material: NightMaterial): Intake {
  const { dayObs } = material;
  const { observatory, programme, faults: fileFaults } = checkFiles(material);
  const faults = [...fileFaults];
  const bounds = observatory && dayObs !== undefined ? nightBounds(observatory.site, dayObs) : undefined;
  if (observatory && dayObs !== undefined && !bounds) {
    const { name, latitudeDeg } = observatory.site;
    faults.push(
      `night: polar day: at ${name} (latitude ${latitudeDeg} deg) the Sun does not set on ${dayObs}; choose a date on which it does, or another site`,
    );
  }
  const replay = observatory?.weather?.replay;
  const gap = replay && bounds && replayGap(replay, utcMsOf(bounds.beginAt), utcMsOf(bounds.endAt));
  if (gap) faults.push(`weather: the night is not covered: ${gap}; choose another date, or a file that covers it`);
  if (faults.length > 0 || !observatory || !programme || !bounds) return { faults };
  return { faults: [], accepted: { observatory, programme, bounds } };
}

const MISSING = { value: undefined, faults: [] } as const;

/** What the calibration sets of a programme ask of a camera that cannot give it. */
export function calibrationFaults(
  observatory: Observatory,
  { calibrations }: Pick<Programme, 'calibrations'>,
): string[] {
  const { camera, flatLamp } = observatory;
  const mounted = mountedFilters(observatory);
  return calibrations.flatMap(({ filter, target, exposureTimeS }, index) => {
    const where = `programme: calibrations[${index}]`;
    const faults: string[] = [];
    if (filter !== undefined && !mounted.includes(filter)) {
      faults.push(`${where}.filter: "${filter}" is not in the changer, which has ${mounted.join(', ')}`);
    } else if (filter !== undefined && target === 'dome' && flatLamp?.electronsPerS[filter] === undefined) {
      faults.push(
        `${where}.target: ${observatory.id} has no lamp for dome flats in ${filter}; take them of the twilight sky`,
      );
    }
    if (exposureTimeS !== undefined && exposureTimeS > camera.exposureTimeMaxS) {
      faults.push(
        `${where}.exposureTimeS: ${exposureTimeS} s is more than ${camera.id} takes, ${camera.exposureTimeMaxS} s`,
      );
    }
    return faults;
  });
}

function requestFaults(observatory: Observatory, programme: Programme): string[] {
  const { camera, filters } = observatory;
  const names = filters.map((filter) => filter.name);
  const mounted = mountedFilters(observatory);
  return programme.requests.flatMap((request, index) =>
    request.exposures.flatMap((exposure, at) => {
      const where = `programme: requests[${index}].exposures[${at}]`;
      const faults: string[] = [];
      if (!names.includes(exposure.filter)) {
        faults.push(
          `${where}.filter: unknown filter "${exposure.filter}" in ${request.id}; this camera has ${names.join(', ')}`,
        );
      } else if (!mounted.includes(exposure.filter)) {
        faults.push(
          `${where}.filter: filter "${exposure.filter}" in ${request.id} is not mounted; in the changer are ${mounted.join(', ')}`,
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
