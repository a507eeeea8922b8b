import { describe, expect, it } from 'vitest';
import { skyToPixel } from '../../../core/gnomonic.ts';
import { telescopeState } from '../../../core/records/night.ts';
import type { Effect, Observatory } from '../../../core/records/observatory.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import type { StarCatalogue } from '../../../core/sky/stars.ts';
import { parkedTelescope } from '../../../core/twin/mount.ts';
import { pointingOffset } from '../../../core/twin/pointing.ts';
import { type Exposure, expectedLight, renderFrame } from '../../../core/twin/render.ts';
import { smallObservatory } from './observatory.ts';

const midMs = Date.UTC(2026, 10, 10, 23, 30);
const whole = smallObservatory({
  mount: {
    pointing: { termsRmsArcsec: { CH: 40, ME: 60 }, runStars: 20, runNoiseArcsec: 1, randomRmsArcsec: 10 },
    tracking: {
      rate: 'sidereal',
      jitterRmsArcsec: 0.5,
      windShakeArcsec: 2,
      periodic: { amplitudeArcsec: 4, periodS: 300 },
    },
  },
});
const pointing = skyAt(midMs, whole.site).icrs(60, 140);
const columns = {
  count: 1,
  raDeg: Float64Array.of(pointing.raDeg),
  decDeg: Float64Array.of(pointing.decDeg),
  vMag: Float32Array.of(12),
  bMinusV: Float32Array.of(0.6),
};
const star: StarCatalogue = {
  count: 1,
  epochJulianYear: midMs / 31_557_600_000 + 1970,
  vFaintest: 99,
  cone: () => columns,
};

const exposure = (observatory: Observatory, changes: Partial<Exposure> = {}): Exposure => ({
  observatory,
  filter: 'r',
  imageType: 'object',
  exposureTimeS: 60,
  pointing,
  domeOpen: true,
  midMs,
  conditions: {
    sunAltitudeDeg: -50,
    cloudExtinctionMag: 0,
    seeingZenith500Arcsec: 0.76,
    windSpeedMPerS: 8,
    temperatureC: 2,
  },
  seed: 5,
  exposureId: 'x1',
  focusUm: 120,
  sky: { stars: [star], galaxies: { count: 0, cone: () => [] } },
  ...changes,
});

/** The observatory as if it had never heard of an effect. */
function lacking(effect: Effect): Observatory {
  const { pointing: pointingErrors, tracking, ...mount } = whole.mount;
  const { focus, ...telescope } = whole.telescope;
  return {
    ...whole,
    mount: {
      ...mount,
      ...(effect !== 'pointingError' && pointingErrors && { pointing: pointingErrors }),
      ...(effect !== 'trackingError' && tracking && { tracking }),
    },
    telescope: { ...telescope, ...(effect !== 'focusError' && focus && { focus }) },
  };
}

describe('an error of the telescope', () => {
  it.each<Effect>(['pointingError', 'trackingError', 'focusError'])('%s leaves no trace when it is off', (effect) => {
    const off = renderFrame(exposure({ ...whole, without: [effect] }));
    const absent = renderFrame(exposure(lacking(effect)));
    const on = renderFrame(exposure(whole));
    expect(off.frame.pixels).toEqual(absent.frame.pixels);
    expect(off.wcs).toEqual(absent.wcs);
    expect(on.frame.pixels).not.toEqual(off.frame.pixels);
  });

  it('of the pointing moves the field, and its coordinates with it', () => {
    const observatory: Observatory = { ...whole, without: ['trackingError'] };
    const { electrons, wcs, sky } = expectedLight(exposure(observatory));
    const { eastArcsec, northArcsec } = pointingOffset({
      observatory,
      seed: 5,
      key: 'x1',
      target: pointing,
      utcMs: midMs,
    });
    const cos = Math.cos((pointing.decDeg * Math.PI) / 180);
    expect((sky!.centre.decDeg - pointing.decDeg) * 3600).toBeCloseTo(northArcsec, 1);
    expect((sky!.centre.raDeg - pointing.raDeg) * 3600 * cos).toBeCloseTo(eastArcsec, 1);
    // The star stands at the place that was asked for: its light is where the frame's coordinates have it.
    const { x, y } = skyToPixel(wcs!, pointing.raDeg, pointing.decDeg)!;
    const brightest = electrons.reduce((best, value, i) => (value > electrons[best] ? i : best), 0);
    expect(Math.abs((brightest % 256) + 1 - x)).toBeLessThan(0.6);
    expect(Math.abs(Math.floor(brightest / 256) + 1 - y)).toBeLessThan(0.6);
    expect(Math.hypot(x - 128.5, y - 128.5)).toBeGreaterThan(1);
  });

  it('is the same in a frame that is taken again, and another in the next', () => {
    const take = (exposureId: string) => expectedLight(exposure(whole, { exposureId })).sky!.centre;
    expect(take('x1')).toEqual(take('x1'));
    expect(take('x2')).not.toEqual(take('x1'));
  });

  it('of tracking and focus widens the stars', () => {
    const fwhm = (without: Effect[]) => expectedLight(exposure({ ...whole, without })).sky!.psfFwhmArcsec;
    const sharp = fwhm(['pointingError', 'trackingError', 'focusError']);
    expect(fwhm(['pointingError', 'trackingError'])).toBeGreaterThan(sharp);
    expect(fwhm(['pointingError', 'focusError'])).toBeGreaterThan(sharp);
  });
});

describe('the state of the telescope', () => {
  it('is read with and without what a mount adds to it', () => {
    const german = smallObservatory({ mount: { german: { hourAngleLimitDeg: 5, flipS: 30 } } });
    for (const observatory of [whole, german]) {
      const state = parkedTelescope(observatory);
      expect(telescopeState.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
    }
    expect(Object.keys(parkedTelescope(whole)).sort()).toEqual(
      ['altitudeDeg', 'azimuthDeg', 'domeAzimuthDeg', 'domeOpen', 'filter', 'tracking'].sort(),
    );
    expect(parkedTelescope(german)).toHaveProperty('pierSide');
  });
});
