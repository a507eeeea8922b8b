import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createInjector, type Injector, type Rule, type Seen, type Struck, seenIn } from './rules.ts';

/** A proxy on 127.0.0.1 in front of an AWS endpoint. */
export interface FaultProxy {
  url: string;
  /** Sets the rules anew, with their counts, and gives the log of the requests that they struck. */
  use(rules: readonly Rule[]): readonly Struck[];
  /** Every request since `use`, struck or not. */
  seen(): readonly Seen[];
  close(): Promise<void>;
}

/** Opens a proxy that passes everything on, until rules say otherwise. */
export async function openFaultProxy(endpoint: string): Promise<FaultProxy> {
  let injector: Injector = createInjector([]);
  let seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request);
      const what = seenIn({
        method: request.method!,
        path: request.url!,
        headers: request.headers as Record<string, string>,
        body: request.headers['x-amz-target'] ? body.toString('utf8') : '',
      });
      seen.push(what);
      const fault = injector.decide(what);
      if (fault?.kind === 'reset') {
        request.socket.resetAndDestroy();
        return;
      }
      if (fault?.kind === 'answer') {
        response.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body);
        return;
      }
      if (fault?.kind === 'delay') await delay(fault.delayMs);
      const answer = await send(endpoint, request, body);
      const answerBody = await buffer(answer);
      if (fault?.kind === 'then') await fault.act();
      pass(answer, answerBody, response);
    } catch {
      // Nobody answers behind the proxy, or the sender went away: it sees a broken connection.
      request.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use(rules) {
      injector = createInjector(rules);
      seen = [];
      return injector.log;
    },
    seen: () => seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(endpoint: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { 'transfer-encoding': _chunked, expect: _continue, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const out = forward(
      `${endpoint}${url}`,
      { method: method!, headers: { ...rest, 'content-length': String(body.length) } },
      resolve,
    );
    out.on('error', reject);
    out.end(body);
  });
}

function pass(answer: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { 'transfer-encoding': _chunked, connection: _connection, ...headers } = answer.headers;
  // The answer to HEAD tells of a length that it does not have.
  response.writeHead(answer.statusCode!, headers).end(body);
}
