/**
 * All benchmarks, or those named, each in a fresh process, with the machine and the commit they were run on.
 *
 *     node bench/run.ts [name ...] [--check]
 *
 * With --check it ends with status 1 at the first that is slower than wanted, of those that can tell. Those against a peer need
 * Python with the packages of bench/peers/requirements.txt; NOCTURNE_PYTHON names the interpreter.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
  cwd: import.meta.dirname,
  encoding: 'utf8',
}).trim();
console.log(`${os.cpus().length} cores of ${os.cpus()[0].model.trim()}, Node ${process.version}, commit ${commit}\n`);
const BENCHMARKS = [
  ...['state-transitions', 'nested-executions', 'stored-executions', 'distributed-map', 's3-objects', 'lambda-workers'],
  ...[
    'render-frame',
    'noise',
    'galsim',
    'fits-encode',
    'rice',
    'combine',
    'combine-memory',
    'reduce',
    'certified-master',
    'nights',
    'cold-start',
    'payloads',
  ],
];
/** Those that know what is wanted of them. */
const CHECKED = ['render-frame', 'noise', 'galsim', 'fits-encode', 'rice', 'combine', 'combine-memory', 'reduce'];
const checks = process.argv.includes('--check');
const there = checks ? CHECKED : BENCHMARKS;
const named = process.argv.slice(2).filter((name) => name !== '--check');
const unknown = named.filter((name) => !there.includes(name));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}${checks ? ' to check' : ''}. There are: ${there.join(', ')}.`,
  );
  process.exit(2);
}
for (const name of named.length > 0 ? named : there) {
  const program = path.join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, checks ? [program, '--check'] : [program], { stdio: 'inherit' });
  if (status === 0) continue;
  console.error(`the benchmark ${name} ended with status ${status}`);
  process.exit(1);
}
