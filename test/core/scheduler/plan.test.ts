import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandExposures, frameEndsS, remainingPlan, visitDurationS } from '../../../core/scheduler/plan.ts';
import { request } from './helpers.ts';

const offsets = (count: number, pattern: 'box' | 'line', stepArcsec = 20) =>
  expandExposures({
    exposures: [{ filter: 'g', exposureTimeS: 60, count }],
    dither: { pattern, stepArcsec },
  }).map(({ offsetEastArcsec, offsetNorthArcsec }) => [offsetEastArcsec, offsetNorthArcsec]);

describe('expandExposures', () => {
  test('a box goes from the centre to the corners of a square of one step, then of two', () => {
    expect(offsets(6, 'box')).toEqual([
      [0, 0],
      [10, 10],
      [-10, 10],
      [-10, -10],
      [10, -10],
      [20, 20],
    ]);
  });

  test('a line lies along declination, centred on the target', () => {
    expect(offsets(4, 'line')).toEqual([
      [0, -30],
      [0, -10],
      [0, 10],
      [0, 30],
    ]);
    expect(offsets(1, 'line')).toEqual([[0, 0]]);
  });

  test('no two dithers are alike, whatever the count', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom('box' as const, 'line' as const),
        (count, pattern) => {
          expect(new Set(offsets(count, pattern).map(String)).size).toBe(count);
        },
      ),
    );
  });

  test('each filter has its own sequence from the centre, in the order asked', () => {
    const plan = expandExposures({
      exposures: [
        { filter: 'g', exposureTimeS: 60, count: 2 },
        { filter: 'r', exposureTimeS: 30, count: 1 },
      ],
      dither: { pattern: 'box', stepArcsec: 8 },
    });
    expect(plan).toEqual([
      { filter: 'g', exposureTimeS: 60, offsetEastArcsec: 0, offsetNorthArcsec: 0 },
      { filter: 'g', exposureTimeS: 60, offsetEastArcsec: 4, offsetNorthArcsec: 4 },
      { filter: 'r', exposureTimeS: 30, offsetEastArcsec: 0, offsetNorthArcsec: 0 },
    ]);
  });

  test('without a dither every frame points at the target', () => {
    const plan = expandExposures({ exposures: [{ filter: 'g', exposureTimeS: 1, count: 3 }] });
    expect(
      plan.every(({ offsetEastArcsec, offsetNorthArcsec }) => offsetEastArcsec === 0 && offsetNorthArcsec === 0),
    ).toBe(true);
  });
});

test('the remaining plan keeps the place of each exposure in the request', () => {
  const exposures = expandExposures({ exposures: [{ filter: 'g', exposureTimeS: 60, count: 4 }] });
  const left = remainingPlan(
    request({ exposures, done: { 0: 'noc1_o_20261121_000001', 2: 'noc1_o_20261121_000002' } }),
  );
  expect(left.map(({ index }) => index)).toEqual([1, 3]);
});

describe('visitDurationS', () => {
  const overheads = { readoutS: 4, filterChangeS: 8, offsetS: 3 };
  const plan = expandExposures({
    exposures: [
      { filter: 'g', exposureTimeS: 60, count: 2 },
      { filter: 'r', exposureTimeS: 30, count: 1 },
    ],
    dither: { pattern: 'box', stepArcsec: 8 },
  });

  test('adds exposures, readouts, dither moves and filter changes', () => {
    // g centre, g corner (a move), r centre (a move and a change): 60+4, 3+60+4, 8+3+30+4.
    expect(visitDurationS(plan, overheads, 'g')).toBe(176);
    expect(frameEndsS(plan, overheads, 'g')).toEqual([64, 131, 176]);
  });

  test('the first filter costs a change when another one is in place', () => {
    expect(visitDurationS(plan, overheads, 'i')).toBe(184);
  });

  test('nothing to do takes no time', () => {
    expect(visitDurationS([], overheads, 'i')).toBe(0);
  });
});
