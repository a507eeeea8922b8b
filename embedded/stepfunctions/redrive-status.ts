import { HISTORY_LIMIT } from './history.ts';
import type { ExecutionRecord } from './store.ts';

/** How long after its end an execution can be redriven (AWS: 14 days). */
const REDRIVABLE_MS = 14 * 86_400_000;

export interface RedriveStatus {
  redriveStatus: 'REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN' | 'NOT_REDRIVABLE';
  redriveStatusReason?: string;
}

const notRedrivable = (redriveStatusReason: string): RedriveStatus => ({
  redriveStatus: 'NOT_REDRIVABLE',
  redriveStatusReason,
});

/** Whether an execution can be redriven at its end, in the words of the API. */
export function redriveStatusOf({ status, mapRunArn }: Pick<ExecutionRecord, 'status' | 'mapRunArn'>): RedriveStatus {
  if (status === 'RUNNING' || status === 'SUCCEEDED') {
    return notRedrivable(`Execution is ${status} and cannot be redriven`);
  }
  return { redriveStatus: mapRunArn === null ? 'REDRIVABLE' : 'REDRIVABLE_BY_MAP_RUN' };
}

/** The same now: an execution that ended long ago, or whose history is full, cannot be redriven any more. */
export function redriveStatusNow(execution: ExecutionRecord, eventCount: number, nowMs: number): RedriveStatus {
  const atEnd = redriveStatusOf(execution);
  if (atEnd.redriveStatus === 'NOT_REDRIVABLE') return atEnd;
  if (nowMs - execution.stopMs! > REDRIVABLE_MS) {
    return notRedrivable('Execution has exceeded the redrivable period of 14 days');
  }
  if (eventCount >= HISTORY_LIMIT - 1) return notRedrivable('Execution history is too long to be redriven');
  return atEnd;
}
