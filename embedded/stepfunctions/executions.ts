import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FunctionInvoker } from '../lambda/types.ts';
import { compileDefinition } from './compile.ts';
import type { Definition } from './definition.ts';
import { BranchAborted, STATES_RUNTIME, StateFailure } from './failures.ts';
import { faults } from './faults.ts';
import { runFlow } from './interpreter.ts';
import { abortable, type Branch, type Engine, type Run, record, recordEnd, WHOLE } from './run.ts';
import type { Ending, ExecutionRecord, Store } from './store.ts';
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
  random: () => number;
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
  /** Stops all work without ending the executions: they stay RUNNING in the store. */
  abandon(): Promise<void>;
}

/** Ends the executions that were running when an earlier process stopped. */
export function endAbandoned(store: Store, clock: Clock, onStatusChange: ExecutionsOptions['onStatusChange']): void {
  const cause = 'The engine stopped while the execution was running.';
  const abandoned = store.runningExecutions();
  for (const { id } of abandoned) {
    const stopMs = clock.now();
    const details = JSON.stringify({ cause });
    store.appendEvent(id, {
      id: store.lastEventId(id) + 1,
      previousId: 0,
      type: 'ExecutionAborted',
      timeMs: stopMs,
      details,
    });
    store.endExecution(id, { status: 'ABORTED', stopMs, cause });
  }
  store.commit();
  for (const { arn } of abandoned) onStatusChange(store.execution(arn)!);
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
    random: options.random,
    pace: pacer(),
    startExecution: start,
    executionEnd,
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
    const input = parsedInput(inputText);
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = store.execution(arn);
    if (existing) {
      if (existing.status !== 'RUNNING' || existing.input !== inputText) throw faults.executionExists(arn);
      return { executionArn: arn, startMs: existing.startMs };
    }
    if (running.size >= OPEN_EXECUTIONS_LIMIT) throw faults.tooManyExecutions(OPEN_EXECUTIONS_LIMIT);
    const definition = definitionOf(machine.definitionId);
    const { roleArn } = store.definition(machine.definitionId);
    const startMs = clock.now();
    const id = store.insertExecution({
      arn,
      machineArn: stateMachineArn,
      definitionId: machine.definitionId,
      name,
      status: 'RUNNING',
      startMs,
      input: inputText,
    });
    const context = {
      Execution: {
        Id: arn,
        Input: input,
        StartTime: new Date(startMs).toISOString(),
        Name: name,
        RoleArn: roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: stateMachineArn, Name: machine.name },
    };
    const { promise: ended, resolve: settle } = Promise.withResolvers<void>();
    const controller = new AbortController();
    const run: Run = {
      id,
      arn,
      machineArn: stateMachineArn,
      definition,
      input,
      inputText,
      context,
      eventCount: 0,
      controller,
      open: true,
      ended,
      settle,
    };
    running.set(arn, run);
    record(engine, run, 0, 'ExecutionStarted', { input: inputText, inputDetails: WHOLE, roleArn });
    options.onStatusChange(store.execution(arn)!);
    // The answer to StartExecution goes out before the first state is entered.
    setImmediate(() => void drive(run));
    return { executionArn: arn, startMs };
  }

  async function drive(run: Run): Promise<void> {
    const { definition, controller } = run;
    const branch: Branch = {
      run,
      signal: controller.signal,
      lastEventId: 0,
      variables: { values: new Map(), outer: undefined },
      map: undefined,
      visit: undefined,
    };
    if (definition.timeoutS !== undefined) watchTime(run, definition.timeoutS);
    try {
      const output = JSON.stringify(await runFlow(engine, branch, definition.flow, run.input, run.inputText));
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
    clock.sleep(timeoutS * 1000, run.controller.signal).then(
      () => end(run, { status: 'TIMED_OUT', stopMs: clock.now() }, 0, 'ExecutionTimedOut', {}),
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

  function stop(executionArn: string, error: string | undefined, cause: string | undefined): number {
    const known = store.execution(executionArn);
    if (!known) throw faults.noExecution(executionArn);
    const run = running.get(executionArn);
    if (!run) return known.stopMs ?? known.startMs;
    const stopMs = clock.now();
    end(run, { status: 'ABORTED', stopMs, error, cause }, 0, 'ExecutionAborted', { error, cause });
    return stopMs;
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

  return { start, stop, abandon };
}

function parsedInput(text: string): unknown {
  if (exceedsPayloadLimit(text)) {
    throw faults.invalidInput(`The input is larger than ${PAYLOAD_LIMIT_BYTES} bytes`);
  }
  if (text.trim() === '') throw faults.invalidInput('Invalid execution input.');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faults.invalidInput((cause as Error).message);
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
