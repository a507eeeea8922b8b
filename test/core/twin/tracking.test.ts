import { describe, expect, it } from 'vitest';
import type { Observatory } from '../../../core/records/observatory.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { fieldRotationRateDegPerS } from '../../../core/twin/field-rotation.ts';
import { pointingModel } from '../../../core/twin/pointing.ts';
import { imageMotion } from '../../../core/twin/tracking.ts';
import { smallObservatory } from './observatory.ts';

const beginMs = Date.UTC(2026, 10, 21, 22);
const RAD = Math.PI / 180;
const SIDEREAL = 15.041067;
const { tracking: _, pointing: __, ...plain } = smallObservatory().mount;
const base = { ...smallObservatory(), mount: plain };
type Tracking = NonNullable<Observatory['mount']['tracking']>;
const quiet: Tracking = { rate: 'sidereal', jitterRmsArcsec: 0, windShakeArcsec: 0 };
const withTracking = (tracking: Partial<Tracking>, mount: Partial<Observatory['mount']> = {}): Observatory => ({
  ...base,
  mount: { ...base.mount, ...mount, tracking: { ...quiet, ...tracking } },
});
const sky = skyAt(beginMs, base.site);
const place = sky.icrs(55, 140);
const motion = (observatory: Observatory, more: object = {}) =>
  imageMotion({ observatory, pointing: place, beginMs, exposureTimeS: 300, windSpeedMPerS: 0, ...more });

describe('drift', () => {
  it.each(['ME', 'MA'] as const)('by a polar axis that is out in %s is that of the closed form', (term) => {
    const pointing = { termsRmsArcsec: { [term]: 600 }, runStars: 50, runNoiseArcsec: 1, randomRmsArcsec: 1 };
    const observatory = withTracking({}, { pointing });
    const size = pointingModel(observatory)!.terms[0].trueArcsec;
    const mid = skyAt(beginMs + 150_000, base.site).horizontal(place.raDeg, place.decDeg);
    const h = mid.hourAngleHours * 15 * RAD;
    const d = place.decDeg * RAD;
    const turn = (300 * SIDEREAL) / 3600 / (180 / Math.PI);
    const leaning = motion(observatory);
    const upright = motion(withTracking({}));
    // d(delta)/dh of ME cos h and MA sin h, d(h)/dh of ME sin h tan(delta) and -MA cos h tan(delta); hour angle grows to the west.
    const north = term === 'ME' ? Math.sin(h) : -Math.cos(h);
    const east = term === 'ME' ? Math.cos(h) * Math.sin(d) : Math.sin(h) * Math.sin(d);
    expect(Math.abs(size)).toBeGreaterThan(50);
    // Declination of date, and refraction in the place of the tube: half a percent.
    expect(leaning.driftNorthArcsec - upright.driftNorthArcsec).toBeCloseTo(size * turn * north, 1);
    expect(leaning.driftEastArcsec - upright.driftEastArcsec).toBeCloseTo(size * turn * east, 1);
  });

  it('at the sidereal rate is that of the refraction, on the meridian along the hour angle alone', () => {
    // R = k tan z: with tan z (sin q, cos q) = (cos phi sin h, ...) / sin(alt), on the meridian the lift to the east grows by
    // k cos(phi) / sin(alt) times the turn, and the star runs ahead to the west: the mount, slower by nothing, is left in the east.
    const raDeg = sky.lmstHours * 15;
    const pointing = { raDeg, decDeg: -10 };
    const { altitudeRefractedDeg, altitudeUnrefractedDeg } = sky.horizontal(raDeg, -10);
    const lift = (altitudeRefractedDeg - altitudeUnrefractedDeg) * 3600;
    const k = lift * Math.tan(altitudeUnrefractedDeg * RAD);
    const turn = (300 * SIDEREAL) / 3600 / (180 / Math.PI);
    const drift = imageMotion({
      observatory: withTracking({}),
      pointing,
      beginMs: beginMs - 150_000,
      exposureTimeS: 300,
      windSpeedMPerS: 0,
    });
    const east = (k * Math.cos(base.site.latitudeDeg * RAD) * turn) / Math.sin(altitudeUnrefractedDeg * RAD);
    expect(Math.abs(drift.driftEastArcsec)).toBeCloseTo(east, 1);
    expect(drift.driftEastArcsec).toBeLessThan(0);
    // Precession of 27 years has moved the star from the meridian by a third of a degree.
    expect(Math.abs(drift.driftNorthArcsec)).toBeLessThan(0.05);
  });

  it('of a mount that follows its model is what the fit left', () => {
    const pointing = { termsRmsArcsec: { ME: 600, MA: 600 }, runStars: 50, runNoiseArcsec: 1, randomRmsArcsec: 1 };
    const sidereal = motion(withTracking({}, { pointing }));
    const modelled = motion(withTracking({ rate: 'model' }, { pointing }));
    expect(Math.hypot(sidereal.driftEastArcsec, sidereal.driftNorthArcsec)).toBeGreaterThan(1);
    // Errors of some 0.2 arcsec in each term, times 0.022 rad.
    expect(Math.hypot(modelled.driftEastArcsec, modelled.driftNorthArcsec)).toBeLessThan(0.03);
    // The field turns all the same.
    expect(modelled.rotationDeg).toBe(sidereal.rotationDeg);
  });
});

describe('the periodic error', () => {
  const amplitudeArcsec = 12;
  const worm = (exposureTimeS: number, periodS: number) =>
    motion(withTracking({ rate: 'model', periodic: { amplitudeArcsec, periodS } }), { exposureTimeS });

  it('over whole periods has the variance of a sine, half the square of its amplitude', () => {
    const { moments, driftEastArcsec } = worm(960, 480);
    expect(driftEastArcsec).toBe(0);
    expect(moments.eastEast).toBeCloseTo((amplitudeArcsec * Math.cos(place.decDeg * RAD)) ** 2 / 2, 9);
    expect(moments.northNorth).toBe(0);
  });

  it('over a part of a period, and with a drift, has the moments that adding up gives', () => {
    const pointing = { termsRmsArcsec: { ME: 600, MA: 600 }, runStars: 50, runNoiseArcsec: 1, randomRmsArcsec: 1 };
    const periodic = { amplitudeArcsec, periodS: 480 };
    const all = motion(withTracking({ periodic }, { pointing }));
    // Where the worm is in each half second: time times mean, to its end less to its beginning.
    const worm = withTracking({ rate: 'model', periodic });
    const steps = 600;
    const path: [number, number][] = [];
    let before = 0;
    for (let i = 1; i <= steps; i++) {
      const sum = i * motion(worm, { exposureTimeS: (300 * i) / steps }).meanEastArcsec;
      const share = (i - 0.5) / steps;
      path.push([sum - before + share * all.driftEastArcsec, share * all.driftNorthArcsec]);
      before = sum;
    }
    const mean = (axis: 0 | 1) => path.reduce((sum, point) => sum + point[axis], 0) / steps;
    const moment = (a: 0 | 1, b: 0 | 1) =>
      path.reduce((sum, point) => sum + (point[a] - mean(a)) * (point[b] - mean(b)), 0) / steps;
    expect(all.meanEastArcsec).toBeCloseTo(mean(0), 2);
    expect(all.meanNorthArcsec).toBeCloseTo(mean(1), 4);
    expect(all.moments.eastEast / moment(0, 0)).toBeCloseTo(1, 3);
    expect(all.moments.eastNorth / moment(0, 1)).toBeCloseTo(1, 3);
    expect(all.moments.northNorth / moment(1, 1)).toBeCloseTo(1, 3);
  });

  it('comes back with the place of the axis, half a turn away on the other side of the pier', () => {
    // A worm of 479.69 s is 1/180 of a turn: half a turn of the axis is 90 turns of it.
    const periodS = (2 * 3600) / SIDEREAL;
    const observatory = withTracking({ periodic: { amplitudeArcsec, periodS } });
    const east = motion(observatory, { exposureTimeS: 60, pierSide: 'east' });
    expect(motion(observatory, { exposureTimeS: 60, pierSide: 'west' }).meanEastArcsec).toBeCloseTo(
      east.meanEastArcsec,
      6,
    );
  });
});

describe('jitter', () => {
  it('adds vibration and wind in squares, the wind with the square of its speed', () => {
    const shaking = withTracking({ rate: 'model', jitterRmsArcsec: 0.3, windShakeArcsec: 0.4 });
    expect(motion(shaking, { windSpeedMPerS: 10 }).jitterRmsArcsec).toBeCloseTo(0.5, 12);
    expect(motion(shaking, { windSpeedMPerS: 5 }).jitterRmsArcsec).toBeCloseTo(Math.hypot(0.3, 0.1), 12);
    const { moments, fwhmArcsec } = motion(shaking, { windSpeedMPerS: 10 });
    expect(moments).toEqual({ eastEast: expect.closeTo(0.25, 12), northNorth: expect.closeTo(0.25, 12), eastNorth: 0 });
    expect(fwhmArcsec).toBeCloseTo(2.354820045 * 0.5, 8);
  });

  it('is all that a guider leaves', () => {
    const pointing = { termsRmsArcsec: { ME: 600, MA: 600 }, runStars: 50, runNoiseArcsec: 1, randomRmsArcsec: 1 };
    const periodic = { amplitudeArcsec: 12, periodS: 480 };
    const guided = motion(withTracking({ periodic, jitterRmsArcsec: 0.3, guider: { rmsArcsec: 0.4 } }, { pointing }));
    expect(guided).toMatchObject({ driftEastArcsec: 0, driftNorthArcsec: 0, meanEastArcsec: 0 });
    expect(guided.jitterRmsArcsec).toBeCloseTo(0.5, 12);
  });
});

describe('no motion', () => {
  it('without the section, with the effect off, and in no time', () => {
    const shaking = withTracking({ jitterRmsArcsec: 1, periodic: { amplitudeArcsec: 5, periodS: 480 } });
    for (const still of [
      motion(base),
      motion({ ...shaking, without: ['trackingError'] }),
      motion(shaking, { exposureTimeS: 0 }),
    ]) {
      expect(still.fwhmArcsec).toBe(0);
      expect(still.moments).toEqual({ eastEast: 0, northNorth: 0, eastNorth: 0 });
      expect([still.driftEastArcsec, still.driftNorthArcsec, still.meanEastArcsec, still.rotationDeg]).toEqual([
        0, 0, 0, 0,
      ]);
    }
  });

  it('but the turning of the field of an altAz mount without a derotator', () => {
    const turning = { ...base, mount: { ...base.mount, kind: 'altAz' as const, fieldRotates: true } };
    const rate = fieldRotationRateDegPerS({ latitudeDeg: base.site.latitudeDeg, altitudeDeg: 55, azimuthDeg: 140 });
    expect(motion(turning, { exposureTimeS: 60 }).rotationDeg / (60 * rate)).toBeCloseTo(1, 1);
  });
});
