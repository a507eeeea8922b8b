import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonProblem } from '../../../embedded/stepfunctions/json-problem.ts';

const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

describe('a text that is no JSON', () => {
  // The first two as recorded on AWS (test_sfn_api_validation and test_sfn_api of localstack/localstack).
  it.each([
    ['not a definition', `Unrecognized token 'not': was expecting ${VALUES}`, 4],
    ["{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 3],
    // Jackson's messages in the same places.
    ['{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 7],
    ['{"a":1 "b"}', `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`, 9],
    ['[1 2]', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 5],
    ['[1,]', `Unexpected character (']' (code 93)): expected a valid value ${VALUES}`, 5],
    ['{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 9],
  ])('%s', (text, message, column) => {
    expect(jsonProblem(text, 'fallback')).toEqual({
      message,
      location: `[Source: (String)"${text}"; line: 1, column: ${column}]`,
    });
  });

  it('counts lines, and shows the beginning of a long text', () => {
    expect(jsonProblem(`[1,\n  x${' '.repeat(600)}`, '').location).toBe(
      `[Source: (String)"[1,\n  x${' '.repeat(493)}"[truncated 107 chars]; line: 2, column: 4]`,
    );
  });

  it.each(['{', '["a', '[01]', '"\\x"', '[1] 2'])('%s is told in the words of JSON.parse', (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(jsonProblem(text, 'fallback')).toEqual({ message: 'fallback', location: undefined });
  });

  it('finds nothing wrong with JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonProblem(text, 'none').message).toBe('none');
      }),
    );
  });
});
