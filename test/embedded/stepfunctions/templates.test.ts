import { describe, expect, it } from 'vitest';
import { integerOf } from '../../../embedded/stepfunctions/dataflow.ts';
import { compilePath } from '../../../embedded/stepfunctions/paths.ts';
import { compileTemplate } from '../../../embedded/stepfunctions/templates.ts';

const scopeOf = (input: unknown) => ({
  input,
  context: {},
  variables: { values: new Map<string, unknown>(), outer: undefined },
  random: Math.random,
});

describe('a path in a payload template', () => {
  const fill = (path: string, input: unknown) => compileTemplate({ 'v.$': path }, '/t', () => {})(scopeOf(input));

  // Measured on AWS: floci-io/floci, pull requests 3167 and 3199.
  it('gives null for an item behind the end of an array', () => {
    expect(fill('$.a[2]', { a: [1, 2] })).toEqual({ v: null });
    expect(fill('$.a[2].b', { a: [1, 2] })).toEqual({ v: null });
    expect(fill('$.a[1]', { a: [1, 2] })).toEqual({ v: 2 });
  });

  it.each([
    ['$.b', { a: 1 }],
    ['$.b[0]', { a: 1 }],
    ['$.a[0]', { a: {} }],
    ['$.a[0].b', { a: [{}] }],
  ])('fails on whatever else is missing: %s', (path, input) => {
    const message = `The JSONPath '${path}' specified for the field 'v.$' could not be found in the input '${JSON.stringify(input)}'`;
    expect(() => fill(path, input)).toThrow(message);
  });
});

describe('a number found through a path', () => {
  const read = (value: unknown) =>
    integerOf(
      { value: undefined, path: compilePath('$.MaxConcurrencyValue'), query: undefined },
      'MaxConcurrency',
      0,
      scopeOf({ MaxConcurrencyValue: value }),
    );

  // LocalStack's recordings of AWS: test_reference_in_map_state, test_max_concurrency_path (localstack/localstack).
  it('may be a text of digits', () => {
    expect(read(2)).toBe(2);
    expect(read('1')).toBe(1);
  });

  it.each([
    ['NoNumber', 'NoNumber'],
    [{}, '{}'],
    [1.5, '1.5'],
  ])('must be an integer: %j', (value, shown) => {
    expect(() => read(value)).toThrow(
      `The MaxConcurrencyPath field refers to value "${shown}" which is not a valid integer: $.MaxConcurrencyValue`,
    );
  });
});
