import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { countedStates } from '../../cli/commands/history.ts';
import { currentState, statesEntered } from '../../cli/executions.ts';

/** Events in the shape of GetExecutionHistory (AWS Step Functions API reference, HistoryEvent). */
function history(...events: [type: string, details?: object][]): HistoryEvent[] {
  return events.map(([type, details = {}], index) => ({
    id: index + 1,
    previousEventId: index,
    timestamp: new Date(1.7e12 + index),
    type: type as HistoryEvent['type'],
    ...details,
  }));
}

const entered = (name: string): [string, object] => ['TaskStateEntered', { stateEnteredEventDetails: { name } }];
const exited = (name: string): [string, object] => ['TaskStateExited', { stateExitedEventDetails: { name } }];
const CHILD = 'arn:aws:states:eu-west-1:123456789012:execution:x-segment:n-r1-s0';
// As AWS writes it, with what its HTTP client knew.
const submitted: [string, object] = [
  'TaskSubmitted',
  {
    taskSubmittedEventDetails: {
      resourceType: 'states',
      resource: 'startExecution.sync:2',
      output: JSON.stringify({ ExecutionArn: CHILD, SdkHttpMetadata: { HttpStatusCode: 200 }, StartDate: 1.7e12 }),
    },
  },
];

describe('the state that an execution is in', () => {
  const begun = history(['ExecutionStarted'], entered('Open'), ['TaskScheduled'], ['TaskStarted']);
  const inChild = history(['ExecutionStarted'], entered('Open'), exited('Open'), entered('Segment'), submitted);

  it('is the one entered last', () => {
    expect(currentState(begun)).toEqual({ state: 'Open' });
    expect(currentState(inChild)).toEqual({ state: 'Segment', childArn: CHILD });
  });

  it('is found in whatever order the events come, and in the latest of them alone', () => {
    expect(currentState(inChild.toReversed())).toEqual({ state: 'Segment', childArn: CHILD });
    expect(currentState(inChild.slice(-2))).toEqual({ state: 'Segment', childArn: CHILD });
  });

  it('is none between two states, before the first and after the end', () => {
    expect(currentState(inChild.slice(0, 3))).toEqual({});
    expect(currentState([])).toEqual({});
    const ended = history(['ExecutionStarted'], entered('Segment'), submitted, ['ExecutionAborted']);
    expect(currentState(ended)).toEqual({});
  });

  it('has no child any more in the next state', () => {
    const later = history(entered('Segment'), submitted, exited('Segment'), entered('CloseNight'));
    expect(currentState(later)).toEqual({ state: 'CloseNight' });
  });
});

it('states are told in their order, and counted in that of their first time', () => {
  const events = history(entered('A'), exited('A'), entered('B'), exited('B'), entered('A'), exited('A'));
  expect(statesEntered({ events })).toEqual(['A', 'B', 'A']);
  expect(countedStates(['A', 'B', 'A'])).toBe('A x 2, B');
});
