/** A process that runs one function from a zip file, as Lambda's Node.js runtime does. */
import { format } from 'node:util';
import { type FunctionFailure, failureOf, serialise } from './failures.ts';
import { loadHandler, type UserHandler } from './node-handler.ts';
import type { InvokeMessage, SandboxMessage } from './sandbox-messages.ts';

const send = process.send?.bind(process);
const channel = process.channel;
if (send === undefined || channel === undefined) throw new Error('process-main.ts runs in a forked process only.');
const tell = (message: SandboxMessage, sent = () => {}) => send(message, undefined, undefined, sent);
// The way to the engine is not the function's business.
delete process.send;
process.once('disconnect', () => process.exit());

let current: InvokeMessage | undefined;

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    tell({ kind: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const done = rest.find((each) => typeof each === 'function');
    if (done) process.nextTick(done);
    return true;
  };
}

const LEVELS = { log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG', trace: 'TRACE' } as const;
for (const [method, level] of Object.entries(LEVELS)) {
  console[method as keyof typeof LEVELS] = (...values: unknown[]) => {
    const id = current?.context.awsRequestId ?? 'undefined';
    // Lines of one message stay together: Lambda's log breaks messages at line feeds.
    const text = format(...values).replaceAll('\n', '\r');
    tell({ kind: 'log', text: `${new Date().toISOString()}\t${id}\t${level}\t${text}\n` });
  };
}

/** Ends the process once the failure is told: what is left of it cannot be trusted. */
function endWith(failure: FunctionFailure, exitCode: number): void {
  tell({ kind: 'failed', failure, ends: true }, () => process.exit(exitCode));
}
process.on('uncaughtException', (thrown) => endWith(failureOf(thrown), 129));
process.on('unhandledRejection', (reason) => {
  const { trace = [] } = failureOf(reason);
  endWith({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason), trace }, 128);
});

const loading = loadHandler(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), process.env._HANDLER ?? '');
loading.then(
  () => tell({ kind: 'ready' }),
  (thrown) => endWith(failureOf(thrown), 1),
);

/** What a handler comes to that promises its result, or calls back; a plain result is nobody's, as on Lambda. */
function call(handler: UserHandler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result: unknown) =>
      error === undefined || error === null ? resolve(result) : reject(error);
    const returned = handler(event, context, callback);
    if (returned instanceof Promise) returned.then(resolve, reject);
    // Without a result to come, the invocation ends when nothing is left to do.
    process.once('beforeExit', () => {
      channel?.ref();
      resolve(null);
    });
  });
}

process.on('message', async (message: InvokeMessage) => {
  const handler = await loading;
  current = message;
  const { functionName } = message.context;
  const deadlineMs = Date.now() + message.limitMs;
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    ...message.context,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  channel.unref();
  try {
    const payload = serialise(await call(handler, JSON.parse(message.payload), context));
    tell({ kind: 'done', payload });
  } catch (thrown) {
    tell({ kind: 'failed', failure: failureOf(thrown) });
  } finally {
    channel.ref();
    current = undefined;
    process.removeAllListeners('beforeExit');
  }
});
