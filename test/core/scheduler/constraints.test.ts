import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlewFailed } from '../../../core/errors.ts';
import { assess, margins, type Veto, vetoes } from '../../../core/scheduler/constraints.ts';
import type { Circumstances } from '../../../core/scheduler/outlook.ts';
import { createOutlook } from '../../../core/scheduler/outlook.ts';
import { isoOf } from '../../../core/time.ts';
import { circumstances, EVENING_MS, frames, laPalma, readJson, request, thousandths } from './helpers.ts';

const M31_TRUTH = readJson('test/truth/scheduler/night-2026-11-21.json').targets[0];

const marginOf = (name: string, record = request(), change: Partial<Circumstances> = {}) =>
  margins(record, circumstances(change)).find(({ constraint }) => constraint === name);

/** The only veto of a request. */
function onlyVeto(record: ReturnType<typeof request>, change: Partial<Circumstances> = {}): Veto {
  const found = vetoes(record, circumstances(change));
  expect(found.map(({ constraint }) => constraint)).toHaveLength(1);
  return found[0];
}

describe('a request that can be observed', () => {
  const all = {
    altitudeMinDeg: 40,
    airmassMax: 2,
    moonSeparationMinDeg: 25,
    moonIlluminationMax: 0.95,
    hourAngleMaxHours: 3,
    seeingMaxArcsec: 1.5,
    windows: [{ from: '2026-11-21T20:00:00.000Z', to: '2026-11-21T21:00:00.000Z' }],
  };

  test('has no veto, and a positive margin for each of its constraints, in a fixed order', () => {
    expect(vetoes(request({}, all), circumstances())).toEqual([]);
    const found = margins(request({}, all), circumstances());
    expect(found.map(({ constraint }) => constraint)).toEqual([
      'status',
      'moonIllumination',
      'seeing',
      'nightEnd',
      'window',
      'twilight',
      'mountLimits',
      'altitude',
      'airmass',
      'hourAngle',
      'moonSeparation',
    ]);
    expect(found.filter(({ constraint }) => constraint !== 'status').every(({ margin }) => margin > 0)).toBe(true);
  });

  test('constraints that it does not have are not told', () => {
    const names = margins(request(), circumstances()).map(({ constraint }) => constraint);
    expect(names).toEqual(['status', 'nightEnd', 'twilight', 'mountLimits', 'airmass', 'moonSeparation']);
  });

  test('its values are those of astropy', () => {
    // A frame without light, slew or readout: the visit is the instant of the truth.
    const instant = {
      slewTimeS: () => 0,
      observatory: { ...laPalma, camera: { ...laPalma.camera, readoutS: 0 } },
    };
    const record = request({ exposures: frames(1, 'g', 0) }, all);
    expect(marginOf('altitude', record, instant)?.value).toBeCloseTo(M31_TRUTH.altitudeRefractedDeg, 3);
    expect(marginOf('airmass', record, instant)?.value).toBeCloseTo(M31_TRUTH.airmass, 5);
    expect(marginOf('hourAngle', record, instant)?.value).toBeCloseTo(-M31_TRUTH.hourAngleHours, 4);
    expect(
      Math.abs((marginOf('moonSeparation', record, instant)?.value ?? 0) - M31_TRUTH.moonSeparationDeg),
    ).toBeLessThan(0.01);
  });
});

describe('each constraint vetoes alone, with a negative margin and the reason', () => {
  test.each([
    ['altitude', { altitudeMinDeg: 80 }, {}, /^altitude 69\.\d\d deg below 80 deg$/],
    ['airmass', { airmassMax: 1.05 }, {}, /^airmass 1\.0\d\d above 1\.05$/],
    ['moonSeparation', { moonSeparationMinDeg: 40 }, {}, /^Moon 30\.1 deg away, nearer than 40 deg$/],
    ['moonIllumination', { moonIlluminationMax: 0.5 }, {}, /^Moon up and lit to 0\.90, more than 0\.5$/],
    ['hourAngle', { hourAngleMaxHours: 1 }, {}, /^hour angle 1\.3\d h beyond 1 h$/],
    ['seeing', { seeingMaxArcsec: 0.8 }, {}, /^seeing 1\.00 arcsec above 0\.8 arcsec$/],
    [
      'twilight',
      {},
      { utcMs: Date.UTC(2026, 10, 21, 19, 20) },
      /^Sun at -14\.\d\d deg, above -18 deg \(astronomical\)$/,
    ],
    [
      'window',
      { windows: [{ from: '2026-11-21T21:00:00.000Z', to: '2026-11-21T21:30:00.000Z' }] },
      {},
      /^the window opens at 2026-11-21T21:00:00\.000Z$/,
    ],
    [
      'window',
      { windows: [{ from: '2026-11-21T19:00:00.000Z', to: '2026-11-21T20:30:00.000Z' }] },
      {},
      /^the window closes at 2026-11-21T20:30:00\.000Z$/,
    ],
    [
      'nightEnd',
      {},
      { nightEndMs: EVENING_MS + 60_000 },
      /^the first frame is done in 94 s, the night is over in 60 s$/,
    ],
    [
      'mountLimits',
      {},
      { observatory: { ...laPalma, mount: { ...laPalma.mount, altitudeMaxDeg: 60 } } },
      /^altitude 69\.\d\d deg above the mount's 60 deg$/,
    ],
  ] as const)('%s', (constraint, limits, change, message) => {
    const veto = onlyVeto(request({}, limits as Record<string, unknown>), change as Partial<Circumstances>);
    expect(veto.constraint).toBe(constraint);
    expect(veto.margin).toBeLessThan(0);
    expect(veto.message).toMatch(message);
  });

  test.each(['COMPLETED', 'EXPIRED', 'CANCELLED'] as const)('status %s', (status) => {
    expect(onlyVeto(request({ status }))).toMatchObject({
      constraint: 'status',
      margin: -1,
      message: `the request is ${status}`,
    });
  });

  test('a request that a visit has, has no veto for its status', () => {
    expect(vetoes(request({ status: 'SCHEDULED' }), circumstances())).toEqual([]);
  });

  test('a target that the mount refuses', () => {
    const veto = onlyVeto(request(), {
      slewTimeS: () => {
        throw new SlewFailed('it sets on the way');
      },
    });
    expect(veto).toMatchObject({ constraint: 'mountLimits', message: 'it sets on the way' });
    expect(veto.margin).toBeLessThan(0);
  });

  test('other errors of the slew are not swallowed', () => {
    const slewTimeS = () => {
      throw new TypeError('a fault of the program');
    };
    expect(() => vetoes(request(), circumstances({ slewTimeS }))).toThrow(TypeError);
  });

  test('all reasons are told together, and below the horizon nothing is slewed', () => {
    let slews = 0;
    const south = { name: 'NGC 6920', raDeg: 310.98958, decDeg: -80.00083 };
    const found = vetoes(
      request({ target: south }, { seeingMaxArcsec: 0.8, altitudeMinDeg: 30 }),
      circumstances({ slewTimeS: () => ++slews }),
    );
    expect(found.map(({ constraint }) => constraint)).toEqual(['seeing', 'mountLimits', 'altitude', 'airmass']);
    expect(found.every(({ value, margin }) => Number.isFinite(value) && margin < 0)).toBe(true);
    expect(slews).toBe(0);
  });
});

describe('the projected time', () => {
  const visit = (record = request(), change: Partial<Circumstances> = {}) =>
    assess(record, createOutlook(circumstances(change)));

  test('begins after the slew and the filter change, and ends with the last readout', () => {
    const twoFrames = request({ exposures: frames(2) });
    const withoutChange = visit(twoFrames);
    expect(withoutChange.beginMs - EVENING_MS).toBe(30_000);
    expect(withoutChange.endMs - EVENING_MS).toBe(30_000 + 2 * 64_000);
    expect(visit(twoFrames, { telescope: { filter: 'r' } }).beginMs - EVENING_MS).toBe(38_000);
  });

  test('a limit that is passed during the visit counts', () => {
    // M31 is 69 degrees high and rising by 0.2 degrees a minute: a mount that ends at 69.2 is left within two minutes.
    const mount = { ...laPalma.mount, altitudeMaxDeg: 69.2 };
    const long = request({ exposures: frames(1, 'g', 600) });
    expect(onlyVeto(long, { observatory: { ...laPalma, mount } }).constraint).toBe('mountLimits');
  });

  test('the Sun may come up during the visit, and the Moon nearer', () => {
    const m67 = { name: 'M67', raDeg: 132.85, decDeg: 11.8 };
    // astropy: the Sun rises above -18 deg at 06:10:48.
    const dawn = onlyVeto(request({ target: m67, exposures: frames(1, 'g', 1800) }), {
      utcMs: Date.UTC(2026, 10, 22, 6),
    });
    expect(dawn).toMatchObject({ constraint: 'twilight', limit: -18 });
    // astropy: the Moon is 19.16 deg from M33 at 20:30, and comes nearer by 0.3 deg an hour.
    const m33 = request(
      { target: { name: 'M33', raDeg: 23.4620667, decDeg: 30.660175 }, exposures: frames(50, 'g', 100) },
      { moonSeparationMinDeg: 19 },
    );
    expect(onlyVeto(m33).constraint).toBe('moonSeparation');
    expect(vetoes({ ...m33, exposures: frames(1) }, circumstances())).toEqual([]);
  });

  test('a Moon below the horizon lights nothing', () => {
    const m67 = { name: 'M67', raDeg: 132.85, decDeg: 11.8 };
    const dark = request({ target: m67 }, { moonIlluminationMax: 0.1 });
    expect(vetoes(dark, circumstances({ utcMs: Date.UTC(2026, 10, 22, 3) })).map((veto) => veto.constraint)).toEqual([
      'moonIllumination',
    ]);
    // The Moon sets before 05:30.
    expect(marginOf('moonIllumination', dark, { utcMs: Date.UTC(2026, 10, 22, 5, 30) })).toMatchObject({
      value: 0,
      margin: 0.1,
    });
  });

  test.each([1, 64, 65, 129, 640, 6400])(
    '%i s before the end of a window, the whole frames that fit are kept',
    (seconds) => {
      const to = isoOf(EVENING_MS + 30_000 + seconds * 1000);
      const record = request({ exposures: frames(50) }, { windows: [{ from: '2026-11-21T19:00:00.000Z', to }] });
      const fitting = Math.min(50, Math.floor(seconds / 64));
      const { plan, vetoes: found } = visit(record);
      expect(found.map(({ constraint }) => constraint)).toEqual(fitting === 0 ? ['window'] : []);
      expect(plan).toHaveLength(Math.max(1, fitting));
    },
  );

  test('the visit is cut at the morning twilight', () => {
    // astropy: the Sun rises above -18 deg at 1795328248251 ms.
    const dawnMs = 1_795_328_248_251;
    const ngc2682 = { name: 'M67', raDeg: 132.85, decDeg: 11.8 };
    const record = request({ target: ngc2682, exposures: frames(50) });
    const late = visit(record, { utcMs: dawnMs - 30_000 - 10.5 * 64_000 });
    expect(late.vetoes).toEqual([]);
    expect(late.plan).toHaveLength(10);
  });
});

test('whatever the limits: a veto exactly where the margin is negative, and numbers that can be stored', () => {
  fc.assert(
    fc.property(
      thousandths(0, 359),
      thousandths(-90, 90),
      thousandths(1, 3),
      thousandths(0.1, 12),
      fc.integer({ min: -180, max: 660 }),
      (raDeg, decDeg, airmassMax, hourAngleMaxHours, minutes) => {
        const record = request(
          { target: { name: 'T', raDeg, decDeg }, exposures: frames(30) },
          { airmassMax, hourAngleMaxHours, moonSeparationMinDeg: 40 },
        );
        const {
          vetoes: found,
          margins: told,
          plan,
          sight,
          beginMs,
          endMs,
        } = assess(record, createOutlook(circumstances({ utcMs: EVENING_MS + minutes * 60_000, slewTimeS: () => 20 })));
        expect(told.every(({ value, limit, margin }) => [value, limit, margin].every(Number.isFinite))).toBe(true);
        expect(found.map(({ constraint }) => constraint)).toEqual(
          told.filter(({ margin }) => margin < -1e-6).map(({ constraint }) => constraint),
        );
        expect(plan.length).toBeGreaterThan(0);
        const inside = sight?.intervals.some(({ fromMs, toMs }) => fromMs <= beginMs && endMs <= toMs);
        if (found.length === 0) expect(inside).toBe(true);
        // The two ways of working it out agree: inside an interval only Moon and mount (from now on) can object.
        else if (inside)
          expect(['moonSeparation', 'mountLimits']).toEqual(
            expect.arrayContaining(found.map((veto) => veto.constraint)),
          );
      },
    ),
    { numRuns: 500 },
  );
});
