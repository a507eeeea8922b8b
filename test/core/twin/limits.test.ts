import { describe, expect, it } from 'vitest';
import { SlewFailed } from '../../../core/errors.ts';

import type { TelescopeState } from '../../../core/records/night.ts';
import { observatory as schema } from '../../../core/records/observatory.ts';
import { separationDeg } from '../../../core/sky/angles.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { fieldRotationDeg, fieldRotationRateDegPerS } from '../../../core/twin/field-rotation.ts';
import { lowestAltitudeDeg } from '../../../core/twin/horizon.ts';
import { meridianFlip, parkedTelescope, parkTelescope, slewTelescope, stopTracking } from '../../../core/twin/mount.ts';
import { projectionOf } from '../../../core/twin/projection.ts';
import { slewCourse } from '../../../core/twin/slew-course.ts';
import { smallObservatory } from './observatory.ts';

const utcMs = Date.UTC(2026, 10, 21, 22);
const sky = skyAt(utcMs, smallObservatory().site);
const lstDeg = sky.lmstHours * 15;
const standing = (altitudeDeg: number, azimuthDeg: number, more: Partial<TelescopeState> = {}): TelescopeState => ({
  tracking: null,
  altitudeDeg,
  azimuthDeg,
  domeAzimuthDeg: azimuthDeg,
  domeOpen: true,
  filter: 'r',
  ...more,
});

describe('a cable wrap', () => {
  const wrapped = smallObservatory({ mount: { kind: 'altAz', azimuthRangeDeg: { min: -270, max: 270 } } });

  it('lets the azimuth pass north as long as there is cable', () => {
    const from = standing(40, 350, { azimuthAxisDeg: -10 });
    const { telescope, axisTimesS } = slewTelescope({ observatory: wrapped, from, target: sky.icrs(40, 14), utcMs });
    expect(telescope.azimuthAxisDeg).toBeCloseTo(14, 0);
    // 24 deg at 5 deg/s, 2.5 deg/s^2, 10 deg/s^3: 24/5 + 2 + 0.25 s.
    expect(axisTimesS.longitude).toBeCloseTo(7.05, 1);
  });

  it('sends it the long way round when the short one runs into the stop', () => {
    // At +260, 24 deg more would be 284: the way back is 336 deg, 336/5 + 2 + 0.25 s. The dome goes on for 24 deg.
    const from = standing(40, 260, { azimuthAxisDeg: 260 });
    const target = sky.icrs(40, 284);
    const { telescope, axisTimesS, durationS } = slewTelescope({ observatory: wrapped, from, target, utcMs });
    expect(telescope.azimuthAxisDeg).toBeCloseTo(-76, 0);
    expect(axisTimesS.longitude).toBeCloseTo(336 / 5 + 2.25, 0);
    expect(axisTimesS.dome).toBeLessThan(12);
    expect(durationS).toBeGreaterThan(axisTimesS.longitude);
  });

  it('is followed while the mount tracks, and remembered when it stands', () => {
    const target = sky.icrs(40, 100);
    const slew = slewTelescope({
      observatory: wrapped,
      from: standing(40, 90, { azimuthAxisDeg: -270 }),
      target,
      utcMs,
    });
    const hour = stopTracking(wrapped, slew.telescope, utcMs + 3_600_000);
    expect(slew.telescope.azimuthAxisDeg).toBeCloseTo(-260, 0);
    expect(hour.azimuthAxisDeg! - (hour.azimuthDeg - 360)).toBeCloseTo(0, 9);
    expect(hour.azimuthAxisDeg).toBeGreaterThan(slew.telescope.azimuthAxisDeg!);
  });

  it('that reaches only a part of the circle refuses the rest', () => {
    const half = smallObservatory({ mount: { kind: 'altAz', azimuthRangeDeg: { min: 10, max: 190 } } });
    const act = () => slewTelescope({ observatory: half, from: standing(40, 90), target: sky.icrs(40, 270), utcMs });
    expect(act).toThrow(SlewFailed);
    expect(act).toThrow(/azimuth 270\.\d\d deg on arrival; the mount turns from 10 to 190 deg/);
  });
});

describe('the horizon', () => {
  const { mount } = smallObservatory({
    mount: {
      altitudeMinDeg: 15,
      horizon: [
        { azimuthDeg: 80, altitudeDeg: 20 },
        { azimuthDeg: 100, altitudeDeg: 40 },
        { azimuthDeg: 350, altitudeDeg: 10 },
      ],
    },
  });

  it.each([
    [80, 20],
    [90, 30],
    [100, 40],
    [225, 25],
    [350, 15],
    // From 350 over north to 80 it grows from 10 to 20: 90 deg, a ninth of a degree each; below 15 the mount's limit counts.
    [10, 15],
    [53, 17],
    [-307, 17],
    [440, 20],
  ])('stands at azimuth %d at %d deg', (azimuthDeg, altitudeDeg) => {
    expect(lowestAltitudeDeg(mount, azimuthDeg)).toBeCloseTo(altitudeDeg, 12);
  });

  it('of one point is the same all around', () => {
    const flat = { ...mount, horizon: [{ azimuthDeg: 123, altitudeDeg: 22 }] };
    for (const azimuthDeg of [0, 122, 123, 124, 359]) expect(lowestAltitudeDeg(flat, azimuthDeg)).toBe(22);
  });

  it('hides what is behind it', () => {
    const observatory = { ...smallObservatory(), mount };
    const slewTo = (altitudeDeg: number) =>
      slewTelescope({ observatory, from: standing(60, 100), target: sky.icrs(altitudeDeg, 100), utcMs });
    expect(slewTo(42).at.altitudeDeg).toBeGreaterThan(40);
    expect(() => slewTo(38)).toThrow(
      /altitude 38\.\d\d deg on arrival; the mount reaches .* above the horizon at azimuth/,
    );
  });
});

describe('a German mount', () => {
  const german = smallObservatory({ mount: { german: { hourAngleLimitDeg: 5, flipS: 40 } } });
  const at = (hourAngleDeg: number, decDeg: number) => ({ raDeg: (lstDeg - hourAngleDeg + 360) % 360, decDeg });
  const parked = { ...parkedTelescope(german), domeOpen: true };
  const onto = (from: TelescopeState, hourAngleDeg: number, decDeg: number, stayS = 0) =>
    slewTelescope({ observatory: german, from, target: at(hourAngleDeg, decDeg), utcMs, stayS });

  it('takes the side from which it can follow, and flips the camera there', () => {
    const west = onto({ ...parked, pierSide: 'east' }, -40, 20);
    expect(west.telescope).toMatchObject({ pierSide: 'west', cameraTurned: true });
    expect(west.axisTimesS.flip).toBe(40);
    const east = onto(west.telescope, 40, 20);
    expect(east.telescope).toMatchObject({ pierSide: 'east', cameraTurned: false });
    // Hour-angle axis from -40 + 180 to 40, declination axis from 180 - 20 to 20: 140 deg take 140/5 + 2 + 0.25 s.
    expect(east.axisTimesS.longitude).toBeCloseTo(20 + 2.25, 0);
    expect(east.axisTimesS.latitude).toBeCloseTo(28 + 2.25, 0);
    expect(east.durationS - east.axisTimesS.latitude).toBeCloseTo(2 + 40, 2);
  });

  it('stays on its side within the limit of the meridian', () => {
    const west = onto({ ...parked, pierSide: 'west' }, -2, 20);
    const still = onto(west.telescope, 3, 20);
    expect(still.telescope.pierSide).toBe('west');
    expect(still.axisTimesS.flip).toBeUndefined();
    expect(onto(west.telescope, 6, 20).telescope.pierSide).toBe('east');
  });

  it('flips before a stay that would take it past the limit', () => {
    // From hour angle 2 to the limit at 5 deg it is 12 minutes.
    const west = onto({ ...parked, pierSide: 'west' }, 2, 20);
    const endMs = utcMs + west.durationS * 1000;
    const flip = (stayS: number) =>
      meridianFlip({ observatory: german, telescope: west.telescope, utcMs: endMs, stayS });
    expect(west.telescope.pierSide).toBe('west');
    expect(flip(600)).toBeUndefined();
    expect(flip(900)?.telescope).toMatchObject({ pierSide: 'east', tracking: west.telescope.tracking });
    expect(flip(900)?.durationS).toBeGreaterThan(40 + 180 / 5);
    expect(onto({ ...parked, pierSide: 'west' }, 2, 20, 900).telescope.pierSide).toBe('east');
  });

  it('begins a stay across the meridian on the side that is free, however long', () => {
    const east = { ...parked, pierSide: 'east' as const };
    expect(onto(east, -20, 20, 7200).telescope.pierSide).toBe('west');
    expect(onto({ ...parked, pierSide: 'west' }, -20, 20, 7200).telescope.pierSide).toBe('west');
  });

  it('keeps no side in the state of a fork, which never flips', () => {
    const fork = smallObservatory();
    const slew = slewTelescope({ observatory: fork, from: standing(60, 100), target: at(20, 20), utcMs });
    expect(Object.keys(slew.telescope)).not.toContain('pierSide');
    expect(meridianFlip({ observatory: fork, telescope: slew.telescope, utcMs, stayS: 1e5 })).toBeUndefined();
  });

  it('shows the flip in the frame: what was lower left is upper right', () => {
    const pointing = { raDeg: 50, decDeg: 20 };
    const instant = skyAt(utcMs, german.site);
    const field = (cameraTurned: boolean) => {
      const rotationDeg = fieldRotationDeg({ observatory: german, telescope: { cameraTurned }, pointing, utcMs });
      return projectionOf({ observatory: german, pointing, instant, filter: german.filters[0], rotationDeg });
    };
    const corner = field(false).skyOf(0, 0);
    const opposite = field(true).skyOf(255, 255);
    expect(separationDeg(corner.raDeg, corner.decDeg, opposite.raDeg, opposite.decDeg)).toBeLessThan(1e-9);
  });
});

describe('the rotator', () => {
  const upright = smallObservatory({
    mount: { kind: 'altAz' },
    telescope: {
      rotator: { axis: { speedDegPerS: 3.5, accelerationDegPerS2: 1, jerkDegPerS3: 4 }, minDeg: -90, maxDeg: 90 },
    },
  });

  it('turns the camera upside down where its range ends', () => {
    // South-west the parallactic angle is some 45 deg; at -60 upright would ask for -45, upside down for 135, beyond the range.
    const target = sky.icrs(40, 240);
    const { parallacticAngleDeg } = sky.horizontal(target.raDeg, target.decDeg);
    const near = slewTelescope({ observatory: upright, from: standing(45, 240, { rotatorDeg: -60 }), target, utcMs });
    expect(near.telescope.cameraTurned).toBe(false);
    expect(near.telescope.rotatorDeg).toBeCloseTo(-parallacticAngleDeg, 0);
    const far = slewTelescope({ observatory: upright, from: standing(45, 240, { rotatorDeg: 88 }), target, utcMs });
    expect(far.telescope.cameraTurned).toBe(false);
    const turned = {
      ...upright,
      camera: { ...upright.camera, positionAngleDeg: parallacticAngleDeg - 170 },
    };
    // Upright is at -170 or 190, out of range; upside down at 10.
    const down = slewTelescope({ observatory: turned, from: standing(45, 240, { rotatorDeg: 0 }), target, utcMs });
    expect(down.telescope.cameraTurned).toBe(true);
    expect(down.telescope.rotatorDeg).toBeCloseTo(10, 0);
  });

  it('parks at 0, and takes its time for it', () => {
    const from = { ...parkedTelescope(upright), rotatorDeg: 70 };
    const park = parkTelescope({ observatory: upright, from, utcMs });
    // 70 deg at 3.5 deg/s, 1 deg/s^2, 4 deg/s^3: 70/3.5 + 3.5 + 0.25 s.
    expect(park.durationS).toBeCloseTo(23.75, 3);
    expect(park.telescope.rotatorDeg).toBe(0);
  });
});

describe('the field of an altAz mount without a derotator', () => {
  const turning = smallObservatory({ mount: { kind: 'altAz', fieldRotates: true } });

  it.each([
    [40, 100],
    [60, 200],
    [70, 300],
    [50, 10],
  ])('at altitude %d, azimuth %d turns at the rate of the closed form', (altitudeDeg, azimuthDeg) => {
    const pointing = sky.icrs(altitudeDeg, azimuthDeg);
    const at = (offsetS: number) =>
      fieldRotationDeg({ observatory: turning, telescope: {}, pointing, utcMs: utcMs + offsetS * 1000 });
    const { latitudeDeg } = turning.site;
    const rate = fieldRotationRateDegPerS({ latitudeDeg, altitudeDeg, azimuthDeg });
    // Refraction moves the altitude by some hundredths of a degree; the rate is that of the sky without air.
    expect((at(30) - at(-30)) / 60 / rate).toBeCloseTo(1, 2);
  });
});

describe('the course of a slew', () => {
  it('begins where the axes stood and ends where they stop, each within its own time', () => {
    const observatory = smallObservatory();
    const from = standing(30, 80);
    const target = sky.icrs(60, 200);
    const slew = slewTelescope({ observatory, from, target, utcMs });
    const course = slewCourse(observatory, slew);
    const end = course.at(slew.durationS);
    expect(course.at(0).domeAzimuth).toBe(80);
    expect(end.domeAzimuth).toBeCloseTo(slew.at.azimuthDeg, 9);
    const arrived = skyAt(utcMs + slew.durationS * 1000, observatory.site).horizontal(target.raDeg, target.decDeg);
    // As the mount counts it, through the air: refraction lifts the target by half a minute of arc.
    expect(end.longitude).toBeCloseTo(arrived.hourAngleHours * 15, 1);
    expect(course.at(slew.axisTimesS.longitude).longitude).toBeCloseTo(end.longitude!, 9);
    expect(course.at(slew.axisTimesS.longitude - 0.5).longitude).not.toBeCloseTo(end.longitude!, 4);
    expect(course.at(1e6)).toEqual(end);
  });

  it('goes on with the sky when the mount follows it', () => {
    const observatory = smallObservatory({ mount: { german: { hourAngleLimitDeg: 5, flipS: 0 } } });
    const from = { ...standing(0, 0), tracking: { raDeg: (lstDeg - 20) % 360, decDeg: 10 }, pierSide: 'east' as const };
    const slew = slewTelescope({ observatory, from, target: { raDeg: (lstDeg - 20) % 360, decDeg: 50 }, utcMs });
    const course = slewCourse(observatory, slew);
    const [begin, end] = [course.at(0), course.at(slew.durationS)];
    expect(end.latitude! - begin.latitude!).toBeCloseTo(40, 1);
    expect((end.longitude! - begin.longitude!) / slew.durationS).toBeGreaterThan(0.004);
    expect(slew.turns.find(({ axis }) => axis === 'longitude')!.driftDeg / slew.durationS).toBeCloseTo(0.004178, 5);
  });
});

describe('the schema of the mount', () => {
  const parse = (mount: object, telescope: object = {}) => {
    const base = smallObservatory();
    const { pointing: _, tracking: __, ...bare } = base.mount;
    const result = schema.safeParse({
      ...base,
      mount: { ...bare, ...mount },
      telescope: { ...base.telescope, ...telescope },
    });
    return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  const rotator = { axis: { speedDegPerS: 1, accelerationDegPerS2: 1 }, minDeg: -90, maxDeg: 90 };

  it.each([
    [{ azimuthRangeDeg: { min: -90, max: 270 } }, 'mount.azimuthRangeDeg: only an altAz'],
    [{ kind: 'altAz', azimuthRangeDeg: { min: 90, max: 90 } }, 'mount.azimuthRangeDeg.min: must be below max, 90'],
    [{ kind: 'altAz', german: { hourAngleLimitDeg: 1, flipS: 1 } }, 'mount.german: only an equatorial'],
    [{ fieldRotates: true }, 'mount.fieldRotates: only an altAz'],
    [
      {
        horizon: [
          { azimuthDeg: 5, altitudeDeg: 1 },
          { azimuthDeg: 5, altitudeDeg: 2 },
        ],
      },
      'mount.horizon.1.azimuthDeg: must be larger',
    ],
    [
      { kind: 'altAz', tracking: { rate: 'sidereal', jitterRmsArcsec: 0, windShakeArcsec: 0 } },
      'mount.tracking.rate: an altAz',
    ],
    [
      { pointing: { termsRmsArcsec: { AN: 1 }, runStars: 20, runNoiseArcsec: 1, randomRmsArcsec: 1 } },
      'mount.pointing.termsRmsArcsec.AN: no term of this kind of mount; must be one of IH, ID',
    ],
  ])('refuses %j', (mount, message) => {
    expect(parse(mount).join('\n')).toContain(message);
  });

  it('knows the rotator as part of an altAz mount that turns at least half a circle', () => {
    expect(parse({ kind: 'altAz' }, { rotator })).toEqual([]);
    expect(parse({}, { rotator })).toEqual([expect.stringContaining('telescope.rotator: belongs to an altAz mount')]);
    expect(parse({ kind: 'altAz' }, { rotator: { ...rotator, maxDeg: 80 } })).toEqual([
      expect.stringContaining('must be at least 180 above minDeg'),
    ]);
  });
});
