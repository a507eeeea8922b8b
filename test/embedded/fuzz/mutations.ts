import fc from 'fast-check';
import type { ServiceRequest } from '../../../embedded/http.ts';
import { parseJson } from '../../../embedded/json.ts';

/** Values that parsers like least. */
const strangeValues: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 53,
    '',
    ' ',
    'x',
    '\0',
    '\ud800',
    '\uffff',
    '🔭',
    '../..',
    '%2e%2e%2f',
  ],
  ...[
    '__proto__',
    'constructor',
    '$',
    '$.',
    '$..*',
    '$[',
    '$[?(@.a)]',
    '{%',
    '{% $ %}',
    "States.Format('{}')",
    '*',
    '<a>',
  ],
  ...[
    'x'.repeat(300),
    'x'.repeat(70_000),
    'arn:aws:states:::',
    'arn:aws:states:us-east-1:000000000000:stateMachine:none',
  ],
  ...[
    '2026-13-45T99:99:99Z',
    'rate(0 days)',
    'cron(* * * * * *)',
    'bytes=9-1',
    '[]',
    '{}',
    'null',
    '1e999',
    '[[',
    '{"__proto__":{"a":1}}',
  ],
  ...[[], {}, [[]], [null], [{}], { a: null }, { S: 'x' }, { N: 'NaN' }, { B: '!' }, { M: { a: { L: [{}] } } }],
];

/** Texts that replace a value within a JSON text, as no JSON.stringify writes them. */
const strangeTexts = [
  'NaN',
  '1e999',
  '-0',
  '{"__proto__":1}',
  '{"a":1,"a":2}',
  '"\\ud800"',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  '[',
  '}',
  '',
];

type Path = (string | number)[];

/** Every place within a value. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...path, name]))];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  if (rest.length === 0 && by === undefined) delete copy[name];
  else copy[name] = replaced(copy[name], rest, by);
  return copy;
}

/**
 * A JSON text with another value at one of its places, also within a text that holds JSON itself. What is no JSON, or has
 * been nested beyond measure by an earlier change, stays as it is.
 */
function changedJson(text: string, place: number, by: unknown, inner: boolean): string {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return text;
  }
  const places = placesIn(json).slice(1);
  if (places.length === 0) return JSON.stringify(by) ?? '';
  const path = places[place % places.length]!;
  const old = path.reduce((value, name) => (value as Record<string, unknown>)[name], json);
  const isText = typeof old === 'string' && /^[[{]/.test(old);
  return JSON.stringify(replaced(json, path, inner && isText ? changedJson(old, place, by, false) : by));
}

const nat = fc.nat(10_000);
const marker = '\u0001marker\u0001';

type Mutation = (request: ServiceRequest) => ServiceRequest;

const withBody = (request: ServiceRequest, body: string | Buffer): ServiceRequest => ({
  ...request,
  body: Buffer.from(body),
});

/** Another form of a text: a piece cut out, put in, or written twice. */
const changedText = fc
  .record({
    at: nat,
    length: fc.nat(8),
    by: fc.constantFrom(
      '',
      '/',
      '//',
      '..',
      '%',
      '%00',
      '%2f',
      '%ff',
      '?',
      '&',
      '=',
      ';',
      ':',
      '.',
      '-',
      ' ',
      '\u00e9',
      'a'.repeat(300),
    ),
  })
  .map(({ at, length, by }) => (text: string) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + by + text.slice(start + length);
  });

const headerValues = fc.constantFrom(
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  'x',
  '"',
  '"a"',
  '*',
  'bytes=0-',
  'bytes=-5',
  'bytes=5-1',
  'null',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'aws-chunked',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'AAAA',
  'a,b',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'x'.repeat(5000),
  'Event',
  'DryRun',
  'Tail',
  '/scratch-world/none',
  '..',
);
const headerNames = fc.constantFrom(
  'x-amz-target',
  'content-type',
  'content-md5',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'x-amz-copy-source',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'content-encoding',
  'x-amz-checksum-crc32',
  'x-amz-checksum-sha256',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-meta-a',
  'x-amz-acl',
  'x-amz-tagging',
  'x-amz-storage-class',
  'x-amz-invocation-type',
  'x-amz-log-type',
  'x-amz-client-context',
  'authorization',
  'expect',
  'x-amz-metadata-directive',
  'x-amz-copy-source-range',
  'x-amz-date',
);
const queryNames = fc.constantFrom(
  'list-type',
  'max-keys',
  'prefix',
  'delimiter',
  'continuation-token',
  'start-after',
  'encoding-type',
  'uploads',
  'uploadId',
  'partNumber',
  'part-number-marker',
  'acl',
  'tagging',
  'versionId',
  'versions',
  'location',
  'notification',
  'delete',
  'Qualifier',
  'Marker',
  'MaxItems',
  'X-Amz-Algorithm',
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Expires',
  'X-Amz-Date',
  'response-content-type',
  'nextToken',
  'MaxResults',
  'groupName',
  'x-id',
);

/** One change of a request. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(nat, fc.constantFrom(...strangeValues), fc.boolean()).map(
      ([place, by, inner]): Mutation =>
        (request) =>
          withBody(request, changedJson(request.body.toString(), place, by, inner)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(nat, fc.boolean()).map(
      ([place, inner]): Mutation =>
        (request) =>
          withBody(request, changedJson(request.body.toString(), place, undefined, inner)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(nat, fc.constantFrom(...strangeTexts), fc.boolean()).map(
      ([place, by, inner]): Mutation =>
        (request) => {
          const text = changedJson(request.body.toString(), place, marker, inner);
          return withBody(
            request,
            text
              .replace(JSON.stringify(marker), by)
              .replace(JSON.stringify(JSON.stringify(marker)).slice(1, -1), JSON.stringify(by).slice(1, -1)),
          );
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(nat, fc.uint8Array({ maxLength: 4 }), fc.nat(6)).map(
      ([at, bytes, cut]): Mutation =>
        (request) => {
          const start = at % (request.body.length + 1);
          return withBody(
            request,
            Buffer.concat([request.body.subarray(0, start), bytes, request.body.subarray(start + cut)]),
          );
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map(
      (bytes): Mutation =>
        (request) =>
          withBody(request, Buffer.from(bytes)),
    ),
  },
  {
    weight: 2,
    arbitrary: changedText.map(
      (change): Mutation =>
        (request) =>
          withBody(request, change(request.body.toString())),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(headerNames, headerValues).map(
      ([name, value]): Mutation =>
        (request) => ({ ...request, headers: { ...request.headers, [name]: value } }),
    ),
  },
  {
    weight: 1,
    arbitrary: nat.map(
      (which): Mutation =>
        (request) => {
          const headers = { ...request.headers };
          const names = Object.keys(headers);
          delete headers[names[which % names.length]!];
          return { ...request, headers };
        },
    ),
  },
  {
    weight: 2,
    arbitrary: changedText.map(
      (change): Mutation =>
        (request) => ({ ...request, path: `/${change(request.path).replace(/^\//, '')}` }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(queryNames, headerValues).map(
      ([name, value]): Mutation =>
        (request) => {
          const query = new URLSearchParams(request.query);
          query.append(name, value);
          return { ...request, query };
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE').map(
      (method): Mutation =>
        (request) => ({ ...request, method }),
    ),
  },
);

/** One of the valid requests with some changes. */
export function mutated(valid: readonly ServiceRequest[]): fc.Arbitrary<ServiceRequest> {
  return fc
    .tuple(fc.constantFrom(...valid), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([request, changes]) => changes.reduce((changed, change) => change(changed), request));
}

const segment = fc.oneof(
  fc.constantFrom(
    'scratch-world',
    'folder',
    'functions',
    '2015-03-31',
    'echo',
    'invocations',
    '_nocturne',
    'health',
    'schedules',
    '..',
    '.',
    '',
    '%2e%2e',
    '%00',
    '%',
    '%zz',
    '%ed%a0%80',
    '%25',
  ),
  fc.webSegment(),
  fc.string({ maxLength: 6 }).map(encodeURI_),
);

function encodeURI_(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]|[?#]/gu, encodeURIComponent);
}

/** Requests that are like no other. */
export const anyRequest: fc.Arbitrary<ServiceRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'),
    segments: fc.array(segment, { maxLength: 5 }),
    query: fc.array(
      fc.tuple(fc.oneof(queryNames, fc.string({ maxLength: 5 })), fc.oneof(headerValues, fc.string({ maxLength: 5 }))),
      { maxLength: 3 },
    ),
    headers: fc.array(fc.tuple(headerNames, headerValues), { maxLength: 4 }),
    target: fc.option(
      fc
        .constantFrom('AWSStepFunctions.', 'DynamoDB_20120810.', 'AWSEvents.', 'Kinesis_20131202.')
        .chain((prefix) =>
          fc
            .constantFrom('', 'ListTables', 'StartExecution', 'PutEvents', 'constructor', '__proto__', 'toString')
            .map((name) => prefix + name),
        ),
      { freq: 3 },
    ),
    body: fc.oneof(
      fc.constant(''),
      fc.json({ maxDepth: 3 }),
      fc.constantFrom(...strangeTexts),
      fc.string({ maxLength: 50 }),
      fc.constantFrom(
        'Action=GetCallerIdentity&Version=2011-06-15',
        'Action=&Action=x',
        'Action=Publish&Version=2010-03-31',
        '<Delete><Object><Key>a</Key></Object></Delete>',
        '<a>'.repeat(20_000),
        '<!DOCTYPE a [<!ENTITY b "bbbb">]><Delete>&b;</Delete>',
      ),
    ),
  })
  .map(({ method, segments, query, headers, target, body }) => ({
    method,
    path: `/${segments.join('/')}`,
    query: new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])),
    headers: { ...Object.fromEntries(headers), ...(target === null ? {} : { 'x-amz-target': target }) },
    body: Buffer.from(body),
  }));
