/**
 * 200 frames of 2048 x 2048 counts in files, 1.7 GB, become a master bias (clipped about the median), as a night builds it: measured, judged
 * and combined strip by strip. Prints the most memory that the process held, everything included. Wanted: 512 MB at most.
 * Run: node bench/combine-memory.ts [--check]
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildMaster } from '../core/calibration/build.ts';
import type { FrameSource } from '../core/calibration/frames.ts';
import { calibrationPolicy } from '../core/records/observatory/calibration-policy.ts';

const [COUNT, SIDE, OVERSCAN, FILES] = [200, 2048, 32, 8];
const WIDTH = SIDE + OVERSCAN;
const MEMORY_MIB = 128;
const LIMIT_MB = 512;
/** Of the sum of a number from 0 to 63 and one from 0 to 31, each as likely as the others. */
const NOISE_ADU = Math.sqrt((64 ** 2 - 1) / 12 + (32 ** 2 - 1) / 12);

// Each file is written row by row, so that making them needs no memory; a frame is one of eight files, moved by some rows.
const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
const files = Array.from({ length: FILES }, (_, f) => {
  const file = openSync(path.join(folder, `frame-${f}.u16`), 'w+');
  let state = f + 1;
  const row = new Uint16Array(WIDTH);
  for (let y = 0; y < SIDE + COUNT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      row[x] = 1000 + (state >>> 26) + ((state >>> 8) & 31);
    }
    writeSync(file, new Uint8Array(row.buffer));
  }
  return file;
});

function sourceAt(index: number): FrameSource {
  const atMs = Date.UTC(2026, 10, 21, 16) + index * 5000;
  return {
    about: {
      exposureId: `bench_b_20261121_${String(index + 1).padStart(6, '0')}`,
      instrument: 'bench',
      imageType: 'bias',
      exposureTimeS: 0,
      darkTimeS: 0,
      dayObs: 20261121,
      beginMs: atMs,
      midMs: atMs,
      endMs: atMs,
      binning: 1,
      widthPix: SIDE,
      heightPix: SIDE,
      amplifiers: [
        {
          name: '1',
          widthPix: WIDTH,
          heightPix: SIDE,
          data: { x0: 0, y0: 0, x1: SIDE, y1: SIDE },
          overscan: { x0: SIDE, y0: 0, x1: WIDTH, y1: SIDE },
          detector: { x0: 0, y0: 0, x1: SIDE, y1: SIDE },
          gainEPerAdu: 1,
          readNoiseE: NOISE_ADU,
          saturationAdu: 65_535,
        },
      ],
    },
    rows: async (_amplifier, y0, y1) => {
      const rows = new Uint16Array((y1 - y0) * WIDTH);
      readSync(files[index % FILES], rows, 0, rows.byteLength, (y0 + index) * WIDTH * 2);
      return rows;
    },
  };
}

const begin = performance.now();
const { accepted } = await buildMaster({
  instrument: 'bench',
  set: { type: 'bias', count: 100, minimum: COUNT, configuration: { binning: 1 } },
  policy: calibrationPolicy.parse({ masterMemoryMiB: MEMORY_MIB }),
  sources: Array.from({ length: COUNT }, (_, index) => sourceAt(index)),
});
const seconds = (performance.now() - begin) / 1e3;
for (const file of files) closeSync(file);
rmSync(folder, { recursive: true });

const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
const isMet = peakMb <= LIMIT_MB && accepted.length === COUNT;
console.log(
  `a master of ${COUNT} frames of ${SIDE} x ${SIDE} in files: ${seconds.toFixed(1)} s, most memory held ${peakMb.toFixed(0)} MB, ` +
    `wanted <= ${LIMIT_MB} MB: ${isMet ? 'met' : 'NOT met'}`,
);
if (!isMet && process.argv.includes('--check')) process.exitCode = 1;
