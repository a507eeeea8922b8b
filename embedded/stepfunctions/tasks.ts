import { integerOf } from './dataflow.ts';
import type { TaskResource, TaskState } from './definition.ts';
import { BranchAborted, dataLimitExceeded, EvaluationError, StateFailure, TaskTimedOut } from './failures.ts';
import { callIntegration } from './integrations/call.ts';
import { OPTIMISED } from './integrations/catalogue.ts';
import { badParameters, callFailure } from './integrations/errors.ts';
import { childResult } from './integrations/executions.ts';
import { runFunction } from './integrations/lambda.ts';
import type { Scope } from './paths.ts';
import { parameterProblems } from './resources.ts';
import { type Branch, type Engine, emit, linked, WHOLE } from './run.ts';
import type { EventRecord } from './store.ts';
import { type Limits, withinLimits } from './task-limits.ts';
import { newTaskToken, type TaskOutcome } from './task-tokens.ts';
import { exceedsPayloadLimit, isObject, type JsonObject } from './values.ts';

/** What a task gave back, as value and as JSON text. */
interface TaskResult {
  value: unknown;
  text: string;
}

/** An attempt of a Task state that has been scheduled. */
interface Attempt extends Limits {
  resource: TaskResource;
  /** The parameters, as JSON. */
  text: string;
  /** Of a task that can be called back. */
  token: string | undefined;
  /** The answer to the call, of a task that waits for more than that; undefined as long as there is none. */
  submitted: JsonObject | undefined;
}

/**
 * Makes one attempt of a Task state and writes its events.
 * @param scope `$` is the state's effective input
 * @param begun events of this attempt that an earlier process has written: the attempt goes on behind them
 * @returns the result as it came; throws StateFailure, EvaluationError or BranchAborted
 */
export async function attemptTask(
  engine: Engine,
  branch: Branch,
  state: TaskState,
  scope: Scope,
  begun: EventRecord[],
): Promise<unknown> {
  const ended = begun.find(({ type }) => /(Succeeded|Failed|TimedOut)$/.test(type));
  if (ended) return resultIn(ended);
  const attempt = begun[0] ? comeBack(engine, branch, state, begun) : schedule(engine, branch, state, scope);
  const events = eventsOf(state.resource);
  const details = detailsOf(state.resource);
  try {
    if (!begun.some(({ type }) => type.endsWith('Started'))) {
      // Tasks of a Map state's iterations are all scheduled before the first one starts.
      await undefined;
      emit(engine, branch, `${events}Started`, state.resource.kind === 'integration' ? details : undefined);
    }
    const { value, text } = await withinLimits(attempt, (signal) => work(attempt, signal));
    if (exceedsPayloadLimit(text)) throw dataLimitExceeded(nameOf(state.resource));
    emit(engine, branch, `${events}Succeeded`, { ...details, output: text, outputDetails: WHOLE });
    return value;
  } catch (cause) {
    if (cause instanceof StateFailure) {
      const { error, failureCause } = cause;
      emit(engine, branch, `${events}${outcomeOf(attempt, cause)}`, { ...details, error, cause: failureCause });
    }
    throw cause;
  } finally {
    closeToken(attempt);
  }
}

const eventsOf = ({ kind }: TaskResource) => (kind === 'lambdaFunction' ? 'LambdaFunction' : 'Task');

/** Fields of all events of a call but those that begin it. */
function detailsOf(resource: TaskResource): JsonObject {
  if (resource.kind === 'lambdaFunction') return {};
  const { service, action, pattern } = resource;
  return { resourceType: service, resource: pattern === 'answer' ? action : `${action}.${pattern}` };
}

/** How a message about a result that is too large names the resource. */
function nameOf(resource: TaskResource): string {
  return resource.kind === 'lambdaFunction' ? resource.functionArn : resource.service;
}

function outcomeOf({ resource, submitted }: Attempt, failure: StateFailure): string {
  if (failure instanceof TaskTimedOut) return 'TimedOut';
  const waits = resource.kind === 'integration' && resource.pattern !== 'answer';
  return waits && submitted === undefined ? 'SubmitFailed' : 'Failed';
}

function schedule(engine: Engine, branch: Branch, state: TaskState, scope: Scope): Attempt {
  const { resource } = state;
  const timeoutS = integerOf(state.timeoutS, 'TimeoutSeconds', 1, scope);
  const heartbeatS = integerOf(state.heartbeatS, 'HeartbeatSeconds', 1, scope);
  if (timeoutS !== undefined && heartbeatS !== undefined && heartbeatS >= timeoutS) {
    throw new EvaluationError(
      `The value of HeartbeatSeconds (${heartbeatS}) must be smaller than that of TimeoutSeconds (${timeoutS})`,
    );
  }
  const callback = resource.kind === 'integration' && resource.pattern !== 'answer' ? newTaskToken() : undefined;
  const told = callback === undefined ? scope : withToken(scope, callback);
  const parameters = state.parameters ? state.parameters(told) : scope.input;
  const text = JSON.stringify(parameters);
  if (exceedsPayloadLimit(text)) throw dataLimitExceeded(state.name);
  checkNames(resource, parameters, text);
  const timeout = timeoutS === undefined ? {} : { timeoutInSeconds: timeoutS };
  const scheduledMs = engine.clock.now();
  if (resource.kind === 'lambdaFunction') {
    const details = { resource: resource.functionArn, input: text, inputDetails: WHOLE, ...timeout };
    emit(engine, branch, 'LambdaFunctionScheduled', details);
    return {
      engine,
      branch,
      resource,
      text,
      timeoutS,
      heartbeat: undefined,
      scheduledMs,
      token: undefined,
      submitted: undefined,
    };
  }
  const scheduledId = emit(engine, branch, 'TaskScheduled', {
    ...detailsOf(resource),
    region: engine.region,
    parameters: text,
    ...timeout,
    ...(heartbeatS === undefined ? {} : { heartbeatInSeconds: heartbeatS }),
  });
  // A task that waits for its child is called back only by those whom the state told the token.
  const token = resource.pattern === 'waitForTaskToken' || (callback && text.includes(callback)) ? callback : undefined;
  if (token !== undefined) engine.tokens.keep(token, branch.run.id, scheduledId);
  const heartbeat = heartbeatOf(engine, resource, token, heartbeatS);
  return { engine, branch, resource, text, timeoutS, heartbeat, scheduledMs, token, submitted: undefined };
}

/** The attempt that an earlier process began, from its events. */
function comeBack(engine: Engine, branch: Branch, { resource }: TaskState, begun: EventRecord[]): Attempt {
  const [scheduled] = begun as [EventRecord];
  const details = JSON.parse(scheduled.details ?? '{}');
  const submitted = begun.find(({ type }) => type === 'TaskSubmitted');
  const token = engine.tokens.tokenOf(branch.run.id, scheduled.id);
  return {
    engine,
    branch,
    resource,
    text: resource.kind === 'lambdaFunction' ? details.input : details.parameters,
    timeoutS: details.timeoutInSeconds,
    heartbeat: heartbeatOf(engine, resource, token, details.heartbeatInSeconds),
    scheduledMs: scheduled.timeMs,
    token,
    submitted: submitted && JSON.parse(JSON.parse(submitted.details ?? '{}').output),
  };
}

/** Only who can be called back gives signs of life. */
function heartbeatOf(
  engine: Engine,
  resource: TaskResource,
  token: string | undefined,
  seconds: number | undefined,
): Limits['heartbeat'] {
  if (resource.kind !== 'integration' || resource.pattern !== 'waitForTaskToken') return undefined;
  if (seconds === undefined || token === undefined) return undefined;
  return { seconds, latestMs: () => engine.tokens.beatMs(token) };
}

function withToken(scope: Scope, token: string): Scope {
  return { ...scope, context: { ...(scope.context as JsonObject), Task: { Token: token } } };
}

/** Parameters that the definition does not spell out are checked when they are known. */
function checkNames(resource: TaskResource, parameters: unknown, text: string): void {
  if (resource.kind === 'lambdaFunction') return;
  const integration = OPTIMISED[`${resource.service}:${resource.action}`];
  if (!integration) return;
  const problems = parameterProblems(isObject(parameters) ? Object.keys(parameters) : [], integration);
  if (problems.length > 0) throw badParameters(text, problems.join(', '));
}

async function work(attempt: Attempt, signal: AbortSignal): Promise<TaskResult> {
  const { engine, branch, resource, text } = attempt;
  if (resource.kind === 'lambdaFunction') {
    return runFunction(engine, resource.functionArn, text).catch((cause) => {
      throw callFailure('lambda', text, cause);
    });
  }
  if (attempt.submitted === undefined) {
    const parameters = JSON.parse(text);
    const answer = await callIntegration({ engine, branch, resource, parameters, text });
    const output = JSON.stringify(answer);
    if (resource.pattern === 'answer') return { value: answer, text: output };
    // The time may be over that the call had.
    if (signal.aborted) throw new BranchAborted();
    if (exceedsPayloadLimit(output)) throw dataLimitExceeded(nameOf(resource));
    emit(engine, branch, 'TaskSubmitted', { ...detailsOf(resource), output, outputDetails: WHOLE });
    attempt.submitted = answer;
  }
  if (resource.pattern === 'waitForTaskToken') {
    return resultOf(await engine.tokens.outcome(attempt.token!, signal));
  }
  const childArn = String(attempt.submitted.ExecutionArn);
  const outcome = await childEnd(attempt, childArn, signal);
  if (outcome) return resultOf(outcome);
  const description = childResult(engine.store.execution(childArn)!, resource.pattern === 'sync:2');
  return { value: description, text: JSON.stringify(description) };
}

/** Resolves when a child execution has ended, or with what came back for the task's token before that: the child then runs on. */
async function childEnd(
  { engine, token }: Attempt,
  childArn: string,
  signal: AbortSignal,
): Promise<TaskOutcome | undefined> {
  if (token === undefined) {
    await engine.executionEnd(childArn, signal);
    return undefined;
  }
  const child = linked(signal);
  const callback = linked(signal);
  const ended = engine.executionEnd(childArn, child.controller.signal).then(() => undefined);
  try {
    return await Promise.race([engine.tokens.outcome(token, callback.controller.signal), ended]);
  } finally {
    if (!signal.aborted) child.release();
    callback.release();
    callback.controller.abort();
  }
}

function resultOf(outcome: TaskOutcome): TaskResult {
  if ('output' in outcome) return { value: JSON.parse(outcome.output), text: outcome.output };
  throw new StateFailure(outcome.error, outcome.cause);
}

/** The result that the last event of an attempt tells; throws StateFailure. */
function resultIn({ type, details }: EventRecord): unknown {
  const { output, error, cause } = JSON.parse(details ?? '{}');
  if (type.endsWith('Succeeded')) return JSON.parse(output);
  throw new StateFailure(error, cause);
}

function closeToken({ engine, branch: { run }, token }: Attempt): void {
  if (token === undefined) return;
  // An engine that closes leaves its executions, and their tokens, to the next one.
  if (!run.open && engine.store.execution(run.arn)?.status === 'RUNNING') return;
  engine.tokens.close(token);
}
