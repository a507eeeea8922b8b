import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../../embedded/stepfunctions/choice.ts';
import { combine } from '../../../embedded/stepfunctions/dataflow.ts';
import { compileIntrinsic } from '../../../embedded/stepfunctions/intrinsics.ts';
import { compilePath, readPath } from '../../../embedded/stepfunctions/paths.ts';

const scopeOf = (input: unknown) => ({
  input,
  context: {},
  variables: { values: new Map<string, unknown>(), outer: undefined },
  random: Math.random,
});
const call = (source: string, input: unknown) => compileIntrinsic(source, 'field.$')(scopeOf(input));
const read = (path: string, input: unknown) => readPath(compilePath(path), scopeOf(input));
const holds = (rule: object, input: unknown) =>
  compileCondition(rule as never, '/r', (where, message) => {
    throw new Error(`${where}: ${message}`);
  })(scopeOf(input));

describe('intrinsic functions against independent oracles', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 });

  it('States.Hash gives the digests of node:crypto', () => {
    const algorithms = fc.constantFrom('MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512');
    fc.assert(
      fc.property(text, algorithms, (s, algorithm) => {
        const expected = createHash(algorithm.replace('-', '')).update(s, 'utf8').digest('hex');
        expect(call('States.Hash($.s, $.a)', { s, a: algorithm })).toBe(expected);
      }),
    );
  });

  it('States.Base64Encode gives the base64 of the UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, (s) => {
        expect(call('States.Base64Encode($)', s)).toBe(Buffer.from(s, 'utf8').toString('base64'));
      }),
    );
  });

  it('States.JsonMerge is the spread of two objects', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.jsonValue());
    fc.assert(
      fc.property(object, object, (a, b) => {
        expect(call('States.JsonMerge($.a, $.b, false)', { a, b })).toEqual({ ...a, ...b });
      }),
    );
  });

  it('States.ArrayRange has the closed form first + i · step', () => {
    const small = fc.integer({ min: -300, max: 300 });
    fc.assert(
      fc.property(
        small,
        small,
        small.filter((step) => step !== 0),
        (first, last, step) => {
          const range = call('States.ArrayRange($[0], $[1], $[2])', [first, last, step]) as number[];
          expect(range).toEqual(range.map((_, i) => first + i * step));
          const within = (n: number) => (step > 0 ? n <= last : n >= last);
          expect(range.every(within)).toBe(true);
          expect(within(first + range.length * step)).toBe(false);
        },
      ),
    );
  });

  it('States.ArrayUnique and States.ArrayContains agree with deep equality', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0', '1', null), fc.array(fc.nat(1)));
    fc.assert(
      fc.property(fc.array(value), value, (items, wanted) => {
        const unique = items.filter((item, at) => items.findIndex((other) => isDeepStrictEqual(other, item)) === at);
        expect(call('States.ArrayUnique($)', items)).toEqual(unique);
        const contained = items.some((item) => isDeepStrictEqual(item, wanted));
        expect(call('States.ArrayContains($.items, $.wanted)', { items, wanted })).toBe(contained);
      }),
    );
  });

  it('States.MathAdd adds integers of 32 bits, and fails outside of them', () => {
    const int = fc.integer();
    fc.assert(
      fc.property(int, int, (a, b) => {
        const add = () => call('States.MathAdd($[0], $[1])', [a, b]);
        if ((a + b) | 0 || a + b === 0) {
          if (((a + b) | 0) === a + b) expect(add()).toBe(a + b);
          else expect(add).toThrow('States.MathAdd');
        }
      }),
    );
  });

  it('States.StringSplit splits at every delimiter and drops what is empty', () => {
    const source = fc.string({ unit: fc.constantFrom('a', 'b', ',', '.', '+', ' ') });
    const delimiters = fc.string({ unit: fc.constantFrom(',', '.', '+'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(source, delimiters, (s, d) => {
        let parts = [s];
        for (const delimiter of d) parts = parts.flatMap((part) => part.split(delimiter));
        expect(call('States.StringSplit($.s, $.d)', { s, d })).toEqual(parts.filter((part) => part !== ''));
      }),
    );
  });
});

describe('Choice comparisons', () => {
  const operand = {
    Numeric: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
    String: fc.string({ maxLength: 3 }),
    Timestamp: fc
      .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  };

  for (const [prefix, values] of Object.entries(operand)) {
    it(`${prefix}* are a total order`, () => {
      const is = (name: string, a: unknown, b: unknown) =>
        holds({ Variable: '$.a', [`${prefix}${name}Path`]: '$.b' }, { a, b });
      fc.assert(
        fc.property(values, values, values, (a, b, c) => {
          // Exactly one of <, =, > holds; ≤ and ≥ follow from them.
          const [less, same, more] = ['LessThan', 'Equals', 'GreaterThan'].map((name) => is(name, a, b));
          expect([less, same, more].filter(Boolean)).toHaveLength(1);
          expect(is('LessThanEquals', a, b)).toBe(less || same);
          expect(is('GreaterThanEquals', a, b)).toBe(more || same);
          expect(is('GreaterThan', b, a)).toBe(less);
          if (is('LessThanEquals', a, b) && is('LessThanEquals', b, c)) expect(is('LessThanEquals', a, c)).toBe(true);
        }),
      );
    });
  }

  it('And, Or and Not follow De Morgan', () => {
    const leaf = fc
      .tuple(fc.constantFrom('$.x', '$.y'), fc.nat(2))
      .map(([Variable, value]): object => ({ Variable, NumericEquals: value }));
    const rule = fc.letrec<{ rule: object }>((tie) => ({
      rule: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        tie('rule').map((inner) => ({ Not: inner })),
        fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((rules) => ({ And: rules })),
        fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((rules) => ({ Or: rules })),
      ),
    })).rule;
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), fc.nat(2), fc.nat(2), (rules, x, y) => {
        const input = { x, y };
        const not = rules.map((inner) => ({ Not: inner }));
        expect(holds({ Not: { And: rules } }, input)).toBe(holds({ Or: not }, input));
        expect(holds({ Not: { Or: rules } }, input)).toBe(holds({ And: not }, input));
        expect(holds({ Not: { Not: rules[0] } }, input)).toBe(holds(rules[0]!, input));
      }),
    );
  });

  it('StringMatches agrees with a matcher that tries every split', () => {
    const matches = (pattern: string, s: string): boolean => {
      if (pattern === '') return s === '';
      if (pattern[0] === '*') {
        return Array.from({ length: s.length + 1 }, (_, at) => s.slice(at)).some((rest) =>
          matches(pattern.slice(1), rest),
        );
      }
      const literal = pattern[0] === '\\' ? pattern[1] : pattern[0];
      return s[0] === literal && matches(pattern.slice(pattern[0] === '\\' ? 2 : 1), s.slice(1));
    };
    const unit = fc.constantFrom('a', 'b', '.', '\n');
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', '\n', '*', '\\*', '\\\\'), { maxLength: 6 });
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 6 }), pattern, (s, parts) => {
        const wildcards = parts.join('');
        expect(holds({ Variable: '$', StringMatches: wildcards }, s)).toBe(matches(wildcards, s));
      }),
    );
  });
});

describe('Reference Paths', () => {
  const name = fc.string({ minLength: 1, maxLength: 4 });
  const quoted = (n: string) => `['${n.replace(/['\\]/g, '\\$&')}']`;

  it('write one place and leave the others', () => {
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), name, fc.jsonValue(), (input, written, value) => {
        const output = combine(compilePath(`$${quoted(written)}`), input, value);
        expect(read(`$${quoted(written)}`, output)).toEqual(value);
        for (const other of Object.keys(input).filter((key) => key !== written)) {
          expect(read(`$${quoted(other)}`, output)).toEqual(input[other]);
        }
      }),
    );
  });

  it('write an item of an array without changing its length', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(), fc.jsonValue(), (items, n, value) => {
        const at = n % items.length;
        expect(combine(compilePath(`$[${at}]`), items, value)).toEqual(items.with(at, value));
      }),
    );
  });

  it('a scan finds every node that a walk finds', () => {
    const walk = (value: unknown): unknown[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => [
            ...(key === 'a' && !Array.isArray(value) ? [inner] : []),
            ...walk(inner),
          ])
        : [];
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.nat(9), tie('array'), tie('object')),
      array: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value')),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const byText = (items: unknown[]) => items.map((item) => JSON.stringify(item)).sort();
        expect(byText(read('$..a', value) as unknown[])).toEqual(byText(walk(value)));
      }),
    );
  });
});
