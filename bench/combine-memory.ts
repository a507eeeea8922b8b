/**
 * 200 frames of 2048 x 2048 counts in files, 1.7 GB, are combined (clipped about the median) strip by strip; prints the most memory that the process
 * held, everything included. Wanted: 512 MB at most. Run: node bench/combine-memory.ts [--check]
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Stack } from '../core/calibration/combine.ts';
import { combineStrips, rowsAtOnce } from '../core/calibration/combine-strips.ts';

const [COUNT, SIDE, FILES] = [200, 2048, 8];
const MEMORY_BYTES = 128 * 2 ** 20;
const LIMIT_MB = 512;
const clip = { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 3, deviation: 'mad', iterationsMax: 100 } as const;

// Each file is written row by row, so that making them needs no memory; a frame is one of eight files, moved by some rows.
const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
const files = Array.from({ length: FILES }, (_, f) => {
  const file = openSync(path.join(folder, `frame-${f}.u16`), 'w+');
  let state = f + 1;
  const row = new Uint16Array(SIDE);
  for (let y = 0; y < SIDE + COUNT; y++) {
    for (let x = 0; x < SIDE; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      row[x] = 1000 + (state >>> 26) + ((state >>> 8) & 31);
    }
    writeSync(file, new Uint8Array(row.buffer));
  }
  return file;
});
const size = { frameCount: COUNT, widthPix: SIDE, heightPix: SIDE, bytesPerPixel: 2 };
const rowsHeld = rowsAtOnce(size, MEMORY_BYTES);
const held = Array.from({ length: COUNT }, () => new Uint16Array(rowsHeld * SIDE));
const offsets = held.map((_, f) => 900 + f / 10);
const stack = async (y0: number, y1: number): Promise<Stack> => ({
  frames: held.map((all, f) => {
    const rows = all.subarray(0, (y1 - y0) * SIDE);
    readSync(files[f % FILES], rows, 0, rows.byteLength, (y0 + f) * SIDE * 2);
    return rows;
  }),
  offsets,
});
const begin = performance.now();
const { kept } = await combineStrips({ ...size, stack }, clip, MEMORY_BYTES);
const seconds = (performance.now() - begin) / 1e3;
for (const file of files) closeSync(file);
rmSync(folder, { recursive: true });

const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
const isMet = peakMb <= LIMIT_MB && kept.every((count) => count > 0);
console.log(
  `${COUNT} frames of ${SIDE} x ${SIDE} from files, clipped: ${seconds.toFixed(1)} s, most memory held ${peakMb.toFixed(0)} MB, ` +
    `wanted <= ${LIMIT_MB} MB: ${isMet ? 'met' : 'NOT met'}`,
);
if (!isMet && process.argv.includes('--check')) process.exitCode = 1;
