import type { TelescopeState } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import { MS_PER_S } from '../units.ts';
import { moveTimeS } from './axis.ts';
import { domeTimeS } from './dome.ts';
import { type Axes, axesFor, axesNow, nearestTurnDeg, type TubeOnSky } from './mount-axes.ts';

/** What took how long in a slew, seconds. What a telescope does not have is absent. */
export interface AxisTimes {
  /** Azimuth, or hour angle. */
  longitude: number;
  /** Altitude, or declination. */
  latitude: number;
  /** Turning, settling and shutter of the dome; beside the mount. */
  dome: number;
  /** Settling of the mount, after its longer axis. */
  settle: number;
  /** Turning of the rotator; beside the mount. */
  rotator?: number;
  /** Aligning the optics by table; while the mount settles. */
  openLoop?: number;
  /** Aligning the optics by their images; after all else. */
  closedLoop?: number;
  /** What a flip takes more than the turning; after the settling. */
  flip?: number;
}

/** What one axis does in a slew, degrees. */
export interface AxisTurn {
  axis: 'longitude' | 'latitude' | 'rotator' | 'domeAzimuth' | 'domeAltitude';
  /** Where it stands as the slew begins. */
  fromDeg: number;
  /** How far it turns, with its sign, as quick as it can. */
  turnDeg: number;
  /** How far it goes besides, all through the slew, with the sky that the mount follows. */
  driftDeg: number;
}

/** What every axis has to do to bring the tube from one place to another, both as they stand at the same instant. */
export interface Motion {
  from: Axes;
  to: Axes;
  axisTimesS: AxisTimes;
  domeFromDeg: number;
  domeTurnDeg: number;
  /** Altitude of the tube, for a dome that follows it. */
  altitudeFromDeg: number;
  altitudeTurnDeg: number;
}

/**
 * The motion from where the telescope points to a place, and how long each part takes at its best.
 * @param of.tube where it points; while it follows a place, so does the dome
 * @param of.stayDeg how far the hour angle will grow afterwards, for the choice of a German mount's side
 * Throws SlewFailed where the cables do not reach.
 */
export function motionTo(of: {
  observatory: Observatory;
  telescope: TelescopeState;
  tube: TubeOnSky;
  at: TubeOnSky;
  stayDeg: number;
  shutter: 'open' | 'close' | 'stay';
}): Motion {
  const { observatory, telescope, tube, at, stayDeg, shutter } = of;
  const { mount, dome } = observatory;
  const { opticsLoop, rotator } = observatory.telescope;
  const from = axesNow(observatory, telescope, tube);
  const to = axesFor(observatory, from, at, stayDeg);
  const domeFromDeg = telescope.tracking === null ? telescope.domeAzimuthDeg : tube.azimuthDeg;
  const domeTurnDeg = realTurnDeg(nearestTurnDeg(at.azimuthDeg, domeFromDeg) - domeFromDeg);
  const altitudeTurnDeg = realTurnDeg(at.altitudeDeg - tube.altitudeDeg);
  const rotatorTurnDeg = realTurnDeg((to.rotatorDeg ?? 0) - (from.rotatorDeg ?? 0));
  const isFlip = to.pierSide !== from.pierSide;
  const closedLoop = opticsLoop && Math.abs(altitudeTurnDeg) >= opticsLoop.closedLoopAboveDeg;
  const axisTimesS: AxisTimes = {
    ...mountTimes(observatory, from, to, !mount.german && !mount.azimuthRangeDeg),
    dome: domeTimeS(dome, { azimuthDeg: domeTurnDeg, altitudeDeg: altitudeTurnDeg }, shutter),
    ...(rotator && { rotator: moveTimeS(rotatorTurnDeg, rotator.axis) }),
    ...(opticsLoop && { openLoop: Math.abs(altitudeTurnDeg) * opticsLoop.openLoopSPerDeg }),
    ...(closedLoop && { closedLoop: opticsLoop.closedLoopS }),
    ...(isFlip && mount.german && { flip: mount.german.flipS }),
  };
  return { from, to, axisTimesS, domeFromDeg, domeTurnDeg, altitudeFromDeg: tube.altitudeDeg, altitudeTurnDeg };
}

/** The same motion as turns of the axes, from where they stood (`began`) when the slew did. */
export function turnsOf({ dome, telescope }: Observatory, began: Axes, motion: Motion): AxisTurn[] {
  const { from, to, domeFromDeg, domeTurnDeg, altitudeFromDeg, altitudeTurnDeg } = motion;
  const turn = (axis: AxisTurn['axis'], fromDeg: number, nowDeg: number, toDeg: number): AxisTurn => ({
    axis,
    fromDeg,
    turnDeg: realTurnDeg(toDeg - nowDeg),
    driftDeg: realTurnDeg(nearestTurnDeg(nowDeg, fromDeg) - fromDeg),
  });
  const still = (axis: AxisTurn['axis'], fromDeg: number, turnDeg: number): AxisTurn => ({
    axis,
    fromDeg,
    turnDeg,
    driftDeg: 0,
  });
  return [
    turn('longitude', began.longitudeDeg, from.longitudeDeg, to.longitudeDeg),
    turn('latitude', began.latitudeDeg, from.latitudeDeg, to.latitudeDeg),
    ...(telescope.rotator ? [turn('rotator', began.rotatorDeg ?? 0, from.rotatorDeg ?? 0, to.rotatorDeg ?? 0)] : []),
    still('domeAzimuth', domeFromDeg, domeTurnDeg),
    ...(dome.altitudeAxis ? [still('domeAltitude', altitudeFromDeg, altitudeTurnDeg)] : []),
  ];
}

/** @param isEndless whether the hour-angle or azimuth axis turns on without an end, and so takes the short way round */
export function mountTimes(
  { mount }: Observatory,
  from: Axes,
  to: Axes,
  isEndless: boolean,
): Pick<AxisTimes, 'longitude' | 'latitude' | 'settle'> {
  const toDeg = isEndless ? nearestTurnDeg(to.longitudeDeg, from.longitudeDeg) : to.longitudeDeg;
  const longitude = moveTimeS(realTurnDeg(toDeg - from.longitudeDeg), mount.longitudeAxis);
  const latitude = moveTimeS(realTurnDeg(to.latitudeDeg - from.latitudeDeg), mount.latitudeAxis);
  return { longitude, latitude, settle: longitude > 0 || latitude > 0 ? mount.settleS : 0 };
}

/** A turn below a nanodegree is rounding, and none: it would cost the whole settling time. */
const realTurnDeg = (turnDeg: number): number => (Math.abs(turnDeg) < 1e-9 ? 0 : turnDeg);

/** How long all of it takes together. */
export function totalS(times: AxisTimes): number {
  const { longitude, latitude, settle, dome, rotator = 0, openLoop = 0, closedLoop = 0, flip = 0 } = times;
  const mountS = Math.max(longitude, latitude) + Math.max(settle, openLoop) + flip;
  return wholeMs(Math.max(mountS, dome, rotator) + closedLoop);
}

/** Rounded up to the millisecond, the step of observatory time, so that nothing begins before it can. */
export function wholeMs(durationS: number): number {
  return Math.max(0, Math.ceil(durationS * MS_PER_S - 1e-6)) / MS_PER_S;
}
