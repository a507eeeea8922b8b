import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, type Door, type Reception } from './door/answer.ts';
import { newBodyRoom } from './door/body.ts';
import { connectionOf, refuseConnection } from './door/connections.ts';
import { checkedOrigins } from './door/visitors.ts';
import type { Service } from './http.ts';

/** What a server bears before it refuses. */
export interface ServerLimits {
  /** Until all headers of a request have come. */
  headersMs: number;
  /** How long a client may neither send the rest of a body nor take the rest of an answer. */
  stallMs: number;
  /** How long a refused client may go on sending before its connection is closed, so that it still reads the refusal. */
  lingerMs: number;
  /** How long `close` lets requests under way finish. */
  closeMs: number;
  /** Bytes of request line and headers. */
  headersBytes: number;
  connections: number;
  /** Memory of all bodies held at one time. */
  bodiesBytes: number;
}

const defaultLimits: ServerLimits = {
  headersMs: 20_000,
  stallMs: 20_000,
  lingerMs: 2_000,
  closeMs: 5_000,
  headersBytes: 16 * 2 ** 10,
  connections: 1_000,
  bodiesBytes: 2 ** 30,
};

/** SDK clients keep connections for later requests; one closed under such a request would fail it. */
const keepAliveMs = 65_000;
/** Requests that a client may send on one connection before it has read the answer to the first. */
const mostWaiting = 64;

/** Another program listens on the port that the engine was to listen on. */
export class PortInUse extends Error {
  readonly port: number;

  constructor(port: number) {
    super(
      `Port ${port} on 127.0.0.1 is in use by another program. Stop that program, or choose another port (0 takes any free one).`,
    );
    this.name = 'PortInUse';
    this.port = port;
  }
}

export interface ListenOptions {
  limits?: Partial<ServerLimits>;
  /** Origins of web pages that may use the engine beside its own, such as `http://localhost:5173`; of this machine only. */
  allowedOrigins?: readonly string[];
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4566`. */
  url: string;
  /** Takes no more requests, and lets those under way finish. */
  close(): Promise<void>;
}

/**
 * Serves `service` over HTTP on 127.0.0.1 only. `port` is 0 to 65535, 0 takes any free port. Requests for other hosts and
 * from web pages of other origins are refused, bodies beyond the limit of the addressed service before they are read.
 * Rejects with PortInUse, or with what the operating system says; throws RangeError for an origin that is not of this machine.
 */
export async function listen(service: Service, port: number, options: ListenOptions = {}): Promise<RunningServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const door: Door = {
    service,
    allowedOrigins: checkedOrigins(options.allowedOrigins ?? []),
    room: newBodyRoom(limits.bodiesBytes),
  };
  const server = createServer({
    maxHeaderSize: limits.headersBytes,
    headersTimeout: limits.headersMs,
    // The body of a large object may take longer than Node's five minutes; one that stalls is noticed where it is read.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.ceil(limits.headersMs / 4),
    // Looked at together with the host's name.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections;
  const attend = (request: IncomingMessage, response: ServerResponse, reception: Reception = {}) => {
    const { stallMs, lingerMs } = limits;
    inTurn(request, () => answer(door, { request, response, stallMs, lingerMs }, reception), response);
  };
  server.on('request', (request, response) => attend(request, response));
  server.on('checkContinue', (request, response) => {
    attend(request, response, { welcome: () => response.writeContinue() });
  });
  server.on('checkExpectation', (request, response) => {
    const message = `The expectation ${JSON.stringify(request.headers.expect)} cannot be met; allowed is 100-continue.`;
    attend(request, response, { refusal: { status: 417, code: 'ExpectationFailed', message } });
  });
  server.on('clientError', (error, socket) => refuseConnection(socket, error, limits.lingerMs));
  server.on('connect', (_request, socket) => refuseConnection(socket, { code: 'CONNECT' }, limits.lingerMs));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUse(port) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closeServer(server, limits.closeMs),
  };
}

async function closeServer(server: Server, closeMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const impatience = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(impatience);
}

/** Begins a request's work once those that came before it on its connection are answered: a client may send several at once. */
function inTurn({ socket }: IncomingMessage, work: () => Promise<void>, response: ServerResponse): void {
  const connection = connectionOf(socket);
  if (connection.waiting >= mostWaiting) {
    socket.destroy();
    return;
  }
  connection.waiting += 1;
  connection.turn = connection.turn
    .then(work)
    .catch(() => void response.destroy())
    .finally(() => {
      connection.waiting -= 1;
    });
}
