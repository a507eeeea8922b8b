import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constraints as constraintsSchema } from '../../../core/records/programme.ts';
import { requestStatus } from '../../../core/records/status.ts';
import type { RequestRecord } from '../../../core/records/visit.ts';
import { chooseNext, type Decision } from '../../../core/scheduler/choose.ts';
import { vetoes } from '../../../core/scheduler/constraints.ts';
import { SCORE_WEIGHTS } from '../../../core/scheduler/scores.ts';
import { choice, circumstances, EVENING_MS, frames, M31, NIGHT_END_MS, request, thousandths } from './helpers.ts';

const NGC_1275 = { name: 'NGC 1275', raDeg: 49.9506667, decDeg: 41.5116961 };
const NGC_7331 = { name: 'NGC 7331', raDeg: 339.26671, decDeg: 34.41552 };
const SOUTH = { name: 'NGC 6920', raDeg: 310.98958, decDeg: -80.00083 };

type Observe = Extract<Decision, { action: 'observe' }>;

function chosen(requests: RequestRecord[], change: Parameters<typeof choice>[1] = {}): Observe {
  const decision = chooseNext(choice(requests, change));
  if (decision.action !== 'observe') throw new Error(`expected to observe, got ${decision.action}: ${decision.reason}`);
  return decision;
}

const score = (decision: Observe, label: string) => decision.scores.find((each) => each.label === label)?.score;

describe('what is chosen', () => {
  test('the weights are shares of one', () => {
    expect(Object.values(SCORE_WEIGHTS).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  test('the total is the sum of the scores by weight, each from 0 to 1, and the record says where and when', () => {
    const decision = chosen([request()]);
    expect(decision.scores.map(({ label }) => label)).toEqual(Object.keys(SCORE_WEIGHTS));
    expect(decision.scores.every((each) => each.score >= 0 && each.score <= 1)).toBe(true);
    expect(decision.total).toBeCloseTo(
      decision.scores.reduce((sum, each) => sum + each.score * each.weight, 0),
      12,
    );
    expect(decision.projected).toMatchObject({ beginMs: EVENING_MS + 30_000, endMs: EVENING_MS + 94_000 });
    // An hour angle of -1.372 h at 20:30 (astropy), 62 s later.
    expect(decision.projected.hourAngleHours).toBeCloseTo(-1.3724 + 62 / 3590, 3);
    expect(decision.plan).toEqual([{ ...frames(1)[0], index: 0 }]);
  });

  test('the more urgent priority wins, all else alike', () => {
    const requests = [request({ requestId: 'c.a', priority: 3 }), request({ requestId: 'c.b', priority: 2 })];
    const decision = chosen(requests);
    expect(decision.requestId).toBe('c.b');
    expect(decision.runnersUp).toEqual([
      { requestId: 'c.a', total: expect.closeTo(decision.total - SCORE_WEIGHTS.priority / 9, 10) },
    ]);
  });

  test('the lower id wins a tie', () => {
    expect(chosen(['c.b', 'c.a', 'c.c'].map((requestId) => request({ requestId }))).requestId).toBe('c.a');
  });

  test('the smallest difference decides, and an id only a tie', () => {
    const requests = ['c.a', 'c.b'].map((requestId) => request({ requestId, target: { ...M31, name: requestId } }));
    expect(chosen(requests, { slewTimeS: ({ name }) => (name === 'c.a' ? 20.001 : 20) }).requestId).toBe('c.b');
  });

  test('the nearer target wins, all else alike', () => {
    const near = request({ requestId: 'c.near' });
    const far = request({ requestId: 'c.far', target: { ...M31, name: 'far' } });
    const decision = chosen([far, near], { slewTimeS: ({ name }) => (name === 'far' ? 60 : 10) });
    expect(decision.requestId).toBe('c.near');
    expect(score(decision, 'slewTime')).toBeCloseTo(0.75, 12);
  });

  test('the filter in place wins, all else alike', () => {
    const inR = request({ requestId: 'c.a', exposures: frames(1, 'r') });
    const inG = request({ requestId: 'c.b', exposures: frames(1, 'g') });
    expect(chosen([inR, inG]).requestId).toBe('c.b');
    expect(chosen([inR, inG], { telescope: { filter: 'r' } }).requestId).toBe('c.a');
  });

  test('a begun request is preferred', () => {
    const fresh = request({ requestId: 'c.a', exposures: frames(4) });
    const begun = request({ requestId: 'c.b', exposures: frames(4), status: 'PARTIAL', done: { 0: 'x', 1: 'y' } });
    const decision = chosen([fresh, begun]);
    expect(decision.requestId).toBe('c.b');
    expect(score(decision, 'completion')).toBe(0.75);
    expect(decision.plan.map(({ index }) => index)).toEqual([2, 3]);
  });

  test('what sets earlier is more urgent, and more so as the night goes on', () => {
    const at = (target: RequestRecord['target'], utcMs: number) =>
      score(
        chosen([request({ target }, { airmassMax: 2, moonSeparationMinDeg: 0 })], { utcMs }),
        'settingSoon',
      ) as number;
    expect(at(NGC_7331, EVENING_MS)).toBeGreaterThan(at(NGC_1275, EVENING_MS));
    // astropy: M31 passes airmass 2 at 1795315666562 ms. One hour before, less slew and visit: half; at the last moment: 1.
    const setMs = 1_795_315_666_562;
    expect(at(M31, setMs - 3_600_000 - 94_000)).toBeCloseTo(0.5, 3);
    expect(at(M31, setMs - 94_500)).toBeCloseTo(1, 3);
  });

  test('airmass is judged against the best that the declination allows', () => {
    // M31 culminates at zenith distance 41.27 + precession - 28.76 = 12.66: airmass 1.0247; at 20:30 astropy has 1.0705.
    const decision = chosen([request()], { slewTimeS: () => 0 });
    expect(score(decision, 'airmass')).toBeCloseTo(1.0247 / 1.0695, 3);
  });

  test('the Moon takes its share of the sky: lit, up and near costs most', () => {
    const moon = (illumination: number, utcMs = EVENING_MS) =>
      score(
        chosen([request({ target: NGC_1275 })], {
          utcMs,
          conditions: { moonIllumination: illumination, seeingZenith500Arcsec: 1 },
        }),
        'moonDistance',
      );
    // astropy: 40.16 deg away. 1 - 0.9 (1 + cos 40.16) / 2
    expect(moon(0.9)).toBeCloseTo(1 - (0.9 * (1 + Math.cos((40.16 * Math.PI) / 180))) / 2, 3);
    expect(moon(0)).toBe(1);
    // The Moon sets before 05:30.
    expect(moon(0.9, Date.UTC(2026, 10, 22, 5, 30))).toBe(1);
  });
});

describe('who may be chosen', () => {
  test.each([
    'QUEUED',
    'PARTIAL',
    'FAILED_PRECHECK',
    'FAILED_SLEW',
    'FAILED_CONFIG',
    'FAILED_EXPOSURE',
    'FAILED_SAVE',
    'ABORTED',
  ] as const)('%s', (status) => {
    expect(chosen([request({ status })]).requestId).toBe('c.m31');
  });

  test.each(['COMPLETED', 'EXPIRED', 'CANCELLED', 'SCHEDULED', 'EXECUTING'] as const)('not %s', (status) => {
    expect(chooseNext(choice([request({ status })])).action).toBe('end');
  });

  test('every status has been thought of', () => {
    expect(requestStatus.options).toHaveLength(13);
  });

  test.each([
    ['skip', 0, 'observe'],
    ['skip', 1, 'end'],
    ['retry', 2, 'observe'],
    ['retry', 3, 'end'],
  ] as const)('%s after %i failures: %s', (onFailure, failures, action) => {
    const decision = chooseNext(
      choice([request({ status: 'FAILED_SLEW' })], {
        attempts: { 'c.m31': failures },
        policy: { onFailure, attemptsMax: 3 },
      }),
    );
    expect(decision.action).toBe(action);
  });

  test('what is barred stands in the counts', () => {
    const decision = chosen(
      [request({ requestId: 'c.a', status: 'EXECUTING' }), request({ requestId: 'c.b' }), request()],
      {
        attempts: { 'c.b': 3 },
      },
    );
    expect(decision).toMatchObject({ requestId: 'c.m31', vetoCounts: { status: 1, attempts: 1 } });
  });
});

describe('waiting and ending', () => {
  test('before dusk it waits, says for whom and until when, and why each was turned down', () => {
    const decision = chooseNext(
      choice([request(), request({ requestId: 'c.s', target: SOUTH })], { utcMs: Date.UTC(2026, 10, 21, 19) }),
    );
    expect(decision).toMatchObject({
      action: 'wait',
      vetoCounts: { twilight: 2, mountLimits: 1, airmass: 1 },
      vetoes: [{ requestId: 'c.m31', message: expect.stringMatching(/^Sun at -10/) }, { requestId: 'c.s' }],
    });
    // astropy: the Sun sinks below -18 deg at 1795289866177 ms, 19:37:46.
    expect(decision).toHaveProperty(
      'reason',
      expect.stringMatching(/; c\.m31 is within its limits from 2026-11-21T19:37:46/),
    );
  });

  test('it ends when nothing can become observable, and names what never is', () => {
    expect(chooseNext(choice([request({ target: SOUTH })]))).toEqual({
      action: 'end',
      reason: 'nothing left to do: 1 requests cannot be observed before the night ends, 0 may not be tried again',
      // Culmination: 90 - 28.76 - 80.0 + precession = -18.7. Kasten & Young at 66.55 deg from the zenith: 2.500.
      unobservable: [
        { requestId: 'c.m31', message: 'never observable from here: culminates at -18.7 deg, needs 23.5 deg' },
      ],
    });
  });

  test('it ends when the last target has set, and waits for one that is still to rise', () => {
    const late = Date.UTC(2026, 10, 22, 4);
    expect(chooseNext(choice([request({}, { airmassMax: 2 })], { utcMs: late })).action).toBe('end');
    const m81 = { name: 'M81', raDeg: 148.88821, decDeg: 69.06531 };
    expect(chooseNext(choice([request({ target: m81 }, { airmassMax: 2 })])).action).toBe('wait');
  });

  test.each([{ seeingMaxArcsec: 0.5 }, { moonSeparationMinDeg: 60 }, { moonIlluminationMax: 0.1 }])(
    'it waits when only conditions are in the way: %o',
    (limits) => {
      expect(chooseNext(choice([request({}, limits)])).action).toBe('wait');
    },
  );

  test('it does not miss a window of two minutes at the end of the night', () => {
    const windows = [{ from: '2026-11-22T05:01:01.000Z', to: '2026-11-22T05:03:01.000Z' }];
    const m67 = { name: 'M67', raDeg: 132.85, decDeg: 11.8 };
    expect(chooseNext(choice([request({ target: m67 }, { windows })])).action).toBe('wait');
  });

  test('it ends with nothing to do, and after the night', () => {
    expect(chooseNext(choice([])).action).toBe('end');
    expect(chooseNext(choice([request()], { utcMs: NIGHT_END_MS }))).toMatchObject({
      action: 'end',
      reason: 'the night is over',
    });
  });
});

describe('a decision of thousands of requests', () => {
  /** As long as ids may be, of a target that breaks many constraints at once. */
  const turnedDown = (limits: Record<string, unknown>) =>
    Array.from({ length: 5000 }, (_each, index) =>
      request(
        { requestId: `${'c'.repeat(64)}.${String(index).padStart(40, '0')}`, target: SOUTH },
        { airmassMax: 1, hourAngleMaxHours: 0.001, moonSeparationMinDeg: 180, seeingMaxArcsec: 0.1, ...limits },
      ),
    );
  const visible = request(
    { requestId: 'z' },
    { windows: [{ from: '2026-11-22T01:00:00.000Z', to: '2026-11-22T02:00:00.000Z' }] },
  );

  test.each([
    ['wait', [...turnedDown({ moonIlluminationMax: 0, altitudeMinDeg: 90 }), visible]],
    ['end', turnedDown({})],
  ])('to %s stays far below the 400 KB of an item, and lists a part of the reasons', (action, requests) => {
    const decision = chooseNext(choice(requests));
    if (decision.action === 'observe') throw new Error('nothing is observable');
    expect(decision.action).toBe(action);
    const listed = decision.action === 'wait' ? decision.vetoes : decision.unobservable;
    expect(listed.length).toBeGreaterThanOrEqual(150);
    expect(JSON.stringify(decision).length).toBeGreaterThan(20_000);
    expect(JSON.stringify(decision).length).toBeLessThan(200_000);
  });
});

describe('whatever is asked', () => {
  const anyRequest = fc
    .record({
      raDeg: thousandths(0, 359),
      decDeg: thousandths(-90, 90),
      priority: fc.integer({ min: 1, max: 10 }),
      count: fc.integer({ min: 1, max: 5 }),
      filter: fc.constantFrom('g', 'r', 'i'),
      status: fc.constantFrom(...requestStatus.options),
      airmassMax: thousandths(1.1, 3),
    })
    .map(({ raDeg, decDeg, count, filter, airmassMax, ...rest }) =>
      request({
        ...rest,
        target: { name: 'T', raDeg, decDeg },
        exposures: frames(count, filter),
        constraints: constraintsSchema.parse({ airmassMax }),
      }),
    );
  const someRequests = fc
    .array(anyRequest, { minLength: 1, maxLength: 12 })
    .map((records) => records.map((record, at) => ({ ...record, requestId: `c.${at}` })));
  const slewTimeS = ({ raDeg }: { raDeg: number }) => 10 + raDeg / 10;
  const minutes = fc.integer({ min: -120, max: 600 });

  test('what is chosen has no veto', () => {
    fc.assert(
      fc.property(someRequests, minutes, (requests, after) => {
        const utcMs = EVENING_MS + after * 60_000;
        const decision = chooseNext(choice(requests, { utcMs, slewTimeS }));
        if (decision.action !== 'observe') return;
        const record = requests.find(({ requestId }) => requestId === decision.requestId) as RequestRecord;
        expect(vetoes(record, circumstances({ utcMs, slewTimeS }))).toEqual([]);
        expect(decision.projected.endMs).toBeLessThanOrEqual(NIGHT_END_MS);
      }),
      { numRuns: 200 },
    );
  });

  test('the order of the requests does not matter', () => {
    fc.assert(
      fc.property(
        someRequests.chain((requests) =>
          fc.tuple(fc.constant(requests), fc.shuffledSubarray(requests, { minLength: requests.length })),
        ),
        minutes,
        ([requests, shuffled], after) => {
          const utcMs = EVENING_MS + after * 60_000;
          // As texts, because the order of keys is part of what is stored.
          const decide = (records: RequestRecord[]) =>
            JSON.stringify(chooseNext(choice(records, { utcMs, slewTimeS })));
          expect(decide(shuffled)).toBe(decide(requests));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a chosen request is still chosen with a more urgent priority', () => {
    fc.assert(
      fc.property(someRequests, fc.integer({ min: 1, max: 9 }), (requests, by) => {
        const first = chooseNext(choice(requests, { slewTimeS }));
        if (first.action !== 'observe') return;
        const raised = requests.map((record) =>
          record.requestId === first.requestId ? { ...record, priority: Math.max(1, record.priority - by) } : record,
        );
        expect(chooseNext(choice(raised, { slewTimeS }))).toMatchObject({
          action: 'observe',
          requestId: first.requestId,
        });
      }),
      { numRuns: 200 },
    );
  });

  test('what is lent is not touched', () => {
    const requests = [request(), request({ requestId: 'c.s', target: SOUTH })];
    const before = structuredClone(requests);
    chooseNext(choice(requests));
    expect(requests).toEqual(before);
  });
});
