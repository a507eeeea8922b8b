import type { EventRecord } from './store.ts';

/** Most events that one execution may have, its end included (AWS quota). */
export const HISTORY_LIMIT = 25_000;

/** Members of event details that carry payloads, and how the answer says whether they were left out. */
const PAYLOADS: [payload: string, flag: string][] = [
  ['input', 'inputDetails'],
  ['output', 'outputDetails'],
  ['assignedVariables', 'assignedVariablesDetails'],
  ['parameters', ''],
];

/** The member that holds an event's details in the answer of GetExecutionHistory. */
function detailsMember(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type[0]!.toLowerCase()}${type.slice(1)}EventDetails`;
}

/**
 * An event in the shape of the API.
 * @param includeData false leaves the payloads out
 */
export function presentEvent(event: EventRecord, includeData: boolean): Record<string, unknown> {
  const presented: Record<string, unknown> = {
    timestamp: event.timeMs / 1000,
    type: event.type,
    id: event.id,
    previousEventId: event.previousId,
  };
  if (event.details === null) return presented;
  const details = JSON.parse(event.details) as Record<string, unknown>;
  if (!includeData) {
    for (const [payload, flag] of PAYLOADS) {
      delete details[payload];
      delete details[flag];
    }
    // TaskScheduled must have parameters: an empty object stands for those left out.
    if (event.type === 'TaskScheduled') details.parameters = '{}';
  }
  presented[detailsMember(event.type)] = details;
  return presented;
}
