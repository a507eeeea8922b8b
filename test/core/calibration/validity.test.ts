import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Changed,
  certify,
  decertify,
  isRepeated,
  recertify,
  replayHistory,
} from '../../../core/calibration/validity.ts';
import { InvalidPayload, MasterRejected, ValidityConflict } from '../../../core/errors.ts';
import type { Certificate, ValidityChange } from '../../../core/records/calibration.ts';
import { certificateOf, masterOf, tai } from './masters-of-tests.ts';

const DONE = { at: '2026-11-21T17:00:00.000Z', by: 'andromeda-20261121', cause: 'night' };
const KEY = 'noc1.bias.b1.t-60';

/** Master of a name, taken on a day. */
const taken = (masterId: string, day: number) =>
  masterOf(masterId, { takenFrom: tai(day), takenTo: tai(day, 0.1), dayObs: 20261100 + day });
const range = (masterId: string, from: number, to: number) => ({
  calibrationKey: KEY,
  masterId,
  validFrom: tai(from),
  validTo: tai(to),
});
/** What stands, as `master day-day`. */
const shown = (timeline: readonly { validFrom: string; validTo: string; id?: string; masterId?: string }[]) =>
  timeline.map(({ id, masterId, validFrom, validTo }) => `${id ?? masterId} ${dayOf(validFrom)}-${dayOf(validTo)}`);
const dayOf = (text: string) => Number(text.slice(8, 10));
const begin = (...steps: ((timeline: Certificate[]) => Changed)[]) => {
  let timeline: Certificate[] = [];
  const history: ValidityChange[] = [];
  for (const step of steps) {
    const { next, changes } = step(timeline);
    timeline = next;
    history.push(...changes);
  }
  return { timeline, history };
};
const add =
  (id: string, day: number, to: number, { supersede = true, from = day } = {}) =>
  (timeline: Certificate[]) =>
    certify(timeline, certificateOf(taken(id, day), tai(from), tai(to)), DONE, { supersede });
const take = (id: string, from: number, to: number) => (timeline: Certificate[]) =>
  decertify(timeline, range(id, from, to), DONE);
const move = (id: string, from: number, to: number) => (timeline: Certificate[]) =>
  recertify(timeline, range(id, from, to), DONE);

describe('certify', () => {
  it('lets a newer master end the older one where it begins', () => {
    const { timeline, history } = begin(add('a', 1, 20), add('b', 5, 25));
    expect(shown(timeline)).toEqual(['a 1-5', 'b 5-25']);
    expect(history.map(({ action, masterId, validFrom }) => [action, masterId, dayOf(validFrom)])).toEqual([
      ['certify', 'a', 1],
      ['certify', 'b', 5],
      ['supersede', 'a', 5],
    ]);
  });

  it('comes to the same when the older one is late', () => {
    expect(shown(begin(add('b', 5, 25), add('a', 1, 20)).timeline)).toEqual(['a 1-5', 'b 5-25']);
  });

  it('does not let the older one come back behind a newer one that is short', () => {
    expect(shown(begin(add('a', 1, 20), add('b', 5, 8)).timeline)).toEqual(['a 1-5', 'b 5-8']);
  });

  it('lets nothing of zero length stand', () => {
    const { timeline, history } = begin(add('b', 5, 25, { from: 4 }), add('a', 4, 20));
    expect(shown(timeline)).toEqual(['b 4-25']);
    expect(shown(replayHistory(history))).toEqual(['b 4-25']);
    expect(shown(begin(add('a', 4, 20), add('b', 5, 25, { from: 4 })).timeline)).toEqual(['b 4-25']);
  });

  it('takes intervals that touch', () => {
    const { timeline } = begin(add('a', 1, 5, { supersede: false }), add('b', 5, 9, { supersede: false }));
    expect(shown(timeline)).toEqual(['a 1-5', 'b 5-9']);
  });

  it('refuses an overlap, with what it meets and what to do', () => {
    const { timeline } = begin(add('a', 1, 20));
    const refused = () => add('b', 5, 25, { supersede: false })(timeline);
    expect(refused).toThrow(ValidityConflict);
    expect(refused).toThrow(`a in [${tai(1)}, ${tai(20)}) TAI; decertify what is in the way`);
  });

  it('changes nothing the second time, and does not stretch itself', () => {
    const { timeline } = begin(add('a', 1, 20));
    expect(add('a', 1, 20)(timeline).changes).toEqual([]);
    expect(() => add('a', 1, 21)(timeline)).toThrow('change the range with recertify');
  });

  it('refuses a BAD master, an empty interval and another key', () => {
    const bad = certificateOf(masterOf('a', { grade: 'BAD' }), tai(1), tai(2));
    expect(() => certify([], bad, DONE, { supersede: true })).toThrow(MasterRejected);
    expect(() => add('a', 3, 3)([])).toThrow(InvalidPayload);
    const { timeline } = begin(add('a', 1, 20));
    const other = certificateOf(masterOf('b', { calibrationKey: 'noc1.bias.b2.t-60' }), tai(1), tai(2));
    expect(() => certify(timeline, other, DONE, { supersede: true })).toThrow('noc1.bias.b2.t-60');
  });
});

describe('decertify and recertify', () => {
  it('leaves the outer pieces of a middle part', () => {
    const { timeline, history } = begin(add('a', 1, 20), take('a', 5, 8));
    expect(shown(timeline)).toEqual(['a 1-5', 'a 8-20']);
    expect(shown(replayHistory(history))).toEqual(['a 1-5', 'a 8-20']);
  });

  it('leaves other masters in the range alone', () => {
    expect(shown(begin(add('a', 1, 20), add('b', 5, 25), take('a', 2, 10)).timeline)).toEqual(['a 1-2', 'b 5-25']);
  });

  it('refuses where the master is not valid, and says where it is', () => {
    const { timeline } = begin(add('a', 1, 5));
    expect(() => take('a', 5, 9)(timeline)).toThrow(`it is in [${tai(1)}, ${tai(5)}) TAI`);
    expect(() => take('b', 1, 5)(timeline)).toThrow('no certificate');
  });

  it('gives a master another range, in one piece', () => {
    const { timeline, history } = begin(add('a', 1, 20), take('a', 5, 8), move('a', 2, 12));
    expect(shown(timeline)).toEqual(['a 2-12']);
    expect(shown(replayHistory(history))).toEqual(['a 2-12']);
    expect(move('a', 2, 12)(timeline).changes).toEqual([]);
  });

  it('does not move a master onto another, nor one that is not there', () => {
    const { timeline } = begin(add('a', 1, 5), add('b', 5, 25));
    expect(() => move('a', 1, 6)(timeline)).toThrow(ValidityConflict);
    expect(() => move('c', 1, 6)(timeline)).toThrow('certify it');
  });

  it('knows a change that is delivered again', () => {
    const { history } = begin(add('a', 1, 20), add('b', 5, 25));
    expect(isRepeated(history, 'certify', range('a', 1, 20), DONE)).toBe(true);
    expect(isRepeated(history, 'certify', range('a', 1, 20), { ...DONE, at: '2026-11-22T17:00:00.000Z' })).toBe(false);
    expect(isRepeated(history, 'certify', range('a', 1, 21), DONE)).toBe(false);
    expect(isRepeated(history, 'recertify', range('a', 1, 20), DONE)).toBe(false);
  });
});

describe('whatever is done', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const days = fc
    .tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 1, max: 28 }))
    .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }));
  const step = fc.record({
    action: fc.constantFrom('certify', 'supersede', 'decertify', 'recertify'),
    name,
    days,
  });
  /** Masters by name are taken in the order of their names. */
  const dayTaken = (id: string) => 'abcde'.indexOf(id) + 1;
  /** Which master serves each day: an independent account of the intervals, day by day. */
  const serving = (timeline: readonly Certificate[]) =>
    Array.from({ length: 28 }, (_, day) =>
      timeline
        .filter(({ validFrom, validTo }) => validFrom <= tai(day + 1) && tai(day + 1) < validTo)
        .map(({ id }) => id),
    );

  it('no two masters are ever valid at once, only what was asked for changes, and the history tells it all', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let timeline: Certificate[] = [];
        const history: ValidityChange[] = [];
        for (const {
          action,
          name: id,
          days: { from, to },
        } of steps) {
          const before = serving(timeline);
          const untouched = structuredClone(timeline);
          let changed: Changed;
          try {
            changed =
              action === 'decertify'
                ? take(id, from, to)(timeline)
                : action === 'recertify'
                  ? move(id, from, to)(timeline)
                  : add(id, dayTaken(id), to, { from, supersede: action === 'supersede' })(timeline);
          } catch (error) {
            if (!(error instanceof ValidityConflict || error instanceof InvalidPayload)) throw error;
            continue;
          } finally {
            expect(timeline).toEqual(untouched);
          }
          timeline = changed.next;
          history.push(...changed.changes);
          const after = serving(timeline);
          for (const [index, masters] of after.entries()) {
            expect(masters.length).toBeLessThanOrEqual(1);
            const day = index + 1;
            const isInside = from <= day && day < to;
            if (action === 'decertify')
              expect(masters).toEqual(before[index].filter((each) => !(isInside && each === id)));
            if (action === 'certify') expect(masters).toEqual(isInside ? [id] : before[index]);
            if (action === 'recertify') {
              expect(masters).toEqual(isInside ? [id] : before[index].filter((each) => each !== id));
            }
            // A newer master takes its place; the place of an older one is given up for good behind its begin.
            if (action === 'supersede' && day < from) expect(masters).toEqual(before[index]);
            if (action === 'supersede' && isInside && before[index].some((each) => each > id)) {
              expect(masters).toEqual(before[index]);
            }
          }
          for (const { validFrom, validTo } of timeline) expect(validFrom < validTo).toBe(true);
          expect(timeline.map(({ validFrom }) => validFrom)).toEqual(timeline.map(({ validFrom }) => validFrom).sort());
          expect(shown(replayHistory(history))).toEqual(shown(timeline));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('masters of nights come to the same in any order, however often', () => {
    const nights = fc.uniqueArray(
      fc.record({ day: fc.integer({ min: 1, max: 20 }), lasts: fc.integer({ min: 1, max: 8 }) }),
      { selector: ({ day }) => day, minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(
        nights.chain((all) =>
          fc.tuple(
            fc.constant(all.toSorted((a, b) => a.day - b.day)),
            fc.shuffledSubarray([...all, ...all.map((each) => ({ ...each }))], { minLength: 2 * all.length }),
          ),
        ),
        ([inOrder, delivered]) => {
          const deliver = (masters: typeof inOrder) => {
            let timeline: Certificate[] = [];
            const history: ValidityChange[] = [];
            for (const { day, lasts } of masters) {
              const id = `m${String(day).padStart(2, '0')}`;
              if (isRepeated(history, 'certify', range(id, day, day + lasts), DONE)) continue;
              const { next, changes } = add(id, day, day + lasts)(timeline);
              timeline = next;
              history.push(...changes);
            }
            return shown(timeline);
          };
          expect(deliver(delivered)).toEqual(deliver(inOrder));
        },
      ),
      { numRuns: 200 },
    );
  });
});
