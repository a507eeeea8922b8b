/**
 * What worker threads gain: a Map of eight invocations that compute, in the engine's own thread and in workers.
 *
 *     node bench/lambda-workers.ts [rounds]
 *
 * After a warm-up, each round runs one execution of each and takes its time from its start to its end. Printed: median and
 * spread (least, most) of the rounds in s, and how much faster the workers were. Target: as many times as there are cores,
 * less a quarter, up to eight.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { openEngine } from '../embedded/engine.ts';
import { cpuBound } from './cpu-bound.ts';
import { line, spread } from './statistics.ts';

const INVOCATIONS = 8;
const rounds = Number(process.argv[2] ?? 5);
const settings = { timeoutS: 300, memoryMb: 512 };
const module = new URL('./cpu-bound.ts', import.meta.url);
const directory = mkdtempSync(join(tmpdir(), 'lambda-workers-'));
const engine = await openEngine({
  directory,
  functions: [
    { name: 'this-thread', handler: cpuBound, ...settings },
    { name: 'workers', handler: { module, export: 'cpuBound' }, ...settings },
  ],
  version: 'bench',
});
const states = new SFNClient({
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  requestHandler: engine.requestHandler,
});

/** Runs the Map over one function; gives seconds from its start to its end, and what it came to. */
async function run(stateMachineArn: string): Promise<{ seconds: number; output: string }> {
  const beganMs = performance.now();
  const input = JSON.stringify(Array.from({ length: INVOCATIONS }, (_, item) => item));
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { status, output = '', cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'RUNNING') continue;
    if (status !== 'SUCCEEDED') throw new Error(`${status}: ${cause}`);
    return { seconds: (performance.now() - beganMs) / 1000, output };
  }
}

const seconds: Record<string, number[]> = {};
const outputs = new Set<string>();
for (const name of ['this-thread', 'workers']) {
  const Task = { Type: 'Task', Resource: `arn:aws:lambda:us-east-1:000000000000:function:${name}`, End: true };
  const ItemProcessor = { StartAt: 'Compute', States: { Compute: Task } };
  const definition = { StartAt: 'Each', States: { Each: { Type: 'Map', ItemProcessor, End: true } } };
  const roleArn = 'arn:aws:iam::000000000000:role/bench';
  const machine = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn });
  const { stateMachineArn } = await states.send(machine);
  seconds[name] = [];
  for (let round = -1; round < rounds; round += 1) {
    const ran = await run(stateMachineArn!);
    outputs.add(ran.output);
    if (round >= 0) seconds[name].push(ran.seconds);
  }
  console.log(line(`Map of ${INVOCATIONS} that compute, ${name}`, seconds[name], 's'));
}
if (outputs.size !== 1) throw new Error('The workers did not come to the same results as this thread.');
const gain = spread(seconds['this-thread']).median / spread(seconds.workers).median;
const wanted = Math.min(availableParallelism(), INVOCATIONS) * 0.75;
console.log(
  `workers on ${availableParallelism()} cores: ${gain.toFixed(2)} times as fast (wanted > ${wanted.toFixed(2)})`,
);
await engine.close();
rmSync(directory, { recursive: true, force: true });
