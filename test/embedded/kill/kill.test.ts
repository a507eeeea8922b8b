import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
} from '@aws-sdk/client-sfn';
import { afterAll, expect, it } from 'vitest';
import { MACHINE_ARN, openWorld, startEverything, type World } from './world.ts';

const KILLS = 200;
/** An execution of the machine takes one to four seconds; instants early in the life of a process are the likeliest. */
const LONGEST_LIFE_MS = 600;
const TIME_LIMIT_MS = 900_000;

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'nocturne-test-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Kept code lets two hundred processes start sooner. */
const compiled = newFolder();

interface Outcome {
  status: string;
  output: string;
  /** Every event with its details, and the type of the event that it follows, in an order that time has no part in. */
  events: string[];
}

/** What differs from one run to the next: ids that are made up, times, and the file system's. */
const withoutChance = (text: string) =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<time>')
    .replaceAll(/(\\*")(StartDate|StopDate)\1:[\d.]+/g, '$1$2$1:<time>')
    // A time with fewer digits makes a shorter answer.
    .replaceAll(/(\\*"Content-Length\\*":\[?\\*")\d+/g, '$1<length>')
    .replaceAll(/(\\*")token\1:\1[^"\\]+\1/g, '$1token$1:<token>')
    .replaceAll(/"(Date|x-amzn-RequestId|X-Amzn-Trace-Id)\\*":\[?\\*"[^"]*"\]?/gi, '"$1":<chance>')
    .replaceAll(/(\\*")(RequestId|Date|date|x-amzn-requestid)\1:(\[?\1)[^"\\]+(\1\]?)/g, '$1$2$1:<chance>');

/** Which branch or iteration came to its end last is chance: what follows it may follow any of them. */
const FOLLOWS_ANY = new Set([
  'ParallelStateSucceeded',
  'ParallelStateExited',
  'MapStateSucceeded',
  'MapStateExited',
  'MapIterationStarted',
]);

function describeEvents(events: HistoryEvent[]): string[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events
    .map(({ id: _id, previousEventId, timestamp: _timestamp, type, ...details }) => {
      const previous = FOLLOWS_ANY.has(type!) ? '' : (byId.get(previousEventId)?.type ?? 'nothing');
      return withoutChance(`${type} after ${previous}: ${JSON.stringify(details)}`);
    })
    .sort();
}

/** How the executions of the machine ended, once none of them runs any more. */
async function outcomes({ sfn }: World): Promise<Outcome[]> {
  const list = async () => {
    const arns: string[] = [];
    for await (const { executions } of paginateListExecutions({ client: sfn }, { stateMachineArn: MACHINE_ARN })) {
      if (executions!.some(({ status }) => status === 'RUNNING')) return undefined;
      arns.push(...executions!.map(({ executionArn }) => executionArn!));
    }
    return arns;
  };
  let arns = await list();
  while (!arns) {
    await delay(100);
    arns = await list();
  }
  return Promise.all(
    arns.map(async (executionArn) => {
      const { status, output = '', cause = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      const events: HistoryEvent[] = [];
      for await (const page of paginateGetExecutionHistory({ client: sfn, pageSize: 1000 }, { executionArn })) {
        events.push(...page.events!);
      }
      // No event is lost or written twice.
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      return { status: status!, output: withoutChance(output || cause), events: describeEvents(events) };
    }),
  );
}

/** Lets a process go on with the folder for some time, and kills it. */
async function killAfter(folder: string, lifeMs: number): Promise<void> {
  const victim = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  });
  await once(victim.stdout, 'data');
  await delay(lifeMs);
  victim.kill('SIGKILL');
  await once(victim, 'exit');
}

it(
  `an execution of every state type ends as an unbroken one, after ${KILLS} kills at random instants`,
  async () => {
    const unbroken = await openWorld(newFolder());
    await startEverything(unbroken);
    const [whole] = await outcomes(unbroken);
    await unbroken.engine.close();
    expect(whole).toMatchObject({ status: 'SUCCEEDED' });

    const folder = newFolder();
    // Each process also goes on with what those before it left, and is killed in the middle of that.
    for (let kill = 0; kill < KILLS; kill += 1) await killAfter(folder, LONGEST_LIFE_MS * Math.random() ** 2);
    const recovered = await openWorld(folder);
    const ended = await outcomes(recovered);
    await recovered.engine.close();

    expect(ended).toHaveLength(KILLS);
    for (const each of ended) expect(each).toEqual(whole);
  },
  TIME_LIMIT_MS,
);
