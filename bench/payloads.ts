/**
 * A night of a thousand visits on the embedded engine: its time and memory, and how large payloads, items and histories get.
 * Then nights that make them as large as they can be: visits of a hundred frames that fail, requests that wait all night.
 *
 *     node bench/payloads.ts [visits, default 1000]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSession } from '../cli/session.ts';
import { type LargeRequest, largeProgramme, quickObservatory } from './large-night.ts';
import { measureSizes } from './measure-payloads.ts';
import { line } from './statistics.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const visits = Number(process.argv[2] ?? 1000);
const KIB = 1024;

/** Twenty frames in each of five filters: as many as a visit may have. */
const hundredFrames = (request: LargeRequest): LargeRequest => ({
  ...request,
  exposures: ['u', 'g', 'r', 'i', 'z'].map((filter) => ({ filter, exposureTimeS: 1.234567, count: 20 })),
  dither: { pattern: 'box', stepArcsec: 20.123456 },
});

/** The seeing is never as good, so each decision turns down every request. */
const waiting = (request: LargeRequest): LargeRequest => ({
  ...request,
  constraints: { ...request.constraints, seeingMaxArcsec: 0.001 },
});

async function measure(label: string, programme: object, ...options: string[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
  const write = (name: string, value: object): string => {
    const file = path.join(folder, name);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };
  const out = path.join(folder, 'world');
  try {
    const begin = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        ...['--import', path.join(ROOT, 'bench/peak-memory.ts'), path.join(ROOT, 'cli/nocturne.ts'), 'night'],
        // Named, because a session of this process leaves an endpoint in the environment.
        ...['--engine', 'embedded', '--night', '2026-11-21', '--name', 'large', '--out', out, '--json'],
        ...[
          '--observatory',
          write('observatory.json', quickObservatory()),
          '--programme',
          write('programme.json', programme),
        ],
        ...options,
      ],
      { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 30 },
    );
    const seconds = (performance.now() - begin) / 1000;
    if (status !== 0) throw new Error(`the night failed with status ${status}:\n${stderr}`);
    const session = await openSession({ engine: 'embedded', out });
    try {
      const { payload, cause, item, historyEvents, statesOfVisit, executions } = await measureSizes(session, 'large');
      console.log(`${label}: ${executions} executions`);
      console.log(line('  time', [seconds], 's'));
      console.log(line('  peak memory', [Number(/peak-memory-mib (\d+)/.exec(stderr)?.[1])], 'MiB', '< 1024 MiB'));
      console.log(`${line('  largest payload', [payload.bytes / KIB], 'KiB', '< 32 KiB')}  ${payload.where}`);
      console.log(`${line('  largest cause', [cause.bytes / KIB], 'KiB', '< 32 KiB')}  ${cause.where}`);
      console.log(`${line('  largest item', [item.bytes / KIB], 'KiB', '< 390 KiB')}  ${item.where}`);
      console.log(`${line('  longest history', [historyEvents.bytes], 'events', '< 25000')}  ${historyEvents.where}`);
      console.log(line('  states of a visit of one frame', [statesOfVisit], '', '< 12'));
    } finally {
      await session.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await measure(`night of ${visits} visits`, largeProgramme(visits));
await measure('visits of 100 frames that fail', largeProgramme(3, hundredFrames), '--fault', 'expose=1');
await measure(`${visits} requests that wait`, largeProgramme(visits, waiting));
