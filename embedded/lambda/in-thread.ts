import type { Clock } from '../clock.ts';
import { answerOf, failureOf, serialise, timedOut, unhandled } from './failures.ts';
import { lateLine } from './log-tail.ts';
import type { SandboxInvocation } from './sandbox.ts';
import type { FunctionContext, FunctionHandler, Invocation } from './types.ts';

/** Whether a sleep came to its end; false when it was cut short. */
export function waits(sleep: Promise<void>): Promise<boolean> {
  return sleep.then(
    () => true,
    () => false,
  );
}

/** Runs a handler in this thread, and answers for it when it is past its limit. */
export async function runHere(
  handler: FunctionHandler,
  { message: { payload, limitMs, context }, timeoutS, onLog }: SandboxInvocation,
  clock: Clock,
): Promise<Invocation> {
  const startedMs = clock.now();
  const getRemainingTimeInMillis = () => Math.max(0, startedMs + limitMs - clock.now());
  const timer = new AbortController();
  const pastLimit = waits(clock.sleep(limitMs, timer.signal)).then(() => undefined);
  const finished = callHandler(handler, JSON.parse(payload), { ...context, getRemainingTimeInMillis });
  const outcome = await Promise.race([finished, pastLimit]);
  timer.abort();
  // A handler that kept the thread to itself comes back before the timer had its turn: the limit holds all the same.
  if (outcome === undefined || clock.now() - startedMs > limitMs) {
    onLog(lateLine(context.awsRequestId, timeoutS, clock.now()));
    return unhandled(timedOut(context.awsRequestId, timeoutS));
  }
  return outcome;
}

async function callHandler(handler: FunctionHandler, event: unknown, context: FunctionContext): Promise<Invocation> {
  try {
    return answerOf(serialise(await handler(event, context)));
  } catch (thrown) {
    return unhandled(failureOf(thrown));
  }
}
