import { describe, expect, test } from 'vitest';
import { constraints as constraintsSchema } from '../../../core/records/programme.ts';
import { altitudeUnrefractedDegAt, hourAngleHoursAt } from '../../../core/scheduler/arc.ts';
import { trackSun } from '../../../core/scheduler/lights.ts';
import { arcOfTarget, createOutlook, observableIntervals, windowsOf } from '../../../core/scheduler/outlook.ts';
import { airmassOf } from '../../../core/sky/airmass.ts';
import { separationDeg } from '../../../core/sky/angles.ts';
import { circumstances, laPalma, M31, readJson } from './helpers.ts';

interface Truth {
  beginMs: number;
  endMs: number;
  probeMs: number;
  sunBelow: Record<string, [number, number][]>;
  sunAltitudeAtProbeDeg: number;
  targets: {
    name: string;
    raDeg: number;
    decDeg: number;
    altitudeRefractedDeg: number;
    airmass: number | null;
    hourAngleHours: number;
    moonSeparationDeg: number;
    airmassBelow2: [number, number][];
  }[];
}
const truth: Truth = readJson('test/truth/scheduler/night-2026-11-21.json');

/** Achieved over these six targets, hours after the arcs were laid out: 0.9 arcsec, 25 arcsec, 0.11 s. */
const TOLERANCE = { angleDeg: 3 / 3600, moonDeg: 40 / 3600, passageMs: 500 };

// Made at the beginning of the night: the truth is hours later, so that the arcs are judged too.
const outlook = createOutlook(circumstances({ utcMs: truth.beginMs, nightEndMs: truth.endMs }));
const free = { name: 'free', airmassMax: 2, moonSeparationMinDeg: 0, twilight: 'civil' };
const limits = (change: Record<string, unknown>) => {
  const { name: _, ...rest } = { ...free, ...change };
  return constraintsSchema.parse(rest);
};

const within = (got: number, expected: number, tolerance: number) =>
  expect(Math.abs(got - expected)).toBeLessThan(tolerance);

function expectSpans(got: { fromMs: number; toMs: number }[], expected: [number, number][]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach(({ fromMs, toMs }, at) => {
    within(fromMs, expected[at][0], TOLERANCE.passageMs);
    within(toMs, expected[at][1], TOLERANCE.passageMs);
  });
}

describe.each(truth.targets)('$name, against astropy', (target) => {
  const arc = arcOfTarget(outlook, target);

  test('altitude, airmass and hour angle an hour and a half on', () => {
    const altitudeDeg = outlook.refractedDeg(altitudeUnrefractedDegAt(arc, truth.probeMs));
    within(altitudeDeg, target.altitudeRefractedDeg, TOLERANCE.angleDeg);
    within(hourAngleHoursAt(arc, truth.probeMs) * 15, target.hourAngleHours * 15, TOLERANCE.angleDeg * 3);
    if (target.airmass === null) expect(airmassOf(90 - altitudeDeg)).toBe(Number.POSITIVE_INFINITY);
    else expect(airmassOf(90 - altitudeDeg) / target.airmass).toBeCloseTo(1, 4);
  });

  test('distance from the Moon, as the site sees it', () => {
    const moon = outlook.moon(truth.probeMs);
    within(
      separationDeg(target.raDeg, target.decDeg, moon.raDeg, moon.decDeg),
      target.moonSeparationDeg,
      TOLERANCE.moonDeg,
    );
  });

  test('when its airmass is below 2', () => {
    const dark = { fromMs: truth.beginMs, toMs: truth.endMs };
    expectSpans(observableIntervals(arc, limits({}), { ...outlook, darkness: () => [dark] }), target.airmassBelow2);
  });
});

describe('the Sun', () => {
  test.each(Object.entries(truth.sunBelow))('is below %s degrees when astropy says so', (limit, spans) => {
    expectSpans(outlook.darkness(Number(limit)), spans);
  });

  test('stands where astropy says', () => {
    within(outlook.sun.altitudeDeg(truth.probeMs), truth.sunAltitudeAtProbeDeg, 15 / 3600);
  });

  test('a short dark spell of a bright northern night is found', () => {
    // Declination 23.436 at the solstice: at midnight the Sun is 17.96 below the horizon of latitude 48.6, 18.06 of 48.5.
    const span = { fromMs: Date.UTC(2026, 5, 21, 18), toMs: Date.UTC(2026, 5, 22, 6) };
    const dark = (latitudeDeg: number) => trackSun(span, { latitudeDeg, longitudeDeg: 0, elevationM: 0 }).below(-18);
    expect(dark(48.6)).toEqual([]);
    const [spell, ...others] = dark(48.5);
    expect(others).toEqual([]);
    // cos H = (sin -18 - sin 48.5 sin 23.436) / (cos 48.5 cos 23.436) = -0.99826: 27.0 minutes around midnight.
    within((spell.toMs - spell.fromMs) / 60_000, 27, 1);
  });

  test('polar night is dark from end to end, polar day never', () => {
    const site = { latitudeDeg: 89, longitudeDeg: 0, elevationM: 0 };
    const day = (month: number) => ({ fromMs: Date.UTC(2026, month, 21, 12), toMs: Date.UTC(2026, month, 22, 12) });
    expect(trackSun(day(11), site).below(-18)).toEqual([day(11)]);
    expect(trackSun(day(5), site).below(-6)).toEqual([]);
  });
});

describe('observableIntervals', () => {
  const arc = arcOfTarget(outlook, M31);
  const transitMs = truth.beginMs - (hourAngleHoursAt(arc, truth.beginMs) * 3_600_000) / 1.00273791;

  test('an hour angle limit is a span around the transit, in sidereal time', () => {
    const [span, ...others] = observableIntervals(arc, limits({ hourAngleMaxHours: 0.5 }), outlook);
    expect(others).toEqual([]);
    within(span.fromMs, transitMs - 1_800_000 / 1.00273791, 50);
    within(span.toMs, transitMs + 1_800_000 / 1.00273791, 50);
  });

  test('the highest of the altitude limits counts', () => {
    const at = (change: Record<string, unknown>) => {
      const [span] = observableIntervals(arc, limits(change), outlook);
      return outlook.refractedDeg(altitudeUnrefractedDegAt(arc, span.toMs));
    };
    expect(at({ altitudeMinDeg: 50 })).toBeCloseTo(50, 6);
    expect(at({ altitudeMinDeg: 20, airmassMax: 40 })).toBeCloseTo(20, 6);
    expect(at({ airmassMax: 40 })).toBeCloseTo(15, 6);
  });

  test('a star that never sets is observable from dusk to dawn', () => {
    const polaris = arcOfTarget(outlook, { name: 'Polaris', raDeg: 37.95456, decDeg: 89.26411 });
    const astronomical = { airmassMax: 3, twilight: 'astronomical' };
    expect(observableIntervals(polaris, limits(astronomical), outlook)).toEqual(outlook.darkness(-18));
  });

  test('a mount that cannot look up leaves a gap around the transit', () => {
    const mount = { ...laPalma.mount, altitudeMaxDeg: 70 };
    const low = createOutlook(
      circumstances({ utcMs: truth.beginMs, nightEndMs: truth.endMs, observatory: { ...laPalma, mount } }),
    );
    const [before, after, ...others] = observableIntervals(arc, limits({}), low);
    expect(others).toEqual([]);
    within((before.toMs + after.fromMs) / 2, transitMs, 50);
    within(low.refractedDeg(altitudeUnrefractedDegAt(arc, before.toMs)), 70, 1e-6);
  });

  test('windows cut, and those that overlap are one', () => {
    const iso = (minutes: number) => new Date(transitMs + minutes * 60_000).toISOString();
    const windows = [
      { from: iso(20), to: iso(40) },
      { from: iso(-10), to: iso(5) },
      { from: iso(0), to: iso(10) },
    ];
    expect(windowsOf({ windows }).map(({ fromMs, toMs }) => Math.round((toMs - fromMs) / 60_000))).toEqual([20, 20]);
    expect(observableIntervals(arc, limits({ windows }), outlook)).toEqual(windowsOf({ windows }));
    expect(observableIntervals(arc, limits({ windows: [] }), outlook)).toEqual(
      observableIntervals(arc, limits({}), outlook),
    );
  });

  test('a southern target is never observable from the north', () => {
    const south = arcOfTarget(outlook, { name: 'NGC 6920', raDeg: 310.98958, decDeg: -80.00083 });
    expect(observableIntervals(south, limits({ airmassMax: 40 }), outlook)).toEqual([]);
  });
});
