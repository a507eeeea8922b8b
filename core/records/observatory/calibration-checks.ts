import type { Observatory } from '../observatory.ts';
import { asArray } from '../primitives.ts';
import { METRIC_NAMES } from './calibration-metrics.ts';
import type { PolicySet } from './calibration-policy.ts';
import { amplifierSaturationAdu, amplifiersOf, type Camera, canBin } from './camera.ts';

/** Tells a fault: where, in the observatory's file, and what is wrong. */
type Refuse = (path: PropertyKey[], message: string) => void;

/** Times at which the dome is closed. */
const BY_DAY = ['afternoon', 'nightEnd'];

/**
 * What of the calibration policy does not fit itself or the observatory; every fault is told. Bears values that are malformed: those
 * are told elsewhere.
 */
export function checkCalibration(value: Observatory, refuse: Refuse): void {
  const { calibration } = value;
  if (typeof calibration !== 'object' || calibration === null) return;
  const sets = asArray(calibration.sets);
  const firstAt = new Map<string, number>();
  sets.forEach((set, index) => {
    if (typeof set !== 'object' || set === null) return;
    const refuseIn = (property: string, message: string, ...below: PropertyKey[]) =>
      refuse(['calibration', 'sets', index, property, ...below], message);
    const earlier = firstAt.get(set.id);
    if (earlier === undefined) firstAt.set(set.id, index);
    else refuseIn('id', `stands twice: sets[${earlier}] has it too; ids must differ`);
    checkKind(set, refuseIn);
    checkFilters(set, value, refuseIn);
    checkExposures(set, value.camera, refuseIn);
    checkBinnings(set, sets, value.camera, refuseIn);
    if (set.type === 'flat' && set.target && !asArray(calibration.flatTargets).includes(set.target)) {
      refuseIn('target', `${set.target} is not among flatTargets: these flats would never be used`);
    }
  });
  checkLimits(calibration.limits, refuse);
}

type RefuseIn = (property: string, message: string, ...below: PropertyKey[]) => void;

/** What belongs to a kind of set, and what does not. */
function checkKind(set: PolicySet, refuseIn: RefuseIn): void {
  const isFlat = set.type === 'flat';
  if (isFlat && set.target === undefined) refuseIn('target', 'is missing; a flat looks at the dome or at twilight');
  if (isFlat && set.levelAdu === undefined) refuseIn('levelAdu', 'is missing; say how bright the flat is to be');
  for (const property of ['target', 'filters', 'levelAdu'] as const) {
    if (!isFlat && set[property] !== undefined) refuseIn(property, `belongs to flats; leave it out of a ${set.type}`);
  }
  if (set.type !== 'dark' && set.exposureTimesS !== undefined) {
    refuseIn('exposureTimesS', `belongs to darks; leave it out of a ${set.type}`);
  }
  if (set.minimum !== undefined && set.minimum > set.count) refuseIn('minimum', `must be at most count, ${set.count}`);
  if (set.everyDays > set.validDays) {
    refuseIn('validDays', `must be at least everyDays, ${set.everyDays}: else there are days without a master`);
  }
  const isTwilight = isFlat && set.target === 'twilight';
  const isKnown = !isFlat || set.target !== undefined;
  if (isKnown && isTwilight === BY_DAY.includes(set.when)) {
    refuseIn(
      'when',
      isTwilight
        ? 'must be evening or morning: flats of the twilight sky'
        : 'must be afternoon or nightEnd: the dome is closed then',
    );
  }
}

function checkFilters(set: PolicySet, { filters, flatLamp }: Observatory, refuseIn: RefuseIn): void {
  if (set.type !== 'flat') return;
  const names = asArray(filters).map((each) => each?.name);
  const needsLamp = set.target === 'dome';
  if (needsLamp && flatLamp === undefined) {
    refuseIn('target', 'dome needs a flatLamp, which this observatory does not have; take flats of twilight');
  }
  asArray(set.filters).forEach((name, at) => {
    if (!names.includes(name)) {
      refuseIn('filters', `is no filter of this observatory, which has ${names.join(', ')}`, at);
    } else if (needsLamp && flatLamp !== undefined && flatLamp?.electronsPerS?.[name] === undefined) {
      const lit = Object.keys(flatLamp?.electronsPerS ?? {}).join(', ');
      refuseIn('filters', `has no brightness in flatLamp.electronsPerS, which has ${lit}`, at);
    }
  });
}

function checkExposures(set: PolicySet, camera: Camera, refuseIn: RefuseIn): void {
  const { exposureTimeMinS, exposureTimeMaxS } = camera ?? {};
  asArray(set.exposureTimesS).forEach((timeS, at) => {
    if (timeS < exposureTimeMinS || timeS > exposureTimeMaxS) {
      refuseIn('exposureTimesS', `must be ${exposureTimeMinS} to ${exposureTimeMaxS} s, which the camera exposes`, at);
    }
  });
  if (set.levelAdu === undefined || typeof camera !== 'object' || camera === null) return;
  const room = Math.min(
    ...amplifiersOf(camera).map((each) => amplifierSaturationAdu(camera, each) - (each?.biasLevelAdu ?? 0)),
  );
  if (set.levelAdu >= room) refuseIn('levelAdu', `must be below ${room}, where the camera saturates above its bias`);
}

function checkBinnings(set: PolicySet, sets: readonly PolicySet[], camera: Camera, refuseIn: RefuseIn): void {
  asArray(set.binnings).forEach((binning, at) => {
    if (camera && !canBin(camera, binning)) {
      refuseIn(
        'binnings',
        `does not divide the ${camera.widthPix} x ${camera.heightPix} pixels of the camera, shared by its amplifiers`,
        at,
      );
    }
    const hasBias = sets.some((each) => each?.type === 'bias' && asArray(each.binnings).includes(binning));
    if (set.type !== 'bias' && !hasBias) {
      refuseIn('type', `needs a bias set with binning ${binning}, which is not among the sets`);
    }
  });
}

/** Pairs of sides of a limit of which the first must not be above the second. */
const RISING = [
  ['badMin', 'goodMin'],
  ['goodMin', 'goodMax'],
  ['goodMax', 'badMax'],
  ['badMin', 'badMax'],
] as const;

function checkLimits(limits: unknown, refuse: Refuse): void {
  if (typeof limits !== 'object' || limits === null) return;
  for (const [name, limit] of Object.entries(limits)) {
    if (!METRIC_NAMES.some((known) => known === name)) {
      refuse(['calibration', 'limits', name], `is no metric; must be one of ${METRIC_NAMES.join(', ')}`);
    }
    for (const [low, high] of RISING) {
      if (limit?.[low] > limit?.[high]) {
        refuse(['calibration', 'limits', name, low], `must not be above ${high}, ${limit[high]}`);
      }
    }
  }
}
