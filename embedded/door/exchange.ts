import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceResponse } from '../http.ts';
import { connectionOf } from './connections.ts';

/** One request over a socket and the place of its answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** How long a client may leave an answer where it is. */
  stallMs: number;
  /** How long a refused client may go on sending before its connection is closed. */
  lingerMs: number;
}

/**
 * Sends an answer, and resolves when it is with the client, or the client is gone. Throws what Node says of a header that
 * cannot be sent; nothing has been sent then.
 */
export async function send(exchange: Exchange, { status, headers, body }: ServiceResponse): Promise<void> {
  const { request, response, stallMs } = exchange;
  if (response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const withoutBody = status === 204 || status === 304;
  const all = { ...headers };
  // The answer to a HEAD says how long the body would be.
  if (!withoutBody) all['content-length'] ??= String(bytes.length);
  if (connectionOf(request.socket).broken) all.connection = 'close';
  response.writeHead(status, all);
  request.socket.setTimeout(stallMs);
  await new Promise<void>((resolve) => {
    response.prependOnceListener('finish', () => request.socket.setTimeout(0));
    response.once('close', resolve);
    response.end(request.method === 'HEAD' || withoutBody ? undefined : bytes);
  });
}

/**
 * Sends a refusal and closes the connection, whose body is not wanted. A client that still sends would not read the refusal
 * if the connection were closed under it, so it may go on for a while, unheard.
 */
export async function sendRefusal(exchange: Exchange, { status, headers, body }: ServiceResponse): Promise<void> {
  const { request, response, lingerMs } = exchange;
  if (response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length), connection: 'close' });
  if (request.method === 'HEAD') response.flushHeaders();
  else response.write(bytes);
  if (!request.complete) {
    await new Promise<void>((resolve) => {
      const linger = setTimeout(resolve, lingerMs);
      request.once('close', () => {
        clearTimeout(linger);
        resolve();
      });
      request.on('error', () => {}).resume();
    });
  }
  response.end();
}
