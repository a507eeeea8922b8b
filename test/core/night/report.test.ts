import { describe, expect, it } from 'vitest';
import { timeBudget } from '../../../core/night/report.ts';
import { BUDGET_CATEGORIES, eventItem, type NightEvent } from '../../../core/records/night.ts';

const BEGIN = '2026-11-21T18:00:00.000Z';
const END = '2026-11-22T06:00:00.000Z';
/** Twelve hours. */
const LENGTH_S = 43_200;

/** A night from BEGIN to END: all of its record that a time budget asks for. */
const record = { context: { beginAt: BEGIN, endAt: END } } as Parameters<typeof timeBudget>[0];

/** The instant so many seconds after the night's begin. */
const at = (seconds: number): string => new Date(Date.parse(BEGIN) + Math.round(seconds * 1000)).toISOString();

function event(sequence: number, beginS: number, endS: number, budget: NightEvent['budget']): NightEvent {
  return {
    nightId: 'night',
    item: eventItem(at(beginS), sequence, '2-slew'),
    kind: 'slew',
    sequence,
    beginAt: at(beginS),
    endAt: at(endS),
    budget,
    sunAltitudeDeg: -30,
    message: '',
  };
}

const total = (budget: Record<string, number>): number => Object.values(budget).reduce((sum, each) => sum + each, 0);

describe('the time budget of a night', () => {
  it('adds up by category, and what is left is unused', () => {
    const { budget, lengthS } = timeBudget(record, [
      event(0, 0, 0, {}),
      event(1, 0, 60, { slew: 60 }),
      event(2, 60, 68, { configure: 8 }),
      event(3, 68, 134.5, { slew: 2.5, science: 60, readout: 4 }),
      event(4, 134.5, 434.5, { weather: 300 }),
      event(5, 434.5, 498.5, { science: 60, readout: 4 }),
    ]);
    expect(lengthS).toBe(LENGTH_S);
    expect(budget).toEqual({
      science: 120,
      calibration: 0,
      slew: 62.5,
      configure: 8,
      readout: 8,
      waiting: 0,
      weather: 300,
      fault: 0,
      unused: LENGTH_S - 498.5,
    });
    expect(total(budget)).toBe(LENGTH_S);
  });

  it('of a night without events is unused', () => {
    const { budget, lengthS } = timeBudget(record, []);
    expect([budget.unused, total(budget), lengthS]).toEqual([LENGTH_S, LENGTH_S, LENGTH_S]);
    expect(Object.keys(budget)).toEqual([...BUDGET_CATEGORIES]);
  });

  it('reaches to the parking of the telescope when that ends after the night', () => {
    const { budget, lengthS } = timeBudget(record, [
      event(0, 0, LENGTH_S, { waiting: LENGTH_S }),
      event(1, LENGTH_S, LENGTH_S + 75, { slew: 75 }),
    ]);
    expect(lengthS).toBe(LENGTH_S + 75);
    expect(budget).toMatchObject({ waiting: LENGTH_S, slew: 75, unused: 0 });
  });

  it('bears that instants are whole milliseconds', () => {
    const { budget } = timeBudget(record, [event(0, 0, 1 / 3, { slew: 1 / 3 })]);
    expect(total(budget)).toBeCloseTo(LENGTH_S, 9);
  });
});

describe('events that do not follow each other break it', () => {
  const broken: [string, NightEvent[]][] = [
    ['an overlap', [event(0, 0, 60, { slew: 60 }), event(1, 59, 119, { science: 60 })]],
    ['an overlap of a millisecond', [event(0, 0, 60, { slew: 60 }), event(1, 59.999, 119.999, { science: 60 })]],
    ['a gap', [event(0, 0, 60, { slew: 60 }), event(1, 61, 121, { science: 60 })]],
    ['a gap of a millisecond', [event(0, 0, 60, { slew: 60 }), event(1, 60.001, 120.001, { science: 60 })]],
    ['a gap at the begin', [event(0, 1, 61, { slew: 60 })]],
    ['the same event twice', [event(0, 0, 60, { slew: 60 }), event(0, 0, 60, { slew: 60 })]],
  ];
  it.each(broken)('%s', (_what, events) => {
    const last = events.at(-1) as NightEvent;
    expect(() => timeBudget(record, events)).toThrow(
      expect.objectContaining({
        name: 'BudgetBroken',
        message: expect.stringContaining(`${last.item} begins at ${last.beginAt}`),
      }),
    );
  });

  it.each([
    ['more', { slew: 60, readout: 4 }],
    ['less', { slew: 59 }],
    ['nothing', {}],
  ])('an event that accounts for %s, not its length', (_what, budget) => {
    expect(() => timeBudget(record, [event(0, 0, 60, budget)])).toThrow(
      expect.objectContaining({
        name: 'BudgetBroken',
        message: expect.stringContaining('lasts 60 s and accounts for'),
      }),
    );
  });
});
