import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../../embedded/stepfunctions/choice.ts';

function compile(rule: object) {
  const problems: string[] = [];
  const condition = compileCondition(rule as never, '/r', (where, message) => problems.push(`${where}: ${message}`));
  return { problems, condition };
}

function holds(rule: object, input: unknown): boolean {
  const { problems, condition } = compile(rule);
  expect(problems).toEqual([]);
  return condition({ input, context: {}, variables: { values: new Map(), outer: undefined }, random: Math.random });
}

const BELOW = -1;
const SAME = 0;
const ABOVE = 1;
const ACCEPTS: Record<string, number[]> = {
  Equals: [SAME],
  LessThan: [BELOW],
  GreaterThan: [ABOVE],
  LessThanEquals: [BELOW, SAME],
  GreaterThanEquals: [ABOVE, SAME],
};
const VALUES = {
  Numeric: [1, 2.5],
  String: ['M31', 'M51'],
  Timestamp: ['2012-10-09T19:00:55Z', '2012-10-09T20:00:56+00:30'],
};

// states-language.net, "Data-test expression", all comparison operators.
describe('comparisons', () => {
  for (const [prefix, [low, high]] of Object.entries(VALUES)) {
    for (const [name, accepted] of Object.entries(ACCEPTS)) {
      it(`${prefix}${name} and its Path variant`, () => {
        const operator = `${prefix}${name}`;
        for (const [variable, value, order] of [
          [low, high, BELOW],
          [low, low, SAME],
          [high, low, ABOVE],
        ] as const) {
          const expected = accepted.includes(order);
          expect(holds({ Variable: '$.v', [operator]: value }, { v: variable })).toBe(expected);
          expect(holds({ Variable: '$.v', [`${operator}Path`]: '$.w' }, { v: variable, w: value })).toBe(expected);
        }
        // Values of other types never match.
        for (const other of [null, true, [], {}])
          expect(holds({ Variable: '$.v', [operator]: low }, { v: other })).toBe(false);
      });
    }
  }

  it('BooleanEquals', () => {
    expect(holds({ Variable: '$.v', BooleanEquals: false }, { v: false })).toBe(true);
    expect(holds({ Variable: '$.v', BooleanEquals: true }, { v: 'true' })).toBe(false);
    expect(holds({ Variable: '$.v', BooleanEqualsPath: '$.w' }, { v: true, w: true })).toBe(true);
  });

  it('orders timestamps by instant and strings by code unit', () => {
    expect(
      holds({ Variable: '$.v', TimestampEquals: '2020-01-01T12:00:00Z' }, { v: '2020-01-01T13:00:00+01:00' }),
    ).toBe(true);
    expect(
      holds({ Variable: '$.v', TimestampLessThan: '2020-01-01T00:00:00.0002Z' }, { v: '2020-01-01T00:00:00.0001Z' }),
    ).toBe(true);
    expect(holds({ Variable: '$.v', StringLessThan: 'a' }, { v: 'Z' })).toBe(true);
    expect(holds({ Variable: '$.v', TimestampEquals: '2020-01-01T12:00:00Z' }, { v: '2020-01-01 12:00:00Z' })).toBe(
      false,
    );
  });
});

describe('type tests', () => {
  const samples: [string, unknown][] = [
    ['IsNull', null],
    ['IsNumeric', 0.5],
    ['IsString', 'text'],
    ['IsBoolean', false],
    ['IsTimestamp', '2016-03-14T01:59:00.123-05:00'],
  ];
  for (const [operator, fitting] of samples) {
    it(operator, () => {
      for (const [other, value] of samples) {
        const expected = other === operator || (operator === 'IsString' && other === 'IsTimestamp');
        expect(holds({ Variable: '$.v', [operator]: true }, { v: value })).toBe(expected);
        expect(holds({ Variable: '$.v', [operator]: false }, { v: value })).toBe(!expected);
      }
      expect(holds({ Variable: '$.v', [operator]: true }, { v: fitting })).toBe(true);
    });
  }

  it.each(['2016-02-30T00:00:00Z', '2016-01-01T24:00:00Z', '2016-01-01', '2016-01-01T00:00:00', 'x'])(
    '%s is no timestamp',
    (v) => {
      expect(holds({ Variable: '$.v', IsTimestamp: true }, { v })).toBe(false);
    },
  );

  it('IsPresent tells a missing member from null', () => {
    expect(holds({ Variable: '$.v', IsPresent: true }, { v: null })).toBe(true);
    expect(holds({ Variable: '$.v', IsPresent: true }, {})).toBe(false);
    expect(holds({ Variable: '$.v', IsPresent: false }, {})).toBe(true);
  });
});

describe('StringMatches', () => {
  // states-language.net, "Data-test expression": the first four.
  it.each([
    ['*.log', 'zebra.log', true],
    ['foo*.log', 'foo23.log', true],
    ['foo*.*', 'foobar.zebra', true],
    ['foo*.log', 'xfoo.log', false],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a\\\\b', 'a\\b', true],
    ['.', 'x', false],
    ['a*b', 'a\nb', true],
  ])('%s and %s', (pattern, v, expected) => {
    expect(holds({ Variable: '$.v', StringMatches: pattern }, { v })).toBe(expected);
  });
});

describe('combinations', () => {
  it('And, Or, Not', () => {
    const above = { Variable: '$.n', NumericGreaterThan: 0 };
    const below = { Variable: '$.n', NumericLessThan: 10 };
    expect([-1, 5, 11].map((n) => holds({ And: [above, below] }, { n }))).toEqual([false, true, false]);
    expect([-1, 5, 11].map((n) => holds({ Or: [{ Not: above }, { Not: below }] }, { n }))).toEqual([true, false, true]);
  });

  it('guards a missing variable by the order of And', () => {
    const rule = {
      And: [
        { Variable: '$.n', IsPresent: true },
        { Variable: '$.n', NumericEquals: 1 },
      ],
    };
    expect(holds(rule, {})).toBe(false);
  });
});

describe('refused rules', () => {
  it.each([
    [{ Variable: '$.a' }, 'exactly one operator'],
    [{ Variable: '$.a', IsNull: true, IsString: true }, 'exactly one operator'],
    [{ Variable: '$.a', NumericAbout: 1 }, "'NumericAbout' is not a choice operator"],
    [{ Variable: '$.a', NumericEquals: '1' }, 'must be a number'],
    [{ Variable: '$.a', TimestampEquals: 'today' }, 'must be a timestamp'],
    [{ NumericEquals: 1 }, 'Reference Path'],
    [{ And: [] }, 'non-empty array'],
    [{ Not: { Variable: '$.a', IsNull: true, Next: 'X' } }, 'only allowed in a top-level'],
    [{ Condition: '{% true %}' }, 'JSONata'],
  ])('%j', (rule, problem) => {
    expect(compile(rule).problems.join()).toContain(problem);
  });
});
