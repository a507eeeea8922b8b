import type { Clock } from '../clock.ts';
import type { FunctionInvoker } from '../lambda/types.ts';
import type { CallService } from '../service-calls/types.ts';
import type { Flow, State } from './definition.ts';
import type { Objects } from './distributed-map/objects.ts';
import type { MapRuns } from './distributed-map/tables.ts';
import { BranchAborted, HistoryLimitReached } from './failures.ts';
import { HISTORY_LIMIT } from './history.ts';
import type { Past } from './past.ts';
import type { Scope, Variables } from './paths.ts';
import type { EventRecord, NewExecution, RetryRecord, Store } from './store.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { JsonObject } from './values.ts';

/** An execution that runs in this process. */
export interface Run {
  /** Row of the execution in the store. */
  id: number;
  arn: string;
  machineArn: string;
  /** What it runs: the definition's own flow, or for a Map Run's child the processor of the Map state. */
  flow: Flow;
  /** Row of its definition. */
  definitionId: number;
  /** Time limit in seconds. */
  timeoutS: number | undefined;
  /** Its start, or when it was redriven last. */
  startMs: number;
  /** The event that redrove it last, 0 when none did. */
  redrivenId: number;
  /** The execution's input, parsed; and as the text that was given. */
  input: unknown;
  inputText: string;
  /** Members of the context object that stay the same: Execution and StateMachine. */
  context: JsonObject;
  /** Id of the latest history event. */
  eventCount: number;
  /** Aborted when the execution has ended, however it did. */
  controller: AbortController;
  /** False as soon as the execution has ended. */
  open: boolean;
  /** Resolves when the execution has ended. */
  ended: Promise<void>;
  settle(): void;
}

/** One line of control of an execution: the execution itself, a branch of a Parallel state, an iteration of a Map state. */
export interface Branch {
  run: Run;
  /** Aborted when this branch must not go on. */
  signal: AbortSignal;
  /** The event that the next event of this branch follows. */
  lastEventId: number;
  variables: Variables;
  /** `$$.Map`, inside a Map state. */
  map: JsonObject | undefined;
  /** The state that the branch is in. */
  visit: Visit | undefined;
  /** What an earlier process, or the execution before it was redriven, wrote of this branch; undefined once all of it is gone through. */
  past: Past | undefined;
}

/** A stay of a branch in a state. */
export interface Visit {
  state: State;
  /** Id of the StateEntered event. */
  enteredId: number;
  /** The state's input, and its JSON text. */
  input: unknown;
  inputText: string;
  /** What paths see before InputPath is applied. */
  scope: Scope;
  /** Branches and iterations that are under way inside the state. */
  children: Child[];
  /** Whether the failure of the state is already in the history. */
  failed: boolean;
  /** When the stay began, or when the execution was redriven in it. */
  sinceMs: number;
  /** How far an earlier process came in it; undefined for a stay that begins now. */
  begun: BegunVisit | undefined;
  /** The Map Run under way in it. */
  mapRunArn?: string | undefined;
}

/** What the history holds of a stay that an earlier process left unfinished. */
export interface BegunVisit {
  /** What Retry has counted; undefined in the first attempt. */
  retry: RetryRecord | undefined;
  /** Events of the attempt under way, without those of branches and iterations. */
  events: EventRecord[];
  /** The latest MapStateStarted or ParallelStateStarted event; undefined when the attempt under way has none. */
  startedId: number | undefined;
}

export interface Child {
  branch: Branch;
  /** Index of a Map iteration; undefined for a branch of a Parallel state. */
  index: number | undefined;
}

/** A child execution of a Map Run, at its start. */
export interface MapChild extends Pick<NewExecution, 'arn' | 'machineArn' | 'name' | 'input'> {
  parent: Run;
  mapRunArn: string;
  /** Name of the Map state. */
  mapState: string;
  /** `$$.Map` of the child; null for none. */
  mapContext: JsonObject | null;
}

/** What the interpreter needs from its surroundings. */
export interface Engine {
  clock: Clock;
  region: string;
  store: Store;
  invokeFunction: FunctionInvoker;
  callService: CallService;
  tokens: TaskTokens;
  /** Uniform in [0, 1): retry jitter and States.MathRandom. */
  random: () => number;
  /** A promise to wait for when the process has been busy for long, so that timers and signals get their turn. */
  pace(): Promise<void> | undefined;
  /** Starts an execution as StartExecution does; throws ServiceError. */
  startExecution(request: { stateMachineArn: string; input: string; name?: string }): {
    executionArn: string;
    startMs: number;
  };
  /** Starts an execution of a Map state's processor. */
  startMapChild(child: MapChild): void;
  /** Runs an execution of a Map state's processor that did not succeed again from where it failed; one that cannot be stays as it is. */
  restartExecution(executionArn: string): void;
  /** Stops an execution as StopExecution does; one that has ended stays as it is. */
  stopExecution(executionArn: string, error: string | undefined, cause: string | undefined): void;
  mapRuns: MapRuns;
  /** Where Map states read items and write results. */
  objects: Objects;
  /** Resolves when the execution has ended; when the signal is aborted first, stops the execution and rejects. */
  executionEnd(executionArn: string, signal: AbortSignal): Promise<void>;
}

/** Where an event belongs, for a recovery: see EventRecord. */
export type Place = Partial<Pick<EventRecord, 'scopeId' | 'mark'>>;

/**
 * Writes an event at a given place of the chain; returns its id.
 * Throws BranchAborted when the execution has ended, HistoryLimitReached when only the final event still fits.
 */
export function record(
  engine: Engine,
  run: Run,
  previousId: number,
  type: string,
  details?: JsonObject,
  place?: Place,
): number {
  if (!run.open) throw new BranchAborted();
  const id = run.eventCount + 1;
  if (id >= HISTORY_LIMIT) throw new HistoryLimitReached(HISTORY_LIMIT);
  run.eventCount = id;
  writeEvent(engine, run, id, previousId, type, details, place);
  return id;
}

/** Writes the event that ends an execution. */
export function recordEnd(engine: Engine, run: Run, previousId: number, type: string, details: JsonObject): void {
  run.eventCount += 1;
  writeEvent(engine, run, run.eventCount, previousId, type, details);
}

function writeEvent(
  engine: Engine,
  run: Run,
  id: number,
  previousId: number,
  type: string,
  details?: JsonObject,
  { scopeId = 0, mark = null }: Place = {},
): void {
  engine.store.appendEvent(run.id, {
    id,
    previousId,
    type,
    timeMs: engine.clock.now(),
    details: details ? JSON.stringify(details) : null,
    scopeId,
    mark,
  });
}

/**
 * Writes the next event of a branch; it belongs to the branch's stay in a state unless a place is given.
 * Throws BranchAborted when the branch must not go on.
 */
export function emit(engine: Engine, branch: Branch, type: string, details?: JsonObject, place?: Place): number {
  if (branch.signal.aborted) throw new BranchAborted();
  const where = { scopeId: branch.visit?.enteredId ?? 0, ...place };
  branch.lastEventId = record(engine, branch.run, branch.lastEventId, type, details, where);
  return branch.lastEventId;
}

export const WHOLE = { truncated: false };

/** The result of a promise, or BranchAborted as soon as the signal is aborted. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new BranchAborted());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Sleeps on the engine's clock; throws BranchAborted as soon as the signal is aborted. */
export async function sleep(engine: Engine, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new BranchAborted();
  try {
    await engine.clock.sleep(ms, signal);
  } catch (cause) {
    throw signal.aborted ? new BranchAborted() : cause;
  }
}

/** A controller that is aborted together with another signal; `release` takes it off that signal. */
export function linked(signal: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const follow = () => controller.abort();
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return { controller, release: () => signal.removeEventListener('abort', follow) };
}
