import {
  type AnswerSheet,
  type CalibrationType,
  type Certificate,
  type Choice,
  calibrationKeyOf,
} from '../records/calibration.ts';
import type { CalibrationPolicy } from '../records/observatory/calibration-policy.ts';
import { taiDifferenceMs, taiOf } from '../time.ts';
import type { RawFrame } from './planes.ts';

/** What the choice of masters knows of a frame. */
export type FrameFacts = Pick<
  RawFrame,
  | 'exposureId'
  | 'instrument'
  | 'imageType'
  | 'filter'
  | 'exposureTimeS'
  | 'midMs'
  | 'binning'
  | 'temperatureC'
  | 'setTemperatureC'
>;

/** Which masters a frame of each kind is corrected with. */
const TYPES: Record<string, readonly CalibrationType[]> = {
  object: ['bias', 'dark', 'flat'],
  focus: ['bias', 'dark', 'flat'],
  flat: ['bias', 'dark'],
  dark: ['bias'],
  bias: [],
};

/** How many candidates a reason names. */
const NAMED_MAX = 3;

type SelectPolicy = Pick<CalibrationPolicy, 'darkScaling' | 'flatTargets' | 'useWarn'>;

/**
 * Keys of the masters that may serve a frame, by type, the best key first: a dark of the frame's own exposure time before one that is
 * scaled; flats in the order of the policy.
 * @param types that are wanted; by the kind of the frame when absent
 */
export function wantedKeys(
  frame: FrameFacts,
  { darkScaling, flatTargets }: Pick<SelectPolicy, 'darkScaling' | 'flatTargets'>,
  types: readonly CalibrationType[] = TYPES[frame.imageType] ?? [],
): { type: CalibrationType; keys: string[] }[] {
  const { instrument, filter, exposureTimeS, binning, setTemperatureC } = frame;
  const configuration = { binning, ...(setTemperatureC !== undefined && { setTemperatureC }) };
  const keys: Record<CalibrationType, () => string[]> = {
    bias: () => [calibrationKeyOf({ instrument, type: 'bias', configuration })],
    dark: () => [
      calibrationKeyOf({ instrument, type: 'dark', exposureTimeS, configuration }),
      ...(darkScaling.allowed ? [calibrationKeyOf({ instrument, type: 'dark', configuration })] : []),
    ],
    flat: () =>
      flatTargets.map((target) => calibrationKeyOf({ instrument, type: 'flat', target, filter, configuration })),
  };
  return types.map((type) => ({ type, keys: keys[type]() }));
}

/**
 * Chooses the masters of a frame and tells why: every certificate of the types that it wants is a candidate, judged by every
 * criterion. Of those that pass them all a GOOD one goes before a WARN, then the better key, then the one nearest in time, then the
 * smaller id. Where none passes, nothing is chosen, and the reason says what is missing.
 * @param certificates of any keys and times, in any order
 * @param types that are wanted; by the kind of the frame when absent
 */
export function chooseMasters({
  frame,
  policy,
  certificates,
  types,
}: {
  frame: FrameFacts;
  policy: SelectPolicy;
  certificates: readonly Certificate[];
  types?: readonly CalibrationType[];
}): AnswerSheet {
  const at = taiOf(frame.midMs);
  const choices = wantedKeys(frame, policy, types).map(({ type, keys }) =>
    choose(
      type,
      keys,
      certificates.filter(({ master }) => master.set.type === type).map((each) => weigh(each, keys, at, frame, policy)),
      frame,
    ),
  );
  return {
    exposureId: frame.exposureId,
    at,
    choices,
    complete: choices.every(({ masterId }) => masterId !== undefined),
  };
}

interface Criterion {
  name: string;
  passed: boolean;
  detail: string;
}

interface Weighed {
  certificate: Certificate;
  criteria: Criterion[];
  /** Place of its key among those wanted, from 0. */
  place: number;
  distanceS: number;
}

function choose(type: CalibrationType, keys: readonly string[], all: readonly Weighed[], frame: FrameFacts): Choice {
  const ranked = all.toSorted(byPlaceThenTime);
  const fit = ranked.filter(({ criteria }) => criteria.every(({ passed }) => passed));
  // The sort is stable: of the same grade they stay in their order.
  const [best] = fit.toSorted((a, b) => Number(isWarn(a)) - Number(isWarn(b)));
  const master = best?.certificate.master;
  const scale = master && type === 'dark' ? frame.exposureTimeS / (master.set.exposureTimeS ?? Number.NaN) : 1;
  return {
    type,
    wanted: keys.join(', '),
    ...(master && { masterId: master.masterId, file: master.file }),
    ...(scale !== 1 && { scale }),
    candidates: ranked.map((each) => ({
      masterId: each.certificate.id,
      calibrationKey: each.certificate.calibrationKey,
      validFrom: each.certificate.validFrom,
      validTo: each.certificate.validTo,
      grade: each.certificate.master.quality.grade,
      criteria: each.criteria,
      distanceS: each.distanceS,
      chosen: each === best,
    })),
    reason: best ? whyThis(best, fit.length, all.length, scale) : whatIsMissing(type, keys, ranked),
  };
}

const isWarn = ({ certificate }: Weighed): boolean => certificate.master.quality.grade !== 'GOOD';

function byPlaceThenTime(a: Weighed, b: Weighed): number {
  if (a.place !== b.place) return a.place - b.place;
  const [near, far] = [Math.abs(a.distanceS), Math.abs(b.distanceS)];
  if (near !== far) return near - far;
  const [one, other] = [a, b].map(({ certificate }) => `${certificate.id} ${certificate.validFrom}`);
  return one < other ? -1 : one > other ? 1 : 0;
}

function weigh(
  certificate: Certificate,
  keys: readonly string[],
  at: string,
  frame: FrameFacts,
  policy: SelectPolicy,
): Weighed {
  const { master, calibrationKey, validFrom, validTo } = certificate;
  const { type } = master.set;
  const place = keys.indexOf(calibrationKey);
  const { grade } = master.quality;
  const criteria: Criterion[] = [
    { name: 'key', passed: place >= 0, detail: `${calibrationKey}; wanted: ${keys.join(' or ')}` },
    equal('instrument', master.instrument, frame.instrument),
    equal('binning', master.set.configuration.binning, frame.binning),
    equal('setTemperature', celsius(master.set.configuration.setTemperatureC), celsius(frame.setTemperatureC)),
    ...(type === 'flat' ? flatCriteria(master, frame, policy) : []),
    ...(type === 'dark' ? [exposureTime(master, frame, policy), temperature(master, frame, policy)] : []),
    {
      name: 'validAtTime',
      passed: validFrom <= at && at < validTo,
      detail: `valid in [${validFrom}, ${validTo}), exposed at ${at} TAI`,
    },
    {
      name: 'grade',
      passed: grade === 'GOOD' || (grade === 'WARN' && policy.useWarn),
      detail: grade === 'WARN' ? `WARN, which the policy ${policy.useWarn ? 'allows' : 'does not allow'}` : grade,
    },
  ];
  const middleMs = taiDifferenceMs(master.takenFrom, master.takenTo) / 2;
  const distanceS = (taiDifferenceMs(at, master.takenFrom) + middleMs) / 1000;
  return { certificate, criteria, place: place < 0 ? keys.length : place, distanceS };
}

const equal = (name: string, got: string | number | undefined, wanted: string | number | undefined): Criterion => ({
  name,
  passed: got === wanted,
  detail: got === wanted ? `${got ?? 'none'}` : `${got ?? 'none'}, the frame has ${wanted ?? 'none'}`,
});

const celsius = (value: number | undefined): string | undefined => (value === undefined ? undefined : `${value} C`);

type Master = Certificate['master'];

const flatCriteria = ({ set }: Master, frame: FrameFacts, { flatTargets }: SelectPolicy): Criterion[] => [
  equal('filter', set.filter, frame.filter),
  {
    name: 'target',
    passed: set.target !== undefined && flatTargets.includes(set.target),
    detail: `${set.target ?? 'none'}; the policy uses ${flatTargets.join(', ')}`,
  },
];

/** A dark serves its own exposure time, and others where both it and the policy can be scaled, within the largest ratio. */
function exposureTime({ set, isScalable }: Master, frame: FrameFacts, { darkScaling }: SelectPolicy): Criterion {
  const of = (passed: boolean, detail: string): Criterion => ({ name: 'exposureTime', passed, detail });
  const [own, wanted] = [set.exposureTimeS, frame.exposureTimeS];
  if (own === wanted) return of(true, `${own} s, as the frame`);
  const times = `${own ?? 'unknown'} s for a frame of ${wanted} s`;
  if (!darkScaling.allowed) return of(false, `${times}; the policy does not allow scaling`);
  if (!isScalable) return of(false, `${times}; this dark cannot be scaled`);
  if (own === undefined || !(own > 0 && wanted > 0)) return of(false, `${times}; there is no ratio of these`);
  const factor = Math.max(own / wanted, wanted / own);
  const ratio = `${times}: a ratio of ${rounded(factor)}, at most ${darkScaling.factorMax}`;
  return of(factor <= darkScaling.factorMax, ratio);
}

/** Dark current doubles within some degrees: the detector must have been as cold for the dark as for the frame, and as cold as set. */
function temperature(master: Master, frame: FrameFacts, { darkScaling }: SelectPolicy): Criterion {
  const { temperatureToleranceC: tolerance } = darkScaling;
  const measured = { dark: master.temperatureC, frame: frame.temperatureC };
  const told = `dark ${celsius(measured.dark) ?? 'unknown'}, frame ${celsius(measured.frame) ?? 'unknown'}`;
  const of = (passed: boolean, detail: string): Criterion => ({ name: 'temperature', passed, detail });
  if (measured.dark === undefined && measured.frame === undefined) return of(true, 'the camera does not tell any');
  if (measured.dark === undefined || measured.frame === undefined) return of(false, told);
  const agree = (a: number, b: number | undefined) => b === undefined || Math.abs(a - b) < tolerance;
  if (!agree(measured.frame, frame.setTemperatureC)) {
    return of(
      false,
      `frame ${celsius(measured.frame)}, set to ${celsius(frame.setTemperatureC)}; ${tolerance} C or more`,
    );
  }
  const isEqual = agree(measured.dark, measured.frame);
  return of(isEqual, `${told}; ${isEqual ? 'less than' : 'not less than'} ${tolerance} C apart`);
}

function whyThis({ certificate, distanceS }: Weighed, fit: number, all: number, scale: number): string {
  const { id, calibrationKey, master } = certificate;
  const scaled = scale === 1 ? '' : `, scaled by ${rounded(scale)}`;
  return (
    `${id} (${master.quality.grade}, ${calibrationKey}${scaled}), taken ${distanceText(distanceS)} the frame; ` +
    `${fit} of ${all} candidates will do`
  );
}

function whatIsMissing(type: CalibrationType, keys: readonly string[], all: readonly Weighed[]): string {
  const missing = `no master ${type} serves: wanted ${keys.join(' or ')}`;
  if (all.length === 0) return `${missing}; there is no candidate`;
  const failures = all.slice(0, NAMED_MAX).map(({ certificate, criteria }) => {
    const failed = criteria.filter(({ passed }) => !passed).map(({ name, detail }) => `${name} (${detail})`);
    return `${certificate.id} fails ${failed.join(', ')}`;
  });
  const more = all.length > NAMED_MAX ? [`${all.length - NAMED_MAX} more fail too`] : [];
  return [missing, ...failures, ...more].join('; ');
}

const HOUR_S = 3600;
const DAY_S = 86_400;

/** `3.2 hours before`, from a distance that is negative when the master was taken before the frame. */
export function distanceText(distanceS: number): string {
  const s = Math.abs(distanceS);
  const [value, unit] =
    s < 2 * HOUR_S ? [s / 60, 'minutes'] : s < 2 * DAY_S ? [s / HOUR_S, 'hours'] : [s / DAY_S, 'days'];
  return `${value.toFixed(1)} ${unit} ${distanceS < 0 ? 'before' : 'after'}`;
}

/** For people: four digits. */
const rounded = (value: number): string => String(Number(value.toPrecision(4)));
