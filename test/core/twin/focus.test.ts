import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../core/random.ts';
import type { Observatory } from '../../../core/records/observatory.ts';
import {
  bestFocus,
  bestFocusUm,
  FocusNotFound,
  focusBlurArcsec,
  focusSequence,
  setFocusUm,
} from '../../../core/twin/focus.ts';
import { smallObservatory } from './observatory.ts';

const focus = {
  referenceTemperatureC: 10,
  bestUmPerC: -36,
  bestUmZenithToHorizon: 50,
  filterOffsetsUm: { u: 120 },
  setUmPerC: -33,
  setErrorUm: 8,
};
const observatory: Observatory = smallObservatory({
  telescope: { apertureM: 0.3, obstructionM: 0.12, focalLengthM: 1.5, focus },
});
const at = { observatory, filter: 'r', temperatureC: 10, altitudeDeg: 90 };

describe('the best focus', () => {
  it('goes with temperature, altitude and filter', () => {
    expect(bestFocusUm(at)).toBe(0);
    expect(bestFocusUm({ ...at, temperatureC: 5 })).toBe(180);
    expect(bestFocusUm({ ...at, altitudeDeg: 30 })).toBeCloseTo(25, 12);
    expect(bestFocusUm({ ...at, filter: 'u', temperatureC: 12 })).toBe(48);
  });

  it('is set by the controller with a coefficient and an error of its own', () => {
    const sets = Array.from({ length: 4000 }, (_, i) => setFocusUm({ ...at, temperatureC: 6, seed: 3, key: `v${i}` })!);
    const mean = sets.reduce((sum, each) => sum + each, 0) / 4000;
    const rms = Math.sqrt(sets.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 3999);
    expect(Math.abs(mean - 132)).toBeLessThan((4 * 8) / Math.sqrt(4000));
    expect(Math.abs(rms / 8 - 1)).toBeLessThan(4 / Math.sqrt(8000));
    expect(setFocusUm({ ...at, temperatureC: 6, seed: 3, key: 'v7' })).toBe(sets[7]);
  });
});

describe('the blur out of focus', () => {
  it('has the second moment of the ring that the pupil casts, added up', () => {
    // 100 um out of focus at f/5: a ring of 20 um, 8 um of it dark; 1.5 m of focal length make 7.2722 um an arcsec.
    let [sum, count] = [0, 0];
    for (let x = -10; x <= 10; x += 0.02) {
      for (let y = -10; y <= 10; y += 0.02) {
        const r = Math.hypot(x, y);
        if (r <= 10 && r >= 4) {
          sum += x * x;
          count++;
        }
      }
    }
    const fwhm = (2.354820045 * Math.sqrt(sum / count)) / ((1.5e6 * Math.PI) / 180 / 3600);
    expect(focusBlurArcsec({ ...at, positionUm: 100 }) / fwhm).toBeCloseTo(1, 3);
    expect(focusBlurArcsec({ ...at, positionUm: -200 }) / fwhm).toBeCloseTo(2, 2);
    expect(focusBlurArcsec({ ...at, positionUm: 0 })).toBe(0);
  });

  it('is none without the section, the effect, or a focus that was set', () => {
    const off: Observatory = { ...observatory, without: ['focusError'] };
    const { focus: _, ...telescope } = observatory.telescope;
    for (const without of [off, { ...observatory, telescope }]) {
      expect(focusBlurArcsec({ ...at, observatory: without, positionUm: 500 })).toBe(0);
      expect(setFocusUm({ ...at, observatory: without, seed: 1, key: 'x' })).toBeUndefined();
    }
    expect(focusBlurArcsec({ ...at, positionUm: undefined })).toBe(0);
  });
});

describe('a focus sequence', () => {
  it('lies about its centre', () => {
    expect(focusSequence({ centreUm: 100, stepUm: 50, count: 5 })).toEqual([0, 50, 100, 150, 200]);
    expect(focusSequence({ centreUm: 0, stepUm: 10, count: 4 })).toEqual([-15, -5, 5, 15]);
  });

  it('without noise gives back the hyperbola that it was made of', () => {
    const where = { ...at, temperatureC: 7.5, altitudeDeg: 40 };
    const frames = focusSequence({ centreUm: 60, stepUm: 60, count: 7 }).map((positionUm) => ({
      positionUm,
      fwhmArcsec: Math.hypot(2.4, focusBlurArcsec({ ...where, positionUm })),
    }));
    const found = bestFocus(frames);
    expect(found.positionUm).toBeCloseTo(bestFocusUm(where)!, 6);
    expect(found.fwhmArcsec).toBeCloseTo(2.4, 9);
    expect(found.standardErrorUm).toBeLessThan(1e-4);
  });

  it('with noise finds it within the error that it states', () => {
    const noise = randomStream(1, 'test', 'focus');
    let chi2 = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const frames = focusSequence({ centreUm: 0, stepUm: 40, count: 15 }).map((positionUm) => ({
        positionUm,
        // Noise of equal size in the square of the width, which the fit takes for granted.
        fwhmArcsec: Math.sqrt(6 + ((positionUm - 30) / 60) ** 2 + 0.3 * noise.normal()),
      }));
      const found = bestFocus(frames);
      chi2 += ((found.positionUm - 30) / found.standardErrorUm) ** 2;
    }
    // Student's t with 12 degrees of freedom has a variance of 12 / 10.
    expect(Math.abs(chi2 / runs - 1.2)).toBeLessThan(0.4);
  });

  it.each<[string, [number, number][], RegExp]>([
    [
      'too few frames',
      [
        [0, 2],
        [1, 1],
        [2, 2],
      ],
      /3 frames at 3 positions; .* at least 4 at 3/,
    ],
    [
      'too few positions',
      [
        [0, 2],
        [1, 1],
        [0, 2],
        [1, 1],
      ],
      /4 frames at 2 positions/,
    ],
    [
      'widths that fall to the end',
      [
        [0, 4],
        [10, 3],
        [20, 2],
        [30, 1.5],
      ],
      /no smallest width between 0 and 30 um; it would lie near \d+ um/,
    ],
    [
      'a hill',
      [
        [0, 1],
        [10, 2],
        [20, 2],
        [30, 1],
      ],
      /no smallest width between 0 and 30 um; take a sequence/,
    ],
  ])('is refused with %s', (_, points, message) => {
    const act = () => bestFocus(points.map(([positionUm, fwhmArcsec]) => ({ positionUm, fwhmArcsec })));
    expect(act).toThrow(FocusNotFound);
    expect(act).toThrow(message);
  });
});
