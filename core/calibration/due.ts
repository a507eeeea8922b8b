import {
  CALIBRATION_TIMES,
  CALIBRATION_TYPES,
  type CalibrationRequest,
  type CalibrationSet,
  type CalibrationTime,
  type Certificate,
  calibrationKeyOf,
} from '../records/calibration.ts';
import { canBin } from '../records/observatory/camera.ts';
import { type CalibrationPolicy, mountedFilters, type Observatory, type PolicySet } from '../records/observatory.ts';
import type { Programme } from '../records/programme.ts';
import { dayObsBounds, taiOf } from '../time.ts';
import { MS_PER_DAY } from '../units.ts';

/** What planning needs to know of a camera. */
export interface CameraFacts {
  /** Name of the camera, as it stands in the keys of masters. */
  instrument: string;
  /** What the cooler keeps; absent for a camera without one. */
  setTemperatureC?: number;
  exposureTimeMinS: number;
  exposureTimeMaxS: number;
  /** Filters in the changer. */
  mountedFilters: readonly string[];
  /** Filters in which the lamp of the dome shines. */
  lampFilters: readonly string[];
  /** Binnings that it can read. */
  binnings: readonly number[];
}

/** What the frames of a night have to be calibrated for. */
export interface CalibrationNeeds {
  filters: readonly string[];
  exposureTimesS: readonly number[];
}

/** A calibration set that is to be taken. */
export interface PlannedSet {
  /** Of the policy's set or the request. */
  id: string;
  requestId: string;
  origin: CalibrationRequest['origin'];
  set: CalibrationSet;
  calibrationKey: string;
  when: CalibrationTime;
  /** 1 is the most urgent, 10 the least. */
  priority: number;
  /** Why it is taken, in words. */
  reason: string;
  /** How long its master is valid. */
  validDays: number;
}

/** A calibration set that is not taken, and why. */
export interface NotDue {
  id: string;
  /** Of a request. */
  requestId?: string;
  calibrationKey: string;
  when: CalibrationTime;
  reason: string;
  /** Whether it could be taken another time: false when the camera never can. */
  possible: boolean;
}

export interface CalibrationPlan {
  /** In the order of execution: by time, what others build on first, then by priority. */
  due: PlannedSet[];
  notDue: NotDue[];
}

/** What calibrations are planned from. */
export interface PlanningInput {
  policy: CalibrationPolicy;
  camera: CameraFacts;
  needs: CalibrationNeeds;
  /** What is valid, of any keys and in any order. */
  certificates: readonly Certificate[];
  /** What programmes and persons ask for; of them, those that are QUEUED count. */
  requests: readonly CalibrationRequest[];
  nightId: string;
  dayObs: number;
  nightBeginMs: number;
  nightEndMs: number;
  /** Which times of the night are planned; sets of others are in neither list. */
  times: readonly CalibrationTime[];
}

/** Those that a configuration may have. */
const BINNINGS = [1, 2, 3, 4, 5, 6, 7, 8];

/** What of an observatory planning needs to know. */
export function cameraFactsOf(observatory: Observatory): CameraFacts {
  const { id, temperature, exposureTimeMinS, exposureTimeMaxS } = observatory.camera;
  return {
    instrument: id,
    ...(temperature && { setTemperatureC: temperature.setC }),
    exposureTimeMinS,
    exposureTimeMaxS,
    mountedFilters: mountedFilters(observatory),
    lampFilters: Object.keys(observatory.flatLamp?.electronsPerS ?? {}),
    binnings: BINNINGS.filter((binning) => canBin(observatory.camera, binning)),
  };
}

/** What the frames of a programme have to be calibrated for: filters and exposure times in the order of its requests. */
export function programmeNeeds({ requests }: Pick<Programme, 'requests'>): CalibrationNeeds {
  const exposures = requests.flatMap((request) => request.exposures);
  return {
    filters: unique(exposures.map(({ filter }) => filter)),
    exposureTimesS: unique(exposures.map(({ exposureTimeS }) => exposureTimeS)),
  };
}

/** Key of the master of a set: a dark's exposure time is in it only where darks may not be scaled. */
export function keyOfSet(
  instrument: string,
  { type, target, filter, exposureTimeS, configuration }: CalibrationSet,
  { darkScaling }: Pick<CalibrationPolicy, 'darkScaling'>,
): string {
  const inKey = type === 'dark' && !darkScaling.allowed;
  return calibrationKeyOf({ instrument, type, target, filter, ...(inKey && { exposureTimeS }), configuration });
}

/**
 * Which calibration sets are due, and why; which are not, and why not. Of what the policy has, a set is due when its key has no master,
 * when the last one ends before the night does, or when it is as many days of observation old as the policy says. What programmes
 * and persons ask for is taken in any case, and makes a set of the policy with the same key superfluous. A dark that may be scaled serves
 * every exposure time: one set at the longest that is named, or needed.
 */
export function planCalibrations(input: PlanningInput): CalibrationPlan {
  const due: PlannedSet[] = [];
  const notDue: NotDue[] = [];
  const { camera, policy, times } = input;
  for (const request of input.requests) {
    if (request.status !== 'QUEUED' || request.origin === 'policy' || !times.includes(request.when)) continue;
    const { requestId, set, when, origin, priority, validDays } = request;
    const calibrationKey = keyOfSet(camera.instrument, set, policy);
    const common = { id: requestId, requestId, calibrationKey, when };
    const fault = whyImpossible(set, camera);
    if (fault !== undefined) notDue.push({ ...common, reason: fault, possible: false });
    else due.push({ ...common, origin, set, priority, validDays, reason: request.reason });
  }
  const inTime = policy.sets
    .filter(({ when }) => times.includes(when))
    .toSorted((a, b) => CALIBRATION_TIMES.indexOf(a.when) - CALIBRATION_TIMES.indexOf(b.when));
  for (const kind of inTime) planKind(kind, input, due, notDue);
  return { due: due.toSorted(byExecution), notDue };
}

/** Plans the sets that one entry of the policy makes: one per binning, and filter or exposure time. */
function planKind(kind: PolicySet, input: PlanningInput, due: PlannedSet[], notDue: NotDue[]): void {
  const { camera, policy, nightId } = input;
  const { id, when, priority, validDays } = kind;
  for (const set of setsOf(kind, input)) {
    const calibrationKey = keyOfSet(camera.instrument, set, policy);
    const common = { id, calibrationKey, when };
    const asked = due.find((other) => other.calibrationKey === calibrationKey);
    const fault = whyImpossible(set, camera);
    const why = whyDue(kind, calibrationKey, input);
    if (fault !== undefined) notDue.push({ ...common, reason: fault, possible: false });
    else if (asked) notDue.push({ ...common, reason: `${asked.id} is taken for the same masters`, possible: true });
    else if (!why.due) notDue.push({ ...common, reason: why.reason, possible: true });
    else {
      const requestId = `${nightId}.${when}.${calibrationKey.slice(camera.instrument.length + 1)}`;
      due.push({ ...common, requestId, origin: 'policy', set, priority, reason: why.reason, validDays });
    }
  }
  if (kind.type === 'dark') notDue.push(...unserved(kind, input));
}

function setsOf(kind: PolicySet, { camera, needs, policy }: PlanningInput): CalibrationSet[] {
  const { type, target, count, levelAdu } = kind;
  const { setTemperatureC } = camera;
  const minimum = kind.minimum ?? Math.min(USUAL_MINIMUM, count);
  const filters = type === 'flat' ? unique(kind.filters ?? needs.filters) : [undefined];
  const times = type === 'dark' ? darkTimesS(kind, needs, policy) : [undefined];
  return kind.binnings.flatMap((binning) =>
    filters.flatMap((filter) =>
      times.map((exposureTimeS) => ({
        type,
        ...(target && { target }),
        ...(filter !== undefined && { filter }),
        ...(exposureTimeS !== undefined && { exposureTimeS }),
        ...(levelAdu !== undefined && { levelAdu }),
        count,
        minimum,
        configuration: { binning, ...(setTemperatureC !== undefined && { setTemperatureC }) },
      })),
    ),
  );
}

/** Frames without which there is no master where the policy does not say, or all where there are fewer. */
const USUAL_MINIMUM = 5;

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

function darkTimesS(
  { exposureTimesS }: PolicySet,
  needs: CalibrationNeeds,
  { darkScaling }: CalibrationPolicy,
): number[] {
  const times = unique(exposureTimesS ?? needs.exposureTimesS)
    .filter((timeS) => timeS > 0)
    .toSorted((a, b) => a - b);
  return darkScaling.allowed ? times.slice(-1) : times;
}

/** Exposure times of the night that no dark of this kind serves: never passed over in silence. */
function unserved(kind: PolicySet, { camera, needs, policy }: PlanningInput): NotDue[] {
  const { allowed, factorMax } = policy.darkScaling;
  const takenS = darkTimesS(kind, needs, policy);
  const serves = (timeS: number) =>
    takenS.some((darkS) => darkS === timeS || (allowed && Math.max(darkS / timeS, timeS / darkS) <= factorMax));
  const without = unique(needs.exposureTimesS).filter((timeS) => timeS > 0 && !serves(timeS));
  return without.flatMap((timeS) =>
    kind.binnings.map((binning) => ({
      id: kind.id,
      calibrationKey: calibrationKeyOf({
        instrument: camera.instrument,
        type: 'dark',
        exposureTimeS: timeS,
        configuration: {
          binning,
          ...(camera.setTemperatureC !== undefined && { setTemperatureC: camera.setTemperatureC }),
        },
      }),
      when: kind.when,
      reason: `the policy has no dark that serves frames of ${timeS} s: it takes ${takenS.join(', ')} s${allowed ? `, scaled by up to ${factorMax}` : ', and scales none'}`,
      possible: false,
    })),
  );
}

/** Why a camera cannot take a set, in words; undefined when it can. */
function whyImpossible(set: CalibrationSet, camera: CameraFacts): string | undefined {
  const { filter, exposureTimeS, configuration } = set;
  const { setTemperatureC, exposureTimeMinS, exposureTimeMaxS, instrument } = camera;
  if (filter !== undefined && !camera.mountedFilters.includes(filter)) {
    return `filter ${filter} is not mounted; in the changer are ${camera.mountedFilters.join(', ')}`;
  }
  if (set.target === 'dome' && filter !== undefined && !camera.lampFilters.includes(filter)) {
    return `the lamp of the dome does not shine in ${filter}; it does in ${camera.lampFilters.join(', ') || 'none'}`;
  }
  if (set.type !== 'bias' && exposureTimeS !== undefined) {
    if (exposureTimeS < exposureTimeMinS || exposureTimeS > exposureTimeMaxS) {
      return `${instrument} exposes ${exposureTimeMinS} to ${exposureTimeMaxS} s, not ${exposureTimeS} s`;
    }
  }
  if (!camera.binnings.includes(configuration.binning)) {
    return `${instrument} cannot be read with binning ${configuration.binning}; it can with ${camera.binnings.join(', ')}`;
  }
  if (configuration.setTemperatureC !== setTemperatureC) {
    const celsius = (value: number | undefined) => (value === undefined ? 'no set temperature' : `${value} C`);
    return `${instrument} keeps ${celsius(setTemperatureC)}, the set is for ${celsius(configuration.setTemperatureC)}`;
  }
  return undefined;
}

/** Whether a set of the policy is due, and what of the masters that there are makes it so. */
function whyDue(
  { everyDays }: PolicySet,
  calibrationKey: string,
  { certificates, dayObs, nightBeginMs, nightEndMs }: PlanningInput,
): { due: boolean; reason: string } {
  // A night that is run again knows nothing of masters that were taken after it.
  const known = certificates.filter((each) => each.calibrationKey === calibrationKey && each.master.dayObs <= dayObs);
  if (known.length === 0) return { due: true, reason: 'no master of its kind' };
  const beginTai = taiOf(nightBeginMs);
  const endTai = taiOf(nightEndMs);
  const throughout = known.filter(
    ({ validFrom, validTo, master }) => validTo >= endTai && (validFrom <= beginTai || master.dayObs === dayObs),
  );
  if (throughout.length === 0) {
    const { validTo, id } = latest(known, ({ validTo }) => validTo);
    const gone = validTo <= beginTai ? 'before the night began' : 'before the night ends';
    return validTo >= endTai
      ? { due: true, reason: `no master is valid all night; ${id} begins during it` }
      : { due: true, reason: `the last one, ${id}, is valid until ${validTo} TAI, ${gone}` };
  }
  const { id, validTo, master } = latest(throughout, ({ master }) => master.takenFrom);
  const ageDays = daysBetween(master.dayObs, dayObs);
  const age = `${id} is ${days(ageDays)} old, one is due every ${days(everyDays)}`;
  return ageDays >= everyDays
    ? { due: true, reason: `the last one, ${age}` }
    : { due: false, reason: `${age}; it is valid until ${validTo} TAI` };
}

function latest(certificates: readonly Certificate[], instantOf: (certificate: Certificate) => string): Certificate {
  return certificates.reduce((last, each) => (instantOf(each) > instantOf(last) ? each : last));
}

const days = (count: number): string => `${count} ${count === 1 ? 'day' : 'days'}`;

/** Nights from one day of observation to another; any meridian gives the same. */
function daysBetween(from: number, to: number): number {
  return Math.round((dayObsBounds(to, 0).startMs - dayObsBounds(from, 0).startMs) / MS_PER_DAY);
}

function byExecution(a: PlannedSet, b: PlannedSet): number {
  return (
    CALIBRATION_TIMES.indexOf(a.when) - CALIBRATION_TIMES.indexOf(b.when) ||
    CALIBRATION_TYPES.indexOf(a.set.type) - CALIBRATION_TYPES.indexOf(b.set.type) ||
    a.priority - b.priority ||
    (a.set.exposureTimeS ?? 0) - (b.set.exposureTimeS ?? 0) ||
    (a.requestId < b.requestId ? -1 : 1)
  );
}
