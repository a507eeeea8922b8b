import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPeer } from './peer.ts';
import { line, spread } from './statistics.ts';

const WARM_UP = 3;

interface Answer {
  milliseconds: number;
  /** Of the counts: both sides must have done the same work. */
  mean: number;
  variance: number;
}

export interface Comparison {
  what: string;
  /** Name of a script in bench/peers, which reads `parameters` from a JSON file. */
  script: string;
  parameters: Record<string, unknown>;
  /** The same work; `round` changes the noise. */
  ours: (round: number) => Uint16Array;
  rounds: number;
  /** We want to be at least this many times as fast. */
  factor: number;
  /** Largest difference of the means and of the variances, as a share. */
  agreement: { mean: number; variance: number };
}

/**
 * Renders here and in a Python program, turn by turn on one core, and prints both medians of the processor time with their ranges, and
 * the ratio. Processor time, not the clock: other work on the machine then counts as little as it can. With `--check` among the
 * arguments the exit status is 1 when the ratio is below the factor; it is 1 anyway when the counts disagree.
 */
export async function compareCounts(comparison: Comparison): Promise<void> {
  const { what, script, parameters, ours, rounds, factor, agreement } = comparison;
  const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
  const file = path.join(folder, 'parameters.json');
  writeFileSync(file, JSON.stringify(parameters));
  const peer = await startPeer(script, [file]);
  rmSync(folder, { recursive: true });

  const times = { ours: [] as number[], theirs: [] as number[] };
  let [mine, other]: (Answer | undefined)[] = [undefined, undefined];
  for (let round = 0; round < WARM_UP + rounds; round++) {
    mine = measure(() => ours(round));
    other = JSON.parse(await peer.answer()) as Answer;
    if (round < WARM_UP) continue;
    times.ours.push(mine.milliseconds);
    times.theirs.push(other.milliseconds);
  }
  peer.end();

  const ratio = spread(times.theirs).median / spread(times.ours).median;
  console.log(line(`${what}, Nocturne`, times.ours, 'ms'));
  console.log(line(`${what}, ${peer.name}`, times.theirs, 'ms'));
  console.log(`${ratio.toFixed(1)} times as fast, by the medians; wanted >= ${factor}`);
  if (!mine || !other) return;
  for (const name of ['mean', 'variance'] as const) {
    console.log(`${name} of the counts: ${mine[name].toFixed(3)} and ${other[name].toFixed(3)}`);
    if (Math.abs(mine[name] / other[name] - 1) <= agreement[name]) continue;
    console.error(`they differ by more than ${agreement[name]} of themselves: not the same work`);
    process.exitCode = 1;
  }
  if (process.argv.includes('--check') && ratio < factor) process.exitCode = 1;
}

function measure(take: () => Uint16Array): Answer {
  const begin = process.cpuUsage();
  const counts = take();
  const { user, system } = process.cpuUsage(begin);
  let sum = 0;
  for (const count of counts) sum += count;
  const mean = sum / counts.length;
  let squares = 0;
  for (const count of counts) squares += (count - mean) ** 2;
  return { milliseconds: (user + system) / 1e3, mean, variance: squares / counts.length };
}
