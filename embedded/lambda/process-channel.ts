import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Ending } from './failures.ts';
import type { Channel, ChannelEvents } from './sandbox.ts';
import type { SandboxMessage } from './sandbox-messages.ts';

/** A function from a zip file: where its code lies, and all of its environment. */
export interface ProcessCode {
  taskRoot: string;
  memoryMb: number;
  environment: Readonly<Record<string, string>>;
}

const MEMORY_LOOK_MS = 100;
/** Share of a function's memory that JavaScript's heap may take: the rest is for the runtime and for buffers. */
const HEAP_SHARE = 0.9;
const BYTES_PER_MB = 2 ** 20;
const PAGE_BYTES = 4096;

/** Memory of a process in MB; undefined where the operating system does not tell. */
function residentMb(pid: number): number | undefined {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES) / BYTES_PER_MB;
  } catch {
    return undefined;
  }
}

/**
 * A process for a function from a zip file. It is not a thread, because a thread whose heap is full, or that ends its process,
 * takes the engine with it. Beyond its memory it is ended, as on Lambda.
 */
export function openProcess({ taskRoot, memoryMb, environment }: ProcessCode, events: ChannelEvents): Channel {
  const child = fork(new URL('./process-main.ts', import.meta.url), {
    cwd: taskRoot,
    env: environment,
    execArgv: [`--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let ending: Ending | undefined;
  const look = setInterval(() => {
    if (child.pid === undefined || (residentMb(child.pid) ?? 0) <= memoryMb) return;
    ending = { outOfMemory: true };
    child.kill('SIGKILL');
  }, MEMORY_LOOK_MS);
  const ended = new Promise<void>((resolve) => {
    const end = (cause: Ending) => {
      clearInterval(look);
      events.onEnd(ending ?? cause);
      resolve();
    };
    child.once('exit', (exitCode, signal) => end(exitCode === null ? { signal: wordsOf(signal) } : { exitCode }));
    // The process could not be started, as when there are too many.
    child.once('error', () => end({ exitCode: 1 }));
  });
  child.on('message', (message) => events.onMessage(message as SandboxMessage));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => events.onMessage({ kind: 'log', text }));
  }
  const holdables = [child, child.channel, child.stdout, child.stderr, look] as { ref?(): void; unref?(): void }[];
  return {
    post: (message) => child.send(message, () => {}),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    hold(isHeld) {
      for (const each of holdables) {
        if (isHeld) each.ref?.();
        else each.unref?.();
      }
    },
  };
}

/** The signal as Lambda words it. */
function wordsOf(signal: NodeJS.Signals | null): string {
  const words: Record<string, string> = {
    SIGKILL: 'killed',
    SIGABRT: 'aborted',
    SIGSEGV: 'segmentation fault',
    SIGTERM: 'terminated',
  };
  return words[signal ?? ''] ?? String(signal);
}
