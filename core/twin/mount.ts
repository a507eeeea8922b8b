import { SlewFailed } from '../errors.ts';
import type { TelescopeState } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { DEG_TO_RAD, MS_PER_S, RAD_TO_DEG } from '../units.ts';
import { moveTimeS } from './axis.ts';
import { domeTimeS } from './dome.ts';

/** A place on the sky, ICRS, degrees. */
export interface Place {
  raDeg: number;
  decDeg: number;
}

/** Where the tube points: altitude as seen through the air, azimuth from north through east. Degrees. */
export interface TubePosition {
  altitudeDeg: number;
  azimuthDeg: number;
}

/** What took how long in a slew, seconds. All run side by side, but for the mount's settling, which follows its longer axis. */
export interface AxisTimes {
  /** Azimuth, or hour angle. */
  longitude: number;
  /** Altitude, or declination. */
  latitude: number;
  /** Turning, settling and shutter of the dome. */
  dome: number;
  /** Settling of the mount. */
  settle: number;
}

export interface Slew {
  /** Until light may be collected, in whole milliseconds. */
  durationS: number;
  axisTimesS: AxisTimes;
  /** Where the tube points at the end. */
  at: TubePosition;
  telescope: TelescopeState;
}

/** Steps until a slew's end and the target's place at that time agree; they agree after three or four. */
const MAX_STEPS = 20;
const AGREED_MS = 0.5;

/** The telescope as a day leaves it: parked, closed, the first filter in the beam. */
export function parkedTelescope(observatory: Observatory): TelescopeState {
  const { altitudeDeg, azimuthDeg } = observatory.mount.park;
  const filter = observatory.filters[0].name;
  return { tracking: null, altitudeDeg, azimuthDeg, domeAzimuthDeg: azimuthDeg, domeOpen: false, filter };
}

/** Where the tube points at an instant: on the place that it follows, or where it stands still. */
export function tubeAt(observatory: Observatory, telescope: TelescopeState, utcMs: number): TubePosition {
  const { tracking, altitudeDeg, azimuthDeg } = telescope;
  return tracking === null ? { altitudeDeg, azimuthDeg } : tubeOn(observatory, tracking, utcMs);
}

/** The telescope stands still where it points at an instant, the dome as it is: nothing to do, or nothing to see. */
export function stopTracking(observatory: Observatory, telescope: TelescopeState, utcMs: number): TelescopeState {
  const tube = tubeAt(observatory, telescope, utcMs);
  const domeAzimuthDeg = telescope.tracking === null ? telescope.domeAzimuthDeg : tube.azimuthDeg;
  return { ...telescope, ...tube, tracking: null, domeAzimuthDeg };
}

/**
 * Moves the telescope to a place and follows it: every axis at its best, the dome to the same azimuth and, when closed, open.
 * The target moves meanwhile, so the place is that of the arrival. A mount that follows one place moves relative to it: the
 * sidereal motion that both share costs no time. Azimuth, hour angle and dome go the short way round.
 * Throws SlewFailed when the target is outside the altitude limits on arrival, or crosses the zenith too fast to be caught.
 */
export function slewTelescope(slew: {
  observatory: Observatory;
  from: TelescopeState;
  target: Place;
  utcMs: number;
}): Slew {
  const { observatory, from, target, utcMs } = slew;
  const { altitudeMinDeg, altitudeMaxDeg } = observatory.mount;
  let durationS = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const arrivalMs = utcMs + durationS * MS_PER_S;
    const at = tubeOn(observatory, target, arrivalMs);
    const axisTimesS = timesOf(observatory, from, tubeAt(observatory, from, arrivalMs), at, !from.domeOpen && 'open');
    const nextS = totalS(axisTimesS);
    if (Math.abs(nextS - durationS) * MS_PER_S > AGREED_MS) {
      durationS = nextS;
      continue;
    }
    if (at.altitudeDeg < altitudeMinDeg || at.altitudeDeg > altitudeMaxDeg) {
      throw new SlewFailed(
        `the target would stand at altitude ${at.altitudeDeg.toFixed(2)} deg on arrival; ` +
          `the mount reaches ${altitudeMinDeg} to ${altitudeMaxDeg} deg`,
      );
    }
    const tracking = { raDeg: target.raDeg, decDeg: target.decDeg };
    const telescope = { ...from, ...at, tracking, domeAzimuthDeg: at.azimuthDeg, domeOpen: true };
    return { durationS: nextS, axisTimesS, at, telescope };
  }
  const at = tubeOn(observatory, target, utcMs);
  throw new SlewFailed(
    `the target at altitude ${at.altitudeDeg.toFixed(2)} deg passes the zenith faster than the mount can follow`,
  );
}

/**
 * Seconds for a small offset between two places, while the mount follows (a dither): both axes, then settling. The dome's slit
 * is wide enough for it to stay. 0 for the same place.
 */
export function offsetTimeS(offset: { observatory: Observatory; from: Place; to: Place; utcMs: number }): number {
  const { observatory, from, to, utcMs } = offset;
  const axes = mountTimes(observatory, tubeOn(observatory, from, utcMs), tubeOn(observatory, to, utcMs));
  return wholeMs(Math.max(axes.longitude, axes.latitude) + axes.settle);
}

/** Brings the telescope to its park position and closes the dome. No time when it is there already. */
export function parkTelescope(parking: { observatory: Observatory; from: TelescopeState; utcMs: number }): Slew {
  const { observatory, from, utcMs } = parking;
  const at = { ...observatory.mount.park };
  const axisTimesS = timesOf(observatory, from, tubeAt(observatory, from, utcMs), at, from.domeOpen && 'close');
  const telescope = { ...parkedTelescope(observatory), filter: from.filter };
  return { durationS: totalS(axisTimesS), axisTimesS, at, telescope };
}

function tubeOn(observatory: Observatory, { raDeg, decDeg }: Place, utcMs: number): TubePosition {
  const { altitudeRefractedDeg, azimuthDeg } = skyAt(utcMs, observatory.site).horizontal(raDeg, decDeg);
  return { altitudeDeg: altitudeRefractedDeg, azimuthDeg };
}

function timesOf(
  observatory: Observatory,
  from: TelescopeState,
  tube: TubePosition,
  at: TubePosition,
  shutter: 'open' | 'close' | false,
): AxisTimes {
  // While the telescope follows a place, so does the dome.
  const domeAzimuthDeg = from.tracking === null ? from.domeAzimuthDeg : tube.azimuthDeg;
  const turnDeg = shortWayDeg(at.azimuthDeg - domeAzimuthDeg);
  return { ...mountTimes(observatory, tube, at), dome: domeTimeS(observatory.dome, turnDeg, shutter || 'stay') };
}

function mountTimes({ mount, site }: Observatory, from: TubePosition, to: TubePosition): Omit<AxisTimes, 'dome'> {
  const axes = (tube: TubePosition) =>
    mount.kind === 'altAz' ? altAzAxes(tube) : equatorialAxes(tube, site.latitudeDeg);
  const [fromAxes, toAxes] = [axes(from), axes(to)];
  const longitude = moveTimeS(shortWayDeg(toAxes.longitudeDeg - fromAxes.longitudeDeg), mount.longitudeAxis);
  const latitude = moveTimeS(realTurnDeg(toAxes.latitudeDeg - fromAxes.latitudeDeg), mount.latitudeAxis);
  return { longitude, latitude, settle: longitude > 0 || latitude > 0 ? mount.settleS : 0 };
}

function altAzAxes({ altitudeDeg, azimuthDeg }: TubePosition): { longitudeDeg: number; latitudeDeg: number } {
  return { longitudeDeg: azimuthDeg, latitudeDeg: altitudeDeg };
}

/** Hour angle (west positive) and declination to which an equatorial mount turns to point its tube at a place in the sky. */
function equatorialAxes(tube: TubePosition, latitudeDeg: number): { longitudeDeg: number; latitudeDeg: number } {
  const altitude = tube.altitudeDeg * DEG_TO_RAD;
  const azimuth = tube.azimuthDeg * DEG_TO_RAD;
  const latitude = latitudeDeg * DEG_TO_RAD;
  const up = Math.sin(altitude);
  const north = Math.cos(altitude) * Math.cos(azimuth);
  const west = -Math.cos(altitude) * Math.sin(azimuth);
  const meridian = Math.cos(latitude) * up - Math.sin(latitude) * north;
  const pole = Math.sin(latitude) * up + Math.cos(latitude) * north;
  return {
    longitudeDeg: Math.atan2(west, meridian) * RAD_TO_DEG,
    latitudeDeg: Math.atan2(pole, Math.hypot(meridian, west)) * RAD_TO_DEG,
  };
}

/** The same turn as an angle of -180 to 180 degrees, rounding left out. */
const shortWayDeg = (turnDeg: number): number => realTurnDeg(turnDeg - 360 * Math.round(turnDeg / 360));

/** A turn below a nanodegree is rounding, and none: it would cost the whole settling time. */
const realTurnDeg = (turnDeg: number): number => (Math.abs(turnDeg) < 1e-9 ? 0 : turnDeg);

function totalS({ longitude, latitude, dome, settle }: AxisTimes): number {
  return wholeMs(Math.max(Math.max(longitude, latitude) + settle, dome));
}

/** Rounded up to the millisecond, the step of observatory time, so that nothing begins before it can. */
function wholeMs(durationS: number): number {
  return Math.max(0, Math.ceil(durationS * MS_PER_S - 1e-6)) / MS_PER_S;
}
