import fc from 'fast-check';
import { JSONPath } from 'jsonpath-plus';
import { describe, expect, it } from 'vitest';
import { combine } from '../../../embedded/stepfunctions/dataflow.ts';
import { PathSyntaxError } from '../../../embedded/stepfunctions/path-parser.ts';
import { compilePath, missingReason, readPath, type Scope } from '../../../embedded/stepfunctions/paths.ts';

function scopeOf(input: unknown, variables: Record<string, unknown> = {}): Scope {
  const values = new Map(Object.entries(variables));
  return { input, context: { State: { Name: 'S' } }, variables: { values, outer: undefined }, random: Math.random };
}
const read = (path: string, input: unknown, variables = {}) => readPath(compilePath(path), scopeOf(input, variables));

/** The store of S. Goessner's article on JSONPath (2007), with his results below. */
const store = {
  store: {
    book: [
      { category: 'reference', author: 'Nigel Rees', title: 'Sayings of the Century', price: 8.95 },
      { category: 'fiction', author: 'Evelyn Waugh', title: 'Sword of Honour', price: 12.99 },
      { category: 'fiction', author: 'Herman Melville', title: 'Moby Dick', isbn: '0-553-21311-3', price: 8.99 },
      {
        category: 'fiction',
        author: 'J. R. R. Tolkien',
        title: 'The Lord of the Rings',
        isbn: '0-395-19395-8',
        price: 22.99,
      },
    ],
    bicycle: { color: 'red', price: 19.95 },
  },
};

describe('definite paths', () => {
  it.each([
    ['$', { a: 1 }, { a: 1 }],
    ['$.a', { a: 1 }, 1],
    ["$['a b'].c", { 'a b': { c: null } }, null],
    ['$["x"][1]', { x: [1, 2] }, 2],
    ['$.x[-1]', { x: [1, 2] }, 2],
    ["$['it\\'s']", { "it's": 3 }, 3],
    // As recorded on AWS: a backslash before a double quote inside single quotes stands for itself.
    [`$['Test\\""Name"']`, { 'Test\\""Name"': 'Value"\\' }, 'Value"\\'],
    ['$.a-b._c', { 'a-b': { _c: 4 } }, 4],
    ['$.a', {}, undefined],
    ['$.a.b', { a: 'text' }, undefined],
    ['$.length', [1, 2], undefined],
    ['$.toString', {}, undefined],
    ['$.a[5]', { a: [1] }, undefined],
  ])('%s', (path, input, expected) => {
    expect(read(path, input)).toEqual(expected);
  });

  it('read variables and the context object', () => {
    expect(read('$v.list[1].n', {}, { v: { list: [0, { n: 5 }] } })).toBe(5);
    expect(read('$v', {}, { v: false })).toBe(false);
    expect(read('$w', {}, {})).toBeUndefined();
    expect(read('$$.State.Name', {})).toBe('S');
  });

  it('agree with jsonpath-plus on every node of any JSON value', () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.integer(),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        tie('array'),
        tie('object'),
      ),
      array: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const all = JSONPath({ path: '$..*', json: value as object, resultType: 'all', wrap: true }) as
          | { path: string; value: unknown }[]
          | undefined;
        for (const node of all ?? []) expect(read(node.path, value)).toEqual(node.value);
      }),
      { numRuns: 200 },
    );
  });

  it('say why they find nothing, as AWS does', () => {
    const reason = (path: string, input: unknown) => missingReason(compilePath(path), scopeOf(input));
    expect(reason('$.NoSuchInputPath', {})).toBe("No results for path: $['NoSuchInputPath']");
    expect(reason('$.no.such.result.path', {})).toBe("Missing property in path $['no']");
  });
});

describe('indefinite paths', () => {
  it.each([
    ['$.store.book[*].author', ['Nigel Rees', 'Evelyn Waugh', 'Herman Melville', 'J. R. R. Tolkien']],
    ['$..author', ['Nigel Rees', 'Evelyn Waugh', 'Herman Melville', 'J. R. R. Tolkien']],
    ['$.store..price', [8.95, 12.99, 8.99, 22.99, 19.95]],
    ['$..book[2].title', ['Moby Dick']],
    ['$..book[0,1].title', ['Sayings of the Century', 'Sword of Honour']],
    ['$..book[:2].title', ['Sayings of the Century', 'Sword of Honour']],
    ['$..book[-1:].title', ['The Lord of the Rings']],
    ['$..book[-1].title', ['The Lord of the Rings']],
    ['$..book[?(@.isbn)].title', ['Moby Dick', 'The Lord of the Rings']],
    ['$..book[?(@.price<10)].title', ['Sayings of the Century', 'Moby Dick']],
    ["$.store.book[?(@.category == 'fiction' && @.price > 20)].price", [22.99]],
  ])('%s', (path, expected) => {
    const found = read(path, store) as unknown[];
    expect([...found].sort()).toEqual([...expected].sort());
  });

  // All of these give an empty array on AWS (LocalStack's recordings).
  it.each(['$[*]', '$.items[*]', '$.items[1:]', '$.item.items[1:5]', '$.items[*].itemValue'])(
    '%s of {} is []',
    (path) => {
      expect(read(path, {})).toEqual([]);
    },
  );
});

describe('refused paths', () => {
  it.each([
    ['a.b', 'begin with $'],
    ['$.', 'member name'],
    ['$.a[', 'unexpected text'],
    ['$.a b', "unexpected ' '"],
    ['$.list.count()', 'count() is none of the functions'],
    ['$.list.length().x', 'length() is none of the functions'],
    ['$.list.concat($.x)', 'concat() is none of the functions'],
    ['$.a[?(@.b type $.c)]', "the operator 'type' is not supported"],
    ['$.a..', 'member name'],
    ['$.a[?(@.b == )]', 'a value is expected'],
    ['$.a[?(@.b', 'not closed'],
    ['$.a[0:6:2]', 'unexpected text'],
    ['$.a[:]', 'unexpected text'],
  ])('%s', (path, problem) => {
    expect(() => compilePath(path)).toThrow(PathSyntaxError);
    expect(() => compilePath(path)).toThrow(problem);
  });
});

describe('ResultPath', () => {
  const put = (path: string, input: unknown, result: unknown) => combine(compilePath(path), input, result);

  it('writes without changing the input', () => {
    const input = { a: { b: 1 }, list: [1, { x: 2 }] };
    const before = structuredClone(input);
    expect(put('$.a.c.d', input, 9)).toEqual({ a: { b: 1, c: { d: 9 } }, list: [1, { x: 2 }] });
    expect(put('$.list[1].x', input, 9)).toEqual({ a: { b: 1 }, list: [1, { x: 9 }] });
    expect(input).toEqual(before);
  });

  it('makes an ordinary member of __proto__', () => {
    const result = put("$['__proto__'].polluted", {}, true) as object;
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is read back by the path it was written to', () => {
    const name = fc.string({ minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.jsonValue(), (names, value) => {
        const path = `$${names.map((n) => `['${n.replace(/['\\]/g, '\\$&')}']`).join('')}`;
        expect(read(path, put(path, {}, value))).toEqual(value);
      }),
    );
  });
});
