import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cameraFactsOf,
  keyOfSet,
  type PlanningInput,
  planCalibrations,
  programmeNeeds,
} from '../../../core/calibration/due.ts';
import {
  CALIBRATION_TIMES,
  CALIBRATION_TYPES,
  type CalibrationRequest,
  type CalibrationSet,
  type Certificate,
} from '../../../core/records/calibration.ts';
import { observatory as observatorySchema } from '../../../core/records/observatory.ts';

const json = JSON.parse(readFileSync(new URL('../../../observatories/la-palma.json', import.meta.url), 'utf8'));
const observatory = observatorySchema.parse(json);
const policyOf = (calibration: object) => observatorySchema.parse({ ...json, calibration }).calibration!;
const camera = cameraFactsOf(observatory);

const BIAS = { id: 'bias', type: 'bias', count: 20, when: 'afternoon', everyDays: 1, validDays: 2 };
const DARK = { id: 'dark', type: 'dark', count: 5, when: 'afternoon', everyDays: 7, validDays: 14 };
const FLAT = {
  id: 'flat',
  type: 'flat',
  target: 'twilight',
  levelAdu: 20_000,
  count: 5,
  when: 'evening',
  everyDays: 3,
  validDays: 7,
};

/** The night of 2026-11-21 from sunset at 18:15 to sunrise at 07:37 UTC; TAI is 37 s ahead. */
function input(changes: Partial<PlanningInput> = {}): PlanningInput {
  return {
    policy: policyOf({ sets: [BIAS] }),
    camera,
    needs: { filters: ['g', 'r'], exposureTimesS: [60, 300] },
    certificates: [],
    requests: [],
    nightId: 'night',
    dayObs: 20261121,
    nightBeginMs: Date.UTC(2026, 10, 21, 18, 15),
    nightEndMs: Date.UTC(2026, 10, 22, 7, 37),
    times: CALIBRATION_TIMES,
    ...changes,
  };
}

/** A master of a day of observation that was taken on it at 16 h TAI. */
function certificate(dayObs: number, validTo: string, changes: Partial<Certificate> = {}): Certificate {
  const text = String(dayObs);
  const takenFrom = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T16:00:00.000`;
  const calibrationKey = 'noc1.bias.b1.t-60';
  return {
    calibrationKey,
    validFrom: takenFrom,
    validTo,
    id: `noc1_mb_${dayObs}_000001`,
    master: { dayObs, takenFrom } as Certificate['master'],
    ...changes,
  };
}

function request(changes: Partial<CalibrationRequest> = {}, set: Partial<CalibrationSet> = {}): CalibrationRequest {
  return {
    requestId: 'c.bias.1',
    kind: 'calibration',
    programmeId: 'calibrations.c',
    campaign: 'c',
    origin: 'person',
    set: { type: 'bias', count: 7, minimum: 5, configuration: { binning: 1, setTemperatureC: -60 }, ...set },
    calibrationKey: 'noc1.bias.b1.t-60',
    when: 'afternoon',
    priority: 5,
    reason: 'asked for by Ada',
    validDays: 3,
    status: 'QUEUED',
    history: [],
    version: 0,
    ...changes,
  };
}

describe('what is due', () => {
  it('is everything on a new observatory, with what it takes', () => {
    const { due, notDue } = planCalibrations(input());
    expect(notDue).toEqual([]);
    expect(due).toEqual([
      {
        id: 'bias',
        requestId: 'night.afternoon.bias.b1.t-60',
        origin: 'policy',
        set: { type: 'bias', count: 20, minimum: 5, configuration: { binning: 1, setTemperatureC: -60 } },
        calibrationKey: 'noc1.bias.b1.t-60',
        when: 'afternoon',
        priority: 5,
        reason: 'no master of its kind',
        validDays: 2,
      },
    ]);
  });

  it.each([
    [
      '3 days old',
      1,
      certificate(20261118, '2026-11-30T00:00:00.000'),
      'noc1_mb_20261118_000001 is 3 days old, one is due every 1 day',
    ],
    [
      'as old as allowed',
      3,
      certificate(20261118, '2026-11-30T00:00:00.000'),
      'is 3 days old, one is due every 3 days',
    ],
    [
      'ends in the night',
      1,
      certificate(20261121, '2026-11-22T07:37:36.999'),
      'is valid until 2026-11-22T07:37:36.999 TAI, before the night ends',
    ],
    [
      'ended before',
      30,
      certificate(20261101, '2026-11-21T18:15:37.000'),
      'is valid until 2026-11-21T18:15:37.000 TAI, before the night began',
    ],
    [
      'begins in the night',
      30,
      certificate(20261118, '2026-11-30T00:00:00.000', { validFrom: '2026-11-21T20:00:00.000' }),
      'no master is valid all night',
    ],
    [
      'of another key',
      30,
      certificate(20261121, '2026-11-30T00:00:00.000', { calibrationKey: 'noc1.bias.b2.t-60' }),
      'no master of its kind',
    ],
    [
      'taken after this night',
      30,
      certificate(20261123, '2026-11-30T00:00:00.000', { validFrom: '2026-11-01T00:00:00.000' }),
      'no master of its kind',
    ],
  ])('is a set whose master is %s', (_what, everyDays, known, reason) => {
    const policy = policyOf({ sets: [{ ...BIAS, everyDays, validDays: 60 }] });
    const { due, notDue } = planCalibrations(input({ policy, certificates: [known] }));
    expect([due.length, notDue.length]).toEqual([1, 0]);
    expect(due[0].reason).toContain(reason);
  });

  it.each([
    [
      'young enough',
      certificate(20261119, '2026-11-22T07:37:37.000'),
      'is 2 days old, one is due every 3 days; it is valid until 2026-11-22T07:37:37.000 TAI',
    ],
    ['taken this afternoon', certificate(20261121, '2026-11-30T00:00:00.000'), 'is 0 days old'],
    [
      'taken this night',
      certificate(20261121, '2026-11-30T00:00:00.000', { validFrom: '2026-11-21T18:40:00.000' }),
      'is 0 days old',
    ],
  ])('is no set whose master is %s', (_what, known, reason) => {
    const policy = policyOf({ sets: [{ ...BIAS, everyDays: 3, validDays: 4 }] });
    const { due, notDue } = planCalibrations(input({ policy, certificates: [known] }));
    expect(due).toEqual([]);
    expect(notDue).toMatchObject([{ id: 'bias', possible: true, reason: expect.stringContaining(reason) }]);
  });

  it('goes by the newest of several masters, in whatever order they come', () => {
    const old = certificate(20261110, '2026-11-20T16:00:00.000');
    const young = certificate(20261120, '2026-12-20T16:00:00.000');
    const policy = policyOf({ sets: [{ ...BIAS, everyDays: 2 }] });
    for (const certificates of [
      [old, young],
      [young, old],
    ]) {
      expect(planCalibrations(input({ policy, certificates })).due).toEqual([]);
    }
  });
});

describe('the sets of a night', () => {
  const keys = (changes: Partial<PlanningInput>) =>
    planCalibrations(input(changes)).due.map(({ calibrationKey }) => calibrationKey);

  it('are those of the filters that the programme needs, or those that the policy names', () => {
    const sets = [BIAS, FLAT];
    expect(keys({ policy: policyOf({ sets }) })).toEqual([
      'noc1.bias.b1.t-60',
      'noc1.flat.twilight.g.b1.t-60',
      'noc1.flat.twilight.r.b1.t-60',
    ]);
    const named = [BIAS, { ...FLAT, filters: ['z'] }];
    expect(keys({ policy: policyOf({ sets: named }) })).toEqual(['noc1.bias.b1.t-60', 'noc1.flat.twilight.z.b1.t-60']);
  });

  it('have one dark for all exposure times where it may be scaled, else one for each', () => {
    const taken = (darkScaling: object, exposureTimesS?: number[]) =>
      planCalibrations(
        input({
          policy: policyOf({ sets: [BIAS, { ...DARK, ...(exposureTimesS && { exposureTimesS }) }], darkScaling }),
        }),
      ).due.flatMap(({ set, calibrationKey }) => (set.type === 'dark' ? [[calibrationKey, set.exposureTimeS]] : []));
    expect(taken({ allowed: true })).toEqual([['noc1.dark.b1.t-60', 300]]);
    expect(taken({ allowed: true }, [600])).toEqual([['noc1.dark.b1.t-60', 600]]);
    expect(taken({ allowed: false })).toEqual([
      ['noc1.dark.e60.b1.t-60', 60],
      ['noc1.dark.e300.b1.t-60', 300],
    ]);
  });

  it('never pass over an exposure time that no dark serves', () => {
    const sets = [BIAS, { ...DARK, exposureTimesS: [300] }];
    const plan = (darkScaling: object) =>
      planCalibrations(
        input({
          policy: policyOf({ sets, darkScaling }),
          needs: { filters: [], exposureTimesS: [0, 20, 30, 60, 300] },
        }),
      ).notDue.map(({ calibrationKey, reason }) => [calibrationKey, reason]);
    expect(plan({ allowed: true, factorMax: 10 })).toEqual([
      [
        'noc1.dark.e20.b1.t-60',
        expect.stringContaining('no dark that serves frames of 20 s: it takes 300 s, scaled by up to 10'),
      ],
    ]);
    expect(plan({ allowed: false }).map(([key]) => key)).toEqual([20, 30, 60].map((s) => `noc1.dark.e${s}.b1.t-60`));
  });

  it('come in the order of time, of what builds on what, and of priority', () => {
    const sets = [
      { ...FLAT, priority: 1 },
      { ...FLAT, id: 'dome', target: 'dome', when: 'afternoon', filters: ['g'], priority: 1 },
      { ...DARK, priority: 2 },
      { ...BIAS, binnings: [1, 2], priority: 9 },
      { ...FLAT, id: 'soon', filters: ['i'], when: 'evening', priority: 7 },
    ];
    expect(keys({ policy: policyOf({ sets }) }).map((key) => key.replace('noc1.', '').replace('.t-60', ''))).toEqual([
      'bias.b1',
      'bias.b2',
      'dark.b1',
      'flat.dome.g.b1',
      'flat.twilight.g.b1',
      'flat.twilight.r.b1',
      'flat.twilight.i.b1',
    ]);
  });

  it('are taken at one of several times when the policy gives two', () => {
    const policy = policyOf({ sets: [BIAS, { ...FLAT, id: 'dawn', when: 'morning' }, FLAT] });
    const all = planCalibrations(input({ policy, needs: { filters: ['g'], exposureTimesS: [] } }));
    expect(all.due.map(({ id }) => id)).toEqual(['bias', 'flat']);
    expect(all.notDue).toMatchObject([{ id: 'dawn', reason: 'flat is taken for the same masters', possible: true }]);
    // In the morning nobody knows of the evening but by its master.
    expect(planCalibrations(input({ policy, times: ['morning'] })).due.map(({ id }) => id)).toEqual(['dawn', 'dawn']);
  });

  it('say what the camera cannot take', () => {
    const sets = [BIAS, { ...FLAT, filters: ['g', 'r'] }];
    const mounted = { ...camera, mountedFilters: ['r', 'i'] };
    const { due, notDue } = planCalibrations(input({ policy: policyOf({ sets }), camera: mounted }));
    expect(due.map(({ set }) => set.filter)).toEqual([undefined, 'r']);
    expect(notDue).toMatchObject([{ possible: false, reason: 'filter g is not mounted; in the changer are r, i' }]);
  });
});

describe('what is asked for', () => {
  it('is taken with its own numbers, instead of the set of the policy', () => {
    const { due, notDue } = planCalibrations(input({ requests: [request()] }));
    expect(due).toMatchObject([
      { requestId: 'c.bias.1', origin: 'person', reason: 'asked for by Ada', validDays: 3, set: { count: 7 } },
    ]);
    expect(notDue).toMatchObject([{ id: 'bias', reason: 'c.bias.1 is taken for the same masters' }]);
  });

  it('is taken although a young master is there', () => {
    const certificates = [certificate(20261121, '2026-11-30T00:00:00.000')];
    expect(planCalibrations(input({ certificates, requests: [request()] })).due.map(({ id }) => id)).toEqual([
      'c.bias.1',
    ]);
  });

  it.each([
    ['is done', { status: 'DONE' }],
    ['runs', { status: 'RUNNING' }],
    ['is for another time', { when: 'nightEnd' }],
    ['is an old one of the policy', { origin: 'policy' }],
  ] as const)('is left out when it %s', (_why, changes) => {
    const plan = planCalibrations(input({ requests: [request(changes)], times: ['afternoon'] }));
    expect(plan.due.map(({ id }) => id)).toEqual(['bias']);
  });

  it.each([
    [{ type: 'flat', target: 'twilight', filter: 'q' }, 'filter q is not mounted; in the changer are u, g, r, i, z'],
    [{ type: 'dark', exposureTimeS: 3600 }, 'noc1 exposes 0.1 to 1800 s, not 3600 s'],
    [{ configuration: { binning: 1, setTemperatureC: -40 } }, 'noc1 keeps -60 C, the set is for -40 C'],
    [
      { configuration: { binning: 3, setTemperatureC: -60 } },
      'noc1 cannot be read with binning 3; it can with 1, 2, 4, 8',
    ],
    [{ configuration: { binning: 1 } }, 'noc1 keeps -60 C, the set is for no set temperature'],
  ] as const)('is refused for good when the camera cannot take it: %j', (set, reason) => {
    const plan = planCalibrations(input({ requests: [request({}, set)] }));
    expect(plan.notDue).toContainEqual(expect.objectContaining({ requestId: 'c.bias.1', reason, possible: false }));
    expect(plan.due.map(({ id }) => id)).toEqual(['bias']);
  });

  it('of a dome flat needs a lamp for the filter', () => {
    const lampless = { ...camera, lampFilters: ['r'] };
    const set = { type: 'flat', target: 'dome', filter: 'g' } as const;
    expect(planCalibrations(input({ camera: lampless, requests: [request({}, set)] })).notDue[0].reason).toBe(
      'the lamp of the dome does not shine in g; it does in r',
    );
  });
});

it('needs of a programme are its filters and times, each once', () => {
  const exposures = (filter: string, exposureTimeS: number) => [{ filter, exposureTimeS, count: 2 }];
  const requests = [exposures('g', 60), exposures('r', 60), exposures('g', 30)].map((each) => ({ exposures: each }));
  expect(programmeNeeds({ requests } as never)).toEqual({ filters: ['g', 'r'], exposureTimesS: [60, 30] });
});

describe('any policy', () => {
  const kinds = fc.array(
    fc.record({
      kind: fc.constantFrom(BIAS, DARK, FLAT, { ...FLAT, target: 'dome', when: 'afternoon' }),
      everyDays: fc.integer({ min: 1, max: 40 }),
      priority: fc.integer({ min: 1, max: 10 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const ages = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 });

  it('tells of each key once, due or not, and due are those with no master or an old one', () => {
    fc.assert(
      fc.property(kinds, ages, fc.boolean(), (drawn, agesDays, allowed) => {
        const sets = [
          BIAS,
          ...drawn.map(({ kind, everyDays, priority }, i) => ({
            ...kind,
            id: `s${i}`,
            everyDays,
            validDays: 40,
            priority,
          })),
        ];
        const policy = policyOf({ sets, darkScaling: { allowed } });
        const fresh = planCalibrations(input({ policy }));
        const wanted = [...new Set(fresh.due.map(({ calibrationKey }) => calibrationKey))];
        expect(fresh.due.length).toBe(wanted.length);
        const order = fresh.due.map(
          ({ when, set }) => CALIBRATION_TIMES.indexOf(when) * 10 + CALIBRATION_TYPES.indexOf(set.type),
        );
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        for (const { set, calibrationKey, requestId } of fresh.due) {
          expect(keyOfSet('noc1', set, policy)).toBe(calibrationKey);
          expect(requestId.endsWith(calibrationKey.slice(5))).toBe(true);
        }
        // Masters of some of the keys, each of another age: what comes next is what the ages say.
        const certificates = agesDays
          .slice(0, wanted.length)
          .map((age, i) => certificate(20261121 - age, '2026-12-30T00:00:00.000', { calibrationKey: wanted[i] }));
        const next = planCalibrations(input({ policy, certificates }));
        wanted.forEach((key, i) => {
          const age = agesDays[i];
          const everyDays = policy.sets
            .map((kind, at) => ({ kind, at }))
            .filter(({ kind }) => fresh.due.find((each) => each.calibrationKey === key)?.set.type === kind.type)
            .map(({ kind }) => kind.everyDays);
          const isDue = next.due.some(({ calibrationKey }) => calibrationKey === key);
          if (age === undefined) expect(isDue).toBe(true);
          else if (age < Math.min(...everyDays)) expect(isDue).toBe(false);
          else if (age >= Math.max(...everyDays)) expect(isDue).toBe(true);
          expect(isDue || next.notDue.some(({ calibrationKey }) => calibrationKey === key)).toBe(true);
        });
      }),
      { numRuns: 100 },
    );
  });
});
