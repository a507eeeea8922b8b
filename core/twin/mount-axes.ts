import { SlewFailed } from '../errors.ts';
import type { TelescopeState } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';

/** Where the tube points: altitude as seen through the air, azimuth from north through east. Degrees. */
export interface TubePosition {
  altitudeDeg: number;
  azimuthDeg: number;
}

/** Where the tube points, and how the sky lies there. */
export interface TubeOnSky extends TubePosition {
  /** As in Horizontal; undefined where the mount stands still. */
  parallacticAngleDeg?: number | undefined;
}

/** Where every axis stands, degrees. Azimuth (0 is north) counts turns where cables do; hour angle grows to the west. */
export interface Axes {
  longitudeDeg: number;
  latitudeDeg: number;
  pierSide?: 'east' | 'west';
  rotatorDeg?: number;
  cameraTurned?: boolean;
}

/** The axes of a telescope whose tube points at a place: as they came there. */
export function axesNow(observatory: Observatory, telescope: TelescopeState, tube: TubeOnSky): Axes {
  const { mount, site } = observatory;
  const rotator = rotatorNow(observatory, telescope, tube);
  if (mount.kind === 'altAz') {
    const { min, max } = mount.azimuthRangeDeg ?? { min: 0, max: 360 };
    // No state yet: the turn that lies nearest to the middle of the range.
    const near = mount.azimuthRangeDeg ? (telescope.azimuthAxisDeg ?? (min + max) / 2) : tube.azimuthDeg;
    return { longitudeDeg: nearestTurnDeg(tube.azimuthDeg, near), latitudeDeg: tube.altitudeDeg, ...rotator };
  }
  const sky = equatorialOf(tube, site.latitudeDeg);
  if (!mount.german) return sky;
  return germanAxes(sky, telescope.pierSide ?? (sky.longitudeDeg >= 0 ? 'east' : 'west'));
}

/**
 * The axes that a mount takes to point at a place, from where they stand: azimuth the shorter way that its cables allow, a German
 * mount without a flip where it can stay, the rotator upright or upside down, whichever is nearer.
 * @param stayDeg how far the hour angle will grow while the mount follows; a German mount flips first if it would have to then
 * Throws SlewFailed for an azimuth that the cable wrap does not reach.
 */
export function axesFor(observatory: Observatory, from: Axes, tube: TubeOnSky, stayDeg: number): Axes {
  const { mount, site } = observatory;
  const rotator = rotatorFor(observatory, from, tube);
  if (mount.kind === 'altAz') {
    const latitudeDeg = tube.altitudeDeg;
    const nearest = nearestTurnDeg(tube.azimuthDeg, from.longitudeDeg);
    const range = mount.azimuthRangeDeg;
    if (!range) return { longitudeDeg: nearest, latitudeDeg, ...rotator };
    const reached = [nearest, nearest - 360, nearest + 360]
      .filter((turn) => turn >= range.min && turn <= range.max)
      .sort((a, b) => Math.abs(a - from.longitudeDeg) - Math.abs(b - from.longitudeDeg));
    if (reached.length > 0) return { longitudeDeg: reached[0], latitudeDeg, ...rotator };
    throw new SlewFailed(
      `the target would stand at azimuth ${tube.azimuthDeg.toFixed(2)} deg on arrival; ` +
        `the mount turns from ${range.min} to ${range.max} deg`,
    );
  }
  const sky = equatorialOf(tube, site.latitudeDeg);
  if (!mount.german) return { ...sky, longitudeDeg: nearestTurnDeg(sky.longitudeDeg, from.longitudeDeg) };
  const limitDeg = mount.german.hourAngleLimitDeg;
  const isFree = ({ longitudeDeg }: Axes, forDeg: number) =>
    longitudeDeg >= -limitDeg && longitudeDeg + forDeg <= 180 + limitDeg;
  const side = from.pierSide ?? 'east';
  const stayed = germanAxes(sky, side);
  if (isFree(stayed, stayDeg)) return stayed;
  const flipped = germanAxes(sky, side === 'east' ? 'west' : 'east');
  if (isFree(flipped, stayDeg)) return flipped;
  // No side is free for so long a stay: the one that is free now, of two the one that lasts longer.
  if (!isFree(flipped, 0)) return stayed;
  return !isFree(stayed, 0) || flipped.longitudeDeg < stayed.longitudeDeg ? flipped : stayed;
}

/**
 * Axes of a German mount. With the tube east of the pier (it looks west: ASCOM's normal state) they are hour angle and
 * declination; with the tube on the other side the hour-angle axis stands half a turn further and the declination axis beyond
 * the pole. The counterweight hangs below the tube for hour-angle axes from 0 to 180 degrees.
 */
function germanAxes(sky: { longitudeDeg: number; latitudeDeg: number }, pierSide: 'east' | 'west'): Axes {
  const flipped = pierSide === 'west';
  return {
    longitudeDeg: nearestTurnDeg(sky.longitudeDeg + (flipped ? 180 : 0), 90),
    latitudeDeg: flipped ? 180 - sky.latitudeDeg : sky.latitudeDeg,
    pierSide,
  };
}

/** Hour angle (west positive, -180 to 180) and declination to which an equatorial mount turns to point its tube somewhere. */
export function equatorialOf(
  tube: TubePosition,
  siteLatitudeDeg: number,
): { longitudeDeg: number; latitudeDeg: number } {
  const altitude = tube.altitudeDeg * DEG_TO_RAD;
  const azimuth = tube.azimuthDeg * DEG_TO_RAD;
  const latitude = siteLatitudeDeg * DEG_TO_RAD;
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

function rotatorNow(observatory: Observatory, telescope: TelescopeState, tube: TubeOnSky): Partial<Axes> {
  if (!observatory.telescope.rotator) return {};
  const stood = telescope.rotatorDeg ?? 0;
  const cameraTurned = telescope.cameraTurned ?? false;
  const upright = uprightDeg(observatory, tube);
  const rotatorDeg = upright === undefined ? stood : nearestTurnDeg(upright + (cameraTurned ? 180 : 0), stood);
  return { rotatorDeg, cameraTurned };
}

function rotatorFor(observatory: Observatory, from: Axes, tube: TubeOnSky): Partial<Axes> {
  const { rotator } = observatory.telescope;
  if (!rotator) return {};
  const stood = from.rotatorDeg ?? 0;
  const upright = uprightDeg(observatory, tube);
  if (upright === undefined) return { rotatorDeg: 0, cameraTurned: false };
  const nearest = nearestTurnDeg(upright, stood);
  // Every half turn is a way to hold the camera; the range spans at least one of them.
  const halfTurns = [0, -1, 1, -2, 2, -3, 3, -4, 4];
  const [best] = halfTurns
    .map((halfTurn) => ({ rotatorDeg: nearest + 180 * halfTurn, cameraTurned: halfTurn % 2 !== 0 }))
    .filter(({ rotatorDeg }) => rotatorDeg >= rotator.minDeg && rotatorDeg <= rotator.maxDeg)
    .sort((a, b) => Math.abs(a.rotatorDeg - stood) - Math.abs(b.rotatorDeg - stood));
  return best;
}

/** Angle of the rotator that holds the camera at its position angle: that of the camera less that of the zenith. */
function uprightDeg({ camera }: Observatory, { parallacticAngleDeg }: TubeOnSky): number | undefined {
  return parallacticAngleDeg === undefined ? undefined : camera.positionAngleDeg - parallacticAngleDeg;
}

/** The same direction as `angleDeg`, in the turn that brings it nearest to `nearDeg`. */
export const nearestTurnDeg = (angleDeg: number, nearDeg: number): number =>
  angleDeg - 360 * Math.round((angleDeg - nearDeg) / 360);
