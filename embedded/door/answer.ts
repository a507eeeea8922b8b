import type { IncomingMessage } from 'node:http';
import type { Service } from '../http.ts';
import { type Addressee, addresseeOf } from './addressee.ts';
import { type BodyRoom, declaredLength, readBody } from './body.ts';
import { connectionOf, refusalOf } from './connections.ts';
import { type Exchange, send, sendRefusal } from './exchange.ts';
import { largestBodyBytes, tooLarge } from './limits.ts';
import { type Refusal, refusalResponse } from './refusals.ts';
import { isPreflight, originHeaders, preflightHeaders, visitorRefusal } from './visitors.ts';

/** What stands between the socket and a service. */
export interface Door {
  service: Service;
  /** Web pages that may use the service beside its own. */
  allowedOrigins: readonly string[];
  /** Memory of all bodies held at one time. */
  room: BodyRoom;
}

/** How one request is met. */
export interface Reception {
  /** Tells a client that waits for it to send the body. */
  welcome?: () => void;
  /** Why the request is refused before it is looked at. */
  refusal?: Refusal;
}

/**
 * Lets a request in or refuses it, reads its body and has it answered. Everything that refuses does so before the body is
 * held, in the form of the service that the request is for. Rejects when the answer cannot be sent.
 */
export async function answer(door: Door, exchange: Exchange, { welcome, refusal }: Reception): Promise<void> {
  const { request, stallMs } = exchange;
  const connection = connectionOf(request.socket);
  const { head, authority, query } = headOf(request);
  const addressee = addresseeOf(head);
  connection.protocol = addressee.protocol;
  const refuse = (why: Refusal) => sendRefusal(exchange, refusalResponse(addressee.protocol, why));

  const refused = refusal ?? visitorRefusal(request, authority, door.allowedOrigins) ?? targetRefusal(head.path);
  if (refused !== undefined) return refuse(refused);
  if (isPreflight(request)) {
    return send(exchange, { status: 204, headers: preflightHeaders(request), body: '' });
  }
  const limitBytes = largestBodyBytes(addressee, head);
  const declaredBytes = declaredLength(request) ?? 0;
  if (declaredBytes > limitBytes) return refuse(tooLarge(addressee, head, declaredBytes));

  // It broke in the packet that it began in.
  if (connection.broken && !request.complete) return refuse(refusalOf(undefined));

  welcome?.();
  connection.reading = true;
  const outcome = await readBody(request, { limitBytes, stallMs, room: door.room });
  connection.reading = false;
  if (outcome === 'cut-off') return;
  if (outcome === 'too-large') return refuse(tooLarge(addressee, head, limitBytes + 1));
  if (outcome === 'stalled') return refuse(stalled);
  if (outcome === 'no-room') return refuse(noRoom(addressee));
  try {
    const { status, headers, body } = await door.service({ ...head, query, body: outcome.body });
    await send(exchange, { status, headers: { ...headers, ...originHeaders(request) }, body });
  } catch (error) {
    if (exchange.response.headersSent) throw error;
    const message = error instanceof Error ? error.message : String(error);
    await refuse({ status: 500, code: addressee.protocol === 's3' ? 'InternalError' : 'InternalFailure', message });
  } finally {
    outcome.release();
  }
}

/** A request as the services see it, but for its body; `authority` is the host within an absolute request target. */
function headOf(request: IncomingMessage) {
  const [, authority, rest] = /^https?:\/\/([^/?]*)(.*)$/is.exec(request.url ?? '') ?? [];
  const target = rest === undefined ? (request.url ?? '') : rest.replace(/^(?!\/)/, '/');
  const mark = target.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    head: { method: request.method ?? 'GET', path, headers },
    authority,
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
  };
}

function targetRefusal(path: string): Refusal | undefined {
  if (path.startsWith('/')) return undefined;
  return { status: 400, code: 'InvalidURI', message: "Couldn't parse the specified URI." };
}

/** S3's words. */
const stalled: Refusal = {
  status: 400,
  code: 'RequestTimeout',
  message:
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
};

function noRoom({ protocol }: Addressee): Refusal {
  const code = protocol === 's3' ? 'SlowDown' : 'ServiceUnavailable';
  return { status: 503, code, message: 'The requests under way take all the memory there is for them; try again.' };
}
