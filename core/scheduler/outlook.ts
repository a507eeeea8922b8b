import type { TelescopeState } from '../records/night.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Constraints, Target } from '../records/programme.ts';
import type { Conditions } from '../records/visit.ts';
import { airmassOf } from '../sky/airmass.ts';
import { type SkyInstant, skyAt } from '../sky/coordinates.ts';
import { refractionBy, unrefractedDeg } from '../sky/refraction.ts';
import { TWILIGHT_ALTITUDE_DEG } from '../sky/twilight.ts';
import { utcMsOf } from '../time.ts';
import { MS_PER_S } from '../units.ts';
import { type Arc, arcOf, hourAngleOfAltitudeDeg, type Interval, intersect, nearMeridian, without } from './arc.ts';
import { type MoonPlaceAt, type SunTrack, trackMoon, trackSun } from './lights.ts';
import type { Overheads } from './plan.ts';

/** What is true when a decision is made. */
export interface Circumstances {
  utcMs: number;
  nightEndMs: number;
  observatory: Pick<Observatory, 'site' | 'mount' | 'camera'>;
  telescope: Pick<TelescopeState, 'filter'>;
  conditions: Pick<Conditions, 'moonIllumination' | 'seeingZenith500Arcsec'>;
  /** Seconds until the telescope has settled on a target, from where it is now; throws SlewFailed where it cannot go. */
  slewTimeS: (target: Target) => number;
}

/** Circumstances with what is worked out once for all candidates. */
export interface Outlook extends Circumstances {
  /** From now to the night's end. */
  night: Interval;
  sky: SkyInstant;
  sun: SunTrack;
  moon: (utcMs: number) => MoonPlaceAt;
  overheads: Overheads;
  /** Altitude as the telescope must point, from the altitude without air; degrees. */
  refractedDeg: (altitudeUnrefractedDeg: number) => number;
  /** The inverse of `refractedDeg`. */
  unrefractedDeg: (altitudeRefractedDeg: number) => number;
  /** Altitude through the air at which the airmass has a value; degrees. */
  altitudeOfAirmassDeg: (airmass: number) => number;
  /** When the Sun is at or below an altitude. */
  darkness: (sunAltitudeMaxDeg: number) => Interval[];
}

/** Moving by some arc seconds takes well below a second; settling comes on top. */
const SMALL_MOVE_S = 1;

/** Looks ahead from now to the night's end. Costs a few sky instants, whatever the number of candidates. */
export function createOutlook(circumstances: Circumstances): Outlook {
  const { utcMs, nightEndMs, observatory } = circumstances;
  const { site, mount, camera } = observatory;
  const night = { fromMs: utcMs, toMs: Math.max(utcMs, nightEndMs) };
  const sky = skyAt(utcMs, site);
  const sun = trackSun(night, site);
  const refraction = refractionBy(sky.air);
  return {
    ...circumstances,
    night,
    sky,
    sun,
    moon: trackMoon(utcMs, site),
    overheads: {
      readoutS: camera.readoutS,
      filterChangeS: camera.filterChangeS,
      offsetS: mount.settleS + SMALL_MOVE_S,
    },
    refractedDeg: (altitudeDeg) => Math.min(90, altitudeDeg + refraction(altitudeDeg)),
    unrefractedDeg: remember((altitudeDeg) => unrefractedDeg(altitudeDeg, refraction)),
    altitudeOfAirmassDeg: remember(altitudeOfAirmassDeg),
    darkness: remember((altitudeDeg) => sun.below(altitudeDeg)),
  };
}

/** The way of a target over the night. */
export function arcOfTarget({ sky, utcMs, observatory }: Outlook, { raDeg, decDeg }: Target): Arc {
  return arcOf(sky.horizontal(raDeg, decDeg), utcMs, observatory.site.latitudeDeg);
}

/** Least altitude through the air, degrees, that mount and constraints allow. */
export function altitudeNeededDeg(constraints: Constraints, outlook: Outlook): number {
  return Math.max(
    outlook.observatory.mount.altitudeMinDeg,
    constraints.altitudeMinDeg ?? 0,
    outlook.altitudeOfAirmassDeg(constraints.airmassMax),
  );
}

/**
 * When, between now and the night's end, a target is within the limits that can be foretold: altitude, airmass, hour angle,
 * mount, twilight and windows. Moon, seeing and weather are not looked at. In order of time.
 */
export function observableIntervals(arc: Arc, constraints: Constraints, outlook: Outlook): Interval[] {
  const { night, observatory } = outlook;
  const neededDeg = outlook.unrefractedDeg(altitudeNeededDeg(constraints, outlook));
  const altitudeHourAngleDeg = hourAngleOfAltitudeDeg(arc, neededDeg);
  if (altitudeHourAngleDeg === undefined) return [];
  const hourAngleDeg = Math.min(altitudeHourAngleDeg, (constraints.hourAngleMaxHours ?? 12) * 15);
  let parts = nearMeridian(arc, night, hourAngleDeg);

  const { altitudeMaxDeg } = observatory.mount;
  const tooHighDeg =
    altitudeMaxDeg < 90 ? hourAngleOfAltitudeDeg(arc, outlook.unrefractedDeg(altitudeMaxDeg)) : undefined;
  if (tooHighDeg !== undefined) parts = intersect(parts, without(night, nearMeridian(arc, night, tooHighDeg)));

  parts = intersect(parts, outlook.darkness(TWILIGHT_ALTITUDE_DEG[constraints.twilight]));
  const windows = windowsOf(constraints);
  return windows.length > 0 ? intersect(parts, windows) : parts;
}

/** A request's windows as milliseconds, in order of time; those that touch or overlap are one. None means any time. */
export function windowsOf({ windows }: Pick<Constraints, 'windows'>): Interval[] {
  const merged: Interval[] = [];
  const inOrder = (windows ?? [])
    .map(({ from, to }) => ({ fromMs: utcMsOf(from), toMs: utcMsOf(to) }))
    .sort((a, b) => a.fromMs - b.fromMs);
  for (const window of inOrder) {
    const last = merged.at(-1);
    if (last && window.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, window.toMs);
    else merged.push(window);
  }
  return merged;
}

/** Seconds of an interval. */
export const lengthS = ({ fromMs, toMs }: Interval): number => (toMs - fromMs) / MS_PER_S;

/** Altitude through the air, degrees, 0 to 90, below which the airmass (Kasten & Young) is larger than `airmass`. */
function altitudeOfAirmassDeg(airmass: number): number {
  let [tooLowDeg, highEnoughDeg] = [0, 90];
  if (airmassOf(90 - tooLowDeg) <= airmass) return tooLowDeg;
  // Halvings until the altitude is exact to the last digits.
  for (let halving = 0; halving < 50; halving++) {
    const middleDeg = (tooLowDeg + highEnoughDeg) / 2;
    if (airmassOf(90 - middleDeg) <= airmass) highEnoughDeg = middleDeg;
    else tooLowDeg = middleDeg;
  }
  return highEnoughDeg;
}

/** The same function, which works each value out once. */
function remember<T>(work: (value: number) => T): (value: number) => T {
  const known = new Map<number, T>();
  return (value) => {
    let result = known.get(value);
    if (result === undefined) {
      result = work(value);
      known.set(value, result);
    }
    return result;
  };
}
