import { redriveStatusOf } from '../stepfunctions/redrive-status.ts';
import type { ExecutionRecord } from '../stepfunctions/store.ts';
import type { EventContent } from './event.ts';

/** Input and output together, escaped, in bytes: beyond this an event leaves them out (Step Functions Developer Guide). */
const MOST_BYTES = 248 * 1024;

/**
 * The event that Step Functions puts on the default bus when the status of an execution changes.
 * @param nowMs time of the event
 */
export function executionStatusEvent(execution: ExecutionRecord, nowMs: number): EventContent {
  const { arn, machineArn, name, status, startMs, stopMs, input, output, error, cause } = execution;
  const { redriveCount, redriveMs } = execution;
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(execution);
  const outputBytes = output === null ? 0 : Buffer.byteLength(JSON.stringify(output));
  const withOutput = outputBytes <= MOST_BYTES;
  const withInput = Buffer.byteLength(JSON.stringify(input)) + (withOutput ? outputBytes : 0) <= MOST_BYTES;
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    timeMs: nowMs,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      name,
      status,
      startDate: startMs,
      stopDate: stopMs,
      input: withInput ? input : null,
      output: withOutput ? output : null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount,
      redriveDate: redriveMs,
      redriveStatus,
      redriveStatusReason: redriveStatusReason ?? null,
      inputDetails: { included: withInput },
      outputDetails: output === null ? null : { included: withOutput },
      error,
      cause,
    },
  };
}
