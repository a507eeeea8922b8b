import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const CLI = path.join(ROOT, 'cli/nocturne.ts');

const folders: string[] = [];

/** A new folder that goes away with the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-test-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The default observatory with a camera of 64 x 64 pixels: the same code, quick frames. */
export function smallObservatory(
  folder: string,
  change: (observatory: Record<string, any>) => void = () => {},
): string {
  const observatory = JSON.parse(readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8'));
  observatory.camera.widthPix = 64;
  observatory.camera.heightPix = 64;
  observatory.climate.clearShare = 1;
  delete observatory.climate.seasons;
  // So small a chip gives no masters that could be good.
  delete observatory.calibration;
  change(observatory);
  return writeInput(folder, 'observatory.json', observatory);
}

/** Two bias frames, then M31 and M33 in two filters with two dithers each: 10 frames. */
export function smallProgramme(folder: string, change: (programme: Record<string, any>) => void = () => {}): string {
  const request = (id: string, name: string, raDeg: number, decDeg: number, filter: string) => ({
    id,
    target: { name, raDeg, decDeg },
    exposures: [{ filter, exposureTimeS: 60, count: 2 }],
    dither: { pattern: 'box', stepArcsec: 20 },
    constraints: { moonSeparationMinDeg: 5 },
  });
  const programme = {
    id: 'small',
    name: 'A small programme',
    calibrations: [{ type: 'bias', count: 2 }],
    requests: [
      request('m31-g', 'M31', 10.6847, 41.2688, 'g'),
      request('m31-r', 'M31', 10.6847, 41.2688, 'r'),
      request('m33-g', 'M33', 23.4621, 30.6602, 'g'),
      request('m33-r', 'M33', 23.4621, 30.6602, 'r'),
    ],
  };
  change(programme);
  return writeInput(folder, 'programme.json', programme);
}

function writeInput(folder: string, name: string, value: unknown): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

const environment = { ...process.env, NO_COLOR: '1', AWS_ENDPOINT_URL: undefined } as NodeJS.ProcessEnv;

/** Lets the command line that runs from now on talk to an endpoint. */
export function useEndpoint(url: string | undefined): void {
  environment.AWS_ENDPOINT_URL = url;
}

/** Runs the command line to its end. */
export function nocturne(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: environment,
    maxBuffer: 1 << 27,
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

/** Runs the command line through `| head -1`, which reads one line and goes away; gives that line. */
export function nocturneToHead(...args: string[]): string {
  const { stdout } = spawnSync('bash', ['-c', '"$@" | head -1', 'bash', process.execPath, CLI, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: environment,
    timeout: 120_000,
  });
  return stdout;
}

/** Runs the command line in a process whose files may not grow beyond a size, which meets its writes as a full disk would. */
export function nocturneWithSmallFiles(limitKiB: number, ...args: string[]): Ran {
  const limited = `trap '' XFSZ; ulimit -S -f ${limitKiB}; exec "$@"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', limited, 'bash', process.execPath, CLI, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: environment,
    maxBuffer: 1 << 27,
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

/** Starts the command line; `seen` resolves when its output holds a text. */
export function startNocturne(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, env: environment });
  let stdout = '';
  let stderr = '';
  const waiting: { text: string; times: number; resolve: () => void }[] = [];
  const look = () => {
    for (const each of waiting.splice(0)) {
      if (stdout.split(each.text).length > each.times) each.resolve();
      else waiting.push(each);
    }
  };
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    look();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (status) => {
      for (const each of waiting.splice(0)) each.resolve();
      resolve({ status, stdout, stderr });
    });
  });
  const seen = (text: string, times = 1) =>
    new Promise<void>((resolve) => {
      waiting.push({ text, times, resolve });
      look();
    });
  return { child, ended, seen, output: () => stdout };
}

/** SHA-256 of every file below a folder whose name passes, by path. */
export function hashes(folder: string, passes: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && passes(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(folder, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}

/** The frames and sidecars of a world. */
export const frames = (world: string): Record<string, string> =>
  hashes(path.join(world, 's3/nocturne/raw'), (name) => /\.(fits|json)$/.test(name));
