import { describe, expect, it } from 'vitest';
import { deepestNesting, NestedTooDeeply, parseJson } from '../../embedded/json.ts';
import { parseJsonBody } from '../../embedded/json-protocol.ts';

const nested = (levels: number, open = '[', close = ']') => open.repeat(levels) + close.repeat(levels);
const bodyOf = (bytes: string | Buffer) =>
  parseJsonBody({ method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.from(bytes) });

describe('parseJson', () => {
  it('takes what can be walked', () => {
    let value = parseJson(nested(deepestNesting));
    for (let level = 1; level < deepestNesting; level++) value = (value as unknown[])[0];
    expect(value).toEqual([]);
  });

  it('refuses what is deeper', () => {
    const objects = `${'{"a":'.repeat(deepestNesting)}{}${'}'.repeat(deepestNesting)}`;
    for (const text of [
      nested(deepestNesting + 1),
      nested(500_000),
      '['.repeat(1_000_000),
      '{"a":'.repeat(200_000),
      objects,
    ]) {
      expect(() => parseJson(text)).toThrow(NestedTooDeeply);
    }
  });

  it('counts no brackets within strings', () => {
    const brackets = '['.repeat(2_000);
    for (const text of [brackets, `\\${brackets}`, `"${brackets}`, `\\"${brackets}\\`, `${brackets}\\\\`]) {
      expect(parseJson(JSON.stringify({ [text]: text }))).toEqual({ [text]: text });
    }
    expect(parseJson(`[${'[],'.repeat(2_000)}[]]`)).toHaveLength(2_001);
  });

  it('leaves the rest to JSON.parse', () => {
    for (const text of ['', ' '.repeat(2_000), `"${'a'.repeat(2_000)}`, `${' '.repeat(2_000)}]`, '\ufeff{}', 'NaN']) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });
});

describe('the body of a JSON operation', () => {
  // What AWS refuses so was measured on its JSON 1.1 protocol: a broken text, none, null, a text, a comma too many, a list.
  it.each([
    ['nothing', ''],
    ['half an object', '{'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['a comma too many', '{"a":1,}'],
    ['a byte order mark', '\ufeff{}'],
    ['no number', '{"a":NaN}'],
    ['single quotes', "{'a':1}"],
    ['a second object', '{}{}'],
    ['no UTF-8', Buffer.from('7b2261223a22ff227d', 'hex')],
    ['too many levels', `{"a":${nested(1_000_000)}}`],
  ])('is refused when it is %s', (_, bytes) => {
    expect(() => bodyOf(bytes)).toThrow(expect.objectContaining({ code: 'SerializationException', status: 400 }));
  });

  it("is refused in AWS's words when it is a list", () => {
    expect(() => bodyOf('[]')).toThrow('Start of list found where not expected');
  });

  it('is an object, whatever its members are called', () => {
    const body = bodyOf('{"__proto__":{"polluted":1},"constructor":2,"a":1,"a":2,"\\ud800":"\\udfff"}');
    expect(Object.keys(body)).toEqual(['__proto__', 'constructor', 'a', '\ud800']);
    expect(body.a).toBe(2);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  });
});
