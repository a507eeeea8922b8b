/** A worker thread that runs one function of the program which opened the engine. */
import { parentPort, workerData } from 'node:worker_threads';
import { createRequestHandler } from '../request-handler.ts';
import { failureOf, serialise } from './failures.ts';
import { portService } from './port-transport.ts';
import type { InvokeMessage, SandboxMessage } from './sandbox-messages.ts';
import type { ThreadData } from './thread-channel.ts';
import type { FunctionHandler } from './types.ts';

const { module, export: name, prepare, port } = workerData as ThreadData;
if (parentPort === null) throw new Error('thread-main.ts runs in a worker thread only.');
const engine = parentPort;
const tell = (message: SandboxMessage) => engine.postMessage(message);

/** Tells of an error that leaves nothing to go on with, and ends the thread. */
function endWith(thrown: unknown): never {
  tell({ kind: 'failed', failure: failureOf(thrown), ends: true });
  process.exit(1);
}
process.on('uncaughtException', endWith);
process.on('unhandledRejection', endWith);

async function load(): Promise<FunctionHandler> {
  if (prepare !== undefined) (await import(prepare)).prepare(createRequestHandler(portService(port)));
  return (await import(module))[name];
}

const loading = load();
loading.then(() => tell({ kind: 'ready' }), endWith);

engine.on('message', async ({ payload, limitMs, context }: InvokeMessage) => {
  const handler = await loading;
  const deadlineMs = Date.now() + limitMs;
  const getRemainingTimeInMillis = () => Math.max(0, deadlineMs - Date.now());
  try {
    tell({
      kind: 'done',
      payload: serialise(await handler(JSON.parse(payload), { ...context, getRemainingTimeInMillis })),
    });
  } catch (thrown) {
    tell({ kind: 'failed', failure: failureOf(thrown) });
  }
});
