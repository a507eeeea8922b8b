import { describe, expect, it } from 'vitest';
import { SlewFailed } from '../../../core/errors.ts';
import type { TelescopeState } from '../../../core/records/night.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { offsetTimeS, parkedTelescope, parkTelescope, slewTelescope, stopTracking } from '../../../core/twin/mount.ts';
import { smallObservatory } from './observatory.ts';

const utcMs = Date.UTC(2026, 10, 21, 22, 0, 0);
const observatory = smallObservatory();
const altAz = smallObservatory({ mount: { kind: 'altAz' } });
const sky = skyAt(utcMs, observatory.site);
const standing = (altitudeDeg: number, azimuthDeg: number): TelescopeState => ({
  tracking: null,
  altitudeDeg,
  azimuthDeg,
  domeAzimuthDeg: azimuthDeg,
  domeOpen: true,
  filter: 'r',
});
/** On a place, the dome with it. */
const following = (raDeg: number, decDeg: number): TelescopeState => ({
  ...standing(0, 0),
  tracking: { raDeg, decDeg },
});

describe('a slew', () => {
  it('from the park position opens the dome meanwhile, which takes longest', () => {
    const target = sky.icrs(50, 120);
    const from = parkedTelescope(observatory);
    const { durationS, axisTimesS, at, telescope } = slewTelescope({ observatory, from, target, utcMs });
    expect(durationS).toBe(60);
    expect(axisTimesS.dome).toBe(60);
    expect(axisTimesS.settle).toBe(2);
    const arrived = skyAt(utcMs + 60_000, observatory.site).horizontal(target.raDeg, target.decDeg);
    expect(at.altitudeDeg).toBeCloseTo(arrived.altitudeRefractedDeg, 9);
    expect(at.azimuthDeg).toBeCloseTo(arrived.azimuthDeg, 9);
    expect(telescope).toEqual({ ...from, ...at, tracking: target, domeAzimuthDeg: at.azimuthDeg, domeOpen: true });
  });

  it('of an equatorial mount along the equator turns the hour angle alone', () => {
    // 20 deg at 5 deg/s, 2.5 deg/s^2, 10 deg/s^3: 20/5 + 5/2.5 + 2.5/10 = 6.25 s. Precession tilts the path by some 0.1 deg.
    const target = { raDeg: sky.lmstHours * 15 + 10, decDeg: 0 };
    const from = following(sky.lmstHours * 15 - 10, 0);
    const { axisTimesS } = slewTelescope({ observatory, from, target, utcMs });
    expect(axisTimesS.longitude).toBeCloseTo(6.25, 1);
    expect(axisTimesS.latitude).toBeLessThan(0.8);
  });

  it('of an equatorial mount along the meridian turns the declination alone', () => {
    // 8 deg, too few for full speed: 0.25 + sqrt(0.0625 + 4 * 8 / 2.5) = 3.84 s.
    const raDeg = sky.lmstHours * 15;
    const { axisTimesS } = slewTelescope({
      observatory,
      from: following(raDeg, 10),
      target: { raDeg, decDeg: 18 },
      utcMs,
    });
    expect(axisTimesS.latitude).toBeCloseTo(0.25 + Math.sqrt(12.8625), 1);
    expect(axisTimesS.longitude).toBeLessThan(0.9);
  });

  it('of an altazimuth mount goes the short way round through north', () => {
    const from = standing(40, 350);
    const { axisTimesS } = slewTelescope({ observatory: altAz, from, target: sky.icrs(40, 14), utcMs });
    // 24 deg: 24/5 + 2 + 0.25 s; the dome 24/4 + 4/1 + 1 s of settling.
    expect(axisTimesS.longitude).toBeCloseTo(7.05, 1);
    expect(axisTimesS.dome).toBeCloseTo(11, 1);
    expect(axisTimesS.latitude).toBeLessThan(0.5);
  });

  it('lasts as long as its slowest part: settling follows the mount, not the dome', () => {
    const still = { ...altAz, dome: { ...altAz.dome, azimuthAxis: { speedDegPerS: 90, accelerationDegPerS2: 900 } } };
    const { durationS, axisTimesS } = slewTelescope({
      observatory: still,
      from: standing(30, 90),
      target: sky.icrs(60, 90),
      utcMs,
    });
    expect(axisTimesS.latitude).toBeGreaterThan(axisTimesS.longitude);
    expect(durationS - axisTimesS.latitude - 2).toBeGreaterThanOrEqual(0);
    expect(durationS - axisTimesS.latitude - 2).toBeLessThan(0.001);
  });

  it('catches a target that runs away from a slow mount', () => {
    // From rest on the meridian, 10 deg behind: the mount gains 0.01 deg/s less the sidereal 15.0411 arcsec/s.
    const slow = { speedDegPerS: 0.01, accelerationDegPerS2: 1 };
    const mount = { longitudeAxis: slow, latitudeAxis: slow, settleS: 0 };
    const dome = { ...observatory.dome, azimuthAxis: { speedDegPerS: 90, accelerationDegPerS2: 900 } };
    const { durationS, axisTimesS, at } = slewTelescope({
      observatory: { ...smallObservatory({ mount }), dome },
      from: standing(61.2394, 180),
      target: { raDeg: sky.lmstHours * 15 - 10.34, decDeg: 0 },
      utcMs,
    });
    const endMs = utcMs + durationS * 1000;
    const hourAngleDeg = skyAt(endMs, observatory.site).horizontal(sky.lmstHours * 15 - 10.34, 0).hourAngleHours * 15;
    expect(axisTimesS.longitude).toBeCloseTo(durationS, 2);
    expect(Math.abs(durationS - 10 / (0.01 - 15.0411 / 3600))).toBeLessThan(10);
    expect(hourAngleDeg).toBeCloseTo(0.01 * durationS, 1);
    expect(at.altitudeDeg).toBeLessThan(61);
  });

  it('to where the telescope is takes no time', () => {
    const from = following(sky.lmstHours * 15, 10);
    const { durationS, axisTimesS } = slewTelescope({ observatory, from, target: from.tracking!, utcMs });
    expect(durationS).toBe(0);
    expect(axisTimesS).toEqual({ longitude: 0, latitude: 0, dome: 0, settle: 0 });
  });

  it.each([
    [10, 15, 90],
    [88, 15, 86.5],
    [-30, 15, 90],
  ])('to altitude %d is refused by limits of %d and %d', (altitudeDeg, altitudeMinDeg, altitudeMaxDeg) => {
    const limited = smallObservatory({ mount: { altitudeMinDeg, altitudeMaxDeg } });
    const target = sky.icrs(altitudeDeg, 100);
    const act = () => slewTelescope({ observatory: limited, from: standing(60, 100), target, utcMs });
    expect(act).toThrow(SlewFailed);
    expect(act).toThrow(/altitude -?\d+\.\d\d deg on arrival; the mount reaches/);
    expect(act).toThrow(`${altitudeMinDeg} to ${altitudeMaxDeg} deg`);
  });
});

describe('an offset', () => {
  it('of a minute of arc takes the longer axis and the settling', () => {
    // 4 (d / 2 j)^(1/3) with d = 1/60 deg and j = 10 deg/s^3, then 2 s.
    const from = { raDeg: sky.lmstHours * 15, decDeg: 20 };
    const timeS = offsetTimeS({ observatory, from, to: { ...from, decDeg: 20 + 1 / 60 }, utcMs });
    expect(timeS).toBeCloseTo(4 * Math.cbrt(1 / 60 / 20) + 2, 2);
  });

  it('to the same place takes no time', () => {
    const from = { raDeg: 10, decDeg: 20 };
    expect(offsetTimeS({ observatory, from, to: { ...from }, utcMs })).toBe(0);
  });
});

describe('the end of the night', () => {
  it('parks the telescope and closes the dome, keeping the filter', () => {
    const from = { ...following(sky.lmstHours * 15, 10), filter: 'i' };
    const { durationS, at, telescope } = parkTelescope({ observatory, from, utcMs });
    expect(durationS).toBe(60);
    expect(at).toEqual({ altitudeDeg: 20, azimuthDeg: 0 });
    expect(telescope).toEqual({ ...parkedTelescope(observatory), filter: 'i' });
  });

  it('takes no time when all is parked and closed', () => {
    expect(parkTelescope({ observatory, from: parkedTelescope(observatory), utcMs }).durationS).toBe(0);
  });

  it('a telescope that stops tracking stands where it pointed, its dome too', () => {
    const place = sky.icrs(50, 120);
    const stopped = stopTracking(observatory, following(place.raDeg, place.decDeg), utcMs);
    expect(stopped.tracking).toBeNull();
    expect(stopped.altitudeDeg).toBeCloseTo(50, 6);
    expect(stopped.azimuthDeg).toBeCloseTo(120, 6);
    expect(stopped.domeAzimuthDeg).toBe(stopped.azimuthDeg);
    expect(stopTracking(observatory, stopped, utcMs + 3_600_000)).toEqual(stopped);
  });
});
