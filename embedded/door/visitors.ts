import type { IncomingMessage } from 'node:http';
import type { Refusal } from './refusals.ts';

/**
 * Who may reach the engine. It listens on this machine alone and asks for no password, so what it must keep out are the
 * web pages that a browser on this machine shows: such a page sends requests to any address, by a name of its own that it
 * lets point here (DNS rebinding), or outright (cross-site request forgery).
 */

const localNames = ['localhost', '127.0.0.1', '[::1]'];

const isLocal = (authority: string) => localNames.includes(authority.replace(/:\d{1,5}$/, '').toLowerCase());

/** Checks the origins of pages of this machine that may use the engine. Throws RangeError for any other. */
export function checkedOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    const [, authority] = /^https?:\/\/([^/?#@]+)$/.exec(origin) ?? [];
    if (authority === undefined || !isLocal(authority)) {
      throw new RangeError(
        `The origin ${JSON.stringify(origin)} is not of this machine; allowed are http or https, one of ${localNames.join(', ')}, and a port, such as http://localhost:5173.`,
      );
    }
  }
  return origins;
}

/**
 * Why a request is not let in; undefined when it is. `authority` is the one within an absolute request target.
 * Programs such as SDK clients send no Origin; browsers always tell a page's, and that a link came from another site.
 */
export function visitorRefusal(
  request: IncomingMessage,
  authority: string | undefined,
  allowedOrigins: readonly string[],
): Refusal | undefined {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  const hosts = request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
  if (hosts > 1) {
    return { status: 400, code: 'BadRequest', message: `The request has ${hosts} Host headers; one is allowed.` };
  }
  const named = [host ?? '', ...(authority === undefined ? [] : [authority])].find((name) => !isLocal(name));
  if (named !== undefined) {
    return {
      status: 403,
      code: 'AccessDenied',
      message: `The Host ${JSON.stringify(named.slice(0, 200))} is no name of this machine. Use localhost, 127.0.0.1 or [::1]; S3 is served with path-style addresses.`,
    };
  }
  if (origin === undefined) {
    if (site !== 'cross-site') return undefined;
    return { status: 403, code: 'AccessDenied', message: 'Pages of other sites may not use this engine.' };
  }
  if (origin.toLowerCase() === `http://${host!.toLowerCase()}` || allowedOrigins.includes(origin)) return undefined;
  return {
    status: 403,
    code: 'AccessDenied',
    message: `Pages of ${origin.slice(0, 200)} may not use this engine.`,
  };
}

/** Headers that let a page of an allowed origin read an answer, or send a request that it asks to send. */
export function originHeaders({ headers }: IncomingMessage): Record<string, string> {
  const { origin } = headers;
  if (origin === undefined) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': '*', vary: 'Origin' };
}

/** Whether a browser asks if a page may send a request, before it sends it. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers;
}

export function preflightHeaders(request: IncomingMessage): Record<string, string> {
  return {
    ...originHeaders(request),
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
    'access-control-max-age': '600',
  };
}
