import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpHandler, HttpResponse } from '@smithy/protocol-http';
import { type Injector, seenIn } from './rules.ts';

/** An SDK `requestHandler` with faults in front of it, for clients that reach their services in process. */
export function withFaults(handler: HttpHandler, injector: Injector): HttpHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, options) {
      const { method, path, headers, body } = request;
      const fault = injector.decide(
        seenIn({ method, path, headers, body: headers['x-amz-target'] ? textOf(body) : '' }),
      );
      if (fault?.kind === 'reset') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      if (fault?.kind === 'answer') {
        const { status, headers: answerHeaders, body: text } = fault.answer;
        return {
          response: new HttpResponse({
            statusCode: status,
            headers: answerHeaders,
            body: Readable.from([Buffer.from(text)]),
          }),
        };
      }
      if (fault?.kind === 'delay') await delay(fault.delayMs);
      const answered = await handler.handle(request, options);
      if (fault?.kind === 'then') await fault.act();
      return answered;
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

/** The JSON of a request, which clients hold as text or as bytes. */
const textOf = (body: unknown): string =>
  body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
    : String(body);
