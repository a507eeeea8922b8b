import { types } from 'node:util';
import type { Invocation } from './types.ts';

/** The longest result of an invocation as JSON, in bytes (Developer Guide, "Lambda quotas"). */
const LARGEST_RESULT_BYTES = 6_291_556;

/** The error of an invocation as Lambda answers with it. */
export interface FunctionFailure {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export function unhandled(failure: FunctionFailure): Invocation {
  return { payload: JSON.stringify(failure), functionError: 'Unhandled' };
}

/** A result without a JSON form, such as undefined or a function, is null; the words of the error are the runtime's. */
export function serialise(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

/** The answer to an invocation whose handler came to a result. */
export function answerOf(payload: string): Invocation {
  if (Buffer.byteLength(payload) <= LARGEST_RESULT_BYTES) return { payload };
  return unhandled({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${LARGEST_RESULT_BYTES} bytes).`,
  });
}

/** What Lambda's Node.js runtime makes of a thrown value (aws-lambda-nodejs-runtime-interface-client, Errors.js). */
export function failureOf(thrown: unknown): FunctionFailure {
  if (types.isNativeError(thrown) || thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

export const timedOut = (requestId: string, timeoutS: number): FunctionFailure => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutS.toFixed(2)} seconds`,
});

/** How the thread or process of a function came to its end. */
export type Ending = { exitCode: number } | { signal: string } | { outOfMemory: true };

/** What an invocation is answered whose thread or process ended under it. */
export function endedWithoutResult(requestId: string, ending: Ending): FunctionFailure {
  const failure = (errorType: string, reason: string) => ({
    errorType,
    errorMessage: `RequestId: ${requestId} Error: Runtime exited ${reason}`,
  });
  if ('outOfMemory' in ending) return failure('Runtime.OutOfMemory', 'with error: signal: killed');
  if ('signal' in ending) return failure('Runtime.ExitError', `with error: signal: ${ending.signal}`);
  const code = ending.exitCode;
  return failure('Runtime.ExitError', code === 0 ? 'without providing a reason' : `with error: exit status ${code}`);
}
