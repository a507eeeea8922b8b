import { randomStream } from '../../random.ts';
import type { Faults, Observatory } from '../../records/observatory.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD, MS_PER_S, RAD_TO_DEG } from '../../units.ts';
import { isSetFault } from '../faults.ts';
import { drivePhaseRad } from '../tracking.ts';
import type { Weather } from '../weather.ts';
import { type Course, inOrder, MOUNT_STATES } from './course.ts';
import { type Clock, sampleTimes, stamps, type TelemetryTable } from './table.ts';

/** What a table of telemetry is made from. */
export interface NightOf {
  observatory: Observatory;
  weather: Weather;
  /** Key of the chance in it: the night's id. */
  nightId: string;
  seed: number;
  faults: Faults;
  nightBeginMs: number;
  fromMs: number;
  toMs: number;
}

/** Over how long speeds are taken. */
const SPEED_MS = 100;

/** Where the axes of the mount really stand, with what shakes them, how fast they turn, and what the mount is doing. */
export function mountTable(night: NightOf, course: Course, clock: Clock): TelemetryTable {
  const { observatory, weather, nightId, seed } = night;
  const stream = randomStream(seed, 'telemetryMount', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream);
  const mjd = stamps(times, clock, stream);
  const rows = times.length;
  const [longitude, latitude] = [new Float64Array(rows), new Float64Array(rows)];
  const [altitude, azimuth, longitudeSpeed, latitudeSpeed] = Array.from({ length: 4 }, () => new Float32Array(rows));
  const state = new Uint8Array(rows);
  const stretchAt = inOrder(course.stretches);
  const shake = shakeOf(observatory);
  const ahead = driveErrorOf(night);
  for (let row = 0; row < rows; row++) {
    const utcMs = times[row];
    const stretch = stretchAt(utcMs);
    const axes = stretch.axesAt(utcMs);
    const [before, after] = [stretch.axesAt(utcMs - SPEED_MS / 2), stretch.axesAt(utcMs + SPEED_MS / 2)];
    longitudeSpeed[row] = ((after.longitudeDeg - before.longitudeDeg) * MS_PER_S) / SPEED_MS;
    latitudeSpeed[row] = ((after.latitudeDeg - before.latitudeDeg) * MS_PER_S) / SPEED_MS;
    const now = stretch.stateAt(utcMs);
    state[row] = MOUNT_STATES.indexOf(now);
    const shakeDeg = now === 'following' && shake ? shake(weather.at(utcMs).windSpeedMPerS) / ARCSEC_PER_DEG : 0;
    // Drawn whether or not it shakes, so that one does not shift the chance of the other.
    const aheadDeg = now === 'following' ? ahead(axes.longitudeDeg, utcMs) / ARCSEC_PER_DEG : 0;
    longitude[row] = axes.longitudeDeg + aheadDeg + shakeDeg * stream.normal();
    latitude[row] = axes.latitudeDeg + shakeDeg * stream.normal();
    const tube = tubeOf(observatory, longitude[row], latitude[row]);
    altitude[row] = tube.altitudeDeg;
    azimuth[row] = tube.azimuthDeg;
  }
  const [one, other] = observatory.mount.kind === 'altAz' ? ['azimuth', 'altitude'] : ['hour angle', 'declination'];
  return {
    name: 'MOUNT',
    ...clock,
    columns: [
      mjd,
      { name: 'longitude', unit: 'deg', description: `axis of ${one}, as it turned`, values: longitude },
      { name: 'latitude', unit: 'deg', description: `axis of ${other}`, values: latitude },
      { name: 'longitude_speed', unit: 'deg/s', description: 'how fast that axis turns', values: longitudeSpeed },
      { name: 'latitude_speed', unit: 'deg/s', description: 'how fast that axis turns', values: latitudeSpeed },
      { name: 'altitude', unit: 'deg', description: 'of the tube, as seen through the air', values: altitude },
      { name: 'azimuth', unit: 'deg', description: 'of the tube, from north through east', values: azimuth },
      { name: 'state', description: MOUNT_STATES.map((word, i) => `${i} ${word}`).join(', '), values: state },
    ],
  };
}

/** Where the dome's slit looks, and how far it is open. */
export function domeTable(night: NightOf, course: Course, clock: Clock): TelemetryTable {
  const { observatory, nightId, seed } = night;
  const stream = randomStream(seed, 'telemetryDome', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream);
  const mjd = stamps(times, clock, stream);
  const stretchAt = inOrder(course.stretches);
  const azimuth = new Float32Array(times.length);
  const open = new Float32Array(times.length);
  for (let row = 0; row < times.length; row++) {
    const utcMs = times[row];
    const stretch = stretchAt(utcMs);
    const domeDeg = stretch.domeAzimuthAt(utcMs);
    const { longitudeDeg, latitudeDeg } = stretch.axesAt(utcMs);
    azimuth[row] = positive(
      Number.isNaN(domeDeg) ? tubeOf(observatory, longitudeDeg, latitudeDeg).azimuthDeg : domeDeg,
    );
    open[row] = openShare(course, observatory.dome, utcMs);
  }
  return {
    name: 'DOME',
    ...clock,
    columns: [
      mjd,
      { name: 'azimuth', unit: 'deg', description: 'of the slit, from north through east', values: azimuth },
      { name: 'open', description: 'share of the shutter that is open, 0 to 1', values: open },
    ],
  };
}

/** How far the dome's shutter is open: it moves evenly from the last change on, from wherever it was. */
function openShare({ domeChanges }: Course, dome: Observatory['dome'], utcMs: number): number {
  let [share, atMs, goal] = [0, Number.NEGATIVE_INFINITY, 0];
  const movedTo = (nowMs: number) => {
    const wholeS = goal === 1 ? dome.openS : dome.closeS;
    const moved = wholeS > 0 ? (nowMs - atMs) / MS_PER_S / wholeS : 1;
    return goal === 1 ? Math.min(1, share + moved) : Math.max(0, share - moved);
  };
  for (const change of domeChanges) {
    if (change.atMs > utcMs) break;
    share = movedTo(change.atMs);
    [atMs, goal] = [change.atMs, change.opens ? 1 : 0];
  }
  return movedTo(utcMs);
}

/** Rms of the mount's vibration on each axis in a wind, arcseconds; undefined where the observatory does not give it. */
function shakeOf({ mount, without }: Observatory): ((windMPerS: number) => number) | undefined {
  const { tracking } = mount;
  if (!tracking || without.includes('trackingError')) return undefined;
  return (windMPerS) => Math.hypot(tracking.jitterRmsArcsec, tracking.windShakeArcsec * (windMPerS / 10) ** 2);
}

/** How far the drive runs ahead of the sky, arcseconds of the hour-angle axis: its periodic error, while no guider takes it out. */
function driveErrorOf(night: NightOf): (axisDeg: number, utcMs: number) => number {
  const { id, mount, without } = night.observatory;
  const { periodic, guider } = mount.tracking ?? {};
  if (!periodic || without.includes('trackingError')) return () => 0;
  const { amplitudeArcsec, periodS } = periodic;
  const phaseAtZero = drivePhaseRad(id, periodS, 0);
  const perDegree = drivePhaseRad(id, periodS, 1) - phaseAtZero;
  return (axisDeg, utcMs) =>
    guider && !isSetFault(night, 'guider', utcMs) ? 0 : amplitudeArcsec * Math.sin(phaseAtZero + perDegree * axisDeg);
}

/** Where the tube points when the axes stand so: the inverse of `equatorialOf`, also beyond the pole. */
function tubeOf({ mount, site }: Observatory, longitudeDeg: number, latitudeDeg: number) {
  if (mount.kind === 'altAz') return { altitudeDeg: latitudeDeg, azimuthDeg: positive(longitudeDeg) };
  // A German mount west of its pier stands half a turn further, and its declination beyond the pole: the same direction.
  const beyond = Math.abs(latitudeDeg) > 90;
  const hourAngle = (beyond ? longitudeDeg - 180 : longitudeDeg) * DEG_TO_RAD;
  const declination = (beyond ? 180 - latitudeDeg : latitudeDeg) * DEG_TO_RAD;
  const latitude = site.latitudeDeg * DEG_TO_RAD;
  const meridian = Math.cos(declination) * Math.cos(hourAngle);
  const west = Math.cos(declination) * Math.sin(hourAngle);
  const up = Math.cos(latitude) * meridian + Math.sin(latitude) * Math.sin(declination);
  const north = Math.cos(latitude) * Math.sin(declination) - Math.sin(latitude) * meridian;
  return {
    altitudeDeg: Math.atan2(up, Math.hypot(north, west)) * RAD_TO_DEG,
    azimuthDeg: positive(Math.atan2(-west, north) * RAD_TO_DEG),
  };
}

const positive = (angleDeg: number): number => ((angleDeg % 360) + 360) % 360;
