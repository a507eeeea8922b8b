import { attemptMap, attemptParallel } from './concurrency.ts';
import { combine, outputOf, seenError, seenInput, seenResult, select, withInput } from './dataflow.ts';
import type { Catcher, ChoiceState, FailState, Flow, PassState, State, WaitState, WorkState } from './definition.ts';
import { attemptDistributedMap } from './distributed-map/attempt.ts';
import {
  BranchAborted,
  dataLimitExceeded,
  EvaluationError,
  HistoryLimitReached,
  STATES_RUNTIME,
  STATES_TIMEOUT,
  StateFailure,
} from './failures.ts';
import type { Scope } from './paths.ts';
import { QueryEvaluationError } from './queries.ts';
import { matchesError, nextRetryDelayMs } from './retry.ts';
import { type Branch, type Engine, emit, sleep, type Visit, WHOLE } from './run.ts';
import { attemptTask } from './tasks.ts';
import type { Template } from './templates.ts';
import { exceedsPayloadLimit, isObject, type JsonObject } from './values.ts';
import { waitMs } from './waiting.ts';

/** What a state leads to: its output, as value and JSON text, and the next state (undefined at the end of the flow). */
interface Step {
  output: unknown;
  outputText: string;
  next: string | undefined;
}

/**
 * Runs a flow from its start to its end and gives its output. What the branch's past holds of it is gone through without
 * being done again.
 * Throws StateFailure for an error that nothing caught, BranchAborted when the branch was aborted, HistoryLimitReached.
 */
export async function runFlow(
  engine: Engine,
  branch: Branch,
  flow: Flow,
  input: unknown,
  inputText: string,
): Promise<unknown> {
  let step = catchUp(branch, flow, { output: input, outputText: inputText, next: flow.startAt });
  while (step.next !== undefined) {
    const state = flow.states.get(step.next)!;
    // Before anything gives way: a sibling that fails meanwhile has to know of every stay that it aborts.
    let visit = comeBack(engine, branch, state);
    if (!visit) {
      const pause = engine.pace();
      if (pause) await pause;
      visit = enter(engine, branch, state, step);
    }
    try {
      // States that do not wait are run without giving way, which makes them several times faster.
      const outcome = runState(engine, branch, visit);
      step = outcome instanceof Promise ? await outcome : outcome;
    } catch (cause) {
      throw failureIn(engine, branch, visit, cause);
    }
    branch.visit = undefined;
    branch.past = undefined;
  }
  return step.output;
}

/** Follows the states that the past has brought to their ends: their outputs and variables stand in the history. */
function catchUp(branch: Branch, flow: Flow, start: Step): Step {
  const { past, variables } = branch;
  let { next } = start;
  let lastExitId: number | undefined;
  while (past && next !== undefined) {
    const exit = past.visit(branch.lastEventId, next)?.exit;
    if (!exit) break;
    if (assigns(flow.states.get(next)!)) {
      const { assignedVariables = {} } = past.details(exit.id) as { assignedVariables?: Record<string, string> };
      for (const [name, text] of Object.entries(assignedVariables)) variables.values.set(name, JSON.parse(text));
    }
    lastExitId = branch.lastEventId = exit.id;
    ({ next } = exit);
  }
  if (!past || lastExitId === undefined) return start;
  const outputText = past.details(lastExitId).output as string;
  return { output: JSON.parse(outputText), outputText, next };
}

function assigns(state: State): boolean {
  if (state.type === 'Choice' && state.rules.some(({ assign }) => assign)) return true;
  if ('catchers' in state && state.catchers.some(({ assign }) => assign)) return true;
  return state.assign !== undefined;
}

/** The stay in a state that an earlier process left unfinished; undefined when there is none. */
function comeBack(engine: Engine, branch: Branch, state: State): Visit | undefined {
  const { past, run } = branch;
  const visit = past?.visit(branch.lastEventId, state.name);
  if (!past || !visit) {
    branch.past = undefined;
    return undefined;
  }
  const { enteredId, enteredMs } = visit;
  const inputText = past.details(enteredId).input as string;
  const retry = engine.store.retry(run.id, enteredId);
  const isRedriven = run.redrivenId > enteredId;
  const baseId = retry?.lastEventId ?? Math.max(enteredId, run.redrivenId);
  const startedId = past.started(enteredId);
  const events = past.behind(enteredId, baseId);
  branch.lastEventId = events.at(-1)?.id ?? baseId;
  return begin(branch, state, enteredId, enteredMs, JSON.parse(inputText), inputText, engine.random, {
    sinceMs: isRedriven ? run.startMs : enteredMs,
    begun: {
      retry,
      events,
      // After a failed attempt the next one has not begun; a redriven one goes on with the branches of the failed attempt.
      startedId: retry && startedId !== undefined && startedId <= retry.lastEventId ? undefined : startedId,
    },
  });
}

function enter(engine: Engine, branch: Branch, state: State, { output: input, outputText: inputText }: Step): Visit {
  const details = { name: state.name, input: inputText, inputDetails: WHOLE };
  const enteredId = emit(engine, branch, `${state.type}StateEntered`, details, { mark: state.name });
  const enteredMs = engine.clock.now();
  return begin(branch, state, enteredId, enteredMs, input, inputText, engine.random, {
    sinceMs: enteredMs,
    begun: undefined,
  });
}

function begin(
  branch: Branch,
  state: State,
  enteredId: number,
  enteredMs: number,
  input: unknown,
  inputText: string,
  random: () => number,
  since: Pick<Visit, 'sinceMs' | 'begun'>,
): Visit {
  const EnteredTime = new Date(enteredMs).toISOString();
  const context: JsonObject = { ...branch.run.context, State: { Name: state.name, EnteredTime } };
  if (branch.map) context.Map = branch.map;
  const scope = { input, context, variables: branch.variables, random };
  const visit: Visit = { state, enteredId, input, inputText, scope, children: [], failed: false, ...since };
  branch.visit = visit;
  return visit;
}

/** The failure as it leaves a state: problems of evaluation get their error name and say where they happened. */
function failureIn(engine: Engine, branch: Branch, visit: Visit, cause: unknown): unknown {
  if (cause instanceof StateFailure || cause instanceof BranchAborted || cause instanceof HistoryLimitReached)
    return cause;
  const where = `An error occurred while executing the state '${visit.state.name}' (entered at the event id #${visit.enteredId}).`;
  if (cause instanceof EvaluationError) {
    const failure = new StateFailure(cause.error, `${where} ${cause.message}`);
    if (cause instanceof QueryEvaluationError) writeEvaluationFailed(engine, branch, visit, failure, cause.location);
    return failure;
  }
  return new StateFailure(STATES_RUNTIME, `${where} Internal error: ${cause instanceof Error ? cause.stack : cause}`);
}

/** AWS hangs the event on what came before the state, unless the state has done something, or is a Wait state. */
function writeEvaluationFailed(
  engine: Engine,
  branch: Branch,
  { state, enteredId }: Visit,
  { error, failureCause }: StateFailure,
  location: string | undefined,
): void {
  if (branch.lastEventId === enteredId && state.type !== 'Wait') {
    branch.lastEventId = engine.store.event(branch.run.id, enteredId).previousId;
  }
  emit(engine, branch, 'EvaluationFailed', { error, cause: failureCause, location, state: state.name });
}

function runState(engine: Engine, branch: Branch, visit: Visit): Step | Promise<Step> {
  const { state } = visit;
  switch (state.type) {
    case 'Pass':
      return runPass(engine, branch, visit, state);
    case 'Choice':
      return runChoice(engine, branch, visit, state);
    case 'Wait':
      return runWait(engine, branch, visit, state);
    case 'Succeed':
      return leave(engine, branch, visit, { ...passedOn(visit, effectiveInput(visit)), assign: undefined });
    case 'Fail':
      return fail(visit, state);
    default:
      return runWork(engine, branch, visit, state);
  }
}

function effectiveInput(visit: Visit): unknown {
  return select(visit.state.inputPath, visit.scope);
}

/** The output of a state that does not have a result, and what its Assign sees. */
function passedOn({ state, scope }: Visit, input: unknown): Pick<Leaving, 'output' | 'seen'> {
  const seen = seenInput(state, scope, input);
  return { output: outputOf(state, seen, input), seen };
}

interface Leaving {
  output: unknown;
  /** The Assign field to apply. */
  assign: Template | undefined;
  /** What it sees. */
  seen: Scope;
  /** The next state, when it is not the state's Next. */
  next?: string | undefined;
}

/** Applies Assign, checks the output's size and writes StateExited. */
function leave(engine: Engine, branch: Branch, visit: Visit, { output, assign, seen, ...where }: Leaving): Step {
  const { state } = visit;
  const outputText = output === visit.input ? visit.inputText : JSON.stringify(output);
  if (output !== visit.input && exceedsPayloadLimit(outputText)) throw dataLimitExceeded(state.name);
  const details: JsonObject = { name: state.name, output: outputText, outputDetails: WHOLE };
  const values = assign?.(seen);
  if (isObject(values) && Object.keys(values).length > 0) {
    const assigned = Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)] as const);
    if (exceedsPayloadLimit(assigned.map(([, text]) => text).join(''))) throw dataLimitExceeded(state.name);
    for (const name of Object.keys(values)) branch.variables.values.set(name, values[name]);
    details.assignedVariables = Object.fromEntries(assigned);
    details.assignedVariablesDetails = WHOLE;
  }
  const next = 'next' in where ? where.next : state.next;
  emit(engine, branch, `${state.type}StateExited`, details, { mark: next ?? '' });
  return { output, outputText, next };
}

function runPass(engine: Engine, branch: Branch, visit: Visit, state: PassState): Step {
  const scope = withInput(visit.scope, effectiveInput(visit));
  const parameters = state.parameters ? state.parameters(scope) : scope.input;
  const result = state.result === undefined ? parameters : state.result;
  const seen = seenInput(state, visit.scope, result);
  const output = outputOf(state, seen, combine(state.resultPath, visit.input, result));
  return leave(engine, branch, visit, { output, assign: state.assign, seen });
}

function runChoice(engine: Engine, branch: Branch, visit: Visit, state: ChoiceState): Step {
  const input = effectiveInput(visit);
  const scope = withInput(visit.scope, input);
  const rule = state.rules.find(({ condition }) => condition(scope));
  const next = rule ? rule.next : state.otherwise;
  if (next === undefined) {
    throw new EvaluationError('Failed to transition out of the state. The state does not point to a next state.');
  }
  // The Assign and the Output of the state itself belong to the Default transition.
  const { output, assign } = rule ?? state;
  return leave(engine, branch, visit, {
    output: outputOf(state, scope, input, output),
    assign,
    seen: scope,
    next,
  });
}

async function runWait(engine: Engine, branch: Branch, visit: Visit, state: WaitState): Promise<Step> {
  const input = effectiveInput(visit);
  const untilMs = visit.sinceMs + waitMs(state, withInput(visit.scope, input), visit.sinceMs);
  const ms = untilMs - engine.clock.now();
  if (ms > 0) await sleep(engine, ms, branch.signal);
  return leave(engine, branch, visit, { ...passedOn(visit, input), assign: state.assign });
}

function fail(visit: Visit, state: FailState): never {
  const text = (name: string, value: unknown) => {
    if (value === undefined || typeof value === 'string') return value;
    throw new EvaluationError(`The ${name} of a Fail state must be a string but is ${JSON.stringify(value)}`);
  };
  const error = text('Error', state.error?.(visit.scope));
  throw new StateFailure(error, text('Cause', state.cause?.(visit.scope)));
}

/** Task, Parallel and Map states: attempts, retries and catchers. */
async function runWork(engine: Engine, branch: Branch, visit: Visit, state: WorkState): Promise<Step> {
  const { context } = visit.scope;
  const { attempts, retryCount: firstCount, dueMs } = visit.begun?.retry ?? { attempts: [], retryCount: 0, dueMs: 0 };
  const stillMs = visit.begun && visit.begun.events.length === 0 ? dueMs - engine.clock.now() : 0;
  if (stillMs > 0) await sleep(engine, stillMs, branch.signal);
  for (let retryCount = firstCount; ; retryCount += 1) {
    const attemptContext = { ...context, State: { ...(context.State as JsonObject), RetryCount: retryCount } };
    visit.scope = { ...visit.scope, context: attemptContext };
    try {
      const result = await attempt(engine, branch, visit, state);
      const selected = state.resultSelector ? state.resultSelector(withInput(visit.scope, result)) : result;
      const seen = seenResult(state, visit.scope, result);
      const output = outputOf(state, seen, combine(state.resultPath, visit.input, selected));
      return leave(engine, branch, visit, { output, assign: state.assign, seen });
    } catch (cause) {
      const fromInside = cause instanceof StateFailure || cause instanceof QueryEvaluationError;
      const failure = failureIn(engine, branch, visit, cause);
      if (!(failure instanceof StateFailure)) throw failure;
      const delayMs = nextRetryDelayMs(state.retriers, attempts, failure, engine.random);
      if (delayMs !== undefined) {
        engine.store.saveRetry(branch.run.id, visit.enteredId, {
          attempts,
          retryCount: retryCount + 1,
          dueMs: engine.clock.now() + delayMs,
          lastEventId: branch.lastEventId,
        });
        visit.begun = undefined;
        branch.past = undefined;
        await sleep(engine, delayMs, branch.signal);
        continue;
      }
      if (fromInside && state.type !== 'Task') {
        emit(engine, branch, `${state.type}StateFailed`);
        visit.failed = true;
      }
      const catcher = state.catchers.find(({ errorEquals }) => matchesError(errorEquals, failure));
      if (!catcher) throw failure;
      return runCatcher(engine, branch, visit, catcher, failure);
    }
  }
}

function attempt(engine: Engine, branch: Branch, visit: Visit, state: WorkState): Promise<unknown> {
  const scope = withInput(visit.scope, effectiveInput(visit));
  const runInner = (inner: Branch, flow: Flow, input: unknown, inputText: string) =>
    runFlow(engine, inner, flow, input, inputText);
  switch (state.type) {
    case 'Task':
      return attemptTask(engine, branch, state, scope, visit.begun?.events ?? []);
    case 'Parallel':
      return attemptParallel(engine, branch, state, visit, scope, runInner);
    case 'Map':
      return state.distribution
        ? attemptDistributedMap(engine, branch, visit, state, state.distribution, scope)
        : attemptMap(engine, branch, state, visit, scope, runInner);
  }
}

function runCatcher(engine: Engine, branch: Branch, visit: Visit, catcher: Catcher, failure: StateFailure): Step {
  const { error, failureCause } = failure;
  // AWS shows the missing cause of a time-out as an empty text, that of any other error as null.
  const cause = failureCause ?? (error === STATES_TIMEOUT ? '' : null);
  const problem = { Error: error ?? null, Cause: cause };
  const seen = seenError(visit.state, visit.scope, problem);
  return leave(engine, branch, visit, {
    output: catcher.output ? catcher.output(seen) : combine(catcher.resultPath, visit.input, problem),
    assign: catcher.assign,
    seen,
    next: catcher.next,
  });
}
