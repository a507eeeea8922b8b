import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../embedded/clock.ts';
import { openEngine } from '../../embedded/engine.ts';
import type { Case } from './case.ts';
import { caller } from './clients.ts';
import { handlers } from './functions.ts';
import type { Target } from './runner.ts';

/** Linux keeps this folder in memory: there an engine opens in a sixth of the time. */
const memoryFolder = '/dev/shm';

/** The recordings' own moments are later or earlier than this by years, or by seconds. */
const startMs = Date.UTC(2026, 10, 21, 15, 4);

/** A clock that stands still until it is moved to the next moment that somebody waits for. */
function steppedClock() {
  let nowMs = startMs;
  const sleepers = new Set<{ atMs: number; wake: () => void }>();
  let asked = 0;
  const clock: Clock = {
    now: () => nowMs,
    sleep(ms, signal) {
      asked += 1;
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = {
          atMs: nowMs + ms,
          wake() {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal!.reason);
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
  };
  /** Moves to the next moment that somebody waits for, at most to `untilMs`; false when there is none. */
  function step(untilMs = Number.POSITIVE_INFINITY): boolean {
    const [next] = [...sleepers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
    if (!next) return false;
    sleepers.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    return true;
  }
  const move = (ms: number) => {
    nowMs = ms;
  };
  return { clock, step, move, asked: () => asked };
}

/** An engine of its own for a case, whose clock moves when nothing else does. */
export async function openEmbedded({
  steps,
}: Pick<Case, 'steps'>): Promise<{ target: Target; close(): Promise<void> }> {
  const directory = await mkdtemp(join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), 'conformance-'));
  const { clock, step, move, asked } = steppedClock();
  const collections = new Map<string, unknown[]>();
  let working = 0;

  /** Runs a handler; time stands still while it does something other than to sleep. */
  const run = async (name: string, event: unknown) => {
    working += 1;
    try {
      return await handlers[name]!(event, {
        async sleep(ms) {
          working -= 1;
          await clock.sleep(ms);
          working += 1;
        },
      });
    } finally {
      working -= 1;
    }
  };
  const functions = steps.flatMap((one) => {
    if ('function' in one) {
      const handler = (event: unknown) => run(one.handler, event);
      return [{ name: one.function, handler, timeoutS: 900, memoryMb: 128 }];
    }
    if ('collect' in one) {
      const handler = async (event: unknown) => void collections.get(one.collect)!.push(event);
      return [{ name: one.collect, handler, timeoutS: 3, memoryMb: 128 }];
    }
    return [];
  });
  const engine = await openEngine({ directory, functions, clock, accountId: '111111111111', version: 'test' });
  const call = caller({ requestHandler: engine.requestHandler, endpoint: 'http://embedded.localhost' });

  /** Resolves when nothing happens any more without the clock. */
  async function quiet(): Promise<void> {
    for (let still = 0; still < 3; ) {
      const before = asked();
      for (let turns = 0; turns < 10; turns += 1) await turn();
      await delay(1);
      still = working === 0 && before === asked() ? still + 1 : 0;
    }
  }
  let stuck = 0;
  const target: Target = {
    call,
    // The engine was opened with them.
    createFunction: async () => {},
    async sleep(ms) {
      const untilMs = clock.now() + ms;
      do await quiet();
      while (step(untilMs));
      move(untilMs);
    },
    async pass(looks) {
      // Most of what is waited for takes no time at all.
      if (looks <= 5) {
        await turn();
        return true;
      }
      await quiet();
      if (step()) {
        stuck = 0;
        return true;
      }
      // Work on other threads and on the disk shows nowhere else.
      await delay(20);
      stuck += 1;
      return stuck < 500;
    },
    async collect(name, pattern) {
      collections.set(name, []);
      await call('events.PutRule', { Name: name, EventPattern: pattern });
      await call('events.PutTargets', {
        Rule: name,
        Targets: [{ Id: 'collector', Arn: `arn:aws:lambda:us-east-1:111111111111:function:${name}` }],
      });
    },
    async collected(name) {
      await quiet();
      return collections.get(name)!;
    },
  };
  return {
    target,
    async close() {
      let closed = false;
      const closing = engine.close().finally(() => {
        closed = true;
      });
      // A function that sleeps holds the engine up.
      while (!closed) {
        step();
        await delay(1);
      }
      await closing;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
