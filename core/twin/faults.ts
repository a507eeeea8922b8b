import { randomStream } from '../random.ts';
import type { Faults, Observatory, ScheduledFault, Subsystem } from '../records/observatory.ts';
import { utcMsOf } from '../time.ts';
import { MS_PER_S } from '../units.ts';

/** Steps of a visit that fail as a whole. */
export type FaultStep = 'slew' | 'configure' | 'expose' | 'save';

/** The subsystems without which a step fails, in the order in which it needs them. */
export const STEP_SUBSYSTEMS: Record<FaultStep, readonly Subsystem[]> = {
  slew: ['mount', 'dome', 'rotator'],
  configure: ['filterChanger', 'focuser'],
  expose: ['camera'],
  save: ['storage'],
};

/** One attempt at something, as far as faults are concerned. */
export interface Attempt {
  faults: Faults;
  seed: number;
  /** Different for each attempt: the answer is a function of seed, subsystem, key and times alone. */
  key: string;
  beginMs: number;
  endMs: number;
  /** Beginning of the night: some faults are set after it. */
  nightBeginMs: number;
}

/**
 * Whether a step or a subsystem fails by chance at this attempt. The share of attempts that fail is the night's input; what it
 * does not name never fails.
 */
export function faultStrikes(
  faults: Faults,
  what: Exclude<keyof Faults, 'scheduled'>,
  seed: number,
  key: string,
): boolean {
  const share = faults[what] ?? 0;
  return share > 0 && randomStream(seed, 'faults', `${what}#${key}`).uniform() < share;
}

/** Every one of the subsystems that is out of order in an attempt: by chance, or because it was set for then. */
export function faultsAt(attempt: Attempt, subsystems: readonly Subsystem[]): Subsystem[] {
  const { faults, seed, key } = attempt;
  return subsystems.filter(
    (subsystem) => faultStrikes(faults, subsystem, seed, key) || outages(attempt, subsystem).length > 0,
  );
}

/** Why a step fails at this attempt, in words; undefined when it does not. */
export function stepFault(attempt: Attempt, step: FaultStep): string | undefined {
  const { faults, seed, key } = attempt;
  if (step !== 'save' && faultStrikes(faults, step, seed, key))
    return `the ${step} step does not answer (simulated fault)`;
  const broken = faultsAt(attempt, STEP_SUBSYSTEMS[step]);
  return broken.length === 0 ? undefined : `${broken.map(words).join(', ')} out of order (simulated fault)`;
}

/** What a frame suffers from subsystems that are out of order while it is taken. */
export interface Degradation {
  /** No light reaches the chip. */
  shutterStuck: boolean;
  /** By how much the chip is warmer than it should be. */
  chipWarmingC: number;
  guiderLost: boolean;
  /** The lamp of the dome burns: some of its light gets onto the chip, see core/twin/stray-light.ts. */
  lampOn: boolean;
  /** The last amplifier of the camera reads nothing but its bias level. */
  deadAmplifier: boolean;
}

/** Nothing is out of order. */
export const UNDEGRADED: Degradation = {
  shutterStuck: false,
  chipWarmingC: 0,
  guiderLost: false,
  lampOn: false,
  deadAmplifier: false,
};

/** Time in which a chip without cooling comes closer to the air's temperature by a factor of e, and back. Our choice. */
const CHIP_TIMESCALE_S = 1800;
/** Temperature that a camera is taken to keep which does not say. Our choice. */
const USUAL_CHIP_C = -20;
/** A warming that doubles the dark current of a chip that gives it for one temperature only: 5 to 7 C is usual for silicon. */
const DARK_DOUBLES_C = 6;

/**
 * How subsystems that are out of order change a frame. Shutter, guider, lamp and amplifier are so for a whole exposure; the chip is
 * as warm as in its middle, and an outage of the cooling by chance has gone on for half an hour.
 */
export function degradationAt(attempt: Attempt, observatory: Observatory, ambientC: number): Degradation {
  const { faults, seed, key } = attempt;
  const broken = faultsAt(attempt, ['shutter', 'guider', 'lamp', 'amplifier']);
  const scheduledC = chipWarmingC(attempt, observatory, ambientC, (attempt.beginMs + attempt.endMs) / 2);
  const byChance = faultStrikes(faults, 'cooling', seed, key);
  return {
    shutterStuck: broken.includes('shutter'),
    chipWarmingC: byChance
      ? Math.max(scheduledC, warmedC(roomC(observatory, ambientC), CHIP_TIMESCALE_S, 0))
      : scheduledC,
    guiderLost: broken.includes('guider'),
    lampOn: broken.includes('lamp'),
    deadAmplifier: broken.includes('amplifier'),
  };
}

/**
 * By how much the chip is warmer than it should be at an instant: it warms up towards the air from the beginning of a set outage
 * of its cooling, and cools down after it.
 */
export function chipWarmingC(
  night: Pick<Attempt, 'faults' | 'nightBeginMs'>,
  observatory: Observatory,
  ambientC: number,
  utcMs: number,
): number {
  const warmings = spans(night, 'cooling')
    .filter(({ fromMs }) => fromMs < utcMs)
    .map(({ fromMs, toMs }) =>
      warmedC(
        roomC(observatory, ambientC),
        (Math.min(utcMs, toMs) - fromMs) / MS_PER_S,
        Math.max(0, utcMs - toMs) / MS_PER_S,
      ),
    );
  return Math.max(0, ...warmings);
}

/** Whether a subsystem is out of order at an instant because it was set for then. */
export function isSetFault(
  night: Pick<Attempt, 'faults' | 'nightBeginMs'>,
  subsystem: Subsystem,
  utcMs: number,
): boolean {
  return spans(night, subsystem).some(({ fromMs, toMs }) => fromMs <= utcMs && utcMs < toMs);
}

/** How far the chip can warm up: to the temperature of the air. */
const roomC = ({ camera }: Observatory, ambientC: number): number =>
  Math.max(0, ambientC - (camera.temperature?.setC ?? USUAL_CHIP_C));

const warmedC = (room: number, offS: number, backS: number): number =>
  room * (1 - Math.exp(-offS / CHIP_TIMESCALE_S)) * Math.exp(-backS / CHIP_TIMESCALE_S);

/** The observatory as it is under a degradation: a warmer chip, a mount without its guider. Itself when nothing is degraded. */
export function degradedObservatory(observatory: Observatory, degradation: Degradation): Observatory {
  const { chipWarmingC, guiderLost } = degradation;
  let degraded = observatory;
  if (chipWarmingC > 0) {
    const { camera } = observatory;
    const { temperature } = camera;
    const warmer = temperature
      ? { temperature: { ...temperature, setC: temperature.setC + chipWarmingC } }
      : { darkCurrentEPerS: camera.darkCurrentEPerS * 2 ** (chipWarmingC / DARK_DOUBLES_C) };
    degraded = { ...degraded, camera: { ...camera, ...warmer } };
  }
  const { mount } = observatory;
  if (guiderLost && mount.tracking?.guider) {
    const { guider: _, ...tracking } = mount.tracking;
    degraded = { ...degraded, mount: { ...mount, tracking } };
  }
  return degraded;
}

function outages(attempt: Attempt, subsystem: Subsystem): { fromMs: number; toMs: number }[] {
  return spans(attempt, subsystem).filter(({ fromMs, toMs }) => fromMs <= attempt.endMs && toMs > attempt.beginMs);
}

function spans(
  { faults, nightBeginMs }: Pick<Attempt, 'faults' | 'nightBeginMs'>,
  subsystem: Subsystem,
): { fromMs: number; toMs: number }[] {
  return (faults.scheduled ?? [])
    .filter((fault) => fault.subsystem === subsystem)
    .map((fault) => {
      const fromMs = beginOf(fault, nightBeginMs);
      return { fromMs, toMs: fromMs + fault.durationS * MS_PER_S };
    });
}

function beginOf({ at, afterBeginS }: ScheduledFault, nightBeginMs: number): number {
  return at === undefined ? nightBeginMs + (afterBeginS ?? 0) * MS_PER_S : utcMsOf(at);
}

const words = (subsystem: Subsystem): string => subsystem.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
