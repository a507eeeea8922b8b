import { attemptMap, attemptParallel } from './concurrency.ts';
import { combine, select, withInput } from './dataflow.ts';
import type { Catcher, ChoiceState, FailState, Flow, PassState, State, WaitState, WorkState } from './definition.ts';
import {
  BranchAborted,
  dataLimitExceeded,
  EvaluationError,
  HistoryLimitReached,
  STATES_NO_CHOICE_MATCHED,
  STATES_RUNTIME,
  STATES_TIMEOUT,
  StateFailure,
} from './failures.ts';
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
    const pause = engine.pace();
    if (pause) await pause;
    const state = flow.states.get(step.next)!;
    const visit = comeBack(engine, branch, state) ?? enter(engine, branch, state, step);
    try {
      // States that do not wait are run without giving way, which makes them several times faster.
      const outcome = runState(engine, branch, visit);
      step = outcome instanceof Promise ? await outcome : outcome;
    } catch (cause) {
      throw failureIn(visit, cause);
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
function failureIn(visit: Visit, cause: unknown): unknown {
  if (cause instanceof StateFailure || cause instanceof BranchAborted || cause instanceof HistoryLimitReached)
    return cause;
  const where = `An error occurred while executing the state '${visit.state.name}' (entered at the event id #${visit.enteredId}).`;
  if (cause instanceof EvaluationError) return new StateFailure(cause.error, `${where} ${cause.message}`);
  return new StateFailure(STATES_RUNTIME, `${where} Internal error: ${cause instanceof Error ? cause.stack : cause}`);
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
      return leave(engine, branch, visit, { output: outputOf(visit, effectiveInput(visit)), assign: undefined });
    case 'Fail':
      return fail(visit, state);
    default:
      return runWork(engine, branch, visit, state);
  }
}

function effectiveInput(visit: Visit): unknown {
  return select(visit.state.inputPath, visit.scope);
}

function outputOf(visit: Visit, value: unknown): unknown {
  return select(visit.state.outputPath, withInput(visit.scope, value));
}

interface Leaving {
  output: unknown;
  /** The Assign field to apply, with what `$` is in it. */
  assign: { template: Template | undefined; input: unknown } | undefined;
  /** The next state, when it is not the state's Next. */
  next?: string | undefined;
}

/** Applies Assign, checks the output's size and writes StateExited. */
function leave(engine: Engine, branch: Branch, visit: Visit, { output, assign, ...where }: Leaving): Step {
  const { state } = visit;
  const outputText = output === visit.input ? visit.inputText : JSON.stringify(output);
  if (output !== visit.input && exceedsPayloadLimit(outputText)) throw dataLimitExceeded(state.name);
  const details: JsonObject = { name: state.name, output: outputText, outputDetails: WHOLE };
  const values = assign?.template?.(withInput(visit.scope, assign.input));
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
  const output = outputOf(visit, combine(state.resultPath, visit.input, result));
  return leave(engine, branch, visit, { output, assign: { template: state.assign, input: result } });
}

function runChoice(engine: Engine, branch: Branch, visit: Visit, state: ChoiceState): Step {
  const input = effectiveInput(visit);
  const scope = withInput(visit.scope, input);
  const rule = state.rules.find(({ condition }) => condition(scope));
  const next = rule ? rule.next : state.otherwise;
  if (next === undefined) {
    throw new EvaluationError(
      'Failed to transition out of the state. The state does not point to a next state.',
      STATES_NO_CHOICE_MATCHED,
    );
  }
  // The Assign of the state itself belongs to the Default transition.
  const template = rule ? rule.assign : state.assign;
  return leave(engine, branch, visit, { output: outputOf(visit, input), assign: { template, input }, next });
}

async function runWait(engine: Engine, branch: Branch, visit: Visit, state: WaitState): Promise<Step> {
  const input = effectiveInput(visit);
  const untilMs = visit.sinceMs + waitMs(state, withInput(visit.scope, input), visit.sinceMs);
  const ms = untilMs - engine.clock.now();
  if (ms > 0) await sleep(engine, ms, branch.signal);
  return leave(engine, branch, visit, {
    output: outputOf(visit, input),
    assign: { template: state.assign, input },
  });
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
      const output = outputOf(visit, combine(state.resultPath, visit.input, selected));
      return leave(engine, branch, visit, { output, assign: { template: state.assign, input: result } });
    } catch (cause) {
      const fromInside = cause instanceof StateFailure;
      const failure = failureIn(visit, cause);
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
      const catcher = state.catchers.find(({ errorEquals }) => matchesError(errorEquals, failure.error));
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
      return attemptTask(engine, branch, state, scope);
    case 'Parallel':
      return attemptParallel(engine, branch, state, visit, scope, runInner);
    case 'Map':
      return attemptMap(engine, branch, state, visit, scope, runInner);
  }
}

function runCatcher(engine: Engine, branch: Branch, visit: Visit, catcher: Catcher, failure: StateFailure): Step {
  const { error, failureCause } = failure;
  // AWS shows the missing cause of a time-out as an empty text, that of any other error as null.
  const cause = failureCause ?? (error === STATES_TIMEOUT ? '' : null);
  const problem = { Error: error ?? null, Cause: cause };
  return leave(engine, branch, visit, {
    output: combine(catcher.resultPath, visit.input, problem),
    assign: { template: catcher.assign, input: problem },
    next: catcher.next,
  });
}
