import { CalibrationNotPossible, SlewFailed } from '../errors.ts';
import { skyFromTangentPlane } from '../gnomonic.ts';
import type { CalibrationSet, CalibrationTime } from '../records/calibration.ts';
import { exposureIdOf } from '../records/ids.ts';
import type { TelescopeState } from '../records/night.ts';
import { type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { isoOf } from '../time.ts';
import type { Degradation } from '../twin/faults.ts';
import { configureTimeS, exposureTimeline } from '../twin/instrument.ts';
import { offsetTimeS, type Place, parkTelescope, slewTelescope } from '../twin/mount.ts';
import type { FlatLight } from '../twin/render.ts';
import { twilightFlatPlan, twilightFlatPointing, twilightFlatTimesS, twilightRateE } from '../twin/twilight-flats.ts';
import { ARCSEC_PER_DEG, MS_PER_S } from '../units.ts';
import { domeFlatTimeS, flatLevelAdu, lampWarmUpS } from './calibration-times.ts';
import type { FrameIdentity, FrameRecipe } from './frame.ts';
import { poseOf } from './pose.ts';

/** One calibration frame as it is to be taken. */
export interface CalibrationFrame {
  /** In its set, from 0; replacements go on counting. */
  index: number;
  seqNum: number;
  exposureId: string;
  imageType: 'bias' | 'dark' | 'flat';
  /** The shutter opens. */
  beginMs: number;
  exposureTimeS: number;
  /** Read out: the camera is free. */
  readyMs: number;
  /** In the beam; no light comes through it in biases and darks. */
  filter: string;
  /** Of a twilight flat: ICRS. */
  pointing: Place | null;
  /** While it exposes. */
  telescope: TelescopeState;
  /** What passes before it begins, since the frame before was read out: moves, filter change, waiting for light or lamp. */
  slewTimeS: number;
  configureTimeS: number;
  waitTimeS: number;
}

/** A calibration set that is to be taken, or a part of it. */
export interface CalibrationSequence {
  observatory: Observatory;
  set: CalibrationSet;
  when: CalibrationTime;
  dayObs: number;
  /** Nothing begins before it. */
  fromMs: number;
  /** Every frame is read out by then. */
  untilMs: number;
  firstSeqNum: number;
  /** The set's own count, or fewer. */
  count: number;
  /** Index of the first frame in its set; 0 when left out. Where a twilight flat points depends on it. */
  firstIndex?: number;
  telescope: TelescopeState;
}

export interface CalibrationSeries {
  /** In the order of time; fewer than asked for where time or twilight ends first. */
  frames: CalibrationFrame[];
  /** The last frame is read out. */
  endMs: number;
  telescope: TelescopeState;
}

/** Distance of the second pointing from the first, at least, arcsec and pixels: more than the light of any usual star reaches. */
const DITHER_ARCSEC = 90;
const DITHER_PIX = 15;
/** Angle from one pointing to the next: 360 degrees by the golden ratio squared, so that none falls in line with another. */
const GOLDEN_ANGLE_RAD = Math.PI * (3 - Math.sqrt(5));
/** How long before the first twilight flat the telescope leaves for its place, at most. */
const SLEW_BEFORE_MS = 300 * MS_PER_S;
/** A German mount goes to the side on which it can stay for this long. */
const STAY_S = 1800;

/**
 * The frames of a calibration set on the twin: when each begins, how long it lasts, where the telescope points. Biases and darks are
 * taken behind the closed shutter; dome flats once the lamp is warm; for twilight flats the telescope slews to the flattest part of
 * the sky with the dome open, exposure times follow the sky's change, and each frame points somewhere else, so that no star falls on
 * a pixel twice. The weather is the caller's to judge. Throws CalibrationNotPossible when not a single frame can be taken,
 * ConfigureFailed for a filter or an exposure time that the camera does not have.
 */
export function calibrationFrames(sequence: CalibrationSequence): CalibrationSeries {
  const isTwilight = sequence.set.type === 'flat' && sequence.set.target === 'twilight';
  const series = isTwilight ? twilightSeries(sequence) : darkDomeSeries(sequence);
  if (series.frames.length > 0) return series;
  const { fromMs, untilMs, set, when } = sequence;
  const span = `from ${isoOf(fromMs)} to ${isoOf(untilMs)}`;
  throw new CalibrationNotPossible(
    isTwilight
      ? `the ${when} sky is never right for flats of ${flatLevelAdu(sequence.observatory, set)} ADU in ${set.filter} ${span}; begin nearer to sunset or sunrise`
      : `not one ${set.type} of ${set.exposureTimeS ?? 0} s ends ${span}; begin earlier`,
  );
}

/** Frames without the sky: a telescope that looked at it is parked first, and the dome closed. */
function darkDomeSeries(sequence: CalibrationSequence): CalibrationSeries {
  const { observatory, set, fromMs } = sequence;
  const parking = sequence.telescope.domeOpen
    ? parkTelescope({ observatory, from: sequence.telescope, utcMs: fromMs })
    : { durationS: 0, telescope: sequence.telescope };
  const isFlat = set.type === 'flat';
  const filter = isFlat ? filterOf(set) : sequence.telescope.filter;
  const changeS = isFlat ? configureTimeS(observatory, sequence.telescope.filter, filter) : 0;
  // The lamp of a set that goes on is still warm.
  const isCold = isFlat && (sequence.firstIndex ?? 0) === 0;
  const warmUpS = isCold ? lampWarmUpS(observatory) : 0;
  const exposureTimeS = isFlat ? domeFlatTimeS(observatory, set) : (set.exposureTimeS ?? 0);
  const telescope = { ...parking.telescope, filter };
  const frames: CalibrationFrame[] = [];
  // The filter comes in while the lamp warms up, which shines into a closed dome.
  const waitS = Math.max(0, warmUpS - changeS);
  let atMs = Math.ceil(fromMs + (parking.durationS + changeS + waitS) * MS_PER_S);
  for (let k = 0; k < sequence.count; k++) {
    const frame = frameAt(sequence, k, { beginMs: atMs, exposureTimeS, filter, pointing: null, telescope });
    if (frame.readyMs > sequence.untilMs) break;
    const before = { slewTimeS: parking.durationS, configureTimeS: changeS, waitTimeS: waitS };
    frames.push(k === 0 ? { ...frame, ...before } : frame);
    atMs = frame.readyMs;
  }
  return { frames, endMs: frames.at(-1)?.readyMs ?? fromMs, telescope };
}

function twilightSeries(sequence: CalibrationSequence): CalibrationSeries {
  const { observatory, set, when, fromMs, untilMs, firstIndex = 0 } = sequence;
  const filter = filterOf(set);
  const changeS = configureTimeS(observatory, sequence.telescope.filter, filter);
  const { binning } = set.configuration;
  const plan = {
    observatory,
    filter,
    // Of one pixel of the chip: binning adds up binning^2 of them.
    targetAdu: flatLevelAdu(observatory, set) / binning ** 2,
    count: 1,
    when: when === 'morning' ? 'dawn' : 'dusk',
    ...twilightFlatTimesS(observatory.camera),
  } as const;
  const soonest = set.exposureTimeS === undefined ? twilightFlatPlan({ ...plan, fromMs })[0] : { beginMs: fromMs };
  if (soonest === undefined || soonest.beginMs > untilMs) {
    return { frames: [], endMs: fromMs, telescope: sequence.telescope };
  }
  // The flattest place moves with the sky: it is that of the first flat, and the telescope leaves no earlier than it must.
  const { altitudeDeg, azimuthDeg } = twilightFlatPointing(observatory, soonest.beginMs);
  const centre = skyAt(soonest.beginMs, observatory.site).icrs(altitudeDeg, azimuthDeg);
  let telescope = { ...sequence.telescope, filter };
  const frames: CalibrationFrame[] = [];
  let atMs = Math.max(fromMs, soonest.beginMs - SLEW_BEFORE_MS);
  const beforeS = (atMs - fromMs) / MS_PER_S;
  for (let k = 0; k < sequence.count; k++) {
    const pointing = ditheredFrom(observatory, centre, firstIndex + k);
    let slewS: number;
    if (k === 0) {
      const slew = slewTo(observatory, sequence.telescope, pointing, atMs);
      slewS = slew.durationS;
      telescope = { ...slew.telescope, filter };
    } else {
      slewS = offsetTimeS({ observatory, from: frames[k - 1].pointing ?? centre, to: pointing, utcMs: atMs });
      telescope = { ...telescope, tracking: pointing };
    }
    const configureS = k === 0 ? changeS : 0;
    const standsMs = Math.ceil(atMs + (slewS + configureS) * MS_PER_S);
    const flat =
      set.exposureTimeS === undefined
        ? twilightFlatPlan({ ...plan, fromMs: standsMs, place: pointing })[0]
        : { beginMs: standsMs, exposureTimeS: set.exposureTimeS };
    if (flat === undefined) break;
    const frame = frameAt(sequence, k, { ...flat, filter, pointing, telescope });
    if (frame.readyMs > untilMs) break;
    const waitTimeS = (flat.beginMs - atMs) / MS_PER_S - slewS - configureS + (k === 0 ? beforeS : 0);
    frames.push({ ...frame, slewTimeS: slewS, configureTimeS: configureS, waitTimeS: Math.max(0, waitTimeS) });
    atMs = frame.readyMs;
  }
  return { frames, endMs: atMs, telescope: frames.at(-1)?.telescope ?? sequence.telescope };
}

function frameAt(
  { observatory, set, dayObs, firstSeqNum, firstIndex = 0 }: CalibrationSequence,
  k: number,
  at: Pick<CalibrationFrame, 'beginMs' | 'exposureTimeS' | 'filter' | 'pointing' | 'telescope'>,
): CalibrationFrame {
  const seqNum = firstSeqNum + k;
  const { beginMs, exposureTimeS, filter, pointing, telescope } = at;
  return {
    index: firstIndex + k,
    seqNum,
    exposureId: exposureIdOf(observatory.camera.id, set.type, dayObs, seqNum),
    imageType: set.type,
    beginMs,
    exposureTimeS,
    readyMs: exposureTimeline(observatory.camera, beginMs, exposureTimeS).readyMs,
    filter,
    pointing,
    telescope,
    slewTimeS: 0,
    configureTimeS: 0,
    waitTimeS: 0,
  };
}

/**
 * Where the frame of an index points: on a sunflower's spiral (Vogel 1979, Math. Biosciences 44, 179) about the first. No two of its
 * points are nearer to each other than the second is to the first, and no two lie in a column or a row.
 */
function ditheredFrom(observatory: Observatory, centre: Place, index: number): Place {
  if (index === 0) return centre;
  const stepArcsec = Math.max(DITHER_ARCSEC, DITHER_PIX * plateScaleArcsecPerPix(observatory));
  const radiusDeg = (stepArcsec * Math.sqrt(index)) / ARCSEC_PER_DEG;
  const angle = index * GOLDEN_ANGLE_RAD;
  return skyFromTangentPlane(radiusDeg * Math.cos(angle), radiusDeg * Math.sin(angle), centre.raDeg, centre.decDeg);
}

function slewTo(observatory: Observatory, from: TelescopeState, target: Place, utcMs: number) {
  try {
    return slewTelescope({ observatory, from, target, utcMs, stayS: STAY_S });
  } catch (error) {
    if (!(error instanceof SlewFailed)) throw error;
    throw new CalibrationNotPossible(
      `the telescope does not reach the part of the sky for twilight flats: ${error.message}`,
    );
  }
}

function filterOf({ filter, type }: CalibrationSet): string {
  if (filter === undefined) throw new CalibrationNotPossible(`a ${type} set without a filter; give it one`);
  return filter;
}

/** What lights the flats of a set. */
function flatLightOf(set: CalibrationSet, when: CalibrationTime): FlatLight {
  if (set.target !== 'twilight') return 'dome';
  return when === 'morning' ? 'dawn' : 'dusk';
}

/** The recipe of one frame of a calibration set. */
export function calibrationRecipe(from: {
  observatory: Observatory;
  set: CalibrationSet;
  when: CalibrationTime;
  frame: CalibrationFrame;
  seed: number;
  identity: Omit<FrameIdentity, 'exposureId' | 'seqNum' | 'object'>;
  degradation?: Degradation;
}): FrameRecipe {
  const { observatory, set, when, frame, seed, degradation } = from;
  const { beginMs, exposureTimeS, imageType, filter, pointing, telescope } = frame;
  const timeline = exposureTimeline(observatory.camera, beginMs, exposureTimeS);
  const { binning } = set.configuration;
  const isFlat = imageType === 'flat';
  return {
    identity: {
      ...from.identity,
      exposureId: frame.exposureId,
      seqNum: frame.seqNum,
      object: isFlat ? `${set.target} flat` : imageType,
    },
    observatory,
    imageType,
    filter,
    exposureTimeS,
    pointing,
    pose: poseOf(observatory, telescope, pointing, timeline.midMs),
    timeline,
    seed,
    ...(isFlat && { flatLight: flatLightOf(set, when) }),
    ...(binning > 1 && { binning }),
    ...(degradation && { degradation }),
  };
}

/**
 * Twilight flats in the order in which the sky is right for them: in the evening those first that need the most light, in the morning
 * last. Sets of the same kind keep their order; others come first.
 */
export function inOrderOfLight<T extends { set: CalibrationSet }>(
  observatory: Observatory,
  sets: readonly T[],
  when: CalibrationTime,
  utcMs: number,
): T[] {
  const sign = when === 'morning' ? 1 : -1;
  // Seconds that a set's level takes in one and the same light.
  const neededS = ({ target, filter, configuration, ...set }: CalibrationSet): number =>
    target === 'twilight' && filter !== undefined
      ? flatLevelAdu(observatory, { levelAdu: set.levelAdu }) /
        configuration.binning ** 2 /
        twilightRateE(observatory, filter, utcMs)
      : Number.NEGATIVE_INFINITY * sign;
  return sets.toSorted((a, b) => sign * (neededS(a.set) - neededS(b.set)) || 0);
}
