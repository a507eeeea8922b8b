/**
 * Whole nights in fresh processes, through the command line, as a user runs them: wall time and peak memory. The observations alone, at an
 * observatory whose file has no section `calibration`; and a first night with its calibrations, masters, reduction and report.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { line } from './statistics.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const ROUNDS = 3;

function runNight(programme: string, isWhole: boolean): { seconds: number; memoryMib: number; files: number } {
  const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
  const out = path.join(folder, 'world');
  const observatory = path.join(folder, 'observatory.json');
  const { calibration, ...bare } = JSON.parse(readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8'));
  writeFileSync(observatory, JSON.stringify({ ...bare, ...(isWhole && { calibration }) }));
  try {
    const begin = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        path.join(ROOT, 'bench/peak-memory.ts'),
        path.join(ROOT, 'cli/nocturne.ts'),
        ...['night', '--engine', 'embedded', '--night', '2026-11-21', '--observatory', observatory],
        ...['--programme', programme, '--out', out, '--json'],
      ],
      { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    const seconds = (performance.now() - begin) / 1000;
    if (status !== 0) throw new Error(`the night failed with status ${status}:\n${stderr}`);
    const memoryMib = Number(/peak-memory-mib (\d+)/.exec(stderr)?.[1]);
    const files = readdirSync(out, { recursive: true }).filter((name) => String(name).endsWith('.fits')).length;
    return { seconds, memoryMib, files };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NIGHTS = [
  { programme: 'andromeda', isWhole: false, limit: '< 30 s' },
  { programme: 'hundred-fifty', isWhole: false, limit: '< 90 s' },
  { programme: 'andromeda', isWhole: true },
];
for (const { programme, isWhole, limit } of NIGHTS) {
  const runs = Array.from({ length: ROUNDS }, () => runNight(programme, isWhole));
  const what = `night ${programme}${isWhole ? ', calibrated and reduced' : ''}, ${runs[0].files} FITS files`;
  const ofRuns = (key: 'seconds' | 'memoryMib') => runs.map((run) => run[key]);
  console.log(line(what, ofRuns('seconds'), 's', limit));
  console.log(line('  its peak memory', ofRuns('memoryMib'), 'MiB', isWhole ? undefined : '< 1024 MiB'));
}
