import { integerOf } from './dataflow.ts';
import type { Flow, MapState, ParallelState } from './definition.ts';
import { BranchAborted, dataLimitExceeded, EvaluationError, HistoryLimitReached } from './failures.ts';
import { readPath, type Scope } from './paths.ts';
import { QueryEvaluationError } from './queries.ts';
import { type Branch, type Child, type Engine, emit, linked, record, type Visit } from './run.ts';

import { exceedsPayloadLimit, type JsonObject } from './values.ts';

/** Runs the states of a flow in a branch and gives its output. */
export type RunFlow = (branch: Branch, flow: Flow, input: unknown, inputText: string) => Promise<unknown>;

/** Iterations that run at the same time when MaxConcurrency is 0 (AWS quota of inline Map). */
const INLINE_CONCURRENCY = 40;

const ABORTABLE = new Set(['Task', 'Wait', 'Map', 'Parallel']);

/** One attempt of a Parallel state; gives the outputs of its branches in order. */
export async function attemptParallel(
  engine: Engine,
  branch: Branch,
  state: ParallelState,
  visit: Visit,
  scope: Scope,
  runFlow: RunFlow,
): Promise<unknown[]> {
  const input = state.parameters ? state.parameters(scope) : scope.input;
  const inputText = JSON.stringify(input);
  if (exceedsPayloadLimit(inputText)) throw dataLimitExceeded(state.name);
  const startedId = visit.begun?.startedId ?? emit(engine, branch, 'ParallelStateStarted', undefined, { mark: '' });
  const outputs: unknown[] = [];
  let last = startedId;
  await inGroup(engine, branch, visit, undefined, async (group) => {
    const work = state.branches.map((flow, index) =>
      group.run(startedId, undefined, branch.map, async (child) => {
        outputs[index] = await runFlow(child, flow, input, inputText);
        last = Math.max(last, child.lastEventId);
      }),
    );
    await Promise.all(work);
  });
  branch.lastEventId = last;
  record(engine, branch.run, last, 'ParallelStateSucceeded', undefined, { scopeId: visit.enteredId });
  return outputs;
}

/** One attempt of an inline Map state; gives the outputs of its iterations in order. */
export async function attemptMap(
  engine: Engine,
  branch: Branch,
  state: MapState,
  visit: Visit,
  scope: Scope,
  runFlow: RunFlow,
): Promise<unknown[]> {
  const limit = integerOf(state.maxConcurrency, 'MaxConcurrency', 0, scope) || INLINE_CONCURRENCY;
  const items = itemsOf(state, scope).map((value, index) => {
    const map = { Item: { Index: index, Value: value } };
    const input = state.itemSelector
      ? state.itemSelector({ ...scope, context: { ...scope.context, Map: map } })
      : value;
    const inputText = JSON.stringify(input);
    if (exceedsPayloadLimit(inputText)) throw dataLimitExceeded(state.name);
    return { map, input, inputText };
  });
  const startedId =
    visit.begun?.startedId ?? emit(engine, branch, 'MapStateStarted', { length: items.length }, { mark: '' });
  const outputs: unknown[] = [];
  const started: [index: number, iterationId: number][] = [];
  let last = startedId;
  let next = 0;
  for (const iteration of branch.past?.iterations(startedId) ?? []) {
    const { index, success } = iteration;
    next = index + 1;
    if (success) {
      outputs[index] = JSON.parse(branch.past!.details(success.exitId).output as string);
      last = Math.max(last, success.id);
    } else started.push([index, iteration.startedId]);
  }
  await inGroup(engine, branch, visit, { name: state.name, startedId }, async (group) => {
    // A lane takes one item after another; an iteration follows in the history the one whose place it takes.
    const lane = async (index: number, iterationId: number): Promise<void> => {
      for (let at = index, id = iterationId; ; ) {
        const { map, input, inputText } = items[at]!;
        let previousId = 0;
        await group.run(id, at, map, async (child) => {
          outputs[at] = await runFlow(child, state.processor, input, inputText);
          previousId = child.lastEventId;
          const place = { scopeId: startedId, mark: String(at) };
          last = emit(engine, child, 'MapIterationSucceeded', { name: state.name, index: at }, place);
        });
        if (next >= items.length) return;
        at = next;
        next += 1;
        id = group.begin(previousId, at);
      }
    };
    const firstId = Math.max(startedId, branch.run.redrivenId);
    for (; started.length < limit && next < items.length; next += 1) started.push([next, group.begin(firstId, next)]);
    await Promise.all(started.map(([index, id]) => lane(index, id)));
  });
  branch.lastEventId = last;
  record(engine, branch.run, last, 'MapStateSucceeded', undefined, { scopeId: visit.enteredId });
  return outputs;
}

function itemsOf(state: MapState, scope: Scope): unknown[] {
  if (state.items) return state.items(scope) as unknown[];
  if (state.language === 'JSONata' && !Array.isArray(scope.input)) {
    throw new QueryEvaluationError(
      `Map state input must be an array but was: ${JSON.stringify(scope.input)}`,
      undefined,
    );
  }
  const items = state.itemsPath ? readPath(state.itemsPath, scope) : scope.input;
  if (!Array.isArray(items)) {
    throw new EvaluationError(`Reference path "${state.itemsPath?.source ?? '$'}" must point to array.`);
  }
  return items;
}

interface Group {
  /** Writes MapIterationStarted; returns its id. */
  begin(previousId: number, index: number): number;
  /** Runs work in a branch of its own that continues the history after an event. */
  run(
    previousId: number,
    index: number | undefined,
    map: JsonObject | undefined,
    work: (child: Branch) => Promise<void>,
  ): Promise<void>;
}

/**
 * Runs the branches or iterations of a state. The first failure aborts the others, writes so to the history, becomes the
 * event that the state continues from, and is thrown.
 * @param mapState the Map state's name and its MapStateStarted event, undefined for a Parallel state
 */
async function inGroup(
  engine: Engine,
  branch: Branch,
  visit: Visit,
  mapState: { name: string; startedId: number } | undefined,
  work: (group: Group) => Promise<void>,
): Promise<void> {
  const { controller, release } = linked(branch.signal);
  const { signal } = controller;
  visit.children = [];
  let first: { failure: unknown } | undefined;
  const fail = (failed: Child, failure: unknown) => {
    if (signal.aborted) return;
    first = { failure };
    branch.lastEventId = failed.branch.lastEventId;
    try {
      // With only the execution's last event left, whoever ends the execution writes it.
      if (!(failure instanceof HistoryLimitReached)) writeFailure(engine, visit.children, failed, mapState?.name);
    } catch (limit) {
      first = { failure: limit };
    } finally {
      controller.abort();
    }
  };
  const group: Group = {
    begin: (previousId, index) => {
      if (signal.aborted) throw new BranchAborted();
      const place = { scopeId: mapState!.startedId, mark: String(index) };
      return record(engine, branch.run, previousId, 'MapIterationStarted', { name: mapState!.name, index }, place);
    },
    async run(previousId, index, map, branchWork) {
      const { run, past } = branch;
      const variables = { values: new Map(), outer: branch.variables };
      const child: Child = {
        branch: { run, signal, lastEventId: previousId, variables, map, visit: undefined, past },
        index,
      };
      visit.children.push(child);
      try {
        await branchWork(child.branch);
        visit.children = visit.children.filter((other) => other !== child);
      } catch (failure) {
        fail(child, failure);
        throw failure;
      }
    },
  };
  try {
    return await work(group);
  } catch (cause) {
    throw first ? first.failure : cause;
  } finally {
    release();
    visit.children = [];
  }
}

/** The events of a failure inside a Map or Parallel state: all follow the event that failed. */
function writeFailure(engine: Engine, children: Child[], failed: Child, mapName: string | undefined): void {
  const { run, lastEventId } = failed.branch;
  for (const child of [failed, ...children.filter((other) => other !== failed)]) {
    if (child.index !== undefined) {
      const type = child === failed ? 'MapIterationFailed' : 'MapIterationAborted';
      record(engine, run, lastEventId, type, { name: mapName, index: child.index });
    }
    writeAborted(engine, child.branch, lastEventId);
  }
}

function writeAborted(engine: Engine, branch: Branch, previousId: number): void {
  const { visit } = branch;
  if (!visit) return;
  for (const child of visit.children) {
    if (child.index !== undefined) {
      record(engine, branch.run, previousId, 'MapIterationAborted', { name: visit.state.name, index: child.index });
    }
    writeAborted(engine, child.branch, previousId);
  }
  if (visit.mapRunArn) record(engine, branch.run, previousId, 'MapRunAborted');
  if (ABORTABLE.has(visit.state.type) && !visit.failed) {
    record(engine, branch.run, previousId, `${visit.state.type}StateAborted`);
  }
}
