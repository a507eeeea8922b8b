import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Libraries that numpy may bring start threads of their own unless told not to. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** A Python program that does the same work as we do, once each time it is asked to. */
export interface Peer {
  /** What it says that it is, with versions. */
  name: string;
  /** Lets it do its work once; its line of answer. */
  answer(): Promise<string>;
  /** As `answer`, of a peer that answers with milliseconds. */
  work(): Promise<number>;
  end(): void;
}

/**
 * Starts bench/peers/`script`.py with the interpreter that NOCTURNE_PYTHON names, or python3, and waits until it has said its name. This
 * process and the peer go to one core where there is `taskset`. Ends the process with status 2 and a line that says why when the
 * interpreter is missing, or when the peer ends by itself, as it does when it lacks a package.
 */
export async function startPeer(script: string, args: readonly string[]): Promise<Peer> {
  spawnSync('taskset', ['--all-tasks', '--pid', '--cpu-list', '0', String(process.pid)]);
  const python = process.env.NOCTURNE_PYTHON ?? 'python3';
  const peer = spawn(python, [path.join(import.meta.dirname, 'peers', `${script}.py`), ...args], {
    env: { ...process.env, ...ONE_THREAD },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  peer.on('error', (error) => {
    console.error(`${python} does not start (${error.message}): name a Python interpreter in NOCTURNE_PYTHON`);
    process.exit(2);
  });
  // Of a peer that has ended: the missing answer tells.
  peer.stdin.on('error', () => {});
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (!done) return value;
    console.error(
      `bench/peers/${script}.py ended early: ${python} must have the packages that it imports, or name another in NOCTURNE_PYTHON`,
    );
    process.exit(2);
  };
  const answer = () => {
    peer.stdin.write('again\n');
    return next();
  };
  return { name: await next(), answer, work: async () => Number(await answer()), end: () => peer.stdin.end() };
}
