import { randomUUID } from 'node:crypto';
import type { MapState } from '../definition.ts';
import {
  BranchAborted,
  dataLimitExceeded,
  EvaluationError,
  STATES_DATA_LIMIT_EXCEEDED,
  STATES_RUNTIME,
  StateFailure,
} from '../failures.ts';
import type { Scope } from '../paths.ts';
import { STATES_QUERY_EVALUATION_ERROR } from '../queries.ts';
import { type Branch, type Engine, emit, record, type Visit } from '../run.ts';
import { exceedsPayloadLimit, PAYLOAD_LIMIT_BYTES } from '../values.ts';
import { isAbandoned, runChildren } from './children.ts';
import type { Distribution } from './definition.ts';
import { childMachineArn } from './names.ts';
import { concurrencyOf, type Plan, planOf, stateItemsOf } from './plan.ts';
import { resultsOf, writeResults } from './results.ts';
import type { MapRunRecord } from './tables.ts';

export const STATES_EXCEED_TOLERATED_FAILURE_THRESHOLD = 'States.ExceedToleratedFailureThreshold';

/**
 * Makes one attempt of a Map state of mode DISTRIBUTED: a Map Run whose children are executions of their own. Goes on with the run
 * that an earlier process began, and runs again what did not succeed when the execution was redriven.
 * @param scope `$` is the state's effective input
 * @returns the outputs of the children in order, or where they were written; throws StateFailure, EvaluationError, BranchAborted
 */
export async function attemptDistributedMap(
  engine: Engine,
  branch: Branch,
  visit: Visit,
  state: MapState,
  distribution: Distribution,
  scope: Scope,
): Promise<unknown> {
  const begun = begunRun(engine, branch, visit);
  const maxConcurrency = concurrencyOf(state, scope);
  const given = stateItemsOf(state, distribution, scope);
  if (!begun) emit(engine, branch, 'MapStateStarted', { length: given?.length ?? 0 }, { mark: '' });
  const plan = planOf(state, distribution, scope, maxConcurrency, given, engine.objects);
  const mapRun = begun ?? beginRun(engine, branch, state, distribution, plan);
  visit.mapRunArn = mapRun.arn;
  const abort = () => {
    if (!isAbandoned(engine, branch.run)) engine.mapRuns.end(mapRun.id, 'ABORTED', engine.clock.now());
  };
  branch.signal.addEventListener('abort', abort, { once: true });
  try {
    return await runToEnd(engine, branch, state, distribution, plan, mapRun);
  } catch (cause) {
    if (!branch.signal.aborted) fail(engine, branch, mapRun, cause);
    throw cause;
  } finally {
    branch.signal.removeEventListener('abort', abort);
    visit.mapRunArn = undefined;
  }
}

/** Failures after which a redriven state begins a new Map Run: children that succeeded would lead to them again. */
const NOT_REDRIVEN = [STATES_DATA_LIMIT_EXCEEDED, STATES_RUNTIME, STATES_QUERY_EVALUATION_ERROR];

/** The Map Run that this stay in the state has begun; undefined when there is none to go on with. */
function begunRun(engine: Engine, branch: Branch, visit: Visit): MapRunRecord | undefined {
  const startedId = visit.begun?.startedId;
  if (startedId === undefined) return undefined;
  const { run } = branch;
  const events = engine.store.eventsOfVisit(run.id, visit.enteredId, startedId);
  const begun = events.findLast(({ type }) => type === 'MapRunStarted' || type === 'MapRunRedriven');
  if (!begun) return undefined;
  const mapRun = engine.mapRuns.byArn(JSON.parse(begun.details!).mapRunArn)!;
  if (run.redrivenId <= begun.id) return mapRun;
  const failed = events.findLast(({ type }) => type === 'MapRunFailed');
  const isOver = mapRun.status === 'SUCCEEDED' || (failed && NOT_REDRIVEN.includes(JSON.parse(failed.details!).error));
  if (isOver) return undefined;
  engine.mapRuns.redrive(mapRun.id, engine.clock.now());
  branch.lastEventId = startedId;
  emit(engine, branch, 'MapRunRedriven', { mapRunArn: mapRun.arn, redriveCount: mapRun.redriveCount + 1 });
  return engine.mapRuns.byArn(mapRun.arn);
}

function beginRun(
  engine: Engine,
  branch: Branch,
  state: MapState,
  distribution: Distribution,
  { limits }: Plan,
): MapRunRecord {
  const { run } = branch;
  const machineArn = childMachineArn(run.machineArn, distribution.label, state.name);
  const arn = `${machineArn.replace(':stateMachine:', ':mapRun:')}:${randomUUID()}`;
  const startMs = engine.clock.now();
  engine.mapRuns.insert({ arn, executionId: run.id, executionArn: run.arn, machineArn, startMs, ...limits });
  emit(engine, branch, 'MapRunStarted', { mapRunArn: arn });
  return engine.mapRuns.byArn(arn)!;
}

async function runToEnd(
  engine: Engine,
  branch: Branch,
  state: MapState,
  distribution: Distribution,
  plan: Plan,
  mapRun: MapRunRecord,
): Promise<unknown> {
  const { mapRuns } = engine;
  if (mapRun.filled === 0) await fill(engine, branch, mapRun, plan);
  const outcome = await runChildren(engine, branch, state, mapRun);
  const exported = plan.destination && (await exportResults(engine, branch, distribution, plan, mapRun));
  if (outcome === 'failed') {
    throw new StateFailure(
      STATES_EXCEED_TOLERATED_FAILURE_THRESHOLD,
      'The specified tolerated failure threshold was exceeded',
    );
  }
  const result = exported ?? gathered(engine, state, distribution, mapRun);
  mapRuns.setResultsWritten(mapRun.id);
  mapRuns.end(mapRun.id, 'SUCCEEDED', engine.clock.now());
  // The state's exit follows the start of the run, not its end.
  const place = { scopeId: branch.visit!.enteredId };
  const succeededId = record(engine, branch.run, branch.lastEventId, 'MapRunSucceeded', undefined, place);
  record(engine, branch.run, succeededId, 'MapStateSucceeded', undefined, place);
  return result;
}

/** Stores the inputs of all children, so that neither a long list nor a restart needs the source again. */
async function fill(engine: Engine, branch: Branch, { id }: MapRunRecord, plan: Plan): Promise<void> {
  // What an earlier process has stored of them is not whole.
  engine.mapRuns.dropChildren(id);
  let index = 0;
  for await (const child of plan.inputs()) {
    if (branch.signal.aborted) throw new BranchAborted();
    engine.mapRuns.addChild(id, index, child);
    index += 1;
    const pause = engine.pace();
    if (pause) await pause;
  }
  if (branch.signal.aborted) throw new BranchAborted();
  engine.mapRuns.setFilled(id);
}

async function exportResults(
  engine: Engine,
  branch: Branch,
  { writer }: Distribution,
  { destination }: Plan,
  mapRun: MapRunRecord,
): Promise<unknown> {
  const { mapRuns, objects } = engine;
  const result = await writeResults(objects, destination!, mapRun, writer!, mapRuns.results(mapRun.id), engine.pace);
  if (branch.signal.aborted) throw new BranchAborted();
  mapRuns.setResultsWritten(mapRun.id);
  return result;
}

/** The results as the state's own result; throws StateFailure States.DataLimitExceeded. */
function gathered({ mapRuns }: Engine, state: MapState, { writer }: Distribution, mapRun: MapRunRecord): unknown[] {
  const texts: string[] = [];
  let length = 2;
  for (const child of mapRuns.results(mapRun.id)) {
    for (const text of resultsOf(child, writer?.transformation ?? 'COMPACT')) {
      length += text.length + 1;
      if (length - 1 > PAYLOAD_LIMIT_BYTES) throw dataLimitExceeded(state.name);
      texts.push(text);
    }
  }
  const whole = `[${texts.join(',')}]`;
  if (exceedsPayloadLimit(whole)) throw dataLimitExceeded(state.name);
  return JSON.parse(whole);
}

/** Ends a run that has failed, and writes so. */
function fail(engine: Engine, branch: Branch, { id }: MapRunRecord, cause: unknown): void {
  engine.mapRuns.end(id, 'FAILED', engine.clock.now());
  if (cause instanceof StateFailure) {
    emit(engine, branch, 'MapRunFailed', { error: cause.error, cause: cause.failureCause });
  } else if (cause instanceof EvaluationError) {
    emit(engine, branch, 'MapRunFailed', { error: cause.error, cause: cause.message });
  }
}
