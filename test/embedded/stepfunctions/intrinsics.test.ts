import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvaluationError } from '../../../embedded/stepfunctions/failures.ts';
import { compileIntrinsic, IntrinsicSyntaxError } from '../../../embedded/stepfunctions/intrinsics.ts';

function evaluate(call: string, input: unknown = {}, random = Math.random): unknown {
  const variables = { values: new Map<string, unknown>(), outer: undefined };
  return compileIntrinsic(call, 'field.$')({ input, context: { Execution: { Name: 'night' } }, variables, random });
}

// Calls and results of the AWS Step Functions developer guide, "Intrinsic functions for JSONPath states".
describe('examples of the AWS guide', () => {
  it.each([
    ["States.Format('Hello, my name is {}.', $.name)", { name: 'Arnav' }, 'Hello, my name is Arnav.'],
    [
      "States.Format('Your name is {}, we are in the year {}', $.name, 2020)",
      { name: 'Foo' },
      'Your name is Foo, we are in the year 2020',
    ],
    ['States.Array($.Id)', { Id: 123456 }, [123456]],
    [
      'States.ArrayPartition($.inputArray,4)',
      { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
      [[1, 2, 3, 4], [5, 6, 7, 8], [9]],
    ],
    [
      'States.ArrayContains($.inputArray, $.lookingFor)',
      { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9], lookingFor: 5 },
      true,
    ],
    ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
    ['States.ArrayGetItem($.inputArray, $.index)', { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9], index: 5 }, 6],
    ['States.ArrayLength($.inputArray)', { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, 9],
    ['States.ArrayUnique($.inputArray)', { inputArray: [1, 2, 3, 3, 3, 3, 3, 3, 4] }, [1, 2, 3, 4]],
    ['States.Base64Encode($.input)', { input: 'Data to encode' }, 'RGF0YSB0byBlbmNvZGU='],
    ['States.Base64Decode($.base64)', { base64: 'RGF0YSB0byBlbmNvZGU=' }, 'Data to encode'],
    [
      'States.Hash($.Data, $.Algorithm)',
      { Data: 'input data', Algorithm: 'SHA-1' },
      'aaff4a450a104cd177d28d18d74485e8cae074b7',
    ],
    [
      'States.JsonMerge($.json1, $.json2, false)',
      { json1: { a: { a1: 1, a2: 2 }, b: 2 }, json2: { a: { a3: 1, a4: 2 }, c: 3 } },
      { a: { a3: 1, a4: 2 }, b: 2, c: 3 },
    ],
    ['States.StringToJson($.escapedJsonString)', { escapedJsonString: '{"foo": "bar"}' }, { foo: 'bar' }],
    ['States.JsonToString($.unescapedJson)', { unescapedJson: { foo: 'bar' } }, '{"foo":"bar"}'],
    ['States.MathAdd($.value1, $.step)', { value1: 111, step: -1 }, 110],
    [
      'States.StringSplit($.inputString, $.splitter)',
      { inputString: '1,2,3,4,5', splitter: ',' },
      ['1', '2', '3', '4', '5'],
    ],
    [
      'States.StringSplit($.inputString, $.splitter)',
      { inputString: 'This.is+a,test=string', splitter: '.+,=' },
      ['This', 'is', 'a', 'test', 'string'],
    ],
  ])('%s', (call, input, expected) => {
    expect(evaluate(call, input)).toEqual(expected);
  });
});

// Recorded on AWS by LocalStack's snapshot tests (Apache-2.0, tests/aws/services/stepfunctions/v2/intrinsic_functions).
describe('results recorded on AWS', () => {
  it.each([
    ['States.MathAdd(1.49, 1.5)', {}, 3],
    ['States.MathAdd(-1.5, -1.51)', {}, -3],
    ['States.MathAdd(-0.5, 0)', {}, 0],
    ['States.MathAdd(-2.5, 0)', {}, -2],
    ["States.StringSplit($.s, ',')", { s: ', , ,' }, [' ', ' ']],
    ["States.StringSplit(',,,,', ',')", {}, []],
    ["States.StringToJson('')", {}, null],
    ["States.Format('{}', $.o)", { o: { Arg1: 1, Arg2: [] } }, '{Arg1=1, Arg2=[]}'],
    ["States.Format('{}', null)", {}, 'null'],
    ['States.ArrayRange(0, 10, 3)', {}, [0, 3, 6, 9]],
    ['States.ArrayContains($.a, $.b)', { a: [{ '1': 2, '2': [] }], b: { '1': 2, '2': [] } }, true],
    [
      "States.ArrayGetItem(States.StringSplit('a-b-c', '-'), States.MathAdd(States.ArrayLength(States.StringSplit('a-b-c', '-')), -1))",
      {},
      'c',
    ],
    ["States.StringSplit('Hello\nWorld', '\n')", {}, ['Hello', 'World']],
  ])('%s', (call, input, expected) => {
    expect(evaluate(call, input)).toEqual(expected);
  });
});

describe('properties', () => {
  it('Base64Encode and Base64Decode are inverse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (s) => {
        expect(evaluate('States.Base64Decode(States.Base64Encode($.s))', { s })).toBe(s);
      }),
    );
  });

  it('JsonToString and StringToJson are inverse', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (v) => {
        const value = JSON.parse(JSON.stringify(v));
        expect(evaluate('States.StringToJson(States.JsonToString($.v))', { v: value })).toEqual(value);
      }),
    );
  });

  it('ArrayPartition keeps the items and the chunk size', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (a, n) => {
        const chunks = evaluate('States.ArrayPartition($.a, $.n)', { a, n }) as number[][];
        expect(chunks.flat()).toEqual(a);
        expect(chunks.slice(0, -1).every((chunk) => chunk.length === n)).toBe(true);
      }),
    );
  });

  it('quoted texts survive their escapes', () => {
    fc.assert(
      fc.property(fc.string(), (s) => {
        expect(evaluate(`States.ArrayGetItem(States.Array('${s.replace(/['\\{}]/g, '\\$&')}'), 0)`)).toBe(s);
      }),
    );
  });

  it.each([
    ['MD5', 'md5'],
    ['SHA-256', 'sha256'],
    ['SHA-384', 'sha384'],
    ['SHA-512', 'sha512'],
  ])('Hash has %s', (name, own) => {
    expect(evaluate(`States.Hash('abc', '${name}')`)).toBe(createHash(own).update('abc').digest('hex'));
  });

  it('MathRandom includes its start and excludes its end', () => {
    expect(evaluate('States.MathRandom(3, 6)', {}, () => 0)).toBe(3);
    expect(evaluate('States.MathRandom(3, 6)', {}, () => 0.999_999)).toBe(5);
    const seeded = evaluate('States.MathRandom(0, 1000000, 7)');
    expect(evaluate('States.MathRandom(0, 1000000, 7)')).toBe(seeded);
    expect(evaluate('States.MathRandom(0, 1000000, 8)')).not.toBe(seeded);
  });

  it('UUID gives version 4, a new one each time', () => {
    const first = evaluate('States.UUID()') as string;
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(evaluate('States.UUID()')).not.toBe(first);
  });
});

describe('paths as arguments', () => {
  it('may contain commas and parentheses in brackets', () => {
    expect(evaluate("States.Array($['a,b)'], $$.Execution.Name)", { 'a,b)': 1 })).toEqual([1, 'night']);
    expect(evaluate('States.ArrayLength($.list[?(@.n > 1)])', { list: [{ n: 1 }, { n: 2 }, { n: 3 }] })).toBe(2);
  });

  it('fail with States.Runtime when they find nothing', () => {
    expect(() => evaluate('States.Array($.none)')).toThrow(
      expect.objectContaining({ error: 'States.Runtime', message: expect.stringContaining("The JSONPath '$.none'") }),
    );
  });
});

describe('failures', () => {
  it.each([
    ["States.Format('{} {}', 1)", {}],
    ["States.Format('{}', 1, 2)", {}],
    ['States.ArrayGetItem($.a, 3)', { a: [1] }],
    ['States.ArrayPartition($.a, 0)', { a: [1] }],
    ['States.ArrayRange(1, 2000, 1)', {}],
    ['States.ArrayRange(1, 2, 0)', {}],
    ['States.ArrayLength($.a)', { a: 'text' }],
    ["States.StringToJson('not json')", {}],
    ['States.JsonMerge($.a, $.a, true)', { a: {} }],
    ["States.Hash('a', 'SHA-3')", {}],
    ['States.MathAdd(2147483647, 1)', {}],
    ['States.MathRandom(5, 5)', {}],
    ['States.Base64Encode($.s)', { s: 'x'.repeat(10_001) }],
  ])('%s fails with States.IntrinsicFailure', (call, input) => {
    expect(() => evaluate(call, input)).toThrow(EvaluationError);
    expect(() => evaluate(call, input)).toThrow(expect.objectContaining({ error: 'States.IntrinsicFailure' }));
  });

  it.each([
    'States.Nothing()',
    'States.UUID(1)',
    'States.MathAdd(1)',
    "States.Format('open",
    "States.Format('x') rest",
    // Other escapes than those four are refused by AWS too (recorded).
    `States.Format('He said \\"x\\"')`,
    `${'States.Array('.repeat(11)}1${')'.repeat(11)}`,
  ])('%s is refused', (call) => {
    expect(() => evaluate(call)).toThrow(IntrinsicSyntaxError);
  });
});
