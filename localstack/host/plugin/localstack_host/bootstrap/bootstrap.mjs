// The Node side of the process executor: loads the handler of the function and serves invocations. It follows the
// managed Node runtime where a function can notice: module lookup, error format, console output, exit codes.

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const env = process.env;
const control = new Socket({ fd: Number(env.LOCALSTACK_HOST_CONTROL_FD), readable: true, writable: true });
delete env.LOCALSTACK_HOST_CONTROL_FD;
const root = env.LAMBDA_TASK_ROOT;

const send = (message, done) => control.write(`${JSON.stringify(message)}\n`, done);
// The other side went away: LocalStack stopped this environment, or is gone itself.
control.on('end', () => process.exit(0));
control.on('error', () => process.exit(0));

let current = null; // the invocation being served: { id, answered }

// --- output: console lines carry time, request id and level, as in CloudWatch -----------------------------------------

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    if (typeof encoding === 'function') callback = encoding;
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    send({ t: 'log', d: text }, () => callback?.());
    return true;
  };
}

const jsonLogs = env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const levels = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
for (const [method, level] of Object.entries(levels)) {
  console[method] = (...args) => {
    const timestamp = new Date().toISOString();
    let line;
    if (jsonLogs) {
      const record = { timestamp, level, requestId: current?.id };
      if (args.length === 1 && args[0] !== null && typeof args[0] === 'object' && !(args[0] instanceof Error)) {
        record.message = args[0];
      } else {
        record.message = format(...args);
        const error = args.find((arg) => arg instanceof Error);
        if (error)
          Object.assign(record, { errorType: error.name, errorMessage: error.message, stackTrace: stackOf(error) });
      }
      try {
        line = JSON.stringify(record);
      } catch {
        line = JSON.stringify({ ...record, message: format(...args) });
      }
    } else {
      // One event per call, whatever it contains: CloudWatch splits at \n, the managed runtime writes \r for it.
      line = `${timestamp}\t${current?.id ?? 'undefined'}\t${level}\t${format(...args).replaceAll('\n', '\r')}`;
    }
    process.stdout.write(`${line}\n`);
  };
}

// --- errors -----------------------------------------------------------------------------------------------------------

const stackOf = (error) => (typeof error.stack === 'string' ? error.stack.split('\n') : []);

function describe(error, type) {
  if (
    error instanceof Error ||
    (error && typeof error === 'object' && 'name' in error && 'message' in error && 'stack' in error)
  ) {
    return {
      errorType: String(type ?? error.name ?? 'Error'),
      errorMessage: String(error.message),
      trace: stackOf(error),
    };
  }
  return { errorType: type ?? typeof error, errorMessage: String(error), trace: [] };
}

function logError(kind, described) {
  process.stdout.write(
    `${new Date().toISOString()}\t${current?.id ?? 'undefined'}\tERROR\t${kind} \t${JSON.stringify({
      errorType: described.errorType,
      errorMessage: described.errorMessage,
      stack: described.trace,
    })}\n`,
  );
}

// --- the handler ------------------------------------------------------------------------------------------------------

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function moduleFile(base) {
  for (const candidate of [base, `${base}.js`, `${base}.mjs`, `${base}.cjs`]) {
    if (fs.statSync(candidate, { throwIfNoEntry: false })?.isFile()) return candidate;
  }
  throw new RuntimeError(
    'Runtime.ImportModuleError',
    `Error: Cannot find module '${path.basename(base)}'\nRequire stack:\n- ${base}`,
  );
}

function isModule(file) {
  if (file.endsWith('.mjs')) return true;
  if (file.endsWith('.cjs')) return false;
  for (let folder = path.dirname(file); folder.startsWith(root); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
    if (folder === root) break;
  }
  return false;
}

async function loadHandler() {
  const handler = env._HANDLER ?? '';
  const name = path.basename(handler);
  const match = /^([^.]*)\.(.+)$/.exec(name);
  if (!match || handler.includes('..')) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const file = moduleFile(path.resolve(root, path.dirname(handler), match[1]));
  let loaded;
  try {
    loaded = isModule(file) ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw Object.assign(error, { name: 'Runtime.UserCodeSyntaxError', message: `SyntaxError: ${error.message}` });
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw Object.assign(error, { name: 'Runtime.ImportModuleError', message: `Error: ${error.message}` });
    }
    throw error;
  }
  let target = loaded;
  for (const key of match[2].split('.')) target = target?.[key];
  if (target === undefined)
    throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof target !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is not a function`);
  return target;
}

// --- invocations ------------------------------------------------------------------------------------------------------

function answer(invocation, type, value) {
  if (invocation.answered) return;
  invocation.answered = true;
  control.ref();
  let payload;
  if (type === 'result') {
    try {
      payload = JSON.stringify(value === undefined ? null : value) ?? 'null';
    } catch (error) {
      type = 'error';
      payload = JSON.stringify(
        describe(new Error(`Unable to stringify response body: ${error.message}`), 'Runtime.MarshalError'),
      );
    }
  } else {
    const described = describe(value);
    logError('Invoke Error', described);
    payload = JSON.stringify(described);
  }
  current = null;
  send({ t: type, id: invocation.id, payload });
}

function fatal(error, type) {
  const described = describe(error, type);
  logError(type ?? 'Uncaught Exception', described);
  const invocation = current;
  if (invocation && !invocation.answered) {
    invocation.answered = true;
    send({ t: 'error', id: invocation.id, payload: JSON.stringify(described), fatal: true }, () => process.exit(129));
  } else {
    send({ t: 'log', d: '' }, () => process.exit(129));
  }
}

function serve(handler, message) {
  const invocation = { id: message.id, answered: false };
  current = invocation;
  env._X_AMZN_TRACE_ID = message.trace;
  const callback = (error, value) => (error ? answer(invocation, 'error', error) : answer(invocation, 'result', value));
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: message.id,
    invokedFunctionArn: message.arn,
    identity: undefined,
    clientContext: undefined,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
    done: callback,
    succeed: (value) => callback(null, value),
    fail: (error) => callback(error ?? new Error('handled')),
  };
  try {
    const returned = handler(JSON.parse(message.payload || 'null'), context, callback);
    if (typeof returned?.then === 'function') {
      returned.then(
        (value) => answer(invocation, 'result', value),
        (error) => answer(invocation, 'error', error),
      );
    } else if (!invocation.answered) {
      // A callback handler. When nothing is left to do and no callback came, the answer is null.
      control.unref();
    }
  } catch (error) {
    answer(invocation, 'error', error);
  }
}

process.on('beforeExit', () => {
  if (current && !current.answered) answer(current, 'result', null);
});
process.on('uncaughtException', (error) => fatal(error));
process.on('unhandledRejection', (reason) => {
  fatal(
    Object.assign(new Error(reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)), {
      stack: reason?.stack,
    }),
    'Runtime.UnhandledPromiseRejection',
  );
});

let handler;
try {
  handler = await loadHandler();
} catch (error) {
  const described = describe(error);
  logError('Uncaught Exception', described);
  await new Promise((resolve) => send({ t: 'initerror', payload: JSON.stringify(described) }, resolve));
  process.exit(1);
}

let buffer = '';
control.setEncoding('utf8');
control.on('data', (text) => {
  buffer += text;
  const lines = buffer.split('\n');
  buffer = lines.pop();
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.t === 'invoke') serve(handler, message);
  }
});
send({ t: 'ready' });
