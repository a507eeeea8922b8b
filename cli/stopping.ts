import { InvokeCommand } from '@aws-sdk/client-lambda';
import { paginateListExecutions, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { FunctionName, MachineName } from '../core/names.ts';
import { EngineUnusable } from './errors.ts';
import type { Session } from './session.ts';

const FAILURE = { error: 'OperatorHalt', cause: 'stopped at once by an operator' };

/**
 * Stops the executions of a night where they are, then parks the telescope, closes the night and writes its report. One that
 * nothing observes any more is closed all the same. Throws EngineUnusable when the night could not be closed.
 * @param executionArn the execution that owns the night
 */
export async function stopAtOnce(session: Session, nightId: string, executionArn: string): Promise<void> {
  const { sfn } = session;
  await sfn.send(new StopExecutionCommand({ executionArn, ...FAILURE }));
  // Not every engine stops the children of an execution that is stopped. Parents first: a segment goes on to its next visit.
  const executionName = executionArn.slice(executionArn.lastIndexOf(':') + 1);
  await stopRunning(session, 'segment', `${executionName}-s`, /^\d+$/);
  await stopRunning(session, 'observation', `${nightId}-`, /^\d{6,}-r\d+$/);
  await stopRunning(session, 'calibration', `${nightId}-`, /^\d{6,}-r\d+$/);
  await stopRunning(session, 'reduction', `${executionName}-`, /^reduction$/);
  await stopRunning(session, 'reduction-block', `${nightId}-`, /^\d{6,}\..*$/);
  await session.settle();
  await invoke(session, 'close-night', { input: { nightId }, executionArn, failure: FAILURE });
  await invoke(session, 'report-night', { input: { nightId }, executionArn });
}

/** Stops a reduction of a night and its blocks where they are; frames that are reduced stay. */
export async function stopReduction(session: Session, nightId: string, executionArn: string): Promise<void> {
  await session.sfn.send(new StopExecutionCommand({ executionArn, ...FAILURE }));
  await stopRunning(session, 'reduction-block', `${nightId}-`, /^\d{6,}\..*$/);
  await session.settle();
}

/** Stops what runs on a machine under names that begin with `prefix` and end as `rest` says. */
async function stopRunning(session: Session, machine: MachineName, prefix: string, rest: RegExp): Promise<void> {
  const { sfn, machineArns } = session;
  const running = { stateMachineArn: machineArns[machine], statusFilter: 'RUNNING' as const };
  for await (const { executions = [] } of paginateListExecutions({ client: sfn }, running)) {
    for (const { name = '', executionArn } of executions) {
      if (!name.startsWith(prefix) || !rest.test(name.slice(prefix.length))) continue;
      await sfn.send(new StopExecutionCommand({ executionArn, ...FAILURE }));
    }
  }
}

/** Calls a function. Throws EngineUnusable with what it says when it fails. */
export async function invoke(session: Session, name: FunctionName, payload: object): Promise<void> {
  const { FunctionError, Payload } = await session.lambda.send(
    new InvokeCommand({ FunctionName: session.functionName(name), Payload: JSON.stringify(payload) }),
  );
  if (FunctionError === undefined) return;
  throw new EngineUnusable(`${name} failed: ${Payload?.transformToString() ?? FunctionError}; a person must look`);
}
