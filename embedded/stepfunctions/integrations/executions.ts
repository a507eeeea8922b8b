import { randomUUID } from 'node:crypto';
import { STATES_TASK_FAILED, StateFailure } from '../failures.ts';
import { redriveStatusOf } from '../redrive-status.ts';
import type { Engine } from '../run.ts';
import type { ExecutionRecord } from '../store.ts';
import type { JsonObject } from '../values.ts';
import { textParameter } from './errors.ts';
import { sdkMetadata } from './metadata.ts';

/** `states:startExecution`, up to the answer to StartExecution. Throws ServiceError. */
export function startChild(engine: Engine, parameters: JsonObject, parametersText: string): JsonObject {
  const { Input: input = '{}', Name: name } = parameters;
  const { executionArn, startMs } = engine.startExecution({
    stateMachineArn: textParameter(parameters, 'StateMachineArn', parametersText),
    input: input === null ? '{}' : typeof input === 'string' ? input : JSON.stringify(input),
    ...(name === undefined ? {} : { name: textParameter(parameters, 'Name', parametersText) }),
  });
  const body = JSON.stringify({ executionArn, startDate: startMs / 1000 });
  const headers = { 'content-length': String(body.length), 'content-type': 'application/x-amz-json-1.0' };
  const metadata = sdkMetadata('states', headers, randomUUID(), engine.clock.now());
  return { ExecutionArn: executionArn, ...metadata, StartDate: startMs };
}

/**
 * The description of an ended child execution as a task's result; throws StateFailure States.TaskFailed unless it succeeded.
 * @param parse whether input and output are shown as JSON (`.sync:2`) instead of as texts
 */
export function childResult(child: ExecutionRecord, parse: boolean): JsonObject {
  const succeeded = child.status === 'SUCCEEDED';
  const json = (text: string) => (parse && succeeded ? JSON.parse(text) : text);
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(child);
  const description: JsonObject = {
    ...(child.cause === null ? {} : { Cause: child.cause }),
    ...(child.error === null ? {} : { Error: child.error }),
    ExecutionArn: child.arn,
    Input: json(child.input),
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output === null ? {} : { Output: json(child.output), OutputDetails: { Included: true } }),
    RedriveCount: child.redriveCount,
    RedriveStatus: redriveStatus,
    ...(redriveStatusReason === undefined ? {} : { RedriveStatusReason: redriveStatusReason }),
    StartDate: child.startMs,
    StateMachineArn: child.machineArn,
    Status: child.status,
    StopDate: child.stopMs,
  };
  if (!succeeded) throw new StateFailure(STATES_TASK_FAILED, JSON.stringify(description));
  return description;
}
