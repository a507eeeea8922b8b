import { MessageChannel, Worker } from 'node:worker_threads';
import type { Service } from '../http.ts';
import type { Ending } from './failures.ts';
import { servePort } from './port-transport.ts';
import type { Channel, ChannelEvents } from './sandbox.ts';
import type { WorkerModule } from './types.ts';

const MEMORY_LOOK_MS = 100;
/** What a heap may grow beyond a function's memory until that is seen: V8 ends the whole process for a heap that is full. */
const HEAP_RESERVE_MB = 2048;
const BYTES_PER_MB = 2 ** 20;

export interface ThreadCode {
  module: WorkerModule;
  memoryMb: number;
  environment: Readonly<Record<string, string>>;
}

/** What a thread is started with. */
export interface ThreadData {
  module: string;
  export: string;
  prepare?: string;
  /** The other end of the way to the engine. */
  port: MessageChannel['port2'];
}

/**
 * A worker thread for a function of this program. `service` answers what the function's SDK clients ask. The thread has the
 * program's environment with the function's own variables, and writes to its streams. Beyond its memory it is ended.
 */
export function openThread(
  { module, memoryMb, environment }: ThreadCode,
  service: Service,
  events: ChannelEvents,
): Channel {
  const { port1, port2 } = new MessageChannel();
  const workerData: ThreadData = {
    module: module.module.href,
    export: module.export,
    ...(module.prepare && { prepare: module.prepare.href }),
    port: port2,
  };
  const worker = new Worker(new URL('./thread-main.ts', import.meta.url), {
    workerData,
    transferList: [port2],
    env: { ...process.env, ...environment },
    // What this process preloads is for this process.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb + HEAP_RESERVE_MB },
  });
  let ending: Ending | undefined;
  const look = setInterval(async () => {
    if ((await usedMb(worker)) <= memoryMb) return;
    ending = { outOfMemory: true };
    await worker.terminate();
  }, MEMORY_LOOK_MS);
  worker.on('message', events.onMessage);
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') ending = { outOfMemory: true };
  });
  worker.on('exit', (exitCode) => {
    clearInterval(look);
    events.onEnd(ending ?? { exitCode });
  });
  servePort(port1, service);
  port1.unref();
  return {
    post: (message) => worker.postMessage(message),
    async kill() {
      await worker.terminate();
    },
    hold(isHeld) {
      for (const each of [worker, look]) {
        if (isHeld) each.ref();
        else each.unref();
      }
    },
  };
}

/** What a thread's heap and buffers take; nothing once it has ended. */
async function usedMb(worker: Worker): Promise<number> {
  try {
    const { used_heap_size, external_memory } = await worker.getHeapStatistics();
    return (used_heap_size + external_memory) / BYTES_PER_MB;
  } catch {
    return 0;
  }
}
