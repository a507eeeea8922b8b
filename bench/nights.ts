/** Whole nights in fresh processes, through the command line, as a user runs them: wall time and peak memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { line } from './statistics.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const ROUNDS = 3;

function runNight(programme: string): { seconds: number; memoryMib: number; frames: number } {
  const out = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
  try {
    const begin = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        path.join(ROOT, 'bench/peak-memory.ts'),
        path.join(ROOT, 'cli/nocturne.ts'),
        ...['night', '--engine', 'embedded', '--night', '2026-11-21', '--programme', programme, '--out', out, '--json'],
      ],
      { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    const seconds = (performance.now() - begin) / 1000;
    if (status !== 0) throw new Error(`the night failed with status ${status}:\n${stderr}`);
    const memoryMib = Number(/peak-memory-mib (\d+)/.exec(stderr)?.[1]);
    const frames = readdirSync(out, { recursive: true }).filter((name) => String(name).endsWith('.fits')).length;
    return { seconds, memoryMib, frames };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const WANTED = [
  { programme: 'andromeda', limit: '< 30 s' },
  { programme: 'hundred-fifty', limit: '< 90 s' },
];
const memory: number[] = [];
for (const { programme, limit } of WANTED) {
  const runs = Array.from({ length: ROUNDS }, () => runNight(programme));
  memory.push(...runs.map((run) => run.memoryMib));
  console.log(
    line(
      `night ${programme}, ${runs[0].frames} frames`,
      runs.map((run) => run.seconds),
      's',
      limit,
    ),
  );
}
console.log(line('peak memory of a night', memory, 'MiB', '< 1024 MiB'));
