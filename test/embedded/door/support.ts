import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Service, ServiceRequest } from '../../../embedded/http.ts';
import { type ListenOptions, listen } from '../../../embedded/server.ts';

/** A server before a service that keeps what it is asked and answers 200. */
export async function openDoor(options: ListenOptions = {}, service?: Service) {
  const asked: ServiceRequest[] = [];
  const server = await listen(
    async (request) => {
      asked.push(request);
      return service?.(request) ?? { status: 200, headers: { 'content-type': 'text/plain' }, body: 'served' };
    },
    0,
    options,
  );
  return { ...server, port: Number(new URL(server.url).port), asked };
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A connection on which anything may be written; `read` gives all that comes back until the other side closes. */
export async function dial(port: number): Promise<{ socket: Socket; read(): Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  return {
    socket,
    async read() {
      await closed;
      return text;
    },
  };
}

/** Writes a text on a connection of its own and gives back all that is answered until the other side closes it. */
export async function tell(port: number, text: string | Buffer): Promise<string> {
  const { socket, read } = await dial(port);
  socket.write(text);
  return read();
}

/** The answers within what came back on a connection; those to HEAD are not understood. */
export function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? 0);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN);
    answers.push({ status, headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

/** The only answer to a text. */
export async function answerTo(port: number, text: string | Buffer): Promise<RawAnswer> {
  const answers = answersIn(await tell(port, text));
  if (answers.length !== 1) throw new Error(`${answers.length} answers`);
  return answers[0]!;
}
