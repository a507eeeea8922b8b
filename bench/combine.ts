/**
 * Combining 25 frames of 2048 x 2048 counts on one core, against bottleneck, ccdproc and astropy on the same pixels, and against reading
 * the frames. Processor time. The Python interpreter with the packages of bench/peers/requirements.txt is NOCTURNE_PYTHON, or python3.
 * Run: node bench/combine.ts [--check]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CombinedPixels, combine } from '../core/calibration/combine.ts';
import { randomStream } from '../core/random.ts';
import type { Combination } from '../core/records/observatory.ts';
import { startPeer } from './peer.ts';
import { line, spread } from './statistics.ts';

const [COUNT, SIDE] = [25, 2048];
const [WARM_UP, ROUNDS, PEER_ROUNDS] = [2, 9, 2];
const checks = process.argv.includes('--check');
const clip = { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 3, deviation: 'mad', iterationsMax: 100 } as const;

/** Dark frames of 12 ADU scatter about 1000, and in each 4000 pixels that a cosmic ray hit. */
function makeFrames(): Uint16Array[] {
  const chain = { gainEPerAdu: 1.5, readNoiseE: 18, biasAdu: 1000 };
  const charges = new Float32Array(SIDE * SIDE);
  return Array.from({ length: COUNT }, (_, f) => {
    const frame = new Uint16Array(SIDE * SIDE);
    randomStream(20261121, 'readNoise', `combine-${f}`).fillCounts(charges, chain, frame, SIDE);
    let state = f + 1;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let hit = 0; hit < 4000; hit++) frame[Math.floor(next() * SIDE * SIDE)] = 1100 + 60_000 * next() ** 3;
    return frame;
  });
}

function processorMs(work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e3;
}

/** Every byte of every frame is copied once to one place: the quickest way of reading that JavaScript has. */
function copyAll(): void {
  for (const frame of frames) copy.set(frame);
}

/** Every count is looked at once, in a loop. */
function addAll(): void {
  for (const frame of frames) {
    let sum = 0;
    for (let i = 0; i < frame.length; i++) sum += frame[i];
    if (sum === 0) throw new Error('an empty frame');
  }
}

const frames = makeFrames();
const copy = new Uint16Array(SIDE * SIDE);
const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
for (const frame of frames) {
  writeFileSync(path.join(folder, 'frames.u16'), new Uint8Array(frame.buffer), { flag: 'a' });
}

interface Task {
  what: string;
  combination: Combination;
  peers: { task: string; factor?: number; keptToo?: boolean }[];
}

const tasks: Task[] = [
  {
    what: 'median',
    combination: { method: 'median' },
    peers: [
      { task: 'bottleneck', factor: 10 },
      { task: 'ccdproc-median', factor: 100 },
    ],
  },
  {
    what: 'clipped once',
    combination: { ...clip, iterationsMax: 1 },
    peers: [{ task: 'ccdproc-clip', factor: 50 }],
  },
  // ccdproc clips once and no more: to convergence astropy's own clipping is what does the same.
  {
    what: 'clipped to convergence',
    combination: clip,
    peers: [{ task: 'astropy-clip', factor: 50, keptToo: true }],
  },
];

/** How far the values are from a peer's, in units of the last place of 32 bits, and in how many pixels the numbers kept differ. */
function compareWith({ value, kept }: CombinedPixels, keptToo: boolean): { units: number; others: number } {
  const theirs = readFileSync(path.join(folder, 'values.f64'));
  const values = new Float64Array(theirs.buffer, theirs.byteOffset, SIDE * SIDE);
  let [units, others] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    units = Math.max(units, Math.abs(value[i] - values[i]) / (2 ** -23 * Math.abs(values[i])));
  }
  if (!keptToo) return { units, others };
  const keptByThem = readFileSync(path.join(folder, 'kept.u8'));
  for (let i = 0; i < kept.length; i++) if (keptByThem[i] !== kept[i]) others++;
  return { units, others };
}

function want(isMet: boolean): string {
  if (!isMet && checks) process.exitCode = 1;
  return isMet ? 'met' : 'NOT met';
}

for (const { what, combination, peers: others } of tasks) {
  const times = { ours: [] as number[], copied: [] as number[], added: [] as number[] };
  let combined = combine({ frames }, combination);
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const ours = processorMs(() => {
      combined = combine({ frames }, combination);
    });
    const [copied, added] = [processorMs(copyAll), processorMs(addAll)];
    if (round < WARM_UP) continue;
    times.ours.push(ours);
    times.copied.push(copied);
    times.added.push(added);
  }
  const ours = spread(times.ours).median;
  console.log(line(`${what}, Nocturne`, times.ours, 'ms'));
  console.log(line('  every byte copied once', times.copied, 'ms'));
  console.log(line('  every count added once', times.added, 'ms'));
  const [toCopy, toAdd] = [ours / spread(times.copied).median, ours / spread(times.added).median];
  console.log(
    `  ${toAdd.toFixed(2)} times reading in a loop, wanted < 3: ${want(toAdd < 3)}; ${toCopy.toFixed(2)} times copying`,
  );
  for (const { task, factor, keptToo } of others) {
    const peer = await startPeer('combine', [task, folder, String(COUNT), String(SIDE)]);
    const theirs: number[] = [];
    for (let round = 0; round < PEER_ROUNDS; round++) theirs.push(JSON.parse(await peer.answer()).milliseconds);
    peer.end();
    console.log(line(`${what}, ${peer.name}`, theirs, 'ms'));
    const ratio = spread(theirs).median / ours;
    console.log(
      `  ${ratio.toFixed(1)} times as fast${factor ? `, wanted >= ${factor}: ${want(ratio >= factor)}` : ''}`,
    );
    const { units, others } = compareWith(combined, keptToo === true);
    console.log(
      `  values differ by ${units.toFixed(2)} of the last place at most${keptToo ? `, ${others} pixels kept another number` : ''}`,
    );
    if (units <= 1 && others === 0) continue;
    console.error('not the same result');
    process.exitCode = 1;
  }
}
rmSync(folder, { recursive: true });
