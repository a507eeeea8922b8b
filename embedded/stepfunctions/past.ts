import type { EventHead, EventRecord, Store } from './store.ts';
import type { JsonObject } from './values.ts';

/** A stay in a state, as the history tells it. */
export interface PastVisit {
  enteredId: number;
  enteredMs: number;
  /** The event that ended it, and the state that it led to; undefined for a stay that is not over. */
  exit: { id: number; next: string | undefined } | undefined;
}

/** An iteration of a Map state that has begun. */
export interface PastIteration {
  index: number;
  startedId: number;
  /** Its MapIterationSucceeded event, and the one before it, whose output is the iteration's; undefined before it succeeded. */
  success: { id: number; exitId: number } | undefined;
}

/** The history of an execution, looked up while the execution is gone through again. */
export interface Past {
  /** The stay in a state that began behind an event; undefined when none did. */
  visit(previousId: number, state: string): PastVisit | undefined;
  /** The latest MapStateStarted or ParallelStateStarted event of a stay. */
  started(enteredId: number): number | undefined;
  /** The iterations that began in an attempt of a Map state, by index. */
  iterations(startedId: number): PastIteration[];
  /** Details of an event. */
  details(id: number): JsonObject;
  /** The events of a stay behind one event, without those of branches and iterations. */
  behind(enteredId: number, id: number): EventRecord[];
}

/** Reads the outline of an execution's history: a few dozen bytes per state; details are fetched when asked for. */
export function readPast(store: Store, executionId: number): Past {
  const visits = new Map<number, PastVisit>();
  /** Stays by the event before them; several behind the start of a Parallel state. */
  const byPrevious = new Map<number, { state: string; visit: PastVisit }[]>();
  const started = new Map<number, number>();
  const iterations = new Map<number, Map<number, PastIteration>>();
  const read = ({ id, previousId, type, timeMs, scopeId, mark }: EventHead) => {
    if (type.endsWith('StateEntered')) {
      const visit: PastVisit = { enteredId: id, enteredMs: timeMs, exit: undefined };
      visits.set(id, visit);
      const entry = { state: mark!, visit };
      const others = byPrevious.get(previousId);
      if (others) others.push(entry);
      else byPrevious.set(previousId, [entry]);
    } else if (type.endsWith('StateExited')) {
      visits.get(scopeId)!.exit = { id, next: mark || undefined };
    } else if (type.endsWith('StateStarted')) {
      started.set(scopeId, id);
    } else if (type === 'MapIterationStarted') {
      const group = iterations.get(scopeId) ?? new Map<number, PastIteration>();
      iterations.set(scopeId, group.set(Number(mark), { index: Number(mark), startedId: id, success: undefined }));
    } else if (type === 'MapIterationSucceeded') {
      iterations.get(scopeId)!.get(Number(mark))!.success = { id, exitId: previousId };
    }
  };
  for (const head of store.markedEvents(executionId)) read(head);
  return {
    visit: (previousId, state) => byPrevious.get(previousId)?.find((entry) => entry.state === state)?.visit,
    started: (enteredId) => started.get(enteredId),
    iterations: (startedId) => [...(iterations.get(startedId)?.values() ?? [])].sort((a, b) => a.index - b.index),
    details: (id) => JSON.parse(store.event(executionId, id).details ?? '{}'),
    behind: (enteredId, id) => store.eventsOfVisit(executionId, enteredId, id),
  };
}
