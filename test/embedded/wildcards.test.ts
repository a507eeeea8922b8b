import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wildcardMatcher } from '../../embedded/wildcards.ts';

it.each([
  ['a', 'a', true],
  ['a', 'aa', false],
  ['*', '', true],
  ['a*', 'a', true],
  ['*a', 'ba', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'abbc', true],
  ['a*b*c', 'acb', false],
  ['*ab*ba*', 'aba', false],
  ['**', 'x', true],
])('%j and %j', (pattern, text, matches) => {
  expect(wildcardMatcher(pattern.split('*'))(text)).toBe(matches);
});

it('agrees with a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  const parts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, letters, (these, text) => {
      expect(wildcardMatcher(these)(text)).toBe(new RegExp(`^${these.join('.*')}$`).test(text));
    }),
  );
});

it('ends where a regular expression would not', () => {
  const parts = '*a*a*a*a*a*a*a*a*a*a*a*a*c'.split('*');
  expect(wildcardMatcher(parts)('a'.repeat(200_000))).toBe(false);
});
