import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseMasters, distanceText, type FrameFacts, wantedKeys } from '../../../core/calibration/select.ts';
import {
  answerSheet,
  type CalibrationSet,
  type Certificate,
  calibrationKeyOf,
  type Grade,
} from '../../../core/records/calibration.ts';
import { calibrationPolicy } from '../../../core/records/observatory/calibration-policy.ts';
import { certificateOf, masterOf, tai } from './masters-of-tests.ts';

const BIAS_SET = { id: 'bias', type: 'bias', count: 20, when: 'afternoon', everyDays: 7, validDays: 30 };
const policyWith = (more: object = {}) => calibrationPolicy.parse({ sets: [BIAS_SET], ...more });
const POLICY = policyWith();

/** A frame in g at 22:00 TAI of the 21st, 100 s long. */
const FRAME: FrameFacts = {
  exposureId: 'noc1_o_20261121_000100',
  instrument: 'noc1',
  imageType: 'object',
  filter: 'g',
  exposureTimeS: 100,
  midMs: Date.UTC(2026, 10, 21, 21, 59, 23),
  binning: 1,
  temperatureC: -60,
  setTemperatureC: -60,
};

/** A certificate of the 20th to the 30th whose master was taken at 16 h of a day. */
function made(
  masterId: string,
  set: Partial<CalibrationSet>,
  more: { day?: number; grade?: Grade; temperatureC?: number; isScalable?: boolean; from?: string; to?: string } = {},
): Certificate {
  const { day = 21, grade = 'GOOD', from = tai(20), to = tai(30), isScalable = set.type === 'dark', ...rest } = more;
  const whole = { configuration: { binning: 1, setTemperatureC: -60 }, count: 5, minimum: 5, ...set } as CalibrationSet;
  const { exposureTimeS, ...keyed } = whole;
  const calibrationKey = calibrationKeyOf({
    instrument: 'noc1',
    ...keyed,
    ...(!isScalable && whole.type === 'dark' && { exposureTimeS }),
  });
  const master = masterOf(masterId, {
    calibrationKey,
    set: whole,
    grade,
    isScalable,
    takenFrom: tai(day, 16),
    takenTo: tai(day, 16.5),
    ...rest,
  });
  return certificateOf(master, from, to);
}
const BIAS = made('mb1', { type: 'bias' });
const DARK = made('md1', { type: 'dark', exposureTimeS: 300 });
const SKY = made('mf1', { type: 'flat', target: 'twilight', filter: 'g' });
const SCREEN = made('mf2', { type: 'flat', target: 'dome', filter: 'g' });
const ALL = [BIAS, DARK, SKY, SCREEN];

const choose = (certificates: Certificate[], frame: Partial<FrameFacts> = {}, policy = POLICY) =>
  chooseMasters({ frame: { ...FRAME, ...frame }, policy, certificates });
const choiceOf = (type: string, ...rest: Parameters<typeof choose>) =>
  choose(...rest).choices.find((each) => each.type === type)!;
const failed = (choice: ReturnType<typeof choiceOf>, masterId: string) =>
  choice.candidates
    .find((each) => each.masterId === masterId)!
    .criteria.filter(({ passed }) => !passed)
    .map(({ name }) => name);

describe('wanted keys', () => {
  it('are those of the frame, the best first', () => {
    expect(wantedKeys(FRAME, POLICY)).toEqual([
      { type: 'bias', keys: ['noc1.bias.b1.t-60'] },
      { type: 'dark', keys: ['noc1.dark.e100.b1.t-60', 'noc1.dark.b1.t-60'] },
      { type: 'flat', keys: ['noc1.flat.twilight.g.b1.t-60', 'noc1.flat.dome.g.b1.t-60'] },
    ]);
    const unscaled = policyWith({ darkScaling: { allowed: false }, flatTargets: ['dome'] });
    expect(wantedKeys(FRAME, unscaled).map(({ keys }) => keys)).toEqual([
      ['noc1.bias.b1.t-60'],
      ['noc1.dark.e100.b1.t-60'],
      ['noc1.flat.dome.g.b1.t-60'],
    ]);
  });

  it.each([
    ['focus', ['bias', 'dark', 'flat']],
    ['flat', ['bias', 'dark']],
    ['dark', ['bias']],
    ['bias', []],
  ])('of a %s frame are of types %j', (imageType, types) => {
    expect(wantedKeys({ ...FRAME, imageType }, POLICY).map(({ type }) => type)).toEqual(types);
  });
});

describe('chooseMasters', () => {
  it('takes what is valid and good, and says how far it is', () => {
    const sheet = choose(ALL);
    expect(answerSheet.parse(sheet)).toEqual(sheet);
    expect(sheet.complete).toBe(true);
    expect(sheet.at).toBe('2026-11-21T22:00:00.000');
    expect(sheet.choices.map(({ masterId }) => masterId)).toEqual(['mb1', 'md1', 'mf1']);
    const [bias, dark] = sheet.choices;
    // From 16:15 UTC, the middle of its frames, to 21:59:23 UTC.
    expect(bias.candidates[0].distanceS).toBeCloseTo(-(5 * 3600 + 44 * 60 + 23), 6);
    expect(bias.file).toEqual(BIAS.master.file);
    expect(dark.scale).toBeCloseTo(1 / 3, 12);
    expect(dark.reason).toContain('scaled by 0.3333');
    expect(bias).not.toHaveProperty('scale');
  });

  it('is half open in time, on leap-free TAI', () => {
    const ends = made('mb1', { type: 'bias' }, { to: '2026-11-21T22:00:00.000' });
    const begins = made('mb2', { type: 'bias' }, { from: '2026-11-21T22:00:00.000' });
    const choice = choiceOf('bias', [ends, begins]);
    expect(choice.masterId).toBe('mb2');
    expect(failed(choice, 'mb1')).toEqual(['validAtTime']);
  });

  it('keeps to the order of the flats, unless the better one is only a WARN', () => {
    expect(choiceOf('flat', [SCREEN, SKY]).masterId).toBe('mf1');
    const doubtful = made('mf1', { type: 'flat', target: 'twilight', filter: 'g' }, { grade: 'WARN' });
    expect(choiceOf('flat', [SCREEN, doubtful]).masterId).toBe('mf2');
    expect(choiceOf('flat', [doubtful]).masterId).toBe('mf1');
    const strict = choiceOf('flat', [doubtful], {}, policyWith({ useWarn: false }));
    expect(strict.masterId).toBeUndefined();
    expect(failed(strict, 'mf1')).toEqual(['grade']);
  });

  it('never takes a BAD one', () => {
    const choice = choiceOf('bias', [made('mb1', { type: 'bias' }, { grade: 'BAD' })]);
    expect(choice).not.toHaveProperty('masterId');
    expect(failed(choice, 'mb1')).toEqual(['grade']);
  });

  it('takes the nearest in time, not the newest, and of two the smaller id', () => {
    // In the store certificates of one key never overlap; the choice does not build on it.
    const near = made('mb7', { type: 'bias' }, { day: 21 });
    const newest = made('mb8', { type: 'bias' }, { day: 25 });
    expect(choiceOf('bias', [newest, near]).masterId).toBe('mb7');
    expect(choiceOf('bias', [made('mb9', { type: 'bias' }), near]).masterId).toBe('mb7');
  });

  it('prefers a dark of the same time, which is not scaled', () => {
    const same = made('md2', { type: 'dark', exposureTimeS: 100 }, { isScalable: false, day: 20 });
    const choice = choiceOf('dark', [DARK, same]);
    expect(choice.masterId).toBe('md2');
    expect(choice).not.toHaveProperty('scale');
  });

  it.each([
    ['the policy forbids it', {}, policyWith({ darkScaling: { allowed: false } }), ['key', 'exposureTime']],
    ['the ratio is too large', { exposureTimeS: 10 }, POLICY, ['exposureTime']],
    ['the frame was warm', { temperatureC: -59.5 }, POLICY, ['temperature']],
    ['the frame tells no temperature', { temperatureC: undefined }, POLICY, ['temperature']],
  ] as const)('does not scale a dark where %s', (_why, frame, policy, criteria) => {
    const choice = choiceOf('dark', ALL, frame, policy);
    expect(choice).not.toHaveProperty('masterId');
    expect(failed(choice, 'md1')).toEqual(criteria);
  });

  it('does not take a warm dark, and takes one just within the tolerance and the ratio', () => {
    const warm = made('md1', { type: 'dark', exposureTimeS: 300 }, { temperatureC: -59.5 });
    expect(failed(choiceOf('dark', [warm]), 'md1')).toEqual(['temperature']);
    const cool = made('md1', { type: 'dark', exposureTimeS: 300 }, { temperatureC: -59.51 });
    expect(choiceOf('dark', [cool]).masterId).toBe('md1');
    expect(choiceOf('dark', ALL, { exposureTimeS: 30 }).scale).toBeCloseTo(0.1, 12);
  });

  it('does not scale what was not made for it', () => {
    const fixed = made('md1', { type: 'dark', exposureTimeS: 300 }, { isScalable: false });
    expect(failed(choiceOf('dark', [fixed]), 'md1')).toEqual(['key', 'exposureTime']);
  });

  it('takes masters of another configuration for candidates that fail, never for errors', () => {
    const binned = made('mb2', { type: 'bias', configuration: { binning: 2, setTemperatureC: -60 } });
    const warm = made('mb3', { type: 'bias', configuration: { binning: 1, setTemperatureC: -50 } });
    const choice = choiceOf('bias', [binned, warm]);
    expect(failed(choice, 'mb2')).toEqual(['key', 'binning']);
    expect(failed(choice, 'mb3')).toEqual(['key', 'setTemperature']);
    expect(choice.reason).toBe(
      'no master bias serves: wanted noc1.bias.b1.t-60; ' +
        'mb2 fails key (noc1.bias.b2.t-60; wanted: noc1.bias.b1.t-60), binning (2, the frame has 1); ' +
        'mb3 fails key (noc1.bias.b1.t-50; wanted: noc1.bias.b1.t-60), setTemperature (-50 C, the frame has -60 C)',
    );
    const red = made('mf3', { type: 'flat', target: 'dome', filter: 'r' });
    expect(failed(choiceOf('flat', [red]), 'mf3')).toEqual(['key', 'filter']);
  });

  it('is incomplete, with what is missing, when there is nothing', () => {
    const sheet = choose([BIAS, DARK]);
    expect(sheet.complete).toBe(false);
    expect(sheet.choices[2]).toEqual({
      type: 'flat',
      wanted: 'noc1.flat.twilight.g.b1.t-60, noc1.flat.dome.g.b1.t-60',
      candidates: [],
      reason:
        'no master flat serves: wanted noc1.flat.twilight.g.b1.t-60 or noc1.flat.dome.g.b1.t-60; there is no candidate',
    });
    expect(choose([], { imageType: 'bias' })).toMatchObject({ choices: [], complete: true });
  });

  it('does not depend on the order of the certificates, and chooses only what passes all', () => {
    const certificates = fc.array(
      fc
        .record({
          number: fc.integer({ min: 1, max: 9 }),
          day: fc.integer({ min: 10, max: 28 }),
          grade: fc.constantFrom<Grade>('GOOD', 'WARN', 'BAD'),
          from: fc.integer({ min: 10, max: 22 }),
          filter: fc.constantFrom('g', 'r'),
          target: fc.constantFrom('dome' as const, 'twilight' as const),
        })
        .map(({ number, day, grade, from, filter, target }) =>
          made(`mf${number}`, { type: 'flat', target, filter }, { day, grade, from: tai(from), to: tai(from + 5) }),
        ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        certificates.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const choice = choiceOf('flat', all);
          expect(choiceOf('flat', shuffled).masterId).toBe(choice.masterId);
          const serving = all.filter(
            ({ validFrom, validTo, master: { set, quality } }) =>
              quality.grade !== 'BAD' && set.filter === 'g' && validFrom <= tai(21, 22) && tai(21, 22) < validTo,
          );
          expect(choice.masterId !== undefined).toBe(serving.length > 0);
          if (choice.masterId) expect(serving.map(({ id }) => id)).toContain(choice.masterId);
          expect(choice.candidates).toHaveLength(all.length);
          expect(choice.candidates.filter(({ chosen }) => chosen)).toHaveLength(serving.length > 0 ? 1 : 0);
        },
      ),
    );
  });

  it('says distances as people do', () => {
    expect([distanceText(-600), distanceText(4 * 3600), distanceText(-10 * 86_400)]).toEqual([
      '10.0 minutes before',
      '4.0 hours after',
      '10.0 days before',
    ]);
  });
});
