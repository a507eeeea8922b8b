import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service, ServiceResponse } from './http.ts';

/** S3's limit on one PUT, 5 GiB, and so the limit on every body. */
const largestBodyBytes = 5 * 2 ** 30;
/** SDK clients keep connections for later requests; one closed under such a request would fail it. */
const keepAliveMs = 65_000;
/** How long `close` lets requests under way finish. */
const closeGraceMs = 5_000;

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

export interface RunningServer {
  /** Such as `http://127.0.0.1:4566`. */
  url: string;
  /** Takes no more requests, and lets those under way finish. */
  close(): Promise<void>;
}

/**
 * Serves `service` over HTTP on 127.0.0.1 only. `port` is 0 to 65535, 0 takes any free port. Requests whose Host is
 * not a name of this machine are refused, so that a web page cannot reach the engine by a name of its own that it
 * lets point here. Rejects with PortInUse, or with what the operating system says.
 */
export async function listen(service: Service, port: number): Promise<RunningServer> {
  const server = createServer((request, response) => {
    answer(service, request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = keepAliveMs;
  // The body of a large object may take longer than Node's five minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUse(port) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const impatience = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(impatience);
}

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refusal = refusalOf(request);
  if (refusal !== undefined) {
    // The body is not wanted, and without reading it the connection cannot be used again.
    send(request, response, { ...refusal, headers: { ...refusal.headers, connection: 'close' } });
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    send(request, response, { ...tooLarge, headers: { ...tooLarge.headers, connection: 'close' } });
    return;
  }
  const [path, search = ''] = splitAt(request.url ?? '/', '?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const query = new URLSearchParams(search);
  send(request, response, await service({ method: request.method ?? 'GET', path, query, headers, body }));
}

function splitAt(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function xmlError(status: number, code: string, message: string): ServiceResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

const tooLarge = xmlError(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size (5 GiB)');

function refusalOf(request: IncomingMessage): ServiceResponse | undefined {
  const host = (request.headers.host ?? '').replace(/:\d*$/, '').toLowerCase();
  if (!['localhost', '127.0.0.1', '[::1]'].includes(host)) {
    return xmlError(403, 'AccessDenied', 'The Host header names no local address; use localhost or 127.0.0.1.');
  }
  return Number(request.headers['content-length'] ?? 0) > largestBodyBytes ? tooLarge : undefined;
}

/** The whole body, or undefined when it grows beyond the limit. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: ServiceResponse): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // The answer to a HEAD says how long the body would be.
  const length = headers['content-length'] ?? String(bytes.length);
  const withoutBody = status === 204 || status === 304;
  response.writeHead(status, withoutBody ? headers : { ...headers, 'content-length': length });
  response.end(request.method === 'HEAD' || withoutBody ? undefined : bytes);
}
