import { TaskTimedOut } from './failures.ts';
import { abortable, type Branch, type Engine, linked, sleep } from './run.ts';

/** Time limits of an attempt of a task. */
export interface Limits {
  engine: Engine;
  branch: Branch;
  /** When the task was scheduled; limits of an attempt that an earlier process began have been counting since. */
  scheduledMs: number;
  timeoutS: number | undefined;
  /** Longest time without a sign of life. */
  heartbeat: { seconds: number; latestMs: () => number } | undefined;
}

/**
 * Does the work of a task under its time limits and under the branch's signal; the work's signal is aborted when it is over.
 * Throws TaskTimedOut or BranchAborted, and what the work throws.
 */
export async function withinLimits<T>(limits: Limits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { engine, branch, scheduledMs, timeoutS, heartbeat } = limits;
  if (timeoutS === undefined && heartbeat === undefined) return abortable(work(branch.signal), branch.signal);
  const { controller, release } = linked(branch.signal);
  const { signal } = controller;
  const racers: Promise<T>[] = [abortable(work(signal), branch.signal)];
  if (timeoutS !== undefined) racers.push(silence(engine, timeoutS, () => scheduledMs, signal, 'timeout'));
  if (heartbeat) racers.push(silence(engine, heartbeat.seconds, heartbeat.latestMs, signal, 'heartbeat'));
  try {
    return await Promise.race(racers);
  } finally {
    release();
    controller.abort();
  }
}

/** Rejects with TaskTimedOut when a moment lies so many seconds back; the moment may move meanwhile. */
async function silence(
  engine: Engine,
  seconds: number,
  sinceMs: () => number,
  signal: AbortSignal,
  limit: TaskTimedOut['limit'],
): Promise<never> {
  const leftMs = () => Math.max(0, sinceMs() + seconds * 1000 - engine.clock.now());
  // One sleep at least: what came back for the task before this process began goes first.
  do await sleep(engine, leftMs(), signal);
  while (leftMs() > 0);
  throw new TaskTimedOut(limit);
}
