import { once } from 'node:events';
import { request } from 'node:http';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, describe, expect, it } from 'vitest';
import type { Service } from '../../../embedded/http.ts';
import type { ListenOptions } from '../../../embedded/server.ts';
import { failureOf } from '../support.ts';
import { answersIn, answerTo, dial, openDoor, tell } from './support.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Short enough for a test; no test passes because of the time that something took. */
const patience = { lingerMs: 200, closeMs: 200 };

async function opened(options: ListenOptions = {}, service?: Service) {
  const door = await openDoor({ ...options, limits: { ...patience, ...options.limits } }, service);
  cleanups.push(door.close);
  return door;
}

/** Asks until an answer comes. */
async function untilServed(url: string): Promise<void> {
  for (;;) {
    const status = await fetch(url, { method: 'HEAD', headers: { connection: 'close' } }).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 200) return;
  }
}

const states = 'X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n';

describe('a body', () => {
  const limits: [string, string, number, number, string][] = [
    ['Step Functions', `POST / HTTP/1.1\r\n${states}`, 2 ** 20, 413, 'RequestEntityTooLargeException'],
    [
      'DynamoDB',
      'POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\n',
      16 * 2 ** 20,
      413,
      'RequestEntityTooLargeException',
    ],
    [
      'EventBridge',
      'POST / HTTP/1.1\r\nX-Amz-Target: AWSEvents.PutEvents\r\n',
      2 ** 20,
      413,
      'RequestEntityTooLargeException',
    ],
    [
      'STS',
      'POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n',
      2 ** 20,
      413,
      'RequestEntityTooLargeException',
    ],
    [
      'Invoke',
      'POST /2015-03-31/functions/f/invocations HTTP/1.1\r\n',
      6_291_456,
      413,
      'RequestEntityTooLargeException',
    ],
    ['CreateFunction', 'POST /2015-03-31/functions HTTP/1.1\r\n', 70_167_211, 413, 'RequestEntityTooLargeException'],
    ['S3', 'PUT /bucket/key HTTP/1.1\r\n', 512 * 2 ** 20, 400, 'EntityTooLarge'],
  ];
  it.each(limits)(
    'of %s is refused before it is sent when it would be too large',
    async (_, head, limitBytes, status, code) => {
      const { port, asked } = await opened();
      const answer = await answerTo(port, `${head}Host: localhost\r\nContent-Length: ${limitBytes + 1}\r\n\r\n`);
      expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([status, code]);
      expect(asked).toEqual([]);
      // One byte less is waited for.
      const { socket, read } = await dial(port);
      socket.write(`${head}Host: localhost\r\nExpect: 100-continue\r\nContent-Length: ${limitBytes}\r\n\r\n`);
      const [welcome] = await once(socket, 'data');
      expect(welcome).toBe('HTTP/1.1 100 Continue\r\n\r\n');
      socket.destroy();
      await read();
    },
  );

  // localstack/localstack, tests/aws/services/lambda_/test_lambda_api.snapshot.json, test_oversized_request_create_lambda.
  it("of CreateFunction is refused in Lambda's own words", async () => {
    const { port } = await opened();
    const answer = await answerTo(
      port,
      'POST /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70167212\r\n\r\n',
    );
    expect(JSON.parse(answer.body).Message).toBe(
      'Request must be smaller than 70167211 bytes for the CreateFunction operation',
    );
  });

  // localstack/localstack, tests/aws/services/s3/test_s3.snapshot.json, test_post_object_policy_validation_size.
  it("of S3 is refused in S3's own words", async () => {
    const { port } = await opened();
    const { body } = await answerTo(port, `PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
    expect(body).toContain('<Message>Your proposed upload exceeds the maximum allowed size</Message>');
    expect(body).toContain(`<ProposedSize>${2 ** 40}</ProposedSize><MaxSizeAllowed>${512 * 2 ** 20}</MaxSizeAllowed>`);
  });

  it('without a length is refused where it grows too large', async () => {
    const { port, asked } = await opened();
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
    });
    sent.on('error', () => {});
    const answered = once(sent, 'response');
    for (let i = 0; i < 20; i++) sent.write(Buffer.alloc(2 ** 16, ' '));
    const [response] = await answered;
    expect([response.statusCode, response.headers['x-amzn-errortype']]).toEqual([
      413,
      'RequestEntityTooLargeException',
    ]);
    expect(asked).toEqual([]);
    response.resume();
    sent.destroy();
  });

  it('arrives whole, in one piece or in many, with a length or without', async () => {
    const { port, asked } = await opened();
    const whole = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    for (const headers of [{ 'content-length': whole.length }, { 'transfer-encoding': 'chunked' }]) {
      const sent = request({ port, host: '127.0.0.1', method: 'PUT', path: '/b/k', headers });
      for (let at = 0; at < whole.length; at += 7_001) sent.write(whole.subarray(at, at + 7_001));
      sent.end();
      const [response] = await once(sent, 'response');
      expect(response.statusCode).toBe(200);
      response.resume();
      expect(asked.pop()?.body.equals(whole)).toBe(true);
    }
  });

  it('that stalls is given up', async () => {
    const { port, asked } = await opened({ limits: { stallMs: 100 } });
    const s3 = await answerTo(port, 'PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
    expect([s3.status, s3.headers.connection]).toEqual([400, 'close']);
    expect(s3.body).toContain('<Code>RequestTimeout</Code>');
    const json = await answerTo(port, `POST / HTTP/1.1\r\n${states}Host: localhost\r\nContent-Length: 10\r\n\r\n{`);
    expect(JSON.parse(json.body)).toMatchObject({ __type: 'RequestTimeout' });
    expect(asked).toEqual([]);
  });

  it('cut off in the middle reaches no service', async () => {
    const { port, asked, url } = await opened();
    for (const rest of ['Content-Length: 10\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n5\r\nab']) {
      const { socket, read } = await dial(port);
      socket.end(`PUT /b/k HTTP/1.1\r\nHost: localhost\r\n${rest}`);
      await read();
    }
    expect((await fetch(url)).status).toBe(200);
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each(['zz\r\nabc\r\n0\r\n\r\n', '3\r\nabcdef\r\n0\r\n\r\n', '-1\r\n\r\n', 'ffffffffffffffffff\r\n'])(
    'in chunks that are broken reaches no service: %j',
    async (chunks) => {
      const { port, asked } = await opened();
      const head = 'Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
      const s3 = await answerTo(port, `PUT /b/k HTTP/1.1\r\n${head}${chunks}`);
      expect([s3.status, s3.headers.connection]).toEqual([400, 'close']);
      expect(s3.body).toContain('<Code>BadRequest</Code>');
      // Also where they break after the request has been looked at, in the form of the service that it was for.
      const { socket, read } = await dial(port);
      socket.write(`POST / HTTP/1.1\r\n${states}Expect: 100-continue\r\n${head}`);
      await once(socket, 'data');
      socket.write(chunks);
      const [, answer] = answersIn(await read());
      expect(JSON.parse(answer!.body)).toMatchObject({ __type: 'BadRequest' });
      expect(asked).toEqual([]);
    },
  );

  it('is refused while others take all the memory, and taken afterwards', async () => {
    const { port } = await opened({ limits: { bodiesBytes: 1000 } });
    const put = (path: string, length: number) =>
      `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    const { socket, read } = await dial(port);
    socket.write(`${put('/b/first', 900)}${'a'.repeat(899)}`);
    let second = await answerTo(port, `${put('/b/second', 200)}${'b'.repeat(200)}`);
    expect([second.status, second.headers['x-amzn-errortype']]).toEqual([503, 'SlowDown']);
    socket.write('a');
    expect(answersIn(await read())[0]?.status).toBe(200);
    second = await answerTo(port, `${put('/b/second', 200)}${'b'.repeat(200)}`);
    expect(second.status).toBe(200);
  });
});

describe('a request', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a TLS greeting', Buffer.from('16030100c8010000c40303', 'hex'), 400],
    ["HTTP/2's preface", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['a header without its colon', 'GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n', 400],
    ['two lengths', 'PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a negative length', 'PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    [
      'another expectation',
      'PUT /b/k HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n',
      417,
    ],
  ])('that is %s is refused', async (_, text, status) => {
    const { port, asked } = await opened();
    const answer = await answerTo(port, text);
    expect([answer.status, answer.headers.connection]).toEqual([status, 'close']);
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body).toMatch(/^<\?xml .*<Error><Code>\w+<\/Code><Message>/s);
    expect(asked).toEqual([]);
  });

  it('whose headers do not come is given up', async () => {
    const { port } = await opened({ limits: { headersMs: 100 } });
    for (const begun of ['', 'GET / HTTP/1.1\r\nHost: loc']) {
      const answer = await answerTo(port, begun);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('<Code>RequestTimeout</Code>');
    }
  });

  it('that cannot be read is answered in JSON when it is for a JSON service', async () => {
    const { port } = await opened();
    const { body } = await answerTo(port, `POST / HTTP/1.1\r\nHost: localhost\r\n${states}bad header\r\n\r\n`);
    expect(JSON.parse(body)).toMatchObject({ __type: 'BadRequest' });
  });

  it('of HTTP/1.0 is answered', async () => {
    const { port } = await opened();
    expect(await answerTo(port, 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n')).toMatchObject({
      status: 200,
      body: 'served',
    });
  });

  it('that asks for another protocol is answered in this one', async () => {
    const { port } = await opened();
    const upgrade = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n';
    expect(await answerTo(port, upgrade)).toMatchObject({ status: 200, body: 'served' });
  });

  it('may name its target in absolute form, of this machine only', async () => {
    const { port, asked } = await opened();
    const get = (target: string) =>
      answerTo(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect((await get('http://localhost:4566/b/k?a=1')).status).toBe(200);
    expect((await get('http://127.0.0.1')).status).toBe(200);
    expect(asked.map(({ path, query }) => [path, query.toString()])).toEqual([
      ['/b/k', 'a=1'],
      ['/', ''],
    ]);
    expect((await get('http://evil.example/')).status).toBe(403);
    expect(asked).toHaveLength(2);
  });

  it('that comes with others at once is served after them, and answered in their order', async () => {
    const served: string[] = [];
    const { port } = await opened({}, async ({ path, body }) => {
      served.push(`${path} begins`);
      // The first takes longest.
      for (let turns = path === '/b/0' ? 50 : 1; turns > 0; turns--) await new Promise(setImmediate);
      served.push(`${path} ends`);
      return { status: 200, headers: {}, body: `${path} ${body}` };
    });
    const requests = ['/b/0', '/b/1', '/b/2'].map(
      (path, i) =>
        `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n${i === 2 ? 'Connection: close\r\n' : ''}\r\n${i}`,
    );
    const answers = answersIn(await tell(port, requests.join('')));
    expect(answers.map(({ body }) => body)).toEqual(['/b/0 0', '/b/1 1', '/b/2 2']);
    expect(served).toEqual(['/b/0', '/b/1', '/b/2'].flatMap((path) => [`${path} begins`, `${path} ends`]));
  });

  it('is answered although nonsense follows it', async () => {
    const { port } = await opened();
    const answers = answersIn(await tell(port, 'GET /b/k HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n\r\n'));
    expect(answers.map(({ status, body }) => [status, body])).toEqual([[200, 'served']]);
  });

  it('that is one of thousands sent at once ends the connection, not the server', async () => {
    const { port, url } = await opened();
    await tell(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5_000));
    expect((await fetch(url)).status).toBe(200);
  });

  it('finds no place among too many connections, and one when they have gone', async () => {
    const { port, url } = await opened({ limits: { connections: 3 } });
    const held = await Promise.all([dial(port), dial(port), dial(port)]);
    await expect(fetch(url)).rejects.toThrow();
    for (const { socket } of held) socket.destroy();
    await Promise.all(held.map(({ read }) => read()));
    await untilServed(url);
  });

  it('whose client leaves the answer where it is loses its connection', async () => {
    const body = Buffer.alloc(64 * 2 ** 20);
    const limits = { stallMs: 100, connections: 1 };
    const { port, url } = await opened({ limits }, async () => ({ status: 200, headers: {}, body }));
    const { socket, read } = await dial(port);
    socket.pause();
    socket.write('GET /b/k HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // Another connection is let in once this one is given up.
    await untilServed(url);
    socket.resume();
    expect((await read()).length).toBeLessThan(body.length);
  });

  it('is answered with 500 when its answer cannot be sent', async () => {
    const { port } = await opened({}, async () => ({ status: 200, headers: { 'x-amz-meta-a': 'a\nb' }, body: '' }));
    const answer = await answerTo(port, 'GET /b/k HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(answer.status).toBe(500);
    expect(answer.body).toContain('<Code>InternalError</Code>');
  });
});

describe('a host', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io:4566',
    'bucket.localhost',
    'localhost:1@evil',
    '',
    '0.0.0.0',
  ])('that is not of this machine is refused: %j', async (host) => {
    const { port, asked } = await opened();
    const answer = await answerTo(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('<Code>AccessDenied</Code>');
    expect(asked).toEqual([]);
  });

  it('must be named, and once', async () => {
    const { port } = await opened();
    expect((await answerTo(port, 'GET / HTTP/1.1\r\n\r\n')).status).toBe(403);
    const twice = await answerTo(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n');
    expect([twice.status, twice.headers['x-amzn-errortype']]).toEqual([400, 'BadRequest']);
  });

  it('may be any name of this machine', async () => {
    const { port } = await opened();
    for (const host of ['localhost:4566', 'LOCALHOST', '127.0.0.1', '[::1]:4566']) {
      expect((await answerTo(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status).toBe(200);
    }
  });

  it('that is refused is read by the client of every service as that', async () => {
    const { port } = await opened();
    // Sends everything to the server under a foreign name.
    class Rebound extends NodeHttpHandler {
      override handle(...[sent, options]: Parameters<NodeHttpHandler['handle']>) {
        sent.headers.host = 'evil.example';
        return super.handle(sent, options);
      }
    }
    const config = {
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: new Rebound(),
      maxAttempts: 1,
    };
    const refusals = [
      () => new SFNClient(config).send(new ListStateMachinesCommand({})),
      () => new LambdaClient(config).send(new GetFunctionCommand({ FunctionName: 'f' })),
      () => new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({})),
      () => new STSClient(config).send(new GetCallerIdentityCommand({})),
    ];
    for (const refusal of refusals) {
      const failure = await failureOf(refusal());
      expect([failure.name, failure.$metadata?.httpStatusCode]).toEqual(['AccessDenied', 403]);
      expect(failure.message).toContain('evil.example');
    }
  });
});

describe('a web page', () => {
  const put = (port: number, headers: string, method = 'PUT') =>
    answerTo(
      port,
      `${method} /b/k HTTP/1.1\r\nHost: localhost:4566\r\nConnection: close\r\n${headers}Content-Length: 0\r\n\r\n`,
    );

  it.each([
    'Origin: https://evil.example\r\n',
    'Origin: null\r\n',
    'Origin: http://localhost:3000\r\n',
    'Origin: https://localhost:4566\r\n',
    'Sec-Fetch-Site: cross-site\r\n',
    'Origin: http://localhost.evil.example:4566\r\nSec-Fetch-Site: cross-site\r\n',
  ])('of another origin is refused: %j', async (headers) => {
    const { port, asked } = await opened();
    const answer = await put(port, headers);
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'AccessDenied']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect((await put(port, `${headers}Access-Control-Request-Method: PUT\r\n`, 'OPTIONS')).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('of the engine itself is served', async () => {
    const { port } = await opened();
    expect((await put(port, 'Origin: http://localhost:4566\r\nSec-Fetch-Site: same-origin\r\n')).status).toBe(200);
    expect((await put(port, 'Sec-Fetch-Site: none\r\n')).status).toBe(200);
  });

  it('of an allowed origin is served, and told that it may read', async () => {
    const { port, asked } = await opened({ allowedOrigins: ['http://localhost:5173'] });
    const origin = 'Origin: http://localhost:5173\r\nSec-Fetch-Site: cross-site\r\n';
    const asking = `${origin}Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-amz-target\r\n`;
    const preflight = await put(port, asking, 'OPTIONS');
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'http://localhost:5173',
        'access-control-allow-headers': 'x-amz-target',
        'access-control-allow-methods': expect.stringContaining('PUT'),
      },
    });
    expect(asked).toEqual([]);
    const served = await put(port, origin);
    expect([served.status, served.headers['access-control-allow-origin']]).toEqual([200, 'http://localhost:5173']);
    expect((await put(port, 'Origin: http://localhost:5174\r\n')).status).toBe(403);
  });

  it('of another machine cannot be allowed', async () => {
    for (const origin of [
      'https://evil.example',
      'http://localhost:5173/',
      'localhost',
      'http://localhost.evil.example',
      '*',
    ]) {
      expect(await failureOf(opened({ allowedOrigins: [origin] }))).toBeInstanceOf(RangeError);
    }
  });
});

describe('close', () => {
  it('lets a request under way finish, and closes connections that wait for none', async () => {
    let finish = () => {};
    const begun = Promise.withResolvers<void>();
    const { port, close } = await openDoor({ limits: patience }, async () => {
      begun.resolve();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { status: 200, headers: {}, body: 'late' };
    });
    const idle = await dial(port);
    const busy = await dial(port);
    busy.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await begun.promise;
    const closed = close();
    finish();
    await closed;
    expect(answersIn(await busy.read())[0]?.body).toBe('late');
    await idle.read();
    await expect(dial(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for a client that says nothing', async () => {
    const { port, close } = await openDoor({ limits: patience });
    const { socket, read } = await dial(port);
    socket.write('PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
    await new Promise(setImmediate);
    await close();
    await read();
  });
});
