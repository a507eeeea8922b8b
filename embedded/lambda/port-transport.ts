import type { MessagePort } from 'node:worker_threads';
import type { Service, ServiceRequest, ServiceResponse } from '../http.ts';

interface PortRequest extends Omit<ServiceRequest, 'query' | 'body'> {
  id: number;
  query: string;
  body: Uint8Array<ArrayBuffer>;
}

interface PortResponse extends Omit<ServiceResponse, 'body'> {
  id: number;
  body: string | Uint8Array<ArrayBuffer>;
}

/**
 * Bytes in memory of their own, which may be handed to another thread. They are copied once: the sender keeps its own, because
 * an SDK client sends the same body again after a failure, and a service may keep what it answered with.
 */
const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** Serves what `portService` asks at the other end of a port, until that end closes. */
export function servePort(port: MessagePort, service: Service): void {
  port.on('message', async ({ id, query, body, ...request }: PortRequest) => {
    const response = await service({
      ...request,
      query: new URLSearchParams(query),
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    });
    const bytes = typeof response.body === 'string' ? response.body : ownBytes(response.body);
    const answer: PortResponse = { ...response, id, body: bytes };
    port.postMessage(answer, typeof bytes === 'string' ? [] : [bytes.buffer]);
  });
}

/** A service that is served at the other end of a port, by another thread. */
export function portService(port: MessagePort): Service {
  const waiting = new Map<number, (response: ServiceResponse) => void>();
  let lastId = 0;
  port.on('message', ({ id, body, ...response }: PortResponse) => {
    const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    waiting.get(id)?.({ ...response, body: bytes });
    waiting.delete(id);
  });
  return ({ query, body, ...request }) =>
    new Promise((resolve) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      const bytes = ownBytes(body);
      const message: PortRequest = { ...request, id: lastId, query: query.toString(), body: bytes };
      port.postMessage(message, [bytes.buffer]);
    });
}
