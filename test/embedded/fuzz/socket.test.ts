import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Engine, openEngine } from '../../../embedded/engine.ts';
import { answersIn, dial } from '../door/support.ts';
import { newDirectory } from '../support.ts';
import { faultOf } from './shape.ts';
import { functions, lookAtWorld, makeWorld } from './world.ts';

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env.FUZZ_RUNS ?? 60);
/** Connections that are open at one time. */
const together = 10;

let directory: string;
let engine: Engine;
let world: unknown;
let url: string;

beforeAll(async () => {
  process.stdout.write(`FUZZ_SEED=${seed}\n`);
  directory = await newDirectory();
  engine = await openEngine({ directory, functions, version: '1' });
  await makeWorld(engine.requestHandler);
  world = await lookAtWorld(engine.requestHandler);
  url = (await engine.listen(0)).url;
});

afterAll(async () => {
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

const method = fc.constantFrom(
  'GET',
  'PUT',
  'POST',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'get',
  '',
  'X'.repeat(300),
);
const target = fc.constantFrom(
  '/',
  '/scratch-bucket/key',
  '/_nocturne/health',
  '*',
  'http://localhost/',
  'http://evil.example/',
  '//',
  '/%',
  '/%00',
  '/\u00ff',
  '/a b',
  '',
  '/?list-type=2&list-type=3',
  `/${'a'.repeat(20_000)}`,
);
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '', 'http/1.1');
const header = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('Host: localhost', 'Host: 127.0.0.1:1') },
  fc.constantFrom(
    ...[
      'Host: evil.example',
      'Host:',
      'Connection: close',
      'Connection: keep-alive',
      'Connection: Upgrade',
      'Upgrade: h2c',
      'Expect: 100-continue',
    ],
    ...[
      'Content-Length: 0',
      'Content-Length: 5',
      'Content-Length: 99999999999999999999',
      'Content-Length: -1',
      'Content-Length: 5, 5',
    ],
    ...[
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding: chunked, identity',
      'transfer-encoding:\tchunked',
    ],
    ...[
      'X-Amz-Target: AWSStepFunctions.ListStateMachines',
      'X-Amz-Target: DynamoDB_20120810.ListTables',
      'Content-Type: application/x-amz-json-1.0',
    ],
    ...[
      'Content-Type: application/x-www-form-urlencoded',
      'Origin: https://evil.example',
      'Sec-Fetch-Site: cross-site',
      'Content-Encoding: aws-chunked',
    ],
    ...[' folded: header', 'no colon', ': no name', 'a\u0000b: c', 'x: \u0001', 'x: \u00ff', `x: ${'y'.repeat(9_000)}`],
  ),
);
const body = fc.oneof(
  fc.constantFrom(
    '',
    'hello',
    '{}',
    '5\r\nhello\r\n0\r\n\r\n',
    '5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n',
    '5\r\nhel',
    'zz\r\n',
    '0\r\n\r\n',
    'Action=GetCallerIdentity&Version=2011-06-15',
  ),
  fc.string({ maxLength: 30 }),
);
const request = fc
  .record({
    method,
    target,
    version,
    headers: fc.array(header, { maxLength: 6 }),
    end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', ''),
    body,
  })
  .map(({ method, target, version, headers, end, body }) =>
    Buffer.from(
      `${method} ${target} ${version}${end}${headers.map((line) => line + end).join('')}${end}${body}`,
      'latin1',
    ),
  );
/** Requests and what is none, one behind another, and where the text is torn apart on its way. */
const talk = fc.record({
  pieces: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: request },
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  tornAt: fc.nat(400),
});

it('whatever comes over a socket is answered as AWS would, or not at all, and harms nothing', async () => {
  const port = Number(new URL(url).port);
  let answered = 0;
  const speak = async ({ pieces, tornAt }: { pieces: Buffer[]; tornAt: number }) => {
    const text = Buffer.concat(pieces);
    const { socket, read } = await dial(port);
    socket.write(text.subarray(0, tornAt));
    await new Promise(setImmediate);
    socket.end(text.subarray(tornAt));
    for (const answer of answersIn(await read())) {
      if (answer.status === 100) continue;
      answered += 1;
      const fault = faultOf('GET', { ...answer, body: answer.body });
      if (fault !== undefined)
        throw new Error(`${fault} for ${JSON.stringify(text.toString('latin1').slice(0, 2_000))}`);
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(talk, { minLength: together, maxLength: together }), (talks) =>
      Promise.all(talks.map(speak)).then(() => {}),
    ),
    { seed, numRuns: runs },
  );
  // Most is refused aloud.
  expect(answered).toBeGreaterThan((runs * together) / 4);
  expect((await fetch(`${url}/_nocturne/health`)).status).toBe(200);
  expect(await lookAtWorld(engine.requestHandler)).toEqual(world);
});
