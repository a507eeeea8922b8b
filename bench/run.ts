/**
 * All benchmarks, or those named, each in a fresh process, with the machine and the commit they were run on.
 *
 *     node bench/run.ts [name ...]
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
  ...['render-frame', 'noise', 'galsim', 'fits-encode', 'rice', 'nights', 'cold-start', 'payloads'],
];
const named = process.argv.slice(2);
const unknown = named.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${BENCHMARKS.join(', ')}.`);
  process.exit(2);
}
for (const name of named.length > 0 ? named : BENCHMARKS) {
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
