/** All benchmarks, each in a fresh process, with the machine and the commit they were run on. */
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
  ...['render-frame', 'nights', 'cold-start', 'payloads'],
];
for (const name of BENCHMARKS) {
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
