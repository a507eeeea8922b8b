import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** This checkout. */
export const ROOT = path.resolve(import.meta.dirname, '..');

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566';

/** A LocalStack that was asked for cannot be started, reached or used; the message says what to do. */
export class LocalstackUnusable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LocalstackUnusable';
  }
}

/** Where a LocalStack of this machine answers. */
export interface Place {
  port: number;
  endpoint: string;
}

export const placeAt = (port: number): Place => ({ port, endpoint: `http://127.0.0.1:${port}` });

/**
 * The LocalStack that is meant: the port of option --port, else AWS_ENDPOINT_URL, else 4566 on this machine. Throws
 * LocalstackUnusable for a port or address that cannot be.
 */
export function placeOf(port: string | undefined): Place {
  if (port !== undefined) {
    if (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65536) return placeAt(Number(port));
    throw new LocalstackUnusable(`option --port must be a whole number from 1 to 65535 (got "${port}")`);
  }
  const text = process.env.AWS_ENDPOINT_URL || DEFAULT_ENDPOINT;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(url.hostname)) {
    throw new LocalstackUnusable(
      `AWS_ENDPOINT_URL must be http://127.0.0.1:<port> here (got "${text}"): LocalStack runs on this machine`,
    );
  }
  return placeAt(Number(url.port || 80));
}

/** What was started on a port, so that another command can stop it. */
export type Started = { kind: 'docker' } | { kind: 'host'; pid: number };

/** Git ignores it: logs, process ids, what cdk synthesizes. */
export const STATE_FOLDER = path.join(ROOT, '.localstack');
export const logFile = ({ port }: Place): string => path.join(STATE_FOLDER, `${port}.log`);
const stateFile = ({ port }: Place): string => path.join(STATE_FOLDER, `${port}.json`);

export function remember(place: Place, started: Started): void {
  mkdirSync(STATE_FOLDER, { recursive: true });
  writeFileSync(stateFile(place), `${JSON.stringify(started)}\n`);
}

export const forget = (place: Place): void => rmSync(stateFile(place), { force: true });

/** What this checkout started on a port and has not stopped; a process that is gone counts as stopped. */
export function recall(place: Place): Started | undefined {
  if (!existsSync(stateFile(place))) return undefined;
  const started = JSON.parse(readFileSync(stateFile(place), 'utf8')) as Started;
  return started.kind === 'host' && !isHostProcess(started.pid) ? undefined : started;
}

/** Whether a process is still the one that was started: process ids are used again. */
export function isHostProcess(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes('start.sh');
  } catch {
    return false;
  }
}

/** Who answers on a port: LocalStack, something else, or nobody. */
export async function whoAnswers({ endpoint }: Place): Promise<'localstack' | 'other' | 'nobody'> {
  try {
    const answer = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) return 'other';
    const { services, version } = (await answer.json()) as { services?: object; version?: string };
    return services && version ? 'localstack' : 'other';
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code;
    return code === 'ECONNREFUSED' ? 'nobody' : 'other';
  }
}
