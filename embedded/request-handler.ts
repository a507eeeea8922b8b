import { Readable } from 'node:stream';
import { type HttpHandler, type HttpRequest, HttpResponse } from '@smithy/protocol-http';
import type { Service, ServiceRequest } from './http.ts';

/**
 * An SDK v3 `requestHandler` that hands requests to `service` in this process: what a client sends and gets is the
 * same as over a socket, without one. Bodies may be strings, bytes, Blobs or Node or web streams.
 * `handle` rejects with an `AbortError` once the caller's signal aborts; the service then still finishes its work.
 */
export function createRequestHandler(service: Service): HttpHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, { abortSignal } = {}) {
      if (abortSignal?.aborted) throw abortError();
      const work = toServiceRequest(request).then(service);
      const { status, headers, body } = await (abortSignal ? untilAborted(work, abortSignal as AbortSignal) : work);
      return { response: new HttpResponse({ statusCode: status, headers, body: readableOf(body) }) };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

async function toServiceRequest(request: HttpRequest): Promise<ServiceRequest> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, item ?? '');
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  return { method: request.method, path: request.path, query, headers, body: await collect(request.body) };
}

/** All bytes of a request's body; bytes are taken as they lie, not copied. */
async function collect(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ArrayBuffer) return Buffer.from(body);
  if (body instanceof Blob) return Buffer.from(await body.arrayBuffer());
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<string | Uint8Array>) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks);
  }
  throw new TypeError(
    `The request's body is ${Object.prototype.toString.call(body)}; allowed are strings, bytes, Blobs and streams.`,
  );
}

function readableOf(body: Buffer | string): Readable {
  const readable = new Readable({ read() {} });
  if (body.length > 0) readable.push(body);
  readable.push(null);
  return readable;
}

function abortError(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError());
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
