import { describe, expect, it } from 'vitest';
import { constraints } from '../../../core/records/programme.ts';
import { deliveredFwhmArcsec, type FrameFacts, gradeFrame } from '../../../core/reduction/grade.ts';

const facts: FrameFacts = {
  seeingArcsec: 1.2,
  wavelengthNm: 500,
  systemFwhmArcsec: 0.4,
  airmass: 1.2,
  altitudeDeg: 56,
  hourAngleHours: -1,
  moonSeparationDeg: 60,
  moonIllumination: 0.5,
  sunAltitudeDeg: -30,
  beginMs: Date.UTC(2026, 10, 21, 22),
  endMs: Date.UTC(2026, 10, 21, 22, 1),
};
const gradeOf = (wish: object, change: Partial<FrameFacts> = {}) =>
  gradeFrame(constraints.parse(wish), { ...facts, ...change });

describe('the grade of a frame', () => {
  it('is A with all met, B with one broken by up to a tenth, C with more of either', () => {
    expect(gradeOf({ airmassMax: 1.2, altitudeMinDeg: 56, moonSeparationMinDeg: 60 })).toEqual({
      grade: 'A',
      reasons: [],
    });
    expect(gradeOf({ airmassMax: 1.1 }).grade).toBe('B');
    expect(gradeOf({ airmassMax: 1.05 }).grade).toBe('C');
    expect(gradeOf({ altitudeMinDeg: 60 }).grade).toBe('B');
    expect(gradeOf({ altitudeMinDeg: 65 }).grade).toBe('C');
    const both = gradeOf({ airmassMax: 1.1, altitudeMinDeg: 60 });
    expect(both.grade).toBe('C');
    expect(both.reasons).toEqual([
      'airmass 1.20 is above 1.1 (by 9.1 %)',
      'altitude 56.00 deg is below 60 deg (by 6.7 %)',
    ]);
  });

  it('looks at the Moon, the hour angle and the windows', () => {
    expect(gradeOf({ moonIlluminationMax: 0.4 }).grade).toBe('C');
    expect(gradeOf({ moonIlluminationMax: 0.4 }, { moonIllumination: 0 }).grade).toBe('A');
    expect(gradeOf({ moonIlluminationMax: 0 }, { moonIllumination: 0.01 }).grade).toBe('C');
    expect(gradeOf({ hourAngleMaxHours: 0.95 }).grade).toBe('B');
    expect(gradeOf({ hourAngleMaxHours: 1 }, { hourAngleHours: 0 }).grade).toBe('A');
    const window = (from: string, to: string) => ({
      windows: [{ from: `2026-11-21T${from}:00.000Z`, to: `2026-11-21T${to}:00.000Z` }],
    });
    expect(gradeOf(window('22:00', '22:01')).grade).toBe('A');
    expect(gradeOf(window('22:00', '22:00')).grade).toBe('C');
  });

  it('counts twilight and what nobody knows as not met', () => {
    expect(gradeOf({ twilight: 'nautical' }, { sunAltitudeDeg: -13 }).grade).toBe('A');
    expect(gradeOf({}, { sunAltitudeDeg: -17.9 }).reasons).toEqual([
      'the Sun at -17.90 deg is above -18 deg (astronomical)',
    ]);
    expect(gradeOf({ seeingMaxArcsec: 2 }, { seeingArcsec: undefined }).grade).toBe('C');
    expect(gradeOf({}, { seeingArcsec: undefined }).grade).toBe('A');
    expect(gradeOf({}, { airmass: undefined }).reasons).toEqual(['airmass is not known']);
  });

  it('holds the width in the image against the seeing at the zenith', () => {
    // SMTN-002, version of 2022: FWHMeff of 0.83 arcsec in r (622.2 nm) for 0.72 arcsec at 500 nm, at the zenith, with a system of 0.4.
    const of = { zenith500Arcsec: 0.72, systemFwhmArcsec: 0.4, airmass: 1, wavelengthNm: 622.2 };
    expect(deliveredFwhmArcsec(of)).toBeCloseTo(0.925, 1);
    const limit = deliveredFwhmArcsec({ zenith500Arcsec: 1, systemFwhmArcsec: 0.4, airmass: 1.2, wavelengthNm: 500 });
    expect(gradeOf({ seeingMaxArcsec: 1 }, { seeingArcsec: limit }).grade).toBe('A');
    expect(gradeOf({ seeingMaxArcsec: 1 }, { seeingArcsec: 1.09 * limit }).grade).toBe('B');
    expect(gradeOf({ seeingMaxArcsec: 1 }, { seeingArcsec: 1.11 * limit }).grade).toBe('C');
  });
});
