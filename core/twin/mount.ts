import { SlewFailed } from '../errors.ts';
import type { TelescopeState } from '../records/night.ts';
import { mountedFilters, type Observatory } from '../records/observatory.ts';
import { type SkyInstant, skyAt } from '../sky/coordinates.ts';
import { MS_PER_S } from '../units.ts';
import { lowestAltitudeDeg } from './horizon.ts';
import { type Axes, axesNow, equatorialOf, type TubeOnSky, type TubePosition } from './mount-axes.ts';
import { type AxisTimes, type AxisTurn, motionTo, mountTimes, totalS, turnsOf, wholeMs } from './mount-motion.ts';

export type { TubePosition } from './mount-axes.ts';
export type { AxisTimes, AxisTurn } from './mount-motion.ts';

/** A place on the sky, ICRS, degrees. */
export interface Place {
  raDeg: number;
  decDeg: number;
}

export interface Slew {
  /** Until light may be collected, in whole milliseconds. */
  durationS: number;
  axisTimesS: AxisTimes;
  turns: AxisTurn[];
  /** Where the tube points at the end. */
  at: TubePosition;
  telescope: TelescopeState;
}

/** Steps until a slew's end and the target's place at that time agree; they agree after three or four. */
const MAX_STEPS = 20;
const AGREED_MS = 0.5;
/** A target at the edge (of the closed loop, of a flip) can need more time when less was given: from here on, the longer counts. */
const EDGE_STEPS = 6;
const SIDEREAL_DEG_PER_S = 15.041067 / 3600;

/** The telescope as a day leaves it: parked, closed, the first filter in the beam. */
export function parkedTelescope(observatory: Observatory): TelescopeState {
  const { altitudeDeg, azimuthDeg } = observatory.mount.park;
  const [filter] = mountedFilters(observatory);
  const telescope = { tracking: null, altitudeDeg, azimuthDeg, domeAzimuthDeg: azimuthDeg, domeOpen: false, filter };
  return { ...telescope, ...axesState(observatory, axesNow(observatory, telescope, { altitudeDeg, azimuthDeg })) };
}

/** The telescope stands still where it points at an instant, the dome as it is: nothing to do, or nothing to see. */
export function stopTracking(observatory: Observatory, telescope: TelescopeState, utcMs: number): TelescopeState {
  if (telescope.tracking === null) return telescope;
  const { parallacticAngleDeg, ...tube } = tubeNow(skyAt(utcMs, observatory.site), telescope);
  const axes = axesState(observatory, axesNow(observatory, telescope, { ...tube, parallacticAngleDeg }));
  return { ...telescope, ...tube, ...axes, tracking: null, domeAzimuthDeg: tube.azimuthDeg };
}

/**
 * Moves the telescope to a place and follows it: every axis at its best, the dome to the same azimuth and, when closed, open.
 * The target moves meanwhile, so the place is that of the arrival. A mount that follows one place moves relative to it: the
 * sidereal motion that both share costs no time. Hour angle and dome go the short way round, azimuth too where its cables allow.
 * What follows what: mount (longer axis), then settling and the open loop of the optics side by side, then what a flip takes more;
 * beside it the dome and the rotator; last the closed loop. So it stands in Rubin's model (lsst/rubin_scheduler, kinem_model.py).
 * @param slew.stayS how long the place will be followed: a German mount that would have to flip in that time flips at once
 * Throws SlewFailed when the target is outside the limits on arrival, or crosses the zenith too fast to be caught.
 */
export function slewTelescope(slew: {
  observatory: Observatory;
  from: TelescopeState;
  target: Place;
  utcMs: number;
  stayS?: number;
}): Slew {
  const { observatory, from, target, utcMs } = slew;
  const stayDeg = (slew.stayS ?? 0) * SIDEREAL_DEG_PER_S;
  const shutter = from.domeOpen ? 'stay' : 'open';
  let durationS = 0;
  let began: Axes | undefined;
  for (let step = 0; step < MAX_STEPS; step++) {
    const sky = skyAt(utcMs + durationS * MS_PER_S, observatory.site);
    const at = tubeOn(sky, target);
    const motion = motionTo({ observatory, telescope: from, tube: tubeNow(sky, from), at, stayDeg, shutter });
    // The first step has the sky as it is when the slew begins.
    began ??= motion.from;
    const nextS = totalS(motion.axisTimesS);
    const agreed = Math.abs(nextS - durationS) * MS_PER_S <= AGREED_MS;
    if (!agreed && !(step >= EDGE_STEPS && nextS < durationS)) {
      durationS = nextS;
      continue;
    }
    refuseOutside(observatory, at);
    const { altitudeDeg, azimuthDeg } = at;
    const tube = { altitudeDeg, azimuthDeg };
    const tracking = { raDeg: target.raDeg, decDeg: target.decDeg };
    const telescope = {
      ...from,
      ...tube,
      ...axesState(observatory, motion.to),
      tracking,
      domeAzimuthDeg: azimuthDeg,
      domeOpen: true,
    };
    const { axisTimesS } = motion;
    const turns = turnsOf(observatory, began, motion);
    return { durationS: agreed ? nextS : durationS, axisTimesS, turns, at: tube, telescope };
  }
  const at = tubeOn(skyAt(utcMs, observatory.site), target);
  throw new SlewFailed(
    `the target at altitude ${at.altitudeDeg.toFixed(2)} deg passes the zenith faster than the mount can follow`,
  );
}

/**
 * The flip that a German mount has to do before it follows its place for another `stayS` seconds; undefined when it need not,
 * when it stands still, and for other mounts. Throws SlewFailed as slewTelescope.
 */
export function meridianFlip(from: {
  observatory: Observatory;
  telescope: TelescopeState;
  utcMs: number;
  stayS: number;
}): Slew | undefined {
  const { observatory, telescope, utcMs, stayS } = from;
  if (!observatory.mount.german || telescope.tracking === null) return undefined;
  const slew = slewTelescope({ observatory, from: telescope, target: telescope.tracking, utcMs, stayS });
  return slew.axisTimesS.flip === undefined ? undefined : slew;
}

/**
 * Seconds for a small offset between two places, while the mount follows (a dither): both axes, then settling. The dome's slit
 * is wide enough for it to stay. 0 for the same place.
 */
export function offsetTimeS(offset: { observatory: Observatory; from: Place; to: Place; utcMs: number }): number {
  const { observatory, from, to, utcMs } = offset;
  const { mount, site } = observatory;
  const axes = ({ altitudeDeg, azimuthDeg }: TubePosition) =>
    mount.kind === 'altAz'
      ? { longitudeDeg: azimuthDeg, latitudeDeg: altitudeDeg }
      : equatorialOf({ altitudeDeg, azimuthDeg }, site.latitudeDeg);
  const sky = skyAt(utcMs, site);
  const times = mountTimes(observatory, axes(tubeOn(sky, from)), axes(tubeOn(sky, to)), true);
  return wholeMs(Math.max(times.longitude, times.latitude) + times.settle);
}

/** Brings the telescope to its park position and closes the dome. No time when it is there already. */
export function parkTelescope(parking: { observatory: Observatory; from: TelescopeState; utcMs: number }): Slew {
  const { observatory, from, utcMs } = parking;
  const at = { ...observatory.mount.park };
  const shutter = from.domeOpen ? 'close' : 'stay';
  const tube = tubeNow(skyAt(utcMs, observatory.site), from);
  const motion = motionTo({ observatory, telescope: from, tube, at, stayDeg: 0, shutter });
  // Nothing is looked at: the optics stay as they are.
  const { closedLoop: _, openLoop: __, ...axisTimesS } = motion.axisTimesS;
  const telescope = {
    ...parkedTelescope(observatory),
    ...axesState(observatory, motion.to),
    filter: from.filter,
    ...(from.focusUm !== undefined && { focusUm: from.focusUm }),
  };
  return { durationS: totalS(axisTimesS), axisTimesS, turns: turnsOf(observatory, motion.from, motion), at, telescope };
}

function tubeOn(sky: SkyInstant, { raDeg, decDeg }: Place): TubeOnSky {
  const { altitudeRefractedDeg, azimuthDeg, parallacticAngleDeg } = sky.horizontal(raDeg, decDeg);
  return { altitudeDeg: altitudeRefractedDeg, azimuthDeg, parallacticAngleDeg };
}

function tubeNow(sky: SkyInstant, { tracking, altitudeDeg, azimuthDeg }: TelescopeState): TubeOnSky {
  return tracking === null ? { altitudeDeg, azimuthDeg } : tubeOn(sky, tracking);
}

/** Where the axes stand, as far as the state of this telescope tells it. */
function axesState({ mount, telescope }: Observatory, axes: Axes): Partial<TelescopeState> {
  return {
    ...(mount.azimuthRangeDeg && { azimuthAxisDeg: axes.longitudeDeg }),
    ...(mount.german && { pierSide: axes.pierSide, cameraTurned: axes.pierSide === 'west' }),
    ...(telescope.rotator && { rotatorDeg: axes.rotatorDeg, cameraTurned: axes.cameraTurned }),
  };
}

function refuseOutside({ mount }: Observatory, { altitudeDeg, azimuthDeg }: TubePosition): void {
  const lowestDeg = lowestAltitudeDeg(mount, azimuthDeg);
  if (altitudeDeg >= lowestDeg && altitudeDeg <= mount.altitudeMaxDeg) return;
  const behind = lowestDeg > mount.altitudeMinDeg ? ` above the horizon at azimuth ${azimuthDeg.toFixed(1)} deg` : '';
  throw new SlewFailed(
    `the target would stand at altitude ${altitudeDeg.toFixed(2)} deg on arrival; ` +
      `the mount reaches ${lowestDeg} to ${mount.altitudeMaxDeg} deg${behind}`,
  );
}
