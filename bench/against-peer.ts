import type { Peer } from './peer.ts';
import { line, spread } from './statistics.ts';

const WARM_UP = 5;

/**
 * Times our work and a peer's in turn, so that a noisy machine is noisy for both, and prints both. With `--check` on the command
 * line the process ends with status 1 when the median of ours is the greater one.
 */
export async function compare(what: string, rounds: number, ours: () => void, peer: Peer): Promise<void> {
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const theirs = await peer.work();
    const begin = performance.now();
    ours();
    const mine = performance.now() - begin;
    if (round < WARM_UP) continue;
    times.ours.push(mine);
    times.theirs.push(theirs);
  }
  peer.end();
  console.log(line(`${what}, Nocturne`, times.ours, 'ms', 'not slower'));
  console.log(line(`${what}, ${peer.name}`, times.theirs, 'ms'));
  const ratio = spread(times.theirs).median / spread(times.ours).median;
  console.log(`${ratio.toFixed(2)} times as fast, by the medians`);
  if (process.argv.includes('--check') && ratio < 1) process.exitCode = 1;
}
