import type { MapState } from '../definition.ts';
import { BranchAborted } from '../failures.ts';
import type { Branch, Engine, Run } from '../run.ts';
import { childArn } from './names.ts';
import type { ChildRow, ChildStatus, MapRunLimits, MapRunRecord, StatusCount } from './tables.ts';

/** What counts against the thresholds; a child that was stopped does not. */
const COUNTED_STATUSES: readonly ChildStatus[] = ['FAILED', 'TIMED_OUT'];

/** Children looked up at once while they are started. */
const WAITING_PAGE = 100;

/**
 * Whether more items have failed than a Map Run tolerates: either threshold that is given can be exceeded, and without any no
 * failure is tolerated.
 */
export function exceedsTolerance(
  failedItems: number,
  totalItems: number,
  { toleratedFailureCount: count, toleratedFailurePercentage: percentage }: Omit<MapRunLimits, 'maxConcurrency'>,
): boolean {
  if (count === null && percentage === null) return failedItems > 0;
  return (
    (count !== null && failedItems > count) || (percentage !== null && failedItems * 100 > percentage * totalItems)
  );
}

/** Items of the children that failed or timed out, and of all. */
export function failuresOf(counts: StatusCount[]): { failedItems: number; totalItems: number } {
  const sum = (some: StatusCount[]) => some.reduce((items, count) => items + count.items, 0);
  return {
    failedItems: sum(counts.filter(({ status }) => COUNTED_STATUSES.includes(status))),
    totalItems: sum(counts),
  };
}

/** Whether an execution was left as it is by an engine that closes, for the next one to go on with; otherwise it has come to its end. */
export function isAbandoned({ store }: Engine, { arn, open }: Run): boolean {
  return !open && store.execution(arn)!.status === 'RUNNING';
}

/**
 * Starts the children of a Map Run, as many at a time as it allows, and follows them to their ends. When more have failed than
 * is tolerated, those under way are stopped and the others are not started. Those that an earlier process started are followed on.
 * When the branch is aborted the children are aborted with it. Throws BranchAborted.
 */
export async function runChildren(
  engine: Engine,
  branch: Branch,
  state: MapState,
  mapRun: MapRunRecord,
): Promise<'done' | 'failed'> {
  const { mapRuns, store } = engine;
  const { id, arn: mapRunArn, machineArn } = mapRun;
  const never = new AbortController().signal;
  const running = new Map<number, { child: ChildRow; arn: string; executionId: number }>();
  const { totalItems, ...before } = failuresOf(mapRuns.counts(id));
  let { failedItems } = before;
  let limits: MapRunLimits = mapRun;
  let over = false;
  let waiting: ChildRow[] = [];
  let wake = () => {};
  const stoppedCause = `The map run execution [${mapRunArn}] which was managing this resource was aborted`;

  const exceeded = () => exceedsTolerance(failedItems, totalItems, limits);

  function follow(child: ChildRow, arn: string): void {
    const executionId = store.execution(arn)!.id;
    running.set(child.idx, { child, arn, executionId });
    mapRuns.setChild(id, child.idx, 'RUNNING', executionId);
    void engine.executionEnd(arn, never).then(() => settle(child.idx));
  }

  /** Takes over how a child has ended. */
  function settle(index: number): void {
    const ended = running.get(index);
    if (!ended || over) return;
    const { child, arn, executionId } = ended;
    const { status } = store.execution(arn)!;
    running.delete(index);
    mapRuns.setChild(id, index, status, executionId);
    if (COUNTED_STATUSES.includes(status)) failedItems += child.itemCount;
    if (exceeded()) stopAll();
    wake();
  }

  function stopAll(): void {
    over = true;
    for (const [index, { arn, executionId }] of running) {
      engine.stopExecution(arn, undefined, stoppedCause);
      mapRuns.setChild(id, index, store.execution(arn)!.status, executionId);
    }
    running.clear();
  }

  function start(child: ChildRow): void {
    const { name, arn } = childArn(machineArn, mapRunArn, child.idx);
    if (child.status === 'PENDING_REDRIVE') {
      // One that cannot be redriven keeps its end, which is taken over like any other.
      engine.restartExecution(arn);
    } else {
      const { input } = child;
      engine.startMapChild({
        parent: branch.run,
        arn,
        machineArn,
        name,
        input,
        mapRunArn,
        mapState: state.name,
        mapContext: null,
      });
    }
    follow(child, arn);
  }

  /** The next child to start; undefined when none is left. */
  function next(): ChildRow | undefined {
    if (waiting.length === 0) waiting = mapRuns.children(id, 'PENDING_REDRIVE', WAITING_PAGE);
    if (waiting.length === 0) waiting = mapRuns.children(id, 'PENDING', WAITING_PAGE);
    return waiting[0];
  }

  const abort = () => {
    if (over) return;
    over = true;
    wake();
    if (!isAbandoned(engine, branch.run)) stopAll();
  };

  if (branch.signal.aborted) throw new BranchAborted();
  branch.signal.addEventListener('abort', abort, { once: true });
  const unwatch = mapRuns.watch(id, () => {
    limits = mapRuns.byArn(mapRunArn)!;
    if (!over && exceeded()) stopAll();
    wake();
  });
  try {
    for (const child of mapRuns.children(id, 'RUNNING', Number.MAX_SAFE_INTEGER)) {
      follow(child, childArn(machineArn, mapRunArn, child.idx).arn);
    }
    if (exceeded()) stopAll();
    while (!over) {
      const child = next();
      if (child && running.size < limits.maxConcurrency) {
        waiting.shift();
        start(child);
        const pause = engine.pace();
        if (pause) await pause;
        continue;
      }
      if (running.size === 0) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (branch.signal.aborted) throw new BranchAborted();
    return over ? 'failed' : 'done';
  } finally {
    branch.signal.removeEventListener('abort', abort);
    unwatch();
  }
}
