import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Service } from '../../embedded/http.ts';
import { type Ran, ROOT } from '../helpers/night.ts';

/** A request as a fake endpoint tells it apart. */
export interface Asked {
  /** `AWSStepFunctions.ListStateMachines` and the like; empty for the services that have none. */
  target: string;
  method: string;
  path: string;
  body: string;
}

export interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

export interface Endpoint {
  url: string;
  asked: Asked[];
}

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

/**
 * A server on loopback that answers as it is told to; what `answer` gives nothing for goes to `behind`, or gets an empty
 * object. Gone with the test file.
 * @param headers stand on every answer, such as another Date
 */
export async function endpoint(
  answer: (asked: Asked) => Answer | 'silence' | undefined,
  { behind, headers = {} }: { behind?: Service; headers?: Record<string, string> } = {},
): Promise<Endpoint> {
  const all: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const asked = {
      target: String(request.headers['x-amz-target'] ?? ''),
      method: request.method ?? '',
      path: url.pathname,
      body: Buffer.concat(chunks).toString(),
    };
    all.push(asked);
    let told = answer(asked);
    if (told === 'silence') return;
    if (!told && behind) {
      const lower = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
      const { method } = asked;
      const { status, ...rest } = await behind({
        method,
        path: asked.path,
        query: url.searchParams,
        headers: Object.fromEntries(lower),
        body: Buffer.concat(chunks),
      });
      response.writeHead(status, { ...rest.headers, ...headers });
      response.end(request.method === 'HEAD' ? undefined : rest.body);
      return;
    }
    told ??= { status: 200, body: '{}' };
    response.writeHead(told.status, { 'content-type': 'application/x-amz-json-1.0', ...told.headers, ...headers });
    response.end(told.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: all };
}

/** An error as AWS's JSON protocols answer it. */
export const awsError = (type: string, message: string, status = 400): Answer => ({
  status,
  body: JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }),
});

/** Nothing of this machine's own AWS settings. */
const BARE = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PROFILE: undefined,
  AWS_ENDPOINT_URL: undefined,
  AWS_ENDPOINT_URL_S3: undefined,
  AWS_REGION: undefined,
  AWS_DEFAULT_REGION: undefined,
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  NO_COLOR: '1',
};

export const REGION = { AWS_REGION: 'eu-west-1' };
export const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

/** Runs the command line to its end while this process goes on, with these variables and no other setting of AWS's. */
export function nocturneWith(variables: Record<string, string>, ...args: string[]): Promise<Ran> {
  const env = { ...process.env, ...BARE, ...variables } as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [path.join(ROOT, 'cli/nocturne.ts'), ...args], { cwd: ROOT, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
}
