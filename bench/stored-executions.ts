/**
 * What many executions cost the embedded Step Functions: memory while they run, and time at a restart.
 *
 *     node bench/stored-executions.ts [executions] [rounds]
 *
 * 10,000 executions are started; each writes a history of 250 events and then waits, so that all of them are under way at
 * once. Sampled meanwhile: the heap of the process. Then the process is killed, as a power cut would, and new ones open the
 * folder: first with all of them running, then with all of them stopped. A restart counts from the opening to the answer to
 * ListExecutions; executions are gone on with behind it, one after the other.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { line } from './statistics.ts';
import { inFolder, machineArn, openBench } from './step-functions.ts';

const STEPS = 61;
const executions = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);
const ARN = machineArn('long');

const definition = {
  StartAt: 'Step',
  States: {
    Step: {
      Type: 'Pass',
      Parameters: { 'n.$': 'States.MathAdd($.n, 1)', state: 'a payload of usual size' },
      Next: 'Again',
    },
    Again: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericLessThan: STEPS, Next: 'Step' }], Default: 'Rest' },
    Rest: { Type: 'Wait', Timestamp: '2080-01-01T00:00:00Z', End: true },
  },
};

interface Answer {
  heapMb?: number;
  events?: number;
  openS?: number;
}

/** In a process of its own: starts all executions, and tells the largest heap seen. */
async function fill(directory: string): Promise<Answer> {
  const bench = openBench(directory);
  await bench.createMachine('long', definition);
  let heapMb = 0;
  const sampling = setInterval(() => (heapMb = Math.max(heapMb, process.memoryUsage().heapUsed / 2 ** 20)), 50);
  let last = '';
  for (let started = 0; started < executions; started += 1) {
    ({ executionArn: last } = (await bench.call('StartExecution', { stateMachineArn: ARN, input: '{"n":0}' })) as {
      executionArn: string;
    });
  }
  const events = await eventsAtRest(bench, last);
  clearInterval(sampling);
  return { heapMb, events };
}

/** Events of an execution, once it has come to its Wait state. */
async function eventsAtRest(bench: ReturnType<typeof openBench>, executionArn: string): Promise<number> {
  for (;;) {
    const { events } = (await bench.call('GetExecutionHistory', {
      executionArn,
      reverseOrder: true,
      maxResults: 1,
    })) as unknown as { events: { id: number; type: string }[] };
    if (events[0]!.type === 'WaitStateEntered') return events[0]!.id;
    await delay(10);
  }
}

/** In a process of its own: opens the folder; stops the executions afterwards when asked to. */
async function reopen(directory: string, stops: boolean): Promise<Answer> {
  const beganMs = performance.now();
  const bench = openBench(directory);
  await bench.call('ListExecutions', { stateMachineArn: ARN });
  const openS = (performance.now() - beganMs) / 1000;
  for (let nextToken: string | undefined; stops; ) {
    const page = (await bench.call('ListExecutions', {
      stateMachineArn: ARN,
      statusFilter: 'RUNNING',
      maxResults: 1000,
    })) as unknown as { executions: { executionArn: string }[]; nextToken?: string };
    await Promise.all(page.executions.map(({ executionArn }) => bench.call('StopExecution', { executionArn })));
    ({ nextToken } = page);
    if (nextToken === undefined) break;
  }
  return { openS };
}

/** Does work in a new process, kills that when it has answered, and gives the answer. */
async function inProcess(...args: string[]): Promise<Answer> {
  const child = spawn(process.execPath, [import.meta.filename, String(executions), String(rounds), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [answer] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return JSON.parse(String(answer));
}

const [work, folder] = process.argv.slice(4);
if (work !== undefined) {
  const answer = work === 'fill' ? await fill(folder!) : await reopen(folder!, work === 'stop');
  process.stdout.write(JSON.stringify(answer));
  await delay(60_000);
} else {
  await inFolder(async (directory) => {
    const { heapMb, events } = await inProcess('fill', directory);
    console.log(line(`largest heap, ${executions} executions of ${events} events`, [heapMb!], 'MiB', '< 500 MiB'));
    const running: Answer[] = [];
    for (let round = 0; round < rounds; round += 1) running.push(await inProcess('open', directory));
    const restart = `restart, ${executions} executions`;
    console.log(
      line(
        `${restart} running`,
        running.map(({ openS }) => openS!),
        's',
        '< 2 s',
      ),
    );
    await inProcess('stop', directory);
    const ended: Answer[] = [];
    for (let round = 0; round < rounds; round += 1) ended.push(await inProcess('open', directory));
    console.log(
      line(
        `${restart} ended`,
        ended.map(({ openS }) => openS!),
        's',
        '< 2 s',
      ),
    );
  });
}
