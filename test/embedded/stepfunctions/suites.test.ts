import { describe, expect, it } from 'vitest';
import { PathSyntaxError } from '../../../embedded/stepfunctions/path-parser.ts';
import { compilePath, readPath } from '../../../embedded/stepfunctions/paths.ts';
import jayway from './suites/jayway.json' with { type: 'json' };
import rfc9535 from './suites/rfc9535.json' with { type: 'json' };

function read(path: string, input: unknown): unknown {
  const variables = { values: new Map<string, unknown>(), outer: undefined };
  return readPath(compilePath(path), { input, context: {}, variables, random: Math.random });
}

/** All nodes, also of a path that gives one value. */
function nodes(path: string, input: unknown): unknown {
  const value = read(path, input);
  if (!compilePath(path).definite) return value;
  return value === undefined ? [] : [value];
}

describe(`the cases of ${jayway.source}`, () => {
  const documents: Record<string, unknown> = jayway.documents;
  const cases = jayway.cases as {
    test: string;
    path: string;
    document?: string;
    data?: unknown;
    result?: unknown;
    nothing?: true;
  }[];
  it.each(cases)('$test: $path', ({ path, document, data, result, nothing }) => {
    const input = document === undefined ? data : documents[document];
    expect(input).toBeDefined();
    expect(read(path, input)).toEqual(nothing ? undefined : result);
  });
});

describe(`the cases of ${rfc9535.source}`, () => {
  const cases = rfc9535.cases as {
    name: string;
    selector: string;
    document: unknown;
    result?: unknown;
    results?: unknown[];
    differs?: string;
  }[];

  it.each(cases.filter(({ differs }) => !differs))('$name: $selector', ({ selector, document, result, results }) => {
    expect(results ?? [result]).toContainEqual(nodes(selector, document));
  });

  it.each(cases.filter(({ differs }) => differs))(
    '$name: $selector differs: $differs',
    ({ selector, document, result, results, differs }) => {
      if (differs!.startsWith('refused')) expect(() => compilePath(selector)).toThrow(PathSyntaxError);
      else expect(results ?? [result]).not.toContainEqual(nodes(selector, document));
    },
  );
});
