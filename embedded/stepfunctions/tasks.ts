import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { integerOf } from './dataflow.ts';
import type { TaskResource, TaskState } from './definition.ts';
import { dataLimitExceeded, EvaluationError, STATES_TASK_FAILED, STATES_TIMEOUT, StateFailure } from './failures.ts';
import type { Scope } from './paths.ts';
import { abortable, type Branch, type Engine, emit, linked, sleep, WHOLE } from './run.ts';
import type { ExecutionRecord } from './store.ts';
import { exceedsPayloadLimit, isObject, type JsonObject } from './values.ts';

/** What a task gave back, as value and as JSON text. */
interface TaskResult {
  value: unknown;
  text: string;
}

/** How the calls of one kind of resource show in the history. */
interface Call {
  /** Fields of all events of the call. */
  details: JsonObject;
  /** Prefix of the event types. */
  events: 'Task' | 'LambdaFunction';
  /** Name of the resource in a message about its result. */
  name: string;
  work: (signal: AbortSignal) => Promise<TaskResult>;
}

/**
 * Makes one attempt of a Task state and writes its events.
 * @param scope `$` is the state's effective input
 * @returns the result as it came; throws StateFailure or EvaluationError
 */
export async function attemptTask(engine: Engine, branch: Branch, state: TaskState, scope: Scope): Promise<unknown> {
  const timeoutS = integerOf(state.timeoutS, 'TimeoutSeconds', 1, scope);
  const parameters = state.parameters ? state.parameters(scope) : scope.input;
  const parametersText = JSON.stringify(parameters);
  if (exceedsPayloadLimit(parametersText)) throw dataLimitExceeded(state.name);
  const limit = timeoutS === undefined ? {} : { timeoutInSeconds: timeoutS };
  const call = callOf(engine, branch, state.resource, parameters, parametersText);
  if (state.resource.kind === 'lambdaFunction') {
    emit(engine, branch, 'LambdaFunctionScheduled', {
      resource: state.resource.functionArn,
      input: parametersText,
      inputDetails: WHOLE,
      ...limit,
    });
    emit(engine, branch, 'LambdaFunctionStarted');
  } else {
    emit(engine, branch, 'TaskScheduled', {
      ...call.details,
      region: engine.region,
      parameters: parametersText,
      ...limit,
    });
    emit(engine, branch, 'TaskStarted', call.details);
  }
  try {
    const { value, text } = await limited(engine, branch, timeoutS, call.work);
    if (exceedsPayloadLimit(text)) throw dataLimitExceeded(call.name);
    emit(engine, branch, `${call.events}Succeeded`, { ...call.details, output: text, outputDetails: WHOLE });
    return value;
  } catch (cause) {
    if (cause instanceof StateFailure) {
      const outcome = cause.error === STATES_TIMEOUT ? 'TimedOut' : 'Failed';
      const { error, failureCause } = cause;
      emit(engine, branch, `${call.events}${outcome}`, { ...call.details, error, cause: failureCause });
    }
    throw cause;
  }
}

function callOf(engine: Engine, branch: Branch, resource: TaskResource, parameters: unknown, text: string): Call {
  if (resource.kind === 'lambdaFunction') {
    const { functionArn } = resource;
    const work = () => invoke(engine, functionArn, text);
    return { details: {}, events: 'LambdaFunction', name: functionArn, work };
  }
  const fields = isObject(parameters) ? parameters : {};
  if (resource.kind === 'lambdaInvoke') {
    const details = { resourceType: 'lambda', resource: 'invoke' };
    const functionName = textParameter(fields, 'FunctionName');
    const payload = fields.Payload === undefined ? '{}' : JSON.stringify(fields.Payload);
    const work = async () => {
      const { value } = await invoke(engine, functionName, payload);
      const result = { ExecutedVersion: '$LATEST', Payload: value, StatusCode: 200 };
      return { value: result, text: JSON.stringify(result) };
    };
    return { details, events: 'Task', name: 'lambda', work };
  }
  const suffix = { no: '', sync: '.sync', sync2: '.sync:2' }[resource.waits];
  const details = { resourceType: 'states', resource: `startExecution${suffix}` };
  const stateMachineArn = textParameter(fields, 'StateMachineArn');
  const input = fields.Input === undefined ? '{}' : fields.Input;
  const request = {
    stateMachineArn,
    input: typeof input === 'string' ? input : JSON.stringify(input),
    ...(fields.Name === undefined ? {} : { name: textParameter(fields, 'Name') }),
  };
  const work = async (signal: AbortSignal): Promise<TaskResult> => {
    const started = startChild(engine, request);
    const submitted = { ExecutionArn: started.executionArn, StartDate: started.startMs };
    const submittedText = JSON.stringify(submitted);
    if (resource.waits === 'no') return { value: submitted, text: submittedText };
    emit(engine, branch, 'TaskSubmitted', { ...details, output: submittedText, outputDetails: WHOLE });
    await engine.executionEnd(started.executionArn, signal);
    return childResult(engine.store.execution(started.executionArn)!, resource.waits === 'sync2');
  };
  return { details, events: 'Task', name: 'states', work };
}

function textParameter(fields: JsonObject, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new EvaluationError(
    `The Parameters '${JSON.stringify(fields)}' could not be used to start the Task: [The field '${name}' must be a string]`,
  );
}

/** Runs work under a task's time limit and under the branch's signal; throws StateFailure States.Timeout when the limit is over. */
async function limited<T>(
  engine: Engine,
  branch: Branch,
  timeoutS: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeoutS === undefined) return abortable(work(branch.signal), branch.signal);
  const { controller, release } = linked(branch.signal);
  const timer = sleep(engine, timeoutS * 1000, controller.signal).then(() => {
    throw new StateFailure(STATES_TIMEOUT, undefined);
  });
  try {
    return await Promise.race([abortable(work(controller.signal), branch.signal), timer]);
  } finally {
    release();
    controller.abort();
  }
}

async function invoke(engine: Engine, functionName: string, payload: string): Promise<TaskResult> {
  const { payload: text, functionError } = await engine.invokeFunction(functionName, payload).catch((cause) => {
    throw serviceFailure('Lambda', 'AWSLambda', cause);
  });
  const value = parsed(text);
  if (!functionError) return { value, text };
  const errorType = isObject(value) && typeof value.errorType === 'string' ? value.errorType : 'Lambda.Unknown';
  throw new StateFailure(errorType, text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The failure of a call that a service refused, named and worded as Step Functions does. */
function serviceFailure(prefix: string, service: string, cause: unknown): StateFailure {
  if (!(cause instanceof ServiceError))
    return new StateFailure(`${prefix}.Unknown`, String((cause as Error)?.message ?? cause));
  const { code, status, message } = cause;
  const name = code.endsWith('Exception') ? code : `${code}Exception`;
  return new StateFailure(
    `${prefix}.${name}`,
    `${message} (Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${randomUUID()}; Proxy: null)`,
  );
}

function startChild(engine: Engine, request: Parameters<Engine['startExecution']>[0]) {
  try {
    return engine.startExecution(request);
  } catch (cause) {
    throw serviceFailure('StepFunctions', 'AWSStepFunctions', cause);
  }
}

/** The description of an ended child execution as a task's result; throws StateFailure States.TaskFailed unless it succeeded. */
function childResult(child: ExecutionRecord, parse: boolean): TaskResult {
  const succeeded = child.status === 'SUCCEEDED';
  const json = (text: string) => (parse && succeeded ? JSON.parse(text) : text);
  const value = {
    Cause: child.cause ?? undefined,
    Error: child.error ?? undefined,
    ExecutionArn: child.arn,
    Input: json(child.input),
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output === null ? {} : { Output: json(child.output), OutputDetails: { Included: true } }),
    StartDate: child.startMs,
    StateMachineArn: child.machineArn,
    Status: child.status,
    StopDate: child.stopMs,
  };
  const text = JSON.stringify(value);
  if (!succeeded) throw new StateFailure(STATES_TASK_FAILED, text);
  // Members that are undefined must not be seen by paths either.
  return { value: JSON.parse(text), text };
}
