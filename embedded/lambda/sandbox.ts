import type { Clock } from '../clock.ts';
import { answerOf, type Ending, endedWithoutResult, timedOut, unhandled } from './failures.ts';
import { lateLine } from './log-tail.ts';
import type { InvokeMessage, SandboxMessage } from './sandbox-messages.ts';
import type { Invocation } from './types.ts';

/** How long a function's code may take to load before its time limit counts (Developer Guide, "Lambda execution environment"). */
const FREE_LOADING_MS = 10_000;

/** A thread or a process that runs one function, seen from the engine. */
export interface Channel {
  post(message: InvokeMessage): void;
  /** Ends it, whatever it does; resolves when it has ended. */
  kill(): Promise<void>;
  /** Whether it keeps this process alive. */
  hold(isHeld: boolean): void;
}

export interface ChannelEvents {
  onMessage(message: SandboxMessage): void;
  onEnd(ending: Ending): void;
}

/** What an invocation comes to. */
type Result = Exclude<SandboxMessage, { kind: 'ready' | 'log' }>;

export interface SandboxInvocation {
  message: InvokeMessage;
  timeoutS: number;
  onLog: (text: string) => void;
}

/** Where one function runs, one invocation after the other. */
export interface Sandbox {
  /** Answers whatever becomes of the invocation; never rejects. */
  invoke(invocation: SandboxInvocation): Promise<Invocation>;
  /** Ends it; resolves when it has ended. */
  end(): Promise<void>;
  /** Whether it can take no invocation any more. */
  readonly hasEnded: boolean;
}

/** Runs invocations over a channel, whose two ends are a thread's or a process's. */
export function openSandbox(open: (events: ChannelEvents) => Channel, clock: Clock): Sandbox {
  let hasEnded = false;
  let onLog: SandboxInvocation['onLog'] = () => {};
  let settle: (answer: Result | Ending) => void = () => {};
  let loaded = () => {};
  const loading = new Promise<void>((resolve) => {
    loaded = resolve;
  });
  const channel = open({
    onMessage(message) {
      if (message.kind === 'ready') loaded();
      else if (message.kind === 'log') onLog(message.text);
      else {
        if (message.kind === 'failed' && message.ends) hasEnded = true;
        settle(message);
      }
    },
    onEnd(ending) {
      hasEnded = true;
      settle(ending);
    },
  });
  channel.hold(false);

  async function pastLimit(timeoutS: number, signal: AbortSignal): Promise<undefined> {
    try {
      await Promise.race([loading, clock.sleep(FREE_LOADING_MS, signal)]);
      await clock.sleep(timeoutS * 1000, signal);
      return undefined;
    } catch {
      // The invocation came to its end first; nobody waits here any more.
      return new Promise(() => {});
    }
  }

  return {
    get hasEnded() {
      return hasEnded;
    },
    async invoke({ message, timeoutS, onLog: tell }) {
      const requestId = message.context.awsRequestId;
      const timer = new AbortController();
      channel.hold(true);
      onLog = tell;
      const settled = new Promise<Result | Ending>((resolve) => {
        settle = resolve;
      });
      channel.post(message);
      const answer = await Promise.race([settled, pastLimit(timeoutS, timer.signal)]);
      timer.abort();
      if (answer === undefined) {
        hasEnded = true;
        await channel.kill();
        tell(lateLine(requestId, timeoutS, clock.now()));
        return unhandled(timedOut(requestId, timeoutS));
      }
      channel.hold(false);
      if (!('kind' in answer)) return unhandled(endedWithoutResult(requestId, answer));
      return answer.kind === 'failed' ? unhandled(answer.failure) : answerOf(answer.payload);
    },
    async end() {
      hasEnded = true;
      await channel.kill();
    },
  };
}
