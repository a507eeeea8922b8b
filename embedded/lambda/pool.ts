import type { Sandbox, SandboxInvocation } from './sandbox.ts';
import type { Invocation } from './types.ts';

/** How long a sandbox that nobody uses is kept warm. */
const KEPT_WARM_MS = 60_000;

/** What sandboxes are made from; those of one key are alike. */
export interface SandboxKind {
  key: string;
  open(): Promise<Sandbox>;
}

export interface Pool {
  /** Runs an invocation in a sandbox of its kind, as soon as there is room for one. Rejects only when none can be opened. */
  run(kind: SandboxKind, invocation: SandboxInvocation): Promise<Invocation>;
  /** Ends the sandboxes of a key: idle ones now, the others after their invocation. Resolves when none is left. */
  retire(key: string): Promise<void>;
  /** Ends all sandboxes, those at work included; who waits in line is refused. */
  close(): Promise<void>;
}

interface Idle {
  key: string;
  sandbox: Sandbox;
  timer: NodeJS.Timeout;
}

/** Sandboxes are opened when first needed, at most `limit` at a time, and kept warm for a while; who finds no room waits in line. */
export function openPool(limit: number): Pool {
  const idle = new Set<Idle>();
  const busy = new Map<Promise<unknown>, { key: string; sandbox?: Sandbox }>();
  const retired = new Set<string>();
  const line: (() => void)[] = [];
  let inUse = 0;
  let isClosed = false;

  async function enter(): Promise<void> {
    if (inUse < limit) inUse += 1;
    else await new Promise<void>((admit) => line.push(admit));
  }

  function leave(): void {
    const admit = line.shift();
    if (admit) admit();
    else inUse -= 1;
  }

  async function endIdle(each: Idle): Promise<void> {
    idle.delete(each);
    clearTimeout(each.timer);
    await each.sandbox.end();
  }

  /** A warm sandbox of the kind, or a new one in the room of the longest idle. */
  async function take({ key, open }: SandboxKind): Promise<Sandbox> {
    for (const each of idle) {
      if (each.sandbox.hasEnded) void endIdle(each);
      else if (each.key === key) {
        idle.delete(each);
        clearTimeout(each.timer);
        return each.sandbox;
      }
    }
    for (const each of idle) if (idle.size + inUse > limit) void endIdle(each);
    return open();
  }

  function putBack(key: string, sandbox: Sandbox): void {
    if (sandbox.hasEnded || isClosed || retired.has(key)) {
      void sandbox.end();
      return;
    }
    const each: Idle = { key, sandbox, timer: setTimeout(() => void endIdle(each), KEPT_WARM_MS).unref() };
    idle.add(each);
  }

  async function runNow(kind: SandboxKind, invocation: SandboxInvocation, note: { sandbox?: Sandbox }) {
    const sandbox = await take(kind);
    if (isClosed) {
      await sandbox.end();
      throw new Error('The engine is closing; nothing is run any more.');
    }
    note.sandbox = sandbox;
    try {
      return await sandbox.invoke(invocation);
    } finally {
      putBack(kind.key, sandbox);
    }
  }

  return {
    async run(kind, invocation) {
      await enter();
      const note: { key: string; sandbox?: Sandbox } = { key: kind.key };
      const work = runNow(kind, invocation, note);
      busy.set(work, note);
      try {
        return await work;
      } finally {
        busy.delete(work);
        leave();
      }
    },
    async retire(key) {
      retired.add(key);
      await Promise.all([...idle].filter((each) => each.key === key).map(endIdle));
      const atWork = [...busy].filter(([, each]) => each.key === key).map(([work]) => work);
      await Promise.allSettled(atWork);
    },
    async close() {
      isClosed = true;
      await Promise.all([...idle].map(endIdle));
      await Promise.all([...busy.values()].map(({ sandbox }) => sandbox?.end()));
    },
  };
}
