import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Protocol } from './addressee.ts';
import { type Refusal, refusalResponse } from './refusals.ts';

/** What is known of a client's connection. */
export interface Connection {
  /** How the service of the latest request on it speaks. */
  protocol: Protocol | undefined;
  /** Whether the body of a request is being read. */
  reading: boolean;
  /** Requests that are not answered yet. */
  waiting: number;
  /** Ends when all requests so far are answered. */
  turn: Promise<void>;
  /** Nothing that comes any more can be understood. */
  broken: boolean;
}

const connections = new WeakMap<Duplex, Connection>();

export function connectionOf(socket: Duplex): Connection {
  let connection = connections.get(socket);
  if (connection === undefined) {
    connection = { protocol: undefined, reading: false, waiting: 0, turn: Promise.resolve(), broken: false };
    connections.set(socket, connection);
  }
  return connection;
}

/**
 * Refuses what came on a connection and is no request: it is answered in the form of the service that was spoken to, as far
 * as that is known, and the connection is closed. While an earlier request is still at work nothing is said in its place.
 */
export function refuseConnection(socket: Duplex, error: { code?: string } | Error, lingerMs: number): void {
  const { code, rawPacket } = error as { code?: string; rawPacket?: Buffer };
  const connection = connectionOf(socket);
  if (connection.broken) return;
  connection.broken = true;
  const busy = connection.waiting > 0 && !connection.reading;
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (busy) return;
  const target = /^x-amz-target:/im.test(rawPacket?.toString('latin1') ?? '');
  const protocol = connection.reading ? (connection.protocol ?? 's3') : target ? 'json' : 's3';
  const { status, headers, body } = refusalResponse(protocol, refusalOf(code));
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' });
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${text}\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** The refusal of what is no HTTP; `code` is the parser's. */
export function refusalOf(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'Your request header section exceeds the maximum allowed size.';
    return { status: 431, code: 'RequestHeaderSectionTooLarge', message };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 400, code: 'RequestTimeout', message: 'The headers of the request did not come in time.' };
  }
  if (code === 'CONNECT') {
    const message = 'The specified method is not allowed against this resource. This is no proxy.';
    return { status: 405, code: 'MethodNotAllowed', message };
  }
  return { status: 400, code: 'BadRequest', message: `The request is not valid HTTP (${code ?? 'unknown'}).` };
}
