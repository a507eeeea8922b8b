import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observatory, saturationAdu } from '../../../core/records/observatory.ts';
import { parseAll } from '../../../core/records/primitives.ts';
import { FOUR } from '../twin/detector/helpers.ts';

const OBSERVATORIES = new URL('../../../observatories/', import.meta.url);
const fileOf = (name: string) => JSON.parse(readFileSync(new URL(name, OBSERVATORIES), 'utf8'));
const base = fileOf('la-palma.json');
const faults = (calibration: unknown, changes: object = {}): string[] =>
  parseAll(observatory, { ...base, ...changes, calibration }, 'observatory').faults;

const BIAS = { id: 'bias', type: 'bias', count: 10, when: 'afternoon', everyDays: 1, validDays: 2 };
const DARK = { ...BIAS, id: 'dark', type: 'dark' };
const FLAT = { ...BIAS, id: 'flat', type: 'flat', target: 'twilight', levelAdu: 20_000, when: 'evening' };
const DOME = { ...FLAT, id: 'dome', target: 'dome', when: 'nightEnd' };

describe('the calibration policy of an observatory', () => {
  it.each(readdirSync(OBSERVATORIES))('of %s is one, and it can be followed', (name) => {
    const { value, faults: found } = parseAll(observatory, fileOf(name), 'observatory');
    expect(found).toEqual([]);
    const { sets, flatTargets } = value!.calibration!;
    expect(new Set(sets.map(({ type }) => type))).toEqual(new Set(['bias', 'dark', 'flat']));
    expect(flatTargets[0]).toBe('twilight');
    for (const { levelAdu } of sets) {
      // Between a fifth and six tenths of what the camera holds: linear, and with little noise.
      if (levelAdu === undefined) continue;
      const share = levelAdu / (saturationAdu(value!.camera) - value!.camera.biasLevelAdu);
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.6);
    }
  });

  it('may say the least', () => {
    expect(faults(undefined)).toEqual([]);
    // Nothing is taken but what programmes and persons ask for.
    expect(faults({})).toEqual([]);
    expect(faults({ sets: [BIAS] })).toEqual([]);
    expect(faults({ sets: [BIAS, DARK, FLAT, DOME] })).toEqual([]);
    expect(
      faults({
        sets: [
          { ...BIAS, binnings: [1, 2] },
          { ...DARK, binnings: [2] },
        ],
      }),
    ).toEqual([]);
  });

  it.each([
    [
      'a flat of nothing',
      { ...FLAT, target: undefined },
      'sets[1].target: is missing; a flat looks at the dome or at twilight',
    ],
    ['a flat of any level', { ...FLAT, levelAdu: undefined }, 'sets[1].levelAdu: is missing'],
    ['a dark of a target', { ...DARK, target: 'dome' }, 'sets[1].target: belongs to flats; leave it out of a dark'],
    ['a dark of a filter', { ...DARK, filters: ['g'] }, 'sets[1].filters: belongs to flats'],
    ['a dark of a level', { ...DARK, levelAdu: 9 }, 'sets[1].levelAdu: belongs to flats'],
    [
      'a flat of a time',
      { ...FLAT, exposureTimesS: [3] },
      'sets[1].exposureTimesS: belongs to darks; leave it out of a flat',
    ],
    [
      'a filter that is not there',
      { ...FLAT, filters: ['g', 'q'] },
      'sets[1].filters[1]: is no filter of this observatory, which has u, g, r, i, z (got "q")',
    ],
    ['more frames than are taken', { ...DARK, minimum: 11 }, 'sets[1].minimum: must be at most count, 10 (got 11)'],
    ['days without a master', { ...DARK, everyDays: 3 }, 'sets[1].validDays: must be at least everyDays, 3'],
    [
      'a time that the camera does not expose',
      { ...DARK, exposureTimesS: [60, 1801] },
      'sets[1].exposureTimesS[1]: must be 0.1 to 1800 s',
    ],
    ['twilight by day', { ...FLAT, when: 'afternoon' }, 'sets[1].when: must be evening or morning'],
    ['a bias at dusk', { ...DARK, when: 'evening' }, 'sets[1].when: must be afternoon or nightEnd'],
    ['a dome flat at dawn', { ...DOME, when: 'morning' }, 'sets[1].when: must be afternoon or nightEnd'],
    ['one id twice', { ...DARK, id: 'bias' }, 'sets[1].id: stands twice: sets[0] has it too'],
    [
      'a binning that does not divide',
      { ...BIAS, id: 'b3', binnings: [3] },
      'sets[1].binnings[0]: does not divide the 2048 x 2048 pixels',
    ],
    ['a binning without its bias', { ...DARK, binnings: [2] }, 'sets[1].type: needs a bias set with binning 2'],
  ])('may not ask for %s', (_what, set, message) => {
    const told = faults({ sets: [BIAS, set] });
    expect(told.length).toBe(1);
    expect(told[0]).toContain(message);
  });

  it('may not ask for a level that saturates any amplifier', () => {
    const amplifiers = [FOUR[0], { ...FOUR[1], gainEPerAdu: 4, biasLevelAdu: 2000 }];
    const camera = { ...base.camera, amplifiers };
    // 99 % of the full well of 100000 e-, of which the amplifier's bend takes 1 %, are 24502 ADU at 4 e-/ADU.
    expect(faults({ sets: [BIAS, { ...FLAT, levelAdu: 24_501 }] }, { camera })).toEqual([]);
    expect(faults({ sets: [BIAS, { ...FLAT, levelAdu: 24_502 }] }, { camera })).toEqual([
      'observatory: calibration.sets[1].levelAdu: must be below 24502, where the camera saturates above its bias (got 24502)',
    ]);
  });

  it('needs a lamp for flats of the dome', () => {
    expect(faults({ sets: [BIAS, DOME] }, { flatLamp: undefined }).join()).toContain('dome needs a flatLamp');
    const flatLamp = { ...base.flatLamp, electronsPerS: { r: 8000 } };
    expect(faults({ sets: [BIAS, { ...DOME, filters: ['r', 'g'] }] }, { flatLamp })).toEqual([
      expect.stringContaining('sets[1].filters[1]: has no brightness in flatLamp.electronsPerS, which has r'),
    ]);
  });

  it('takes no flats that nobody uses', () => {
    expect(faults({ sets: [BIAS, FLAT, DOME], flatTargets: ['twilight'] })).toEqual([
      expect.stringContaining('sets[2].target: dome is not among flatTargets'),
    ]);
  });

  it('limits metrics that there are, in order', () => {
    expect(faults({ sets: [BIAS], limits: { flatScatter: { goodMax: 0.05, badMax: 0.1 } } })).toEqual([]);
    const told = faults({
      sets: [BIAS],
      limits: {
        beauty: { goodMin: 1 },
        flatMean: { goodMin: 1.2, goodMax: 0.8 },
        noiseFall: { badMin: 2, goodMin: 1 },
      },
    });
    expect(told.length).toBe(3);
    expect(told[0]).toMatch(/limits.beauty: is no metric; must be one of .*flatMean/);
    expect(told[1]).toContain('limits.flatMean.goodMin: must not be above goodMax, 0.8');
    expect(told[2]).toContain('limits.noiseFall.badMin: must not be above goodMin, 1');
  });

  it('tells every fault at once, of other sections too', () => {
    const told = faults(
      {
        sets: [
          { ...FLAT, filters: ['q'], minimum: 99, when: 'nightEnd' },
          { ...DARK, id: 'flat', levelAdu: 5, exposureTimesS: [0.01] },
        ],
        darkScaling: { factorMax: 0.5 },
        limits: { beauty: {} },
      },
      { camera: { ...base.camera, readNoiseE: -1 } },
    );
    for (const part of [
      'camera.readNoiseE',
      'calibration.darkScaling.factorMax',
      'sets[0].filters[0]',
      'sets[0].minimum',
      'sets[0].when',
      'sets[0].type: needs a bias',
      'sets[1].id',
      'sets[1].levelAdu',
      'sets[1].exposureTimesS[0]',
      'sets[1].type: needs a bias',
      'limits.beauty',
    ]) {
      expect(told.filter((fault) => fault.includes(part)).length, part).toBe(1);
    }
  });

  it.each([
    [null],
    [7],
    [{ sets: null }],
    [{ sets: [null, 5, 'x'] }],
    [{ sets: [{ type: 'flat', binnings: 3, filters: {} }], limits: 4 }],
  ])('bears what is no policy: %j', (policy) => {
    expect(faults(policy).length).toBeGreaterThan(0);
    expect(faults(policy, { camera: null, filters: 3 }).length).toBeGreaterThan(0);
  });
});
