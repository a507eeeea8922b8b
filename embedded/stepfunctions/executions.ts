import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { parseJson } from '../json.ts';
import type { FunctionInvoker } from '../lambda/types.ts';
import type { CallService } from '../service-calls/types.ts';
import { compileDefinition } from './compile.ts';
import type { Definition, Flow } from './definition.ts';
import type { Objects } from './distributed-map/objects.ts';
import type { MapRuns } from './distributed-map/tables.ts';
import { BranchAborted, STATES_RUNTIME, STATES_TIMEOUT, StateFailure } from './failures.ts';
import { faults } from './faults.ts';
import { runFlow } from './interpreter.ts';
import { jsonProblem } from './json-problem.ts';
import { readPast } from './past.ts';
import { redriveStatusNow } from './redrive-status.ts';
import { abortable, type Branch, type Engine, type MapChild, type Run, record, recordEnd, WHOLE } from './run.ts';
import type { Ending, ExecutionRecord, NewExecution, Store } from './store.ts';
import type { TaskTokens } from './task-tokens.ts';
import { exceedsPayloadLimit, type JsonObject, PAYLOAD_LIMIT_BYTES } from './values.ts';

/** Open executions that one account may have (AWS quota). */
const OPEN_EXECUTIONS_LIMIT = 1_000_000;

/** The process gives way to timers and signals after it has been busy for so long. */
const BUSY_LIMIT_MS = 10;

export interface ExecutionsOptions {
  store: Store;
  clock: Clock;
  region: string;
  accountId: string;
  invokeFunction: FunctionInvoker;
  callService: CallService;
  tokens: TaskTokens;
  random: () => number;
  mapRuns: MapRuns;
  /** Where Map states read items and write results. */
  objects: Objects;
  /** Told of an execution that has started or ended. Must not throw. */
  onStatusChange: (execution: ExecutionRecord) => void;
}

/** Starts, stops and follows executions. */
export interface Executions {
  /**
   * Starts an execution. With the name and input of one that is running, gives that one.
   * Throws ServiceError: StateMachineDoesNotExist, InvalidExecutionInput, ExecutionAlreadyExists …
   */
  start(request: { stateMachineArn: string; input: string; name?: string }): { executionArn: string; startMs: number };
  /** Stops an execution; one that has ended stays as it is. Throws ServiceError ExecutionDoesNotExist. Gives the time of its end. */
  stop(executionArn: string, error: string | undefined, cause: string | undefined): number;
  /** Runs an execution that did not succeed again from where it failed. Throws ServiceError. Gives the time of it. */
  redrive(executionArn: string): number;
  /** Goes on with the executions that were running when an earlier process stopped. */
  resume(): void;
  /** Stops all work without ending the executions: they stay RUNNING in the store. */
  abandon(): Promise<void>;
}

export function newExecutions(options: ExecutionsOptions): Executions {
  const { store, clock, region } = options;
  const running = new Map<string, Run>();
  const definitions = new Map<number, Definition>();

  const engine: Engine = {
    clock,
    region,
    store,
    invokeFunction: options.invokeFunction,
    callService: options.callService,
    tokens: options.tokens,
    random: options.random,
    pace: pacer(),
    startExecution: start,
    startMapChild,
    restartExecution,
    stopExecution: stop,
    executionEnd,
    mapRuns: options.mapRuns,
    objects: options.objects,
  };

  function definitionOf(id: number): Definition {
    let definition = definitions.get(id);
    if (!definition) {
      const compiled = compileDefinition(store.definition(id).definition);
      if (!compiled.definition) throw faults.invalidDefinition(compiled.diagnostics[0].message);
      definition = compiled.definition;
      definitions.set(id, definition);
    }
    return definition;
  }

  function start(request: { stateMachineArn: string; input: string; name?: string }) {
    const { stateMachineArn, input: inputText, name = randomUUID() } = request;
    const machine = store.machine(stateMachineArn);
    if (!machine) throw faults.noMachine(stateMachineArn);
    if (machine.status === 'DELETING') throw faults.machineDeleting(stateMachineArn);
    parsedInput(inputText);
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = store.execution(arn);
    if (existing) {
      if (existing.status !== 'RUNNING' || existing.input !== inputText) throw faults.executionExists(arn);
      return { executionArn: arn, startMs: existing.startMs };
    }
    if (running.size >= OPEN_EXECUTIONS_LIMIT) throw faults.tooManyExecutions(OPEN_EXECUTIONS_LIMIT);
    // Compiled before anything is written.
    definitionOf(machine.definitionId);
    const startMs = clock.now();
    begin({
      arn,
      machineArn: stateMachineArn,
      definitionId: machine.definitionId,
      name,
      status: 'RUNNING',
      startMs,
      input: inputText,
      mapRunArn: null,
      mapState: null,
      mapContext: null,
    });
    return { executionArn: arn, startMs };
  }

  function startMapChild(child: MapChild): void {
    const { parent, mapContext, ...rest } = child;
    begin({
      ...rest,
      definitionId: parent.definitionId,
      status: 'RUNNING',
      startMs: clock.now(),
      mapContext: mapContext && JSON.stringify(mapContext),
    });
  }

  function begin(execution: NewExecution): void {
    store.insertExecution(execution);
    const run = runOf(store.execution(execution.arn)!);
    const details = { input: run.inputText, inputDetails: WHOLE, roleArn: store.definition(run.definitionId).roleArn };
    record(engine, run, 0, 'ExecutionStarted', details);
    options.onStatusChange(store.execution(run.arn)!);
    // The answer to StartExecution goes out before the first state is entered.
    setImmediate(() => void drive(run, false));
  }

  /** What runs an execution: one that begins, or one that an earlier process began. */
  function runOf(execution: ExecutionRecord): Run {
    const { id, arn, machineArn, definitionId, name, input: inputText, startMs, redriveCount, redriveMs } = execution;
    const definition = definitionOf(definitionId);
    const { roleArn } = store.definition(definitionId);
    const input = JSON.parse(inputText);
    const context: JsonObject = {
      Execution: {
        Id: arn,
        Input: input,
        StartTime: new Date(startMs).toISOString(),
        Name: name,
        RoleArn: roleArn,
        RedriveCount: redriveCount,
        ...(redriveMs === null ? {} : { RedriveTime: new Date(redriveMs).toISOString() }),
      },
      // A Map Run's children have the label in the ARN only.
      StateMachine: { Id: machineArn, Name: machineArn.slice(machineArn.lastIndexOf(':') + 1).split('/')[0] },
    };
    const { promise: ended, resolve: settle } = Promise.withResolvers<void>();
    const { mapState, mapContext } = execution;
    if (mapContext !== null) context.Map = JSON.parse(mapContext);
    const run: Run = {
      id,
      arn,
      machineArn,
      definitionId,
      flow: mapState === null ? definition.flow : processorOf(definition.flow, mapState)!,
      timeoutS: mapState === null ? definition.timeoutS : undefined,
      startMs: redriveMs ?? startMs,
      redrivenId: redriveCount === 0 ? 0 : store.latestEvent(id, 'ExecutionRedriven')!.id,
      input,
      inputText,
      context,
      eventCount: store.lastEventId(id),
      controller: new AbortController(),
      open: true,
      ended,
      settle,
    };
    running.set(arn, run);
    return run;
  }

  /** Goes through an execution; with a past, what it holds is not done again. */
  async function drive(run: Run, hasPast: boolean): Promise<void> {
    if (!run.open) return;
    const branch: Branch = {
      run,
      signal: run.controller.signal,
      lastEventId: 0,
      variables: { values: new Map(), outer: undefined },
      map: run.context.Map as JsonObject | undefined,
      visit: undefined,
      past: hasPast ? readPast(store, run.id) : undefined,
    };
    if (run.timeoutS !== undefined) watchTime(run, run.timeoutS);
    try {
      const output = JSON.stringify(await runFlow(engine, branch, run.flow, run.input, run.inputText));
      const stopMs = clock.now();
      const details = { output, outputDetails: WHOLE };
      end(run, { status: 'SUCCEEDED', stopMs, output }, branch.lastEventId, 'ExecutionSucceeded', details);
    } catch (failure) {
      if (failure instanceof BranchAborted) return;
      const known = failure instanceof StateFailure;
      const error = known ? failure.error : STATES_RUNTIME;
      const cause = known ? failure.failureCause : String((failure as Error)?.message ?? failure);
      const ending: Ending = { status: 'FAILED', stopMs: clock.now(), error, cause };
      end(run, ending, branch.lastEventId, 'ExecutionFailed', { error, cause });
    }
  }

  function watchTime(run: Run, timeoutS: number): void {
    clock.sleep(Math.max(0, run.startMs + timeoutS * 1000 - clock.now()), run.controller.signal).then(
      () => end(run, { status: 'TIMED_OUT', stopMs: clock.now() }, 0, 'ExecutionTimedOut', { error: STATES_TIMEOUT }),
      // Rejects when the execution has ended in time.
      () => {},
    );
  }

  function end(run: Run, ending: Ending, previousId: number, type: string, details: JsonObject): void {
    if (!run.open) return;
    run.open = false;
    running.delete(run.arn);
    try {
      recordEnd(engine, run, previousId, type, details);
      store.endExecution(run.id, ending);
      options.onStatusChange(store.execution(run.arn)!);
      removeDeleted(run.machineArn);
    } finally {
      run.controller.abort();
      run.settle();
    }
  }

  /** A machine that was deleted while executions ran goes away with the last of them. */
  function removeDeleted(machineArn: string): void {
    if (store.machine(machineArn)?.status !== 'DELETING') return;
    if (store.executions(machineArn, 'RUNNING', Number.MAX_SAFE_INTEGER, 1).length === 0)
      store.deleteMachine(machineArn);
  }

  function executionAt(arn: string): ExecutionRecord {
    const execution = store.execution(arn);
    if (!execution) throw faults.noExecution(arn);
    return execution;
  }

  function stop(executionArn: string, error: string | undefined, cause: string | undefined): number {
    const known = executionAt(executionArn);
    if (known.status !== 'RUNNING') return known.stopMs!;
    const stopMs = clock.now();
    // One that no process goes on with is taken up to be ended.
    const run = running.get(executionArn) ?? runOf(known);
    end(run, { status: 'ABORTED', stopMs, error, cause }, 0, 'ExecutionAborted', { error, cause });
    return stopMs;
  }

  function redrive(executionArn: string): number {
    const known = executionAt(executionArn);
    const lastId = store.lastEventId(known.id);
    const redriveMs = clock.now();
    const { redriveStatus, redriveStatusReason } = redriveStatusNow(known, lastId, redriveMs);
    if (redriveStatus !== 'REDRIVABLE') {
      throw faults.notRedrivable(redriveStatusReason ?? 'Execution can be redriven by its Map Run alone');
    }
    restart(known, lastId, redriveMs);
    return redriveMs;
  }

  function restartExecution(executionArn: string): void {
    const known = executionAt(executionArn);
    const lastId = store.lastEventId(known.id);
    const { redriveStatus } = redriveStatusNow(known, lastId, clock.now());
    if (redriveStatus !== 'NOT_REDRIVABLE') restart(known, lastId, clock.now());
  }

  /** Lets an execution that has ended go on from what it left unfinished. */
  function restart({ id, arn, redriveCount }: ExecutionRecord, lastId: number, redriveMs: number): void {
    store.dropRetries(id);
    const details = JSON.stringify({ redriveCount: redriveCount + 1 });
    const event = { type: 'ExecutionRedriven', timeMs: redriveMs, details, scopeId: 0, mark: null };
    store.appendEvent(id, { ...event, id: lastId + 1, previousId: lastId });
    store.redriveExecution(id, redriveMs);
    const execution = store.execution(arn)!;
    options.onStatusChange(execution);
    const run = runOf(execution);
    setImmediate(() => void drive(run, true));
  }

  function resume(): void {
    const runs: Run[] = [];
    for (const execution of store.runningExecutions()) {
      try {
        runs.push(runOf(execution));
      } catch (cause) {
        endBroken(execution, cause);
      }
    }
    // Whoever opens the engine has its turn first: functions may need what it sets up.
    setImmediate(() => void resumeAll(runs));
  }

  /** One by one, so that thousands do not keep the process from its other work. */
  async function resumeAll(runs: Run[]): Promise<void> {
    for (const run of runs) {
      await engine.pace();
      void drive(run, true);
    }
  }

  /** An execution whose definition this version of the engine refuses. */
  function endBroken({ id, arn }: ExecutionRecord, reason: unknown): void {
    const stopMs = clock.now();
    const cause = `The execution cannot go on: ${reason instanceof Error ? reason.message : reason}`;
    const details = JSON.stringify({ cause });
    const event = { type: 'ExecutionAborted', timeMs: stopMs, details, scopeId: 0, mark: null };
    store.appendEvent(id, { ...event, id: store.lastEventId(id) + 1, previousId: 0 });
    store.endExecution(id, { status: 'ABORTED', stopMs, cause });
    options.onStatusChange(store.execution(arn)!);
  }

  async function executionEnd(executionArn: string, signal: AbortSignal): Promise<void> {
    const run = running.get(executionArn);
    if (!run) return;
    try {
      await abortable(run.ended, signal);
    } catch (aborted) {
      if (running.get(executionArn) === run && !abandoned) {
        stop(executionArn, undefined, 'The task that waited for this execution was aborted.');
      }
      throw aborted;
    }
  }

  let abandoned = false;
  async function abandon(): Promise<void> {
    abandoned = true;
    for (const run of running.values()) {
      run.open = false;
      run.controller.abort();
    }
    running.clear();
    // Whatever was between two states notices at its next event; give it the turn it needs.
    await new Promise((resolve) => setImmediate(resolve));
  }

  return { start, stop, redrive, resume, abandon };
}

/** The processor of a Map state, wherever in a flow the state is. */
function processorOf(flow: Flow, mapState: string): Flow | undefined {
  for (const state of flow.states.values()) {
    const inner = state.type === 'Map' ? [state.processor] : state.type === 'Parallel' ? state.branches : [];
    if (state.type === 'Map' && state.name === mapState) return state.processor;
    for (const found of inner.map((within) => processorOf(within, mapState))) if (found) return found;
  }
  return undefined;
}

function parsedInput(text: string): unknown {
  if (exceedsPayloadLimit(text)) {
    throw faults.invalidInput(`The input is larger than ${PAYLOAD_LIMIT_BYTES} bytes`);
  }
  if (text.trim() === '') throw faults.invalidInput('Invalid execution input.');
  try {
    return parseJson(text);
  } catch (cause) {
    throw faults.invalidInput(jsonProblem(text, (cause as Error).message).message);
  }
}

/** Executions of one process share the pause: it comes when they have kept the event loop busy together. */
function pacer(): () => Promise<void> | undefined {
  let turnMs = performance.now();
  let pause: Promise<void> | undefined;
  return () => {
    if (performance.now() - turnMs < BUSY_LIMIT_MS) return undefined;
    pause ??= new Promise((resolve) => {
      setImmediate(() => {
        turnMs = performance.now();
        pause = undefined;
        resolve();
      });
    });
    return pause;
  };
}
